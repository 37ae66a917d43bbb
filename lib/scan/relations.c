/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Owners and parents, asked once for each namespace and followed to the top:
 * on the way namespaces turn up that nothing else leads to.
 *
 * A namespace is opened through one of its holders, and only what is proven to
 * be the very inode is asked: the holder may have changed since the scan.
 */

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/slow-read.h"
#include "scan/source.h"
#include "text/procfile.h"

/* Members that are asked for their number inside, where the kernel does not tell. */
#define FEW 16

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

/*
 * EPERM: it is the initial one, or above the caller's reach. The others: this kernel does not
 * know the question, or a filter does not let it pass.
 */
static bool is_no_answer(int code)
{
	return code == EPERM || code == EACCES || code == ENOTTY || code == EINVAL ||
	       code == ENOSYS || code == EOPNOTSUPP;
}

/* The namespace an ioctl leads to, with its own relations. Depth is limited to 32 by the kernel. */
static int follow(struct libns_scan *scan, int ns_fd, unsigned long request,
		  struct libns_node **ret_node)
{
	_cleanup_close_ int fd = ioctl(ns_fd, request);

	*ret_node = NULL;
	if (fd < 0)
		return is_no_answer(errno) ? 0 : -errno;
	*ret_node = scan_node_of_fd(scan, fd);
	return *ret_node ? scan_relate(scan, *ret_node, fd) : -ENOMEM;
}

/* Number 1 of a pid namespace, in our numbers: by the kernel, or by the status of members. */
static void find_first(const struct libns_scan *scan, struct libns_node *node, int ns_fd)
{
	int pid = scan->own_pids ? ioctl(ns_fd, SYS_NS_GET_TGID_FROM_PIDNS, 1) : -1;
	const struct libns_task *end = scan->model.tasks + scan->model.n_tasks;
	size_t n = 0;

	node->first_pid = pid > 0 ? pid : 0;
	if (pid > 0 || !node->leader)
		return;
	for (const struct libns_task *task = node->leader; task < end && n < FEW; task++) {
		_cleanup_free_ char *text = NULL;
		pid_t pids[PROCFILE_MAX_PIDS];
		char path[32];
		int levels;

		if (task->ns[node->type] != node)
			continue;
		n++;
		error_format(path, sizeof(path), "%d/status", task->pid);
		if (sys_read_alloc_at(scan->procfs_fd, path, &text, NULL) < 0)
			continue;
		levels = procfile_find_pids(text, "NSpid", pids, ARRAY_SIZE(pids));
		if (levels > 0 && pids[levels - 1] == 1) {
			node->first_pid = task->pid;
			return;
		}
	}
}

int scan_relate(struct libns_scan *scan, struct libns_node *node, int ns_fd)
{
	uint64_t type = libns_type_at((size_t)node->type);
	uid_t uid;
	int r;

	if (node->related)
		return 0;
	node->related = true;
	if (type == LIBNS_TYPE_USER && ioctl(ns_fd, NS_GET_OWNER_UID, &uid) == 0) {
		node->uid = uid;
		node->has_uid = true;
	} else if (type == LIBNS_TYPE_USER && !is_no_answer(errno)) {
		return -errno;
	}
	r = follow(scan, ns_fd, NS_GET_USERNS, &node->owner);
	if (type == LIBNS_TYPE_USER)
		node->parent = node->owner;
	else if (type == LIBNS_TYPE_PID && r == 0)
		find_first(scan, node, ns_fd);
	if (type == LIBNS_TYPE_PID && r == 0)
		r = follow(scan, ns_fd, NS_GET_PARENT, &node->parent);
	return r;
}

/* Namespaces that only a bind mount leads to. */
struct bound {
	struct libns_scan *scan;
	struct libns_node **nodes;
	size_t n;
	int fd; /* what scan_open_bound() has got */
};

/*
 * In the child, which may get stuck: the path may lead through a dead server.
 * Entering the mount namespace is final, so the next item may find itself in
 * there: each one enters what it needs, the own one included.
 */
static ssize_t open_bound(void *data, size_t i, char *buf, size_t size, int *ret_fd)
{
	const struct bound *bound = data;
	const struct libns_scan *scan = bound->scan;
	const struct libns_node *node = bound->nodes[i];
	const struct model_hold *hold = model_first_hold(&scan->model, node);

	(void)buf;
	(void)size;
	for (; hold; hold = model_next_hold(&scan->model, hold)) {
		_cleanup_close_ int where_fd = -1;
		struct stat st;
		int fd;

		if (hold->kind != LIBNS_HOLDER_MOUNT || !*hold->path)
			continue;
		where_fd = hold->where ? scan_open_node(scan, hold->where) : -1;
		if (sys_is_shortage(where_fd))
			return where_fd;
		if (hold->where && where_fd < 0)
			continue;
		if (where_fd >= 0 && setns(where_fd, CLONE_NEWNS) < 0)
			continue;
		/* What the path leads to now may be anything, also a FIFO or a tape. */
		fd = sys_open_at(AT_FDCWD, hold->path, O_RDONLY | O_NONBLOCK);
		if (sys_is_shortage(fd))
			return fd;
		if (fd < 0)
			continue;
		if (fstat(fd, &st) == 0 && st.st_ino == node->id.ino && st.st_dev == node->id.dev) {
			*ret_fd = fd;
			return 0;
		}
		close(fd);
	}
	return -ENOENT;
}

static int take_bound(void *data, size_t i, const char *buf, ssize_t n, int fd)
{
	const struct bound *bound = data;
	int r = sys_is_shortage(n) ? (int)n : 0;

	(void)buf;
	if (n == 0 && fd >= 0) {
		r = scan_relate(bound->scan, bound->nodes[i], fd);
		/* Likely to be opened again, for its number (nsid). */
		if (libns_type_at((size_t)bound->nodes[i]->type) == LIBNS_TYPE_NET)
			scan_keep(&bound->scan->kept, bound->nodes[i], fd);
	} else
		bound->scan->model.unseen[LIBNS_UNSEEN_RELATIONS]++;
	base_close(fd);
	return r;
}

static bool is_bound(const struct model *model, const struct libns_node *node)
{
	const struct model_hold *hold = model_first_hold(model, node);

	for (; hold; hold = model_next_hold(model, hold))
		if (hold->kind == LIBNS_HOLDER_MOUNT)
			return true;
	return false;
}

static int relate_bound(struct bound *bound)
{
	const struct slow_work work = { bound->n, open_bound, take_bound, bound, 150, 600 };

	return slow_read(&work);
}

static int take_one(void *data, size_t i, const char *buf, ssize_t n, int fd)
{
	struct bound *bound = data;

	(void)i;
	(void)buf;
	bound->fd = fd >= 0 ? fd : n < 0 ? (int)n : -ENOENT;
	return 0;
}

int scan_open_bound(const struct libns_scan *scan, const struct libns_node *node)
{
	/* Neither is written to: what the child would change dies with it. */
	struct libns_node *nodes[] = { (struct libns_node *)(uintptr_t)node };
	struct bound bound = { (struct libns_scan *)(uintptr_t)scan, nodes, 1, -ENOENT };
	const struct slow_work work = { 1, open_bound, take_one, &bound, 150, 150 };
	int r;

	if (!is_bound(&scan->model, node))
		return -ENOENT;
	r = slow_read(&work);
	return r < 0 ? r : bound.fd;
}

int scan_relations(struct libns_scan *scan)
{
	struct bound bound = { scan, NULL, 0, -1 };
	int r = 0;

	/* The array grows on the way: what is added has been related by then. */
	for (size_t i = 0; i < scan->model.n_nodes && r == 0; i++) {
		struct libns_node *node = scan->model.nodes[i];
		_cleanup_close_ int fd = -1;

		if (node->related)
			continue;
		fd = scan_open_node(scan, node);
		if (fd >= 0) {
			r = scan_relate(scan, node, fd);
		} else if (sys_is_shortage(fd)) {
			r = fd;
		} else if (is_bound(&scan->model, node)) {
			struct libns_node **more =
				realloc(bound.nodes, (bound.n + 1) * sizeof(*more));

			if (!more) {
				r = -ENOMEM;
				break;
			}
			bound.nodes = more;
			bound.nodes[bound.n++] = node;
		} else {
			scan->model.unseen[LIBNS_UNSEEN_RELATIONS]++;
		}
	}
	if (r == 0 && bound.n)
		r = relate_bound(&bound);
	free(bound.nodes);
	return r;
}
