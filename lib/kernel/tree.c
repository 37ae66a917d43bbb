/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Trees of mounts by descriptor: made, restricted, attached. What nobody has attached
 * yet nobody else sees, and goes away with its descriptor, so nothing has to be undone.
 */

#include <sys/mount.h>

#include <libns/tree.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"

#define KNOWN_FLAGS ((LIBNS_TREE_PRIVATE << 1) - 1)

static int restrict_tree(int tree_fd, uint64_t flags)
{
	uint64_t set = 0;

	if (flags & LIBNS_TREE_READ_ONLY)
		set |= SYS_TREE_RDONLY;
	if (flags & LIBNS_TREE_NOSUID)
		set |= SYS_TREE_NOSUID;
	if (flags & LIBNS_TREE_NODEV)
		set |= SYS_TREE_NODEV;
	return sys_tree_change(tree_fd, SYS_TREE_RECURSIVE, set,
			       flags & LIBNS_TREE_PRIVATE ? MS_PRIVATE : 0);
}

LIBNS_PUBLIC int libns_tree_open(const char *path, uint64_t flags, struct libns_error *err)
{
	_cleanup_close_ int fd = -1;
	int r;

	if (flags & ~KNOWN_FLAGS)
		return error_unknown(err, "flag of a tree", flags & ~KNOWN_FLAGS);
	fd = sys_open_tree(AT_FDCWD, path, SYS_TREE_RECURSIVE);
	r = fd < 0 || !flags ? fd : restrict_tree(fd, flags);
	return r < 0 ? error_set(err, LIBNS_STEP_MOUNT, -r, "cannot copy the mounts of '%s'", path)
		     : TAKE_FD(fd);
}

LIBNS_PUBLIC int libns_tree_new_tmpfs(struct libns_error *err)
{
	int fd = sys_new_tmpfs();

	return fd < 0 ? error_set(err, LIBNS_STEP_MOUNT, -fd, "cannot make a file system in memory")
		      : fd;
}

LIBNS_PUBLIC int libns_tree_restrict(int tree_fd, uint64_t flags, struct libns_error *err)
{
	int r;

	if (flags & ~KNOWN_FLAGS)
		return error_unknown(err, "flag of a tree", flags & ~KNOWN_FLAGS);
	r = restrict_tree(tree_fd, flags);
	return r < 0 ? error_set(err, LIBNS_STEP_MOUNT, -r, "cannot restrict a tree of mounts") : 0;
}

LIBNS_PUBLIC int libns_tree_attach(int tree_fd, const char *path, struct libns_error *err)
{
	int r = sys_move_tree(tree_fd, AT_FDCWD, path);

	return r < 0 ? error_set(err, LIBNS_STEP_MOUNT, -r,
				 "cannot attach a tree of mounts to '%s'", path)
		     : 0;
}
