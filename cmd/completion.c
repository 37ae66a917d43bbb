/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Shell completions made from a tool's option table. */

#include <stdio.h>
#include <string.h>

#include "completion.h"

static void print_bash(const struct cli *cli)
{
	printf("_%s() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n\tCOMPREPLY=($(compgen -W '", cli->name);
	for (const struct cli_option *o = cli->options; o->help; o++)
		if (o->name)
			printf("--%s ", o->name);
	printf("--help --version' -- \"$cur\"))\n}\ncomplete -F _%s -o default %s\n", cli->name,
	       cli->name);
}

bool completion_print(const struct cli *cli, const char *shell)
{
	if (strcmp(shell, "bash") != 0)
		return false;
	print_bash(cli);
	return true;
}
