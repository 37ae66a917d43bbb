/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_XNETNS_LINE_H
#define CMD_XNETNS_LINE_H

#include <stddef.h>
#include <stdio.h>

/*
 * Lines of a file of commands, read as ip(8) reads those of -batch: "#" begins a comment, also
 * within quotes; a backslash at the end continues the line; words are divided by blanks, and one
 * that begins with a quote of either kind ends with the next of that kind.
 */

/* The caller fills in @in, and frees @text in the end; the rest is zero. */
struct line_reader {
	FILE *in;
	char *text;           /* the line, without comments */
	size_t size;          /* of its buffer */
	unsigned long number; /* of the last line read, from 1 */
};

/*
 * Reads the next line into @text. Return: 1; 0 at the end; -ENODATA if a line continues where the
 * file ends, -EILSEQ if the line has a zero byte, behind which nothing is seen, -EIO or another
 * errno if it cannot be read, -ENOMEM.
 */
int line_read(struct line_reader *reader);

/*
 * Splits a line into words, in place. @ret_words: receives the words and a NULL behind them, to
 * be freed. Return: 0; -EINVAL if a quote is not closed; -ENOMEM.
 */
int line_split(char *text, char ***ret_words, int *ret_n);

#endif
