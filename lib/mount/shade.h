/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_MOUNT_SHADE_H
#define LIBNS_MOUNT_SHADE_H

#include "mount/build.h"

/* The empty directory and the empty file that are mounted over what is hidden. */
struct shade {
	int fd; /* the directory in which they are; -1: not yet made */
	struct mount_op own;
};

#define SHADE_INIT                                                                                 \
	{                                                                                          \
		.fd = -1,                                                                          \
		.own = {.kind = MOUNT_FS,                                                          \
			.type = "tmpfs",                                                           \
			.target = (char[]){ "/" },                                                 \
			.fd = -1,                                                                  \
			.here_fd = -1 }                                                            \
	}

/* Makes them if they are not there yet. Return: one of the two (O_PATH), or a negative errno. */
int shade_open(struct shade *shade, struct build *build, bool is_dir, struct libns_error *err);

/* Afterwards they have no names any more. What was mounted over other things stays. */
int shade_remove(struct shade *shade, struct libns_error *err);

#endif
