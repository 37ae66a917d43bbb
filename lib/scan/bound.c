/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Namespaces that no process leads to, through their bind mounts.
 *
 * A path can lead through the file system of a dead server, and a bind mount in another mount
 * namespace can only be opened from inside it. So a child does both: it may get stuck, and the
 * namespaces that it has joined do not matter after its end.
 */

#include "scan/bound.h"

#include <fcntl.h>
#include <sched.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/slow-read.h"
#include "scan/open.h"

/* How many milliseconds one namespace may take, and all that get stuck together. */
#define PATIENCE_MS     150
#define PATIENCE_ALL_MS 600

struct bound_work {
	const struct libns_scan *scan;
	struct libns_node *const *nodes;
	int (*take)(void *data, size_t i, int fd);
	void *data;
};

static bool is_bound(const struct model_hold *hold)
{
	return hold->kind == LIBNS_HOLDER_MOUNT || hold->kind == LIBNS_HOLDER_TREE;
}

static int open_in_tree(const struct libns_scan *scan, const struct model_hold *hold)
{
	_cleanup_close_ int fd = scan_take_fd(scan, hold->pid, hold->tid, hold->fd);

	return fd < 0 ? fd : sys_open_at(fd, hold->path + 1, O_RDONLY | O_NONBLOCK);
}

/*
 * Runs in the child, which may get stuck: the path may lead through a dead server.
 * The child cannot leave a mount namespace that it has entered, so every item must
 * call setns(2) itself, even for our own mount namespace.
 */
static ssize_t open_bound(void *data, size_t i, char *buf, size_t size, int *ret_fd)
{
	const struct bound_work *work = data;
	const struct libns_scan *scan = work->scan;
	const struct libns_node *node = work->nodes[i];
	const struct model_hold *hold = model_first_hold(&scan->model, node);

	(void)buf;
	(void)size;
	for (; hold; hold = model_next_hold(&scan->model, hold)) {
		_cleanup_close_ int where_fd = -1;
		int fd;

		if (!is_bound(hold) || !*hold->path)
			continue;
		where_fd = hold->where ? scan_open_node(scan, hold->where) : -1;
		if (sys_is_shortage(where_fd))
			return where_fd;
		if (hold->where && where_fd < 0)
			continue;
		if (where_fd >= 0 && setns(where_fd, CLONE_NEWNS) < 0)
			continue;
		/* By now the path may lead to anything, even to a FIFO or a tape. */
		fd = hold->kind == LIBNS_HOLDER_TREE
			     ? open_in_tree(scan, hold)
			     : sys_open_at(AT_FDCWD, hold->path, O_RDONLY | O_NONBLOCK);
		if (sys_is_shortage(fd))
			return fd;
		if (fd < 0)
			continue;
		if (scan_is_node(fd, node) > 0) {
			*ret_fd = fd;
			return 0;
		}
		close(fd);
	}
	return -ENOENT;
}

static int deliver(void *data, size_t i, const char *buf, ssize_t n, int fd)
{
	const struct bound_work *work = data;

	(void)buf;
	return work->take(work->data, i, fd >= 0 ? fd : n < 0 ? (int)n : -ENOENT);
}

bool scan_is_bound(const struct model *model, const struct libns_node *node)
{
	const struct model_hold *hold = model_first_hold(model, node);

	for (; hold; hold = model_next_hold(model, hold))
		if (is_bound(hold))
			return true;
	return false;
}

int scan_open_each_bound(const struct libns_scan *scan, struct libns_node *const *nodes, size_t n,
			 int (*take)(void *data, size_t i, int fd), void *data)
{
	struct bound_work work = { scan, nodes, take, data };
	const struct slow_work slow = {
		n, open_bound, deliver, &work, PATIENCE_MS, PATIENCE_ALL_MS,
	};

	return n ? slow_read(&slow) : 0;
}

static int take_one(void *data, size_t i, int fd)
{
	(void)i;
	*(int *)data = fd;
	return 0;
}

int scan_open_any(const struct libns_scan *scan, const struct libns_node *node)
{
	/* They are only read. */
	struct libns_node *nodes[] = { (struct libns_node *)(uintptr_t)node };
	int fd = scan_open_node(scan, node), bound_fd = -ENOENT, r;

	if (fd >= 0 || sys_is_shortage(fd) || !scan->live || !scan_is_bound(&scan->model, node))
		return fd;
	r = scan_open_each_bound(scan, nodes, 1, take_one, &bound_fd);
	if (r < 0)
		return r;
	return bound_fd >= 0 || sys_is_shortage(bound_fd) ? bound_fd : fd;
}

LIBNS_PUBLIC int libns_scan_open(const struct libns_scan *scan, const struct libns_node *node,
				 struct libns_error *err)
{
	int fd = scan_open_any(scan, node);

	if (fd >= 0)
		return fd;
	if (scan->live && sys_is_failure(fd))
		return error_set(err, LIBNS_STEP_OPEN, -fd, "cannot open %s:[%llu]",
				 libns_type_name(libns_node_get_type(node)),
				 (unsigned long long)node->id.ino);
	return error_say(err, LIBNS_STEP_OPEN, ENOENT, "no holder leads to %s:[%llu] any more",
			 libns_type_name(libns_node_get_type(node)),
			 (unsigned long long)node->id.ino);
}
