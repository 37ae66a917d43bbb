/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_XLSNS_SHEET_H
#define CMD_XLSNS_SHEET_H

/* Small tables of words for the modes of xlsns that do not list namespaces. */

#include "xlsns/xlsns.h"

/* How a column that is wider than there is room for is shown in a table. */
enum sheet_how {
	SHEET_FOLD,  /* on several lines; numbers are never that wide */
	SHEET_WHOLE, /* as it is, to be copied from there */
	SHEET_CUT,   /* cut at the end */
	SHEET_TREE,  /* the same; the tree is drawn on it */
};

struct sheet_column {
	const char *name;
	enum column_kind kind; /* KIND_NUMBER: to the right; several values: one a line */
	enum sheet_how how;
};

struct sheet {
	const struct sheet_column *columns;
	size_t n_columns;
	enum column_kind kind; /* what KIND_ROW stands for in the next row */
	bool always_fold;      /* not only on a terminal */
	char **cells;          /* row after row; NULL: none */
	size_t n_rows, max_rows;
	struct sheet_row {
		long parent; /* the row above it, or -1 */
		enum column_kind kind;
	} * rows;
};

/* Of the columns in an array: their number cannot be another one than the array has. */
#define SHEET(list)                                                                                \
	{                                                                                          \
		.columns = (list), .n_columns = sizeof(list) / sizeof((list)[0])                   \
	}

/* @cells, one for each column, are copied; false without memory. @parent: an earlier row, or -1. */
bool sheet_add(struct sheet *sheet, const char *const *cells, long parent);

/* The width that tables and sentences must not exceed: that of the terminal, or $COLUMNS, or 80. */
size_t sheet_width(void);

/*
 * As table, raw or JSON: {"schema": 2, "unseen": ..., <@extra> "@key": [...]}, without
 * "unseen" if @scan is NULL. False without memory.
 */
bool sheet_print(const struct sheet *sheet, const struct options *options, const char *key,
		 const struct libns_scan *scan, const char *extra);
void sheet_clear(struct sheet *sheet);

#endif
