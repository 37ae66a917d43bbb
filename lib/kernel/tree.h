/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_TREE_PRIVATE_H
#define LIBNS_TREE_PRIVATE_H

#include <stdbool.h>

#include <libns/tree.h>

#define TREE_KNOWN_FLAGS ((LIBNS_TREE_NOSYMFOLLOW << 1) - 1)

/* Converts LIBNS_TREE_* to MOUNT_ATTR_*, without LIBNS_TREE_PRIVATE, which is none. */
uint64_t tree_attributes(uint64_t flags);

/* Converts LIBNS_TREE_* to MS_* of mount(2). */
unsigned long tree_mount_flags(uint64_t flags);

/* Converts MS_* back to LIBNS_TREE_*. */
uint64_t tree_flags(unsigned long ms);

/* Adds the LIBNS_TREE_* that the mount of a file has. Return: 0 or a negative errno. */
int tree_flags_of(int fd, uint64_t *flags);

/* Calls mount_setattr(2) for one mount or for all of a tree (@all). Async-signal-safe. */
int tree_restrict(int tree_fd, uint64_t flags, bool all);

/*
 * The same by mount(2) for a mount that is attached. It can be done for a single mount only:
 * -EOPNOTSUPP for @all if others are below it. Needs /proc. Async-signal-safe.
 */
int tree_restrict_mounted(int mount_fd, uint64_t flags, bool all);

#endif
