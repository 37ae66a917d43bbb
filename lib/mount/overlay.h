/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_MOUNT_OVERLAY_H
#define LIBNS_MOUNT_OVERLAY_H

#include "kernel/mount.h"
#include "mount/build.h"

#define OVERLAY_OPTIONS 4

/* Bytes that the options of an overlay take: a name in /proc for each layer, and their keys. */
static inline size_t overlay_room(size_t n_layers)
{
	return (n_layers + 3) * (MOUNT_LINK_SIZE + 32);
}

/*
 * Gives an overlay its options, in the room that was made for them. One in memory needs a file
 * system for what is changed: it is attached to the directory, and is what the overlay covers.
 * Return: what the overlay is to be attached to, @dir_fd or another descriptor; or a negative errno.
 */
int overlay_prepare(struct build *build, struct mount_op *op, int dir_fd, struct libns_error *err);

#endif
