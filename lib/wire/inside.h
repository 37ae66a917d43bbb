/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_INSIDE_H
#define LIBNS_WIRE_INSIDE_H

#include <libns/error.h>
#include <libns/ip.h>

/*
 * Finds the addresses at which the network namespace of the calling thread reaches another one
 * directly: over a link of ours if there is one, else without a gateway. Family 0: none.
 */
int inside_find(int ns_fd, struct libns_ip *ret_ip4, struct libns_ip *ret_ip6,
		struct libns_error *err);

#endif
