/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A tool with one option of every shape, for the tests of what cmd/common/cli.c and
 * cmd/common/completion.c make of an option table. Named "commands" it has subcommands.
 */

#include <getopt.h>
#include <stdio.h>
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

static int show_words(void *context, int argc, char **argv)
{
	const struct cli *cli = context;
	int id;

	while ((id = cli_next(cli, argc, argv)) > 0)
		printf("option %d %s\n", id, optarg ? optarg : "-");
	for (int i = optind; id == CLI_END && i < argc; i++)
		printf("operand %s\n", argv[i]);
	return id == CLI_BAD ? CLI_FAILURE : 0;
}

/* Not a spelling of the same command. */
static int other(void *context, int argc, char **argv)
{
	return show_words(context, argc, argv);
}

static const struct cli_option up_options[] = {
	{ 't', "to", CLI_ARG, "dir", "required argument", ":dir" },
	{ OPT_WORD, "shape", CLI_ARG, "word", "one of some words", "round square" },
	{ 'q', "quiet", CLI_NO_ARG, NULL, "nothing", NULL },
	CLI_OPTIONS_END,
};

/* clang-format off */
static const struct cli_command commands[] = {
	{ "add", "NAME", "a new name", NULL, show_words, NULL, NULL, false },
	{ "show", "", NULL, "", show_words, NULL, NULL, false },
	{ "attach", "DIR PID", "two kinds", ":dir :signal", other, NULL, NULL, false },
	{ "exec", "DIR CMD...", "a program", ":dir :command", other, NULL, NULL, false },
	{ "tell", "COMMAND", "another command", ":subcommand", other, NULL, NULL, false },
	{ "up", "DIR", "with options", ":dir", other, up_options, "All\nabout up.", true },
	{ NULL, NULL, NULL, NULL, NULL, NULL, NULL, false },
};
/* clang-format on */

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
	if (id == CLI_END && cli.commands && optind < argc) {
		const struct cli_command *command = cli_find_command(&cli, argv[optind]);
		struct cli sub;

		argv += optind;
		argc -= optind;
		if (!command)
			return cli_usage(&cli, "command '%s' is unknown", argv[0]);
		sub = cli_of_command(&cli, command);
		return cli_finish(&cli, command->run(&sub, argc, argv));
	}
	return id == CLI_BAD ? CLI_FAILURE : cli_finish(&cli, 0);
}
