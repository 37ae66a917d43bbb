/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A name is only as trustworthy as whoever could have written it. This file finds out who that is,
 * by the owner and the mode of every directory on the way, from the top, without following a link.
 * The first user on the way who is not root could have made all that is below, whoever owns the
 * rest.
 */

#include "container/owner.h"

#include <string.h>
#include <sys/ioctl.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/attempt.h"
#include "kernel/mount-peers.h"
#include "kernel/statmount.h"
#include "text/mountinfo.h"

#define FUSE_MAGIC 0x65735546

bool owner_is_trusted(uid_t owner)
{
	return owner == 0 || owner == geteuid();
}

void owner_fold(uid_t *owner, const struct stat *st)
{
	bool many = st->st_mode & (S_IWOTH | S_IWGRP);

	/*
	 * In a sticky directory only the owner of an entry can replace it, so that owner has
	 * written it.
	 */
	if (S_ISDIR(st->st_mode) && st->st_mode & S_ISVTX)
		many = false;
	if (many)
		*owner = OWNER_ANYBODY;
	else if (*owner == 0)
		*owner = st->st_uid;
}

uid_t owner_of_fd(int fd)
{
	uid_t owner = 0;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return OWNER_UNPROVEN;
	owner_fold(&owner, &st);
	return owner;
}

/*
 * Finds the ordinary user who has mounted the file system that the descriptor is on: fusermount(1)
 * does that for anybody, wherever they may write. Return: 0 for all other file systems. The file
 * system itself is not asked, because it may never answer.
 */
static uid_t user_of_mount(int fd)
{
	struct procfile_word value;
	struct statmount_reply reply;
	_cleanup_free_ char *text = NULL;
	struct mountinfo mount;
	uint32_t user = OWNER_UNPROVEN;
	static const long statmount[] = { SYS_statmount };
	bool told = !attempt_fatal_calls(statmount, 1) &&
		    statmount_of(fd, "", AT_EMPTY_PATH, &reply) == 0 &&
		    reply.mask & STATMOUNT_SB_BASIC_;

	if (told && reply.sb_magic != FUSE_MAGIC)
		return 0;
	/* A mount that is not in this table is not below the caller's root, or has just gone. */
	if (mount_line_read(fd, &text, &mount) < 0)
		return told ? OWNER_UNPROVEN : 0;
	if (mount.fstype.n < 4 || memcmp(mount.fstype.s, "fuse", 4) != 0 ||
	    !mountinfo_has_option(mount.super, "user_id", &value))
		return 0;
	(void)procfile_u32(value.s, value.n, &user);
	return user;
}

int owner_look(int fd, uid_t owner, struct stat *ret)
{
	bool is_mount = true;
	struct sys_statx stx;
	uid_t user;

	/*
	 * Both answers come from the kernel's own knowledge of the mount's root: the file system,
	 * which might not answer, is not asked.
	 */
	if (sys_statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, SYS_STATX_BASIC, &stx) == 0) {
		*ret = (struct stat){ .st_mode = stx.mode,
				      .st_uid = stx.uid,
				      .st_nlink = stx.nlink,
				      .st_size = (off_t)stx.size };
		if (stx.attributes_mask & SYS_STATX_ATTR_MOUNT_ROOT) {
			is_mount = stx.attributes & SYS_STATX_ATTR_MOUNT_ROOT;
			/* Below a directory that belongs to a user there are no mounts of root. */
			if (is_mount && owner != 0)
				return -EXDEV;
		}
		if (!is_mount)
			return 0;
	}
	user = user_of_mount(fd);
	if (!owner_is_trusted(user))
		return -EXDEV;
	if (fstat(fd, ret) < 0)
		return -errno;
	if (user)
		ret->st_uid = user;
	return 0;
}

int owner_open_file(int dir_fd, const char *name, uid_t owner, struct stat *ret)
{
	int fd = sys_open_at(dir_fd, name, O_PATH | O_NOFOLLOW);
	int r = fd < 0 ? fd : owner_look(fd, owner, ret);

	if (r >= 0)
		return fd;
	base_close(fd);
	return r;
}

/* Opens one component of a path, which begins at @path and ends before @end. */
static int open_component(int dir_fd, const char *path, const char *end, uid_t *owner)
{
	size_t n = (size_t)(end - path);
	char name[256];
	struct stat st;
	int fd;

	if (n >= sizeof(name))
		return -EINVAL;
	memcpy(name, path, n);
	name[n] = '\0';
	if (!strcmp(name, ".."))
		return -EINVAL;
	fd = owner_open_file(dir_fd, name, *owner, &st);
	if (fd < 0)
		return fd;
	if (!S_ISDIR(st.st_mode)) {
		base_close(fd);
		return S_ISLNK(st.st_mode) ? -ELOOP : -ENOTDIR;
	}
	owner_fold(owner, &st);
	return fd;
}

int owner_open(int dir_fd, const char *path, size_t n, uid_t *owner)
{
	const char *end = path + n;
	int fd = sys_open_at(dir_fd, ".", O_PATH | O_DIRECTORY);

	while (fd >= 0) {
		const char *start;
		int next;

		while (path < end && *path == '/')
			path++;
		if (path == end)
			return fd;
		for (start = path; path < end && *path != '/'; path++)
			;
		next = open_component(fd, start, path, owner);
		base_close(fd);
		fd = next;
	}
	return fd;
}

/* Opens the mount of a hierarchy: "memory", "systemd" for "name=systemd", the unified one for
 * "". */
static int open_hierarchy(int cgroup_fd, struct procfile_word name, uid_t *owner)
{
	const char *comma;
	int fd;

	if (!name.n) {
		fd = owner_open(cgroup_fd, "unified", 7, owner);
		return fd == -ENOENT ? owner_open(cgroup_fd, "", 0, owner) : fd;
	}
	if (name.n > 5 && !memcmp(name.s, "name=", 5)) {
		name.s += 5;
		name.n -= 5;
	}
	fd = owner_open(cgroup_fd, name.s, name.n, owner);
	/* "cpu,cpuacct" may be mounted as "cpu". */
	comma = memchr(name.s, ',', name.n);
	return fd == -ENOENT && comma
		       ? owner_open(cgroup_fd, name.s, (size_t)(comma - name.s), owner)
		       : fd;
}

uid_t owner_of_cgroup(int cgroup_fd, const struct cgroup_container *found)
{
	_cleanup_close_ int top = -1, above = -1, own = -1;
	uid_t owner, ignored = 0;
	struct stat st;

	if (cgroup_fd < 0)
		return OWNER_UNPROVEN;
	owner = owner_of_fd(cgroup_fd);
	top = open_hierarchy(cgroup_fd, found->hierarchy, &owner);
	if (top < 0)
		return OWNER_UNPROVEN;
	above = owner_open(top, found->path.s, found->parent, &owner);
	if (above < 0)
		return OWNER_UNPROVEN;
	own = owner_open(above, found->path.s + found->parent, found->path.n - found->parent,
			 &ignored);
	if (own < 0 || fstat(own, &st) < 0)
		return OWNER_UNPROVEN;
	/* Root made this group for that user's service manager and gave it to the user. */
	if (owner == 0 && found->has_user)
		owner = found->user;
	return owner;
}

bool owner_has_process(int procfs_fd, pid_t pid, uid_t owner)
{
	_cleanup_close_ int fd = -1;
	char path[32];
	struct stat st;

	error_format(path, sizeof(path), "%d/ns/user", pid);
	fd = sys_open_at(procfs_fd, path, O_RDONLY);
	if (fd == -ENOENT) {
		error_format(path, sizeof(path), "%d", pid);
		return fstatat(procfs_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		       st.st_uid == owner;
	}
	while (fd >= 0) {
		uid_t uid;
		int parent;

		if (ioctl(fd, NS_GET_OWNER_UID, &uid) < 0)
			return false;
		if (uid == owner)
			return true;
		/*
		 * The caller's own user namespace has no parent that can be asked for, so EPERM
		 * ends the walk.
		 */
		parent = ioctl(fd, NS_GET_PARENT);
		base_close(fd);
		fd = parent < 0 ? parent : sys_fd_above_stdio(parent);
	}
	return false;
}

uid_t owner_of_mount_ns(int procfs_fd, pid_t pid)
{
	_cleanup_close_ int ns_fd = -1;
	uid_t owner = OWNER_UNPROVEN;
	char path[32];
	int fd;

	error_format(path, sizeof(path), "%d/ns/mnt", pid);
	ns_fd = sys_open_at(procfs_fd, path, O_RDONLY);
	if (ns_fd < 0)
		return OWNER_UNPROVEN;
	for (fd = ioctl(ns_fd, NS_GET_USERNS); fd >= 0;) {
		int parent = -1;

		fd = sys_fd_above_stdio(fd);
		if (fd < 0 || ioctl(fd, NS_GET_OWNER_UID, &owner) < 0)
			owner = OWNER_UNPROVEN;
		else if (owner_is_trusted(owner))
			parent = ioctl(fd, NS_GET_PARENT);
		base_close(fd);
		fd = parent;
	}
	return owner;
}
