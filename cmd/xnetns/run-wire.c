/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A namespace for the time of one program, with a guard: a process that waits for the end of xnetns,
 * however that comes about.
 *
 * Links end with the namespace; rules, forwarding and ports of the host do not. So the guard is made
 * before all that, and takes away what is left. It does so also in the ordinary case, and xnetns
 * waits for it then.
 *
 * And the program ends. The signal that the kernel sends for the end of a parent is not enough: a
 * program can take it back, and the kernel does where a program is executed that is set-user-ID. A
 * second guard has a pidfd before the program runs, so that it never means another process. Before
 * Linux 5.3 there is none, and the signal of the kernel has to do.
 *
 * Nothing runs without its guards. If one is killed, xnetns ends the program, and does the work of the
 * guard. Who kills the guard and xnetns before it could do so leaves what xnetns gc finds.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/file.h"
#include "xnetns/run.h"

/* Waits until nobody holds the other end any more. */
static void outlive(int life)
{
	char byte;

	while (recv(life, &byte, 1, 0) < 0 && errno == EINTR)
		continue;
}

/* What process @pid has in the host's network. Return: 0 or an exit code. */
static int take_away(const struct run *run, pid_t pid)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	char name[32];

	snprintf(name, sizeof(name), "run:%d", (int)pid);
	return libns_wire_down(LIBNS_NETNS_RUN, name, 0, NULL, &err) < 0
		       ? cli_fail(run->x->cli, &err)
		       : 0;
}

/* In a session of its own, so that what a terminal sends does not reach it. */
static _Noreturn void stand(const struct run *run, int life, pid_t parent,
			    struct libns_child *child)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
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
	outlive(life);
	if (child) {
		/* If it has ended, as it usually has, nobody else is meant. */
		(void)libns_child_kill(child, SIGKILL, NULL);
		_exit(0);
	}
	_exit(take_away(run, parent));
}

/* @child: the program is what it ends; or NULL, and it takes away what is in the host's network. */
static int guard_start(const struct run *run, struct libns_child *child, struct run_guard *guard)
{
	/* The end of the guard is told in any case. */
	struct epoll_event event = { .events = 0 };
	pid_t parent = getpid();
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return cli_error(run->x->cli, "cannot make a socket: %s", strerror(errno));
	fflush(stdout);
	guard->life = ends[1];
	guard->pid = fork();
	if (guard->pid == 0) {
		close(ends[1]);
		stand(run, ends[0], parent, child);
	}
	file_close(ends[0]);
	if (guard->pid < 0) {
		file_close(ends[1]);
		return cli_error(run->x->cli, "cannot fork: %s", strerror(errno));
	}
	if (epoll_ctl(run->guards_fd, EPOLL_CTL_ADD, ends[1], &event) == 0)
		return 0;
	return cli_error(run->x->cli, "cannot watch a guard: %s", strerror(errno));
}

int run_guard_child(struct run *run, struct libns_child *child)
{
	return libns_child_get_pidfd(child) < 0 ? 0 : guard_start(run, child, &run->program_guard);
}

/* @ret_killed: whether it was before its work was done. Return: 0, or an exit code where something
 * is left, which the guard has said. */
static int guard_end(struct run_guard *guard, bool *ret_killed)
{
	int status;

	if (guard->pid <= 0)
		return 0;
	/* A child that is still held has it, too. */
	shutdown(guard->life, SHUT_RDWR);
	close(guard->life);
	while (waitpid(guard->pid, &status, 0) < 0)
		if (errno != EINTR)
			return CLI_FAILURE;
	*ret_killed = WIFSIGNALED(status);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : CLI_FAILURE;
}

static int wire(struct run *run)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (!run_is_wired(run))
		return 0;
	if (libns_wire_up(&run->up.wire, &run->in.enter.ns_fd, &err) < 0)
		return cli_fail(run->x->cli, &err);
	return 0;
}

/* Return: 0, or an exit code where something is left. @ret_killed: whether one of them was. */
static int guards_end(struct run *run, struct run_guard *guard, bool *ret_killed)
{
	bool killed = false, program_killed = false;
	int left;

	guard_end(&run->program_guard, &program_killed);
	left = guard_end(guard, &killed);
	*ret_killed = killed || program_killed;
	return killed ? take_away(run, getpid()) : left;
}

static int run_with(struct run *run, struct run_guard *guard,
		    int (*supervise)(struct run *run, int *ret_status), int *ret_status)
{
	bool killed = false;
	int code = run_is_wired(run) ? guard_start(run, NULL, guard) : 0, left;

	if (!code)
		code = wire(run);
	if (!code)
		code = supervise(run, ret_status);
	if (run->in.enter.ns_fd >= 0)
		close(run->in.enter.ns_fd);
	left = guards_end(run, guard, &killed);
	if (killed && !code && WIFSIGNALED(*ret_status) && WTERMSIG(*ret_status) == SIGKILL)
		return cli_error(run->x->cli, "the guard of the program was killed, and so the "
					      "program was ended");
	/* A failure of the program says more. */
	return code || *ret_status ? code : left;
}

int run_guarded(struct run *run, int (*supervise)(struct run *run, int *ret_status),
		int *ret_status)
{
	struct run_guard guard = { .pid = -1 };
	int code;

	run->guards_fd = epoll_create1(EPOLL_CLOEXEC);
	if (run->guards_fd < 0)
		return cli_error(run->x->cli, "cannot watch guards: %s", strerror(errno));
	code = run_with(run, &guard, supervise, ret_status);
	close(run->guards_fd);
	return code;
}

int run_explain(struct run *run)
{
	if (run_is_wired(run))
		return wire(run);
	/* How other tools would do it. */
	printf("unshare --net%s -- %s", run->rootless ? " --map-current-user" : "",
	       run->up.wire.net == LIBNS_WIRE_PASTA ? "pasta --config-net -- " : "");
	puts("CMD");
	return 0;
}
