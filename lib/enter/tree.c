/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Trees of mounts that only a process elsewhere can make. The right to copy mounts is
 * held in the user namespace that owns them. A child goes there and hands the tree over.
 */

#include <libns/tree.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "enter/elsewhere.h"
#include "enter/entry.h"

struct wish {
	const struct libns_entry *entry;
	const char *path;
	uint64_t flags;
};

static int copy_as(void *data)
{
	const struct wish *wish = data;
	int r = elsewhere_join_user(wish->entry);

	return r < 0 ? r : libns_tree_open(wish->path, wish->flags, NULL);
}

LIBNS_PUBLIC int libns_tree_open_as(const struct libns_entry *entry, const char *path,
				    uint64_t flags, struct libns_error *err)
{
	struct wish wish = { entry, path, flags };
	const struct elsewhere job = { .work = copy_as, .data = &wish, .gives_fd = true };
	int fd = libns_tree_open(path, flags, err);

	if (fd != -EPERM)
		return fd;
	fd = elsewhere_do(&job);
	return fd < 0 ? error_set(err, LIBNS_STEP_MOUNT, -fd, "cannot copy the mounts of '%s'",
				  path)
		      : fd;
}

static int copy_root(void *data)
{
	const struct wish *wish = data;
	int r = elsewhere_join_root(wish->entry);

	return r < 0 ? r : libns_tree_open("/", wish->flags, NULL);
}

LIBNS_PUBLIC int libns_tree_open_root(const struct libns_entry *entry, uint64_t flags,
				      struct libns_error *err)
{
	struct wish wish = { entry, "/", flags };
	const struct elsewhere job = { .work = copy_root, .data = &wish, .gives_fd = true };
	int fd;

	if (!(entry->types & LIBNS_TYPE_MNT) && entry->root_fd < 0)
		return error_say(err, LIBNS_STEP_MOUNT, ENODATA, "no mount namespace is entered");
	fd = elsewhere_do(&job);
	return fd < 0 ? error_types(err, LIBNS_TYPE_MNT,
				    error_set(err, LIBNS_STEP_MOUNT, -fd,
					      "cannot copy the target's mounts"))
		      : fd;
}

LIBNS_PUBLIC int libns_entry_open_root(const struct libns_entry *entry, struct libns_error *err)
{
	int fd;

	if (entry->root_fd < 0)
		return libns_tree_open_root(entry, 0, err);
	fd = fcntl(entry->root_fd, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? error_set(err, LIBNS_STEP_OPEN, errno, "cannot open the target's root")
		      : fd;
}
