/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Makes, restricts and attaches trees of mounts by descriptor. Nobody else sees a tree before it is
 * attached, and it goes away with its descriptor, so nothing has to be undone.
 */

#include "kernel/tree.h"

#include <sys/mount.h>
#include <sys/statvfs.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/mount-id.h"
#include "kernel/mount.h"

#ifndef MS_NOSYMFOLLOW /* Linux 5.10 */
#define MS_NOSYMFOLLOW 256
#endif
#ifndef ST_NOSYMFOLLOW
#define ST_NOSYMFOLLOW 0x2000
#endif

/* Each flag as this library, mount_setattr(2), mount(2) and statfs(2) call it. */
static const struct {
	uint64_t flag, attr;
	unsigned long ms, st;
} words[] = {
	{ LIBNS_TREE_READ_ONLY, SYS_TREE_RDONLY, MS_RDONLY, ST_RDONLY },
	{ LIBNS_TREE_NOSUID, SYS_TREE_NOSUID, MS_NOSUID, ST_NOSUID },
	{ LIBNS_TREE_NODEV, SYS_TREE_NODEV, MS_NODEV, ST_NODEV },
	{ LIBNS_TREE_NOEXEC, SYS_TREE_NOEXEC, MS_NOEXEC, ST_NOEXEC },
	{ LIBNS_TREE_NOSYMFOLLOW, SYS_TREE_NOFOLLOW, MS_NOSYMFOLLOW, ST_NOSYMFOLLOW },
	/* The flags for access times have to be set again together with the others. */
	{ 0, 0, MS_NOATIME, ST_NOATIME },
	{ 0, 0, MS_NODIRATIME, ST_NODIRATIME },
	{ 0, 0, MS_RELATIME, ST_RELATIME },
};

uint64_t tree_attributes(uint64_t flags)
{
	uint64_t attr = 0;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (flags & words[i].flag)
			attr |= words[i].attr;
	return attr;
}

unsigned long tree_mount_flags(uint64_t flags)
{
	unsigned long ms = 0;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (flags & words[i].flag)
			ms |= words[i].ms;
	return ms;
}

uint64_t tree_flags(unsigned long ms)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (ms & words[i].ms)
			flags |= words[i].flag;
	return flags;
}

int tree_flags_of(int fd, uint64_t *flags)
{
	struct statvfs fs;

	if (fstatvfs(fd, &fs) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (fs.f_flag & words[i].st)
			*flags |= words[i].flag;
	return 0;
}

int tree_restrict(int tree_fd, uint64_t flags, bool all)
{
	return sys_tree_change(tree_fd, all ? SYS_TREE_RECURSIVE : 0, tree_attributes(flags),
			       flags & LIBNS_TREE_PRIVATE ? MS_PRIVATE : 0);
}

/* Reads the second number of each line of mountinfo. Return: whether it is @id once; or an errno. */
static int is_parent(uint64_t id)
{
	_cleanup_close_ int fd = sys_open_at(AT_FDCWD, "/proc/thread-self/mountinfo", O_RDONLY);
	uint64_t number = 0;
	int word = 0;
	char buf[4096];
	ssize_t n;

	if (fd < 0)
		return fd;
	while ((n = sys_read_full(fd, buf, sizeof(buf), -1)) > 0)
		for (ssize_t i = 0; i < n; i++) {
			if (buf[i] == '\n') {
				word = 0;
			} else if (buf[i] == ' ') {
				if (word++ == 1 && number == id)
					return 1;
				number = 0;
			} else if (word < 2) {
				number = number * 10 + (uint64_t)(buf[i] - '0');
			}
		}
	return (int)n;
}

/* Whether other mounts are below this one. */
static int has_others(int mount_fd)
{
	uint64_t id;
	int r = mount_id_read(mount_fd, &id);

	return r < 0 ? r : is_parent(id);
}

int tree_restrict_mounted(int mount_fd, uint64_t flags, bool all)
{
	char link[MOUNT_LINK_SIZE];
	struct statvfs fs;
	unsigned long ms = 0;
	int r;

	mount_fd_link(mount_fd, link);
	if (flags & LIBNS_TREE_PRIVATE && mount(NULL, link, NULL, MS_PRIVATE | MS_REC, NULL) < 0)
		return -errno;
	if (!tree_attributes(flags))
		return 0;
	if (fstatvfs(mount_fd, &fs) < 0)
		return -errno;
	r = all ? has_others(mount_fd) : 0;
	if (r != 0)
		return r < 0 ? r : -EOPNOTSUPP;
	/* Flags that are not named would be removed. */
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if ((flags & words[i].flag) || (fs.f_flag & words[i].st))
			ms |= words[i].ms;
	return mount(NULL, link, NULL, MS_REMOUNT | MS_BIND | ms, NULL) < 0 ? -errno : 0;
}

LIBNS_PUBLIC int libns_tree_open(const char *path, uint64_t flags, struct libns_error *err)
{
	_cleanup_close_ int fd = -1;
	int r;

	if (flags & ~TREE_KNOWN_FLAGS)
		return error_unknown(err, "flag of a tree", flags & ~TREE_KNOWN_FLAGS);
	fd = sys_open_tree(AT_FDCWD, path, SYS_TREE_RECURSIVE);
	r = fd < 0 || !flags ? fd : tree_restrict(fd, flags, true);
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

	if (flags & ~TREE_KNOWN_FLAGS)
		return error_unknown(err, "flag of a tree", flags & ~TREE_KNOWN_FLAGS);
	r = tree_restrict(tree_fd, flags, true);
	return r < 0 ? error_set(err, LIBNS_STEP_MOUNT, -r, "cannot restrict a tree of mounts") : 0;
}

LIBNS_PUBLIC int libns_tree_attach(int tree_fd, const char *path, struct libns_error *err)
{
	int r = sys_move_tree(tree_fd, AT_FDCWD, path);

	return r < 0 ? error_set(err, LIBNS_STEP_MOUNT, -r,
				 "cannot attach a tree of mounts to '%s'", path)
		     : 0;
}
