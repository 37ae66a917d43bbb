/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Shell completions made from a tool's option table, so that they offer what
 * --help lists. The build runs each tool with --completion=bash, zsh, fish and
 * installs what comes out.
 *
 * Theory of operation. zsh and fish have a description language of their own:
 * one line an option. bash has none, see completion-bash.c. Commands are known by every
 * beginning that the tool takes for them.
 */

#include "common/completion.h"

#include <stdio.h>
#include <string.h>

void completion_each_option(const struct cli *cli, completion_option_fn *print)
{
	const struct cli_option *tables[] = { cli->options, cli_standard_options };

	for (size_t t = 0; t < 2; t++)
		for (const struct cli_option *o = tables[t]; o->help; o++)
			if (o->name)
				print(cli, o);
}

bool completion_has_letter(const struct cli_option *o)
{
	return o->id < CLI_LONG_BASE;
}

enum cli_arg completion_letter_arg(const struct cli_option *o)
{
	return o->arg == CLI_LONG_OPT_ARG ? CLI_NO_ARG : o->arg;
}

enum cli_arg completion_long_arg(const struct cli_option *o)
{
	return o->arg == CLI_LONG_OPT_ARG ? CLI_OPT_ARG : o->arg;
}

void completion_print_quoted(const char *text, const char *special)
{
	for (; *text; text++)
		if (*text == '\'')
			printf("'\\''");
		else if (strchr(special, *text))
			printf("\\%c", *text);
		else
			putchar(*text);
}

bool completion_is_commands(const char *kind)
{
	return kind && !strcmp(kind, ":subcommand");
}

void completion_each_command(const struct cli *cli)
{
	for (const struct cli_command *c = cli->commands; c->name; c++)
		if (c->help)
			printf("%s%s", c == cli->commands ? "" : " ", c->name);
}

void completion_each_beginning(const struct cli *cli, const struct cli_command *command,
			       const char *joint)
{
	char word[64];
	bool first = true;

	for (const struct cli_command *c = cli->commands; c->name; c++) {
		/* Other spellings stand behind the command. */
		if (c != command && (c->help || c->run != command->run))
			continue;
		for (size_t n = 1; n <= strlen(c->name) && n < sizeof(word); n++) {
			snprintf(word, sizeof(word), "%.*s", (int)n, c->name);
			if (cli_find_command(cli, word) != c)
				continue;
			printf("%s%s", first ? "" : joint, word);
			first = false;
		}
	}
}

/* Copies the next of several kinds to @kind. Return: false at the end. */
static bool next_kind(const char **operands, char kind[32])
{
	size_t n;

	if (!*operands || !**operands)
		return false;
	n = strcspn(*operands, " ");
	snprintf(kind, 32, "%.*s", (int)n, *operands);
	*operands += n + strspn(*operands + n, " ");
	return true;
}

/* ------------------------------------------------------------------- zsh */

/* Prints what follows the second colon in a specification of _arguments. */
static void print_zsh_action(const char *kind)
{
	static const char *const actions[][2] = {
		{ ":file", "_files" },
		{ ":dir", "_files -/" },
		{ ":pid", "_pids" },
		{ ":target", "{ _pids; compadd -S \"\" - {tid,fd,ns,netns,container,cgroup}\\: }" },
		{ ":user", "_users" },
		{ ":group", "_groups" },
		{ ":netns", "{ compadd - /run/netns/*(N\\:t) }" },
		{ ":ns", "{ compadd - $(xlsns -n -r -o NS 2>/dev/null) }" },
		{ ":signal", "{ compadd - SIG${^signals[2,-3]} }" },
	};

	for (size_t i = 0; kind && i < sizeof(actions) / sizeof(actions[0]); i++)
		if (!strcmp(kind, actions[i][0])) {
			printf("%s", actions[i][1]);
			return;
		}
	if (!kind || !strcmp(kind, "-")) {
		putchar(' ');
	} else if (*kind == ',') {
		printf("_values -s , item ");
		completion_print_quoted(kind + 1, ":");
	} else {
		putchar('(');
		completion_print_quoted(kind, ":");
		putchar(')');
	}
}

static void print_zsh_spelling(const struct cli_option *o, enum cli_arg arg, const char *spelling,
			       const char *joint)
{
	printf("\t'");
	/* An option with an argument may be given again; others are offered only once. */
	if (arg != CLI_NO_ARG)
		printf("*");
	else if (completion_has_letter(o))
		printf("(-%c --%s)", o->id, o->name);
	printf("%s%s[", spelling, joint);
	completion_print_quoted(o->help, "[]:\\");
	putchar(']');
	if (arg != CLI_NO_ARG) {
		printf("%s", arg == CLI_OPT_ARG ? "::" : ":");
		completion_print_quoted(o->metavar ? o->metavar : "value", ":");
		putchar(':');
		print_zsh_action(o->complete);
	}
	printf("' \\\n");
}

static void print_zsh_option(const struct cli *cli, const struct cli_option *o)
{
	/* The sign by which _arguments knows how the argument is joined to the option. */
	static const char *const joint[2][3] = { { "", "+", "-" }, { "", "=", "=-" } };
	char spelling[64];

	(void)cli;
	if (completion_has_letter(o)) {
		snprintf(spelling, sizeof(spelling), "-%c", o->id);
		print_zsh_spelling(o, completion_letter_arg(o), spelling,
				   joint[0][completion_letter_arg(o)]);
	}
	snprintf(spelling, sizeof(spelling), "--%s", o->name);
	print_zsh_spelling(o, completion_long_arg(o), spelling, joint[1][completion_long_arg(o)]);
}

static void print_zsh_operand(const char *position, const char *kind)
{
	printf(" '%s:operand:", position);
	print_zsh_action(kind);
	putchar('\'');
}

static void print_zsh_operands(const char *operands)
{
	char kind[32], position[16];

	if (!operands || !*operands)
		return;
	if (*operands != ':') {
		print_zsh_operand("*", operands);
		return;
	}
	for (int i = 1; next_kind(&operands, kind); i++) {
		snprintf(position, sizeof(position), *operands ? "%d" : "*", i);
		if (!strcmp(kind, ":command"))
			printf(" '*:::command:_normal'");
		else
			print_zsh_operand(position, kind);
	}
}

static void print_zsh_command(const struct cli *cli, const struct cli_command *command)
{
	struct cli sub = cli_of_command(cli, command);

	putchar('\t');
	completion_each_beginning(cli, command, "|");
	printf(") _arguments -s -S%s \\\n", sub.permute ? "" : " -A '-*'");
	completion_each_option(&sub, print_zsh_option);
	putchar('\t');
	if (completion_is_commands(command->complete)) {
		printf(" '1:operand:(");
		completion_each_command(cli);
		printf(")'");
	} else {
		print_zsh_operands(command->complete);
	}
	printf(" ;;\n");
}

static void print_zsh_commands(const struct cli *cli)
{
	printf("\t'1:command:->command' '*::argument:->argument' && return\n\ncase $state in\n");
	printf("command)\n\tlocal -a commands=(\n");
	for (const struct cli_command *c = cli->commands; c->name; c++) {
		if (!c->help)
			continue;
		printf("\t\t'%s:", c->name);
		completion_print_quoted(c->help, "");
		printf("'\n");
	}
	printf("\t)\n\t_describe command commands\n\t;;\nargument)\n\tcase $words[1] in\n");
	for (const struct cli_command *c = cli->commands; c->name; c++)
		if (c->help)
			print_zsh_command(cli, c);
	printf("\tesac\n\t;;\nesac\n");
}

static void print_zsh(const struct cli *cli)
{
	printf("#compdef %s\n# made by '%s --completion=zsh'\n", cli->name, cli->name);
	printf("local curcontext=$curcontext state line\n");
	printf("_arguments -s -S -C%s \\\n", cli->permute ? "" : " -A '-*'");
	completion_each_option(cli, print_zsh_option);
	if (cli->commands) {
		print_zsh_commands(cli);
		return;
	}
	putchar('\t');
	print_zsh_operands(cli->operands);
	putchar('\n');
}

/* ------------------------------------------------------------------ fish */

/* Prints the options of fish's complete(1) that offer what a kind stands for. */
static void print_fish_kind(const char *kind)
{
	static const char *const sources[][2] = {
		{ ":file", "-F" },
		{ ":dir", "-f -a '(__fish_complete_directories)'" },
		{ ":pid", "-f -a '(__fish_complete_pids)'" },
		{ ":target", "-f -a '(__fish_complete_pids; string split \" \" -- "
			     "\"tid: fd: ns: netns: container: cgroup:\")'" },
		{ ":user", "-f -a '(__fish_complete_users)'" },
		{ ":group", "-f -a '(__fish_complete_groups)'" },
		{ ":netns", "-f -a '(path basename /run/netns/* 2>/dev/null)'" },
		{ ":ns", "-f -a '(xlsns -n -r -o NS 2>/dev/null)'" },
		{ ":signal", "-f -a '(string split \" \" -- (kill -l))'" },
		{ ":command", "-f -a '(__fish_complete_subcommand)'" },
	};

	for (size_t i = 0; kind && i < sizeof(sources) / sizeof(sources[0]); i++)
		if (!strcmp(kind, sources[i][0])) {
			printf(" %s", sources[i][1]);
			return;
		}
	printf(" -f");
	if (!kind || !strcmp(kind, "-"))
		return;
	if (*kind == ',')
		printf(" -a '(__fish_complete_list , \"string split \\\" \\\" -- %s\")'", kind + 1);
	else
		printf(" -a '%s'", kind);
}

/* Prints the condition under which all of the line is offered: behind this command, for which
 * there is a function, or before there is one. */
static void print_fish_begin(const struct cli *cli)
{
	printf("complete -c %s", cli->name);
	if (cli->command)
		printf(" -n __fish_%s_%s", cli->name, cli->command->name);
}

static void print_fish_option(const struct cli *cli, const struct cli_option *o)
{
	print_fish_begin(cli);
	if (cli->commands)
		printf(" -n __fish_use_subcommand");
	if (completion_has_letter(o))
		printf(" -s %c", o->id);
	printf(" -l %s -d '", o->name);
	completion_print_quoted(o->help, "\\");
	putchar('\'');
	if (o->arg == CLI_ARG)
		printf(" -r");
	if (o->arg != CLI_NO_ARG)
		print_fish_kind(o->complete);
	putchar('\n');
}

static void print_fish_operand(const struct cli *cli, const char *kind)
{
	print_fish_begin(cli);
	print_fish_kind(kind);
	putchar('\n');
}

/* Positions are not told apart: the kinds of all operands are offered. */
static void print_fish_operands(const struct cli *cli, const char *operands)
{
	char kind[32];

	if (!operands || !*operands)
		print_fish_operand(cli, NULL);
	else if (*operands != ':')
		print_fish_operand(cli, operands);
	else
		while (next_kind(&operands, kind))
			print_fish_operand(cli, kind);
}

static void print_fish_command(const struct cli *cli, const struct cli_command *command)
{
	struct cli sub = cli_of_command(cli, command);

	printf("function __fish_%s_%s\n\t__fish_seen_subcommand_from ", cli->name, command->name);
	completion_each_beginning(cli, command, " ");
	printf("\nend\ncomplete -c %s -f -n __fish_use_subcommand -a %s -d '", cli->name,
	       command->name);
	completion_print_quoted(command->help, "\\");
	printf("'\n");
	completion_each_option(&sub, print_fish_option);
	if (completion_is_commands(command->complete)) {
		print_fish_begin(&sub);
		printf(" -f -a '");
		completion_each_command(cli);
		printf("'\n");
	} else {
		print_fish_operands(&sub, command->complete);
	}
}

static void print_fish(const struct cli *cli)
{
	printf("# fish completion for %s, made by '%s --completion=fish'\n", cli->name, cli->name);
	completion_each_option(cli, print_fish_option);
	if (!cli->commands)
		print_fish_operands(cli, cli->operands);
	for (const struct cli_command *c = cli->commands; c && c->name; c++)
		if (c->help)
			print_fish_command(cli, c);
}

bool completion_print(const struct cli *cli, const char *shell)
{
	static const struct {
		const char *name;
		void (*print)(const struct cli *cli);
	} shells[] = { { "bash", completion_print_bash },
		       { "zsh", print_zsh },
		       { "fish", print_fish } };

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (!strcmp(shell, shells[i].name)) {
			shells[i].print(cli);
			return true;
		}
	return false;
}
