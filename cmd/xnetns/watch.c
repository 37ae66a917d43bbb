/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The steps of commands that wire, as the library tells them: in words, as commands that a shell
 * takes, or as JSON.
 */

#include "xnetns/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/text.h"

static const char *state_word(enum libns_wire_state state)
{
	static const char *const words[] = { "would", "done", "already", "note", "failed" };

	return (size_t)state < sizeof(words) / sizeof(words[0]) ? words[state] : "unknown";
}

static void print_json(struct watch *w, const struct libns_wire_event *event)
{
	json_object(&w->x->json);
	json_text(&w->x->json, "state", state_word(event->state));
	json_text(&w->x->json, "what", event->what);
	if (event->command)
		json_text(&w->x->json, "command", event->command);
	json_object_end(&w->x->json);
}

/* A sentence, in which a name may have any character, on one line. */
static void print_clean(FILE *out, const char *text)
{
	char *clean = text_clean(text, true);

	fputs(clean ? clean : text, out);
	free(clean);
}

/* What a shell is to read: nothing but commands, and comments. */
static void print_command(const struct libns_wire_event *event)
{
	if (event->state == LIBNS_WIRE_ALREADY)
		return;
	if (event->command) {
		puts(event->command);
		return;
	}
	fputs("# ", stdout);
	print_clean(stdout, event->what);
	putchar('\n');
}

static void print(const struct libns_wire_event *event, void *data)
{
	struct watch *w = data;

	/* As what the command fails with. */
	if (event->state == LIBNS_WIRE_FAILED)
		cli_error(w->x->cli, "%s", event->what);
	else if (w->as_json)
		print_json(w, event);
	else if (w->dry_run)
		print_command(event);
	else if (event->state == LIBNS_WIRE_NOTE)
		cli_error(w->x->cli, "note: %s", event->what);
	else if (!w->quiet) {
		printf("%-8s", state_word(event->state));
		print_clean(stdout, event->what);
		putchar('\n');
	}
}

void watch_begin(struct watch *w, struct xnetns *x)
{
	w->x = x;
	w->watch = (struct libns_wire_watch){ print, w };
	if (w->as_json)
		json_begin(&x->json);
}

void watch_end(struct watch *w)
{
	if (w->as_json)
		json_end(&w->x->json);
}
