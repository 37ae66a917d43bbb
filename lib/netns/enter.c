/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Entering a named network namespace the way programs expect it: with a /sys
 * that shows its devices and with its own files in /etc.
 *
 * Theory of operation
 *
 * A sysfs shows the network namespace it was mounted in, so a new one has to be mounted on /sys, in
 * a new mount namespace. Two things must not be lost by that, and ip-netns(8) loses both:
 *
 *  - What is mounted below /sys (cgroup2, bpf, debugfs, ...) disappears with the old sysfs. It is
 *  copied by open_tree(2) before and attached again afterwards.
 *  - The new mount namespace is a slave of the old one, since the mounts made here would otherwise
 *  appear outside. But a name added inside must appear outside, where it would otherwise be only an
 *  unbound file. So a copy of the mount of /run/netns is made before, while it is still a peer of
 *  the one outside, and put over the slave afterwards.
 *
 * Neither is essential: where the kernel refuses them, entering goes on, and a warning says what is
 * lost below /sys.
 */

#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/attempt.h"
#include "kernel/mount-copy.h"
#include "kernel/mount-peers.h"
#include "netns/dir.h"

#define ETC_NETNS "/etc/netns"

/* Mount points below /sys that are not sysfs, parents before children. */
static const char *const below_sys[] = {
	"/sys/fs/cgroup",           "/sys/fs/bpf",         "/sys/fs/pstore",
	"/sys/fs/fuse/connections", "/sys/kernel/config",  "/sys/kernel/debug",
	"/sys/kernel/security",     "/sys/kernel/tracing", "/sys/firmware/efi/efivars",
};

/* Who is told what went wrong where that is not a failure. */
struct sink {
	libns_netns_warn_fn warn;
	void *data;
};

static bool is_mount_point(const char *path)
{
	struct sys_statx st;

	if (sys_statx(AT_FDCWD, path, AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW, 0, &st) < 0)
		return false;
	return st.attributes & SYS_STATX_ATTR_MOUNT_ROOT;
}

static void lost(const struct sink *sink, int r, const char *path)
{
	struct libns_error warning = LIBNS_ERROR_INIT;

	error_set(&warning, LIBNS_STEP_MOUNT, -r, "cannot keep what is mounted on '%s'", path);
	if (sink->warn)
		sink->warn(&warning, sink->data);
}

static void take_trees(int trees[], const struct sink *sink)
{
	for (size_t i = 0; i < ARRAY_SIZE(below_sys); i++) {
		trees[i] = -1;
		if (!is_mount_point(below_sys[i]))
			continue;
		trees[i] = sys_open_tree(AT_FDCWD, below_sys[i], SYS_TREE_RECURSIVE);
		if (trees[i] < 0)
			lost(sink, trees[i], below_sys[i]);
	}
}

static void put_trees(int trees[], const struct sink *sink)
{
	for (size_t i = 0; i < ARRAY_SIZE(below_sys); i++) {
		int r = trees[i] < 0 ? 0 : sys_move_tree(trees[i], AT_FDCWD, below_sys[i]);

		if (r < 0)
			lost(sink, r, below_sys[i]);
		trees[i] = base_close(trees[i]);
	}
}

static int mount_sysfs(const char *label, struct libns_error *err)
{
	unsigned long flags = 0;
	struct statvfs fs;

	/* A read-only sysfs that cannot be unmounted may only be covered by a read-only one. */
	if (umount2("/sys", MNT_DETACH) < 0 && statvfs("/sys", &fs) == 0 && (fs.f_flag & ST_RDONLY))
		flags = MS_RDONLY;
	if (mount(label, "/sys", "sysfs", flags, NULL) < 0)
		return error_set(err, LIBNS_STEP_MOUNT, errno, "cannot mount sysfs on /sys");
	return 0;
}

static int replace_sys(const char *label, const struct sink *sink, struct libns_error *err)
{
	int trees[ARRAY_SIZE(below_sys)];
	int r;

	take_trees(trees, sink);
	r = mount_sysfs(label, err);
	put_trees(trees, sink);
	return r;
}

/*
 * Makes a copy of the mount of the directory of names, in the peer group of the original. Return:
 * -1 if the original is in no peer group.
 */
static int take_names(void)
{
	_cleanup_close_ int dir_fd = netns_open_dir(LIBNS_NETNS_RUN);
	struct mount_peers peers;

	if (dir_fd < 0 || mount_peers_read(dir_fd, &peers) < 0 || !peers.shared)
		return -1;
	return sys_open_tree(dir_fd, "", AT_EMPTY_PATH | SYS_TREE_RECURSIVE);
}

static int own_mounts(struct libns_error *err)
{
	_cleanup_close_ int names = take_names();
	int r = mount_copy_slave();

	if (r < 0) {
		error_set(err, LIBNS_STEP_UNSHARE, -r,
			  "cannot create a mount namespace that is a slave of this one");
		return error_types(err, LIBNS_TYPE_MNT, r);
	}
	/*
	 * The slave stays below it: unmounting it is slow, and it follows what happens in the
	 * original anyway.
	 */
	if (names >= 0)
		(void)sys_move_tree(names, AT_FDCWD, NETNS_RUN);
	return 0;
}

static void bind_file(const char *name, const char *file, const struct sink *sink)
{
	struct libns_error warning = LIBNS_ERROR_INIT;
	char source[600], target[300];

	snprintf(source, sizeof(source), ETC_NETNS "/%s/%s", name, file);
	snprintf(target, sizeof(target), "/etc/%s", file);
	if (mount(source, target, "none", MS_BIND, NULL) == 0 || !sink->warn)
		return;
	error_set(&warning, LIBNS_STEP_MOUNT, errno, "cannot bind '%s' on '%s'", source, target);
	sink->warn(&warning, sink->data);
}

static void bind_etc(const char *name, const struct sink *sink)
{
	struct libns_error warning = LIBNS_ERROR_INIT;
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;
	char path[300];
	int r;

	snprintf(path, sizeof(path), ETC_NETNS "/%s", name);
	r = sys_open_dir(AT_FDCWD, path, &dir);
	if (r == -ENOENT || r == -ENOTDIR)
		return;
	while (r >= 0 && (r = sys_next_entry(dir, &entry)) > 0)
		bind_file(name, entry->d_name, sink);
	if (r == 0 || !sink->warn)
		return;
	error_set(&warning, LIBNS_STEP_MOUNT, -r, "cannot list '%s'", path);
	sink->warn(&warning, sink->data);
}

LIBNS_PUBLIC int libns_netns_enter(int run_fd, const char *name, libns_netns_warn_fn warn,
				   void *data, struct libns_error *err)
{
	static const struct attempt_call calls[] = {
		{ SYS_setns, "setns", UINT64_MAX, CLONE_NEWNET },
		{ SYS_unshare, "unshare", CLONE_NEWNS | CLONE_PTRACE, 0 },
		{ SYS_mount, "mount", 0, 0 },
		{ SYS_umount2, "umount2", 0, UINT64_MAX },
	};
	_cleanup_close_ int ns_fd = libns_netns_open(run_fd, name, err);
	const struct sink sink = { warn, data };
	int r;

	if (ns_fd < 0)
		return ns_fd;
	r = attempt_survive(calls, ARRAY_SIZE(calls), LIBNS_STEP_ENTER, err);
	if (r < 0)
		return r;
	if (setns(ns_fd, CLONE_NEWNET) < 0) {
		r = error_set(err, LIBNS_STEP_ENTER, errno, "cannot enter network namespace '%s'",
			      name);
		return error_types(err, LIBNS_TYPE_NET, r);
	}
	r = own_mounts(err);
	if (r < 0)
		return r;
	r = replace_sys(name, &sink, err);
	if (r < 0)
		return r;
	bind_etc(name, &sink);
	return 0;
}
