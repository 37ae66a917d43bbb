/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_MOUNTS_PRIVATE_H
#define LIBNS_MOUNTS_PRIVATE_H

#include <libns/mounts.h>

/* Whether mounts could not be read for want of libmount, not for want of /proc. */
bool mounts_lack_library(int r);

#endif
