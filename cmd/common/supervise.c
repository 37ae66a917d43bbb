/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The waiting half of a tool that runs its program in a child, see supervise.h.
 *
 * Signals are blocked and read from a descriptor, so there is no handler and no
 * race with the wait. What the terminal sends (si_code says "kernel") reaches
 * the child by itself as long as it is in the same session, and must not reach
 * it twice. A signal that the caller had ignored (nohup) stays ignored: the
 * kernel drops it before it becomes pending.
 *
 * A shell that was started in another pid namespace cannot give the terminal
 * back when it ends: the group that had it has no number there. So it is done
 * here.
 */

#include "common/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/file.h"

/* How long, and how often, it is looked whether a child that was asked to end is held by a
 * tracer; and how long that is borne. */
#define HELD_WATCH_MS    10000
#define HELD_LOOK_MS     250
#define HELD_PATIENCE_MS 2000

static void watched_signals(const struct supervisor *s, sigset_t *set)
{
	uint64_t watched = s->pass | SUPERVISE_END | SUPERVISE_BIT(SIGCHLD);

	sigemptyset(set);
	for (int sig = 1; sig < SIGRTMIN; sig++)
		if (watched & SUPERVISE_BIT(sig))
			sigaddset(set, sig);
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

void supervise_begin(struct supervisor *s, uint64_t pass)
{
	sigset_t set, old;

	*s = (struct supervisor){ .pass = pass, .timeout_ms = -1, .kill_after_ms = -1 };
	find_terminal(s);
	signal(SIGCHLD, SIG_DFL);
	watched_signals(s, &set);
	/* Continues nevertheless, and can be seen afterwards: was_continued(). */
	sigaddset(&set, SIGCONT);
	sigprocmask(SIG_BLOCK, &set, &old);
	for (int sig = 1; sig <= 64; sig++)
		if (sigismember(&old, sig) == 1)
			s->old_mask |= UINT64_C(1) << (sig - 1);
}

int supervise_open_end(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGTERM);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
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

/* Whether this process was continued since it was last asked. */
static bool was_continued(void)
{
	const struct timespec now = { 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCONT);
	return sigtimedwait(&set, NULL, &now) == SIGCONT;
}

/* NULL if nobody can tell. */
static char *read_status(pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	return file_read_at(AT_FDCWD, path, NULL);
}

/* @format begins with a new line and the name, which ends with a colon. */
static bool read_value(const char *status, const char *format, void *ret)
{
	size_t n = strcspn(format, ":") + 1;
	const char *line = status;

	while (line && strncmp(line, format, n) != 0)
		line = strchr(line + 1, '\n');
	return line && sscanf(line, format, ret) == 1;
}

/* Whether a process leaves SIGTSTP to the kernel. */
static bool stops_by_default(pid_t pid)
{
	unsigned long long ignored = 0, caught = 0;
	char *status = read_status(pid);
	/* Where nobody can tell, the program is left alone. */
	bool known = read_value(status, "\nSigIgn: %llx", &ignored) &&
		     read_value(status, "\nSigCgt: %llx", &caught);

	free(status);
	return known && !((ignored | caught) & SUPERVISE_BIT(SIGTSTP));
}

/*
 * The child leads a session that nobody outside takes part in: there the kernel
 * does not stop it for the suspend key. A shell inside minds its own jobs.
 */
static void suspend(struct supervisor *s, struct libns_child *child)
{
	pid_t pid = libns_child_get_pid(child);

	s->pty->suspend_typed = false;
	if (tcgetpgrp(s->pty->master) == pid && stops_by_default(pid))
		kill(-pid, SIGSTOP);
}

/*
 * Stops as the child did, until somebody continues this process. A shell that does
 * may reach it before the child: to stop then, for a child that is about to be
 * continued, would be to stop once more.
 */
static void stop(struct supervisor *s, struct libns_child *child)
{
	if (!was_continued()) {
		if (s->pty)
			pty_suspend(s->pty);
		kill(getpid(), SIGSTOP);
		was_continued();
		if (s->pty)
			pty_resume(s->pty);
	}
	libns_child_kill(child, SIGCONT, NULL);
	/* What suspend() stopped with it. */
	if (s->pty)
		kill(-libns_child_get_pid(child), SIGCONT);
}

/* True when the child has ended. @flags: LIBNS_WAIT_NOHANG, or 0 to wait for that. */
static bool look_after(struct supervisor *s, struct libns_child *child, unsigned int flags,
		       int *status)
{
	int r;

	while ((r = libns_child_wait(child, LIBNS_WAIT_STOPPED | flags, status, &s->lost)) == 0) {
		if (!WIFSTOPPED(*status))
			return true;
		stop(s, child);
	}
	if (r == -EAGAIN || r == -EINTR) {
		s->lost.code = 0;
		return false;
	}
	/* Somebody else has reaped it, or it cannot be waited for: the caller says so. */
	libns_child_kill(child, SIGKILL, NULL);
	*status = 1 << 8;
	return true;
}

int64_t supervise_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whether a tracer keeps the child from ending, be it stopped or dead. */
static bool is_held(pid_t pid)
{
	char *status = read_status(pid), state = '?';
	int tracer = 0;

	read_value(status, "\nState: %c", &state);
	read_value(status, "\nTracerPid: %d", &tracer);
	free(status);
	/* The tracer may be in a pid namespace that has no number for it here. */
	return state == 't' || (state == 'Z' && tracer);
}

/*
 * After a signal that ends programs it is looked for a while whether a tracer
 * lets the child have it: whoever may trace inside must not decide when this
 * program ends. Return: whether it is done with waiting.
 */
static bool let_go(struct supervisor *s, struct libns_child *child, int *status)
{
	struct pollfd p = { libns_child_get_pidfd(child), POLLIN, 0 };
	int64_t now = supervise_now_ms();

	if (!is_held(libns_child_get_pid(child)))
		s->held_ms = 0;
	else if (!s->held_ms)
		s->held_ms = now;
	if (!s->held_ms && now - s->end_asked_ms > HELD_WATCH_MS)
		s->end_asked_ms = 0;
	if (!s->held_ms || now - s->held_ms < HELD_PATIENCE_MS)
		return false;
	libns_child_kill(child, SIGKILL, NULL);
	poll(&p, 1, HELD_LOOK_MS);
	s->was_held = true;
	/* Its own status is the tracer's to have. */
	*status = s->end_signal;
	return true;
}

/* The time is up. Return: when to come again, or -1. */
static int64_t expire(struct supervisor *s, struct libns_child *child)
{
	bool first = !s->timed_out;

	s->timed_out = true;
	if (first && s->kill_after_ms >= 0) {
		libns_child_kill(child, SIGTERM, NULL);
		return supervise_now_ms() + s->kill_after_ms;
	}
	libns_child_kill(child, SIGKILL, NULL);
	return -1;
}

static int left_ms(int64_t deadline)
{
	int64_t left = deadline < 0 ? -1 : deadline - supervise_now_ms();

	if (deadline >= 0 && left < 0)
		left = 0;
	return left > INT32_MAX ? INT32_MAX : (int)left;
}

static void hand_over(struct supervisor *s, int sig, struct libns_child *child)
{
	libns_child_kill(child, sig, NULL);
	if (!(SUPERVISE_BIT(sig) &
	      (SUPERVISE_END | SUPERVISE_BIT(SIGHUP) | SUPERVISE_BIT(SIGQUIT))))
		return;
	s->end_signal = sig;
	s->end_asked_ms = supervise_now_ms();
}

static void pass_on(struct supervisor *s, int signals, struct libns_child *child)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		int sig = (int)info.ssi_signo;

		if (s->pty && sig == SIGWINCH)
			pty_resize(s->pty);
		else if (sig != SIGCHLD && (s->pass & SUPERVISE_BIT(sig)) &&
			 (info.ssi_code <= 0 || s->own_session))
			hand_over(s, sig, child);
	}
}

/* One round of waiting for signals, for the terminal and for the deadline. */
static bool wait_for_events(struct supervisor *s, struct pollfd fds[3], int64_t deadline)
{
	bool is_early;
	int r, patience;

	if (s->pty) {
		fds[1].fd = s->pty->input_ended ? -1 : 0;
		fds[1].events = pty_input_events(s->pty);
		fds[2].events = pty_master_events(s->pty);
	}
	patience = left_ms(deadline);
	is_early = s->end_asked_ms && (patience < 0 || patience > HELD_LOOK_MS);
	r = poll(fds, 3, is_early ? HELD_LOOK_MS : patience);
	if (r > 0 && s->pty)
		pty_pump(s->pty, fds[1].revents, fds[2].revents);
	/* Nobody has the other end open: nothing to read until the child ends. */
	if (r > 0 && (fds[2].revents & (POLLHUP | POLLIN)) == POLLHUP)
		fds[2].fd = -1;
	return r != 0 || is_early;
}

/* Until the child has ended. */
static int watch(struct supervisor *s, struct libns_child *child, int signals)
{
	int64_t deadline = s->timeout_ms < 0 ? -1 : supervise_now_ms() + s->timeout_ms;
	struct pollfd fds[3] = { { signals, POLLIN, 0 }, { -1, 0, 0 }, { -1, 0, 0 } };
	int status = 0;

	if (s->pty) {
		s->own_session = true;
		fds[2].fd = s->pty->master;
		pty_begin(s->pty);
	}
	while (!look_after(s, child, LIBNS_WAIT_NOHANG, &status)) {
		if (!wait_for_events(s, fds, deadline))
			deadline = expire(s, child);
		if (s->pty && s->pty->suspend_typed)
			suspend(s, child);
		pass_on(s, signals, child);
		if (s->end_asked_ms && let_go(s, child, &status))
			break;
	}
	if (s->pty)
		pty_end(s->pty);
	return status;
}

int supervise(struct supervisor *s, struct libns_child *child)
{
	int signals = -1, status = 0;
	sigset_t set;

	if (s->pass || s->pty || s->timeout_ms >= 0) {
		watched_signals(s, &set);
		signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	}
	if (signals >= 0) {
		status = watch(s, child, signals);
		close(signals);
	} else {
		/* Nothing else to do - or out of descriptors: at least its status. */
		while (!look_after(s, child, 0, &status))
			;
	}
	give_back_terminal(s);
	return status;
}
