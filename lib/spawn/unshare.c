/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Theory of operation
 *
 * One unshare(2) makes all types, so that every new namespace belongs to the new
 * user namespace if there is one. What has to happen from outside is done by a
 * keeper (keeper.c), which is made before; there is none if every map has only the
 * caller's own id and nothing is kept on a file. Then come the steps of setup.c.
 */

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>

#include <libns/enter.h>
#include <libns/mount.h>
#include <libns/nsfd.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "kernel/attempt.h"
#include "spawn/keeper.h"
#include "spawn/setup.h"
#include "spawn/spawn.h"

/* Tries calls for which a filter could kill this process. In place nobody would be left to say why it
 * has died. */
static int survive(const struct plan *plan, struct libns_error *err)
{
	const struct libns_plan *ask = &plan->ask;
	struct attempt_call calls[8];
	size_t n = 0;

	/* unshare(2) refuses CLONE_PTRACE, so that the attempt changes nothing. */
	if (ask->types)
		calls[n++] = (struct attempt_call){ SYS_unshare, "unshare",
						    ask->types | CLONE_PTRACE, 0 };
	if (ask->flags & LIBNS_PLAN_OWN_MOUNTS)
		calls[n++] = (struct attempt_call){ SYS_unshare, "unshare",
						    CLONE_NEWNS | CLONE_PTRACE, 0 };
	if (ask->propagation || (ask->flags & LIBNS_PLAN_OWN_MOUNTS) || ask->mount_proc ||
	    ask->mount_binfmt || ask->mounts)
		calls[n++] = (struct attempt_call){ SYS_mount, "mount", 0, 0 };
	if (ask->mounts)
		calls[n++] = (struct attempt_call){ SYS_pivot_root, "pivot_root", 0, 0 };
	if (ask->root || (ask->flags & LIBNS_PLAN_ROOT_FD))
		calls[n++] = (struct attempt_call){ SYS_chroot, "chroot", 0, 0 };
	if (ask->flags & (LIBNS_PLAN_UID | LIBNS_PLAN_OWNER))
		calls[n++] = (struct attempt_call){ SYS_setuid, "setuid", UINT64_MAX, 0 };
	if (ask->flags & (LIBNS_PLAN_GID | LIBNS_PLAN_OWNER))
		calls[n++] = (struct attempt_call){ SYS_setgid, "setgid", UINT64_MAX, 0 };
	if (ask->hostname)
		calls[n++] = (struct attempt_call){ SYS_sethostname, "sethostname", 0, UINT64_MAX };
	return attempt_survive(calls, n, LIBNS_STEP_UNSHARE, err);
}

static int make(const struct plan *plan, struct explain *steps, struct libns_error *err)
{
	uint64_t types = plan->ask.types;
	char names[64];

	if (types)
		step_begin(steps);
	if (!types || unshare((int)types) == 0)
		return 0;
	return error_types(err, types,
			   error_set(err, LIBNS_STEP_UNSHARE, errno,
				     "cannot create new namespaces (%s)",
				     libns_types_format(types, names, sizeof(names))));
}

static int set_up(const struct plan *plan, struct keeper *keeper, struct explain *steps,
		  struct libns_error *err)
{
	struct setup setup = {
		.plan = plan, .explain = steps, .in_place = true, .line = -1, .own_fds = -1
	};
	_cleanup_close_ int old_mnt = -1, own_fds = -1;
	size_t next = 0;
	int r;

	if (plan->keeps_mnt) {
		old_mnt = libns_fd_open(AT_FDCWD, "/proc/thread-self/ns/mnt", err);
		if (old_mnt < 0)
			return old_mnt;
	}
	setup.own_fds = own_fds = setup_open_own_fds(&setup);
	r = setup_inherited(&setup, err);
	if (r == 0)
		r = setup_before_join(&setup, err);
	if (r == 0 && plan->ask.entry)
		r = step_join(steps, plan->ask.entry, libns_enter, err);
	if (r == 0)
		r = setup_owner(&setup, err);
	if (r == 0)
		r = make(plan, steps, err);
	if (r == 0 && plan->keeps_mnt)
		r = libns_mount_renew(old_mnt, err);
	if (r == 0)
		explain_kept(plan, steps);
	if (r == 0)
		r = keeper_work(keeper, getpid(), err);
	if (r == 0)
		r = setup_own_maps(&setup, err);
	if (r == 0)
		r = setup_clocks(&setup, err);
	if (r == 0)
		r = setup_rest(&setup, &next, err);
	if (plan->ask.entry)
		setup_wipe_stack();
	return r < 0 ? r : setup_late_limits(&setup, err);
}

static int carry_out(const struct plan *plan, struct explain *steps, struct libns_error *err)
{
	const struct setup last = { .plan = plan, .explain = steps, .in_place = true };
	struct keeper keeper = KEEPER_NONE;
	int r;

	if (plan->outside_maps || plan->ask.n_persist) {
		step_begin(steps);
		r = keeper_start(&keeper, plan, LIBNS_HOW_UNSHARE, err);
		if (r < 0)
			return r;
	}
	r = set_up(plan, &keeper, steps, err);
	if (r < 0)
		keeper_end(&keeper, false, NULL);
	else
		r = keeper_end(&keeper, true, err);
	return r < 0 ? r : setup_filters(&last, err);
}

static int carry_out_and_tell(const struct plan *plan, struct libns_error *err)
{
	struct explain steps = { .begun = NULL };
	int r = step_count_new(&plan->ask, &steps, err);

	if (r < 0)
		return r;
	r = carry_out(plan, steps.begun ? &steps : NULL, err);
	explain_taken(plan, LIBNS_HOW_UNSHARE, &steps, r);
	step_count_free(&steps);
	return r;
}

LIBNS_PUBLIC int libns_unshare(const struct libns_plan *ask, struct libns_error *err)
{
	struct plan plan;
	int r = spawn_load(&plan, ask, LIBNS_HOW_UNSHARE, err);

	if (r == 0 && !plan.ask.types)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "the plan names no type of namespace to create");
	if (r == 0)
		r = survive(&plan, err);
	return r < 0 ? r : carry_out_and_tell(&plan, err);
}

LIBNS_PUBLIC int libns_apply(const struct libns_plan *ask, struct libns_error *err)
{
	struct plan plan;
	int r = spawn_load(&plan, ask, LIBNS_HOW_UNSHARE, err);

	if (r == 0 && plan.ask.types)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "the plan creates namespaces, and is only to be applied");
	return r < 0 ? r : carry_out_and_tell(&plan, err);
}
