/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Entering a named network namespace the way programs expect it: with a /sys
 * that shows its devices and with its own files in /etc.
 *
 * Theory of operation
 *
 * A sysfs shows the network namespace it was mounted in, so a new one has to go
 * on /sys, in a mount namespace of our own. Two things must not be lost over
 * that, and ip-netns(8) loses both:
 *
 *  - What is mounted below /sys (cgroup2, bpf, debugfs, ...) goes with the old
 *    sysfs. It is copied by open_tree(2) before and attached again after.
 *  - The new mount namespace is a slave of the old one, or the mounts made here
 *    would show outside. But a name added from within must show outside: it is
 *    only an unbound file there otherwise. So a copy of the mount on /run/netns
 *    is taken before, while it is still a peer of the one outside, and put over
 *    the slave afterwards.
 *
 * Both are refinements: where the kernel refuses them, entering goes on.
 */

#include <dirent.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include <libns/type.h>

#include "base.h"
#include "err.h"
#include "netns-dir.h"
#include "sys.h"

#define ETC_NETNS "/etc/netns"

/* Mount points below /sys that are not sysfs; parents before children. */
static const char *const below_sys[] = {
	"/sys/fs/cgroup",           "/sys/fs/bpf",         "/sys/fs/pstore",
	"/sys/fs/fuse/connections", "/sys/kernel/config",  "/sys/kernel/debug",
	"/sys/kernel/security",     "/sys/kernel/tracing", "/sys/firmware/efi/efivars",
};

static bool is_mount_point(const char *path)
{
	struct sys_statx st;

	if (sys_statx(AT_FDCWD, path, AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW, 0, &st) < 0)
		return false;
	return st.attributes & SYS_STATX_ATTR_MOUNT_ROOT;
}

static void take_trees(int trees[])
{
	for (size_t i = 0; i < ARRAY_SIZE(below_sys); i++)
		trees[i] = is_mount_point(below_sys[i])
				   ? sys_open_tree(AT_FDCWD, below_sys[i], SYS_TREE_RECURSIVE)
				   : -1;
}

static void put_trees(int trees[])
{
	for (size_t i = 0; i < ARRAY_SIZE(below_sys); i++) {
		if (trees[i] >= 0)
			(void)sys_move_tree(trees[i], below_sys[i]);
		trees[i] = base_close(trees[i]);
	}
}

static int mount_sysfs(const char *label, struct libns_error *err)
{
	unsigned long flags = 0;
	struct statvfs fs;

	/* A read-only sysfs that cannot go away may be covered by a read-only one only. */
	if (umount2("/sys", MNT_DETACH) < 0 && statvfs("/sys", &fs) == 0 && (fs.f_flag & ST_RDONLY))
		flags = MS_RDONLY;
	if (mount(label, "/sys", "sysfs", flags, NULL) < 0)
		return error_set(err, LIBNS_STEP_MOUNT, errno, "cannot mount sysfs on /sys");
	return 0;
}

static int replace_sys(const char *label, struct libns_error *err)
{
	int trees[ARRAY_SIZE(below_sys)];
	int r;

	take_trees(trees);
	r = mount_sysfs(label, err);
	put_trees(trees);
	return r;
}

static int own_mounts(struct libns_error *err)
{
	_cleanup_close_ int names = -1;

	if (unshare(CLONE_NEWNS) < 0) {
		int r = error_set(err, LIBNS_STEP_UNSHARE, errno,
				  "cannot create a mount namespace");

		return error_types(err, LIBNS_TYPE_MNT, r);
	}
	if (is_mount_point(NETNS_RUN))
		names = sys_open_tree(AT_FDCWD, NETNS_RUN, SYS_TREE_RECURSIVE);
	if (mount("", "/", "none", MS_SLAVE | MS_REC, NULL) < 0)
		return error_set(err, LIBNS_STEP_MOUNT, errno,
				 "cannot make '/' and all below it a slave");
	/* The slave below stays, unmounting it is slow. It follows what happens above it. */
	if (names >= 0)
		(void)sys_move_tree(names, NETNS_RUN);
	return 0;
}

static void bind_file(const char *name, const char *file, libns_netns_warn_fn warn, void *data)
{
	struct libns_error warning = LIBNS_ERROR_INIT;
	char source[600], target[300];

	snprintf(source, sizeof(source), ETC_NETNS "/%s/%s", name, file);
	snprintf(target, sizeof(target), "/etc/%s", file);
	if (mount(source, target, "none", MS_BIND, NULL) == 0 || !warn)
		return;
	error_set(&warning, LIBNS_STEP_MOUNT, errno, "cannot bind '%s' on '%s'", source, target);
	warn(&warning, data);
}

static void bind_etc(const char *name, libns_netns_warn_fn warn, void *data)
{
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;
	char path[300];

	snprintf(path, sizeof(path), ETC_NETNS "/%s", name);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			bind_file(name, entry->d_name, warn, data);
}

LIBNS_PUBLIC int libns_netns_enter(int run_fd, const char *name, libns_netns_warn_fn warn,
				   void *data, struct libns_error *err)
{
	_cleanup_close_ int ns_fd = libns_netns_open(run_fd, name, err);
	int r;

	if (ns_fd < 0)
		return ns_fd;
	if (setns(ns_fd, CLONE_NEWNET) < 0) {
		r = error_set(err, LIBNS_STEP_ENTER, errno, "cannot enter network namespace '%s'",
			      name);
		return error_types(err, LIBNS_TYPE_NET, r);
	}
	r = own_mounts(err);
	if (r < 0)
		return r;
	r = replace_sys(name, err);
	if (r < 0)
		return r;
	bind_etc(name, warn, data);
	return 0;
}
