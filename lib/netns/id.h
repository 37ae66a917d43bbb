/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_NETNS_ID_H
#define LIBNS_NETNS_ID_H

#include <stdbool.h>
#include <stdint.h>

#include <libns/error.h>
#include <libns/netns.h>

#include "kernel/rtnl.h"

/* Asks several questions about numbers of network namespaces through one socket. */

int netns_id_open(struct libns_error *err);

/* Whether the namespace of the socket has given any number; true when in doubt. */
bool netns_id_any(int socket_fd);

int netns_id_query(int socket_fd, int ns_fd, int32_t *ret_nsid, struct libns_error *err);

/* Whether a number stands for a namespace that somebody holds, in the namespace of @rtnl. One that is
 * ending may have its number for a while. Return: 1, 0, or -errno. */
int netns_id_is_held(struct libns_rtnl *rtnl, int32_t nsid);

/* Reads one message of the kernel about a number. Return: whether it is such a message. */
bool netns_id_parse(const struct netlink_item *item, struct libns_nsid *ret);

#endif
