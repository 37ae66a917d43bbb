/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The peer groups of mounts in all mount namespaces. Only two words of each line are wanted, in
 * hundreds of tables, so text/mountinfo.c reads them and libmount is not loaded.
 */

#include <libns/peers.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "scan/link.h"
#include "scan/scan.h"
#include "text/mountinfo.h"

/* A mount namespace takes part in a group. */
struct member {
	uint64_t group;
	const struct libns_node *node;
};

struct libns_peers {
	struct member *list; /* sorted by group and inode, each once */
	size_t n, max;
};

static int add(struct libns_peers *peers, uint64_t group, const struct libns_node *node)
{
	if (!group)
		return 0;
	if (peers->n == peers->max) {
		size_t max = peers->max ? peers->max * 2 : 256;
		struct member *more = reallocarray(peers->list, max, sizeof(*more));

		if (!more)
			return -ENOMEM;
		peers->list = more;
		peers->max = max;
	}
	peers->list[peers->n++] = (struct member){ group, node };
	return 0;
}

static int add_table(struct libns_peers *peers, const char *text, const struct libns_node *node)
{
	struct procfile_word line;
	struct mountinfo mount;
	int r = 0;

	while (r == 0 && (line = procfile_next_line(&text)).s) {
		if (mountinfo_parse(line, &mount) < 0)
			continue;
		r = add(peers, mountinfo_tag(mount.tags, "shared"), node);
		if (r == 0)
			r = add(peers, mountinfo_tag(mount.tags, "master"), node);
	}
	return r;
}

/* Reads it through the first of its processes that can still be asked. Return: 0 or a negative
 * errno. */
static int read_node(struct libns_peers *peers, const struct libns_scan *scan,
		     const struct libns_node *node)
{
	size_t n = libns_node_count_tasks(node);
	const struct libns_task *task;

	for (size_t i = 0; n && (task = libns_scan_task_at(scan, i)); i++) {
		_cleanup_close_ int dir_fd = -1;
		_cleanup_free_ char *text = NULL;
		int r;

		if (libns_task_get_ns(task, LIBNS_TYPE_MNT) != node)
			continue;
		n--;
		dir_fd = scan_open_member(scan->procfs_fd, libns_task_get_pid(task), "ns/mnt",
					  libns_node_get_id(node)->ino);
		r = dir_fd < 0 ? dir_fd : sys_read_alloc_at(dir_fd, "mountinfo", &text, NULL);
		/* EINVAL: the process is about to end and has left its mount namespace. */
		if (r == -ENOENT || r == -ESRCH || r == -EINVAL)
			continue;
		return r < 0 ? r : add_table(peers, text, node);
	}
	return 0;
}

static int by_group(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	uint64_t p = libns_node_get_id(x->node)->ino, q = libns_node_get_id(y->node)->ino;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (p > q) - (p < q);
}

static void sort(struct libns_peers *peers)
{
	size_t n = 0;

	if (peers->n)
		qsort(peers->list, peers->n, sizeof(*peers->list), by_group);
	for (size_t i = 0; i < peers->n; i++)
		if (!n || by_group(&peers->list[n - 1], &peers->list[i]) != 0)
			peers->list[n++] = peers->list[i];
	peers->n = n;
}

LIBNS_PUBLIC int libns_peers_new(const struct libns_scan *scan, struct libns_peers **ret_peers,
				 struct libns_error *err)
{
	struct libns_peers *peers = calloc(1, sizeof(*peers));
	const struct libns_node *node;

	if (!peers)
		return error_set(err, LIBNS_STEP_QUERY, ENOMEM, "cannot read peer groups");
	for (size_t i = 0; (node = libns_scan_at(scan, i)); i++) {
		int r = libns_node_get_type(node) == LIBNS_TYPE_MNT ? read_node(peers, scan, node)
								    : 0;

		if (r < 0) {
			libns_peers_free(peers);
			return error_set(err, LIBNS_STEP_QUERY, -r,
					 "cannot read the mounts of mount namespace %llu",
					 (unsigned long long)libns_node_get_id(node)->ino);
		}
	}
	sort(peers);
	*ret_peers = peers;
	return 0;
}

/* Finds the first member of a group, and the number of members. */
static size_t find(const struct libns_peers *peers, uint64_t group, size_t *ret_n)
{
	size_t low = 0, high = peers->n, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (peers->list[middle].group < group)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < peers->n && peers->list[end].group == group;)
		end++;
	*ret_n = end - low;
	return low;
}

LIBNS_PUBLIC size_t libns_peers_count(const struct libns_peers *peers, uint64_t group)
{
	size_t n;

	find(peers, group, &n);
	return n;
}

LIBNS_PUBLIC const struct libns_node *libns_peers_at(const struct libns_peers *peers,
						     uint64_t group, size_t i)
{
	size_t n, first = find(peers, group, &n);

	return i < n ? peers->list[first + i].node : NULL;
}

LIBNS_PUBLIC struct libns_peers *libns_peers_free(struct libns_peers *peers)
{
	if (!peers)
		return NULL;
	free(peers->list);
	free(peers);
	return NULL;
}
