/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Overlays: several directories seen as one, and changes that are thrown away.
 *
 * Layers are named by their descriptors in /proc. So a colon or a comma in a name means
 * nothing, nobody can exchange a directory meanwhile, and the table of mounts, which
 * the program can read, shows no path of the host.
 *
 * An overlay in memory covers the directory that is its only layer. Its file system for changes
 * lies between the two, where nobody can reach it: attached to the directory, and covered by the
 * overlay. It has to be attached, because before Linux 6.15 the kernel takes no layer from a tree
 * that is attached nowhere.
 *
 * nosuid, nodev and the like are flags of a mount, and an overlay is a new mount. It takes over
 * those of its layers; otherwise a set-user-ID program on a removable disk would have its rights
 * again.
 */

#include "mount/overlay.h"

#include <string.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/tree.h"

static int failed(const struct mount_op *op, int r, struct libns_error *err)
{
	return error_set(err, LIBNS_STEP_MOUNT, -r, "cannot mount an overlay on '%s'", op->target);
}

/* Writes a value into @op->words, and adds it with its key to both forms of the options. */
static void add_option(struct mount_op *op, size_t *used, const char *key, const char *format,
		       int fd)
{
	const size_t room = overlay_room(op->n_layers);
	char *value = op->words + *used;
	size_t n = strlen(op->data);

	if (format) {
		error_format(value, room - *used, format, fd);
		*used += strlen(value) + 1;
	}
	op->options[op->n_options++] = (struct mounts_option){ key, format ? value : NULL };
	error_format(op->data + n, room - n, format ? "%s%s=%s" : "%s%s", n ? "," : "", key, value);
}

/* Adds the restrictions of a layer. If they cannot be found out the overlay is not made, because it
 * would lack them. */
static int restrict_as(struct mount_op *op, int layer_fd, struct libns_error *err)
{
	int r = tree_flags_of(layer_fd, &op->flags);

	return r < 0 ? error_set(err, LIBNS_STEP_MOUNT, -r,
				 "cannot find out how the layers of '%s' are mounted", op->target)
		     : 0;
}

/* Return: @dir_fd, or a negative errno. */
static int add_layers(struct mount_op *op, size_t *used, int dir_fd, struct libns_error *err)
{
	const size_t room = overlay_room(op->n_layers);
	char link[MOUNT_LINK_SIZE], *value = op->words;
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < op->n_layers && r == 0; i++) {
		const struct mount_op *layer = op - op->n_layers + i;

		error_format(value + n, room - n, "%s%s", n ? ":" : "",
			     mount_fd_link(layer->here_fd, link));
		n += strlen(value + n);
		r = restrict_as(op, layer->here_fd, err);
	}
	*used = n + 1;
	op->options[op->n_options++] = (struct mounts_option){ "lowerdir", value };
	error_format(op->data, room, "lowerdir=%s", value);
	return r < 0 ? r : dir_fd;
}

/* The directory for changes becomes the root of the overlay, so it gets the mode and owner of the
 * layer. */
static int make_dirs(int tmpfs_fd, int layer_fd)
{
	struct stat st;

	if (fstat(layer_fd, &st) < 0 || mkdirat(tmpfs_fd, "upper", 0700) < 0 ||
	    mkdirat(tmpfs_fd, "work", 0700) < 0 ||
	    fchmodat(tmpfs_fd, "upper", st.st_mode & 07777, 0) < 0)
		return -errno;
	/* An owner without a number here is shown as nobody, and no file can be given to nobody. */
	(void)!fchownat(tmpfs_fd, "upper", st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW);
	return 0;
}

static int prepare_memory(struct build *build, struct mount_op *op, int dir_fd, size_t *used,
			  struct libns_error *err)
{
	struct mount_op tmpfs = { .kind = MOUNT_FS, .type = "tmpfs", .fd = -1, .here_fd = -1 };
	int r = restrict_as(op, dir_fd, err);

	if (r < 0)
		return r;
	/* The changes are not made to the directory. */
	op->flags &= ~LIBNS_TREE_READ_ONLY;
	tmpfs.target = op->target;
	tmpfs.flags = LIBNS_TREE_NOSUID | LIBNS_TREE_NODEV;
	r = build_attach(build, &tmpfs, dir_fd, err);
	if (r == 0) {
		r = make_dirs(tmpfs.here_fd, dir_fd);
		if (r < 0)
			failed(op, r, err);
	}
	if (r < 0) {
		base_close(tmpfs.here_fd);
		return r;
	}
	add_option(op, used, "lowerdir", "/proc/thread-self/fd/%d", dir_fd);
	add_option(op, used, "upperdir", "/proc/thread-self/fd/%d/upper", tmpfs.here_fd);
	add_option(op, used, "workdir", "/proc/thread-self/fd/%d/work", tmpfs.here_fd);
	return tmpfs.here_fd;
}

int overlay_prepare(struct build *build, struct mount_op *op, int dir_fd, struct libns_error *err)
{
	size_t used = 0;
	int r;

	op->n_options = 0;
	*op->data = '\0';
	if (op->n_layers)
		r = add_layers(op, &used, dir_fd, err);
	else
		r = prepare_memory(build, op, dir_fd, &used, err);
	/* There files can have only those extended attributes that begin with "user.". */
	if (r >= 0 && sys_is_in_user_ns())
		add_option(op, &used, "userxattr", NULL, 0);
	return r;
}

LIBNS_PUBLIC int libns_mount_plan_add_overlay(struct libns_mount_plan *plan,
					      const char *const *layers, size_t n,
					      const char *target, struct libns_error *err)
{
	int r = 0;

	if (n < 2)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "an overlay needs two layers, for one a bind will do");
	for (size_t i = 0; i < n && r == 0; i++)
		r = mount_plan_add_layer(plan, layers[i], target, err);
	return r < 0 ? r : mount_plan_add_overlay(plan, n, target, err);
}

LIBNS_PUBLIC int libns_mount_plan_add_tmp_overlay(struct libns_mount_plan *plan, const char *target,
						  struct libns_error *err)
{
	return mount_plan_add_overlay(plan, 0, target, err);
}
