/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Opens a namespace of a snapshot through a process that holds it. Time has passed since the scan:
 * the holder may be gone, its number reused, its descriptor closed. So what was opened counts only
 * if it is that very inode, and of that type; otherwise the next holder is tried.
 */

#include "scan/open.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <libns/nsfd.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "scan/link.h"

int scan_is_node(int fd, const struct libns_node *node)
{
	struct stat st;
	uint64_t type;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_ino != node->id.ino || (node->id.dev && st.st_dev != node->id.dev))
		return 0;
	/* Numbers of namespaces that are gone are given to others, also to those of another type. A
	 * tree that only looks like procfs has files that are of none. */
	return libns_fd_query_type(fd, &type, NULL) < 0 ||
	       type == libns_type_at((size_t)node->type);
}

static int keep_if(int fd, const struct libns_node *node)
{
	int r;

	if (fd < 0)
		return fd;
	r = scan_is_node(fd, node);
	if (r > 0)
		return fd;
	close(fd);
	return r < 0 ? r : -ENOENT;
}

static int open_link(const struct libns_scan *scan, const struct libns_node *node, pid_t pid,
		     pid_t tid, const char *ns_path)
{
	char path[80];

	if (pid == tid)
		error_format(path, sizeof(path), "%d/%s", pid, ns_path);
	else
		error_format(path, sizeof(path), "%d/task/%d/%s", pid, tid, ns_path);
	return keep_if(sys_open_at(scan->procfs_fd, path, O_RDONLY), node);
}

/*
 * Opens it through /proc/<pid>/fd without waiting for anybody. O_PATH does not open the file
 * itself. It is opened only if fdinfo or the link of the O_PATH descriptor names the namespace.
 */
static int open_fd(const struct libns_scan *scan, const struct libns_node *node,
		   const struct model_hold *hold)
{
	_cleanup_close_ int path_fd = -1;
	char path[64], fdinfo[SCAN_FDINFO_ROOM];
	uint64_t ino = 0;
	int r;

	error_format(path, sizeof(path), "%d/task/%d/fd/%d", hold->pid, hold->tid, hold->fd);
	path_fd = sys_open_at(scan->procfs_fd, path, O_PATH);
	if (path_fd < 0)
		return path_fd;
	r = scan_own_fdinfo(scan->procfs_fd, path_fd, fdinfo);
	if (r < 0)
		return r;
	error_format(path, sizeof(path), "self/fd/%d", path_fd);
	/* The text of the link names it too, unless it was opened through a bind mount. */
	if (scan_fdinfo_ino(fdinfo) != node->id.ino) {
		r = scan_read_link(scan->procfs_fd, path, &ino);
		if (r < 0 && r != -EBADMSG)
			return r;
		if (r < 0 || ino != node->id.ino)
			return -ENOENT;
	}
	return keep_if(sys_open_at(scan->procfs_fd, path, O_RDONLY), node);
}

/* These calls are not available everywhere. If anything refuses them, this way fails. */
static int unless_shortage(int r)
{
	return sys_is_shortage(r) ? r : -ENOENT;
}

int scan_take_fd(const struct libns_scan *scan, pid_t pid, pid_t tid, int fd)
{
	_cleanup_close_ int pidfd = -1;

	if (!scan->own_pids || scan->fatal & SCAN_CALL_GETFD)
		return -EOPNOTSUPP;
	/* A thread may have descriptors of its own. */
	pidfd = sys_pidfd_open(tid, tid == pid ? 0 : PIDFD_THREAD);
	return pidfd < 0 ? pidfd : sys_pidfd_getfd(pidfd, fd);
}

static int open_network(const struct libns_scan *scan, const struct libns_node *node,
			const struct model_hold *hold)
{
	_cleanup_close_ int file_fd = -1;
	char path[64], text[64];
	ssize_t n;
	int fd;

	/* The link is checked first here too: a duplicate of anything else could hang when it is
	 * closed. */
	error_format(path, sizeof(path), "%d/task/%d/fd/%d", hold->pid, hold->tid, hold->fd);
	n = readlinkat(scan->procfs_fd, path, text, sizeof(text));
	if (n < 0)
		return -errno;
	if (n < 8 || (strncmp(text, "socket:[", 8) != 0 && hold->kind != LIBNS_HOLDER_TUN))
		return -ENOENT;
	file_fd = scan_take_fd(scan, hold->pid, hold->tid, hold->fd);
	if (file_fd < 0)
		return unless_shortage(file_fd);
	fd = ioctl(file_fd, SIOCGSKNS);
	return fd < 0 ? unless_shortage(-errno) : keep_if(sys_fd_above_stdio(fd), node);
}

/* Of two reasons why nothing was opened, a failure is reported rather than that a holder is
 * gone. */
static int reason(int before, int now)
{
	return sys_is_failure(before) ? before : now;
}

static int open_member(const struct libns_scan *scan, const struct libns_node *node)
{
	/* Tries the leader, and the other members only if it is gone. */
	const struct libns_task *end = scan->model.tasks + scan->model.n_tasks;
	int r = -ENOENT;

	for (const struct libns_task *task = node->leader; task && task < end; task++) {
		int fd;

		if (task->ns[node->type] != node)
			continue;
		fd = open_link(scan, node, task->pid, task->pid, scan_ns_paths[node->type]);
		if (fd >= 0 || sys_is_shortage(fd))
			return fd;
		r = reason(r, fd);
	}
	return r;
}

static int open_hold(const struct libns_scan *scan, const struct libns_node *node,
		     const struct model_hold *hold)
{
	switch (hold->kind) {
	case LIBNS_HOLDER_THREAD:
		return open_link(scan, node, hold->pid, hold->tid, scan_ns_paths[node->type]);
	case LIBNS_HOLDER_FOR_CHILDREN:
		return open_link(scan, node, hold->pid, hold->tid,
				 libns_type_at((size_t)node->type) == LIBNS_TYPE_PID
					 ? "ns/pid_for_children"
					 : "ns/time_for_children");
	case LIBNS_HOLDER_FD:
		return open_fd(scan, node, hold);
	case LIBNS_HOLDER_SOCKET:
	case LIBNS_HOLDER_TUN:
		return open_network(scan, node, hold);
	default:
		return -ENOENT;
	}
}

int scan_open_node(const struct libns_scan *scan, const struct libns_node *node)
{
	const struct model_hold *hold;
	int fd = scan_kept_fd(&scan->kept, node), r;

	if (fd >= 0) {
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		return fd < 0 ? -errno : fd;
	}
	if (!scan->live)
		return -EOPNOTSUPP;
	fd = r = open_member(scan, node);
	for (hold = model_first_hold(&scan->model, node); hold && fd < 0 && !sys_is_shortage(fd);
	     hold = model_next_hold(&scan->model, hold)) {
		fd = open_hold(scan, node, hold);
		r = reason(r, fd);
	}
	return fd < 0 && !sys_is_shortage(fd) ? r : fd;
}
