/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Carrying out a plan of mounts.
 *
 * Theory of operation
 *
 *   sources      all are opened while nothing is covered yet
 *   new root     a copy of its mounts, attached to the directory itself: there is no place that
 *                has to be found or made for it, and the descriptor is the handle for all
 *                that follows
 *   operations   in order, each below that descriptor
 *   read-only    file systems that were empty at first, now that everything is in them
 *   covers       what is protected and hidden comes last, so that nothing lies above it
 *   switch       pivot_root(".", ".") puts the new root in the place of the old one and the old
 *                one on top of it, from where it is detached. No path leads back, whereas
 *                a process that is root inside can leave a chroot(2). The descriptors of the
 *                sources would lead back, and are closed
 *
 * A process in a chroot has another root than its mount namespace, and pivot_root(2) refuses it.
 * Joining the mount namespace one is in leads out of it.
 */

#include "mount/build.h"

#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/mount-copy.h"
#include "kernel/mount-id.h"
#include "mount/overlay.h"

static const char *root_name(const struct build *build)
{
	const char *root = build->plan->root.source;

	return root ? root : "what is mounted on it";
}

static int root_failed(const struct build *build, int r, struct libns_error *err)
{
	return error_set(err, LIBNS_STEP_ROOT, -r, "cannot change the root to '%s'",
			 root_name(build));
}

static int open_sources(struct build *build, struct libns_error *err)
{
	struct libns_mount_plan *plan = build->plan;
	int r = plan->root.source ? build_open_source(build, &plan->root, err) : 0;

	for (size_t i = 0; i < plan->n && r == 0; i++)
		if (plan->ops[i].kind == MOUNT_BIND || plan->ops[i].kind == MOUNT_LAYER)
			r = build_open_source(build, &plan->ops[i], err);
	return r;
}

static int begin(struct build *build, struct libns_error *err)
{
	struct mount_op *root = &build->plan->root;
	_cleanup_close_ int place = -1;
	int r;

	/* No tree has the descriptor -1. This only finds out whether the call exists and is allowed. */
	r = sys_move_tree(-1, -1, "");
	build->has_trees = r != -ENOSYS && r != -EPERM;
	r = open_sources(build, err);
	if (r < 0)
		return r;
	place = sys_open_at(AT_FDCWD, root->source ? root->source : "/", O_PATH);
	if (place < 0)
		return root_failed(build, place, err);
	if (root->source) {
		r = build_attach(build, root, place, err);
		build->has_root = true;
	} else {
		root->here_fd = TAKE_FD(place);
	}
	build->root_fd = root->here_fd;
	return r;
}

/* The mode of a new file system is that of the directory that it covers: /tmp stays /tmp. */
static int copy_mode(struct mount_op *op, int target_fd, struct libns_error *err)
{
	struct stat st;

	for (size_t i = 0; i < op->n_options; i++)
		if (!strcmp(op->options[i].key, "mode"))
			return 0;
	if (fstat(target_fd, &st) < 0 || fchmodat(op->here_fd, ".", st.st_mode & 07777, 0) < 0)
		return error_set(err, LIBNS_STEP_MOUNT, errno, "cannot set the mode of '%s'",
				 op->target);
	return 0;
}

static int note_made(struct mount_op *op, int target_fd, struct libns_error *err)
{
	struct stat st;
	bool overlay = op->kind == MOUNT_OVERLAY && !op->n_layers;

	if (!overlay && (op->kind != MOUNT_FS || strcmp(op->type, "tmpfs") != 0))
		return 0;
	if (fstat(op->here_fd, &st) < 0)
		return error_set(err, LIBNS_STEP_MOUNT, errno, "cannot look at '%s'", op->target);
	op->is_made = true;
	op->made_on = st.st_dev;
	return overlay ? 0 : copy_mode(op, target_fd, err);
}

/* Refuses to mount over the root by another name: the mount would not be seen, because only the
 * target "/" makes a mount the new root. */
static int check_root(const struct build *build, const struct mount_op *op, int target_fd,
		      struct libns_error *err)
{
	int r;

	if (mount_is_root(op->target))
		return 0;
	r = mount_is_same_place(build->root_fd, target_fd);
	if (r < 0)
		return error_set(err, LIBNS_STEP_MOUNT, -r, "cannot look at '%s'", op->target);
	if (r)
		return error_say(err, LIBNS_STEP_MOUNT, EBUSY,
				 "'%s' leads to the root itself, which is written '/'", op->target);
	return 0;
}

/*
 * Whether something may still be made in a new file system. A sysfs has everything from the beginning,
 * and the kernel may allow none that is writable: where the one that is there is read-only.
 */
static bool is_filled_late(const struct mount_op *op)
{
	return op->kind == MOUNT_FS && strcmp(op->type, "sysfs") != 0;
}

static int attach(struct build *build, struct mount_op *op, struct libns_error *err)
{
	_cleanup_close_ int target = -1, dir = -1;
	uint64_t flags = op->flags;
	struct stat st = { .st_mode = S_IFDIR };
	bool is_new;
	int r;

	if (op->kind == MOUNT_TREE) {
		op->here_fd = fcntl(op->fd, F_DUPFD_CLOEXEC, 3);
		op->is_tree = true;
	}
	if (!op->type && fstat(op->here_fd, &st) < 0)
		return error_set(err, LIBNS_STEP_MOUNT, errno, "cannot mount on '%s'", op->target);
	target = build_open_target(build, op->target, S_ISDIR(st.st_mode), &is_new, err);
	if (target < 0 || !is_new || op->kind == MOUNT_OVERLAY)
		build_forget_parent(build);
	r = target < 0 ? target : is_new ? 0 : check_root(build, op, target, err);
	if (r < 0)
		return r;
	if (op->kind == MOUNT_OVERLAY) {
		dir = TAKE_FD(target);
		target = overlay_prepare(build, op, dir, err);
		if (target < 0)
			return target;
		if (target == dir)
			dir = -1;
		flags = op->flags;
	}
	/* A new file system is still empty: finish() makes it read-only when everything is in it. */
	if (is_filled_late(op))
		op->flags &= ~LIBNS_TREE_READ_ONLY;
	r = build_attach(build, op, target, err);
	op->flags = flags;
	if (r == 0)
		r = note_made(op, target, err);
	if (r < 0 || !mount_is_root(op->target))
		return r;
	build->root_fd = op->here_fd;
	build->has_root = true;
	return 0;
}

static int make_dir(const struct build *build, const struct mount_op *op, struct libns_error *err)
{
	int fd = build_open_target(build, op->target, true, NULL, err);

	base_close(fd);
	return fd < 0 ? fd : 0;
}

static int take(struct build *build, struct mount_op *op, struct libns_error *err)
{
	switch (op->kind) {
	case MOUNT_DIR:
		return make_dir(build, op, err);
	case MOUNT_FILE:
		return build_make_file(build, op->fd, op->target, err);
	case MOUNT_LAYER:
		/* Opened already. */
		return 0;
	case MOUNT_SYMLINK:
		return build_make_link(build, op->source, op->target, err);
	default:
		return attach(build, op, err);
	}
}

static int finish(struct build *build, struct libns_error *err)
{
	struct libns_mount_plan *plan = build->plan;
	int r = 0;

	for (size_t i = 0; i < plan->n && r == 0; i++)
		if (is_filled_late(&plan->ops[i]) && (plan->ops[i].flags & LIBNS_TREE_READ_ONLY))
			r = build_make_read_only(&plan->ops[i], false, err);
	return r;
}

static int pivot(int root_fd)
{
	return fchdir(root_fd) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ? -errno : 0;
}

static int switch_root(struct build *build, struct libns_error *err)
{
	int r = pivot(build->root_fd);

	if (r == -EINVAL && mount_copy_leave_chroot() == 0)
		r = pivot(build->root_fd);
	if (r == -EINVAL)
		return error_say(
			err, LIBNS_STEP_ROOT, EINVAL,
			"cannot change the root to '%s': the present one is no mount that could "
			"be exchanged, as in an initial RAM file system",
			root_name(build));
	if (r < 0)
		return error_set(err, LIBNS_STEP_ROOT, -r,
				 "cannot change the root to '%s' with pivot_root",
				 root_name(build));
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return root_failed(build, -errno, err);
	return 0;
}

static void close_all(const struct build *build)
{
	struct libns_mount_plan *plan = build->plan;

	for (size_t i = 0; i < plan->n; i++)
		plan->ops[i].here_fd = base_close(plan->ops[i].here_fd);
	plan->root.here_fd = base_close(plan->root.here_fd);
	base_close(build->closed_fd);
}

/* These are descriptors of the old root, and lead back to it. */
static void forget_sources(struct libns_mount_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		mount_op_close(&plan->ops[i]);
	mount_op_close(&plan->root);
}

int mount_plan_carry_out(struct libns_mount_plan *plan, bool is_closed_later,
			 int (*before_switch)(void *data, struct libns_error *err), void *data,
			 struct libns_error *err)
{
	struct build_parent parent;
	struct build build = { .plan = plan, .root_fd = -1, .closed_fd = -1, .parent = &parent };
	int r = begin(&build, err);

	/* Not all of it: pages of the stack that nobody needs would be made. */
	parent.fd = -1;

	for (size_t i = 0; i < plan->n && r == 0; i++)
		r = take(&build, &plan->ops[i], err);
	build_forget_parent(&build);
	if (r == 0)
		r = finish(&build, err);
	if (r == 0 && plan->n_covers)
		r = build_cover(&build, err);
	if (r == 0)
		r = before_switch(data, err);
	if (r == 0 && build.has_root)
		r = switch_root(&build, err);
	if (r == 0 && is_closed_later)
		return 0;
	close_all(&build);
	if (r == 0 && build.has_root)
		forget_sources(plan);
	return r;
}
