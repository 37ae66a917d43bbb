/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Checking plans. They may come from programs that were compiled with another version
 * of the library, and begin with their size (base/sized.h). No other file checks a
 * plan again.
 */

#include "spawn/plan.h"

#include <signal.h>
#include <string.h>

#include <libns/mount.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sized.h"
#include "confine/confine.h"
#include "mount/plan.h"

#define KNOWN_FLAGS ((LIBNS_PLAN_FINAL_USER << 1) - 1)

/* The flags that only a child can have. */
#define CHILD_FLAGS                                                                                \
	(LIBNS_PLAN_SIGMASK | LIBNS_PLAN_HOLD | LIBNS_PLAN_PID1 | LIBNS_PLAN_TTY |                 \
	 LIBNS_PLAN_CANCEL_FD | LIBNS_PLAN_OUT_OF_REACH | LIBNS_PLAN_CGROUP |                      \
	 LIBNS_PLAN_NEW_SESSION)

/* The namespaces that a process can make which makes the child afterwards. */
#define BY_HELPER                                                                                  \
	(LIBNS_TYPE_MNT | LIBNS_TYPE_UTS | LIBNS_TYPE_IPC | LIBNS_TYPE_NET | LIBNS_TYPE_CGROUP)

/* A plan has at least its first fields. */
#define SIZE_MIN offsetof(struct libns_plan, entry)

static int bad(struct libns_error *err, const char *sentence)
{
	return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "%s", sentence);
}

static uint64_t known_types(void)
{
	uint64_t known = 0, type;

	for (size_t i = 0; (type = libns_type_at(i)); i++)
		known |= type;
	return known;
}

static int check_user(const struct libns_plan *ask, struct libns_error *err)
{
	bool user = ask->types & LIBNS_TYPE_USER;

	if (!user && (ask->uid_map || ask->gid_map))
		return bad(err, "id maps need a new user namespace");
	if (!user && ask->setgroups)
		return bad(err, "setgroups can be set only for a new user namespace");
	if (!user && (ask->flags & LIBNS_PLAN_OWNER))
		return bad(err, "an owner can be chosen only for a new user namespace");
	if (!user && (ask->flags & LIBNS_PLAN_FINAL_USER))
		return bad(err,
			   "a final user needs a new user namespace, from which it is another");
	if ((ask->flags & LIBNS_PLAN_FINAL_USER) &&
	    (ask->final_uid == (uid_t)-1 || ask->final_gid == (gid_t)-1))
		return bad(err, "the final user or group is no id");
	if (ask->setgroups > LIBNS_SETGROUPS_DENY)
		return bad(err, "setgroups is neither allow nor deny");
	if (!user && ask->confine && ask->confine->no_userns)
		return bad(err, "user namespaces can be forbidden only in a new user namespace");
	if ((ask->uid_map && !libns_idmap_count(ask->uid_map)) ||
	    (ask->gid_map && !libns_idmap_count(ask->gid_map)))
		return bad(err, "an id map is empty");
	/* A plan without types may follow libns_enter(). */
	if ((ask->flags & LIBNS_PLAN_KEEP_CAPS) && ask->types && !user && !ask->entry)
		return bad(err,
			   "capabilities can be kept only in a user namespace entered or made");
	return 0;
}

static int check_mounts(const struct libns_plan *ask, struct libns_error *err)
{
	if (!libns_propagation_name(ask->propagation))
		return bad(err, "the propagation is no propagation type");
	if (ask->root && (ask->flags & LIBNS_PLAN_ROOT_FD))
		return bad(err, "the root is given both by path and by descriptor");
	if (ask->cwd && (ask->flags & LIBNS_PLAN_CWD_FD))
		return bad(err, "the working directory is given both by path and by descriptor");
	if ((ask->flags & LIBNS_PLAN_OWN_MOUNTS) && (ask->types & LIBNS_TYPE_MNT))
		return bad(err, "a new mount namespace needs no copy of the mounts");
	if (ask->mounts && mount_plan_has_root(ask->mounts) && ask->root)
		return bad(err, "the root is given beside a plan of mounts that has one");
	if (ask->mounts && mount_plan_has_root(ask->mounts) && ask->mount_proc)
		return bad(err,
			   "beside a plan of mounts with a new root its procfs is a part of it");
	if (ask->load_interp && !ask->mount_binfmt)
		return bad(err, "an interpreter can be loaded only with binfmt_misc mounted");
	return 0;
}

static int check_persist(const struct libns_plan *ask, struct libns_error *err)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < ask->n_persist; i++) {
		uint64_t type = ask->persist[i].type;

		if (!base_one_bit(type) || !(type & ask->types))
			return bad(err, "only a new namespace can be kept on a file");
		if (seen & type)
			return bad(err, "a namespace can be kept on one file only");
		if (!ask->persist[i].path)
			return bad(err, "a namespace to keep has no file");
		if (type == LIBNS_TYPE_CGROUP && (ask->flags & LIBNS_PLAN_CGROUP))
			return bad(err, "a cgroup namespace of a child in a control group of its "
					"own cannot be kept");
		seen |= type;
	}
	return 0;
}

static bool above_stdio(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fds[i] <= STDERR_FILENO)
			return false;
	return true;
}

static int check_fds(const struct libns_plan *ask, struct libns_error *err)
{
	if (ask->n_keep_fds && !(ask->flags & LIBNS_PLAN_CLOSE_FDS))
		return bad(err, "descriptors to keep need the flag that closes the others");
	if (!above_stdio(ask->cgroup_fds, ask->n_cgroup_fds) ||
	    ((ask->flags & LIBNS_PLAN_TTY) && !above_stdio(&ask->tty_fd, 1)) ||
	    ((ask->flags & LIBNS_PLAN_CGROUP) && !above_stdio(&ask->cgroup_fd, 1)))
		return bad(err, "a descriptor of the plan is 0, 1, 2 or none");
	if (ask->tty_stdio > 7 || (ask->tty_stdio && !(ask->flags & LIBNS_PLAN_TTY)))
		return bad(err, "the terminal can become the descriptors 0, 1 and 2 only");
	return 0;
}

static int check_rlimits(const struct libns_plan *ask, struct libns_error *err)
{
	for (size_t i = 0; i < ask->n_rlimits; i++)
		if (ask->rlimits[i].soft > ask->rlimits[i].hard)
			return bad(err, "a soft resource limit is above the hard one");
	return 0;
}

static int check_setups(const struct libns_plan *ask, struct libns_error *err)
{
	for (size_t i = 0; i < ask->n_setups; i++)
		if (!ask->setups[i].path || *ask->setups[i].path != '/' || !ask->setups[i].argv)
			return bad(err, "a program of the set-up has no absolute path or no "
					"arguments");
	return 0;
}

static int check_child(const struct libns_plan *ask, struct libns_error *err)
{
	if (!ask->argv == !ask->main)
		return bad(err, "a child needs either a program or a function to run");
	if (ask->argv && !ask->argv[0])
		return bad(err, "the program has no name");
	if (ask->death_signal < 0 || ask->death_signal > SIGRTMAX)
		return bad(err, "the death signal is no signal");
	if (ask->n_others && !ask->argv)
		return bad(err, "other programs need a first one");
	if (ask->patience_ms < 0)
		return bad(err, "the patience is negative");
	if ((ask->flags & LIBNS_PLAN_PID1) && ask->n_others)
		return bad(err, "a first process runs one program only");
	if ((ask->flags & LIBNS_PLAN_PID1) && !(ask->types & LIBNS_TYPE_PID))
		return bad(err, "a first process needs a new pid namespace");
	return 0;
}

static int check_in_place(const struct libns_plan *ask, struct libns_error *err)
{
	if (ask->n_setups && (ask->types & LIBNS_TYPE_PID))
		return bad(err, "a program of the set-up would be the first process of the pid "
				"namespace, and its end that of the namespace: a child is needed");
	if (ask->argv || ask->path || ask->main || ask->death_signal || ask->n_others ||
	    ask->patience_ms || (ask->flags & CHILD_FLAGS))
		return bad(err, "the plan asks for what only a child can have");
	return 0;
}

static int check(const struct libns_plan *ask, unsigned int how, struct libns_error *err)
{
	int r;

	if (ask->flags & ~KNOWN_FLAGS)
		return error_unknown(err, "flag of a plan", ask->flags & ~KNOWN_FLAGS);
	if (ask->types & ~known_types())
		return error_unknown(err, "namespace type", ask->types & ~known_types());
	if ((ask->flags & (LIBNS_PLAN_MONOTONIC | LIBNS_PLAN_BOOTTIME)) &&
	    !(ask->types & LIBNS_TYPE_TIME))
		return bad(err, "clock offsets need a new time namespace");
	r = check_user(ask, err);
	if (r == 0)
		r = check_mounts(ask, err);
	if (r == 0)
		r = check_persist(ask, err);
	if (r == 0)
		r = check_rlimits(ask, err);
	if (r == 0)
		r = check_fds(ask, err);
	if (r == 0)
		r = check_setups(ask, err);
	if (r < 0)
		return r;
	return how == LIBNS_HOW_SPAWN ? check_child(ask, err) : check_in_place(ask, err);
}

/* Fills in what was read of another process, unless the plan itself has something else. */
static void take_confinement(struct libns_plan *own)
{
	struct libns_confine *confine = own->confine;

	if (!confine)
		return;
	/* A new user namespace gives all capabilities, so no failure has to name them. The library with
	 * the names is not loaded then. */
	if (!(own->types & LIBNS_TYPE_USER) || own->trace)
		confine_name_caps(confine);
	if (!own->n_rlimits && (confine->parts & LIBNS_CONFINE_LIMITS)) {
		own->rlimits = confine->limits;
		own->n_rlimits = ARRAY_SIZE(confine->limits);
	}
	if (!own->n_cgroup_fds) {
		own->cgroup_fds = confine->cgroups;
		own->n_cgroup_fds = confine->n_cgroups;
	}
}

static bool only_own_id(const struct libns_idmap *map, uint32_t own)
{
	const struct libns_idrange *range;

	if (!map || libns_idmap_count(map) != 1)
		return false;
	range = libns_idmap_at(map, 0);
	return range->count == 1 && range->outer == own;
}

uint64_t plan_entered_types(const struct plan *plan)
{
	return plan->ask.entry ? libns_entry_get_types(plan->ask.entry) : 0;
}

uint64_t plan_later_types(const struct plan *plan)
{
	return plan->ask.flags & LIBNS_PLAN_CGROUP ? plan->ask.types & LIBNS_TYPE_CGROUP : 0;
}

int plan_check_reach(const struct plan *plan, uint64_t entered, struct libns_error *err)
{
	const struct libns_plan *ask = &plan->ask;
	uint64_t inside =
		ask->types | entered | (ask->flags & LIBNS_PLAN_OWN_MOUNTS ? LIBNS_TYPE_MNT : 0);

	/* The child would set itself up in sight of strangers, with the caller's rights. */
	if ((entered & LIBNS_TYPE_PID) && (ask->types & ~BY_HELPER))
		return bad(err, "a child that joins a pid namespace can have no new user, pid or "
				"time namespace");
	if ((entered & LIBNS_TYPE_PID) && ask->n_setups)
		return bad(err, "a pid namespace that is joined is not set up by a program");
	if ((entered & LIBNS_TYPE_PID) && plan_later_types(plan))
		return bad(err, "a child that joins a pid namespace and begins in a control group "
				"can have no new cgroup namespace");
	if ((entered & LIBNS_TYPE_PID) && ask->n_persist)
		return bad(err, "namespaces of a child that joins a pid namespace cannot be kept");
	/* A map has to be written by a process in the parent user namespace, and there is none. */
	if ((entered & ask->types & LIBNS_TYPE_USER) && plan->outside_maps)
		return bad(err,
			   "below a user namespace that is joined only the own id can be mapped");
	if (ask->flags & LIBNS_PLAN_CHANGE_OLD)
		return 0;
	if ((ask->hostname || ask->domainname) && !(inside & LIBNS_TYPE_UTS))
		return bad(err, "a host or domain name needs a uts namespace, new or entered");
	if ((ask->flags & LIBNS_PLAN_LOOPBACK) && !(inside & LIBNS_TYPE_NET))
		return bad(err, "bringing up lo needs a network namespace, new or entered");
	if (ask->mounts && !(ask->types & LIBNS_TYPE_MNT) && !(ask->flags & LIBNS_PLAN_OWN_MOUNTS))
		return bad(err,
			   "a plan of mounts needs a mount namespace of its own: a new one, or "
			   "a copy");
	/* A process that stays outside would make it, and it would show the processes outside. */
	if (ask->mounts && (entered & LIBNS_TYPE_PID) && mount_plan_has_proc(ask->mounts))
		return bad(err,
			   "a procfs for a pid namespace that is joined is no part of a plan of "
			   "mounts");
	if (ask->mounts && (entered & LIBNS_TYPE_MNT) && mount_plan_has_sources(ask->mounts))
		return bad(err,
			   "in a mount namespace that is joined the caller's files are not to be "
			   "found by path: a tree can be taken there");
	if ((ask->mount_proc || ask->mount_binfmt || ask->propagation) &&
	    !(inside & LIBNS_TYPE_MNT))
		return bad(err, "mounts and their propagation need a mount namespace, new or "
				"entered");
	return 0;
}

int plan_load(struct plan *plan, const struct libns_plan *ask, unsigned int how, uid_t euid,
	      gid_t egid, struct libns_error *err)
{
	struct libns_plan *own = &plan->ask;
	bool owner;
	int r;

	memset(plan, 0, sizeof(*plan));
	plan->screen_fd = -1;
	r = base_copy_sized(own, sizeof(*own), ask, SIZE_MIN, "the plan", err);
	if (r < 0)
		return r;
	take_confinement(own);
	r = check(own, how, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < own->n_persist; i++)
		plan->keeps_mnt |= own->persist[i].type == LIBNS_TYPE_MNT;
	owner = own->flags & LIBNS_PLAN_OWNER;
	plan->self_uid = only_own_id(own->uid_map, owner ? own->owner_uid : euid);
	/* A process that writes its own gid_map must deny setgroups for ever. So it does that
	 * only if it is asked for, or if there is no other way. */
	plan->self_gid = only_own_id(own->gid_map, owner ? own->owner_gid : egid) &&
			 (own->setgroups == LIBNS_SETGROUPS_DENY ||
			  (own->setgroups == LIBNS_SETGROUPS_DEFAULT && euid != 0));
	plan->outside_maps = (own->uid_map && !plan->self_uid) || (own->gid_map && !plan->self_gid);
	return 0;
}
