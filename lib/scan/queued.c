/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Descriptors in flight: they were sent to a unix socket and not received yet, and keep a namespace
 * alive although no process has it open (systemd keeps the network of PrivateNetwork= units this
 * way).
 *
 * The queue is looked at, not emptied: MSG_PEEK gives duplicates of the descriptors of the first
 * message. They may refer to anything, even to a file on a dead server, and closing the duplicate
 * of that would hang. So this is done in a child that may get stuck. A socket with SO_PEEK_OFF set
 * is left alone, because looking would move that offset.
 *
 * The same child looks at descriptors that may be namespaces, by their inode number, although
 * their link is a path (see scan/fds.c).
 */

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/slow-read.h"
#include "scan/link.h"
#include "scan/open.h"
#include "scan/relate.h"
#include "scan/source.h"

#ifndef SO_PEEK_OFF
#define SO_PEEK_OFF 42
#endif

/* The kernel's limit for one message (SCM_MAX_FD). */
#define MAX_FDS 253

struct queues {
	struct libns_scan *scan;
	const struct scan_find *finds;
	size_t *which; /* indices of the finds that have yet to be looked into */
	size_t n;
};

/*
 * A duplicate of the socket that was found. By now the numbers may be those of another process or
 * descriptor, which the inode number shows.
 */
static int take_socket(const struct libns_scan *scan, const struct scan_find *find)
{
	_cleanup_close_ int fd = scan_take_fd(scan, find->pid, find->tid, find->fd);
	socklen_t size = sizeof(int);
	int offset = -1;
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || !S_ISSOCK(st.st_mode) || st.st_ino != find->object)
		return -EBADF;
	if (getsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &offset, &size) < 0 || offset >= 0)
		return -EBUSY;
	return TAKE_FD(fd);
}

/*
 * Opens the namespace behind a descriptor of this process for reading, and tells its type's index
 * and inode. Return: -1 if it is no namespace.
 */
static int open_behind(const struct libns_scan *scan, int fd, int *ret_type, uint64_t *ret_ino)
{
	char path[32], fdinfo[SCAN_FDINFO_ROOM];
	struct stat st;
	int ns_fd, bit;

	if (scan_own_fdinfo(scan->procfs_fd, fd, fdinfo) < 0)
		return -1;
	/* Before Linux 5.14 only the link shows this. */
	error_format(path, sizeof(path), "self/fd/%d", fd);
	if (!scan_fdinfo_ino(fdinfo) && scan_read_link(scan->procfs_fd, path, ret_ino) < 0)
		return -1;
	ns_fd = sys_open_at(scan->procfs_fd, path, O_RDONLY | O_NONBLOCK);
	bit = ns_fd < 0 ? -1 : ioctl(ns_fd, NS_GET_NSTYPE);
	*ret_type = bit < 0 ? -1 : model_type_index((uint64_t)bit);
	if (*ret_type < 0 || fstat(ns_fd, &st) < 0)
		return base_close(ns_fd);
	*ret_ino = st.st_ino;
	return ns_fd;
}

/* Adds a line "net:[4026531840]" if @fd is a namespace; the first one is handed over. */
static size_t add_line(const struct libns_scan *scan, int fd, char *to, size_t size, int *ret_fd)
{
	uint64_t ino;
	int type, ns_fd = open_behind(scan, fd, &type, &ino);

	if (ns_fd < 0)
		return 0;
	if (*ret_fd < 0)
		*ret_fd = ns_fd;
	else
		close(ns_fd);
	error_format(to, size, "%s:[%llu]\n", libns_type_name(libns_type_at((size_t)type)),
		     (unsigned long long)ino);
	return strlen(to);
}

static ssize_t look_at_file(const struct libns_scan *scan, const struct scan_find *find, char *buf,
			    size_t size, int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	char path[64];

	error_format(path, sizeof(path), "%d/task/%d/fd/%d", find->pid, find->tid, find->fd);
	fd = sys_open_at(scan->procfs_fd, path, O_PATH);
	return fd < 0 ? fd : (ssize_t)add_line(scan, fd, buf, size, ret_fd);
}

static ssize_t look_into_queue(const struct libns_scan *scan, const struct scan_find *find,
			       char *buf, size_t size, int *ret_fd)
{
	_cleanup_close_ int fd = take_socket(scan, find);
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int) * MAX_FDS)];
	} control;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.bytes,
			      .msg_controllen = sizeof(control.bytes) };
	size_t n = 0;

	if (fd < 0)
		return fd;
	if (recvmsg(fd, &msg, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		size_t n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t k = 0; k < n_fds && n + 128 < size; k++) {
			int got;

			memcpy(&got, CMSG_DATA(c) + k * sizeof(int), sizeof(int));
			n += add_line(scan, got, buf + n, size - n, ret_fd);
		}
	}
	return (ssize_t)n;
}

/* Runs in the child, and writes one line for each namespace. */
static ssize_t look(void *data, size_t i, char *buf, size_t size, int *ret_fd)
{
	const struct queues *queues = data;
	const struct scan_find *find = &queues->finds[queues->which[i]];

	return find->kind == LIBNS_HOLDER_QUEUED
		       ? look_into_queue(queues->scan, find, buf, size, ret_fd)
		       : look_at_file(queues->scan, find, buf, size, ret_fd);
}

static int take(void *data, size_t i, const char *buf, ssize_t n, int fd)
{
	const struct queues *queues = data;
	const struct scan_find *find = &queues->finds[queues->which[i]];
	struct model *model = &queues->scan->model;
	_cleanup_close_ int ns_fd = fd;
	const char *end = buf + (n > 0 ? n : 0);

	if (sys_is_shortage(n))
		return (int)n;
	if (n < 0) {
		/* It was received or closed meanwhile, or has gone with its process: nothing is
		 * missing. */
		if (n != -EAGAIN && n != -ESRCH && n != -EBADF && n != -ENOENT)
			model->unseen[find->kind == LIBNS_HOLDER_QUEUED ? LIBNS_UNSEEN_QUEUES
									: LIBNS_UNSEEN_FDS]++;
		return 0;
	}
	for (const char *line = buf; line < end;
	     line = memchr(line, '\n', (size_t)(end - line)) + 1) {
		char text[64] = "";
		struct libns_node *node;
		uint64_t ino;
		int type, r;

		memcpy(text, line, strcspn(line, "\n"));
		type = model_parse_link(text, &ino);
		if (type < 0 || !(queues->scan->links & libns_type_at((size_t)type)))
			continue;
		node = model_add(model, type, ino);
		r = node ? model_hold(model, node,
				      &(struct model_hold){ find->kind, find->pid, find->tid,
							    find->fd, NULL, NULL, 0 })
			 : -ENOMEM;
		if (r < 0)
			return r;
	}
	if (ns_fd >= 0 && (queues->scan->sources & LIBNS_SCAN_RELATIONS)) {
		struct libns_node *node = scan_node_of_fd(queues->scan, ns_fd);

		return node ? scan_relate(queues->scan, node, ns_fd) : -ENOMEM;
	}
	return 0;
}

static bool is_ours(const struct scan_find *find)
{
	return find->ino == 0 && find->kind != LIBNS_HOLDER_TREE;
}

int scan_queued(struct libns_scan *scan, const struct scan_find *finds, size_t n)
{
	struct queues queues = { scan, finds, NULL, 0 };
	struct slow_work work = { 0, look, take, &queues, 150, 600 };
	int r;

	for (size_t i = 0; i < n; i++)
		work.n += is_ours(&finds[i]);
	if (!work.n)
		return 0;
	queues.which = calloc(work.n, sizeof(*queues.which));
	if (!queues.which)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (is_ours(&finds[i]))
			queues.which[queues.n++] = i;
	r = slow_read(&work);
	free(queues.which);
	return r;
}
