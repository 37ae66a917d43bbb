/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Lists the network namespaces that no process is in, and what keeps each of them alive: a
 * descriptor that was never closed, a bind mount, a socket. Those with a name in /run/netns
 * are meant to be there; the others have leaked.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libns/libns.h>

static int show(const struct libns_scan *scan, const struct libns_node *node,
		struct libns_error *err)
{
	struct libns_holder *holders = NULL;
	size_t n = 0, i;

	if (libns_scan_list_holders(scan, node, &holders, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (holders[i].path && strncmp(holders[i].path, "/run/netns/", 11) == 0)
			break;
	if (i == n) {
		printf("net:[%llu]\n", (unsigned long long)libns_node_get_id(node)->ino);
		for (i = 0; i < n; i++)
			printf("\t%s pid=%d fd=%d %s\n", libns_holder_kind_name(holders[i].kind),
			       (int)holders[i].pid, holders[i].fd,
			       holders[i].path ? holders[i].path : "");
	}
	free(holders);
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
