/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CONNTRACK_H
#define LIBNS_CONNTRACK_H

#include <libns/error.h>

#include "text/conntrack-msg.h"

/*
 * conntrack_flush() - make the kernel forget flows of TCP and UDP
 * @family: AF_INET or AF_INET6, or AF_UNSPEC for both
 * @wanted: whether it is to forget this one
 * @data: for @wanted
 * @ret_n: receives how many it has forgotten; or NULL
 *
 * In the network namespace of the calling thread. The next packet of such a flow is judged by the
 * rules as they are then. A kernel that tracks no flows has none to forget. To look for them takes the
 * kernel milliseconds: its table may be large, and it looks at all of it.
 *
 * Return: 0, -EPERM, -ENOMEM, ...
 */
int conntrack_flush(uint8_t family, bool (*wanted)(const struct conntrack_flow *flow, void *data),
		    void *data, size_t *ret_n, struct libns_error *err);

#endif
