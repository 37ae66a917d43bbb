/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SCAN_KEPT_H
#define LIBNS_SCAN_KEPT_H

/* Descriptors of namespaces that are hard to reach, kept open as long as the snapshot. */

#include <stddef.h>

struct libns_node;

struct scan_kept {
	struct scan_kept_entry {
		const struct libns_node *node;
		int fd;
	} * list;
	size_t n;
};

/* Keeps a duplicate of @fd, if there is room. */
void scan_keep(struct scan_kept *kept, const struct libns_node *node, int fd);

/* Return: a descriptor, which still belongs to @kept, or -1 if there is none. */
int scan_kept_fd(const struct scan_kept *kept, const struct libns_node *node);

void scan_close_kept(struct scan_kept *kept);

#endif
