/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Owners and parents. They are asked for once for each namespace and followed
 * to the top, which finds namespaces that nothing else leads to.
 *
 * A namespace is opened through one of its holders. The holder may have changed
 * since the scan, so it is asked only if it is proven to be that very inode.
 * Namespaces that only have a bind mount come last, and one child opens all of
 * them.
 */

#include "base/base.h"
#include "base/sys.h"
#include "scan/bound.h"
#include "scan/open.h"
#include "scan/relate.h"
#include "scan/source.h"

/* Namespaces that only a bind mount leads to. */
struct bound {
	struct libns_scan *scan;
	struct libns_node **nodes;
	size_t n;
};

static int put_off(struct bound *bound, struct libns_node *node)
{
	struct libns_node **more = realloc(bound->nodes, (bound->n + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	bound->nodes = more;
	bound->nodes[bound->n++] = node;
	return 0;
}

static int relate_bound(void *data, size_t i, int fd)
{
	const struct bound *bound = data;
	struct libns_scan *scan = bound->scan;
	struct libns_node *node = bound->nodes[i];
	int r;

	if (fd < 0) {
		scan->model.unseen[LIBNS_UNSEEN_RELATIONS]++;
		return sys_is_shortage(fd) ? fd : 0;
	}
	r = scan_relate(scan, node, fd);
	/* It is likely to be opened again, to ask for its number (nsid). */
	if (libns_type_at((size_t)node->type) == LIBNS_TYPE_NET)
		scan_keep(&scan->kept, node, fd);
	close(fd);
	return r;
}

int scan_relations(struct libns_scan *scan)
{
	struct bound bound = { scan, NULL, 0 };
	int r = 0;

	/* The array grows during this loop; the relations of what is added are known already. */
	for (size_t i = 0; i < scan->model.n_nodes && r == 0; i++) {
		struct libns_node *node = scan->model.nodes[i];
		_cleanup_close_ int fd = -1;

		if (node->related)
			continue;
		fd = scan_open_node(scan, node);
		if (fd >= 0)
			r = scan_relate(scan, node, fd);
		else if (sys_is_failure(fd))
			r = fd;
		else if (scan_is_bound(&scan->model, node))
			r = put_off(&bound, node);
		else
			scan->model.unseen[LIBNS_UNSEEN_RELATIONS]++;
	}
	if (r == 0)
		r = scan_open_each_bound(scan, bound.nodes, bound.n, relate_bound, &bound);
	free(bound.nodes);
	return r;
}
