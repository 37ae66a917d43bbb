/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_RTNL_MSG_H
#define LIBNS_RTNL_MSG_H

#include <libns/link.h>

#include "text/netlink-msg.h"

/*
 * Requests and answers of rtnetlink(7) about links, addresses and routes, as bytes. What is to be
 * built has been checked before: ip_is_sound(), rtnl_check_name().
 */

/* Return: what is wrong with the name of a link, as the end of a sentence; or NULL. */
const char *rtnl_check_name(const char *name);

/* To make a link, or to change link @index (not 0). */
void rtnl_build_link(struct netlink_msg *msg, uint32_t index,
		     const struct libns_link_options *options);
/* @type: RTM_DELLINK, RTM_GETLINK. By @name if that is not NULL. */
void rtnl_build_which(struct netlink_msg *msg, uint16_t type, uint32_t index, const char *name);
/* All links, addresses (RTM_GETADDR) or routes. */
void rtnl_build_dump(struct netlink_msg *msg, uint16_t type);
/* @type: RTM_NEWADDR, RTM_DELADDR. */
void rtnl_build_address(struct netlink_msg *msg, uint16_t type,
			const struct libns_address *address);
/* @type: RTM_NEWROUTE, RTM_DELROUTE. */
void rtnl_build_route(struct netlink_msg *msg, uint16_t type, const struct libns_route *route);
void rtnl_build_find(struct netlink_msg *msg, const struct libns_ip *to);
/* Whether the link layer address of @ip is known on link @index (Linux 5.0). */
void rtnl_build_neighbour(struct netlink_msg *msg, uint32_t index, const struct libns_ip *ip);

/* Fill the whole struct. Return: whether the message is about such an object, and sound. */
bool rtnl_parse_link(const struct netlink_item *item, struct libns_link *ret);
bool rtnl_parse_address(const struct netlink_item *item, struct libns_address *ret);
bool rtnl_parse_route(const struct netlink_item *item, struct libns_route *ret);
/* The same with the i-th of several ways, from 0. Return: false beyond the last. */
bool rtnl_parse_hop(const struct netlink_item *item, size_t i, struct libns_route *ret);
/* @ret_state: NUD_* of <linux/neighbour.h>. */
bool rtnl_parse_neighbour(const struct netlink_item *item, uint16_t *ret_state);

/* Whether a route is one that somebody made: not of the local table, not a copy. */
bool rtnl_is_own_route(const struct netlink_item *item, const struct libns_route *route);

#endif
