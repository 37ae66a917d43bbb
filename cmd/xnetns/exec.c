/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * exec, and what "--netns" does first. To ip-netns(8) every word behind the name belongs to the
 * command. So an option stands for itself only where ip could not have made anything of it: before
 * the name if no namespace is called so, and behind it if no program is.
 */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xnetns/inside.h"

const struct cli_option xnetns_exec_options[] = {
	{ 'a', "all", CLI_NO_ARG, NULL, "for every name", NULL },
	INSIDE_OPTIONS,
	CLI_OPTIONS_END,
};

int xnetns_enter(const struct xnetns *x, const char *name)
{
	struct inside in;

	inside_init(&in, x);
	in.enter.name = name;
	return inside_enter(&in);
}

/* Runs the program. Returns only if that fails, and always 1, as ip(8) does. */
static int execute(struct inside *in, char **argv)
{
	if (!inside_become_user(in))
		cli_exec(in->x->cli, argv);
	return CLI_FAILURE;
}

/* Return: whether there was a process to run it in. */
static bool run_in(struct inside *in, const char *name, char **argv)
{
	pid_t pid;

	printf("\nnetns: ");
	xnetns_print_name(name);
	putchar('\n');
	fflush(stdout);
	in->enter.name = name;
	pid = fork();
	if (pid == 0) {
		int code = inside_enter(in);

		_exit(code ? code : execute(in, argv));
	}
	if (pid < 0)
		cli_error(in->x->cli, "cannot fork: %s", strerror(errno));
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	return pid > 0;
}

/* Return: 0 whatever the programs return, as ip(8) does. */
static int exec_all(struct inside *in, char **argv)
{
	const struct libns_netns_entry *entry;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_netns_list *list;
	int code = 0;

	if (libns_netns_list_new(LIBNS_NETNS_RUN, &list, &err) < 0)
		return xnetns_fail(in->x, &err, CLI_FAILURE);
	for (size_t i = 0; (entry = libns_netns_list_at(list, i)); i++)
		if (!run_in(in, entry->name, argv))
			code = CLI_FAILURE;
	libns_netns_list_free(list);
	return code;
}

/* Whether a program of that name would be found, as execvp(3) looks for it. */
static bool is_program(const char *word)
{
	const char *dir = getenv("PATH");
	char path[4096];

	if (!dir)
		dir = "/bin:/usr/bin";
	for (;; dir++) {
		size_t n = strcspn(dir, ":");

		if (n + strlen(word) + 2 <= sizeof(path)) {
			snprintf(path, sizeof(path), "%.*s%s%s", (int)n, dir, n ? "/" : "", word);
			if (access(path, X_OK) == 0)
				return true;
		}
		dir += n;
		if (!*dir)
			return false;
	}
}

static bool is_name(const char *word)
{
	int fd = libns_netns_open(LIBNS_NETNS_RUN, word, NULL);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/*
 * Takes the options that *@argv begins with, and steps over them. The word before them may be used.
 * Return: CLI_END to go on.
 */
static int take_options(struct inside *in, char *verb, char ***argv)
{
	char **words = *argv - 1, *before = *words;
	int id, argc = 1;

	while (words[argc])
		argc++;
	*words = verb;
	optind = 0;
	while ((id = cli_next(in->x->cli, argc, words)) > 0)
		if (id == 'a')
			in->all = true;
		else if (inside_take(in, id, optarg) < 0)
			break;
	*words = before;
	*argv = words + optind;
	return id;
}

/* Return: CLI_END, with the name and the command. */
static int parse(struct inside *in, char **argv, const char **ret_name, char ***ret_command)
{
	char *verb = *argv++;
	int id = CLI_END;

	if (!in->all) {
		if (*argv && **argv == '-' && !is_name(*argv))
			id = take_options(in, verb, &argv);
		*ret_name = id == CLI_END && !in->all && *argv ? *argv++ : NULL;
	}
	if (id == CLI_END && *argv && **argv == '-' && (in->all || *ret_name) && !is_program(*argv))
		id = take_options(in, verb, &argv);
	*ret_command = argv;
	return id;
}

static int run(struct inside *in, char **argv)
{
	const char *name = NULL;
	char **command;
	int code, id = parse(in, argv, &name, &command);

	if (id != CLI_END)
		return id == CLI_DONE ? 0 : XNETNS_USAGE;
	if (!in->all && !name)
		cli_usage(in->x->cli, "%s: no netns name specified", argv[0]);
	else if (!*command)
		cli_usage(in->x->cli, "%s: no command specified", argv[0]);
	if ((!in->all && !name) || !*command)
		return CLI_FAILURE;
	code = inside_find_user(in);
	if (code || in->all)
		return code ? code : exec_all(in, command);
	in->enter.name = name;
	code = inside_enter(in);
	return code ? code : execute(in, command);
}

int xnetns_exec(void *context, int argc, char **argv)
{
	struct inside in;
	int code;

	inside_init(&in, context);
	code = run(&in, argv);
	inside_done(&in);
	return code;
}
