/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers of rtnetlink that a kernel rarely gives, written by hand. */
#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <libns/netns.h>

#include "tap.h"
#include "text/rtnl-msg.h"

static struct netlink_item item_of(const struct netlink_msg *msg)
{
	struct netlink_view rest = { msg->bytes, msg->used };
	struct netlink_item item;

	CHECK(!msg->overflow);
	CHECK(netlink_next(&rest, &item));
	return item;
}

static void put_ip(struct netlink_msg *msg, uint16_t type, const char *text)
{
	struct in_addr ip;

	CHECK_INT(inet_pton(AF_INET, text, &ip), 1);
	netlink_msg_put(msg, type, &ip, sizeof(ip));
}

static void check_ip(const struct libns_ip *ip, const char *text)
{
	char is[LIBNS_IP_TEXT];

	CHECK_STR(libns_ip_format(ip, true, is), text);
}

static bool parse_address(const struct netlink_msg *msg, struct libns_address *ret)
{
	const struct netlink_item item = item_of(msg);

	return rtnl_parse_address(&item, ret);
}

static bool parse_route(const struct netlink_msg *msg, struct libns_route *ret)
{
	const struct netlink_item item = item_of(msg);

	return rtnl_parse_route(&item, ret);
}

static bool parse_link(const struct netlink_msg *msg, struct libns_link *ret)
{
	const struct netlink_item item = item_of(msg);

	return rtnl_parse_link(&item, ret);
}

/* ------------------------------------------------------------------ addresses */

static void begin_address(struct netlink_msg *msg, uint8_t prefix)
{
	const struct ifaddrmsg fixed = {
		.ifa_family = AF_INET, .ifa_prefixlen = prefix, .ifa_flags = 0x80, .ifa_index = 7
	};

	netlink_msg_init(msg, RTM_NEWADDR, 0, &fixed, sizeof(fixed));
}

TEST(the_address_of_this_end)
{
	struct libns_address address;
	struct netlink_msg msg;

	begin_address(&msg, 32);
	put_ip(&msg, IFA_LOCAL, "10.0.0.5");
	put_ip(&msg, IFA_ADDRESS, "10.0.0.6");
	CHECK(parse_address(&msg, &address));
	check_ip(&address.ip, "10.0.0.5/32");
	CHECK_INT(address.flags, 0x80);
	/* IPv6 has one only. */
	begin_address(&msg, 24);
	put_ip(&msg, IFA_ADDRESS, "10.0.0.6");
	netlink_msg_put_u32(&msg, IFA_FLAGS, 0x280);
	CHECK(parse_address(&msg, &address));
	check_ip(&address.ip, "10.0.0.6/24");
	CHECK_INT(address.flags, 0x280);
	CHECK_INT(address.index, 7);
}

TEST(what_is_no_address)
{
	const struct ifaddrmsg other = { .ifa_family = AF_UNIX };
	struct libns_address address;
	struct netlink_msg msg;

	begin_address(&msg, 24);
	CHECK(!parse_address(&msg, &address));
	/* Too short, too long, and of no length that there is. */
	netlink_msg_put(&msg, IFA_LOCAL, "abc", 3);
	netlink_msg_put(&msg, IFA_LOCAL, "abcdefghijklmnop", 16);
	CHECK(!parse_address(&msg, &address));
	begin_address(&msg, 33);
	put_ip(&msg, IFA_LOCAL, "10.0.0.5");
	CHECK(!parse_address(&msg, &address));
	netlink_msg_init(&msg, RTM_NEWADDR, 0, &other, sizeof(other));
	put_ip(&msg, IFA_LOCAL, "10.0.0.5");
	CHECK(!parse_address(&msg, &address));
	netlink_msg_init(&msg, RTM_NEWADDR, 0, "abcd", 4);
	CHECK(!parse_address(&msg, &address));
	begin_address(&msg, 24);
	put_ip(&msg, IFA_LOCAL, "10.0.0.5");
	msg.header.nlmsg_type = RTM_DELADDR;
	CHECK(!parse_address(&msg, &address));
}

/* ------------------------------------------------------------------ routes */

static void begin_route(struct netlink_msg *msg, uint8_t prefix, uint32_t flags)
{
	const struct rtmsg fixed = { .rtm_family = AF_INET,
				     .rtm_dst_len = prefix,
				     .rtm_table = RT_TABLE_MAIN,
				     .rtm_type = RTN_UNICAST,
				     .rtm_flags = flags };

	netlink_msg_init(msg, RTM_NEWROUTE, 0, &fixed, sizeof(fixed));
	put_ip(msg, RTA_DST, "10.8.0.0");
}

/* One way of several: its length covers what it has. */
static size_t put_hop(char *to, int index, uint8_t flags, uint16_t length, const char *gateway)
{
	struct rtnexthop hop = { .rtnh_len = length, .rtnh_flags = flags, .rtnh_ifindex = index };
	struct rtattr attr = { .rta_len = RTA_LENGTH(4), .rta_type = RTA_GATEWAY };

	memcpy(to, &hop, sizeof(hop));
	memcpy(to + sizeof(hop), &attr, sizeof(attr));
	CHECK_INT(inet_pton(AF_INET, gateway, to + sizeof(hop) + sizeof(attr)), 1);
	return sizeof(hop) + sizeof(attr) + 4;
}

TEST(several_ways)
{
	char hops[64];
	struct libns_route route;
	struct netlink_item item;
	struct netlink_msg msg;
	size_t n = put_hop(hops, 7, RTNH_F_ONLINK, 16, "10.0.0.1");

	n += put_hop(hops + n, 9, 0, 16, "10.0.0.2");
	begin_route(&msg, 16, 0);
	netlink_msg_put(&msg, RTA_MULTIPATH, hops, n);
	CHECK(parse_route(&msg, &route));
	check_ip(&route.to, "10.8.0.0/16");
	check_ip(&route.gateway, "10.0.0.1/32");
	CHECK_INT(route.index, 7);
	CHECK(route.onlink);
	item = item_of(&msg);
	CHECK(rtnl_parse_hop(&item, 1, &route));
	check_ip(&route.to, "10.8.0.0/16");
	check_ip(&route.gateway, "10.0.0.2/32");
	CHECK_INT(route.index, 9);
	CHECK(!route.onlink);
	CHECK(!rtnl_parse_hop(&item, 2, &route));
	begin_route(&msg, 16, 0);
	item = item_of(&msg);
	CHECK(rtnl_parse_hop(&item, 0, &route) && !rtnl_parse_hop(&item, 1, &route));
}

TEST(ways_with_lengths_that_lie)
{
	static const uint16_t lengths[] = { 0, 7, 17, 65535 };
	struct libns_route route;
	struct netlink_msg msg;
	char hop[16];

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		put_hop(hop, 7, 0, lengths[i], "10.0.0.1");
		begin_route(&msg, 16, 0);
		netlink_msg_put(&msg, RTA_MULTIPATH, hop, sizeof(hop));
		CHECK(parse_route(&msg, &route));
		CHECK_INT(route.index, 0);
		CHECK_INT(route.gateway.family, 0);
	}
	begin_route(&msg, 16, 0);
	netlink_msg_put(&msg, RTA_MULTIPATH, hop, 5);
	netlink_msg_put(&msg, RTA_VIA, hop, 1);
	netlink_msg_put(&msg, RTA_GATEWAY, hop, 5);
	netlink_msg_put(&msg, RTA_OIF, hop, 2);
	CHECK(parse_route(&msg, &route));
	CHECK_INT(route.index, 0);
	CHECK_INT(route.gateway.family, 0);
	begin_route(&msg, 33, 0);
	CHECK(!parse_route(&msg, &route));
}

TEST(routes_that_nobody_made)
{
	struct libns_route route;
	struct netlink_item item;
	struct netlink_msg msg;

	begin_route(&msg, 32, 0);
	item = item_of(&msg);
	CHECK(rtnl_parse_route(&item, &route) && rtnl_is_own_route(&item, &route));
	begin_route(&msg, 32, RTM_F_CLONED);
	item = item_of(&msg);
	CHECK(rtnl_parse_route(&item, &route) && !rtnl_is_own_route(&item, &route));
	/* The attribute counts, which has more than eight bits. */
	begin_route(&msg, 32, 0);
	netlink_msg_put_u32(&msg, RTA_TABLE, RT_TABLE_LOCAL);
	item = item_of(&msg);
	CHECK(rtnl_parse_route(&item, &route) && !rtnl_is_own_route(&item, &route));
}

/* ------------------------------------------------------------------ links */

static void begin_link(struct netlink_msg *msg, uint8_t family, int index)
{
	const struct ifinfomsg fixed = { .ifi_family = family, .ifi_index = index };

	netlink_msg_init(msg, RTM_NEWLINK, 0, &fixed, sizeof(fixed));
}

TEST(links)
{
	struct libns_link link;
	struct netlink_msg msg;
	char alias[300];
	size_t info;

	memset(alias, 'x', sizeof(alias));
	begin_link(&msg, AF_UNSPEC, 7);
	netlink_msg_put_string(&msg, IFLA_IFNAME, "eth0");
	netlink_msg_put(&msg, IFLA_IFALIAS, alias, sizeof(alias));
	netlink_msg_put(&msg, IFLA_ADDRESS, "abcd", 4); /* not of Ethernet */
	netlink_msg_put(&msg, IFLA_MTU, "ab", 2);       /* no number of 32 bits */
	netlink_msg_put_u32(&msg, IFLA_LINK, 3);
	netlink_msg_put_u32(&msg, IFLA_LINK_NETNSID, 4);
	info = netlink_msg_nest(&msg, IFLA_LINKINFO, NULL, 0);
	netlink_msg_put_string(&msg, IFLA_INFO_KIND, "a-kind-with-a-long-name");
	netlink_msg_nest_end(&msg, info);
	CHECK(parse_link(&msg, &link));
	CHECK_STR(link.name, "eth0");
	CHECK_INT(strlen(link.alias), 255);
	CHECK_STR(link.kind, "a-kind-with-a-l");
	CHECK_INT(link.mtu, 0);
	CHECK_INT(link.mac[0], 0);
	/* What a link lies on is no other end. */
	CHECK_INT(link.peer, 0);
	CHECK_INT(link.peer_nsid, LIBNS_NSID_NONE);
}

/* What the kernel says of a namespace that is ending is not what it says of its own. */
TEST(an_end_elsewhere)
{
	const int32_t said[] = { 4, -1, -7 };
	const int32_t known[] = { 4, LIBNS_NSID_UNKNOWN, LIBNS_NSID_UNKNOWN };
	struct libns_link link;
	struct netlink_msg msg;

	for (size_t i = 0; i <= 3; i++) {
		size_t info;

		begin_link(&msg, AF_UNSPEC, 7);
		netlink_msg_put_string(&msg, IFLA_IFNAME, "eth0");
		netlink_msg_put_u32(&msg, IFLA_LINK, 3);
		if (i < 3)
			netlink_msg_put_u32(&msg, IFLA_LINK_NETNSID, (uint32_t)said[i]);
		info = netlink_msg_nest(&msg, IFLA_LINKINFO, NULL, 0);
		netlink_msg_put_string(&msg, IFLA_INFO_KIND, "veth");
		netlink_msg_nest_end(&msg, info);
		CHECK(parse_link(&msg, &link));
		CHECK_INT(link.peer, 3);
		CHECK_INT(link.peer_nsid, i < 3 ? known[i] : LIBNS_NSID_NONE);
	}
}

TEST(what_is_no_link)
{
	struct libns_link link;
	struct netlink_msg msg;

	/* Of a bridge, about its port. */
	begin_link(&msg, AF_BRIDGE, 7);
	netlink_msg_put_string(&msg, IFLA_IFNAME, "eth0");
	CHECK(!parse_link(&msg, &link));
	begin_link(&msg, AF_UNSPEC, 0);
	netlink_msg_put_string(&msg, IFLA_IFNAME, "eth0");
	CHECK(!parse_link(&msg, &link));
	begin_link(&msg, AF_UNSPEC, 7);
	CHECK(!parse_link(&msg, &link));
	netlink_msg_put_string(&msg, IFLA_IFNAME, "eth0");
	CHECK(parse_link(&msg, &link));
	msg.header.nlmsg_type = RTM_DELLINK;
	CHECK(!parse_link(&msg, &link));
	netlink_msg_init(&msg, RTM_NEWLINK, 0, "abcd", 4);
	CHECK(!parse_link(&msg, &link));
}

TAP_MAIN
