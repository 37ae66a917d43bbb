/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The end of the set-up: what is closed before a child is made that strangers
 * can see, and the few steps that only the child itself can take.
 *
 * A lower limit of processes or descriptors is one of those, because it would
 * also hold for the clone that makes the child, and for what is opened. A
 * higher one is set before, with the rights that this needs.
 */

#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "spawn/setup.h"

/* A limit of the stack below this leaves little room beside what is on it. */
#define SMALL_STACK (256u << 10)

/* Wipes memory of the caller, before there is a process whose memory a stranger could read. */
int setup_forget(const struct setup *s, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan->ask;

	(void)err;
	if (!ask->n_forget ||
	    step_explain(s->explain, "what is not for the program", "memset(memory of the caller)"))
		return 0;
	for (size_t i = 0; i < ask->n_forget; i++)
		explicit_bzero(ask->forget[i].start, ask->forget[i].size);
	return 0;
}

/* Wipes part of the stack. Most of its pages have never been used. The kernel takes back those that
 * were, so that no page is made only in order to be wiped. */
static void wipe(char *below, size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	char *first = below + (-(uintptr_t)below & (page - 1)), *end = below + size;
	char *last = end - ((uintptr_t)end & (page - 1));

	/* Writing to the lowest byte makes the stack reach that far, so that only its own pages go. */
	*(volatile char *)below = 0;
	if (first >= last || madvise(first, (size_t)(last - first), MADV_DONTNEED) < 0) {
		explicit_bzero(below, size);
		return;
	}
	explicit_bzero(below, (size_t)(first - below));
	explicit_bzero(last, (size_t)(end - last));
}

static __attribute__((noinline)) void wipe_much(void)
{
	char below[64 << 10];

	wipe(below, sizeof(below));
}

static __attribute__((noinline)) void wipe_little(void)
{
	char below[8 << 10];

	wipe(below, sizeof(below));
}

/*
 * For example, when the dynamic loader looks a function up, it saves registers on the stack in which
 * strings have been compared. A stack that may not grow so far has not been so deep either.
 */
void setup_wipe_stack(void)
{
	struct rlimit64 limit;

	if (prlimit64(0, RLIMIT_STACK, NULL, &limit) == 0 && limit.rlim_cur < SMALL_STACK)
		wipe_little();
	else
		wipe_much();
}

int setup_cgroups(const struct setup *s, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan->ask;

	/* The caller moves a child. */
	if (!s->in_place)
		return 0;
	for (size_t i = 0; i < ask->n_cgroup_fds; i++)
		if (!step_explain(s->explain, "join the control group", "write(%d, \"0\")",
				  ask->cgroup_fds[i]) &&
		    write(ask->cgroup_fds[i], "0", 1) < 0)
			return error_set(err, LIBNS_STEP_CREDENTIALS, errno,
					 "cannot join the control group");
	return 0;
}

static bool is_kept(const struct setup *s, int fd)
{
	const struct libns_plan *ask = &s->plan->ask;

	if (fd <= STDERR_FILENO || fd == s->line || fd == s->plan->screen_fd)
		return true;
	if ((ask->flags & LIBNS_PLAN_TTY) && fd == ask->tty_fd)
		return true;
	for (size_t i = 0; i < ask->n_keep_fds; i++)
		if (ask->keep_fds[i] == fd)
			return true;
	return false;
}

unsigned int setup_next_kept(const struct setup *s, unsigned int first)
{
	const struct libns_plan *ask = &s->plan->ask;
	unsigned int next = ~0u;

	for (size_t i = 0; i < ask->n_keep_fds; i++)
		if (ask->keep_fds[i] >= (int)first && (unsigned int)ask->keep_fds[i] < next)
			next = (unsigned int)ask->keep_fds[i];
	if (s->line >= (int)first && (unsigned int)s->line < next)
		next = (unsigned int)s->line;
	if (s->plan->screen_fd >= (int)first && (unsigned int)s->plan->screen_fd < next)
		next = (unsigned int)s->plan->screen_fd;
	if ((ask->flags & LIBNS_PLAN_TTY) && ask->tty_fd >= (int)first &&
	    (unsigned int)ask->tty_fd < next)
		next = (unsigned int)ask->tty_fd;
	return next;
}

static void close_one(const struct setup *s, int fd, bool all)
{
	if (!is_kept(s, fd) && (all || fcntl(fd, F_GETFD) & FD_CLOEXEC))
		close(fd);
}

/* Tries all numbers, where no list of the open descriptors can be had. */
static void walk_numbers(const struct setup *s, bool all)
{
	struct rlimit limit;
	rlim_t n = SYS_MAX_WALK;

	/* A limit of the plan says nothing of what was opened before. */
	if (!s->plan->ask.n_rlimits && getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < n)
		n = limit.rlim_cur;
	for (int fd = STDERR_FILENO + 1; fd < (int)n; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			close_one(s, fd, all);
}

static void close_listed(int fd, void *data)
{
	const struct setup *const *s = data;

	close_one(*s, fd, false);
}

static bool close_ranges(const struct setup *s)
{
	unsigned int first = STDERR_FILENO + 1;

	for (;;) {
		unsigned int next = setup_next_kept(s, first);

		if (next != first && sys_close_range(first, next == ~0u ? next : next - 1, 0) < 0)
			return false;
		if (next == ~0u)
			return true;
		first = next + 1;
	}
}

/*
 * Whether descriptors are closed that execve(2) would close. It does so only after it has found the
 * program: until then a link in the new root could lead through a descriptor to a program of the
 * host.
 */
static bool closes(const struct setup *s)
{
	const struct libns_plan *ask = &s->plan->ask;

	return ask->argv && !(ask->flags & LIBNS_PLAN_CLOSE_FDS) &&
	       (s->outside || setup_is_elsewhere(s));
}

int setup_open_own_fds(const struct setup *s)
{
	return closes(s) || (s->plan->ask.flags & LIBNS_PLAN_FINAL_USER)
		       ? sys_open_at(AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY)
		       : -1;
}

/* Closes descriptors: an open directory of the host leads out of the new root (CVE-2024-21626). */
int setup_close(const struct setup *s, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan->ask;

	(void)err;
	if (ask->flags & LIBNS_PLAN_CLOSE_FDS) {
		if (!step_explain(s->explain, "no descriptor of the caller's remains",
				  "close_range(3, ...)") &&
		    /* Before Linux 5.9. */
		    !close_ranges(s))
			walk_numbers(s, true);
	} else if (closes(s)) {
		if (step_explain(s->explain, "what is not for the program",
				 "close(descriptors that execve closes)"))
			return 0;
		if (s->own_fds < 0 || sys_each_fd(s->own_fds, close_listed, &s) < 0)
			walk_numbers(s, false);
		base_close(s->own_fds);
	}
	return 0;
}

const char *setup_limit_name(int resource)
{
	static const char *const names[] = {
		[RLIMIT_AS] = "as",
		[RLIMIT_CORE] = "core",
		[RLIMIT_CPU] = "cpu",
		[RLIMIT_DATA] = "data",
		[RLIMIT_FSIZE] = "fsize",
		[RLIMIT_LOCKS] = "locks",
		[RLIMIT_MEMLOCK] = "memlock",
		[RLIMIT_MSGQUEUE] = "msgqueue",
		[RLIMIT_NICE] = "nice",
		[RLIMIT_NOFILE] = "nofile",
		[RLIMIT_NPROC] = "nproc",
		[RLIMIT_RSS] = "rss",
		[RLIMIT_RTPRIO] = "rtprio",
		[RLIMIT_RTTIME] = "rttime",
		[RLIMIT_SIGPENDING] = "sigpending",
		[RLIMIT_STACK] = "stack",
	};

	return (size_t)resource < ARRAY_SIZE(names) ? names[resource] : "of an unknown number";
}

static const char *limit_text(uint64_t value, char *buf, size_t size)
{
	if (value == UINT64_MAX)
		return "unlimited";
	return error_format(buf, size, "%llu", (unsigned long long)value);
}

bool setup_explain_limit(const struct setup *s, const char *why, const struct libns_rlimit *limit)
{
	char soft[24], hard[24];

	return s->explain && step_explain(s->explain, why, "prlimit(%s, %s, %s)",
					  setup_limit_name(limit->resource),
					  limit_text(limit->soft, soft, sizeof(soft)),
					  limit_text(limit->hard, hard, sizeof(hard)));
}

int setup_limit(const struct setup *s, const struct libns_rlimit *limit, struct libns_error *err)
{
	const struct rlimit64 value = { limit->soft, limit->hard };

	if (prlimit64(0, limit->resource, &value, NULL) < 0)
		return error_set(err, LIBNS_STEP_LIMITS, errno,
				 "cannot set resource limit %s to %llu:%llu",
				 setup_limit_name(limit->resource), (unsigned long long)limit->soft,
				 (unsigned long long)limit->hard);
	return 0;
}

bool setup_limit_is_late(const struct setup *s, const struct libns_rlimit *limit)
{
	/* More descriptors than it allows may be open until the end. */
	return (limit->resource == RLIMIT_NPROC && !s->in_place) ||
	       limit->resource == RLIMIT_NOFILE;
}

bool setup_limit_waits(const struct setup *s, const struct libns_rlimit *limit)
{
	struct rlimit64 now;

	if (!setup_limit_is_late(s, limit))
		return false;
	/* Only who makes another process is hindered by that. */
	if (limit->resource == RLIMIT_NPROC && !s->outside &&
	    !(s->plan->ask.flags & LIBNS_PLAN_PID1))
		return false;
	return prlimit64(0, limit->resource, NULL, &now) == 0 && limit->hard <= now.rlim_max;
}

static int become_terminal(const struct libns_plan *ask, struct libns_error *err)
{
	if (setsid() < 0 || ioctl(ask->tty_fd, TIOCSCTTY, 0) < 0)
		return error_set(err, LIBNS_STEP_TERMINAL, errno,
				 "cannot move to a terminal of its own");
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (ask->tty_stdio >> fd & 1 && dup2(ask->tty_fd, fd) < 0)
			return error_set(err, LIBNS_STEP_TERMINAL, errno,
					 "cannot use the terminal as descriptor %d", fd);
	return 0;
}

int setup_late_limits(const struct setup *s, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan->ask;
	int r = 0;

	/* One that was raised before is set to the same once more. */
	for (size_t i = 0; i < ask->n_rlimits && r == 0; i++)
		if (setup_limit_is_late(s, &ask->rlimits[i]) &&
		    !setup_explain_limit(s, "resource limit, now that nothing is opened any more",
					 &ask->rlimits[i]))
			r = setup_limit(s, &ask->rlimits[i], err);
	return r;
}

/* Is called after the last change of credentials, which would clear the signal. */
static int set_death_signal(const struct libns_plan *ask, const struct setup *s,
			    struct libns_error *err)
{
	int sig = ask->death_signal;

	if (sig &&
	    step_explain(s->explain, "end with the caller", "prctl(PR_SET_PDEATHSIG, %d)", sig))
		return 0;
	/* A child that has joined the entry itself has had SIGKILL as its death signal. */
	if ((sig || ask->entry) && prctl(PR_SET_PDEATHSIG, sig, 0, 0, 0) < 0)
		return error_set(err, LIBNS_STEP_WAIT, errno, "cannot set the death signal %d",
				 sig);
	return 0;
}

static int begin_session(const struct setup *s, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan->ask;

	if (ask->flags & LIBNS_PLAN_TTY)
		return step_explain(s->explain, "a session of its own",
				    "setsid(), ioctl(%d, TIOCSCTTY)", ask->tty_fd)
			       ? 0
			       : become_terminal(ask, err);
	if (!(ask->flags & LIBNS_PLAN_NEW_SESSION) ||
	    step_explain(s->explain, "a session of its own, without a terminal", "setsid()"))
		return 0;
	return setsid() < 0 ? error_set(err, LIBNS_STEP_TERMINAL, errno, "cannot begin a session")
			    : 0;
}

int setup_child(const struct setup *s, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan->ask;
	int r = begin_session(s, err);

	/* Process 1 has to make the program, and takes them in its place. */
	if (r == 0 && !(ask->flags & LIBNS_PLAN_PID1))
		r = setup_late_limits(s, err);
	return r < 0 ? r : set_death_signal(ask, s, err);
}
