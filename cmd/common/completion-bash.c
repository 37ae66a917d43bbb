/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The completion script for bash, see completion.c.
 *
 * Theory of operation. bash has no language to describe options in, so the script is tables
 * (case statements) and one function that walks the words before the cursor, knowing which
 * option takes an argument in the next word, which one only behind "=", and where the operands
 * begin. $scope is the command whose options are being read; empty before there is one.
 */

#include <stdio.h>
#include <string.h>

#include "common/completion.h"

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
	"	local cur=${COMP_WORDS[COMP_CWORD]} word i j n=0 end= takes kind last=- pending= scope=\n"
	"	local -a at=() operands=()\n"
	"	local options=$_NAME_options stops=$_NAME_stops\n"
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
	"			((n == 0)) && _NAME_command \"$word\" || end=$end$stops\n"
	"			at[n++]=$i\n"
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
	"		mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
	"		[[ ${COMPREPLY[*]} != *= ]] || compopt -o nospace\n"
	"	else\n"
	"		_NAME_operands\n"
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

static void print_row(const struct cli *cli, const struct cli_option *o)
{
	const char *scope = cli->command ? cli->command->name : "";

	if (o->arg == CLI_NO_ARG)
		return;
	putchar('\t');
	if (completion_has_letter(o) && completion_letter_arg(o) != CLI_NO_ARG)
		printf("%s-%c | ", scope, o->id);
	printf("%s--%s) takes=%d kind='", scope, o->name, completion_long_arg(o));
	completion_print_quoted(o->complete ? o->complete : "-", "");
	printf("' ;;\n");
}

static void print_name(const struct cli *cli, const struct cli_option *o)
{
	(void)cli;
	printf(" --%s", o->name);
	if (completion_long_arg(o) == CLI_OPT_ARG)
		printf(" --%s=", o->name);
}

/* What takes an argument, of the tool and, behind their names, of its commands. */
static void print_options(const struct cli *cli)
{
	printf("_%s_option()\n{\n\tcase $scope$1 in\n", cli->name);
	completion_each_option(cli, print_row);
	for (const struct cli_command *c = cli->commands; c && c->name; c++) {
		struct cli sub = cli_of_command(cli, c);

		if (c->help)
			completion_each_option(&sub, print_row);
	}
	printf("\t*) takes=0 kind=- ;;\n\tesac\n}\n\n");
}

/* How the words behind a command are read. */
static void print_command(const struct cli *cli, const struct cli_command *command)
{
	struct cli sub = cli_of_command(cli, command);

	putchar('\t');
	completion_each_beginning(cli, command, " | ");
	printf(") scope=%s stops=%s options='", sub.command->name, sub.permute ? "" : "1");
	completion_each_option(&sub, print_name);
	printf("' ;;\n");
}

static void print_commands(const struct cli *cli)
{
	printf("_%s_command()\n{\n", cli->name);
	if (cli->commands) {
		printf("\tcase $1 in\n");
		for (const struct cli_command *c = cli->commands; c->name; c++)
			if (c->help)
				print_command(cli, c);
		printf("\t*) false ;;\n\tesac\n}\n\n");
	} else {
		printf("\tfalse\n}\n\n");
	}
}

/* A kind is written as it is; a list of words becomes one element of the array. */
static void print_kinds(const char *operands)
{
	if (operands && *operands)
		printf(*operands == ':' ? "%s" : "'%s'", operands);
}

static void print_operands_of_commands(const struct cli *cli)
{
	printf("\tif ((n == 0)); then\n\t\toperands=('");
	completion_each_command(cli);
	printf("')\n\t\treturn\n\tfi\n\tcase $scope in\n");
	for (const struct cli_command *c = cli->commands; c->name; c++) {
		if (!c->help)
			continue;
		printf("\t%s) operands=(- ", c->name);
		if (completion_is_commands(c->complete)) {
			putchar('\'');
			completion_each_command(cli);
			putchar('\'');
		} else {
			print_kinds(c->complete);
		}
		printf(") ;;\n");
	}
	printf("\tesac\n");
}

static void print_operands(const struct cli *cli)
{
	printf("_%s_operands()\n{\n", cli->name);
	if (cli->commands) {
		print_operands_of_commands(cli);
	} else {
		printf("\toperands=(");
		print_kinds(cli->operands);
		printf(")\n");
	}
	printf("}\n\n");
}

/* Prints the script that does the work, with the tool's name in place of NAME. */
static void print_engine(const char *name)
{
	const char *from = bash_engine;

	for (const char *hit; (hit = strstr(from, "NAME")); from = hit + 4)
		printf("%.*s%s", (int)(hit - from), from, name);
	printf("%s", from);
}

void completion_print_bash(const struct cli *cli)
{
	printf("# bash completion for %s, made by '%s --completion=bash'\n", cli->name, cli->name);
	print_options(cli);
	print_commands(cli);
	print_operands(cli);
	printf("_%s_options='", cli->name);
	completion_each_option(cli, print_name);
	printf("'\n# Not empty if the first operand ends the options.\n_%s_stops=%s\n\n", cli->name,
	       cli->permute ? "" : "1");
	print_engine(cli->name);
}
