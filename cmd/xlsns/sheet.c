/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* See xlsns/sheet.h. Cells may hold any bytes: they are made fit for a terminal here. */

#include "xlsns/sheet.h"

#include <langinfo.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"

static bool make_room(struct sheet *sheet)
{
	size_t n = sheet->max_rows ? sheet->max_rows * 2 : 16;
	struct sheet_row *rows;
	char **cells;

	if (sheet->n_rows < sheet->max_rows)
		return true;
	cells = realloc(sheet->cells, n * sheet->n_columns * sizeof(*cells));
	if (!cells)
		return false;
	sheet->cells = cells;
	rows = realloc(sheet->rows, n * sizeof(*rows));
	if (!rows)
		return false;
	sheet->rows = rows;
	sheet->max_rows = n;
	return true;
}

bool sheet_add(struct sheet *sheet, const char *const *cells, long parent)
{
	bool done = true;
	char **row;

	if (!make_room(sheet))
		return false;
	row = sheet->cells + sheet->n_rows * sheet->n_columns;
	for (size_t i = 0; i < sheet->n_columns; i++) {
		row[i] = cells[i] ? strdup(cells[i]) : NULL;
		done &= row[i] || !cells[i];
	}
	sheet->rows[sheet->n_rows++] = (struct sheet_row){ parent, sheet->kind };
	return done;
}

void sheet_clear(struct sheet *sheet)
{
	for (size_t i = 0; i < sheet->n_rows * sheet->n_columns; i++)
		free(sheet->cells[i]);
	free(sheet->cells);
	free(sheet->rows);
}

static const char *cell(const struct sheet *sheet, size_t row, size_t column)
{
	return sheet->cells[row * sheet->n_columns + column];
}

static enum column_kind kind_of(const struct sheet *sheet, size_t row, size_t column)
{
	enum column_kind kind = sheet->columns[column].kind;

	return kind == KIND_ROW ? sheet->rows[row].kind : kind;
}

static bool print_json(const struct sheet *sheet, const char *key, const struct libns_scan *scan,
		       const char *extra)
{
	printf("{\n   \"schema\": 2,\n");
	if (scan)
		json_unseen(scan);
	printf("%s   \"%s\": [", extra ? extra : "", key);
	for (size_t row = 0; row < sheet->n_rows; row++) {
		printf("%s{", row ? "," : "\n      ");
		for (size_t i = 0; i < sheet->n_columns; i++) {
			printf("%s\n         ", i ? "," : "");
			json_name(sheet->columns[i].name);
			json_value(kind_of(sheet, row, i), cell(sheet, row, i));
		}
		printf("\n      }");
	}
	printf("%s]\n}\n", sheet->n_rows ? "\n   " : "");
	return true;
}

/* A cell as a table shows it, with commas between several values. The caller frees it. */
static char *cell_text(const struct sheet *sheet, size_t row, size_t column, bool clean)
{
	const char *text = cell(sheet, row, column);
	enum column_kind kind = kind_of(sheet, row, column);
	bool several = kind == KIND_LIST || kind == KIND_NUMBERS || kind == KIND_MAP;
	bool utf8 = !strcasecmp(nl_langinfo(CODESET), "UTF-8");
	char *copy = strdup(text), *cleaned;

	for (char *c = copy; several && c && *c; c++)
		if (*c == '\n')
			*c = ',';
	if (!copy || !clean)
		return copy;
	cleaned = text_clean(copy, utf8);
	free(copy);
	return cleaned;
}

static struct libscols_table *new_table(const struct sheet *sheet, const struct options *options)
{
	struct libscols_table *table = scols_new_table();

	if (!table)
		return NULL;
	scols_table_enable_raw(table, options->raw);
	scols_table_enable_noheadings(table, options->no_headings);
	scols_table_enable_noencoding(table, 1);
	for (size_t i = 0; i < sheet->n_columns; i++) {
		const struct sheet_column *column = &sheet->columns[i];
		int flags = column->tree && !options->list ? SCOLS_FL_TREE
			    : column->kind == KIND_NUMBER  ? SCOLS_FL_RIGHT
							   : 0;

		if (i + 1 == sheet->n_columns && !options->no_truncate)
			flags |= SCOLS_FL_TRUNC;
		if (!scols_table_new_column(table, column->name, 0, flags)) {
			scols_unref_table(table);
			return NULL;
		}
	}
	return table;
}

static bool add_line(const struct sheet *sheet, const struct options *options, size_t row,
		     struct libscols_line *line)
{
	for (size_t i = 0; i < sheet->n_columns; i++) {
		char *text = NULL;

		if (!cell(sheet, row, i))
			continue;
		/* Raw output has its own escapes. */
		text = cell_text(sheet, row, i, !options->raw);
		if (!text || scols_line_refer_data(line, i, text) < 0)
			return false;
	}
	return true;
}

bool sheet_print(const struct sheet *sheet, const struct options *options, const char *key,
		 const struct libns_scan *scan, const char *extra)
{
	struct libscols_line **lines;
	struct libscols_table *table;
	bool done;

	if (options->json)
		return print_json(sheet, key, scan, extra);
	if (!sheet->n_rows)
		return true;
	table = new_table(sheet, options);
	lines = calloc(sheet->n_rows, sizeof(struct libscols_line *));
	done = table && lines;
	for (size_t row = 0; done && row < sheet->n_rows; row++) {
		long parent = options->list ? -1 : sheet->rows[row].parent;

		lines[row] = scols_table_new_line(table, parent < 0 ? NULL : lines[parent]);
		done = lines[row] && add_line(sheet, options, row, lines[row]);
	}
	if (done)
		scols_print_table(table);
	free(lines);
	scols_unref_table(table);
	return done;
}
