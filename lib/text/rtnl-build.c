/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Requests to rtnetlink(7).
 *
 * Traps of the kernel: the peer of a veth pair cannot be born up (it is opened before it has a
 * peer itself, ENOTCONN), and an alias in the request that makes a link is ignored.
 */

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>

#include "base/base.h"
#include "text/ip.h"
#include "text/rtnl-msg.h"

#ifndef RTEXT_FILTER_SKIP_STATS
#define RTEXT_FILTER_SKIP_STATS (1 << 3) /* Linux 4.7 */
#endif

#define MAKE (NLM_F_CREATE | NLM_F_EXCL)

const char *rtnl_check_name(const char *name)
{
	if (!name[0])
		return "is empty";
	if (strlen(name) >= IFNAMSIZ)
		return "is longer than 15 bytes";
	if (strpbrk(name, "/: \f\n\r\t\v"))
		return "has '/', ':' or white space in it";
	return base_is_entry_name(name, IFNAMSIZ - 1) ? NULL : "would be a directory";
}

static void put_fd(struct netlink_msg *msg, uint16_t type, int fd)
{
	if (fd >= 0)
		netlink_msg_put_u32(msg, type, (uint32_t)fd);
}

static void put_above_zero(struct netlink_msg *msg, uint16_t type, uint32_t value)
{
	if (value)
		netlink_msg_put_u32(msg, type, value);
}

/*
 * By default there is a queue for each processor, and directories in sysfs for each: with two
 * processors a quarter of the time that a pair takes.
 */
static void put_queues(struct netlink_msg *msg, uint32_t queues)
{
	put_above_zero(msg, IFLA_NUM_TX_QUEUES, queues);
	put_above_zero(msg, IFLA_NUM_RX_QUEUES, queues);
}

static void put_peer(struct netlink_msg *msg, const struct libns_link_options *options)
{
	const struct ifinfomsg fixed = { .ifi_family = AF_UNSPEC };
	size_t peer = netlink_msg_nest(msg, VETH_INFO_PEER, &fixed, sizeof(fixed));

	if (options->peer_name)
		netlink_msg_put_string(msg, IFLA_IFNAME, options->peer_name);
	put_above_zero(msg, IFLA_MTU, options->peer_mtu);
	put_queues(msg, options->queues);
	put_fd(msg, IFLA_NET_NS_FD,
	       options->peer_ns_fd >= 0 ? options->peer_ns_fd : options->ns_fd);
	netlink_msg_nest_end(msg, peer);
}

static void put_kind(struct netlink_msg *msg, const struct libns_link_options *options)
{
	size_t info = netlink_msg_nest(msg, IFLA_LINKINFO, NULL, 0), data;

	netlink_msg_put_string(msg, IFLA_INFO_KIND, options->kind);
	data = netlink_msg_nest(msg, IFLA_INFO_DATA, NULL, 0);
	if (!strcmp(options->kind, "veth"))
		put_peer(msg, options);
	else if (!strcmp(options->kind, "macvlan"))
		netlink_msg_put_u32(msg, IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE);
	netlink_msg_nest_end(msg, data);
	netlink_msg_nest_end(msg, info);
}

void rtnl_build_link(struct netlink_msg *msg, uint32_t index,
		     const struct libns_link_options *options)
{
	const uint64_t flags = options->flags;
	const struct ifinfomsg fixed = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = (int)index,
		.ifi_flags = flags & LIBNS_LINK_UP ? IFF_UP : 0,
		.ifi_change = flags & (LIBNS_LINK_UP | LIBNS_LINK_DOWN) ? IFF_UP : 0,
	};

	netlink_msg_init(msg, index ? RTM_SETLINK : RTM_NEWLINK, index ? 0 : MAKE, &fixed,
			 sizeof(fixed));
	if (options->name)
		netlink_msg_put_string(msg, IFLA_IFNAME, options->name);
	put_above_zero(msg, IFLA_MTU, options->mtu);
	if (flags & LIBNS_LINK_GROUP)
		netlink_msg_put_u32(msg, IFLA_GROUP, options->group);
	if (flags & LIBNS_LINK_MASTER)
		netlink_msg_put_u32(msg, IFLA_MASTER, options->master);
	if (options->alias)
		netlink_msg_put(msg, IFLA_IFALIAS, options->alias, strlen(options->alias));
	if (options->mac)
		netlink_msg_put(msg, IFLA_ADDRESS, options->mac, 6);
	put_above_zero(msg, IFLA_LINK, options->lower);
	put_queues(msg, options->queues);
	put_fd(msg, IFLA_NET_NS_FD, options->ns_fd);
	if (options->kind)
		put_kind(msg, options);
}

void rtnl_build_which(struct netlink_msg *msg, uint16_t type, uint32_t index, const char *name)
{
	const struct ifinfomsg fixed = { .ifi_family = AF_UNSPEC, .ifi_index = (int)index };

	netlink_msg_init(msg, type, 0, &fixed, sizeof(fixed));
	if (name)
		netlink_msg_put_string(msg, IFLA_IFNAME, name);
	if (type == RTM_GETLINK)
		netlink_msg_put_u32(msg, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
}

void rtnl_build_dump(struct netlink_msg *msg, uint16_t type)
{
	const struct ifinfomsg links = { .ifi_family = AF_UNSPEC };
	const struct ifaddrmsg addresses = { .ifa_family = AF_UNSPEC };
	const struct rtmsg routes = { .rtm_family = AF_UNSPEC };

	switch (type) {
	case RTM_GETLINK:
		netlink_msg_init(msg, type, NLM_F_DUMP, &links, sizeof(links));
		netlink_msg_put_u32(msg, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
		break;
	case RTM_GETADDR:
		netlink_msg_init(msg, type, NLM_F_DUMP, &addresses, sizeof(addresses));
		break;
	default:
		netlink_msg_init(msg, type, NLM_F_DUMP, &routes, sizeof(routes));
	}
}

static void put_ip(struct netlink_msg *msg, uint16_t type, const struct libns_ip *ip)
{
	netlink_msg_put(msg, type, ip->bytes, ip_size(ip->family));
}

void rtnl_build_address(struct netlink_msg *msg, uint16_t type, const struct libns_address *address)
{
	const struct ifaddrmsg fixed = {
		.ifa_family = address->ip.family,
		.ifa_prefixlen = address->ip.prefix,
		.ifa_scope = address->scope,
		.ifa_index = address->index,
	};

	netlink_msg_init(msg, type, type == RTM_NEWADDR ? MAKE : 0, &fixed, sizeof(fixed));
	put_ip(msg, IFA_LOCAL, &address->ip);
	put_ip(msg, IFA_ADDRESS, &address->ip);
	/* The field of the fixed part has eight bits only, and does not count beside this. */
	put_above_zero(msg, IFA_FLAGS, address->flags);
}

/* As ip(8) chooses: what is on the link itself is nearer than what lies behind a gateway. */
static uint8_t fitting_scope(const struct libns_route *route)
{
	if (route->scope || route->to.family != AF_INET || route->gateway.family)
		return route->scope;
	switch (route->type) {
	case RTN_UNSPEC:
	case RTN_UNICAST:
	case RTN_MULTICAST:
	case RTN_BROADCAST:
	case RTN_ANYCAST:
		return RT_SCOPE_LINK;
	case RTN_LOCAL:
	case RTN_NAT:
		return RT_SCOPE_HOST;
	default:
		return RT_SCOPE_UNIVERSE;
	}
}

/* An IPv4 network may lie behind an IPv6 gateway. */
static void put_gateway(struct netlink_msg *msg, const struct libns_route *route)
{
	const struct libns_ip *gateway = &route->gateway;
	struct {
		uint16_t family;
		uint8_t bytes[sizeof(gateway->bytes)];
	} via = { gateway->family, { 0 } };

	if (gateway->family == route->to.family) {
		put_ip(msg, RTA_GATEWAY, gateway);
		return;
	}
	memcpy(via.bytes, gateway->bytes, sizeof(via.bytes));
	netlink_msg_put(msg, RTA_VIA, &via, sizeof(via.family) + ip_size(gateway->family));
}

static void put_mtu(struct netlink_msg *msg, uint32_t mtu)
{
	size_t metrics = netlink_msg_nest(msg, RTA_METRICS, NULL, 0);

	netlink_msg_put_u32(msg, RTAX_MTU, mtu);
	netlink_msg_nest_end(msg, metrics);
}

void rtnl_build_route(struct netlink_msg *msg, uint16_t type, const struct libns_route *route)
{
	const bool make = type == RTM_NEWROUTE;
	const uint32_t table = route->table ? route->table : RT_TABLE_MAIN;
	const struct rtmsg fixed = {
		.rtm_family = route->to.family,
		.rtm_dst_len = route->to.prefix,
		.rtm_table = table < 256 ? (uint8_t)table : RT_TABLE_UNSPEC,
		.rtm_protocol = make ? RTPROT_STATIC : RTPROT_UNSPEC,
		/* NOWHERE: to delete one of any scope. */
		.rtm_scope = make || route->scope ? fitting_scope(route) : RT_SCOPE_NOWHERE,
		.rtm_type = route->type || !make ? route->type : RTN_UNICAST,
		.rtm_flags = route->onlink ? RTNH_F_ONLINK : 0,
	};

	netlink_msg_init(msg, type, make ? MAKE : 0, &fixed, sizeof(fixed));
	if (route->to.prefix)
		put_ip(msg, RTA_DST, &route->to);
	if (table >= 256)
		netlink_msg_put_u32(msg, RTA_TABLE, table);
	put_above_zero(msg, RTA_OIF, route->index);
	put_above_zero(msg, RTA_PRIORITY, route->metric);
	if (route->gateway.family)
		put_gateway(msg, route);
	if (route->source.family)
		put_ip(msg, RTA_PREFSRC, &route->source);
	if (route->mtu)
		put_mtu(msg, route->mtu);
}

void rtnl_build_find(struct netlink_msg *msg, const struct libns_ip *to)
{
	const struct rtmsg fixed = {
		.rtm_family = to->family,
		.rtm_dst_len = ip_bits(to->family),
		/* IPv6 tells the table always, and knows no such flag. */
		.rtm_flags = to->family == AF_INET ? RTM_F_LOOKUP_TABLE : 0,
	};

	netlink_msg_init(msg, RTM_GETROUTE, 0, &fixed, sizeof(fixed));
	put_ip(msg, RTA_DST, to);
}

void rtnl_build_neighbour(struct netlink_msg *msg, uint32_t index, const struct libns_ip *ip)
{
	const struct ndmsg fixed = { .ndm_family = ip->family, .ndm_ifindex = (int)index };

	netlink_msg_init(msg, RTM_GETNEIGH, 0, &fixed, sizeof(fixed));
	put_ip(msg, NDA_DST, ip);
}
