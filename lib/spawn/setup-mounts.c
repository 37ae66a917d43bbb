/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Steps of setup_rest() that make a view of the mounts for the program alone: a mount
 * namespace that gives nothing back, and trees that are attached in it.
 */

#include <string.h>

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

/* What covers the root directory is seen only from a root directory of its own. */
static int take_root(const struct setup *s, int tree_fd, struct libns_error *err)
{
	if (step_explain(s->explain, "root directory is that tree", "fchdir(%d), chroot(\".\")",
			 tree_fd))
		return 0;
	return fchdir(tree_fd) < 0 || chroot(".") < 0
		       ? error_set(err, LIBNS_STEP_MOUNT, errno,
				   "cannot change the root to a tree of mounts")
		       : 0;
}

static int attach(const struct setup *s, const struct libns_plan_tree *tree,
		  struct libns_error *err)
{
	int r = 0;

	if (!step_explain(s->explain, "show a tree of mounts", "move_mount(%d, \"%s\")", tree->fd,
			  tree->path))
		r = libns_tree_attach(tree->fd, tree->path, err);
	return r == 0 && !strcmp(tree->path, "/") ? take_root(s, tree->fd, err) : r;
}

int setup_trees(const struct setup *s, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan->ask;
	int r = 0;

	for (size_t i = 0; i < ask->n_trees && r == 0; i++)
		r = attach(s, &ask->trees[i], err);
	return r;
}
