/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What the kernel tells about one namespace through a descriptor of it: its owner, its parent, the
 * creator of a user namespace, the first process of a pid namespace. The answers are namespaces
 * again. They may be new, and are then asked in turn.
 */

#include "scan/relate.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
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
 * EPERM: it is the initial one, or above the caller's reach. The other errnos mean that this kernel
 * does not know the request, or that a filter refuses it.
 */
static bool is_no_answer(int code)
{
	return code == EPERM || code == EACCES || code == ENOTTY || code == EINVAL ||
	       code == ENOSYS || code == EOPNOTSUPP;
}

/* Finds the namespace that an ioctl leads to, with its own relations. The kernel limits the
 * depth to 32. */
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

/*
 * Finds the number that process 1 of a pid namespace has here, by asking the kernel or from the
 * status of members. Return: 0 or a negative errno.
 */
static int find_first(const struct libns_scan *scan, struct libns_node *node, int ns_fd)
{
	int pid = scan->own_pids ? ioctl(ns_fd, SYS_NS_GET_TGID_FROM_PIDNS, 1) : -1;
	const struct libns_task *end = scan->model.tasks + scan->model.n_tasks;
	size_t n = 0;

	node->first_pid = pid > 0 ? pid : 0;
	if (pid > 0 || !node->leader)
		return 0;
	for (const struct libns_task *task = node->leader; task < end && n < FEW; task++) {
		_cleanup_free_ char *text = NULL;
		pid_t pids[PROCFILE_MAX_PIDS];
		char path[32];
		int levels, r;

		if (task->ns[node->type] != node)
			continue;
		n++;
		error_format(path, sizeof(path), "%d/status", task->pid);
		r = sys_read_alloc_at(scan->procfs_fd, path, &text, NULL);
		if (sys_is_failure(r))
			return r;
		levels = r < 0 ? 0 : procfile_find_pids(text, "NSpid", pids, ARRAY_SIZE(pids));
		if (levels > 0 && pids[levels - 1] == 1) {
			node->first_pid = task->pid;
			return 0;
		}
	}
	return 0;
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
		r = find_first(scan, node, ns_fd);
	if (type == LIBNS_TYPE_PID && r == 0)
		r = follow(scan, ns_fd, NS_GET_PARENT, &node->parent);
	return r;
}
