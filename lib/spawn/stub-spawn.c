/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A child in a pid namespace, made by a stub instead of by this program.
 *
 * Theory of operation
 *
 *   caller                       helper                        child
 *   compile the plan
 *   vfork                    ->  execve(the stub)
 *   wait                         the helper's list: join, root,
 *                                ids, descriptors
 *                                clone(CLONE_PARENT), end  ->  the child's list, execve
 *                            <-----------------------------    end of the line: it runs
 *                            <-----------------------------    ERROR: it does not
 *
 * Processes inside see the child from its first instruction on, and may open its file. That is the
 * stub and not the file of this program: sealed memory, which they can neither change nor learn
 * anything from. The child has no memory of this program either. Until the stub is executed the
 * caller stands still, so nothing is done before that which could hang.
 *
 * The kernel writes the number of the child into memory that the helper shares with the caller, and
 * that the child does not have. Failures are not explained here: the caller tries once more in the
 * ordinary way, which finds the same failure and has a sentence for it. So it must be certain that no
 * program has run. The child's own word is not enough, since whoever may trace it can have it say
 * anything; but the kernel knows whether the child has executed something.
 */

#include "spawn/stub-spawn.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/channel.h"
#include "kernel/clone.h"
#include "spawn/child.h"
#include "spawn/compile.h"

/* How long a process that was killed may take to end. */
#define LAST_PATIENCE_MS 1000

struct attempt {
	const struct libns_plan *ask;
	struct compiled compiled;
	int line[2];                    /* caller's end, child's end */
	int work;                       /* memory that is shared with the helper, */
	const struct stub_work *shared; /*   and where the caller sees it */
	int stub;
	struct clone_result helper;
	size_t n_joins; /* how many operations of the helper join */
};

static int decline(struct libns_error *err, const char *why)
{
	return error_say(err, LIBNS_STEP_CLONE, EOPNOTSUPP,
			 "a child cannot be made out of reach %s", why);
}

/* Becomes the stub, in a process with the caller's memory and descriptors of its own.
 * AddressSanitizer would note what is on its stack, which is gone when the stub is executed. */
static __attribute__((no_sanitize_address)) void execute(const struct clone_result *me, void *data)
{
	static char *const no_environment[] = { NULL };
	struct attempt *a = data;
	/* By this single argument the stub tells that it is to carry out the plan. */
	char *const argv[] = { a->compiled.data.name, NULL };

	(void)me;
	for (size_t i = 0; i < a->compiled.n_fds; i++)
		fcntl(a->compiled.fds[i], F_SETFD, 0);
	fcntl(a->work, F_SETFD, 0);
	syscall(SYS_execveat, a->stub, "", argv, no_environment, AT_EMPTY_PATH);
	_exit(STUB_FAILED);
}

static int make_files(struct attempt *a)
{
	struct compiled *c = &a->compiled;

	a->work = image_open_work(&c->helper);
	if (a->work < 0)
		return a->work;
	c->data.work_fd = a->work;
	c->data.work_size = c->helper.n_bytes;
	/* This is done before there is a helper, of which it must be known how far it came. */
	a->shared = mmap(NULL, sizeof(*a->shared), PROT_READ, MAP_SHARED, a->work, 0);
	if (a->shared == MAP_FAILED) {
		a->shared = NULL;
		return -errno;
	}
	a->stub = image_open_stub(&c->child, &c->data);
	return a->stub < 0 ? a->stub : 0;
}

static int launch(struct attempt *a, const struct plan *plan)
{
	uint64_t before = 0;
	int r;

	/* No handler of the caller's may run meanwhile. The old mask is the program's. */
	sys_sigprocmask(~UINT64_C(0), &before);
	r = compile_plan(plan, a->line[1], before, &a->compiled);
	if (r == 0)
		r = make_files(a);
	/* Nobody inside can see the helper before it has become the stub. */
	if (r == 0)
		r = clone_sharing(0, execute, a, &a->helper);
	sys_sigprocmask(before, NULL);
	a->n_joins = a->compiled.n_joins;
	compile_end(&a->compiled);
	a->stub = base_close(a->stub);
	a->line[1] = base_close(a->line[1]);
	return r;
}

/*
 * Waits until the helper has ended. It does not wait for that alone: the child has mostly become the
 * program by then, and the end of the line tells both at once. Return: 1 if the child has spoken, 0 if
 * the line has ended, or a negative errno.
 */
static int hear_helper(struct attempt *a)
{
	struct channel_message message;
	struct channel_peer peer;
	int r;

	child_watch(a->ask, a->helper.pid, -1, &peer);
	r = channel_hear(a->line[0], &peer, &message);
	clone_end(a->helper.pid, a->helper.pidfd, r < 0);
	base_close(a->helper.pidfd);
	return r;
}

/* Whether a child has run something, though it says that it runs no program. Return: 1, 0, or a
 * negative errno if that cannot be found out. */
static int has_run_something(const struct libns_child *child)
{
	struct pollfd p = { child->pidfd, POLLIN, 0 };

	/* After this it cannot execute anything. */
	libns_child_kill((struct libns_child *)(uintptr_t)child, SIGKILL, NULL);
	poll(&p, 1, LAST_PATIENCE_MS);
	return channel_has_executed(child->pid);
}

static int hear_child(struct attempt *a, struct libns_child *child, bool has_spoken,
		      struct libns_error *err)
{
	struct channel_message message;
	struct channel_peer peer;
	int r = 1;

	child_watch(a->ask, child->pid, child->pidfd, &peer);
	peer.until_exec = true;
	if (!has_spoken)
		r = channel_hear(a->line[0], &peer, &message);
	if (r == 0)
		return child_check_program(child, err);
	if (r < 0)
		return error_set(err, LIBNS_STEP_WAIT, -r, "cannot hear from process %d",
				 child->pid);
	r = has_run_something(child);
	if (r == 0)
		return decline(err, "that runs the program");
	/* A stranger who traces the child can have it say that. */
	return error_say(err, LIBNS_STEP_WAIT, EBADMSG,
			 "process %d says that it runs no program, and %s", child->pid,
			 r > 0 ? "has run one" : "whether it has run one cannot be told");
}

/* Says which step took too long. The helper notes which operation it begins. */
static int give_up(const struct attempt *a, struct libns_error *err)
{
	struct report report = { 0 };

	if (a->shared->pid)
		report_step(&report, LIBNS_STEP_EXEC);
	else
		report_step(&report,
			    a->shared->at < a->n_joins ? LIBNS_STEP_ENTER : LIBNS_STEP_ROOT);
	return report_late(&report, a->ask->patience_ms, err);
}

static int take_child(struct attempt *a, struct libns_child *child, struct libns_error *err)
{
	int r = hear_helper(a);

	child->pid = a->shared->pid;
	if (child->pid)
		child->pidfd = sys_pidfd_open(child->pid, 0);
	if (r < 0)
		r = error_set(err, LIBNS_STEP_WAIT, -r, "cannot hear from the helper");
	else if (!child->pid)
		r = error_say(err, LIBNS_STEP_CLONE, EOPNOTSUPP,
			      "a child cannot be made out of reach: operation %u has failed with "
			      "error %d",
			      a->shared->at, a->shared->code);
	else
		r = hear_child(a, child, r == 1, err);
	if (r == -ETIMEDOUT)
		give_up(a, err);
	if (r < 0)
		child_discard(child);
	return r;
}

int stub_spawn(const struct plan *plan, struct libns_child **ret_child, struct libns_error *err)
{
	struct attempt a = { &plan->ask, .line = { -1, -1 }, .work = -1, .stub = -1 };
	const char *refused = compile_refuses(plan);
	struct libns_child *child;
	int r;

	if (refused)
		return decline(err, refused);
	child = child_new(&plan->ask, err);
	if (!child)
		return -ENOMEM;
	r = channel_open(a.line, NULL);
	if (r == 0)
		r = launch(&a, plan);
	if (r < 0)
		r = error_say(err, LIBNS_STEP_CLONE, EOPNOTSUPP,
			      "a child cannot be made out of reach here: error %d", -r);
	else
		r = take_child(&a, child, err);
	if (a.shared)
		munmap((void *)(uintptr_t)a.shared, sizeof(*a.shared));
	base_close(a.work);
	base_close(a.line[0]);
	base_close(a.line[1]);
	if (r < 0)
		libns_child_free(child);
	else
		*ret_child = child;
	return r;
}
