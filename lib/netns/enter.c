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
#include "base/sized.h"
#include "base/sys.h"
#include "kernel/attempt.h"
#include "kernel/mount-copy.h"
#include "kernel/mount-peers.h"
#include "netns/dir.h"
#include "netns/etc.h"

#define FLAGS_KNOWN                                                                                \
	(LIBNS_NETNS_ENTER_FD | LIBNS_NETNS_ENTER_HERE | LIBNS_NETNS_ENTER_NO_SYSFS |              \
	 LIBNS_NETNS_ENTER_TRY_SYSFS)

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

static int check_options(const struct libns_netns_enter_options *o, struct libns_error *err)
{
	const uint64_t where = LIBNS_NETNS_ENTER_FD | LIBNS_NETNS_ENTER_HERE;

	if (o->flags & ~FLAGS_KNOWN)
		return error_unknown(err, "flag of entering", o->flags & ~FLAGS_KNOWN);
	if (o->etc > LIBNS_NETNS_ETC_OVERLAY)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "files of /etc in a way that does not exist");
	if (!o->name && !(o->flags & where))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no network namespace to enter");
	return o->name ? netns_check_name(o->name, err) : 0;
}

static int join(const struct libns_netns_enter_options *o, struct libns_error *err)
{
	_cleanup_close_ int named = -1;
	const char *name = o->name ? o->name : "without a name";
	int fd = o->ns_fd;

	if (o->flags & LIBNS_NETNS_ENTER_HERE)
		return 0;
	if (!(o->flags & LIBNS_NETNS_ENTER_FD))
		fd = named = libns_netns_open(o->run_fd, o->name, err);
	if (fd < 0)
		return fd;
	if (setns(fd, CLONE_NEWNET) == 0)
		return 0;
	return error_types(err, LIBNS_TYPE_NET,
			   error_set(err, LIBNS_STEP_ENTER, errno,
				     "cannot enter network namespace '%s'", name));
}

static int show_devices(const struct libns_netns_enter_options *o, struct libns_error *err)
{
	struct libns_error reason = LIBNS_ERROR_INIT;
	const struct sink sink = { o->warn, o->warn_data };
	int r;

	if (o->flags & LIBNS_NETNS_ENTER_NO_SYSFS)
		return 0;
	r = replace_sys(o->name ? o->name : "sysfs", &sink, &reason);
	if (r < 0 && (o->flags & LIBNS_NETNS_ENTER_TRY_SYSFS) && reason.code == EPERM) {
		if (o->warn)
			o->warn(&reason, o->warn_data);
		return 0;
	}
	if (r < 0 && err)
		*err = reason;
	return r;
}

static int enter(const struct libns_netns_enter_options *o, struct libns_error *err)
{
	static const struct attempt_call calls[] = {
		{ SYS_setns, "setns", UINT64_MAX, CLONE_NEWNET },
		{ SYS_unshare, "unshare", CLONE_NEWNS | CLONE_PTRACE, 0 },
		{ SYS_mount, "mount", 0, 0 },
		{ SYS_umount2, "umount2", 0, UINT64_MAX },
	};
	int r = attempt_survive(calls, ARRAY_SIZE(calls), LIBNS_STEP_ENTER, err);

	if (r == 0)
		r = join(o, err);
	if (r == 0)
		r = own_mounts(err);
	if (r == 0)
		r = show_devices(o, err);
	return r < 0 ? r : etc_install(o, err);
}

LIBNS_PUBLIC int libns_netns_enter_with(const struct libns_netns_enter_options *ask,
					struct libns_error *err)
{
	struct libns_netns_enter_options options;
	int r = base_copy_sized(&options, sizeof(options), ask, sizeof(ask->size),
				"the options of entering", err);

	if (r == 0)
		r = check_options(&options, err);
	return r < 0 ? r : enter(&options, err);
}

LIBNS_PUBLIC int libns_netns_enter(int run_fd, const char *name, libns_netns_warn_fn warn,
				   void *data, struct libns_error *err)
{
	struct libns_netns_enter_options options = LIBNS_NETNS_ENTER_OPTIONS_INIT;

	options.run_fd = run_fd;
	options.name = name;
	options.warn = warn;
	options.warn_data = data;
	return libns_netns_enter_with(&options, err);
}
