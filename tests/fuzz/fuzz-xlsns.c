/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Command lines of xlsns up to the point where it would scan: modes, columns, filters. */

#include "command-line.h"
#include "xlsns/xlsns.h"

#define main tool_main
int tool_main(int argc, char **argv);
#include "xlsns/xlsns.c"
#undef main

/* What follows the options; never called. */
int xlsns_run(const struct options *options)
{
	(void)options;
	abort();
}

bool print_columns(const struct options *options)
{
	(void)options;
	return true;
}

static void require_sound(const struct options *o, const struct command_line *c)
{
	REQUIRE(o->n_columns <= MAX_COLUMNS);
	for (size_t i = 0; i < o->n_columns; i++)
		REQUIRE(o->columns[i] >= 0 && o->columns[i] < N_COLUMNS);
	REQUIRE((o->types & ~LIBNS_TYPES_ALL) == 0);
	REQUIRE((o->without & ~(uint64_t)LIBNS_SCAN_ALL) == 0);
	REQUIRE(!(o->without & LIBNS_SCAN_PROCESSES));
	REQUIRE(o->pid >= 0 && !(o->pid && o->persistent));
	REQUIRE(!(o->json && o->raw) && !(o->namespace && o->pid));
	REQUIRE(!(o->namespace && o->task) && !(o->task && o->persistent));
	REQUIRE(!o->task || command_line_has(c, o->task));
	REQUIRE(!o->subject || command_line_has(c, o->subject));
	REQUIRE(!o->namespace || command_line_has(c, o->namespace));
	REQUIRE((o->mode == MODE_MEMBERS) <= (o->namespace != NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arguments arguments = { .options = { .cli = &cli, .procfs_fd = LIBNS_PROCFS } };
	char name[] = "xlsns";
	struct command_line c;
	int code = -1;
	bool goes_on;

	command_line_begin(&c, name, data, size);
	goes_on = parse_argv(c.argc, c.words, &arguments, &code);
	command_line_end(&c);
	if (goes_on)
		require_sound(&arguments.options, &c);
	else
		REQUIRE(code >= 0 && code <= 2);
	filter_free(arguments.options.filter);
	free(c.text);
	return 0;
}
