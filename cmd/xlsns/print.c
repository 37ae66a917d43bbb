/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Rows on paper: tables and raw output through libsmartcols, JSON by ourselves,
 * because the library's cannot hold a list whose items may contain anything.
 */

#include <langinfo.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/text.h"
#include "xlsns/xlsns.h"

struct printer {
	const struct options *options;
	const struct rows *rows;
	struct columns *ctx;
	struct libscols_table *table;
	bool utf8;
};

/* Joins the words of a list, one on each line or with commas. The caller frees it. */
static char *join(const struct printer *p, const char *const *list)
{
	char separator = p->options->no_wrap || p->options->raw ? ',' : '\n';
	size_t size = 1;
	char *joined, *to;

	for (size_t i = 0; list[i]; i++)
		size += 4 * strlen(list[i]) + 1;
	joined = to = malloc(size);
	if (!joined)
		return NULL;
	for (size_t i = 0; list[i]; i++) {
		char *word = p->options->raw ? strdup(list[i]) : text_clean(list[i], p->utf8);

		if (!word)
			continue;
		if (i)
			*to++ = separator;
		to = stpcpy(to, word);
		free(word);
	}
	*to = '\0';
	return joined;
}

static char *cell_text(const struct printer *p, const struct cell *cell)
{
	if (cell->list)
		return cell->null ? NULL : join(p, cell->list);
	if (!cell->string)
		return NULL;
	/* Raw output has its own escapes, for everything that is not plain ASCII. */
	return p->options->raw ? strdup(cell->string) : text_clean(cell->string, p->utf8);
}

/* Each type has a colour, so that one finds in a tree of all types what belongs together. */
static const char *type_color(const struct libns_node *node)
{
	static const struct {
		uint64_t type;
		const char *color;
	} colors[] = {
		{ LIBNS_TYPE_USER, "yellow" },     { LIBNS_TYPE_PID, "green" },
		{ LIBNS_TYPE_NET, "cyan" },        { LIBNS_TYPE_MNT, "lightblue" },
		{ LIBNS_TYPE_UTS, "magenta" },     { LIBNS_TYPE_IPC, "lightmagenta" },
		{ LIBNS_TYPE_CGROUP, "lightred" }, { LIBNS_TYPE_TIME, "lightgreen" },
	};

	for (size_t i = 0; i < sizeof(colors) / sizeof(colors[0]); i++)
		if (colors[i].type == libns_node_get_type(node))
			return colors[i].color;
	return NULL;
}

static bool add_line(struct printer *p, const struct row *row, struct libscols_line *parent)
{
	struct libscols_line *line = scols_table_new_line(p->table, parent);

	if (!line)
		return false;
	for (size_t i = 0; i < p->options->n_columns; i++) {
		struct cell cell;
		char *text;

		columns_get(p->ctx, row, (enum column)p->options->columns[i], &cell);
		text = cell_text(p, &cell);
		if (text && scols_line_refer_data(line, i, text) < 0)
			return false;
		if (p->options->columns[i] == COL_NS || p->options->columns[i] == COL_TYPE)
			scols_cell_set_color(scols_line_get_cell(line, i), type_color(row->node));
	}
	for (const struct row *child = row->first; child; child = child->next)
		if (!add_line(p, child, line))
			return false;
	return true;
}

static bool is_tree_column(const struct options *o, int column)
{
	return column == (o->tree == TREE_PROCESS ? COL_COMMAND : COL_NS);
}

static bool add_columns(struct printer *p)
{
	const struct options *o = p->options;

	for (size_t i = 0; i < o->n_columns; i++) {
		const struct column_info *info = &columns[o->columns[i]];
		int flags = info->flags;
		struct libscols_column *column;

		if (o->no_truncate)
			flags &= ~SCOLS_FL_TRUNC;
		if (o->tree != TREE_NONE && is_tree_column(o, o->columns[i]))
			flags = (flags | SCOLS_FL_TREE) & ~SCOLS_FL_RIGHT;
		if (o->no_wrap)
			flags &= ~SCOLS_FL_WRAP;
		column = scols_table_new_column(p->table, info->name, info->width, flags);
		if (!column)
			return false;
		if (flags & SCOLS_FL_WRAP)
			scols_column_set_wrapfunc(column, scols_wrapnl_chunksize,
						  scols_wrapnl_nextchunk, NULL);
	}
	return true;
}

static bool print_table(struct printer *p)
{
	bool done;

	scols_init_debug(0);
	p->table = scols_new_table();
	if (!p->table)
		return false;
	scols_table_enable_raw(p->table, p->options->raw);
	scols_table_enable_noheadings(p->table, p->options->no_headings);
	scols_table_enable_colors(p->table, p->options->color);
	/* The cells are clean already; a second pass would escape our own escapes. */
	scols_table_enable_noencoding(p->table, 1);
	done = add_columns(p);
	for (size_t i = 0; i < p->rows->n && done; i++)
		if (!p->rows->list[i].parent)
			done = add_line(p, &p->rows->list[i], NULL);
	if (done)
		scols_print_table(p->table);
	scols_unref_table(p->table);
	return done;
}

static void json_cell(const struct column_info *info, const struct cell *cell)
{
	if (info->kind != KIND_LIST || cell->null) {
		json_value(info->kind, cell->null ? NULL : cell->string);
		return;
	}
	putchar('[');
	for (size_t i = 0; cell->list[i]; i++) {
		fputs(i ? ", " : "", stdout);
		text_json(stdout, cell->list[i]);
	}
	putchar(']');
}

static void json_row(struct printer *p, const struct row *row, int depth)
{
	printf("{\n");
	for (size_t i = 0; i < p->options->n_columns; i++) {
		enum column column = (enum column)p->options->columns[i];
		struct cell cell;

		columns_get(p->ctx, row, column, &cell);
		printf("%s%*s", i ? ",\n" : "", 3 * depth + 3, "");
		json_name(columns[column].name);
		json_cell(&columns[column], &cell);
	}
	if (row->first) {
		printf(",\n%*s\"children\": [\n%*s", 3 * depth + 3, "", 3 * depth + 6, "");
		for (const struct row *child = row->first; child; child = child->next) {
			json_row(p, child, depth + 2);
			fputs(child->next ? "," : "", stdout);
		}
		printf("\n%*s]", 3 * depth + 3, "");
	}
	printf("\n%*s}", 3 * depth, "");
}

static bool print_json(struct printer *p, const struct libns_scan *scan)
{
	bool first = true;

	printf("{\n");
	/* A nested list has the shape that lsns prints; the flat form is our own. */
	if (p->options->list) {
		printf("   \"schema\": 2,\n");
		json_unseen(scan);
	}
	printf("   \"namespaces\": [");
	for (size_t i = 0; i < p->rows->n; i++) {
		if (p->rows->list[i].parent)
			continue;
		fputs(first ? "\n      " : ",", stdout);
		json_row(p, &p->rows->list[i], 2);
		first = false;
	}
	printf("%s]\n}\n", first ? "" : "\n   ");
	return true;
}

int print_rows(const struct options *options, const struct rows *rows,
	       const struct libns_scan *scan)
{
	struct printer p = { .options = options, .rows = rows };
	bool done, failed;

	p.utf8 = !strcasecmp(nl_langinfo(CODESET), "UTF-8");
	p.ctx = columns_new(scan, options);
	if (!p.ctx)
		return cli_error(options->cli, "out of memory");
	if (options->json)
		done = print_json(&p, scan);
	else
		done = !rows->n || print_table(&p);
	failed = columns_failed(p.ctx);
	columns_free(p.ctx);
	if (!done)
		return cli_error(options->cli, "out of memory");
	return failed ? CLI_FAILURE : 0;
}

static const char *kind_name(const struct column_info *info)
{
	static const char *const names[] = {
		[KIND_STRING] = "string",
		[KIND_NUMBER] = "number",
		[KIND_LIST] = "array-string",
		[KIND_MAP] = "array-map",
	};

	return names[info->kind];
}

static bool print_columns_table(const struct options *options)
{
	struct libscols_table *table = scols_new_table();

	if (!table)
		return false;
	scols_table_enable_raw(table, options->raw);
	scols_table_enable_noheadings(table, options->no_headings);
	scols_table_new_column(table, "HOLDER", 0, 0);
	scols_table_new_column(table, "TYPE", 0, 0);
	scols_table_new_column(table, "DESCRIPTION", 0, 0);
	for (int i = 0; i < N_COLUMNS; i++) {
		struct libscols_line *line = scols_table_new_line(table, NULL);

		if (!line)
			break;
		scols_line_set_data(line, 0, columns[i].name);
		scols_line_set_data(line, 1, kind_name(&columns[i]));
		scols_line_set_data(line, 2, columns[i].help);
	}
	scols_print_table(table);
	scols_unref_table(table);
	return true;
}

bool print_columns(const struct options *options)
{
	if (!options->json)
		return print_columns_table(options);
	printf("{\n   \"lsns-columns\": [\n      ");
	for (int i = 0; i < N_COLUMNS; i++) {
		printf("%s{\n         \"holder\": ", i ? "," : "");
		text_json(stdout, columns[i].name);
		printf(",\n         \"type\": ");
		text_json(stdout, kind_name(&columns[i]));
		printf(",\n         \"description\": ");
		text_json(stdout, columns[i].help);
		printf("\n      }");
	}
	printf("\n   ]\n}\n");
	return true;
}
