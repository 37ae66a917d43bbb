/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Trees of mounts that only a process elsewhere can make. The right to copy mounts is
 * held in the user namespace that owns them. A child goes there and hands the tree over; it
 * is made by slow_read(), which kills it should a file system not answer.
 */

#include <sys/prctl.h>

#include <libns/nsfd.h>
#include <libns/tree.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "enter/entry.h"
#include "kernel/slow-read.h"

#define PATIENCE_MS 30000

struct wish {
	const struct libns_entry *entry;
	const char *path;
	uint64_t flags;
	int (*make)(const struct wish *wish); /* in the child: a tree, or a negative errno */
	int tree;
};

static ssize_t make_in_child(void *data, size_t i, char *buf, size_t size, int *ret_fd)
{
	const struct wish *wish = data;
	int r;

	(void)i;
	(void)buf;
	(void)size;
	/* Somebody inside may share the pid namespace, and take what is open here. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	r = wish->make(wish);
	if (r >= 0)
		*ret_fd = r;
	return r < 0 ? r : 0;
}

static int take(void *data, size_t i, const char *buf, ssize_t n, int fd)
{
	struct wish *wish = data;

	(void)i;
	(void)buf;
	wish->tree = fd;
	if (n < 0)
		return (int)n;
	/* One that was sent and did not arrive: there was no room for it. */
	return fd < 0 ? -EMFILE : 0;
}

static int make_elsewhere(struct wish *wish)
{
	const struct slow_work work = {
		.n = 1,
		.read = make_in_child,
		.deliver = take,
		.data = wish,
		.item_ms = PATIENCE_MS,
		.total_ms = PATIENCE_MS,
	};
	int r = slow_read(&work);

	return r < 0 ? r : wish->tree;
}

static int copy_as(const struct wish *wish)
{
	int user = entry_fd(wish->entry, LIBNS_TYPE_USER);

	if (user < 0)
		return -EPERM;
	if (setns(user, CLONE_NEWUSER) < 0 || unshare(CLONE_NEWNS) < 0)
		return -errno;
	return libns_tree_open(wish->path, wish->flags, NULL);
}

LIBNS_PUBLIC int libns_tree_open_as(const struct libns_entry *entry, const char *path,
				    uint64_t flags, struct libns_error *err)
{
	struct wish wish = { entry, path, flags, copy_as, -1 };
	int fd = libns_tree_open(path, flags, err);

	if (fd != -EPERM)
		return fd;
	fd = make_elsewhere(&wish);
	return fd < 0 ? error_set(err, LIBNS_STEP_MOUNT, -fd, "cannot copy the mounts of '%s'",
				  path)
		      : fd;
}

/*
 * The owner of the mounts need not be the user namespace that the target is in: a sandbox
 * may make its mounts first and then put itself into another one. So the owner is joined,
 * not what the rest of the entry joins.
 */
static int copy_root(const struct wish *wish)
{
	int mnt = entry_fd(wish->entry, LIBNS_TYPE_MNT);
	int owner = libns_fd_open_owner(mnt, NULL);

	/* Refused where it is the caller's own. */
	if (owner >= 0)
		(void)!setns(owner, CLONE_NEWUSER);
	if (setns(mnt, CLONE_NEWNS) < 0)
		return -errno;
	if (wish->entry->root_fd >= 0 && (fchdir(wish->entry->root_fd) < 0 || chroot(".") < 0))
		return -errno;
	return libns_tree_open("/", 0, NULL);
}

LIBNS_PUBLIC int libns_tree_open_root(const struct libns_entry *entry, struct libns_error *err)
{
	struct wish wish = { .entry = entry, .make = copy_root, .tree = -1 };
	int fd;

	if (!(entry->types & LIBNS_TYPE_MNT))
		return error_say(err, LIBNS_STEP_MOUNT, ENODATA, "no mount namespace is entered");
	fd = make_elsewhere(&wish);
	return fd < 0 ? error_types(err, LIBNS_TYPE_MNT,
				    error_set(err, LIBNS_STEP_MOUNT, -fd,
					      "cannot copy the target's mounts"))
		      : fd;
}
