/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SCAN_RELATE_H
#define LIBNS_SCAN_RELATE_H

/* What the kernel tells about the namespace behind an open descriptor. */

#include "scan/scan.h"

/* Finds the namespace behind an open descriptor, or adds it. Return: NULL without memory. */
struct libns_node *scan_node_of_fd(struct libns_scan *scan, int ns_fd);

/* Asks once for owner and parent, and follows both to the top. Return: 0 or a negative errno. */
int scan_relate(struct libns_scan *scan, struct libns_node *node, int ns_fd);

#endif
