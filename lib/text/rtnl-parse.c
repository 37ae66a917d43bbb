/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Answers of rtnetlink(7). An attribute that has not the size of its type is passed over, as one is
 * that nobody knows.
 */

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include <libns/netns.h>

#include "base/base.h"
#include "text/ip.h"
#include "text/rtnl-msg.h"

static void read_kind(struct netlink_view rest, struct libns_link *ret)
{
	struct netlink_attr attr;

	while (netlink_next_attr(&rest, &attr))
		if (attr.type == IFLA_INFO_KIND)
			netlink_attr_string(&attr, ret->kind, sizeof(ret->kind));
}

static void read_link_attr(const struct netlink_attr *attr, struct libns_link *ret)
{
	uint32_t value;

	switch (attr->type) {
	case IFLA_IFNAME:
		netlink_attr_string(attr, ret->name, sizeof(ret->name));
		return;
	case IFLA_IFALIAS:
		netlink_attr_string(attr, ret->alias, sizeof(ret->alias));
		return;
	case IFLA_LINKINFO:
		read_kind(attr->value, ret);
		return;
	case IFLA_ADDRESS:
		if (attr->value.size == sizeof(ret->mac))
			memcpy(ret->mac, attr->value.data, sizeof(ret->mac));
		return;
	case IFLA_OPERSTATE:
		netlink_attr_u8(attr, &ret->operstate);
		return;
	}
	if (!netlink_attr_u32(attr, &value))
		return;
	switch (attr->type) {
	case IFLA_MTU:
		ret->mtu = value;
		break;
	case IFLA_GROUP:
		ret->group = value;
		break;
	case IFLA_MASTER:
		ret->master = value;
		break;
	case IFLA_LINK:
		ret->peer = value;
		break;
	case IFLA_LINK_NETNSID:
		/* It is there, but has no number: the other end is not in this namespace. */
		ret->peer_nsid = (int32_t)value < 0 ? LIBNS_NSID_UNKNOWN : (int32_t)value;
		break;
	}
}

bool rtnl_parse_link(const struct netlink_item *item, struct libns_link *ret)
{
	struct netlink_view rest = netlink_attrs(item, sizeof(struct ifinfomsg));
	struct netlink_attr attr;
	struct ifinfomsg fixed;

	/* Ports of bridges are told about in messages of their own, of another family. */
	if (item->header.nlmsg_type != RTM_NEWLINK || !netlink_fixed(item, &fixed, sizeof(fixed)) ||
	    fixed.ifi_family != AF_UNSPEC || fixed.ifi_index <= 0)
		return false;
	*ret = (struct libns_link){ .size = sizeof(*ret),
				    .index = (uint32_t)fixed.ifi_index,
				    .flags = fixed.ifi_flags,
				    .peer_nsid = LIBNS_NSID_NONE };
	while (netlink_next_attr(&rest, &attr))
		read_link_attr(&attr, ret);
	/* A link that is not one of a pair may lie on top of another. */
	if (strcmp(ret->kind, "veth") != 0) {
		ret->peer = 0;
		ret->peer_nsid = LIBNS_NSID_NONE;
	}
	return ret->name[0];
}

/* Return: whether the value is an address of @family. */
static bool read_ip(const struct netlink_view *value, uint8_t family, struct libns_ip *ret)
{
	size_t size = ip_size(family);

	if (!size || value->size != size)
		return false;
	*ret = (struct libns_ip){ .family = family, .prefix = ip_bits(family) };
	memcpy(ret->bytes, value->data, size);
	return true;
}

bool rtnl_parse_address(const struct netlink_item *item, struct libns_address *ret)
{
	struct netlink_view rest = netlink_attrs(item, sizeof(struct ifaddrmsg));
	struct libns_ip local = { 0 };
	struct netlink_attr attr;
	struct ifaddrmsg fixed;

	if (item->header.nlmsg_type != RTM_NEWADDR || !netlink_fixed(item, &fixed, sizeof(fixed)))
		return false;
	*ret = (struct libns_address){ .size = sizeof(*ret),
				       .index = fixed.ifa_index,
				       .flags = fixed.ifa_flags,
				       .scope = fixed.ifa_scope };
	while (netlink_next_attr(&rest, &attr)) {
		/* Of a link with an address at each end, the other one's. */
		if (attr.type == IFA_ADDRESS)
			read_ip(&attr.value, fixed.ifa_family, &ret->ip);
		if (attr.type == IFA_LOCAL)
			read_ip(&attr.value, fixed.ifa_family, &local);
		if (attr.type == IFA_FLAGS)
			netlink_attr_u32(&attr, &ret->flags);
	}
	if (local.family)
		ret->ip = local;
	ret->ip.prefix = fixed.ifa_prefixlen;
	return ip_is_sound(&ret->ip);
}

static void read_metrics(struct netlink_view rest, struct libns_route *ret)
{
	struct netlink_attr attr;

	while (netlink_next_attr(&rest, &attr))
		if (attr.type == RTAX_MTU)
			netlink_attr_u32(&attr, &ret->mtu);
}

static void read_via(const struct netlink_view *value, struct libns_ip *ret)
{
	struct netlink_view rest = *value;
	uint16_t family;

	if (rest.size < sizeof(family))
		return;
	memcpy(&family, rest.data, sizeof(family));
	rest.data += sizeof(family);
	rest.size -= sizeof(family);
	if (family <= UINT8_MAX)
		read_ip(&rest, (uint8_t)family, ret);
}

/* Of several ways at once, the one that @rest begins with, which becomes what is behind it. Return:
 * false at the end. */
static bool read_hop(struct netlink_view *rest_hops, struct libns_route *ret)
{
	struct netlink_view rest = *rest_hops;
	struct netlink_attr attr;
	struct rtnexthop hop;
	size_t size;

	if (rest.size < sizeof(hop))
		return false;
	memcpy(&hop, rest.data, sizeof(hop));
	if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > rest.size)
		return false;
	size = RTNH_ALIGN((size_t)hop.rtnh_len);
	if (size > rest.size)
		size = rest.size;
	*rest_hops = (struct netlink_view){ rest.data + size, rest.size - size };
	ret->gateway = (struct libns_ip){ .family = 0 };
	ret->index = (uint32_t)hop.rtnh_ifindex;
	ret->onlink = hop.rtnh_flags & RTNH_F_ONLINK;
	rest = (struct netlink_view){ rest.data + sizeof(hop), hop.rtnh_len - sizeof(hop) };
	while (netlink_next_attr(&rest, &attr)) {
		if (attr.type == RTA_GATEWAY)
			read_ip(&attr.value, ret->to.family, &ret->gateway);
		if (attr.type == RTA_VIA)
			read_via(&attr.value, &ret->gateway);
	}
	return true;
}

static void read_route_attr(const struct netlink_attr *attr, struct libns_route *ret)
{
	const uint8_t family = ret->to.family;
	struct netlink_view hops;

	switch (attr->type) {
	case RTA_DST:
		read_ip(&attr->value, family, &ret->to);
		break;
	case RTA_GATEWAY:
		read_ip(&attr->value, family, &ret->gateway);
		break;
	case RTA_VIA:
		read_via(&attr->value, &ret->gateway);
		break;
	case RTA_PREFSRC:
		read_ip(&attr->value, family, &ret->source);
		break;
	case RTA_OIF:
		netlink_attr_u32(attr, &ret->index);
		break;
	case RTA_TABLE:
		netlink_attr_u32(attr, &ret->table);
		break;
	case RTA_PRIORITY:
		netlink_attr_u32(attr, &ret->metric);
		break;
	case RTA_METRICS:
		read_metrics(attr->value, ret);
		break;
	case RTA_MULTIPATH:
		hops = attr->value;
		read_hop(&hops, ret);
		break;
	}
}

bool rtnl_parse_route(const struct netlink_item *item, struct libns_route *ret)
{
	struct netlink_view rest = netlink_attrs(item, sizeof(struct rtmsg));
	struct netlink_attr attr;
	struct rtmsg fixed;

	if (item->header.nlmsg_type != RTM_NEWROUTE || !netlink_fixed(item, &fixed, sizeof(fixed)))
		return false;
	*ret = (struct libns_route){ .size = sizeof(*ret),
				     .to = { .family = fixed.rtm_family },
				     .table = fixed.rtm_table,
				     .type = fixed.rtm_type,
				     .scope = fixed.rtm_scope,
				     .onlink = fixed.rtm_flags & RTNH_F_ONLINK };
	while (netlink_next_attr(&rest, &attr))
		read_route_attr(&attr, ret);
	ret->to.prefix = fixed.rtm_dst_len;
	return ip_is_sound(&ret->to);
}

bool rtnl_parse_hop(const struct netlink_item *item, size_t i, struct libns_route *ret)
{
	struct netlink_view rest = netlink_attrs(item, sizeof(struct rtmsg));
	struct netlink_attr attr;
	bool found = false;

	if (!rtnl_parse_route(item, ret))
		return false;
	while (i && netlink_next_attr(&rest, &attr)) {
		struct netlink_view hops = attr.value;

		if (attr.type != RTA_MULTIPATH)
			continue;
		found = true;
		for (size_t n = 0; found && n <= i; n++)
			found = read_hop(&hops, ret);
	}
	return !i || found;
}

bool rtnl_is_own_route(const struct netlink_item *item, const struct libns_route *route)
{
	struct rtmsg fixed;

	return netlink_fixed(item, &fixed, sizeof(fixed)) && !(fixed.rtm_flags & RTM_F_CLONED) &&
	       route->table != RT_TABLE_LOCAL;
}

bool rtnl_parse_neighbour(const struct netlink_item *item, uint16_t *ret_state)
{
	struct ndmsg fixed;

	if (item->header.nlmsg_type != RTM_NEWNEIGH || !netlink_fixed(item, &fixed, sizeof(fixed)))
		return false;
	*ret_state = fixed.ndm_state;
	return true;
}
