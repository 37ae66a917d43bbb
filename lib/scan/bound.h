/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SCAN_BOUND_H
#define LIBNS_SCAN_BOUND_H

/* Namespaces that nothing but a bind mount leads to. */

#include "scan/scan.h"

bool scan_is_bound(const struct model *model, const struct libns_node *node);

/*
 * Opens each of @nodes through its bind mounts, by a child that may get stuck. @take gets the index
 * and a descriptor, which then belongs to it, or a negative errno. If @take returns a negative
 * value, that ends the work. Return: 0 or a negative errno.
 */
int scan_open_each_bound(const struct libns_scan *scan, struct libns_node *const *nodes, size_t n,
			 int (*take)(void *data, size_t i, int fd), void *data);

/* Opens @node by whatever leads to it. Return: a descriptor that is proven to be @node, or
 * -errno. */
int scan_open_any(const struct libns_scan *scan, const struct libns_node *node);

#endif
