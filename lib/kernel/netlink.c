/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The socket half of netlink. The kernel answers within sendmsg(2), so a
 * reply is waiting when recvfrom(2) is called and nothing here can hang. The
 * sequence number distinguishes an answer from the rest of one that was given
 * up, such as the rest of a dump that is asked for again.
 */

#include "kernel/netlink.h"

#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <libns/nsfd.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/attempt.h"
#include "kernel/clone.h"

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

/* What a helper is to do, and its result. */
struct opening {
	int protocol, ns_fd;
	bool inside; /* it has entered the namespace */
	int result;
};

/* The helper shares the table of descriptors (CLONE_FILES), so the socket is the caller's too. */
static int open_inside(void *data)
{
	struct opening *opening = data;

	if (setns(opening->ns_fd, CLONE_NEWNET) < 0) {
		opening->result = -errno;
		return 0;
	}
	opening->inside = true;
	opening->result = open_here(opening->protocol);
	return 0;
}

/* Whoever is in a namespace needs no right to enter it. Without /proc that cannot be told. */
static bool is_here(int ns_fd)
{
	struct stat there, here;

	return fstat(ns_fd, &there) == 0 && stat("/proc/thread-self/ns/net", &here) == 0 &&
	       there.st_dev == here.st_dev && there.st_ino == here.st_ino;
}

static int enter_failed(const struct opening *opening, struct libns_error *err)
{
	int r = opening->result;
	uint64_t type = 0;

	if (r == -EINVAL &&
	    (libns_fd_query_type(opening->ns_fd, &type, NULL) < 0 || type != LIBNS_TYPE_NET))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "descriptor %d is no network namespace", opening->ns_fd);
	error_set(err, LIBNS_STEP_ENTER, -r, "cannot enter network namespace 'fd:%d'",
		  opening->ns_fd);
	return error_types(err, LIBNS_TYPE_NET, r);
}

/*
 * A socket stays in the namespace it was made in. A child that shares the memory (as with vfork(2))
 * enters the namespace and makes it, so nothing can go wrong on a way back. Nobody is told of its
 * end, so that it can be waited for also where the caller ignores SIGCHLD.
 */
static int open_there(struct opening *opening, struct libns_error *err)
{
	static const struct attempt_call call = { SYS_setns, "setns", 0, 0 };
	uint64_t mask = ~UINT64_C(0);
	int r = attempt_survive(&call, 1, LIBNS_STEP_ENTER, err);
	pid_t pid;

	if (r < 0)
		return r;
	pid = clone_vfork(CLONE_FILES, open_inside, opening, &mask, NULL);
	if (pid < 0)
		return error_set(err, LIBNS_STEP_CLONE, -pid,
				 "cannot make a child to open a netlink socket");
	clone_wait(pid, NULL);
	return opening->inside ? 0 : enter_failed(opening, err);
}

int netlink_open(int protocol, int ns_fd, struct libns_error *err)
{
	struct opening opening = { protocol, ns_fd, false, -EIO };
	int r;

	if (ns_fd == NETLINK_HERE || is_here(ns_fd))
		opening.result = open_here(protocol);
	else if ((r = open_there(&opening, err)) < 0)
		return r;
	if (opening.result < 0)
		return error_set(err, LIBNS_STEP_NETLINK, -opening.result,
				 "cannot open a netlink socket");
	set_options(opening.result);
	return opening.result;
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
