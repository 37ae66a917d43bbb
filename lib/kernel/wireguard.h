/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIREGUARD_H
#define LIBNS_WIREGUARD_H

#include <libns/error.h>

#include "text/wg-conf.h"

/*
 * Configures a WireGuard interface of the network namespace @ns_fd, or NETLINK_HERE: keys, port and
 * peers. Endpoints that are names must have been looked up. Addresses and routes are not its
 * business. Return: 0 or -errno with the sentence.
 */
int wireguard_set(int ns_fd, const char *link, const struct wg_conf *conf, struct libns_error *err);

#endif
