/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The waiting half of a tool that runs its program in a child, see supervise.h.
 *
 * Signals are blocked and fetched one by one, so there is no handler and no
 * race with the wait. What the terminal sends (si_code says "kernel") reaches
 * the child by itself as long as it is in the same session, and must not reach
 * it twice. A signal that the caller had ignored (nohup) stays ignored: the
 * kernel drops it before it becomes pending.
 *
 * A shell that was started in another pid namespace cannot give the terminal
 * back when it ends: the group that had it has no number there. So it is done
 * here.
 */

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervise.h"

static const int passed_on[] = { SIGTERM, SIGINT,  SIGHUP,   SIGQUIT,
				 SIGUSR1, SIGUSR2, SIGWINCH, SIGALRM };

static void watched_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaddset(set, passed_on[i]);
}

static void find_terminal(struct supervisor *s)
{
	s->tty = -1;
	for (int fd = 0; fd <= 2; fd++) {
		s->foreground = tcgetpgrp(fd);
		if (s->foreground < 0)
			continue;
		/* Whoever runs in the background has nothing to give back. */
		if (s->foreground == getpgrp())
			s->tty = fd;
		return;
	}
}

void supervise_begin(struct supervisor *s)
{
	sigset_t set, old;

	find_terminal(s);
	s->own_session = false;
	s->old_mask = 0;
	signal(SIGCHLD, SIG_DFL);
	watched_signals(&set);
	sigprocmask(SIG_BLOCK, &set, &old);
	for (int sig = 1; sig <= 64; sig++)
		if (sigismember(&old, sig) == 1)
			s->old_mask |= UINT64_C(1) << (sig - 1);
}

static void give_back_terminal(const struct supervisor *s)
{
	sigset_t set;

	if (s->tty < 0 || s->own_session || tcgetpgrp(s->tty) == s->foreground)
		return;
	/* A background process that takes the terminal is stopped by this one. */
	sigemptyset(&set);
	sigaddset(&set, SIGTTOU);
	sigprocmask(SIG_BLOCK, &set, NULL);
	tcsetpgrp(s->tty, s->foreground);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* True when the child has ended. */
static bool look_after(struct libns_child *child, int *status)
{
	while (libns_child_wait(child, LIBNS_WAIT_STOPPED | LIBNS_WAIT_NOHANG, status, NULL) == 0) {
		if (!WIFSTOPPED(*status))
			return true;
		kill(getpid(), SIGSTOP);
		libns_child_kill(child, SIGCONT, NULL);
	}
	return false;
}

int supervise(struct supervisor *s, struct libns_child *child)
{
	int status = 0;
	sigset_t set;

	watched_signals(&set);
	while (!look_after(child, &status)) {
		siginfo_t info;
		int sig = sigwaitinfo(&set, &info);

		if (sig > 0 && sig != SIGCHLD && (info.si_code <= 0 || s->own_session))
			libns_child_kill(child, sig, NULL);
	}
	give_back_terminal(s);
	return status;
}
