/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The process between the caller and a helper program: see helper.c. It is a copy of the caller, so
 * it makes only async-signal-safe calls.
 */

#include "kernel/helper-keep.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/sys.h"
#include "kernel/clone.h"

#define TIMEOUT_MS 30000

/* How often the guard of a service is asked. */
#define GUARD_MS 1000

/* Between vfork(2) and execve(2). Return: errno. */
static int execute(const struct helper *helper, char *const *argv)
{
	if (dup2(helper->stdin_fd, 0) < 0 || dup2(helper->out[1], 1) < 0 ||
	    dup2(helper->words[1], 2) < 0)
		return errno;
	/* The program gets no descriptor that the caller happened to leave inheritable. */
	sys_close_range(3, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */);
	sys_sigprocmask(0, NULL);
	execve(helper->path, argv, environ);
	return errno;
}

/* Whether the caller has let go of the program, rather than ended: a byte says so. */
static bool is_let_go(const struct helper *helper)
{
	char byte;

	return helper->stays && read(helper->life[1], &byte, 1) == 1;
}

/* The caller lets the service stay, and hears whether it can. */
static int settle(const struct helper *helper)
{
	int r = helper->guard ? helper->guard->settle(helper->guard) : 0;
	ssize_t ignored = write(helper->outcome[1], &r, sizeof(r));

	(void)ignored;
	/* It holds no place that somebody might want to unmount. */
	(void)!chdir("/");
	return r;
}

/*
 * The first process of a pid namespace is given the orphans in it, too. There is one signal for the
 * end of the program, so a failure is not taken for an answer. Return: 1 and its status if it has
 * ended; 0; or -errno.
 */
static int has_ended(int signal_fd, pid_t pid, int *ret_status)
{
	struct signalfd_siginfo info;
	pid_t got;

	(void)!read(signal_fd, &info, sizeof(info));
	do {
		got = waitpid(-1, ret_status, WNOHANG);
		if (got == pid)
			return 1;
	} while (got > 0 || (got < 0 && errno == EINTR));
	return got < 0 ? -errno : 0;
}

static int open_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* Waits until the program has ended, or is to end. Return: 1 and its status; 0; or -errno. */
static int wait_for_end(const struct helper *helper, pid_t pid, int signal_fd, int *ret_status)
{
	struct pollfd fds[] = { { signal_fd, POLLIN, 0 },
				{ helper->life[1], POLLIN, 0 },
				{ helper->until_fd, POLLIN, 0 } };
	int r, ended, timeout = helper->stays ? -1 : TIMEOUT_MS;

	for (;;) {
		r = poll(fds, ARRAY_SIZE(fds), timeout);
		if (r < 0)
			return -errno;
		ended = fds[0].revents ? has_ended(signal_fd, pid, ret_status) : 0;
		if (ended)
			return ended;
		if (fds[2].revents)
			return 0;
		if (r == 0 && !helper->stays)
			return -ETIMEDOUT;
		if (r == 0 && helper->guard->is_over(helper->guard))
			return 0;
		if (!fds[1].revents)
			continue;
		if (!is_let_go(helper) || settle(helper) < 0)
			return 0;
		fds[1].fd = -1;
		timeout = helper->guard ? GUARD_MS : -1;
	}
}

/* Waits for the program or for the end of the caller. Return: status or -errno. */
static int watch(const struct helper *helper, pid_t pid)
{
	int status, r, signal_fd = open_signals();

	r = signal_fd < 0 ? signal_fd : wait_for_end(helper, pid, signal_fd, &status);
	if (r <= 0) {
		kill(pid, SIGKILL);
		if (waitpid(pid, &status, 0) != pid)
			return -errno;
	}
	if (r < 0)
		return r;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Whoever waits for the end of a pipe of the caller's must not wait for this process. */
static void keep_only_own(struct helper *helper)
{
	int none = -1;
	int *const own[] = { &helper->life[1], &helper->outcome[1], &helper->until_fd,
			     helper->guard ? &helper->guard->fd : &none };

	/* One that has the place of another, or its own already, first leaves it. */
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (*own[i] >= 0 && *own[i] < (int)ARRAY_SIZE(own))
			*own[i] = fcntl(*own[i], F_DUPFD_CLOEXEC, (int)ARRAY_SIZE(own));
	for (int i = 0; i < (int)ARRAY_SIZE(own); i++) {
		close(i);
		if (*own[i] >= 0)
			*own[i] = dup2(*own[i], i);
	}
	sys_close_between(ARRAY_SIZE(own), ~0U);
}

_Noreturn void helper_keep(struct helper *helper, char *const *argv, bool handlers)
{
	volatile int code = 0;
	ssize_t ignored;
	int outcome;
	pid_t pid;

	base_close(helper->out[0]);
	base_close(helper->words[0]);
	base_close(helper->outcome[0]);
	/* A copy of our own end would hide the caller's death. */
	base_close(helper->life[0]);
	/* SIGCHLD waits for signalfd(2). */
	sys_sigprocmask(UINT64_MAX, NULL);
	if (handlers)
		clone_reset_handlers();
	/* Programs that inherit one of these as ignored behave strangely. */
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	if (helper->stays) {
		setsid();
		prctl(PR_SET_NAME, "libns-helper", 0, 0, 0);
	}
	pid = vfork();
	if (pid == 0) {
		code = execute(helper, argv);
		_exit(127);
	}
	outcome = pid < 0 ? -errno : 0;
	if (helper->stays)
		keep_only_own(helper);
	if (pid > 0)
		outcome = watch(helper, pid);
	if (code)
		outcome = -code;
	ignored = write(helper->outcome[1], &outcome, sizeof(outcome));
	(void)ignored;
	_exit(0);
}
