/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * In which way the child of a plan is made: directly or by a helper, and with a copy of
 * the caller's memory or with that memory itself, as by vfork(2).
 *
 * Sharing saves a twentieth of the processor time of 'xunshare -Urpf true'. It has two
 * conditions.
 *
 * 1. What the child does to itself must not affect the caller. The steps of setup.c write only
 *    to their own stack. But the memory that the plan tells them to wipe is the caller's, a
 *    change of ids makes memory undumpable, a function instead of a program may do anything,
 *    and a caller that stands still can neither answer the child nor give up waiting.
 *
 * 2. Nobody may be able to trace the child who could not trace the caller, because a tracer can
 *    write to the memory of both. The child has the ids of the caller, and also its
 *    capabilities, unless it is in a new user namespace. Every process with the caller's user
 *    id has all capabilities over that namespace. Those processes can trace a caller without
 *    capabilities anyway, but not one with capabilities, nor one where Yama restricts who can
 *    trace whom. And the child is seen in the pid namespaces of the caller only, unless the
 *    caller has joined another one for its children, in which strangers may be.
 */

#include <sys/stat.h>
#include <unistd.h>

#include <libns/enter.h>
#include <libns/type.h>

#include "base/sys.h"
#include "kernel/caps.h"
#include "spawn/spawn.h"

/* The flags that concern only the process that takes the step. */
#define HARMLESS                                                                                   \
	(LIBNS_PLAN_SIGMASK | LIBNS_PLAN_KEEP_CAPS | LIBNS_PLAN_LOOPBACK | LIBNS_PLAN_CLOSE_FDS |  \
	 LIBNS_PLAN_CHANGE_OLD | LIBNS_PLAN_ROOT_FD | LIBNS_PLAN_CWD_FD)

/* As plan_load(), but with the caller's ids as they read in a user namespace that is joined before. */
static int load(struct plan *plan, const struct libns_plan *ask, unsigned int how,
		struct libns_error *err)
{
	struct libns_entry_ids ids = LIBNS_ENTRY_IDS_INIT;
	int r = plan_load(plan, ask, how, geteuid(), getegid(), err);

	if (r < 0 || !(plan_entered_types(plan) & plan->ask.types & LIBNS_TYPE_USER))
		return r;
	r = libns_entry_query_ids(plan->ask.entry, &ids, err);
	if (r == 0 && ids.has_own_uid && ids.has_own_gid)
		r = plan_load(plan, ask, how, ids.own_uid, ids.own_gid, err);
	return r;
}

int spawn_load(struct plan *plan, const struct libns_plan *ask, unsigned int how,
	       struct libns_error *err)
{
	int r = load(plan, ask, how, err);

	return r < 0 ? r : plan_check_reach(plan, plan_entered_types(plan), err);
}

bool spawn_needs_helper(const struct plan *plan)
{
	const struct libns_plan *ask = &plan->ask;

	if (ask->flags & (LIBNS_PLAN_OWNER | LIBNS_PLAN_MONOTONIC | LIBNS_PLAN_BOOTTIME))
		return true;
	return ask->entry && (ask->types || (libns_entry_get_types(ask->entry) & LIBNS_TYPE_PID));
}

bool spawn_is_confined(const struct plan *plan)
{
	const struct libns_plan *ask = &plan->ask;

	return ask->entry && (libns_entry_get_types(ask->entry) & LIBNS_TYPE_PID);
}

uint64_t spawn_early_types(const struct plan *plan)
{
	uint64_t types = plan->ask.types;

	if (spawn_is_confined(plan))
		return types;
	return types & LIBNS_TYPE_TIME ? types & (LIBNS_TYPE_TIME | LIBNS_TYPE_USER) : 0;
}

uint64_t spawn_late_types(const struct plan *plan)
{
	return plan->ask.types & ~spawn_early_types(plan) & ~plan_later_types(plan);
}

static bool is_there(const char *path, struct stat *ret)
{
	return stat(path, ret) == 0;
}

static bool children_are_seen_as_the_caller(void)
{
	struct stat own, of_children;

	return is_there("/proc/thread-self/ns/pid", &own) &&
	       is_there("/proc/thread-self/ns/pid_for_children", &of_children) &&
	       own.st_dev == of_children.st_dev && own.st_ino == of_children.st_ino;
}

static bool yama_restricts(void)
{
	char scope[16];
	struct stat st;
	ssize_t n =
		sys_read_at(AT_FDCWD, "/proc/sys/kernel/yama/ptrace_scope", scope, sizeof(scope));

	/* Either the kernel has no Yama, or this procfs has no /proc/sys and says nothing. */
	if (n == -ENOENT)
		return !is_there("/proc/sys/kernel/ostype", &st);
	return n < 1 || *scope != '0';
}

/* Looks at every field of a plan. Whoever adds a field has to decide here whether it is harmless. */
bool spawn_may_share(const struct plan *plan)
{
	const struct libns_plan *ask = &plan->ask;

	if (!HAVE_SHARING || (ask->flags & ~HARMLESS) || !ask->argv || ask->main)
		return false;
	if (ask->entry || ask->confine || ask->mounts || ask->n_others || ask->n_forget ||
	    ask->patience_ms || ask->n_setups)
		return false;
	if (plan->outside_maps || ask->n_persist || ask->n_cgroup_fds)
		return false;
	if ((ask->types & LIBNS_TYPE_USER) && (caps_has_any() || yama_restricts()))
		return false;
	/* The kernel makes no pid namespace (EINVAL) for a caller who has joined another one. */
	return (ask->types & LIBNS_TYPE_PID) || children_are_seen_as_the_caller();
}
