/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_MOUNT_BUILD_H
#define LIBNS_MOUNT_BUILD_H

#include <limits.h>

#include "mount/plan.h"

/* The directory in which the last operation has made something, on a file system of the plan. */
struct build_parent {
	char path[PATH_MAX];
	int fd;
};

/* A plan of mounts while it is carried out. All of this is async-signal-safe. */
struct build {
	struct libns_mount_plan *plan;
	int root_fd;    /* the new root so far, the present one if there is none; borrowed */
	bool has_root;  /* something has been mounted as the new root */
	bool has_trees; /* mounts can be put together by descriptor */
	int closed_fd;  /* what cover.c has put over the root, and is the root since; -1 */
	struct build_parent *parent;
};

/* Another directory may be at that place now. */
void build_forget_parent(const struct build *build);

/* Opens a path below the new root. Return: descriptor (O_PATH), or a negative errno. */
int build_resolve(const struct build *build, const char *target);
/* The same, where a link in the last place is not followed. */
int build_resolve_link(const struct build *build, const char *target);

/* Whether a directory is on a file system that the plan has made; or a negative errno. */
int build_is_made(const struct build *build, int dir_fd);

/*
 * Finds the target of an operation below the new root, a directory or something else; makes it
 * where that may be, and says so in @ret_is_new, unless NULL. Return: descriptor, or a negative
 * errno with a sentence.
 */
int build_open_target(const struct build *build, const char *target, bool is_dir, bool *ret_is_new,
		      struct libns_error *err);

/* Makes a file, and fills it with what can be read from a descriptor. */
int build_make_file(const struct build *build, int from_fd, const char *target,
		    struct libns_error *err);

/* Makes a symbolic link, unless it is there already. */
int build_make_link(const struct build *build, const char *text, const char *target,
		    struct libns_error *err);

/*
 * Opens the source of a bind in this mount namespace: as a tree if the kernel has trees, else the
 * file itself.
 */
int build_open_source(const struct build *build, struct mount_op *op, struct libns_error *err);
/* The same with a file that is open (O_PATH) and borrowed. */
int build_take_source(const struct build *build, struct mount_op *op, int fd,
		      struct libns_error *err);

/*
 * Attaches what an operation shows or makes to what @target_fd stands for. Afterwards
 * @op->here_fd is the root of what is mounted there.
 */
int build_attach(struct build *build, struct mount_op *op, int target_fd, struct libns_error *err);

/* Takes away the right to write to what is mounted, and perhaps to all that is mounted below it. */
int build_make_read_only(const struct mount_op *op, bool all, struct libns_error *err);

/* Covers what is protected and hidden, when all else is done; see mount/cover.c. */
int build_cover(struct build *build, struct libns_error *err);

#endif
