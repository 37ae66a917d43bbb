/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Shell completions made from a tool's option table, so that they offer what
 * --help lists. The build runs each tool with --completion=bash, zsh, fish and
 * installs what comes out.
 *
 * Theory of operation. zsh and fish have a description language of their own:
 * one line an option. bash has none, so its script is a table (two case
 * statements) and one function that walks the words before the cursor, knowing
 * which option takes an argument in the next word, which one only behind "=",
 * and where the operands begin.
 */

#include "common/completion.h"

#include <stdio.h>
#include <string.h>

typedef void print_option_fn(const struct cli *cli, const struct cli_option *o);

static void each_option(const struct cli *cli, print_option_fn *print)
{
	const struct cli_option *tables[] = { cli->options, cli_standard_options };

	for (size_t t = 0; t < 2; t++)
		for (const struct cli_option *o = tables[t]; o->help; o++)
			if (o->name)
				print(cli, o);
}

static bool has_letter(const struct cli_option *o)
{
	return o->id < CLI_LONG_BASE;
}

static enum cli_arg letter_arg(const struct cli_option *o)
{
	return o->arg == CLI_LONG_OPT_ARG ? CLI_NO_ARG : o->arg;
}

static enum cli_arg long_arg(const struct cli_option *o)
{
	return o->arg == CLI_LONG_OPT_ARG ? CLI_OPT_ARG : o->arg;
}

/*
 * Inside single quotes. @special are characters that the reader behind the
 * shell needs a backslash before.
 */
static void print_quoted(const char *text, const char *special)
{
	for (; *text; text++)
		if (*text == '\'')
			printf("'\\''");
		else if (strchr(special, *text))
			printf("\\%c", *text);
		else
			putchar(*text);
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

/* ------------------------------------------------------------------ bash */

static const char bash_engine[] =
	"_NAME_offer()\n"
	"{\n"
	"	local lead=\n"
	"	case $1 in\n"
	"	- | :command) return ;;\n"
	"	:file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$2\") ;;\n"
	"	:dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$2\") ;;\n"
	"	:user) mapfile -t COMPREPLY < <(compgen -u -- \"$2\") ;;\n"
	"	:group) mapfile -t COMPREPLY < <(compgen -g -- \"$2\") ;;\n"
	"	:signal) mapfile -t COMPREPLY < <(compgen -A signal -- \"${2:-SIG}\") ;;\n"
	"	:pid) mapfile -t COMPREPLY < <(cd /proc && compgen -W \"$(echo [0-9]*)\" -- "
	"\"$2\") ;;\n"
	"	:target)\n"
	"		mapfile -t COMPREPLY < <(cd /proc && compgen -W \"$(echo [0-9]*) "
	"tid: fd: ns: netns: container: cgroup:\" -- \"$2\")\n"
	"		[[ ${COMPREPLY[*]} != *: ]] || compopt -o nospace ;;\n"
	"	:netns) mapfile -t COMPREPLY < <(cd /run/netns 2>/dev/null && compgen -f -- "
	"\"$2\") ;;\n"
	"	:ns) mapfile -t COMPREPLY < <(compgen -W \"$(xlsns -n -r -o NS 2>/dev/null)\" -- "
	"\"$2\") ;;\n"
	"	,*)\n"
	"		[[ $2 != *,* ]] || lead=${2%,*},\n"
	"		compopt -o nospace\n"
	"		mapfile -t COMPREPLY < <(compgen -P \"$lead\" -W \"${1#,}\" -- "
	"\"${2##*,}\") ;;\n"
	"	*)\n"
	"		mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$2\")\n"
	"		[[ ${COMPREPLY[*]} != *= ]] || compopt -o nospace ;;\n"
	"	esac\n"
	"}\n"
	"\n"
	"_NAME()\n"
	"{\n"
	"	local cur=${COMP_WORDS[COMP_CWORD]} word i j n=0 end= takes kind last=- pending=\n"
	"	local -a at=() operands=()\n"
	"	for ((i = 1; i < COMP_CWORD; i++)); do\n"
	"		word=${COMP_WORDS[i]}\n"
	"		if [[ $word == :* ]]; then\n"
	"			# 0:1000:1 comes in five words.\n"
	"			((++i))\n"
	"		elif [[ $word == = && ! $end ]]; then\n"
	"			pending=$last\n"
	"		elif [[ $pending ]]; then\n"
	"			pending=\n"
	"		elif [[ $end || $word != -?* ]]; then\n"
	"			at[n++]=$i\n"
	"			end=$end$_NAME_stops\n"
	"		elif [[ $word == -- ]]; then\n"
	"			end=1\n"
	"		elif [[ $word == --* ]]; then\n"
	"			_NAME_option \"$word\"\n"
	"			last=$kind\n"
	"			[[ $takes != 1 ]] || pending=$kind\n"
	"		else\n"
	"			for ((j = 1; j < ${#word}; j++)); do\n"
	"				_NAME_option \"-${word:j:1}\"\n"
	"				((takes == 0)) || break\n"
	"			done\n"
	"			((takes == 1 && j == ${#word} - 1)) && pending=$kind\n"
	"		fi\n"
	"	done\n"
	"	word=${COMP_WORDS[COMP_CWORD-1]}\n"
	"	if [[ $cur == :* || $word == :* ]]; then\n"
	"		return\n"
	"	elif [[ $cur == = && ! $end && $word == --* ]]; then\n"
	"		_NAME_offer \"$last\" ''\n"
	"	elif [[ $pending ]]; then\n"
	"		_NAME_offer \"$pending\" \"$cur\"\n"
	"	elif [[ ! $end && $cur == --*=* ]]; then\n"
	"		_NAME_option \"${cur%%=*}\"\n"
	"		_NAME_offer \"$kind\" \"${cur#*=}\"\n"
	"		COMPREPLY=(\"${COMPREPLY[@]/#/${cur%%=*}=}\")\n"
	"	elif [[ ! $end && $cur == -* ]]; then\n"
	"		mapfile -t COMPREPLY < <(compgen -W \"$_NAME_options\" -- \"$cur\")\n"
	"		[[ ${COMPREPLY[*]} != *= ]] || compopt -o nospace\n"
	"	else\n"
	"		_NAME_operands \"${COMP_WORDS[at[0]]}\"\n"
	"		i=$n\n"
	"		((i < ${#operands[@]})) || i=$((${#operands[@]} - 1))\n"
	"		((i >= 0)) || return 0\n"
	"		kind=${operands[i]}\n"
	"		if [[ $kind != :command ]]; then\n"
	"			_NAME_offer \"$kind\" \"$cur\"\n"
	"		elif ((i == n)); then\n"
	"			mapfile -t COMPREPLY < <(compgen -c -- \"$cur\")\n"
	"		elif declare -F _command_offset >/dev/null; then\n"
	"			_command_offset \"${at[i]}\"\n"
	"		else\n"
	"			_NAME_offer :file \"$cur\"\n"
	"		fi\n"
	"	fi\n"
	"}\n"
	"complete -F _NAME NAME\n";

static void print_bash_row(const struct cli *cli, const struct cli_option *o)
{
	(void)cli;
	if (o->arg == CLI_NO_ARG)
		return;
	putchar('\t');
	if (has_letter(o) && letter_arg(o) != CLI_NO_ARG)
		printf("-%c | ", o->id);
	printf("--%s) takes=%d kind='", o->name, long_arg(o));
	print_quoted(o->complete ? o->complete : "-", "");
	printf("' ;;\n");
}

static void print_bash_name(const struct cli *cli, const struct cli_option *o)
{
	(void)cli;
	printf(" --%s", o->name);
	if (long_arg(o) == CLI_OPT_ARG)
		printf(" --%s=", o->name);
}

/* A kind is written as it is; a list of words becomes one element of the array. */
static void print_bash_operands(const char *operands)
{
	if (operands && *operands)
		printf(*operands == ':' ? "%s" : "'%s'", operands);
}

static void print_bash_commands(const struct cli *cli)
{
	printf("\tif ((n == 0)); then\n\t\toperands=('");
	for (const struct cli_command *c = cli->commands; c->name; c++)
		if (c->help)
			printf("%s%s", c == cli->commands ? "" : " ", c->name);
	printf("')\n\t\treturn\n\tfi\n\tcase $1 in\n");
	for (const struct cli_command *c = cli->commands; c->name; c++) {
		printf("\t%s) operands=(- ", c->name);
		print_bash_operands(c->complete);
		printf(") ;;\n");
	}
	printf("\tesac\n");
}

/* Prints the script that does the work, with the tool's name in place of NAME. */
static void print_bash_engine(const char *name)
{
	const char *from = bash_engine;

	for (const char *hit; (hit = strstr(from, "NAME")); from = hit + 4)
		printf("%.*s%s", (int)(hit - from), from, name);
	printf("%s", from);
}

static void print_bash(const struct cli *cli)
{
	printf("# bash completion for %s, made by '%s --completion=bash'\n", cli->name, cli->name);
	printf("_%s_option()\n{\n\tcase $1 in\n", cli->name);
	each_option(cli, print_bash_row);
	printf("\t*) takes=0 kind=- ;;\n\tesac\n}\n\n_%s_operands()\n{\n", cli->name);
	if (cli->commands) {
		print_bash_commands(cli);
	} else {
		printf("\toperands=(");
		print_bash_operands(cli->operands);
		printf(")\n");
	}
	printf("}\n\n_%s_options='", cli->name);
	each_option(cli, print_bash_name);
	printf("'\n# Not empty if the first operand ends the options.\n_%s_stops=%s\n\n", cli->name,
	       cli->permute ? "" : "1");
	print_bash_engine(cli->name);
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
		print_quoted(kind + 1, ":");
	} else {
		putchar('(');
		print_quoted(kind, ":");
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
	else if (has_letter(o))
		printf("(-%c --%s)", o->id, o->name);
	printf("%s%s[", spelling, joint);
	print_quoted(o->help, "[]:\\");
	putchar(']');
	if (arg != CLI_NO_ARG) {
		printf("%s", arg == CLI_OPT_ARG ? "::" : ":");
		print_quoted(o->metavar ? o->metavar : "value", ":");
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
	if (has_letter(o)) {
		snprintf(spelling, sizeof(spelling), "-%c", o->id);
		print_zsh_spelling(o, letter_arg(o), spelling, joint[0][letter_arg(o)]);
	}
	snprintf(spelling, sizeof(spelling), "--%s", o->name);
	print_zsh_spelling(o, long_arg(o), spelling, joint[1][long_arg(o)]);
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

static void print_zsh_commands(const struct cli *cli)
{
	printf("\t'1:command:->command' '*::argument:->argument' && return\n\ncase $state in\n");
	printf("command)\n\tlocal -a commands=(\n");
	for (const struct cli_command *c = cli->commands; c->name; c++) {
		if (!c->help)
			continue;
		printf("\t\t'%s:", c->name);
		print_quoted(c->help, "");
		printf("'\n");
	}
	printf("\t)\n\t_describe command commands\n\t;;\nargument)\n\tcase $words[1] in\n");
	for (const struct cli_command *c = cli->commands; c->name; c++) {
		printf("\t%s) _arguments", c->name);
		print_zsh_operands(c->complete);
		printf(" ;;\n");
	}
	printf("\tesac\n\t;;\nesac\n");
}

static void print_zsh(const struct cli *cli)
{
	printf("#compdef %s\n# made by '%s --completion=zsh'\n", cli->name, cli->name);
	printf("local curcontext=$curcontext state line\n");
	printf("_arguments -s -S -C%s \\\n", cli->permute ? "" : " -A '-*'");
	each_option(cli, print_zsh_option);
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

static void print_fish_option(const struct cli *cli, const struct cli_option *o)
{
	printf("complete -c %s", cli->name);
	if (has_letter(o))
		printf(" -s %c", o->id);
	printf(" -l %s -d '", o->name);
	print_quoted(o->help, "\\");
	putchar('\'');
	if (o->arg == CLI_ARG)
		printf(" -r");
	if (o->arg != CLI_NO_ARG)
		print_fish_kind(o->complete);
	putchar('\n');
}

static void print_fish_operand(const struct cli *cli, const char *condition, const char *kind)
{
	printf("complete -c %s%s", cli->name, condition);
	print_fish_kind(kind);
	putchar('\n');
}

/* Positions are not told apart: the kinds of all operands are offered. */
static void print_fish_operands(const struct cli *cli, const char *condition, const char *operands)
{
	char kind[32];

	if (!operands || !*operands)
		print_fish_operand(cli, condition, NULL);
	else if (*operands != ':')
		print_fish_operand(cli, condition, operands);
	else
		while (next_kind(&operands, kind))
			print_fish_operand(cli, condition, kind);
}

static void print_fish(const struct cli *cli)
{
	char condition[96];

	printf("# fish completion for %s, made by '%s --completion=fish'\n", cli->name, cli->name);
	each_option(cli, print_fish_option);
	if (!cli->commands) {
		print_fish_operands(cli, "", cli->operands);
		return;
	}
	for (const struct cli_command *c = cli->commands; c->name; c++) {
		if (c->help) {
			printf("complete -c %s -f -n __fish_use_subcommand -a %s -d '", cli->name,
			       c->name);
			print_quoted(c->help, "\\");
			printf("'\n");
		}
		snprintf(condition, sizeof(condition), " -n '__fish_seen_subcommand_from %s'",
			 c->name);
		print_fish_operands(cli, condition, c->complete);
	}
}

bool completion_print(const struct cli *cli, const char *shell)
{
	static const struct {
		const char *name;
		void (*print)(const struct cli *cli);
	} shells[] = { { "bash", print_bash }, { "zsh", print_zsh }, { "fish", print_fish } };

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (!strcmp(shell, shells[i].name)) {
			shells[i].print(cli);
			return true;
		}
	return false;
}
