/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values of xlsns as JSON; docs/json.md says what there is. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "xlsns/xlsns.h"

/* Prints one item of a list: the first @n bytes of @text. */
static void print_item(enum column_kind kind, const char *text, size_t n)
{
	char *copy;

	if (kind == KIND_NUMBERS) {
		printf("%.*s", (int)n, text);
		return;
	}
	if (kind == KIND_MAP) {
		/* "0 1000 1" */
		putchar('[');
		for (size_t i = 0; i < n; i++)
			text[i] == ' ' ? fputs(", ", stdout) : putchar(text[i]);
		putchar(']');
		return;
	}
	copy = strndup(text, n);
	text_json(stdout, copy ? copy : "");
	free(copy);
}

static void print_items(enum column_kind kind, const char *text)
{
	/* Ranges never hold a comma, which is how they are shown in tables. */
	const char *ends = kind == KIND_MAP ? ",\n" : "\n";

	putchar('[');
	for (bool first = true; *text; first = false) {
		size_t n = strcspn(text, ends);

		fputs(first ? "" : ", ", stdout);
		print_item(kind, text, n);
		text += n + (text[n] != '\0');
	}
	putchar(']');
}

void json_value(enum column_kind kind, const char *text)
{
	if (!text || (kind == KIND_BOOL && strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)) {
		fputs("null", stdout);
		return;
	}
	switch (kind) {
	case KIND_BOOL:
		fputs(*text == 'y' ? "true" : "false", stdout);
		break;
	case KIND_NUMBER:
		fputs(text, stdout);
		break;
	case KIND_LIST:
	case KIND_NUMBERS:
	case KIND_MAP:
		print_items(kind, text);
		break;
	default:
		text_json(stdout, text);
		break;
	}
}

void json_name(const char *name)
{
	putchar('"');
	for (; *name; name++)
		putchar(*name >= 'A' && *name <= 'Z' ? *name + 32 : *name);
	fputs("\": ", stdout);
}

const char *json_unseen_name(enum libns_unseen what)
{
	static const char *const names[LIBNS_N_UNSEEN] = {
		"processes", "fds", "sockets", "queues", "mounts", "relations", "commands",
	};

	return names[what];
}

void json_unseen(const struct libns_scan *scan)
{
	printf("   \"unseen\": {");
	for (int i = 0; i < LIBNS_N_UNSEEN; i++) {
		printf("%s\"%s\": ", i ? ", " : "", json_unseen_name((enum libns_unseen)i));
		if (i == LIBNS_UNSEEN_PROCESSES && libns_scan_hides_processes(scan))
			fputs("null", stdout);
		else
			printf("%zu", libns_scan_count_unseen(scan, (enum libns_unseen)i));
	}
	printf("},\n");
}
