/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SCAN_OPEN_H
#define LIBNS_SCAN_OPEN_H

#include "scan/scan.h"

/* Opens @node through one of the processes that hold it. Return: a descriptor that is proven to
 * be @node, or -errno. */
int scan_open_node(const struct libns_scan *scan, const struct libns_node *node);

#endif
