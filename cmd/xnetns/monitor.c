/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xnetns monitor.
 *
 * A name is reported when its namespace can be entered. The file comes first, and may
 * stay without a namespace: because its maker died, or because the namespace is bound in
 * another mount namespace. Such names wait here. What can change that is a mount, and
 * libns tells when there is one.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "xnetns/xnetns.h"

struct waiting {
	struct waiting *next;
	char name[];
};

struct monitor {
	struct xnetns *x;
	struct waiting *waiting;
	int inotify_fd;
	struct libns_mount_watch *mounts;
};

static void report(struct xnetns *x, const char *what, const char *name)
{
	if (x->as_json) {
		json_object(&x->json);
		json_text(&x->json, "event", what);
		json_text(&x->json, "name", name);
		json_object_end(&x->json);
		/* Each object is a line of its own, so that a reader need not wait for the end. */
		x->json.rows = false;
	} else {
		printf("%s ", what);
		xnetns_print_name(name);
	}
	putchar('\n');
	fflush(stdout);
}

/* Forgets a name that waits for its namespace. Return: whether there was such a name. */
static bool forget(struct monitor *m, const char *name)
{
	for (struct waiting **at = &m->waiting; *at; at = &(*at)->next)
		if (!strcmp((*at)->name, name)) {
			struct waiting *gone = *at;

			*at = gone->next;
			free(gone);
			return true;
		}
	return false;
}

static bool can_be_entered(const char *name)
{
	int ns_fd = libns_netns_open(LIBNS_NETNS_RUN, name, NULL);

	if (ns_fd >= 0)
		close(ns_fd);
	return ns_fd >= 0;
}

static int wait_for(struct monitor *m, const char *name)
{
	size_t n = strlen(name) + 1;
	struct waiting *more = malloc(sizeof(*more) + n);

	if (!more)
		return cli_error(m->x->cli, "cannot watch '%s': %s", name, strerror(ENOMEM));
	more->next = m->waiting;
	memcpy(more->name, name, n);
	m->waiting = more;
	return 0;
}

static int handle(struct monitor *m, const struct inotify_event *event)
{
	const char *name = event->name;

	if (event->mask & IN_Q_OVERFLOW)
		return cli_error(m->x->cli, "names came and went faster than they could be read");
	if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED))
		return cli_error(m->x->cli, "the directory of names is gone");
	if (!event->len)
		return 0;
	if (event->mask & (IN_DELETE | IN_MOVED_FROM)) {
		/* The end of a name whose beginning was never reported is not reported either. */
		if (!forget(m, name))
			report(m->x, "delete", name);
		return 0;
	}
	forget(m, name);
	if (!can_be_entered(name))
		return wait_for(m, name);
	report(m->x, "add", name);
	return 0;
}

static int look_again(struct monitor *m)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct waiting *next;

	if (libns_mount_watch_clear(m->mounts, &err) < 0)
		return xnetns_fail(m->x, &err, CLI_FAILURE);
	for (struct waiting *w = m->waiting; w; w = next) {
		next = w->next;
		if (!can_be_entered(w->name))
			continue;
		report(m->x, "add", w->name);
		forget(m, w->name);
	}
	return 0;
}

static int read_events(struct monitor *m)
{
	_Alignas(struct inotify_event) char buf[4096];
	ssize_t n = read(m->inotify_fd, buf, sizeof(buf));
	int code = 0;

	if (n <= 0)
		return n < 0 && errno == EINTR ? 0
					       : cli_error(m->x->cli, "cannot watch names: %s",
							   strerror(n < 0 ? errno : EIO));
	for (const char *at = buf; at < buf + n && !code;) {
		const struct inotify_event *event = (const void *)at;

		code = handle(m, event);
		at += sizeof(*event) + event->len;
	}
	return code;
}

static int watch(struct monitor *m)
{
	struct pollfd fds[] = {
		{ m->inotify_fd, POLLIN, 0 },
		{ libns_mount_watch_get_fd(m->mounts), POLLIN, 0 },
	};
	int code = 0;

	while (!code && !ferror(stdout)) {
		if (poll(fds, 2, -1) < 0) {
			if (errno != EINTR)
				code = cli_error(m->x->cli, "cannot watch names: %s",
						 strerror(errno));
			continue;
		}
		if (fds[0].revents)
			code = read_events(m);
		if (!code && fds[1].revents)
			code = look_again(m);
	}
	/* Writing has failed, and cli_finish() will say why. */
	return code;
}

int xnetns_monitor(void *context, int argc, char **argv)
{
	const uint32_t mask =
		IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;
	struct monitor m = { .x = context };
	struct libns_error err = LIBNS_ERROR_INIT;
	int code, run_fd = libns_netns_open_run(&err);

	if (run_fd < 0 || libns_mount_watch_new(&m.mounts, &err) < 0)
		return xnetns_fail(m.x, &err, CLI_FAILURE);
	m.inotify_fd = inotify_init1(IN_CLOEXEC);
	if (m.inotify_fd < 0 || fchdir(run_fd) < 0 ||
	    inotify_add_watch(m.inotify_fd, ".", mask) < 0)
		code = cli_error(m.x->cli, "cannot watch names: %s", strerror(errno));
	else
		code = watch(&m);
	libns_mount_watch_free(m.mounts);
	return code;
}
