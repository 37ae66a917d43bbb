/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* --setup: commands that are run in the new namespaces before the program. */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xunshare/options.h"

#define ROOT "XUNSHARE_ROOT="

static int no_memory(const struct request *q)
{
	cli_error(&q->cli, "--setup: %s", strerror(errno));
	return CLI_BAD;
}

int setup_take(struct request *q, char *text)
{
	struct setup_command *command;

	if (!*text) {
		cli_usage(&q->cli, "--setup: the command is empty");
		return CLI_BAD;
	}
	if (!MAKE_ROOM(q, q->setup.commands, q->plan.n_setups))
		return CLI_BAD;
	command = malloc(sizeof(*command));
	if (!command)
		return no_memory(q);
	*command = (struct setup_command){ { "sh", "-c", text, NULL } };
	q->setup.commands[q->plan.n_setups++] =
		(struct libns_program){ "/bin/sh", (char *const *)(uintptr_t)command->argv };
	return 0;
}

/* The caller's, before --clear-env, and where the new root is. */
static int make_environment(struct request *q)
{
	char *real = q->root ? realpath(q->root, NULL) : NULL;
	/* If there is no such directory, the step that needs it says so. */
	const char *root = real ? real : q->root ? q->root : "/";
	/* What lies on the root is entered by "..". */
	bool is_covered = q->mounts && !strcmp(root, "/");
	size_t n = 0, size = strlen(ROOT) + strlen(root) + sizeof("..");
	char **envp;

	while (environ[n])
		n++;
	envp = calloc(n + 2, sizeof(*envp));
	q->setup.root = malloc(size);
	if (envp && q->setup.root) {
		snprintf(q->setup.root, size, ROOT "%s%s", root, is_covered ? ".." : "");
		n = 0;
		for (size_t i = 0; environ[i]; i++)
			if (strncmp(environ[i], ROOT, strlen(ROOT)) != 0)
				envp[n++] = environ[i];
		envp[n] = q->setup.root;
	}
	free(real);
	q->setup.envp = envp;
	return envp && q->setup.root ? 0 : no_memory(q);
}

int setup_finish(struct request *q)
{
	struct libns_plan *plan = &q->plan;

	if (!plan->n_setups)
		return 0;
	if (!plan->types) {
		cli_usage(&q->cli, "--setup needs a new namespace, which it would set up");
		return CLI_BAD;
	}
	/* It would be the first process of that one, and its end that of the namespace. */
	if (plan->types & LIBNS_TYPE_PID)
		q->fork = true;
	if (make_environment(q) < 0)
		return CLI_BAD;
	plan->setups = q->setup.commands;
	plan->setup_envp = q->setup.envp;
	return 0;
}

void setup_free(struct request *q)
{
	for (size_t i = 0; i < q->plan.n_setups; i++)
		free((void *)(uintptr_t)q->setup.commands[i].argv);
	free(q->setup.commands);
	free(q->setup.envp);
	free(q->setup.root);
}
