/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xlsns --graph=html: one page that needs nothing else, neither a network nor other files. The page
 * is made of two constant parts with the namespaces as JSON between them; a script draws them.
 *
 * Names come from processes and containers that may be hostile. In the JSON no character is left
 * that could end or begin anything in HTML, and the script puts strings into the page as text only.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/text.h"
#include "xlsns/xlsns.h"

static const unsigned char begin[] = {
#include "page-begin.inc"
};
static const unsigned char end[] = {
#include "page-end.inc"
};

static void put_string(const char *text)
{
	char *quoted = NULL;
	size_t size;
	FILE *out = open_memstream(&quoted, &size);

	if (out) {
		text_json(out, text);
		fclose(out);
	}
	for (const char *c = quoted ? quoted : "null"; *c; c++)
		if (*c == '<' || *c == '>' || *c == '&')
			printf("\\u%04x", (unsigned int)*c);
		else
			putchar(*c);
	free(quoted);
}

static void put_cell(struct columns *ctx, const struct row *row, const char *key,
		     enum column column)
{
	struct cell cell;

	columns_get(ctx, row, column, &cell);
	printf(",\"%s\":", key);
	if (cell.null)
		fputs("null", stdout);
	else if (columns[column].kind == KIND_NUMBER)
		fputs(cell.string, stdout);
	else
		put_string(cell.string);
}

static void put_names(const struct libns_node *node)
{
	const char *path;

	fputs(",\"names\":[", stdout);
	for (size_t i = 0; (path = libns_node_mount_at(node, i)); i++) {
		fputs(i ? "," : "", stdout);
		put_string(path);
	}
	putchar(']');
}

static void put_row(struct columns *ctx, const struct row *row)
{
	printf("{\"ns\":%llu,\"type\":\"%s\",\"nprocs\":%zu",
	       (unsigned long long)libns_node_get_id(row->node)->ino,
	       libns_type_name(libns_node_get_type(row->node)), libns_node_count_tasks(row->node));
	put_cell(ctx, row, "pid", COL_PID);
	put_cell(ctx, row, "command", COL_COMMAND);
	put_cell(ctx, row, "user", COL_USER);
	put_cell(ctx, row, "container", COL_CONTAINER);
	put_cell(ctx, row, "unit", COL_UNIT);
	put_cell(ctx, row, "parent", COL_PNS);
	put_cell(ctx, row, "owner", COL_ONS);
	put_names(row->node);
	putchar('}');
}

static void put_unseen(const struct libns_scan *scan)
{
	char words[96];
	bool first = true;

	fputs("\"unseen\":[", stdout);
	for (int i = 0; i < LIBNS_N_UNSEEN; i++) {
		size_t n = libns_scan_count_unseen(scan, (enum libns_unseen)i);

		if (!n)
			continue;
		fputs(first ? "" : ",", stdout);
		put_string(libns_unseen_format((enum libns_unseen)i, n, words, sizeof(words)));
		first = false;
	}
	if (libns_scan_hides_processes(scan)) {
		fputs(first ? "" : ",", stdout);
		put_string("processes of others are hidden by hidepid");
	}
	putchar(']');
}

void print_page(const struct rows *rows, const struct libns_scan *scan, struct columns *ctx)
{
	char host[256] = "", when[64] = "";
	time_t now = time(NULL);
	struct tm tm;

	(void)gethostname(host, sizeof(host) - 1);
	if (localtime_r(&now, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S %z", &tm);
	fwrite(begin, 1, sizeof(begin), stdout);
	fputs("{\"host\":", stdout);
	put_string(host);
	printf(",\"time\":\"%s\",\"version\":\"%s\",", when, libns_version());
	put_unseen(scan);
	fputs(",\"namespaces\":[", stdout);
	for (size_t i = 0; i < rows->n; i++) {
		fputs(i ? ",\n" : "\n", stdout);
		put_row(ctx, &rows->list[i]);
	}
	fputs("]}\n", stdout);
	fwrite(end, 1, sizeof(end), stdout);
}
