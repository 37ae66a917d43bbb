/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_TEXT_H
#define CMD_TEXT_H

/*
 * Names that processes chose, made fit for a terminal or for JSON. Bytes that
 * do not fit come out as \xHH.
 */

#include <stdbool.h>
#include <stdio.h>

/*
 * Control characters, those that turn the direction of writing, and bytes that
 * are no UTF-8 (without @utf8: all beyond ASCII) are replaced.
 * Ownership: free(3). NULL without memory.
 */
char *text_clean(const char *text, bool utf8);

/*
 * How much of a text without control characters fits into so many columns of a terminal: bytes,
 * and through @ret_width the columns they take.
 */
size_t text_fit(const char *text, size_t columns, size_t *ret_width);

/*
 * Breaks each line of such a text where it is wider than @columns, between words or parts of a
 * path if that is not too early. Ownership: free(3). NULL without memory.
 */
char *text_fold(const char *text, size_t columns);

/* Prints a JSON string with its quotes. Whatever @text is, this is valid JSON in valid UTF-8. */
void text_json(FILE *out, const char *text);

#endif
