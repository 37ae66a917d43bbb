/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_RTNL_NEIGHBOUR_H
#define LIBNS_RTNL_NEIGHBOUR_H

#include <libns/link.h>

/* What ARP or neighbour discovery know of an address on a link, as NUD_*; 0: nothing. Return: 0, or
 * a negative errno (Linux before 5.0 cannot be asked). */
int rtnl_neighbour(struct libns_rtnl *rtnl, uint32_t index, const struct libns_ip *ip,
		   uint16_t *ret_state);

#endif
