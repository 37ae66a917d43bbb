/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Removing names of network namespaces.
 *
 * Theory of operation
 *
 * Unmounting first and unlinking then, as ip(8) does it, leaves a file that nothing is bound on when
 * killed in between, and fails with EBUSY if two mounts lie on the file. But a file is only busy in
 * a mount namespace in which something is mounted on it. So a helper enters a mount namespace of
 * its own in which nothing is mounted on the file, and unlinks it: that one call removes the name
 * and all mounts on it everywhere, also those below another mount or beside it. Usually it is
 * enough to unmount the file there. What another mount covers cannot be unmounted, and then the
 * helper gives up all mounts that it has.
 *
 * That copies all mounts, for each name anew, and takes the longer the more names there are. Whoever
 * removes many keeps a mount namespace in which there is nothing but the directory. There the file is
 * not busy at all.
 */

#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <libns/netns.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/mount-copy.h"
#include "netns/create.h"
#include "netns/dir.h"

/* What a helper is to do, and its result. */
struct deletion {
	int dir_fd;
	const char *name;
	int mounts_fd; /* the mount namespace to do it in */
	int result;
};

struct libns_netns_eraser {
	int mounts_fd; /* a mount namespace without names; or -1 */
	enum { UNUSED, USED, TRIED } state;
};

static int run_helper(int (*main)(void *), unsigned long flags, struct deletion *deletion)
{
	return netns_helper(main, flags, deletion, &deletion->result);
}

/*
 * In the helper's copy of the mount namespace, unmounts what it sees on the file, and then unlinks
 * the file. Return: 0; -EBUSY if something is still mounted on it; or why the file cannot be
 * removed.
 */
static int unlink_uncovered(const char *name)
{
	while (umount2(name, MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
		if (unlinkat(AT_FDCWD, name, 0) == 0)
			return 0;
		if (errno != EBUSY)
			return -errno;
	}
	return -EBUSY;
}

/* Nothing is mounted on the file, as far as the helper can see, so it is not busy. */
static int unlink_in_copy(void *data)
{
	struct deletion *deletion = data;

	deletion->result = -ENOTSUP;
	if (mount_copy_enter(deletion->dir_fd) < 0)
		return 0;
	if (mount_copy_part() == 0) {
		deletion->result = unlink_uncovered(deletion->name);
		if (deletion->result != -EBUSY)
			return 0;
	}
	deletion->result = -ENOTSUP;
	if (mount_copy_empty() == 0)
		deletion->result = unlinkat(deletion->dir_fd, deletion->name, 0) < 0 ? -errno : 0;
	return 0;
}

static int unmount_all(const char *name)
{
	/* Mounts can be stacked; EINVAL says that there is none left. */
	while (umount2(name, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		continue;
	return errno == EINVAL ? 0 : -errno;
}

/* Does the work of unlink_in_copy() where no copy of the mount namespace can be had. */
static int unlink_here(void *data)
{
	struct deletion *deletion = data;

	deletion->result = fchdir(deletion->dir_fd) < 0 ? -errno : unmount_all(deletion->name);
	if (deletion->result == 0 && unlinkat(AT_FDCWD, deletion->name, 0) < 0)
		deletion->result = -errno;
	return 0;
}

/* In a mount namespace without names. It was given up if nothing can be done there. */
static int unlink_there(void *data)
{
	struct deletion *deletion = data;

	deletion->result = -ENOTSUP;
	if (setns(deletion->mounts_fd, CLONE_NEWNS) == 0)
		deletion->result = unlinkat(deletion->dir_fd, deletion->name, 0) < 0 ? -errno : 0;
	return 0;
}

/* It shares the descriptors of the caller, who gets that of the namespace. */
static int make_mounts(void *data)
{
	struct deletion *deletion = data;
	int fd = -1;

	deletion->result = -ENOTSUP;
	if (mount_copy_enter(deletion->dir_fd) == 0)
		fd = sys_open_at(AT_FDCWD, "/proc/thread-self/ns/mnt", O_RDONLY);
	if (fd >= 0 && mount_copy_empty() < 0)
		fd = base_close(fd);
	if (fd >= 0)
		deletion->result = fd;
	return 0;
}

/* One name is removed as well without, and where it cannot be had others are, too. Return: whether there
 * is a place without names. */
static bool get_ready(struct libns_netns_eraser *eraser, struct deletion *deletion)
{
	int fd = -1;

	if (!eraser)
		return false;
	if (eraser->state == USED)
		fd = run_helper(make_mounts, CLONE_FILES, deletion);
	if (fd >= 0)
		eraser->mounts_fd = fd;
	eraser->state = eraser->state == UNUSED ? USED : TRIED;
	deletion->mounts_fd = eraser->mounts_fd;
	return eraser->mounts_fd >= 0;
}

static int remove_name(struct libns_netns_eraser *eraser, int dir_fd, const char *name)
{
	struct deletion deletion = { .dir_fd = dir_fd, .name = name };
	int r;

	/* This succeeds unless the caller sees something mounted on it. */
	if (unlinkat(dir_fd, name, 0) == 0)
		return 0;
	if (errno != EBUSY)
		return -errno;
	r = get_ready(eraser, &deletion) ? run_helper(unlink_there, 0, &deletion) : -ENOTSUP;
	if (r == -ENOTSUP || r == -EBUSY)
		r = run_helper(unlink_in_copy, 0, &deletion);
	return r == -ENOTSUP ? run_helper(unlink_here, 0, &deletion) : r;
}

LIBNS_PUBLIC int libns_netns_erase(struct libns_netns_eraser *eraser, int run_fd, const char *name,
				   struct libns_error *err)
{
	_cleanup_close_ int dir_fd = -1;
	int r = netns_check_name(name, err);

	if (r < 0)
		return r;
	dir_fd = netns_open_dir(run_fd);
	r = dir_fd < 0 ? dir_fd : remove_name(eraser, dir_fd, name);
	if (r < 0)
		return error_set(err, LIBNS_STEP_NETNS, -r, "cannot remove namespace file '%s%s'",
				 NETNS_PREFIX(run_fd), name);
	return 0;
}

LIBNS_PUBLIC int libns_netns_delete(int run_fd, const char *name, struct libns_error *err)
{
	return libns_netns_erase(NULL, run_fd, name, err);
}

LIBNS_PUBLIC int libns_netns_eraser_new(struct libns_netns_eraser **ret_eraser,
					struct libns_error *err)
{
	struct libns_netns_eraser *eraser = malloc(sizeof(*eraser));

	if (!eraser)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot remove names");
	*eraser = (struct libns_netns_eraser){ .mounts_fd = -1 };
	*ret_eraser = eraser;
	return 0;
}

LIBNS_PUBLIC struct libns_netns_eraser *libns_netns_eraser_free(struct libns_netns_eraser *eraser)
{
	if (eraser)
		base_close(eraser->mounts_fd);
	free(eraser);
	return NULL;
}
