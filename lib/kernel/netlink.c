/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The socket half of netlink. The kernel answers within sendmsg(2), so a
 * reply is waiting when recvfrom(2) is called and nothing here can hang. The
 * sequence number distinguishes an answer from the rest of one that was given
 * up, such as the rest of a dump that is asked for again.
 */

#include "kernel/netlink.h"

#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/net-visit.h"

/* The kernel fills the buffer that is offered, so a large one saves calls. */
#define BUFFER_SIZE 16384

/* A dump that is interrupted by a change is asked for anew, but not for ever. */
#define DUMP_TRIES 20

static void set_options(int fd)
{
	static const int options[] = {
		NETLINK_EXT_ACK,        /* Linux 4.12: reasons in words */
		NETLINK_CAP_ACK,        /* Linux 4.2: do not send the request back */
		NETLINK_GET_STRICT_CHK, /* Linux 4.20: a dump looks at its attributes */
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		int one = 1;

		(void)setsockopt(fd, SOL_NETLINK, options[i], &one, sizeof(one));
	}
}

static int open_here(int protocol)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	return fd < 0 ? -errno : sys_fd_above_stdio(fd);
}

static int open_inside(void *data)
{
	return open_here(*(const int *)data);
}

int netlink_open(int protocol, int ns_fd, struct libns_error *err)
{
	int fd, r = net_visit(ns_fd, open_inside, &protocol, &fd, err);

	if (r < 0)
		return r;
	if (fd < 0)
		return error_set(err, LIBNS_STEP_NETLINK, -fd, "cannot open a netlink socket");
	set_options(fd);
	return fd;
}

static int send_request(struct netlink_call *call, struct netlink_msg *msg)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t n;

	if (msg->overflow)
		return -EMSGSIZE;
	msg->header.nlmsg_seq = ++call->reply.seq;
	do
		n = sendto(call->fd, msg->bytes, msg->header.nlmsg_len, 0,
			   (const struct sockaddr *)&kernel, sizeof(kernel));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static ssize_t receive(int fd, char *buf, size_t size)
{
	struct sockaddr_nl from = { 0 };
	socklen_t length = sizeof(from);
	ssize_t n;

	do
		n = recvfrom(fd, buf, size, MSG_TRUNC, (struct sockaddr *)&from, &length);
	while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid));
	if (n < 0)
		return -errno;
	/* The kernel never ends a netlink socket, so this comes from something in between. */
	if (n == 0)
		return -EBADMSG;
	return (size_t)n > size ? -EMSGSIZE : n;
}

/* Drops what was not read. The next request on this socket counts from the beginning again, and
 * would take it for its own answer. */
static void forget_rest(int fd)
{
	char byte;

	while (recv(fd, &byte, sizeof(byte), MSG_DONTWAIT | MSG_TRUNC) > 0)
		continue;
}

static int ask(struct netlink_call *call, struct netlink_msg *msg)
{
	_Alignas(struct nlmsghdr) char buf[BUFFER_SIZE];
	int r = send_request(call, msg);

	call->reply.interrupted = false;
	while (r == 0) {
		ssize_t n = receive(call->fd, buf, sizeof(buf));

		r = n < 0 ? (int)n : netlink_take(&call->reply, buf, (size_t)n);
	}
	return r < 0 ? r : 0;
}

int netlink_transact(struct netlink_call *call, struct netlink_msg *msg)
{
	bool dump = (msg->header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	int r;

	/* A dump ends with NLMSG_DONE, everything else with the acknowledgement. */
	msg->header.nlmsg_flags |= (uint16_t)(dump ? NLM_F_REQUEST : NLM_F_REQUEST | NLM_F_ACK);
	call->reply.dump = dump;
	call->reply.text[0] = '\0';
	r = ask(call, msg);
	for (int i = 1; r == -EINTR && i < DUMP_TRIES; i++) {
		if (call->again)
			call->again(call->reply.data);
		r = ask(call, msg);
	}
	if (r < 0)
		forget_rest(call->fd);
	return r;
}

int netlink_fail(const struct netlink_call *call, int r, const char *words, struct libns_error *err)
{
	if (call->reply.text[0])
		return error_say(err, LIBNS_STEP_NETLINK, -r, "cannot %s: %s", words,
				 call->reply.text);
	return error_set(err, LIBNS_STEP_NETLINK, -r, "cannot %s", words);
}
