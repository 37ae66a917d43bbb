/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The beginning and the end of a supervision: signals are blocked before there is a child, so
 * that none is lost, and the child is made with the mask that the caller had. What happens
 * meanwhile is in supervisor.c.
 */

#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sized.h"
#include "base/sys.h"
#include "supervise/supervisor.h"

void supervise_watched(const struct libns_supervisor *s, sigset_t *set)
{
	uint64_t watched = s->ask.signals | LIBNS_SUPERVISE_END | LIBNS_SIGNAL_BIT(SIGCHLD);

	sigemptyset(set);
	for (int sig = 1; sig < SIGRTMIN; sig++)
		if (watched & LIBNS_SIGNAL_BIT(sig))
			sigaddset(set, sig);
}

static void find_terminal(struct libns_supervisor *s)
{
	s->tty = -1;
	for (int fd = 0; fd <= 2; fd++) {
		s->foreground = tcgetpgrp(fd);
		if (s->foreground < 0)
			continue;
		/* A caller in the background did not have the terminal, and does not get it back. */
		if (s->foreground == getpgrp())
			s->tty = fd;
		return;
	}
}

static int copy_options(struct libns_supervisor_options *ret,
			const struct libns_supervisor_options *ask, struct libns_error *err)
{
	const uint64_t known =
		LIBNS_SUPERVISE_TERMINAL | LIBNS_SUPERVISE_CANCEL | LIBNS_SUPERVISE_UNTIL;
	int r = base_copy_sized(ret, sizeof(*ret), ask, sizeof(ask->size),
				"what a supervisor is asked for", err);

	if (r < 0)
		return r;
	if (ret->flags & ~known)
		return error_unknown(err, "flag of a supervisor", ret->flags & ~known);
	if (ret->timeout_ms < 0 || ret->kill_after_ms < 0)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "a time limit of a supervisor is negative");
	return 0;
}

/* Blocks what is watched. SIGCHLD must not be ignored, because the kernel then reaps children by
 * itself, and their status is lost. */
static int take_signals(struct libns_supervisor *s, struct libns_error *err)
{
	const struct sigaction reaping = { .sa_handler = SIG_DFL };
	sigset_t set;
	int code;

	supervise_watched(s, &set);
	/* It continues this process even if it is blocked, and was_continued() finds it afterwards. */
	sigaddset(&set, SIGCONT);
	if (sigaction(SIGCHLD, &reaping, &s->old_chld) < 0)
		return error_set(err, LIBNS_STEP_WAIT, errno, "cannot watch for signals");
	if (sigprocmask(SIG_BLOCK, &set, &s->old_mask) == 0)
		return 0;
	code = errno;
	sigaction(SIGCHLD, &s->old_chld, NULL);
	return error_set(err, LIBNS_STEP_WAIT, code, "cannot watch for signals");
}

LIBNS_PUBLIC int libns_supervisor_new(const struct libns_supervisor_options *options,
				      struct libns_supervisor **ret_supervisor,
				      struct libns_error *err)
{
	struct libns_supervisor_options ask;
	struct libns_supervisor *s;
	int r = copy_options(&ask, options, err);

	if (r < 0)
		return r;
	s = calloc(1, sizeof(*s));
	if (!s)
		return error_set(err, LIBNS_STEP_WAIT, ENOMEM, "cannot supervise a child");
	s->ask = ask;
	s->deadline_ms = -1;
	find_terminal(s);
	r = take_signals(s, err);
	if (r < 0) {
		free(s);
		return r;
	}
	*ret_supervisor = s;
	return 0;
}

LIBNS_PUBLIC struct libns_supervisor *libns_supervisor_free(struct libns_supervisor *s)
{
	if (!s)
		return NULL;
	if (s->pty) {
		base_close(s->pty->master);
		base_close(s->pty->slave);
	}
	libns_child_free(s->child);
	sigaction(SIGCHLD, &s->old_chld, NULL);
	sigprocmask(SIG_SETMASK, &s->old_mask, NULL);
	free(s);
	return NULL;
}

LIBNS_PUBLIC struct libns_child *libns_supervisor_get_child(const struct libns_supervisor *s)
{
	return s->child;
}

LIBNS_PUBLIC int libns_supervisor_get_signal(const struct libns_supervisor *s)
{
	return s->cancel_signal;
}

LIBNS_PUBLIC bool libns_supervisor_has_timed_out(const struct libns_supervisor *s)
{
	return s->timed_out;
}

LIBNS_PUBLIC bool libns_supervisor_was_held(const struct libns_supervisor *s)
{
	return s->was_held;
}

/* A descriptor that can be read when a signal has come that is to end the caller, at a time when
 * there is no child yet to which it could be passed. */
static int open_cancel(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGTERM);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : sys_fd_above_stdio(fd);
}

static int prepare_terminal(struct libns_supervisor *s, struct libns_plan *plan,
			    struct libns_error *err)
{
	int r;

	if (!(s->ask.flags & LIBNS_SUPERVISE_TERMINAL))
		return 0;
	if (!s->pty) {
		r = pty_open(&s->terminal, plan, err);
		if (r < 0) {
			base_close(s->terminal.master);
			base_close(s->terminal.slave);
			return r;
		}
		s->pty = &s->terminal;
	}
	plan->flags |= LIBNS_PLAN_TTY;
	plan->tty_fd = s->pty->slave;
	for (unsigned int fd = 0; fd <= 2; fd++)
		plan->tty_stdio |= (unsigned int)s->pty->of_child[fd] << fd;
	return 0;
}

static uint64_t old_mask(const struct libns_supervisor *s)
{
	uint64_t mask = 0;

	for (int sig = 1; sig <= 64; sig++)
		if (sigismember(&s->old_mask, sig) == 1)
			mask |= LIBNS_SIGNAL_BIT(sig);
	return mask;
}

static int spawn(struct libns_supervisor *s, struct libns_plan *plan, struct libns_error *err)
{
	_cleanup_close_ int cancel_fd = -1;
	struct signalfd_siginfo info;
	int r;

	plan->flags |= LIBNS_PLAN_SIGMASK;
	plan->sigmask = old_mask(s);
	if (s->ask.flags & LIBNS_SUPERVISE_CANCEL) {
		cancel_fd = open_cancel();
		if (cancel_fd < 0)
			return error_set(err, LIBNS_STEP_WAIT, -cancel_fd,
					 "cannot watch for signals");
		plan->flags |= LIBNS_PLAN_CANCEL_FD;
		plan->cancel_fd = cancel_fd;
	}
	r = libns_spawn(plan, &s->child, err);
	if (r == -ECANCELED && read(cancel_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		s->cancel_signal = (int)info.ssi_signo;
	return r;
}

LIBNS_PUBLIC int libns_supervisor_spawn(struct libns_supervisor *s, const struct libns_plan *ask,
					struct libns_error *err)
{
	const uint64_t ours = LIBNS_PLAN_SIGMASK | LIBNS_PLAN_TTY | LIBNS_PLAN_CANCEL_FD;
	struct libns_plan plan;
	int r;

	if (s->child)
		return error_say(err, LIBNS_STEP_ARGUMENT, EBUSY,
				 "the supervisor has a child already");
	r = base_copy_sized(&plan, sizeof(plan), ask, offsetof(struct libns_plan, entry),
			    "the plan", err);
	if (r < 0)
		return r;
	plan.size = sizeof(plan);
	if (plan.flags & ours)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "terminal, signal mask and cancelling are the supervisor's");
	s->own_session = plan.flags & LIBNS_PLAN_NEW_SESSION;
	r = prepare_terminal(s, &plan, err);
	return r < 0 ? r : spawn(s, &plan, err);
}
