/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * request: netlink requests of a traced process, counted, and one of them refused.
 *
 * A call that sends nothing would be seen by the program as a failed call, which is another fault.
 * Here the message arrives, with a type that no part of the kernel has, so that the kernel does
 * nothing of what was asked, ends a batch of nftables as it does for any wrong message in it, and
 * answers in the right form. Its errno in that answer is replaced when the program receives it.
 */

#include "request.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

enum { ROOM = 1 << 20, MAX_PARTS = 64, MAX_TYPES = 4096, UNKNOWN = 0x7fff };

static char bytes[ROOM];
static struct request_type types[MAX_TYPES];

/* Copies @n bytes between here and @address over there. */
static ssize_t there(pid_t pid, void *here, uint64_t address, size_t n, int write)
{
	struct iovec local = { here, n }, remote = { (void *)(uintptr_t)address, n };

	return write ? process_vm_writev(pid, &local, 1, &remote, 1, 0)
		     : process_vm_readv(pid, &local, 1, &remote, 1, 0);
}

/* The protocol of a netlink socket of @pid, or -1: it is something else. */
static int protocol_of(pid_t pid, int fd)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, PIDFD_THREAD);
	int own, domain = 0, protocol = -1;
	socklen_t size = sizeof(int);

	if (pidfd < 0)
		pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	own = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	if (getsockopt(own, SOL_SOCKET, SO_DOMAIN, &domain, &size) < 0 || domain != AF_NETLINK ||
	    getsockopt(own, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) < 0)
		protocol = -1;
	close(own);
	close(pidfd);
	return protocol;
}

/* The buffers of a call that sends or receives: returns how many. */
static size_t parts_of(pid_t pid, uint64_t call, const __u64 *args, struct iovec *ret)
{
	struct msghdr msg;

	switch (call) {
	case SYS_sendto:
	case SYS_recvfrom:
	case SYS_read:
	case SYS_write:
		ret[0] = (struct iovec){ (void *)(uintptr_t)args[1], args[2] };
		return 1;
	case SYS_sendmsg:
	case SYS_recvmsg:
		if (there(pid, &msg, args[1], sizeof(msg), 0) != (ssize_t)sizeof(msg) ||
		    msg.msg_iovlen > MAX_PARTS)
			return 0;
		if (there(pid, ret, (uint64_t)(uintptr_t)msg.msg_iov, msg.msg_iovlen * sizeof(*ret),
			  0) < 0)
			return 0;
		return msg.msg_iovlen;
	}
	return 0;
}

/* Where a byte of the message lies over there. */
static uint64_t address_of(const struct iovec *parts, size_t n_parts, size_t offset)
{
	for (size_t i = 0; i < n_parts; i++) {
		if (offset < parts[i].iov_len)
			return (uint64_t)(uintptr_t)parts[i].iov_base + offset;
		offset -= parts[i].iov_len;
	}
	return 0;
}

static size_t gather(pid_t pid, const struct iovec *parts, size_t n_parts)
{
	size_t n = 0;

	for (size_t i = 0; i < n_parts; i++) {
		if (parts[i].iov_len > sizeof(bytes) - n)
			break;
		if (there(pid, bytes + n, (uint64_t)(uintptr_t)parts[i].iov_base, parts[i].iov_len,
			  0) < 0)
			break;
		n += parts[i].iov_len;
	}
	return n;
}

static bool refuse(struct requests *r, pid_t pid, uint64_t address, const struct nlmsghdr *header)
{
	uint16_t unknown = UNKNOWN;

	if (there(pid, &unknown, address + offsetof(struct nlmsghdr, nlmsg_type), sizeof(unknown),
		  1) < 0)
		return false;
	r->refused = header->nlmsg_seq;
	return true;
}

const struct request_type *requests_see(struct requests *r, pid_t pid, uint64_t call,
					const __u64 *args, unsigned long wanted, int code,
					size_t *ret_n)
{
	struct iovec parts[MAX_PARTS];
	size_t n_parts, end, at = 0, n = 0;
	struct nlmsghdr header;
	int protocol;

	*ret_n = 0;
	r->buffer = 0;
	n_parts = parts_of(pid, call, args, parts);
	if (!n_parts)
		return types;
	if (call == SYS_recvfrom || call == SYS_recvmsg || call == SYS_read) {
		if (r->code && (int)args[0] == r->fd) {
			r->buffer = (uint64_t)(uintptr_t)parts[0].iov_base;
			r->length = parts[0].iov_len;
		}
		return types;
	}
	protocol = protocol_of(pid, (int)args[0]);
	if (protocol < 0)
		return types;
	/* The kernel answers while it is sent. Whoever sends something else has the answer. */
	r->code = 0;
	end = gather(pid, parts, n_parts);
	while (end - at >= sizeof(header) && n < MAX_TYPES) {
		memcpy(&header, bytes + at, sizeof(header));
		if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > end - at)
			break;
		types[n++] = (struct request_type){ protocol, header.nlmsg_type };
		if (++r->n == wanted && refuse(r, pid, address_of(parts, n_parts, at), &header)) {
			r->fd = (int)args[0];
			r->code = code;
		}
		at += NLMSG_ALIGN(header.nlmsg_len);
		if (at > end)
			break;
	}
	*ret_n = n;
	return types;
}

void requests_answer(struct requests *r, pid_t pid, int64_t result)
{
	struct nlmsghdr header;
	int error;
	size_t end, at = 0;

	if (!r->buffer || result < (int64_t)sizeof(header))
		return;
	end = (uint64_t)result < r->length ? (size_t)result : r->length;
	if (end > sizeof(bytes) || there(pid, bytes, r->buffer, end, 0) < 0)
		return;
	while (end - at >= sizeof(header) + sizeof(error)) {
		memcpy(&header, bytes + at, sizeof(header));
		memcpy(&error, bytes + at + sizeof(header), sizeof(error));
		if (header.nlmsg_type == NLMSG_ERROR && header.nlmsg_seq == r->refused && error) {
			error = -r->code;
			there(pid, &error, r->buffer + at + sizeof(header), sizeof(error), 1);
		}
		if (header.nlmsg_len < sizeof(header) || NLMSG_ALIGN(header.nlmsg_len) > end - at)
			break;
		at += NLMSG_ALIGN(header.nlmsg_len);
	}
	r->buffer = 0;
}
