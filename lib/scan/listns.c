/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What the kernel itself lists: listns(2), since Linux 6.19, tells the id of
 * every namespace that something visible to user space keeps alive, also where
 * no holder can be read. The id is opened as a file handle of nsfs, which
 * depends on nobody.
 *
 * The other sources still have to find who is inside and what holds it. On
 * kernels without the call nothing happens, and nothing is counted as unseen,
 * because it cannot be known whether there is more.
 */

#include "kernel/listns.h"

#include "base/base.h"
#include "base/sys.h"
#include "scan/relate.h"
#include "scan/source.h"

static int visit(struct libns_scan *scan, uint64_t id)
{
	_cleanup_close_ int fd = listns_open(&(struct listns_handle){ id, 0, 0 });
	size_t n = scan->model.n_nodes;
	struct libns_node *node;

	/* It is gone meanwhile. */
	if (fd < 0)
		return sys_is_shortage(fd) ? fd : 0;
	node = scan_node_of_fd(scan, fd);
	if (!node)
		return -ENOMEM;
	/* No other source has found it, so this descriptor is the only way to it. */
	if (scan->model.n_nodes > n)
		scan_keep(&scan->kept, node, fd);
	return scan->sources & LIBNS_SCAN_RELATIONS ? scan_relate(scan, node, fd) : 0;
}

int scan_listns(struct libns_scan *scan)
{
	uint64_t ids[512], last = 0;
	int r = 0;

	for (;;) {
		ssize_t n = listns_read(last, scan->links, ids, ARRAY_SIZE(ids));

		/* If asked for ids behind the last one, Linux 7.2 says that there are none. */
		if (n == -ENOENT && last)
			return 0;
		/* A kernel that has begun to answer has the call, so this is another failure. */
		if (n <= 0)
			return n < 0 && (last || sys_is_shortage(n)) ? (int)n : 0;
		for (ssize_t i = 0; i < n && r == 0; i++)
			r = visit(scan, ids[i]);
		/* Ids ascend. With one that does not, this loop would never end. */
		if (r < 0 || ids[n - 1] <= last)
			return r;
		last = ids[n - 1];
	}
}
