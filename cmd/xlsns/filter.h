/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_FILTER_H
#define CMD_FILTER_H

/*
 * Row filters in the language of scols-filter(5), which libsmartcols itself
 * speaks only from 2.40 on:
 *
 *   expr:  expr || expr, expr && expr, ! expr, ( expr ), operand OP operand, operand
 *   OP:    == != < <= > >= =~ !~   (eq ne lt le gt ge; or and not)
 *   operand: a column, "text" or 'text', a number, true, false
 *
 * Two numbers are compared as numbers, everything else as text. A column without
 * a value equals nothing. Of a list it is enough that one item fits.
 *
 * Pure: no output, no system calls.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct filter;

/* The value of a column in the row that is being looked at. */
struct filter_value {
	const char *text;        /* NULL: no value */
	const char *const *list; /* NULL-terminated, instead of text */
};

/* Finds the column of that name, which need not end with NUL. Return: its id, or -1. */
typedef int (*filter_find)(const char *name, size_t n);
typedef void (*filter_get)(void *data, int column, struct filter_value *ret_value);

struct filter_error {
	char text[160]; /* the reason, on one line */
	bool no_column; /* it is the name of a column that there is not */
};

/* Return: NULL on failure; the reason is then in @ret_error. */
struct filter *filter_new(const char *text, filter_find find, struct filter_error *ret_error);
struct filter *filter_free(struct filter *filter);

/* Whether the filter looks at @column. */
bool filter_uses(const struct filter *filter, int column);

bool filter_match(const struct filter *filter, filter_get get, void *data);

#endif
