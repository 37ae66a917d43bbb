/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Theory of operation
 *
 *   caller                          child
 *   clone3(all types, pidfd)   ->
 *   write maps, bind files          (waits, if there is anything to wait for)
 *   GO                         ->   own maps, the steps of setup.c
 *                                   PDEATHSIG, is the caller still there?
 *                              <-   READY, then waits for GO: if it is to be held
 *                                   execve
 *                              <-   end of the line: the program runs
 *                              <-   ERROR: the caller kills and reaps the child
 *
 * The death signal is asked for after the last change of credentials, which
 * would clear it. Then the child looks whether the caller has died before that.
 * A child that waits sees the end of the line instead.
 *
 * Where spawn_may_share() says so, the child is made as by vfork(2): it has the memory of the
 * caller, which stands still until execve(2). What the child says waits in the channel.
 *
 * There is a helper where the process that makes the child must do something
 * first: join a pid namespace, become the owner, set clock offsets (which are
 * frozen once somebody is inside), or make a time namespace on kernels whose
 * clone3 cannot (before Linux 6.3). The helper makes the child as the caller's
 * own (CLONE_PARENT) and ends. The clone itself writes the number of the child
 * into shared memory, so that it is known whatever happens to the helper. The
 * child does not have that memory.
 *
 * In a pid namespace that is joined, strangers see the child from its first
 * instruction on. Those with CAP_SYS_PTRACE can trace it, and take descriptors,
 * memory, root and working directory from it. The helper cannot be seen there,
 * because joining holds for children only. So the helper takes all steps of
 * setup.c that another process than the child can take. The child is born with
 * the rights, directories and descriptors of the program, and with one end of the
 * channel.
 */

#include "spawn/spawn.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <libns/enter.h>
#include <libns/mount.h>
#include <libns/nsfd.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "confine/confine.h"
#include "enter/entry.h"
#include "kernel/channel.h"
#include "kernel/clone.h"
#include "kernel/exec.h"
#include "spawn/child.h"
#include "spawn/pid1.h"
#include "spawn/screen.h"
#include "spawn/setup.h"
#include "spawn/stub-spawn.h"

struct spawn {
	struct plan plan;
	int line[2];      /* caller's end, child's end */
	size_t next;      /* step of setup_rest() that is due */
	bool joins;       /* the child joins the entry itself */
	bool is_ready;    /* a child that was made by a helper has said so */
	bool maps_itself; /* the child is the first in the user namespace */
	bool waits;       /* the child starts with waiting for GO */
	bool by_helper;
	int keeper;  /* the caller's line to it, which the child has to close; -1 */
	int old_mnt; /* the mount namespace that the new one must be newer than; -1 */
	struct pid1_memory memory;
	struct report *report; /* where the child reports, in memory shared with the caller */
	struct explain *steps; /* counted for @trace of the plan; NULL: not asked for */
	const char **room;     /* for a child that shares all memory: see exec_program() */
};

static int hold(const struct spawn *s, struct libns_error *err)
{
	int r;

	if (!(s->plan.ask.flags & LIBNS_PLAN_HOLD))
		return 0;
	step_begin(s->steps);
	r = channel_tell(s->line[1], CHANNEL_READY, 0, "the caller", err);
	if (r == 0)
		r = channel_expect(s->line[1], CHANNEL_GO, "the caller", err);
	/* The caller is gone, or has let go of the child: nobody is told why it ends. */
	if (r < 0 && !channel_has_peer(s->line[1]))
		_exit(1);
	return r;
}

static struct setup setup_of(const struct spawn *s)
{
	return (struct setup){ .plan = &s->plan,
			       .explain = s->steps,
			       .line = s->line[1],
			       .own_fds = -1,
			       .report = s->report };
}

static int set_up(struct spawn *s, struct libns_error *err)
{
	struct setup setup = setup_of(s);
	int r = 0;

	/* If something has been joined, /proc is that of somebody else. */
	if (s->next == 0)
		setup.own_fds = setup_open_own_fds(&setup);
	if (!s->by_helper)
		r = setup_before_join(&setup, err);
	if (r == 0 && s->joins) {
		/* Joining can hang, in a root directory whose server is gone. */
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		report_step(s->report, LIBNS_STEP_ENTER);
		r = step_join(s->steps, s->plan.ask.entry, enter_now, err);
	}
	if (r == 0 && s->maps_itself)
		r = setup_own_maps(&setup, err);
	if (r == 0)
		r = setup_rest(&setup, &s->next, err);
	if (r == 0)
		r = setup_child(&setup, err);
	if (s->joins)
		setup_wipe_stack();
	/* The death signal counts from now on. */
	if (r == 0 && !channel_has_peer(s->line[1]))
		_exit(1);
	return r;
}

static void run(const struct spawn *s, const uint64_t *sigmask, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan.ask;
	const struct setup setup = setup_of(s);

	if (ask->flags & LIBNS_PLAN_PID1)
		pid1_run(&setup, sigmask, &s->memory);
	if ((sigmask && clone_set_sigmask(*sigmask, NULL, err) < 0) ||
	    setup_filters(&setup, err) < 0)
		return;
	step_begin(s->steps);
	report_runs(s->report);
	if (ask->main) {
		/* It says so, because strangers may hold the line open, and then it does not end. */
		channel_send(s->line[1], CHANNEL_READY, 0, NULL);
		close(s->line[1]);
		_exit(ask->main(ask->main_data));
	}
	screen_run(&setup, s->room, err);
}

/* Replaces the mount namespace by a newer one if it is not new enough to be bound by the keeper. */
static int make_keepable(const struct spawn *s, struct libns_error *err)
{
	int r;

	if (s->old_mnt < 0)
		return 0;
	r = libns_mount_renew(s->old_mnt, err);
	return r < 0 ? r : channel_tell(s->line[1], CHANNEL_READY, 0, "the caller", err);
}

static _Noreturn void be_child(struct spawn *s, const struct clone_result *me)
{
	struct libns_error failure = LIBNS_ERROR_INIT;
	const uint64_t *sigmask = NULL;
	int r;

	s->line[0] = base_close(s->line[0]);
	s->keeper = base_close(s->keeper);
	if (me->handlers)
		clone_reset_handlers();
	if (me->is_blocked)
		sigmask = &me->sigmask;
	if (s->plan.ask.flags & LIBNS_PLAN_SIGMASK)
		sigmask = &s->plan.ask.sigmask;
	r = make_keepable(s, &failure);
	if (r == 0 && s->waits)
		r = channel_expect(s->line[1], CHANNEL_GO, "the caller", &failure);
	if (r == 0)
		r = set_up(s, &failure);
	if (r == 0)
		r = hold(s, &failure);
	if (r == 0)
		run(s, sigmask, &failure);
	/* It is said in memory and as a message, for strangers may keep the line from ending. */
	report_failed(s->report, &failure);
	channel_send(s->line[1], CHANNEL_ERROR, 0, &failure);
	_exit(127);
}

static int helper_prepare(struct spawn *s, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan.ask;
	struct setup setup = setup_of(s);
	uint64_t early = spawn_early_types(&s->plan);
	char names[64];
	int r = 0;

	setup.outside = spawn_is_confined(&s->plan);
	setup.own_fds = setup_open_own_fds(&setup);
	r = setup_before_join(&setup, err);
	report_step(s->report, LIBNS_STEP_ENTER);
	if (r == 0 && ask->entry)
		r = step_join(s->steps, ask->entry, enter_now, err);
	if (r == 0 && !setup.outside)
		r = setup_owner(&setup, err);
	if (r < 0)
		return r;
	if (early)
		step_begin(s->steps);
	if (early && unshare((int)early) < 0)
		return error_types(err, early,
				   error_set(err, LIBNS_STEP_UNSHARE, errno,
					     "cannot create new namespaces (%s)",
					     libns_types_format(early, names, sizeof(names))));
	if (setup.outside)
		return setup_rest(&setup, &s->next, err);
	if (early & LIBNS_TYPE_USER) {
		if (s->plan.outside_maps) {
			r = channel_tell(s->line[1], CHANNEL_MAPS, 0, "the caller", err);
			if (r == 0)
				r = channel_expect(s->line[1], CHANNEL_GO, "the caller", err);
		}
		if (r == 0)
			r = setup_own_maps(&setup, err);
	}
	return r < 0 ? r : setup_clocks(&setup, err);
}

static _Noreturn void be_helper(struct spawn *s, pid_t *slot)
{
	struct libns_error failure = LIBNS_ERROR_INIT;
	struct clone_result child;
	uint64_t late = spawn_late_types(&s->plan);
	int r;

	s->line[0] = base_close(s->line[0]);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (!channel_has_peer(s->line[1]))
		_exit(1);
	/* A stranger who traces the child must not write another number there. */
	if (madvise(slot, sizeof(*slot), MADV_DONTFORK) < 0)
		r = error_set(&failure, LIBNS_STEP_CLONE, errno, "cannot keep memory to a helper");
	else
		r = helper_prepare(s, &failure);
	if (r == 0 && s->plan.ask.confine && spawn_is_confined(&s->plan))
		r = confine_hide(s->plan.ask.confine, &failure);
	if (spawn_is_confined(&s->plan))
		setup_wipe_stack();
	if (r == 0)
		step_begin(s->steps);
	if (r == 0)
		r = child_clone_inside(&s->plan, late, slot, &child, &failure);
	if (r == 0 && child.pid == 0) {
		s->joins = false;
		s->maps_itself = late & LIBNS_TYPE_USER;
		be_child(s, &child);
	}
	if (r < 0) {
		report_failed(s->report, &failure);
		channel_send(s->line[1], CHANNEL_ERROR, 0, &failure);
	}
	_exit(0);
}

/* Serves the helper until it ends. */
static int hear_helper(struct spawn *s, const struct clone_result *helper, struct libns_error *err)
{
	struct channel_message message;
	struct channel_peer peer;
	int r;

	child_watch(&s->plan.ask, helper->pid, helper->pidfd, &peer);
	while ((r = channel_hear(s->line[0], &peer, &message)) == 1) {
		if (message.kind == CHANNEL_ERROR) {
			if (err)
				*err = message.err;
			return -message.err.code;
		}
		/* This is from the child, which is there already: the helper is about to end. */
		if (message.kind == CHANNEL_READY)
			s->is_ready = true;
		if (message.kind != CHANNEL_MAPS)
			continue;
		keeper_explain_maps(&s->plan, s->steps);
		r = keeper_write_maps(&s->plan, helper->pid, err);
		if (r < 0)
			return r;
		r = channel_tell(s->line[0], CHANNEL_GO, 0, "the helper", err);
		if (r < 0)
			return r;
	}
	if (r == -ETIMEDOUT)
		return report_late(s->report, peer.patience_ms, err);
	return r < 0 ? error_set(err, LIBNS_STEP_WAIT, -r, "cannot hear from the helper") : 0;
}

static int clone_by_helper(struct spawn *s, struct libns_child *child, struct libns_error *err)
{
	struct clone_result helper = { .pid = -1 };
	pid_t *slot;
	int r;

	slot = mmap(NULL, sizeof(*slot), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (slot == MAP_FAILED)
		return error_set(err, LIBNS_STEP_CLONE, errno, "cannot share memory with a helper");
	s->waits = !spawn_is_confined(&s->plan) || child_is_moved(&s->plan.ask);
	s->by_helper = true;
	step_begin(s->steps);
	r = clone_process(0, SIGCHLD, NULL, &helper, err);
	if (r == 0 && helper.pid == 0)
		be_helper(s, slot);
	s->line[1] = base_close(s->line[1]);
	if (r == 0) {
		r = hear_helper(s, &helper, err);
		clone_end(helper.pid, helper.pidfd, r < 0);
		base_close(helper.pidfd);
	}
	child->pid = *slot;
	child->seen_inside = spawn_is_confined(&s->plan) && !s->plan.ask.main;
	munmap(slot, sizeof(*slot));
	if (child->pid)
		child->pidfd = sys_pidfd_open(child->pid, 0);
	else if (r == 0)
		r = report_hear(s->report, "the helper", err);
	return r;
}

static void be_sharing_child(const struct clone_result *me, void *data)
{
	/* A copy, because the caller goes on with the other one. */
	struct spawn s = *(const struct spawn *)data;

	be_child(&s, me);
}

/* Return: whether there is a child. */
static bool clone_sharing_memory(struct spawn *s, struct clone_result *ret)
{
	bool is_made;

	if (s->waits || !spawn_may_share(&s->plan))
		return false;
	s->room = calloc(exec_count(s->plan.ask.argv) + EXEC_ROOM, sizeof(*s->room));
	is_made = s->room && clone_sharing(s->plan.ask.types, be_sharing_child, s, ret) == 0;
	free(s->room);
	s->room = NULL;
	return is_made;
}

static int clone_direct(struct spawn *s, struct libns_child *child, struct libns_error *err)
{
	struct clone_result result;
	int r = 0;

	s->joins = s->plan.ask.entry;
	s->maps_itself = s->plan.ask.types & LIBNS_TYPE_USER;
	s->waits = s->plan.outside_maps || s->plan.ask.n_persist || s->plan.ask.n_cgroup_fds;
	step_begin(s->steps);
	if (!clone_sharing_memory(s, &result))
		r = child_clone(child, &s->plan, &s->waits, &result, err);
	if (r == 0 && result.pid == 0)
		be_child(s, &result);
	/* The kernel is too old, or a filter lets only clone(2) pass, which has no flag for time
	 * namespaces. */
	if ((r == -EINVAL || r == -ENOSYS || r == -EPERM) &&
	    (s->plan.ask.types & LIBNS_TYPE_TIME)) {
		/* The list of the plan does not have these steps, so they are not counted. */
		s->steps = NULL;
		return clone_by_helper(s, child, err);
	}
	if (r == 0) {
		child->pid = result.pid;
		child->pidfd = result.pidfd;
	}
	return r;
}

/* Does what the caller has to do between the clone and GO. */
static int serve(const struct spawn *s, struct libns_child *child, struct libns_error *err)
{
	bool mapped = s->by_helper && (spawn_early_types(&s->plan) & LIBNS_TYPE_USER);
	int r = 0;

	explain_served(&s->plan, mapped, s->steps);
	if (s->old_mnt >= 0 && !s->is_ready)
		r = channel_expect(child->channel, CHANNEL_READY, "the child", err);
	if (r == 0 && s->plan.outside_maps && !mapped)
		r = keeper_write_maps(&s->plan, child->pid, err);
	if (r == 0)
		r = keeper_work(&child->keeper, child->pid, err);
	if (r == 0)
		r = child_move(child, &s->plan.ask, err);
	if (r == 0 && s->waits)
		r = channel_tell(child->channel, CHANNEL_GO, 0, "the child", err);
	return r;
}

static int make_child(struct spawn *s, struct libns_child *child, struct libns_error *err)
{
	int r = 0;

	if (s->plan.keeps_mnt) {
		s->old_mnt = libns_fd_open(AT_FDCWD, "/proc/thread-self/ns/mnt", err);
		if (s->old_mnt < 0)
			return s->old_mnt;
	}
	/* This is done before the clone: the child's namespaces must be newer than the keeper's, and
	 * its memory must not have a line to the keeper. */
	if (s->plan.ask.n_persist) {
		step_begin(s->steps);
		r = keeper_start(&child->keeper, &s->plan, LIBNS_HOW_SPAWN, err);
	}
	s->keeper = child->keeper.channel;
	if (r == 0)
		r = channel_open(s->line, err);
	if (r == 0)
		r = screen_open(&s->plan, s->line[1], err);
	if (r < 0)
		return r;
	child->has_screen = s->plan.screen_fd >= 0;
	if (spawn_needs_helper(&s->plan))
		r = clone_by_helper(s, child, err);
	else
		r = clone_direct(s, child, err);
	s->line[1] = base_close(s->line[1]);
	child->channel = s->line[0];
	return r < 0 ? r : serve(s, child, err);
}

static int start(struct spawn *s, struct libns_child *child, struct libns_error *err)
{
	const struct setup setup = setup_of(s);
	struct channel_peer peer;
	int r = child->pid1 ? pid1_find_memory(&s->memory, err) : 0;

	if (r == 0)
		r = report_new(&s->report, err);
	child->report = s->report;
	if (r == 0)
		r = setup_inherited(&setup, err);
	if (r == 0)
		r = make_child(s, child, err);
	setup_restore(&setup);
	base_close(s->old_mnt);
	base_close(s->plan.screen_fd);
	if (r < 0) {
		child_discard(child);
		return r;
	}
	child_watch(&s->plan.ask, child->pid, child->pidfd, &peer);
	r = child_expect_running(child, &peer, err);
	if (r == 0 && !child->held) {
		r = keeper_end(&child->keeper, true, err);
		if (r < 0)
			child_discard(child);
	}
	return r;
}

LIBNS_PUBLIC int libns_spawn(const struct libns_plan *ask, struct libns_child **ret_child,
			     struct libns_error *err)
{
	struct libns_child *child;
	struct explain steps = { .begun = NULL };
	struct spawn s = { .keeper = -1, .old_mnt = -1 };
	int r = spawn_load(&s.plan, ask, LIBNS_HOW_SPAWN, err);

	if (r == 0 && (s.plan.ask.flags & LIBNS_PLAN_OUT_OF_REACH))
		return stub_spawn(&s.plan, ret_child, err);
	if (r == 0)
		r = step_count_new(&s.plan.ask, &steps, err);
	if (r < 0)
		return r;
	s.steps = steps.begun ? &steps : NULL;
	child = child_new(&s.plan.ask, err);
	r = child ? start(&s, child, err) : -ENOMEM;
	explain_taken(&s.plan, LIBNS_HOW_SPAWN, &steps, r);
	step_count_free(&steps);
	if (r < 0) {
		if (spawn_is_confined(&s.plan))
			child_distrust(child, err);
		libns_child_free(child);
		return r;
	}
	*ret_child = child;
	return 0;
}
