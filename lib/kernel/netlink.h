/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_NETLINK_H
#define LIBNS_NETLINK_H

#include <libns/error.h>

#include "text/netlink-msg.h"

/* Questions to rtnetlink(7), one at a time, each with an acknowledgement. */

/* Opens a socket in the calling thread's network namespace. Return: descriptor or a negative
 * errno. */
int netlink_open(struct libns_error *err);

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
