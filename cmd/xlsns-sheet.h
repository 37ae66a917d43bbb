/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_XLSNS_SHEET_H
#define CMD_XLSNS_SHEET_H

/* Small tables of words for the modes of xlsns that do not list namespaces. */

#include "xlsns.h"

struct sheet_column {
	const char *name;
	enum column_kind kind;  /* KIND_NUMBER: to the right; a bare number in JSON */
	bool tree;
};

struct sheet {
	const struct sheet_column *columns;
	size_t n_columns;
	char **cells;           /* row after row; NULL: none */
	size_t n_rows, max_rows;
	long *parents;          /* for each row: the row above it, or -1 */
};

#define SHEET_COLUMNS 10

/* @cells are copied; false without memory. @parent: an earlier row, or -1. */
bool sheet_add(struct sheet *sheet, const char *const *cells, long parent);

/* As table, raw or JSON: {"schema": 1, <@extra> "@key": [...]}. */
bool sheet_print(const struct sheet *sheet, const struct options *options, const char *key,
		 const char *extra);
void sheet_clear(struct sheet *sheet);

#endif
