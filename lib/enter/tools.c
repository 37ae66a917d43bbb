/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Programs for a container that has none, or not even a shell: a tree with those of the host is
 * attached to one of its directories. The program alone sees it, in mounts of its own, a copy
 * whose mounts do not propagate back.
 */

#include <libns/mount-plan.h>
#include <libns/tree.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sized.h"
#include "mount/plan.h"

/* Nothing of the container's comes of it. */
#define HARMLESS (LIBNS_TREE_READ_ONLY | LIBNS_TREE_NOSUID | LIBNS_TREE_NODEV | LIBNS_TREE_PRIVATE)

/* Directories of a container, the least missed first. */
static const char *const places[] = { "/mnt",  "/media",     "/srv", "/opt", "/home",
				      "/boot", "/usr/local", "/tmp", "/var", "/sys" };

/* A root without any directory that could be covered: a new root, with the container's tree on
 * one of its directories and a place for the tools on the other. */
static int make_place(const struct libns_entry *entry, const struct libns_tree_files *ask,
		      struct libns_mount_plan *plan, struct libns_error *err)
{
	static const struct libns_tree_file list[] = { { "container", -1, NULL },
						       { "tools", -1, NULL } };
	struct libns_tree_files files = *ask;
	int r;

	files.flags = 0;
	files.files = list;
	files.n_files = ARRAY_SIZE(list);
	r = mount_plan_take_tree(plan, libns_tree_new_files(entry, &files, err), "/", err);
	if (r < 0)
		return r;
	return mount_plan_take_tree(plan, libns_tree_open_root(entry, LIBNS_TREE_PRIVATE, err),
				    "/container", err);
}

/* Where the tools are to be. Return: whether that is in a new root, or negative. */
static int choose_place(const struct libns_entry *entry, const struct libns_tree_files *ask,
			struct libns_mount_plan *plan, const char **ret, struct libns_error *err)
{
	int r = libns_tree_choose_place(entry, places, ARRAY_SIZE(places), ask->patience_ms, err);

	*ret = r < 0 ? "/tools" : places[r];
	if (r != -ENOENT)
		return r < 0 ? r : 0;
	r = make_place(entry, ask, plan, err);
	return r < 0 ? r : 1;
}

LIBNS_PUBLIC int libns_tree_show_tools(const struct libns_entry *entry,
				       const struct libns_tree_files *files, const char *dir,
				       struct libns_mount_plan *plan, const char **ret_place,
				       struct libns_error *err)
{
	_cleanup_close_ int fd = -1;
	struct libns_tree_files ask;
	const char *place;
	int taken, r = base_copy_sized(&ask, sizeof(ask), files, sizeof(files->size),
				       "the list of files", err);

	if (r < 0)
		return r;
	ask.size = sizeof(ask);
	ask.flags = HARMLESS;
	fd = dir ? libns_tree_open_as(entry, dir, HARMLESS, err)
		 : libns_tree_new_busybox(entry, &ask, err);
	if (fd < 0)
		return fd;
	r = choose_place(entry, &ask, plan, &place, err);
	if (r < 0)
		return r;
	taken = mount_plan_take_tree(plan, TAKE_FD(fd), place, err);
	if (taken < 0)
		return taken;
	*ret_place = place;
	return r;
}
