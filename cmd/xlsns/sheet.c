/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* See xlsns/sheet.h. Cells may hold any bytes: they are made fit for a terminal here. */

#include "xlsns/sheet.h"

#include <langinfo.h>
#include <libsmartcols.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/text.h"

/* What folds does not get narrower than an inode and a comma, and what is cut gets no room at the
 * cost of what folds. */
enum { MIN_WIDTH = 11, CUT_WIDTH = 12 };

static bool is_cut(const struct sheet_column *column)
{
	return column->how == SHEET_CUT || column->how == SHEET_TREE;
}

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

/* Several values as a table shows them: numbers behind each other, and where cells are folded the
 * others below each other. */
static char separator(enum column_kind kind, bool folds)
{
	return folds && kind != KIND_NUMBERS ? '\n' : ',';
}

/* A cell as a table shows it; raw output has its own escapes. The caller frees it. */
static char *cell_text(const struct sheet *sheet, size_t row, size_t column, bool raw, bool folds)
{
	enum column_kind kind = kind_of(sheet, row, column);
	bool several = kind == KIND_LIST || kind == KIND_NUMBERS || kind == KIND_MAP;
	bool utf8 = !strcasecmp(nl_langinfo(CODESET), "UTF-8");
	char *rest = strdup(cell(sheet, row, column)), *copy = rest, *line, *text = NULL;
	size_t size = 0;
	FILE *out = copy ? open_memstream(&text, &size) : NULL;

	while (out && (line = several ? strsep(&rest, "\n") : rest)) {
		char *clean = raw ? strdup(line) : text_clean(line, utf8);

		fprintf(out, "%s", clean ? clean : "?");
		free(clean);
		if (!several)
			break;
		if (rest)
			fputc(separator(kind, folds), out);
	}
	free(copy);
	if (out && fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

size_t sheet_width(void)
{
	const char *wish = getenv("COLUMNS");
	struct winsize size;
	long n = wish ? strtol(wish, NULL, 10) : 0;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	return n > 0 && n < 10000 ? (size_t)n : 80;
}

static size_t max(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* The widest column that may be narrower; the first one, which answers, only if no other. */
static size_t *find_widest(const struct sheet *sheet, size_t *widths)
{
	size_t *widest = NULL;

	for (size_t i = sheet->n_columns; i-- > 0;)
		if (sheet->columns[i].how == SHEET_FOLD && sheet->columns[i].kind != KIND_NUMBER &&
		    widths[i] > max(MIN_WIDTH, strlen(sheet->columns[i].name)) &&
		    (!widest || (i && widths[i] > *widest)))
			widest = &widths[i];
	return widest;
}

static bool is_empty(const struct sheet *sheet, char *const *texts, size_t column)
{
	for (size_t row = 0; row < sheet->n_rows; row++) {
		const char *text = texts[row * sheet->n_columns + column];

		if (text && *text)
			return false;
	}
	return true;
}

/* Makes columns narrower until all fit into a line. Before that those go which have nothing in
 * them: their width is 0 then. */
static void share_width(const struct sheet *sheet, char *const *texts, size_t *widths)
{
	size_t total = sheet->n_columns - 1, room = sheet_width(), *widest;

	for (size_t i = 0; i < sheet->n_columns; i++)
		total += widths[i];
	for (size_t i = 1; i < sheet->n_columns && total > room; i++) {
		if (!is_empty(sheet, texts, i))
			continue;
		total -= widths[i] + 1;
		widths[i] = 0;
	}
	for (; total > room && (widest = find_widest(sheet, widths)); total--)
		(*widest)--;
}

/* Folds the cells of a table, in @widths. Return: false without memory. */
static bool fold(const struct sheet *sheet, const struct options *options, char **texts,
		 size_t *widths)
{
	size_t n_cells = sheet->n_rows * sheet->n_columns, width;
	bool done = true;

	for (size_t i = 0; i < sheet->n_columns; i++)
		widths[i] = options->no_headings ? 1 : strlen(sheet->columns[i].name);
	for (size_t i = 0; i < n_cells; i++) {
		size_t column = i % sheet->n_columns;

		if (!texts[i])
			continue;
		text_fit(texts[i], is_cut(&sheet->columns[column]) ? CUT_WIDTH : SIZE_MAX, &width);
		widths[column] = max(widths[column], width);
	}
	share_width(sheet, texts, widths);
	for (size_t i = 0; done && i < n_cells; i++) {
		char *folded;

		if (!texts[i] || sheet->columns[i % sheet->n_columns].how != SHEET_FOLD)
			continue;
		folded = text_fold(texts[i], widths[i % sheet->n_columns]);
		done = folded;
		if (folded) {
			free(texts[i]);
			texts[i] = folded;
		}
	}
	return done;
}

/* @widths: a column of width 0 is left out */
static struct libscols_table *new_table(const struct sheet *sheet, const struct options *options,
					const size_t *widths)
{
	struct libscols_table *table = scols_new_table();

	if (!table)
		return NULL;
	scols_table_enable_raw(table, options->raw);
	scols_table_enable_noheadings(table, options->no_headings);
	scols_table_enable_noencoding(table, 1);
	for (size_t i = 0; i < sheet->n_columns; i++) {
		const struct sheet_column *column = &sheet->columns[i];
		bool tree = column->how == SHEET_TREE;
		int flags = tree && !options->list        ? SCOLS_FL_TREE
			    : column->kind == KIND_NUMBER ? SCOLS_FL_RIGHT
			    : column->how == SHEET_FOLD   ? SCOLS_FL_WRAP
							  : 0;
		struct libscols_column *made;

		if (is_cut(column) && !options->no_truncate)
			flags |= SCOLS_FL_TRUNC;
		if (!widths[i])
			flags |= SCOLS_FL_HIDDEN;
		made = scols_table_new_column(table, column->name, 0, flags);
		if (!made) {
			scols_unref_table(table);
			return NULL;
		}
		if (flags & SCOLS_FL_WRAP)
			scols_column_set_wrapfunc(made, scols_wrapnl_chunksize,
						  scols_wrapnl_nextchunk, NULL);
	}
	return table;
}

/* Adds the lines, of which @texts are the cells: what has been handed over is NULL then. */
static bool add_lines(const struct sheet *sheet, const struct options *options,
		      struct libscols_table *table, char **texts)
{
	struct libscols_line **lines = calloc(sheet->n_rows, sizeof(struct libscols_line *));
	bool done = lines;

	for (size_t row = 0; done && row < sheet->n_rows; row++) {
		long parent = options->list ? -1 : sheet->rows[row].parent;

		lines[row] = scols_table_new_line(table, parent < 0 ? NULL : lines[parent]);
		done = lines[row];
		for (size_t i = 0; done && i < sheet->n_columns; i++) {
			char **text = &texts[row * sheet->n_columns + i];

			if (!*text)
				continue;
			done = scols_line_refer_data(lines[row], i, *text) == 0;
			if (done)
				*text = NULL;
		}
	}
	free(lines);
	return done;
}

static bool print_table(const struct sheet *sheet, const struct options *options, char **texts)
{
	bool folds = !options->raw && !options->no_truncate && !options->no_wrap &&
		     (sheet->always_fold || isatty(STDOUT_FILENO));
	size_t *widths = calloc(sheet->n_columns, sizeof(*widths));
	struct libscols_table *table = NULL;
	bool done = widths;

	for (size_t i = 0; done && i < sheet->n_columns; i++)
		widths[i] = SIZE_MAX;
	for (size_t i = 0; done && i < sheet->n_rows * sheet->n_columns; i++) {
		if (!sheet->cells[i])
			continue;
		texts[i] = cell_text(sheet, i / sheet->n_columns, i % sheet->n_columns,
				     options->raw, folds);
		done = texts[i];
	}
	done = done && (!folds || fold(sheet, options, texts, widths));
	if (done)
		table = new_table(sheet, options, widths);
	free(widths);
	done = table && add_lines(sheet, options, table, texts);
	if (done)
		scols_print_table(table);
	scols_unref_table(table);
	return done;
}

bool sheet_print(const struct sheet *sheet, const struct options *options, const char *key,
		 const struct libns_scan *scan, const char *extra)
{
	size_t n_cells = sheet->n_rows * sheet->n_columns;
	char **texts;
	bool done;

	if (options->json)
		return print_json(sheet, key, scan, extra);
	if (!sheet->n_rows)
		return true;
	texts = calloc(n_cells, sizeof(*texts));
	done = texts && print_table(sheet, options, texts);
	for (size_t i = 0; texts && i < n_cells; i++)
		free(texts[i]);
	free(texts);
	return done;
}
