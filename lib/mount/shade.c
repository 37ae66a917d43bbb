/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What is mounted over what is hidden: an empty directory and an empty file of mode 0.
 *
 * Both are made in a file system that the plan has mounted, if there is one to which names can
 * be added, and lose their names when all is covered. Else they get a file system of their own,
 * which lies on the root meanwhile, since only what is attached can be mounted once more (before
 * Linux 6.15). To detach that costs more than all the rest: the kernel waits for all processors.
 */

#include "mount/shade.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"

#define NAME_OF_DIR  "libns-empty-dir"
#define NAME_OF_FILE "libns-empty-file"

static int failed(int r, struct libns_error *err)
{
	return error_set(err, LIBNS_STEP_MOUNT, -r, "cannot make what hides files");
}

/* Return: 0, or a negative errno, and then neither is there. */
static int make_both(int dir_fd)
{
	int file, r;

	if (mkdirat(dir_fd, NAME_OF_DIR, 0) < 0)
		return -errno;
	file = openat(dir_fd, NAME_OF_FILE, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
	if (file >= 0) {
		close(file);
		return 0;
	}
	r = -errno;
	unlinkat(dir_fd, NAME_OF_DIR, AT_REMOVEDIR);
	return r;
}

static int make(struct shade *shade, struct build *build, struct libns_error *err)
{
	const struct libns_mount_plan *plan = build->plan;
	int r;

	/* One that is read-only or full, or has such a name already, is of no use. */
	for (size_t i = 0; i < plan->n; i++)
		if (plan->ops[i].kind == MOUNT_FS && plan->ops[i].is_made &&
		    make_both(plan->ops[i].here_fd) == 0) {
			shade->fd = plan->ops[i].here_fd;
			return 0;
		}
	r = build_attach(build, &shade->own, build->root_fd, err);
	if (r < 0)
		return r;
	shade->fd = shade->own.here_fd;
	r = make_both(shade->fd);
	return r < 0 ? failed(r, err) : 0;
}

int shade_open(struct shade *shade, struct build *build, bool is_dir, struct libns_error *err)
{
	int r = shade->fd < 0 ? make(shade, build, err) : 0;

	if (r < 0)
		return r;
	r = sys_open_at(shade->fd, is_dir ? NAME_OF_DIR : NAME_OF_FILE, O_PATH | O_NOFOLLOW);
	return r < 0 ? failed(r, err) : r;
}

int shade_remove(struct shade *shade, struct libns_error *err)
{
	int r = 0;

	if (shade->fd < 0)
		return 0;
	if (shade->fd == shade->own.here_fd)
		r = fchdir(shade->fd) < 0 || umount2(".", MNT_DETACH) < 0 ? -errno : 0;
	else if (unlinkat(shade->fd, NAME_OF_DIR, AT_REMOVEDIR) < 0 ||
		 unlinkat(shade->fd, NAME_OF_FILE, 0) < 0)
		r = -errno;
	base_close(shade->own.here_fd);
	return r < 0 ? failed(r, err) : 0;
}
