/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Owners and parents, asked once for each namespace and followed to the top:
 * on the way namespaces turn up that nothing else leads to.
 *
 * A namespace is opened through one of its holders, and only what is proven to
 * be the very inode is asked: the holder may have changed since the scan.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base.h"
#include "scan-source.h"
#include "sys.h"

struct libns_node *scan_node_of_fd(struct libns_scan *scan, int ns_fd)
{
	struct libns_node *node;
	struct stat st;
	int bit;

	if (fstat(ns_fd, &st) < 0)
		return NULL;
	node = model_find(&scan->model, st.st_ino);
	if (node)
		return node;
	bit = ioctl(ns_fd, NS_GET_NSTYPE);
	return bit < 0 ? NULL : model_add(&scan->model, model_type_index((uint64_t)bit), st.st_ino);
}

/* The namespace an ioctl leads to, with its own relations. Depth is limited to 32 by the kernel. */
static struct libns_node *follow(struct libns_scan *scan, int ns_fd, unsigned long request)
{
	_cleanup_close_ int fd = ioctl(ns_fd, request);
	struct libns_node *node;

	if (fd < 0)
		return NULL;
	node = scan_node_of_fd(scan, fd);
	if (node)
		scan_relate(scan, node, fd);
	return node;
}

int scan_relate(struct libns_scan *scan, struct libns_node *node, int ns_fd)
{
	uint64_t type = libns_type_at((size_t)node->type);
	uid_t uid;

	if (node->related)
		return 0;
	node->related = true;
	if (type == LIBNS_TYPE_USER && ioctl(ns_fd, NS_GET_OWNER_UID, &uid) == 0) {
		node->uid = uid;
		node->has_uid = true;
	}
	/* EPERM: the initial one, or above the caller's reach. */
	node->owner = follow(scan, ns_fd, NS_GET_USERNS);
	if (type == LIBNS_TYPE_USER)
		node->parent = node->owner;
	else if (type == LIBNS_TYPE_PID)
		node->parent = follow(scan, ns_fd, NS_GET_PARENT);
	return 0;
}

int scan_relations(struct libns_scan *scan)
{
	/* The array grows on the way: what is added has been related by then. */
	for (size_t i = 0; i < scan->model.n_nodes; i++) {
		struct libns_node *node = scan->model.nodes[i];
		_cleanup_close_ int fd = -1;

		if (node->related)
			continue;
		fd = scan_open_node(scan, node);
		if (fd >= 0)
			scan_relate(scan, node, fd);
		else
			scan->model.unseen[LIBNS_UNSEEN_RELATIONS]++;
	}
	return 0;
}
