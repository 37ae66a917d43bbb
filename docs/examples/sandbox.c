/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Runs a program without network, with processes and mounts of its own, as root of a user
 * namespace in which only the caller is mapped; and ends it, with all that it has started,
 * when the time is up. sandbox SECONDS PROGRAM [ARGUMENT...]
 */

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libns/libns.h>

int main(int argc, char **argv)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_idmap *uids = NULL, *gids = NULL;
	struct libns_child *child = NULL;
	struct pollfd ended;
	int status = 0;

	if (argc < 3)
		return fprintf(stderr, "usage: sandbox SECONDS PROGRAM [ARGUMENT...]\n"), 125;
	plan.types = LIBNS_TYPE_USER | LIBNS_TYPE_PID | LIBNS_TYPE_MNT | LIBNS_TYPE_NET |
		     LIBNS_TYPE_IPC | LIBNS_TYPE_UTS;
	plan.flags = LIBNS_PLAN_PID1 | LIBNS_PLAN_LOOPBACK | LIBNS_PLAN_CLOSE_FDS;
	plan.mount_proc = "/proc";
	plan.death_signal = SIGKILL;
	plan.argv = argv + 2;
	if (libns_idmap_new(&uids, &err) < 0 || libns_idmap_new(&gids, &err) < 0 ||
	    libns_idmap_add_single(uids, 0, geteuid(), &err) < 0 ||
	    libns_idmap_add_single(gids, 0, getegid(), &err) < 0)
		return fprintf(stderr, "sandbox: %s\n", err.text), 125;
	plan.uid_map = uids;
	plan.gid_map = gids;
	if (libns_spawn(&plan, &child, &err) < 0)
		return fprintf(stderr, "sandbox: %s\n", err.text), 125;
	ended = (struct pollfd){ .fd = libns_child_get_pidfd(child), .events = POLLIN };
	/* Process 1 of the pid namespace: with it ends everything inside. */
	if (poll(&ended, 1, atoi(argv[1]) * 1000) == 0) {
		fprintf(stderr, "sandbox: the time is up\n");
		libns_child_kill(child, SIGKILL, NULL);
	}
	if (libns_child_wait(child, 0, &status, &err) < 0)
		return fprintf(stderr, "sandbox: %s\n", err.text), 125;
	libns_child_free(child);
	libns_idmap_free(uids);
	libns_idmap_free(gids);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
