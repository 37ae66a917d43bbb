/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Private copies of the mount namespace.
 *
 * Theory of operation
 *
 * unshare(2) copies the mounts together with their peer groups: where a mount is shared,
 * as all are under systemd, whatever is mounted, moved or unmounted on its copy happens on
 * the original as well, until the copy has left the group. A copy is safe when *all* of it
 * has left. Two things get in the way:
 *
 *  - "/" is where a recursive change begins, and the calling process may be in a chroot: its
 *    "/" is no mount point then, or it is one that has only a part of the mounts below it.
 *    Joining the mount namespace one is in leads to the root of that namespace.
 *  - Another mount may lie on the root of the namespace and cover a first one, with all
 *    that is mounted on it, from whatever begins at "/". So the copy is not emptied by
 *    umount2("/"), which would unmount the cover for everybody. pivot_root(2) refuses as
 *    long as anything around it is shared, and what it has put aside hangs on a mount of
 *    our own.
 */

#include "kernel/mount-copy.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "base/base.h"
#include "base/sys.h"

static int set_all(unsigned long propagation)
{
	return mount("", "/", NULL, propagation | MS_REC, NULL) < 0 ? -errno : 0;
}

int mount_copy_leave_chroot(void)
{
	_cleanup_close_ int pidfd = sys_pidfd_open(gettid(), PIDFD_THREAD);

	/* Linux before 6.9 knows processes only. */
	if (pidfd == -EINVAL)
		pidfd = sys_pidfd_open(gettid(), 0);
	if (pidfd < 0)
		return pidfd;
	return setns(pidfd, CLONE_NEWNS) < 0 ? -errno : 0;
}

/* As set_all() where "/" is no mount point: from further up, and back again. */
static int set_all_from_chroot(unsigned long propagation)
{
	_cleanup_close_ int root = sys_open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
	_cleanup_close_ int cwd = sys_open_at(AT_FDCWD, ".", O_PATH | O_DIRECTORY);
	int r;

	if (root < 0 || cwd < 0)
		return root < 0 ? root : cwd;
	r = mount_copy_leave_chroot();
	if (r < 0)
		return r;
	r = set_all(propagation);
	if (fchdir(root) < 0 || chroot(".") < 0 || fchdir(cwd) < 0)
		return -errno;
	return r;
}

int mount_copy_set(unsigned long propagation)
{
	int r = set_all(propagation);

	return r == -EINVAL ? set_all_from_chroot(propagation) : r;
}

int mount_copy_slave(void)
{
	return unshare(CLONE_NEWNS) < 0 ? -errno : mount_copy_set(MS_SLAVE);
}

int mount_copy_enter(int dir_fd)
{
	/* The working directory follows into the copy, a descriptor does not. */
	return fchdir(dir_fd) < 0 || unshare(CLONE_NEWNS) < 0 ? -errno : 0;
}

int mount_copy_part(void)
{
	return set_all(MS_PRIVATE);
}

/* Puts the directory in the place of the root, and lets go of everything below that. */
static int replace_root(int dir_fd)
{
	_cleanup_close_ int tree = sys_open_tree(dir_fd, "", AT_EMPTY_PATH);
	int r;

	if (tree < 0)
		return tree;
	r = sys_move_tree(tree, AT_FDCWD, "/");
	if (r < 0)
		return r;
	if (fchdir(tree) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0)
		return -errno;
	return 0;
}

int mount_copy_empty(void)
{
	_cleanup_close_ int copy_fd = sys_open_at(AT_FDCWD, ".", O_PATH | O_DIRECTORY);
	int r;

	if (copy_fd < 0)
		return copy_fd;
	r = mount_copy_leave_chroot();
	if (r == 0)
		r = set_all(MS_PRIVATE);
	return r < 0 ? r : replace_root(copy_fd);
}
