/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Standing in for a child towards the caller's shell, see libns/supervisor.h.
 *
 * Signals are blocked and read from a descriptor, so there is no handler and no
 * race with the wait. What the terminal sends (si_code says "kernel") reaches
 * the child by itself as long as it is in the same session, and must not reach
 * it twice. A signal that the caller had ignored (nohup) stays ignored: the
 * kernel drops it before it becomes pending.
 *
 * A shell that was started in another pid namespace cannot give the terminal
 * back when it ends, because the process group that had it has no number in
 * there. So that is done here.
 */

#include "supervise/supervisor.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "text/procfile.h"

/* A child that was asked to end is watched for so long, and looked at so often, to see whether a
 * tracer holds it. If one does for this long, the child is killed. */
#define HELD_WATCH_MS    10000
#define HELD_LOOK_MS     250
#define HELD_PATIENCE_MS 2000

static void give_back_terminal(const struct libns_supervisor *s)
{
	sigset_t set;

	if (s->tty < 0 || s->own_session || tcgetpgrp(s->tty) == s->foreground)
		return;
	/* SIGTTOU would stop a background process that takes the terminal. */
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

/* Return: the text of its status in /proc, or NULL if it cannot be read. */
static char *read_status(pid_t pid)
{
	char path[32], *text;

	error_format(path, sizeof(path), "/proc/%d/status", (int)pid);
	return sys_read_alloc_at(AT_FDCWD, path, &text, NULL) < 0 ? NULL : text;
}

/* Whether a process leaves SIGTSTP to the kernel. */
static bool stops_by_default(pid_t pid)
{
	_cleanup_free_ char *status = read_status(pid);
	uint64_t ignored, caught;

	/* If that cannot be found out, the program is left alone. */
	return status && procfile_find_hex(status, "SigIgn", &ignored) == 0 &&
	       procfile_find_hex(status, "SigCgt", &caught) == 0 &&
	       !((ignored | caught) & LIBNS_SIGNAL_BIT(SIGTSTP));
}

/*
 * The child leads a session of its own. Its process group is orphaned, since no
 * parent outside is in that session, and the kernel does not stop an orphaned
 * group for the suspend key. A shell inside stops its own jobs.
 */
static void suspend(struct libns_supervisor *s, struct libns_child *child)
{
	pid_t pid = libns_child_get_pid(child);

	s->pty->suspend_typed = false;
	if (tcgetpgrp(s->pty->master) == pid && stops_by_default(pid))
		kill(-pid, SIGSTOP);
}

static int left_ms(int64_t deadline)
{
	int64_t left = deadline < 0 ? -1 : deadline - sys_now_ms();

	if (deadline >= 0 && left < 0)
		left = 0;
	return left > INT32_MAX ? INT32_MAX : (int)left;
}

/* Stops this process, but only until the deadline: else a program could escape the deadline by
 * stopping itself. */
static void stop_myself(int64_t deadline)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGCONT };
	struct itimerspec when = { .it_value = { deadline / 1000, deadline % 1000 * 1000000 } };
	timer_t timer;

	if (deadline < 0) {
		kill(getpid(), SIGSTOP);
		return;
	}
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0)
		return;
	if (timer_settime(timer, TIMER_ABSTIME, &when, NULL) == 0)
		kill(getpid(), SIGSTOP);
	timer_delete(timer);
}

/*
 * Stops as the child did, until somebody continues this process. A shell continues
 * both, and may have continued this process first. It must not stop then, because
 * nobody would continue it a second time.
 */
static void stop(struct libns_supervisor *s, struct libns_child *child)
{
	if (!was_continued() && left_ms(s->deadline_ms) != 0) {
		if (s->pty)
			pty_suspend(s->pty);
		stop_myself(s->deadline_ms);
		was_continued();
		if (s->pty)
			pty_resume(s->pty);
	}
	libns_child_kill(child, SIGCONT, NULL);
	/* suspend() has stopped its whole process group. */
	if (s->pty)
		kill(-libns_child_get_pid(child), SIGCONT);
}

/* Return: true when the child has ended; if @lost has a code then, its status cannot be known.
 * @flags: LIBNS_WAIT_NOHANG, or 0 to wait until it ends. */
static bool look_after(struct libns_supervisor *s, struct libns_child *child, unsigned int flags,
		       int *status, struct libns_error *lost)
{
	int r;

	while ((r = libns_child_wait(child, LIBNS_WAIT_STOPPED | flags, status, lost)) == 0) {
		if (!WIFSTOPPED(*status))
			return true;
		stop(s, child);
		/* It may stop again and again. */
		if (left_ms(s->deadline_ms) == 0)
			return false;
	}
	if (r == -EAGAIN || r == -EINTR) {
		lost->code = 0;
		return false;
	}
	/* Somebody else has reaped it, or it cannot be waited for: the caller says so. */
	libns_child_kill(child, SIGKILL, NULL);
	return true;
}

/* Whether a tracer keeps the child from ending, be it stopped or dead. */
static bool is_held(pid_t pid)
{
	_cleanup_free_ char *status = read_status(pid);
	struct procfile_word state = { NULL, 0 };
	uint64_t tracer = 0;

	if (status) {
		state = procfile_find(status, "State");
		procfile_find_u64(status, "TracerPid", &tracer);
	}
	/* The tracer may be in a pid namespace that has no number for it here. */
	return state.n && (*state.s == 't' || (*state.s == 'Z' && tracer));
}

/*
 * A tracer can keep a signal that ends programs from the child. Whoever may trace
 * inside must not decide when this program ends, so the child is watched for a while
 * after such a signal. Return: whether the child was held, and nobody waits for it
 * any more.
 */
static bool let_go(struct libns_supervisor *s, struct libns_child *child, int *status)
{
	struct pollfd p = { libns_child_get_pidfd(child), POLLIN, 0 };
	int64_t now = sys_now_ms();

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
	/* Its own status goes to the tracer. */
	*status = s->end_signal;
	return true;
}

/* Ends the child, because its time is up. Return: the next deadline, or -1 if there is none. */
static int64_t expire(struct libns_supervisor *s, struct libns_child *child)
{
	bool first = !s->timed_out;

	s->timed_out = true;
	if (first && s->ask.kill_after_ms) {
		libns_child_kill(child, SIGTERM, NULL);
		return sys_now_ms() + s->ask.kill_after_ms;
	}
	libns_child_kill(child, SIGKILL, NULL);
	return -1;
}

static void hand_over(struct libns_supervisor *s, int sig, struct libns_child *child)
{
	libns_child_kill(child, sig, NULL);
	if (!(LIBNS_SIGNAL_BIT(sig) &
	      (LIBNS_SUPERVISE_END | LIBNS_SIGNAL_BIT(SIGHUP) | LIBNS_SIGNAL_BIT(SIGQUIT))))
		return;
	s->end_signal = sig;
	s->end_asked_ms = sys_now_ms();
}

static void pass_on(struct libns_supervisor *s, struct libns_child *child)
{
	const struct timespec now = { 0 };
	siginfo_t info;
	sigset_t set;
	int sig;

	supervise_watched(s, &set);
	while ((sig = sigtimedwait(&set, &info, &now)) > 0) {
		if (s->pty && sig == SIGWINCH)
			pty_resize(s->pty);
		else if (sig != SIGCHLD && (s->ask.signals & LIBNS_SIGNAL_BIT(sig)) &&
			 (info.si_code <= 0 || s->own_session))
			hand_over(s, sig, child);
	}
}

/* What is waited for. */
enum { SIGNALS, INPUT, MASTER, UNTIL, N_EVENTS };

/* One round of waiting for signals, for the terminal and for the deadline. */
static bool wait_for_events(struct libns_supervisor *s, struct pollfd fds[N_EVENTS])
{
	bool is_early;
	int r, patience;

	if (s->pty) {
		fds[INPUT].fd = s->pty->input_ended ? -1 : 0;
		fds[INPUT].events = pty_input_events(s->pty);
		fds[MASTER].events = pty_master_events(s->pty);
	}
	patience = left_ms(s->deadline_ms);
	/* Without a descriptor for it no signal ends the waiting, that of the child neither. */
	is_early = (s->end_asked_ms || fds[SIGNALS].fd < 0) &&
		   (patience < 0 || patience > HELD_LOOK_MS);
	r = poll(fds, N_EVENTS, is_early ? HELD_LOOK_MS : patience);
	if (r > 0 && s->pty)
		pty_pump(s->pty, fds[INPUT].revents, fds[MASTER].revents);
	/* Nobody has the other end open any more, so there is nothing to read until the child ends. */
	if (r > 0 && (fds[MASTER].revents & (POLLHUP | POLLIN)) == POLLHUP)
		fds[MASTER].fd = -1;
	if (r > 0 && fds[UNTIL].revents) {
		libns_child_kill(s->child, SIGKILL, NULL);
		fds[UNTIL].fd = -1;
	}
	return r != 0 || is_early;
}

/* Looks after the child until it has ended. */
static void watch(struct libns_supervisor *s, int signals, int *status, struct libns_error *lost)
{
	struct pollfd fds[N_EVENTS] = {
		{ signals, POLLIN, 0 }, { -1, 0, 0 }, { -1, 0, 0 }, { -1, POLLIN, 0 }
	};
	struct libns_child *child = s->child;

	if (s->ask.timeout_ms)
		s->deadline_ms = sys_now_ms() + s->ask.timeout_ms;
	if (s->ask.flags & LIBNS_SUPERVISE_UNTIL)
		fds[UNTIL].fd = s->ask.until_fd;
	if (s->pty) {
		s->own_session = true;
		fds[MASTER].fd = s->pty->master;
		pty_begin(s->pty);
	}
	while (!look_after(s, child, LIBNS_WAIT_NOHANG, status, lost)) {
		if (!wait_for_events(s, fds) || left_ms(s->deadline_ms) == 0)
			s->deadline_ms = expire(s, child);
		if (s->pty && s->pty->suspend_typed)
			suspend(s, child);
		pass_on(s, child);
		if (s->end_asked_ms && let_go(s, child, status))
			break;
	}
	if (s->pty)
		pty_end(s->pty);
}

/* Takes away pending signals that are neither passed on nor meant to end the caller. */
static void drop_signals(const struct libns_supervisor *s)
{
	const struct timespec now = { 0 };
	sigset_t set;

	sigemptyset(&set);
	if (!(s->ask.signals & LIBNS_SIGNAL_BIT(SIGINT)))
		sigaddset(&set, SIGINT);
	if (!(s->ask.signals & LIBNS_SIGNAL_BIT(SIGTERM)))
		sigaddset(&set, SIGTERM);
	while (sigtimedwait(&set, NULL, &now) > 0)
		continue;
}

LIBNS_PUBLIC int libns_supervisor_wait(struct libns_supervisor *s, int *ret_status,
				       struct libns_error *err)
{
	_cleanup_close_ int signals = -1;
	struct libns_error lost = LIBNS_ERROR_INIT;
	int status = 0;
	sigset_t set;

	if (!s->child)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "the supervisor has no child to wait for");
	if (s->ask.signals || s->pty || s->ask.timeout_ms || s->ask.flags & LIBNS_SUPERVISE_UNTIL) {
		supervise_watched(s, &set);
		/* If no descriptor is left, it is looked again and again. */
		signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
		watch(s, signals, &status, &lost);
	} else {
		while (!look_after(s, s->child, 0, &status, &lost))
			continue;
	}
	give_back_terminal(s);
	drop_signals(s);
	if (lost.code) {
		if (err)
			*err = lost;
		return -lost.code;
	}
	*ret_status = status;
	return 0;
}
