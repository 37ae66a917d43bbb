/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_MOUNT_ID_H
#define LIBNS_MOUNT_ID_H

#include <stdint.h>

/* Both are async-signal-safe. /proc is read where statx(2) does not tell. */

/* The number of the mount that a descriptor lies on. Return: 0 or a negative errno. */
int mount_id_read(int fd, uint64_t *ret);

/* Whether two descriptors are of one file, seen through one mount. Return: that, or a negative
 * errno. */
int mount_is_same_place(int a_fd, int b_fd);

#endif
