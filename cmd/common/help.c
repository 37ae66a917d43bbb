/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * --help, made from a tool's tables. No line is wider than a terminal of 80 columns: what an
 * option means is folded between words. A tool with more options than anybody reads shows the
 * common ones, and all with --help=all.
 */

#include "common/help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 80, MEANINGS = 31 };

/* Prints words from column @at on, and folds them there. */
static void print_folded(const char *text, size_t at)
{
	size_t column = at;

	while (*text) {
		size_t n = strcspn(text, " ");

		if (column > at && column + 1 + n > WIDTH) {
			printf("\n%*s", (int)at, "");
			column = at;
		}
		column += (size_t)printf("%s%.*s", column > at ? " " : "", (int)n, text);
		text += n + strspn(text + n, " ");
	}
	putchar('\n');
}

/* A word on the left, what it means on the right; below it if the word is long. */
static void print_entry(const char *left, const char *meaning)
{
	if (strlen(left) < MEANINGS - 1) {
		printf("%-*s", MEANINGS, left);
	} else {
		size_t indent = strspn(left, " ");

		/* Where it is folded itself, its words stay below each other. */
		printf("%*s", (int)indent, "");
		print_folded(left + indent, indent);
		printf("%*s", MEANINGS, "");
	}
	print_folded(meaning, MEANINGS);
}

static void print_option(const struct cli_option *o)
{
	char left[120];
	int n = 0;

	if (o->id < CLI_LONG_BASE)
		n = snprintf(left, sizeof(left), "  -%c, --%s", o->id, o->name);
	else
		n = snprintf(left, sizeof(left), "      --%s", o->name);
	if (o->arg == CLI_ARG)
		snprintf(left + n, sizeof(left) - (size_t)n, " <%s>", o->metavar);
	else if (o->arg != CLI_NO_ARG)
		snprintf(left + n, sizeof(left) - (size_t)n, "[=<%s>]", o->metavar);
	print_entry(left, o->help);
}

static void print_commands(const struct cli_command *commands)
{
	printf("\nCommands:\n");
	for (const struct cli_command *c = commands; c->name; c++) {
		char left[160];

		if (!c->help)
			continue;
		snprintf(left, sizeof(left), "  %s %s", c->name, c->args);
		print_entry(left, c->help);
	}
}

/* Whether a list of words divided by blanks holds this one. */
static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += n)
		if ((at == list || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
			return true;
	return false;
}

/* Prints the options below their headings, where one of them is shown. Return: how many are
 * not. */
static size_t print_options(const struct cli *cli, bool all)
{
	const char *heading = cli->options->name ? "Options" : NULL;
	size_t n_hidden = 0;

	for (const struct cli_option *o = cli->options; o->help; o++) {
		if (!o->name) {
			heading = o->help;
			continue;
		}
		if (!all && cli->brief && !has_word(cli->brief, o->name)) {
			n_hidden++;
			continue;
		}
		if (heading)
			printf("\n%s:\n", heading);
		heading = NULL;
		print_option(o);
	}
	return n_hidden;
}

static void print_usage(const struct cli *cli)
{
	const char *line = cli->usage;

	printf("Usage:\n");
	if (cli->command)
		printf(" %s %s%s%s%s\n", cli->name, cli->command->name,
		       cli->options->help ? " [options]" : "", *line ? " " : "", line);
	while (line && !cli->command) {
		const char *end = strchr(line, '\n');
		int n = end ? (int)(end - line) : (int)strlen(line);

		printf(" %s %.*s\n", cli->name, n, line);
		line = end ? end + 1 : NULL;
	}
	putchar('\n');
}

/* What a command does, in lines of its own or as a sentence made of the words in the list. */
static void print_summary(const struct cli *cli)
{
	char sentence[160];

	if (cli->command && cli->summary) {
		printf("%s\n", cli->summary);
	} else if (cli->command) {
		snprintf(sentence, sizeof(sentence), "%c%s.",
			 toupper((unsigned char)*cli->command->help), cli->command->help + 1);
		print_folded(sentence, 0);
	} else {
		print_folded(cli->summary, 0);
	}
}

void help_print(const struct cli *cli, bool all)
{
	size_t n_hidden;

	print_usage(cli);
	print_summary(cli);
	if (cli->commands)
		print_commands(cli->commands);
	n_hidden = print_options(cli, all);
	if (cli->options->help)
		putchar('\n');
	else
		printf("\nOptions:\n");
	for (const struct cli_option *o = cli_standard_options; o->help; o++)
		print_option(o);
	if (n_hidden)
		printf("\n%zu more options: %s --help=all\n", n_hidden, cli->name);
	if (cli->footer)
		printf("\n%s", cli->footer);
}
