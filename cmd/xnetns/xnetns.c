/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xnetns: named network namespaces. Stands in for ip-netns(8): "ip netns add x"
 * is "xnetns add x", with the same output, exit codes and abbreviations, also
 * of the options, which ip(8) writes with one dash.
 */

#include "xnetns/xnetns.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/help.h"
#include "common/text.h"
#include "xnetns/publish.h"

int xnetns_fail(const struct xnetns *x, const struct libns_error *err, int code)
{
	cli_fail(x->cli, err);
	return err->step == LIBNS_STEP_ARGUMENT ? XNETNS_USAGE : code;
}

void xnetns_print_name(const char *name)
{
	char *clean = isatty(STDOUT_FILENO) ? text_clean(name, true) : NULL;

	fputs(clean ? clean : name, stdout);
	free(clean);
}

static int help(void *context, int argc, char **argv);

/* Options of the tool that some commands heed; they may also follow these. */
static const struct cli_option json_options[] = {
	{ 'j', "json", CLI_NO_ARG, NULL, "print JSON", NULL },
	{ 'p', "pretty", CLI_NO_ARG, NULL, "lay JSON out for reading", NULL },
	CLI_OPTIONS_END,
};
static const struct cli_option all_options[] = {
	{ 'a', "all", CLI_NO_ARG, NULL, "for every name", NULL },
	CLI_OPTIONS_END,
};

/* clang-format off */
/* In the order in which ip-netns(8) tries abbreviations: "a" is add, "l" is list. */
static const struct cli_command commands[] = {
	{ "list", "", "show the names (the default)", "", xnetns_list, json_options, NULL, true },
	{ "show", "", NULL, "", xnetns_list, json_options, NULL, true },
	{ "lst", "", NULL, "", xnetns_list, json_options, NULL, true },
	{ "list-id", "[target-nsid N] [nsid N]", "show the numbers that are given",
	  "target-nsid nsid", xnetns_list_id, json_options, NULL, true },
	{ "help", "[COMMAND]", "explain a command", ":subcommand", help, NULL, NULL, false },
	{ "add", "NAME", "create a network namespace and name it", "", xnetns_add, NULL, NULL, false },
	{ "set", "NAME N|auto", "number a network namespace", ":netns", xnetns_set, NULL, NULL, false },
	{ "delete", "NAME", "remove a name (with --all: all)", ":netns", xnetns_delete, all_options,
	  NULL, false },
	{ "identify", "[PID]", "show the name of a process's namespace", ":pid", xnetns_identify,
	  json_options, NULL, true },
	{ "pids", "NAME", "show the processes inside", ":netns", xnetns_pids, json_options,
	  NULL, true },
	{ "exec", "NAME CMD...", "run a program inside (with --all: in each)", ":netns :command",
	  xnetns_exec, xnetns_exec_options, NULL, false },
	{ "monitor", "", "report names that come and go", "", xnetns_monitor, json_options,
	  NULL, true },
	{ "attach", "NAME PID|TARGET|PATH", "name the namespace a process or a container is in",
	  ":netns :target", xnetns_attach, NULL, NULL, false },
	{ "run", "[--] CMD...", "run a program in a network of its own", ":command", xnetns_run,
	  xnetns_run_options, "Run a program in a network namespace that lasts as long as it.",
	  false },
	{ "who", "NAME|TARGET", "show what keeps a namespace alive", ":netns", xnetns_who,
	  json_options, NULL, true },
	{ "up", "NAME", "make a namespace with links, addresses and a way out", ":netns", xnetns_up,
	  xnetns_up_options, "Make a network namespace, wire it, and name it when all is done.\n"
	  "A second run tells what is there and makes what is missing.", true },
	{ "down", "NAME...", "take away what up has made, at any stage", ":netns", xnetns_down,
	  xnetns_down_options, NULL, true },
	{ "publish", "[NAME [[ADDRESS:]PORT:PORT-INSIDE[/udp]...]]",
	  "lead ports of the host into a namespace, or list them", ":netns -", xnetns_publish,
	  xnetns_publish_options, NULL, true },
	{ "unpublish", "NAME [ADDRESS:]PORT[:PORT-INSIDE][/udp]...", "take ports back",
	  ":netns -", xnetns_unpublish, xnetns_unpublish_options, NULL, true },
	{ "test", "NAME", "find out why a namespace does not reach the world", ":netns",
	  xnetns_test, xnetns_test_options, NULL, true },
	{ "connect", "NAME NAME", "connect two namespaces with each other, without the host",
	  ":netns", xnetns_connect, xnetns_connect_options, NULL, true },
	{ "disconnect", "NAME NAME", "take that connection away", ":netns", xnetns_disconnect,
	  xnetns_disconnect_options, NULL, true },
	{ "bridge", "NAME [add|del NAME...|delete]", "connect namespaces by a switch of their own",
	  ":netns - :netns", xnetns_bridge, xnetns_bridge_options,
	  "Connects namespaces by a switch, which is a namespace with a bridge and nothing else.\n"
	  "The name alone lists its ports, with their addresses.", true },
	{ "forward", "NAME|TARGET PORT...", "carry single ports into a namespace, or out of it",
	  ":netns -", xnetns_forward, xnetns_forward_options,
	  "Carries what arrives at PORT, [ADDRESS:]PORT[:[ADDRESS:]PORT][/udp], to the other side.\n"
	  "The host's port comes first. A socket is /PATH or @NAME in place of a port.", true },
	{ "doctor", "[NAME]", "find and mend what was left behind or undone", ":netns",
	  xnetns_doctor, xnetns_doctor_options, NULL, true },
	{ "gc", "", "remove what nobody uses any more", "", xnetns_gc, xnetns_gc_options, NULL, true },
	{ NULL, NULL, NULL, NULL, NULL, NULL, NULL, false },
};
/* clang-format on */

enum { OPT_FORCE = CLI_LONG_BASE };

static const struct cli_option options[] = {
	{ 'a', "all", CLI_NO_ARG, NULL, "exec, delete: for every name", NULL },
	{ 'j', "json", CLI_NO_ARG, NULL, "print JSON", NULL },
	{ 'p', "pretty", CLI_NO_ARG, NULL, "lay JSON out for reading", NULL },
	{ 'n', "netns", CLI_ARG, "NAME", "enter this namespace first", ":netns" },
	{ 'b', "batch", CLI_ARG, "FILE", "carry out the commands in a file; -: standard input",
	  ":file" },
	{ OPT_FORCE, "force", CLI_NO_ARG, NULL, "with --batch: go on after a failure", NULL },
	CLI_OPTIONS_END,
};

static const struct cli cli = {
	.name = "xnetns",
	.usage = "[options] [command] [argument...]\n"
		 "[options] --batch FILE",
	.summary = "Add, remove, list and enter named network namespaces.",
	.options = options,
	.footer = "Commands can be abbreviated. Examples:\n"
		  "  xnetns add blue\n"
		  "  xnetns exec blue ip link\n"
		  "  xnetns delete blue\n",
	.operands = ":command",
	.commands = commands,
};

/* Whether the argument of an option, spelt out, is the word behind it. */
static bool takes_next(const char *word)
{
	static const char *const with_argument[] = { "--netns", "--batch" };
	size_t n = strlen(word);

	if (!strcmp(word, "-n") || !strcmp(word, "-b"))
		return true;
	for (size_t i = 0; i < sizeof(with_argument) / sizeof(*with_argument); i++)
		if (n > 2 && !strncmp(with_argument[i], word, n))
			return true;
	return false;
}

/* "-all" as ip(8) writes it, for getopt_long(3): "--all". */
static void spell_out(char **argv)
{
	for (char **word = argv + 1; *word && **word == '-'; word++) {
		size_t n = strlen(*word);
		const struct cli_option *o = options;

		if (n < 3 || (*word)[1] == '-')
			o = NULL;
		while (o && o->name && strncmp(o->name, *word + 1, n - 1) != 0)
			o++;
		if (o && o->name) {
			char *copy = malloc(n + 2);

			if (!copy)
				return;
			copy[0] = '-';
			memcpy(copy + 1, *word, n + 1);
			*word = copy;
		}
		/* The next word is the argument of this option, and not an option itself. */
		if (takes_next(*word) && !*++word)
			return;
	}
}

static int help(void *context, int argc, char **argv)
{
	const struct cli_command *command;
	struct cli sub;

	(void)context;
	if (argc < 2) {
		help_print(&cli, false);
		return 0;
	}
	command = cli_find_command(&cli, argv[1]);
	if (!command) {
		cli_usage(&cli, "command '%s' is unknown", argv[1]);
		return XNETNS_USAGE;
	}
	sub = cli_of_command(&cli, command);
	help_print(&sub, false);
	return 0;
}

bool xnetns_take_option(struct xnetns *x, int id)
{
	if (id == 'a')
		x->all = true;
	else if (id == 'j')
		x->as_json = true;
	else if (id == 'p')
		x->json.pretty = true;
	else
		return false;
	return true;
}

/* Runs a command whose only options are those of the tool. */
static int run_simple(struct xnetns *x, const struct cli_command *command, int argc, char **argv)
{
	char *verb = argv[0];
	int id;

	while ((id = cli_next(x->cli, argc, argv)) > 0)
		xnetns_take_option(x, id);
	if (id != CLI_END)
		return id == CLI_DONE ? 0 : XNETNS_USAGE;
	argc -= optind - 1;
	argv += optind - 1;
	argv[0] = verb;
	return command->run(x, argc, argv);
}

int xnetns_run_command(struct xnetns *x, int argc, char **argv)
{
	const struct cli_command *command = cli_find_command(&cli, argv[0]);
	struct cli sub;

	if (!command) {
		cli_usage(&cli, "command '%s' is unknown", argv[0]);
		return XNETNS_USAGE;
	}
	sub = cli_of_command(&cli, command);
	x->cli = &sub;
	if (!command->options || command->options == json_options ||
	    command->options == all_options)
		return run_simple(x, command, argc, argv);
	return command->run(x, argc, argv);
}

bool xnetns_takes_our_place(const char *word)
{
	const struct cli_command *command = cli_find_command(&cli, word);

	return command && (command->run == xnetns_exec || command->run == xnetns_run ||
			   command->run == xnetns_forward);
}

/* What stands before the command, but for what xnetns_take_option() takes. */
struct options {
	const char *netns, *batch;
	bool force;
};

/* Return: 0 to go on, or an exit code + 1. */
static int parse_options(struct xnetns *x, int argc, char **argv, struct options *ret)
{
	int id;

	while ((id = cli_next(&cli, argc, argv)) > 0)
		if (id == 'n')
			ret->netns = optarg;
		else if (id == 'b')
			ret->batch = optarg;
		else if (id == OPT_FORCE)
			ret->force = true;
		else
			xnetns_take_option(x, id);
	if (id == CLI_END)
		return 0;
	return 1 + (id == CLI_DONE ? cli_finish(&cli, 0) : XNETNS_USAGE);
}

/* Carries out the one command of the command line. */
static int run_one(struct xnetns *x, const struct options *o, int argc, char **argv)
{
	char list_name[] = "list";
	char *list[] = { list_name, NULL };
	int code = 0;

	if (argc == 0) {
		argc = 1;
		argv = list;
	}
	/* What is no command is told before anything is done. */
	if (o->netns && cli_find_command(&cli, argv[0]))
		code = xnetns_enter(x, o->netns);
	return code ? code : xnetns_run_command(x, argc, argv);
}

static int run_batch(struct xnetns *x, const struct options *o, int argc, char **argv)
{
	int code = 0;

	if (argc > 0) {
		cli_usage(&cli, "with --batch no command is taken from the command line: '%s'",
			  argv[0]);
		return XNETNS_USAGE;
	}
	if (o->netns)
		code = xnetns_enter(x, o->netns);
	return code ? code : xnetns_batch(x, o->batch, o->force);
}

int main(int argc, char **argv)
{
	struct xnetns x = { .cli = &cli };
	struct options o = { NULL, NULL, false };
	int code;

	cli_init();
	code = cli_refuse_gained_rights(&cli);
	if (code)
		return code;
	spell_out(argv);
	code = parse_options(&x, argc, argv, &o);
	if (code)
		return code - 1;
	argc -= optind;
	argv += optind;
	code = o.batch ? run_batch(&x, &o, argc, argv) : run_one(&x, &o, argc, argv);
	return cli_finish(&cli, code);
}
