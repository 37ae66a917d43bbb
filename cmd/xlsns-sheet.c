/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* See xlsns-sheet.h. Cells may be anything; they are cleaned here. */

#include <langinfo.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"
#include "xlsns-sheet.h"

bool sheet_add(struct sheet *sheet, const char *const *cells, long parent)
{
	if (sheet->n_rows == sheet->max_rows) {
		size_t n = sheet->max_rows ? sheet->max_rows * 2 : 16;
		char **more = realloc(sheet->cells, n * sheet->n_columns * sizeof(*more));
		long *parents;

		if (!more)
			return false;
		sheet->cells = more;
		parents = realloc(sheet->parents, n * sizeof(*parents));
		if (!parents)
			return false;
		sheet->parents = parents;
		sheet->max_rows = n;
	}
	for (size_t i = 0; i < sheet->n_columns; i++)
		sheet->cells[sheet->n_rows * sheet->n_columns + i] =
			cells[i] ? strdup(cells[i]) : NULL;
	sheet->parents[sheet->n_rows++] = parent;
	return true;
}

void sheet_clear(struct sheet *sheet)
{
	for (size_t i = 0; i < sheet->n_rows * sheet->n_columns; i++)
		free(sheet->cells[i]);
	free(sheet->cells);
	free(sheet->parents);
}

static const char *cell(const struct sheet *sheet, size_t row, size_t column)
{
	return sheet->cells[row * sheet->n_columns + column];
}

static bool print_json(const struct sheet *sheet, const char *key, const char *extra)
{
	printf("{\n   \"schema\": 1,\n%s   \"%s\": [", extra ? extra : "", key);
	for (size_t row = 0; row < sheet->n_rows; row++) {
		printf("%s{", row ? "," : "\n      ");
		for (size_t i = 0; i < sheet->n_columns; i++) {
			const char *text = cell(sheet, row, i);

			printf("%s\n         \"", i ? "," : "");
			for (const char *c = sheet->columns[i].name; *c; c++)
				putchar(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
			printf("\": ");
			if (!text)
				printf("null");
			else if (sheet->columns[i].kind == KIND_NUMBER)
				printf("%s", text);
			else
				text_json(stdout, text);
		}
		printf("\n      }");
	}
	printf("%s]\n}\n", sheet->n_rows ? "\n   " : "");
	return true;
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
		int flags = column->tree		  ? SCOLS_FL_TREE
			    : column->kind == KIND_NUMBER ? SCOLS_FL_RIGHT
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

bool sheet_print(const struct sheet *sheet, const struct options *options, const char *key,
		 const char *extra)
{
	bool utf8 = !strcasecmp(nl_langinfo(CODESET), "UTF-8");
	struct libscols_line **lines;
	struct libscols_table *table;

	if (options->json)
		return print_json(sheet, key, extra);
	if (!sheet->n_rows)
		return true;
	table = new_table(sheet, options);
	lines = calloc(sheet->n_rows, sizeof(struct libscols_line *));
	for (size_t row = 0; table && lines && row < sheet->n_rows; row++) {
		long parent = sheet->parents[row];

		lines[row] = scols_table_new_line(table, parent < 0 ? NULL : lines[parent]);
		for (size_t i = 0; lines[row] && i < sheet->n_columns; i++) {
			const char *text = cell(sheet, row, i);

			if (text)
				scols_line_refer_data(lines[row], i,
						      options->raw ? strdup(text)
								   : text_clean(text, utf8));
		}
	}
	if (table && lines)
		scols_print_table(table);
	free(lines);
	scols_unref_table(table);
	return table && lines;
}
