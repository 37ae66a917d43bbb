/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_NETLINK_H
#define LIBNS_NETLINK_H

#include <libns/error.h>

#include "text/netlink-msg.h"

/* Questions to the kernel by netlink(7), one at a time, each with an acknowledgement. */

/* The network namespace of the calling thread. */
#define NETLINK_HERE (-1)

/*
 * Opens a socket of @protocol (NETLINK_ROUTE, NETLINK_NETFILTER, NETLINK_GENERIC, ...) in the
 * network namespace @ns_fd, or NETLINK_HERE. The calling thread stays where it is. Not to be called
 * between clone(2) and execve(2). Return: descriptor or a negative errno.
 */
int netlink_open(int protocol, int ns_fd, struct libns_error *err);

struct netlink_call {
	int fd;
	struct netlink_reply reply; /* its answer and data; the rest is filled in */
	/* Forgets what the reply has reported so far, because a dump begins again; or NULL. */
	void (*again)(void *data);
};

/* Sends @msg, reads the whole answer. Return: 0 or a negative errno. */
int netlink_transact(struct netlink_call *call, struct netlink_msg *msg);

/* "cannot <words>: <the kernel's words, else errno>". Return: @r. */
int netlink_fail(const struct netlink_call *call, int r, const char *words,
		 struct libns_error *err);

#endif
