/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Steps of setup_rest() that make mounts which only the program sees: a mount namespace out of
 * which no mount propagates, and what is mounted in it.
 */

#include <sys/mount.h>

#include <libns/enter.h>
#include <libns/mount.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "kernel/mount-copy.h"
#include "mount/plan.h"
#include "spawn/setup.h"

int setup_own_mounts(const struct setup *s, struct libns_error *err)
{
	int r;

	if (!(s->plan->ask.flags & LIBNS_PLAN_OWN_MOUNTS) ||
	    step_explain(s->explain, "mounts of its own, which nobody else sees",
			 "unshare(CLONE_NEWNS), mount(NULL, \"/\", NULL, rslave)"))
		return 0;
	r = mount_copy_slave();
	return r < 0 ? error_types(err, LIBNS_TYPE_MNT,
				   error_set(err, LIBNS_STEP_MOUNT, -r,
					     "cannot copy the mounts for the program alone"))
		     : 0;
}

bool setup_has_new_root(const struct setup *s)
{
	const struct libns_plan *ask = &s->plan->ask;

	return ask->root || (ask->flags & LIBNS_PLAN_ROOT_FD) ||
	       (ask->mounts && mount_plan_has_root(ask->mounts));
}

bool setup_is_elsewhere(const struct setup *s)
{
	const struct libns_entry *entry = s->plan->ask.entry;

	return setup_has_new_root(s) || (entry && (libns_entry_get_types(entry) & LIBNS_TYPE_MNT));
}

/*
 * Makes the mounts of a new mount namespace slaves, whatever propagation the plan asks for: the
 * mounts that follow must not be seen outside, and pivot_root(2) refuses shared mounts.
 */
static int part(const struct setup *s, struct libns_error *err)
{
	unsigned long propagation = s->plan->ask.propagation;
	int r;

	if (!(s->plan->ask.types & LIBNS_TYPE_MNT) || (propagation & (MS_PRIVATE | MS_SLAVE)) ||
	    step_explain(s->explain, "keep what follows to ourselves",
			 "mount(NULL, \"/\", NULL, rslave)"))
		return 0;
	r = mount_copy_set(MS_SLAVE);
	return r < 0 ? error_set(err, LIBNS_STEP_MOUNT, -r, "cannot change the propagation of '/'")
		     : 0;
}

static void say(void *data, const char *why, const char *call)
{
	step_explain(data, why, "%s", call);
}

struct programs {
	const struct setup *s;
	bool have_failed;
};

static int run_programs(void *data, struct libns_error *err)
{
	struct programs *programs = data;
	int r = setup_programs(programs->s, err);

	programs->have_failed = r < 0;
	return r;
}

/* With few calls in setup_close(), by numbers. What the program is to keep could be one of ours. */
static bool closes_all_later(const struct setup *s)
{
	const struct libns_plan *ask = &s->plan->ask;

	return (ask->flags & LIBNS_PLAN_CLOSE_FDS) && !ask->n_keep_fds && !s->in_place;
}

/* The steps are counted when they are named, before any of them is taken. */
static int mount_all(const struct setup *s, struct libns_error *err)
{
	struct libns_mount_plan *mounts = s->plan->ask.mounts;
	struct programs programs = { s, false };
	unsigned int begun = step_count(s->explain);
	int r;

	if (s->explain)
		mount_plan_explain(mounts, say, s->explain);
	if (step_is_named(s->explain))
		r = setup_programs(s, err);
	else
		r = mount_plan_carry_out(mounts, closes_all_later(s), run_programs, &programs, err);
	if (r == 0 && s->explain)
		mount_plan_explain_switch(mounts, say, s->explain);
	/* Only the first of the mounts is counted as begun. @err says which one has failed. */
	if (r < 0 && !programs.have_failed)
		step_return_to(s->explain, begun + 1);
	return r;
}

int setup_mounts(const struct setup *s, struct libns_error *err)
{
	unsigned long shared = s->plan->ask.propagation & MS_SHARED;
	int r;

	if (!s->plan->ask.mounts)
		return setup_programs(s, err);
	r = part(s, err);
	if (r == 0)
		r = mount_all(s, err);
	if (r < 0)
		return error_types(err, s->plan->ask.types, r);
	if (!shared || step_explain(s->explain, "pass mounts on to namespaces that are made inside",
				    "mount(NULL, \"/\", NULL, rshared)"))
		return 0;
	return libns_mount_set_propagation("/", shared | MS_REC, err);
}
