/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The commands of xnetns that run a program: exec, and what "--netns" does first. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xnetns/xnetns.h"

static void warn(const struct libns_error *warning, void *data)
{
	const struct xnetns *x = data;

	cli_error(x->cli, "%s", libns_error_text(warning));
}

int xnetns_enter(const struct xnetns *x, const char *name)
{
	struct xnetns copy = *x;
	struct libns_error err = LIBNS_ERROR_INIT;

	if (libns_netns_enter(LIBNS_NETNS_RUN, name, warn, &copy, &err) < 0)
		return xnetns_fail(x, &err, XNETNS_USAGE);
	return 0;
}

/* Runs the program. Returns only if that fails, and always 1, as ip(8) does. */
static int execute(const struct xnetns *x, char **argv)
{
	cli_exec(x->cli, argv);
	return CLI_FAILURE;
}

/* Return: whether there was a process to run it in. */
static bool run_in(const struct xnetns *x, const char *name, char **argv)
{
	pid_t pid;

	printf("\nnetns: ");
	xnetns_print_name(name);
	putchar('\n');
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		int code = xnetns_enter(x, name);

		_exit(code ? code : execute(x, argv));
	}
	if (pid < 0)
		cli_error(x->cli, "cannot fork: %s", strerror(errno));
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	return pid > 0;
}

/* Return: 0 whatever the programs return, as ip(8) does. */
static int exec_all(const struct xnetns *x, char **argv)
{
	const struct libns_netns_entry *entry;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_netns_list *list;
	int code = 0;

	if (libns_netns_list_new(LIBNS_NETNS_RUN, &list, &err) < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	for (size_t i = 0; (entry = libns_netns_list_at(list, i)); i++)
		if (!run_in(x, entry->name, argv))
			code = CLI_FAILURE;
	libns_netns_list_free(list);
	return code;
}

int xnetns_exec(void *context, int argc, char **argv)
{
	struct xnetns *x = context;
	const char *verb = argv[0];
	const char *name = NULL;
	int code;

	argv++;
	if (!x->all) {
		name = *argv;
		if (!name) {
			cli_usage(x->cli, "%s: no netns name specified", verb);
			return CLI_FAILURE;
		}
		argv++;
	}
	/* Other tools want "--" before the program; it is accepted here as well. */
	if (*argv && !strcmp(*argv, "--"))
		argv++;
	if (!*argv) {
		cli_usage(x->cli, "%s: no command specified", verb);
		return CLI_FAILURE;
	}
	if (x->all)
		return exec_all(x, argv);
	code = xnetns_enter(x, name);
	return code ? code : execute(x, argv);
}
