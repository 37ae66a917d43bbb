/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Steps of setup_rest() that make a view of the mounts for the program alone: a mount
 * namespace that gives nothing back, and trees that are attached in it.
 */

#include <libns/tree.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "kernel/mount-copy.h"
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

int setup_trees(const struct setup *s, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan->ask;
	int r = 0;

	for (size_t i = 0; i < ask->n_trees && r == 0; i++)
		if (!step_explain(s->explain, "show a tree of mounts", "move_mount(%d, \"%s\")",
				  ask->trees[i].fd, ask->trees[i].path))
			r = libns_tree_attach(ask->trees[i].fd, ask->trees[i].path, err);
	return r;
}
