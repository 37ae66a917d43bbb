/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * --kill-child=SIGNAL beside a new pid namespace.
 *
 * The program is the first process there, and the kernel drops a signal for which
 * such a process has no handler: TERM, which ends everybody else, would leave it
 * and all that it has started. A guard waits for the end of xunshare, however that
 * comes about, and where the program has no handler for the signal does what the
 * signal is meant to do: ends it. With it the kernel ends the whole namespace.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/file.h"
#include "xunshare/xunshare.h"

/* Whether the process has a handler for a signal. If nobody can tell, it is left alone as if
 * it had one. */
static bool minds(int proc_fd, int sig)
{
	unsigned long long caught = 0;
	/* Read the whole file: the line with the groups comes first and may be very long. */
	char *text = file_read_at(proc_fd, "status", NULL);
	char *line = text ? strstr(text, "\nSigCgt:") : NULL;
	bool minds =
		!line || sscanf(line, "\nSigCgt: %llx", &caught) != 1 || (caught >> (sig - 1) & 1);

	free(text);
	return minds;
}

static _Noreturn void stand(int life, struct libns_child *child, int proc_fd, int sig)
{
	struct pollfd end = { libns_child_get_pidfd(child), POLLIN, 0 };
	char byte;

	/* The guard must not hold a pipe or a terminal of somebody else open. */
	for (int fd = 0; fd <= 2; fd++)
		close(fd);
	prctl(PR_SET_NAME, "xunshare-guard", 0, 0, 0);
	while (read(life, &byte, 1) < 0 && errno == EINTR)
		continue;
	/* It lives and has no handler, so the kernel drops the signal: do what it is meant to do.
	 * Without a pidfd its number may be another process's by now. */
	if (end.fd >= 0 && poll(&end, 1, 0) == 0 && !minds(proc_fd, sig))
		libns_child_kill(child, SIGKILL, NULL);
	_exit(0);
}

bool guard_is_needed(const struct request *q)
{
	/* With --init the first process is the library's own, which passes the signal on. */
	return q->plan.death_signal && q->plan.death_signal != SIGKILL &&
	       (q->plan.types & LIBNS_TYPE_PID) && !(q->plan.flags & LIBNS_PLAN_PID1);
}

int guard_prepare(const struct request *q, struct guard *guard)
{
	*guard = (struct guard){ -1, 0, -1, NULL };
	if (!guard_is_needed(q))
		return 0;
	guard->procfs_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return guard->procfs_fd < 0 ? cli_error(&q->cli, "--kill-child: /proc: %s", strerror(errno))
				    : 0;
}

int guard_start(const struct request *q, struct libns_child *child, struct guard *guard)
{
	int sig = q->plan.death_signal, ends[2], proc_fd;
	char pid[16];
	sigset_t all;

	if (!guard_is_needed(q))
		return 0;
	snprintf(pid, sizeof(pid), "%d", (int)libns_child_get_pid(child));
	proc_fd = openat(guard->procfs_fd, pid, O_PATH | O_DIRECTORY | O_CLOEXEC);
	close(guard->procfs_fd);
	if (proc_fd < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return cli_error(&q->cli, "--kill-child: /proc/%s: %s", pid, strerror(errno));
	guard->pid = fork();
	if (guard->pid == 0) {
		sigfillset(&all);
		sigprocmask(SIG_BLOCK, &all, NULL);
		setsid();
		close(ends[1]);
		stand(ends[0], child, proc_fd, sig);
	}
	close(proc_fd);
	close(ends[0]);
	guard->life = ends[1];
	if (guard->pid > 0)
		return 0;
	close(ends[1]);
	return cli_error(&q->cli, "--kill-child: %s", strerror(errno));
}

void guard_end(struct guard *guard)
{
	guard->pasta = libns_pasta_free(guard->pasta);
	if (guard->pid <= 0)
		return;
	close(guard->life);
	while (waitpid(guard->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}
