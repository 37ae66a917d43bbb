/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_NETNS_STALE_H
#define LIBNS_NETNS_STALE_H

#include <libns/netns.h>

/*
 * Whether nothing is bound on a name, here or elsewhere, and nobody is about to do so: a file that
 * is younger than a second may be one that ip(8) has just made. Return: 1; 0; or a negative errno if
 * that cannot be told: -EACCES if other mount namespaces may not be looked at.
 */
int netns_is_stale(int dir_fd, const char *name);

/* Removes such a name. Return: 0; 1 if it is not stale any more, or gone; -errno with the sentence. */
int netns_remove_stale(int run_fd, const char *name, struct libns_error *err);

#endif
