/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_FUZZ_COMMAND_LINE_H
#define TESTS_FUZZ_COMMAND_LINE_H

/*
 * An input as a command line, one word a line. The targets of the tools include the file
 * that has main() of the tool, with its look-ups replaced by macros beforehand: so its static
 * parts can be called, and nothing of it can reach the machine.
 */

#include <getopt.h>
#include <stdbool.h>

#include "fuzz.h"

#define MAX_WORDS 64

struct command_line {
	char *text, *words[MAX_WORDS + 2];
	int argc;
	FILE *out, *err;
};

/* Messages go nowhere; descriptors 1 and 2 are still those of TAP and the sanitizers. */
static inline void command_line_begin(struct command_line *c, char *name, const uint8_t *data,
				      size_t size)
{
	static FILE *nowhere;
	char *rest, *word;

	rest = c->text = fuzz_string(data, size);
	c->argc = 1;
	c->words[0] = name;
	while (c->argc <= MAX_WORDS && (word = strsep(&rest, "\n")))
		c->words[c->argc++] = word;
	c->words[c->argc] = NULL;
	if (!nowhere)
		REQUIRE(nowhere = fopen("/dev/null", "we"));
	c->out = stdout;
	c->err = stderr;
	stdout = stderr = nowhere;
	/* getopt_long() begins anew. */
	optind = 0;
}

/* Before anything is required, so that what is not true can be read. */
static inline void command_line_end(struct command_line *c)
{
	stdout = c->out;
	stderr = c->err;
}

static inline bool command_line_has(const struct command_line *c, const char *word)
{
	for (int i = 1; word && i < c->argc; i++)
		/* Also a part of a word: "--root=/". */
		if (word >= c->words[i] && word <= c->words[i] + strlen(c->words[i]))
			return true;
	return false;
}

#endif
