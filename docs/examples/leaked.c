/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Lists the network namespaces that no process is in, and what keeps each of them alive: a
 * descriptor that was never closed, a bind mount, a socket. Those with a name in /run/netns
 * are meant to be there; the others have leaked.
 */

#include <stdio.h>
#include <string.h>

#include <libns/libns.h>

static int show(const struct libns_scan *scan, const struct libns_node *node,
		struct libns_error *err)
{
	__attribute__((cleanup(libns_holders_freep))) struct libns_holders *holders = NULL;
	const struct libns_holder *h;

	if (libns_holders_new(scan, node, &holders, err) < 0)
		return -1;
	for (size_t i = 0; (h = libns_holders_at(holders, i)); i++)
		if (h->path && strncmp(h->path, "/run/netns/", 11) == 0)
			return 0;
	printf("net:[%llu]\n", (unsigned long long)libns_node_get_id(node)->ino);
	for (size_t i = 0; (h = libns_holders_at(holders, i)); i++)
		printf("\t%s pid=%d fd=%d %s\n", libns_holder_kind_name(h->kind), (int)h->pid,
		       h->fd, h->path ? h->path : "");
	return 0;
}

int main(void)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_scan *scan = NULL;
	int failed = libns_scan_new(LIBNS_PROCFS, NULL, &scan, &err) < 0;

	for (size_t i = 0; !failed && i < libns_scan_count(scan); i++) {
		const struct libns_node *node = libns_scan_at(scan, i);

		if (libns_node_get_type(node) == LIBNS_TYPE_NET && !libns_node_count_tasks(node))
			failed = show(scan, node, &err) < 0;
	}
	if (failed)
		fprintf(stderr, "leaked: %s\n", err.text);
	else if (libns_scan_count_unseen(scan, LIBNS_UNSEEN_FDS))
		fprintf(stderr, "leaked: the descriptors of %zu processes could not be read\n",
			libns_scan_count_unseen(scan, LIBNS_UNSEEN_FDS));
	libns_scan_free(scan);
	return failed;
}
