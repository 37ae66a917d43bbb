/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WG_MSG_H
#define LIBNS_WG_MSG_H

#include "text/netlink-msg.h"
#include "text/wg-conf.h"

/*
 * Messages of generic netlink to the family "wireguard". A configuration takes several: one for
 * the interface, which also removes all peers, and then those of each peer. Whoever has sent one
 * overwrites it, since keys are in it.
 */

/* Asks for the number of a family by its name. */
void genl_msg_family(struct netlink_msg *msg, const char *name);
/* Return: the number out of the answer, or 0. */
uint16_t genl_msg_read_family(const struct netlink_item *item);

/* The interface itself. */
void wg_msg_device(struct netlink_msg *msg, uint16_t family, const char *link,
		   const struct wg_conf *conf);

/*
 * A peer, with its networks from the one with the index @from on, of those of the peer. Return:
 * from where the next message is to go on; @peer->n_allowed if this was the last.
 */
size_t wg_msg_peer(struct netlink_msg *msg, uint16_t family, const char *link,
		   const struct wg_conf *conf, const struct wg_peer *peer, size_t from);

#endif
