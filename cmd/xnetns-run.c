/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The commands of xnetns that stay: exec and monitor. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xnetns.h"

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

/* Only returns if that fails; 1 whatever the reason, as ip(8). */
static int execute(const struct xnetns *x, char **argv)
{
	cli_exec(x->cli, argv);
	return CLI_FAILURE;
}

static void run_in(const struct xnetns *x, const char *name, char **argv)
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
}

/* 0 whatever the programs return, as ip(8). */
static int exec_all(const struct xnetns *x, char **argv)
{
	const struct libns_netns_entry *entry;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_netns_list *list;

	if (libns_netns_list_new(LIBNS_NETNS_RUN, &list, &err) < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	for (size_t i = 0; (entry = libns_netns_list_at(list, i)); i++)
		run_in(x, entry->name, argv);
	libns_netns_list_free(list);
	return 0;
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
	/* For those who are used to it from everywhere else. */
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

static void report(struct xnetns *x, const char *what, const char *name)
{
	if (x->as_json) {
		json_object(&x->json);
		json_text(&x->json, "event", what);
		json_text(&x->json, "name", name);
		json_object_end(&x->json);
		/* One object a line, so that a reader need not wait for the end. */
		x->json.rows = false;
	} else {
		printf("%s ", what);
		xnetns_print_name(name);
	}
	putchar('\n');
	fflush(stdout);
}

static void handle(struct xnetns *x, const struct inotify_event *event)
{
	int ns_fd;

	if (!event->len)
		return;
	if (event->mask & (IN_DELETE | IN_MOVED_FROM)) {
		report(x, "delete", event->name);
		return;
	}
	/* The file comes before the namespace: wait until it can be entered. */
	ns_fd = libns_netns_open(LIBNS_NETNS_RUN, event->name, NULL);
	if (ns_fd >= 0)
		close(ns_fd);
	report(x, "add", event->name);
}

int xnetns_monitor(void *context, int argc, char **argv)
{
	const uint32_t mask = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
	_Alignas(struct inotify_event) char buf[4096];
	struct libns_error err = LIBNS_ERROR_INIT;
	int run_fd = libns_netns_open_run(&err);
	struct xnetns *x = context;
	char path[64];
	int fd;

	if (run_fd < 0)
		return xnetns_fail(x, &err, CLI_FAILURE);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", run_fd);
	fd = inotify_init1(IN_CLOEXEC);
	if (fd < 0 || inotify_add_watch(fd, path, mask) < 0)
		return cli_error(x->cli, "cannot watch names: %s", strerror(errno));
	for (;;) {
		ssize_t n = read(fd, buf, sizeof(buf));
		const char *at = buf;

		if (n < 0 && errno != EINTR)
			return cli_error(x->cli, "cannot watch names: %s", strerror(errno));
		while (at < buf + n) {
			const struct inotify_event *event = (const void *)at;

			handle(x, event);
			at += sizeof(*event) + event->len;
		}
	}
}
