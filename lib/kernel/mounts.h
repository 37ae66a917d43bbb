/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_MOUNTS_PRIVATE_H
#define LIBNS_MOUNTS_PRIVATE_H

#include <libns/mounts.h>

/* Whether mounts could not be read for want of libmount, not for want of /proc. */
bool mounts_lack_library(int r);

/* One option of a file system: "size=1m". */
struct mounts_option {
	const char *key;
	const char *value; /* or NULL */
};

/*
 * Splits options of mount(8): those of the mount, which change *@flags (MS_*), and those of the
 * file system, *@ret_rest (free(3); NULL if there are none). What only mount(8) understands
 * is refused.
 */
int mounts_split_options(const char *text, unsigned long *flags, char **ret_rest,
			 struct libns_error *err);

/* The options of a file system one by one: free(3) the list and *@ret_words, to which it points. */
int mounts_list_options(const char *text, struct mounts_option **ret_list, size_t *ret_n,
			char **ret_words, struct libns_error *err);

#endif
