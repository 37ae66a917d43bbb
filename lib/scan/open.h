/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SCAN_OPEN_H
#define LIBNS_SCAN_OPEN_H

#include "scan/scan.h"

/* Whether the descriptor is that namespace. Return: 1, 0 or -errno. */
int scan_is_node(int fd, const struct libns_node *node);

/* Opens @node through one of the processes that hold it. Return: a descriptor that is proven to
 * be @node, or -errno. */
int scan_open_node(const struct libns_scan *scan, const struct libns_node *node);

/*
 * A duplicate of a descriptor of a thread, or -errno. By now the numbers may be those of another
 * process and file: the caller looks at what it is.
 */
int scan_take_fd(const struct libns_scan *scan, pid_t pid, pid_t tid, int fd);

#endif
