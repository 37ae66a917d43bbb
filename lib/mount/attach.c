/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Opening sources, making file systems, and attaching both: by descriptor where the kernel can do
 * that.
 *
 * Theory of operation
 *
 * A tree that is attached nowhere is restricted first and attached then, to a descriptor: no
 * path is looked up a second time. Where open_tree(2), fsopen(2) or move_mount(2) is missing,
 * mount(2) does it with names in /proc/thread-self/fd. What it has mounted lies over the target
 * then, and only a path leads to it. Whoever can write there could have changed that path
 * meanwhile: so what is found must be on another mount than the target, and must be the source
 * if there is one.
 *
 * Where mount_setattr(2) is missing the flags are set by mount(2), after the mount was attached.
 * Nobody else is in the mount namespace who could use it before.
 */

#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/mount.h"
#include "kernel/tree.h"
#include "mount/build.h"

static bool is_refused(int r)
{
	return r == -ENOSYS || r == -EPERM;
}

static int failed(const struct mount_op *op, int r, struct libns_error *err)
{
	const char *target = op->target ? op->target : "/";

	if (op->kind == MOUNT_OVERLAY && r == -EINVAL)
		return error_say(
			err, LIBNS_STEP_MOUNT, EINVAL,
			"cannot mount an overlay on '%s': one of its directories is on a "
			"file system that cannot be a layer, or something is mounted below it",
			target);
	if (op->type)
		return error_set(err, LIBNS_STEP_MOUNT, -r, "cannot mount %s %s on '%s'",
				 op->kind == MOUNT_OVERLAY ? "an" : "a",
				 strcmp(op->type, "proc") ? op->type : "procfs", target);
	return error_set(err, LIBNS_STEP_MOUNT, -r, "cannot mount '%s' on '%s'",
			 op->source ? op->source : "a tree of mounts", target);
}

/* Whether @fd is the file that the caller has opened, seen from this mount namespace. */
static int check_source(const struct mount_op *op, int fd, struct libns_error *err)
{
	struct stat meant, found;

	if (fstat(op->fd, &meant) < 0 || fstat(fd, &found) < 0)
		return failed(op, -errno, err);
	if (meant.st_dev != found.st_dev || meant.st_ino != found.st_ino)
		return error_say(err, LIBNS_STEP_MOUNT, ESTALE,
				 "cannot mount '%s': another file has taken its place meanwhile",
				 op->source);
	return 0;
}

int build_take_source(const struct build *build, struct mount_op *op, int fd,
		      struct libns_error *err)
{
	int tree = -ENOSYS;

	/* Only a bind can be taken as a tree: a layer of an overlay has to be attached somewhere. */
	if (build->has_trees && op->kind == MOUNT_BIND)
		tree = sys_open_tree(fd, "", AT_EMPTY_PATH | SYS_TREE_RECURSIVE);
	op->is_tree = tree >= 0;
	if (is_refused(tree))
		tree = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	op->here_fd = tree;
	return tree < 0 ? failed(op, tree, err) : 0;
}

int build_open_source(const struct build *build, struct mount_op *op, struct libns_error *err)
{
	_cleanup_close_ int fd = -1;
	int r;

	/* In one call where that can be done; why it cannot, the other way finds out. */
	if (build->has_trees && op->kind == MOUNT_BIND)
		fd = sys_open_tree(AT_FDCWD, op->source, AT_NO_AUTOMOUNT | SYS_TREE_RECURSIVE);
	if (fd >= 0) {
		r = check_source(op, fd, err);
		op->is_tree = r == 0;
		op->here_fd = r == 0 ? TAKE_FD(fd) : -1;
		return r;
	}
	fd = sys_open_at(AT_FDCWD, op->source, O_PATH);
	if (fd < 0)
		return error_set(err, LIBNS_STEP_MOUNT, -fd,
				 "cannot open '%s' with the rights of the new namespaces",
				 op->source);
	r = check_source(op, fd, err);
	return r < 0 ? r : build_take_source(build, op, fd, err);
}

/*
 * What is mounted over the target of @op now. The path of the new root may end with "." or "..",
 * which does not lead to what covers a directory: so the kernel is asked for another one.
 */
static int open_mounted(const struct build *build, const struct mount_op *op, int target_fd)
{
	char link[MOUNT_LINK_SIZE], path[PATH_MAX];
	ssize_t n;

	if (op->is_link)
		return build_resolve_link(build, op->target);
	if (op->target && !mount_is_root(op->target))
		return build_resolve(build, op->target);
	n = readlink(mount_fd_link(target_fd, link), path, sizeof(path));
	if (n < 0)
		return -errno;
	if ((size_t)n == sizeof(path))
		return -ENAMETOOLONG;
	path[n] = '\0';
	/* From the root of the process ".." leads to the root again, and to what covers it. */
	return sys_open_at(AT_FDCWD, mount_is_root(path) ? "/.." : path, O_PATH);
}

/* Opens what mount(2) has put over @target_fd, and checks that it is @source_fd; that is -1 for a
 * new file system, which has no source. */
static int take_mounted(const struct build *build, struct mount_op *op, int target_fd,
			int source_fd)
{
	const unsigned int mask = SYS_STATX_INO | SYS_STATX_MNT_ID;
	_cleanup_close_ int fd = open_mounted(build, op, target_fd);
	struct sys_statx source, target, found;
	int r = fd < 0 ? fd : sys_statx(fd, "", AT_EMPTY_PATH, mask, &found);

	if (r == 0)
		r = sys_statx(target_fd, "", AT_EMPTY_PATH, mask, &target);
	if (r == 0 && source_fd >= 0)
		r = sys_statx(source_fd, "", AT_EMPTY_PATH, SYS_STATX_INO, &source);
	if (r < 0)
		return r;
	/* Only the file is to be the same, not the mount. */
	source.mask = 0;
	if (sys_statx_same(&target, &found) || (source_fd >= 0 && !sys_statx_same(&source, &found)))
		return -ESTALE;
	base_close(op->here_fd);
	op->here_fd = TAKE_FD(fd);
	return 0;
}

static int mount_by_path(const struct build *build, struct mount_op *op, int target_fd)
{
	char from[MOUNT_LINK_SIZE], to[MOUNT_LINK_SIZE];
	int r;

	mount_fd_link(target_fd, to);
	if (op->type)
		r = mount(op->type, to, op->type, tree_mount_flags(op->flags), op->data);
	else
		r = mount(mount_fd_link(op->here_fd, from), to, NULL, MS_BIND | MS_REC, NULL);
	return r < 0 ? -errno : take_mounted(build, op, target_fd, op->here_fd);
}

/* Makes a new file system, as a tree in @op->here_fd. Return: 0, or a negative errno, without a
 * sentence where is_refused() says that mount(2) is to be tried instead. */
static int make_fs(struct mount_op *op, struct libns_error *err)
{
	_cleanup_close_ int fs = sys_fs_open(op->type);
	int r = fs < 0 ? fs : sys_fs_set(fs, "source", op->type);

	for (size_t i = 0; i < op->n_options && r == 0; i++) {
		r = sys_fs_set(fs, op->options[i].key, op->options[i].value);
		if (r < 0 && !is_refused(r) && op->kind == MOUNT_FS)
			return error_set(err, LIBNS_STEP_MOUNT, -r,
					 "cannot mount a %s on '%s' with the option '%s'", op->type,
					 op->target, op->options[i].key);
	}
	if (r == 0)
		r = sys_fs_mount(fs, tree_attributes(op->flags));
	if (r < 0)
		return is_refused(r) ? r : failed(op, r, err);
	op->here_fd = r;
	op->is_tree = true;
	return 0;
}

static int restrict_mounted(const struct mount_op *op, uint64_t flags, bool all,
			    struct libns_error *err)
{
	int r = tree_restrict_mounted(op->here_fd, flags, all);

	if (r == -EOPNOTSUPP)
		return error_say(err, LIBNS_STEP_MOUNT, EOPNOTSUPP,
				 "cannot restrict '%s' with all that is mounted below it: "
				 "mount_setattr(2) is missing or refused",
				 op->source ? op->source : op->target);
	return r < 0 ? failed(op, r, err) : 0;
}

int build_make_read_only(const struct mount_op *op, bool all, struct libns_error *err)
{
	int r = tree_restrict(op->here_fd, LIBNS_TREE_READ_ONLY, all);

	if (is_refused(r))
		return restrict_mounted(op, LIBNS_TREE_READ_ONLY, all, err);
	return r < 0 ? failed(op, r, err) : 0;
}

int build_attach(struct build *build, struct mount_op *op, int target_fd, struct libns_error *err)
{
	/* A file system has its flags from the beginning. */
	uint64_t flags = op->type ? 0 : op->flags;
	bool late = false;
	int r = 0;

	if (op->type && build->has_trees)
		r = make_fs(op, err);
	if (r < 0 && !is_refused(r))
		return r;
	if (!op->is_tree) {
		r = mount_by_path(build, op, target_fd);
		if (r < 0)
			return failed(op, r, err);
	}
	if (flags)
		r = tree_restrict(op->here_fd, flags, true);
	late = is_refused(r);
	if (r < 0 && !late)
		return failed(op, r, err);
	if (op->is_tree) {
		r = sys_move_tree(op->here_fd, target_fd, "");
		if (r < 0)
			return failed(op, r, err);
		op->is_tree = false;
	}
	return late ? restrict_mounted(op, flags, true, err) : 0;
}
