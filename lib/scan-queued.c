/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Descriptors in flight: sent to a unix socket and not received yet, they keep
 * a namespace alive although no process has it open (systemd parks the network
 * of PrivateNetwork= units so).
 *
 * The queue is looked at, not emptied: MSG_PEEK gives duplicates of the
 * descriptors of the first message. What is in there may be anything, also a
 * file on a dead server that would hang when its duplicate is closed; so this
 * happens in a child that may get stuck. A socket with SO_PEEK_OFF set is left
 * alone, because looking would move that offset.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base.h"
#include "err.h"
#include "scan-source.h"
#include "slow-read.h"
#include "sys.h"

#ifndef SO_PEEK_OFF
#define SO_PEEK_OFF 42
#endif

/* The kernel's limit for one message (SCM_MAX_FD). */
#define MAX_FDS 253

struct queues {
	struct libns_scan *scan;
	const struct scan_find *finds;
	size_t *which;          /* the finds that are queues */
	size_t n;
};

static int take_socket(const struct scan_find *find)
{
	_cleanup_close_ int pidfd =
		sys_pidfd_open(find->tid, find->tid == find->pid ? 0 : PIDFD_THREAD);
	int offset = -1, fd;
	socklen_t size = sizeof(offset);

	if (pidfd < 0)
		return pidfd;
	fd = sys_pidfd_getfd(pidfd, find->fd);
	if (fd < 0)
		return fd;
	if (getsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &offset, &size) == 0 && offset < 0)
		return fd;
	close(fd);
	return -EBUSY;
}

/* In the child: one line "net:[4026531840]" for each namespace; the first one is handed over. */
static ssize_t look(void *data, size_t i, char *buf, size_t size, int *ret_fd)
{
	const struct queues *queues = data;
	_cleanup_close_ int fd = take_socket(&queues->finds[queues->which[i]]);
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
			char path[32];
			uint64_t ino;
			int got, type;

			memcpy(&got, CMSG_DATA(c) + k * sizeof(int), sizeof(int));
			error_format(path, sizeof(path), "self/fd/%d", got);
			type = scan_read_link(queues->scan->procfs_fd, path, &ino);
			if (type < 0)
				continue;
			error_format(buf + n, size - n, "%s:[%llu]\n",
				     libns_type_name(libns_type_at((size_t)type)),
				     (unsigned long long)ino);
			n += strlen(buf + n);
			if (*ret_fd < 0)
				*ret_fd = got;
		}
	}
	return (ssize_t)n;
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
		/* Received meanwhile, or gone with its process: nothing is missing. */
		if (n != -EAGAIN && n != -ESRCH && n != -EBADF)
			model->unseen[LIBNS_UNSEEN_QUEUES]++;
		return 0;
	}
	for (const char *line = buf; line < end; line = memchr(line, '\n', (size_t)(end - line)) + 1) {
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
				      &(struct model_hold){ LIBNS_HOLDER_QUEUED, find->pid, find->tid,
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

int scan_queued(struct libns_scan *scan, const struct scan_find *finds, size_t n)
{
	struct queues queues = { scan, finds, NULL, 0 };
	struct slow_work work = { 0, look, take, &queues, 150, 600 };
	int r;

	for (size_t i = 0; i < n; i++)
		work.n += finds[i].kind == LIBNS_HOLDER_QUEUED;
	if (!work.n)
		return 0;
	queues.which = calloc(work.n, sizeof(*queues.which));
	if (!queues.which)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (finds[i].kind == LIBNS_HOLDER_QUEUED)
			queues.which[queues.n++] = i;
	r = slow_read(&work);
	free(queues.which);
	return r;
}
