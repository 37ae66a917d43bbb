/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A system call made in a child, to learn what it would answer. Nothing changes in this
 * process, and where a seccomp filter kills, only the child is lost.
 */

#include "kernel/attempt.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/sys.h"

#define TRY_SECONDS 5

_Noreturn static void child(int (*attempt)(uint64_t arg), uint64_t arg)
{
	/* If the kernel never answers, the alarm ends the child. */
	signal(SIGALRM, SIG_DFL);
	sys_sigprocmask(~(UINT64_C(1) << (SIGALRM - 1)), NULL);
	alarm(TRY_SECONDS);
	/* Children of its own must be waited for, whatever the caller does with its own. */
	signal(SIGCHLD, SIG_DFL);
	/* Being killed by a filter is an expected answer, so no core file is written. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	_exit(-attempt(arg));
}

int attempt_try(int (*attempt)(uint64_t arg), uint64_t arg)
{
	uint64_t old = 0;
	int status;
	pid_t pid;

	/* No handler of the caller's runs in the child. */
	sys_sigprocmask(UINT64_MAX, &old);
	/* clone(2) is the older call, which every filter allows, whereas clone3 may be what
	 * kills. There is no exit signal, so the caller's handling of SIGCHLD does not notice
	 * the child. */
	pid = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
	if (pid == 0)
		child(attempt, arg);
	sys_sigprocmask(old, NULL);
	if (pid < 0)
		return ATTEMPT_UNKNOWN;
	while (waitpid(pid, &status, __WALL) < 0)
		if (errno != EINTR)
			return ATTEMPT_UNKNOWN;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return ATTEMPT_KILLED;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : ATTEMPT_UNKNOWN;
}

struct calls {
	const long *numbers;
	size_t n;
};

/* With these arguments no system call does anything. */
static int attempt_calls(uint64_t arg)
{
	const struct calls *calls = (const struct calls *)(uintptr_t)arg;

	for (size_t i = 0; i < calls->n; i++)
		syscall(calls->numbers[i], -1L, -1L, -1L, -1L, -1L);
	return 0;
}

uint64_t attempt_fatal_calls(const long *numbers, size_t n)
{
	struct calls calls = { numbers, n };
	uint64_t fatal = 0;

	/* Most filters refuse, and one child is enough to know. */
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != SECCOMP_MODE_FILTER ||
	    attempt_try(attempt_calls, (uintptr_t)&calls) != ATTEMPT_KILLED)
		return 0;
	for (calls.n = 1; calls.numbers < numbers + n; calls.numbers++)
		if (attempt_try(attempt_calls, (uintptr_t)&calls) == ATTEMPT_KILLED)
			fatal |= UINT64_C(1) << (calls.numbers - numbers);
	return fatal;
}

struct needed {
	const struct attempt_call *calls;
	size_t n;
};

static int attempt_needed(uint64_t arg)
{
	const struct needed *needed = (const struct needed *)(uintptr_t)arg;

	for (size_t i = 0; i < needed->n; i++)
		syscall(needed->calls[i].number, needed->calls[i].a, needed->calls[i].b, -1L, -1L,
			-1L);
	return 0;
}

int attempt_survive(const struct attempt_call *calls, size_t n, unsigned int step,
		    struct libns_error *err)
{
	struct needed needed = { calls, n };

	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != SECCOMP_MODE_FILTER ||
	    attempt_try(attempt_needed, (uintptr_t)&needed) != ATTEMPT_KILLED)
		return 0;
	for (needed.n = 1; needed.calls < calls + n; needed.calls++)
		if (attempt_try(attempt_needed, (uintptr_t)&needed) == ATTEMPT_KILLED)
			return error_say(err, step, EPERM, ATTEMPT_KILLS "%s", needed.calls->name);
	return 0;
}
