/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_UNIT_PROCESS_H
#define TESTS_UNIT_PROCESS_H

/* Processes for the tests of libns/proc.h to pin. */

#include <signal.h>
#include <sys/prctl.h>

#include <libns/proc.h>

#include "tap.h"

/*
 * A child that sits still until it is ended, or its test ends: by end of file,
 * because a test that gave up its uid may not send the parent-death signal.
 */
static inline pid_t start(void (*prepare)(void))
{
	int ready[2], alive[2];
	pid_t pid;
	char c;

	CHECK(pipe2(ready, O_CLOEXEC) == 0 && pipe2(alive, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		close(alive[1]);
		if (prepare)
			prepare();
		if (write(ready[1], "x", 1) == 1)
			while (read(alive[0], &c, 1) < 0)
				;
		_exit(1);
	}
	/* Where it may not be killed, the end of file ends it. */
	tap_keep_child(pid);
	tap_keep(alive[1]);
	close(alive[0]);
	CHECK_INT(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static inline void end(pid_t pid)
{
	CHECK_INT(kill(pid, SIGKILL), 0);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
}

static inline void end_as_zombie(pid_t pid)
{
	siginfo_t info;

	CHECK_INT(kill(pid, SIGKILL), 0);
	CHECK_INT(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

/* Writes a file of its user namespace: uid_map, gid_map, setgroups. */
static inline void map_ids(pid_t pid, const char *name, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	CHECK_INT(write(fd, text, strlen(text)), (long)strlen(text));
	close(fd);
}

static inline void unpin(void *proc)
{
	libns_proc_free(proc);
}

/* Held to the end of the case. */
static inline struct libns_proc *pin(pid_t pid)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_proc *proc = NULL;

	if (libns_proc_new(LIBNS_PROCFS, pid, &proc, &err) < 0)
		TAP_FAIL("%s", err.text);
	tap_later(unpin, proc);
	return proc;
}

#endif
