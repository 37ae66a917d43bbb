/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A tool with one option of every shape, for the tests of what cmd/common/cli.c and
 * cmd/common/completion.c make of an option table. Named "commands" it has subcommands.
 */

#include <string.h>

#include "../../cmd/common/cli.h"

enum { OPT_ROOT = CLI_LONG_BASE, OPT_SIGNAL, OPT_WORD, OPT_LIST, OPT_OWNER };

static const struct cli_option options[] = {
	CLI_HEADING("Shapes"),
	{ 'f', "flag", CLI_NO_ARG, NULL, "it's [a] flag: nothing more", NULL },
	{ 'm', "mount", CLI_OPT_ARG, "file", "optional argument", ":file" },
	{ 't', "target", CLI_ARG, "pid", "required argument", ":pid" },
	{ OPT_ROOT, "root", CLI_ARG, "dir", "without a letter", ":dir" },
	{ OPT_SIGNAL, "kill-child", CLI_OPT_ARG, "signal", "a signal", ":signal" },
	{ 'n', "net", CLI_LONG_OPT_ARG, "file", "only the long form takes an argument", ":file" },
	{ OPT_WORD, "word", CLI_ARG, "word", "one of some words", "private shared slave" },
	{ 'o', "list", CLI_ARG, "list", "some of some words", ",NS TYPE PID" },
	{ OPT_OWNER, "owner", CLI_ARG, "u:g", "anything", NULL },
	CLI_OPTIONS_END,
};

static const struct cli_command commands[] = {
	{ "add", "NAME", "a new name", NULL, NULL },
	{ "show", "", NULL, "", NULL },
	{ "attach", "DIR PID", "two kinds", ":dir :signal", NULL },
	{ "exec", "DIR CMD...", "a program", ":dir :command", NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

int main(int argc, char **argv)
{
	struct cli cli = {
		.name = "sample",
		.usage = "[options] [program [argument...]]",
		.summary = "Every shape of option.",
		.options = options,
		.operands = ":command",
	};
	int id;

	if (strstr(argv[0], "commands"))
		cli.commands = commands;
	while ((id = cli_next(&cli, argc, argv)) > 0)
		;
	return id == CLI_BAD ? CLI_FAILURE : cli_finish(&cli, 0);
}
