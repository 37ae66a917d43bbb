/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A namespace that is connected with the host, for the time of one program. Links end with the
 * namespace; rules, forwarding and ports of the host do not. So there is a guard: it is made before
 * all that, waits for the end of xnetns, and takes away what is left. It does so also in the ordinary
 * case, and xnetns waits for it then.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/file.h"
#include "xnetns/run.h"

struct guard {
	pid_t pid;
	int life; /* it ends when nobody holds this any more */
};

/* In a session of its own, so that what a terminal sends does not reach it. */
static _Noreturn void stand(const struct run *run, int life, pid_t parent)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char byte, name[32];
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	setsid();
	prctl(PR_SET_NAME, "xnetns-guard", 0, 0, 0);
	/* It must not hold a pipe or a terminal of somebody else open; but what goes wrong is said. */
	if (null >= 0) {
		dup2(null, 0);
		dup2(null, 1);
	}
	while (read(life, &byte, 1) < 0 && errno == EINTR)
		continue;
	snprintf(name, sizeof(name), "run:%d", (int)parent);
	if (libns_wire_down(LIBNS_NETNS_RUN, name, 0, NULL, &err) < 0)
		_exit(cli_fail(run->x->cli, &err));
	_exit(0);
}

static int guard_start(const struct run *run, struct guard *guard)
{
	pid_t parent = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return cli_error(run->x->cli, "cannot make a pipe: %s", strerror(errno));
	fflush(stdout);
	guard->life = ends[1];
	guard->pid = fork();
	if (guard->pid == 0) {
		close(ends[1]);
		stand(run, ends[0], parent);
	}
	file_close(ends[0]);
	if (guard->pid > 0)
		return 0;
	file_close(ends[1]);
	return cli_error(run->x->cli, "cannot fork: %s", strerror(errno));
}

/* Return: 0, or an exit code where something is left, which the guard has said. */
static int guard_end(struct guard *guard)
{
	int status;

	close(guard->life);
	while (waitpid(guard->pid, &status, 0) < 0)
		if (errno != EINTR)
			return CLI_FAILURE;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : CLI_FAILURE;
}

static int wire(struct run *run)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (libns_wire_up(&run->up.wire, &run->in.enter.ns_fd, &err) < 0)
		return cli_fail(run->x->cli, &err);
	return 0;
}

int run_wired(struct run *run, int (*supervise)(struct run *run, int *ret_status), int *ret_status)
{
	struct guard guard = { .pid = -1 };
	int code, left;

	if (run->up.watch.dry_run)
		return wire(run);
	code = guard_start(run, &guard);
	if (code)
		return code;
	code = wire(run);
	if (!code)
		code = supervise(run, ret_status);
	if (run->in.enter.ns_fd >= 0)
		close(run->in.enter.ns_fd);
	left = guard_end(&guard);
	/* A failure of the program says more. */
	return code || *ret_status ? code : left;
}
