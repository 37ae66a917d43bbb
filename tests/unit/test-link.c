/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links, addresses and routes, in networks that each case makes. */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <libns/link.h>
#include <libns/netns.h>

#include "own-net.h"

#define GROUP 30830

static struct libns_error err = LIBNS_ERROR_INIT;

#define CHECK_OK(call)                                                                             \
	do {                                                                                       \
		int tap_r = (call);                                                                \
		if (tap_r < 0)                                                                     \
			TAP_FAIL("%s: %d: %s", #call, tap_r, err.text);                            \
	} while (0)

static void end_connection(void *rtnl)
{
	libns_rtnl_free(rtnl);
}

static struct libns_rtnl *connect_to(int ns_fd)
{
	struct libns_rtnl *rtnl;

	CHECK_OK(libns_rtnl_new(ns_fd, &rtnl, &err));
	tap_later(end_connection, rtnl);
	return rtnl;
}

static struct libns_link get(struct libns_rtnl *rtnl, const char *name)
{
	struct libns_link link = { .size = sizeof(link) };

	CHECK_OK(libns_link_get(rtnl, name, &link, &err));
	return link;
}

static struct libns_ip ip_of(const char *text)
{
	struct libns_ip ip;

	CHECK_INT(libns_ip_parse(text, &ip), 0);
	return ip;
}

static uint32_t add(struct libns_rtnl *rtnl, const char *kind, const char *name)
{
	struct libns_link_options options = LIBNS_LINK_OPTIONS_INIT;

	options.kind = kind;
	options.name = name;
	options.flags = LIBNS_LINK_UP;
	CHECK_OK(libns_link_add(rtnl, &options, &err));
	return get(rtnl, name).index;
}

static int give(struct libns_rtnl *rtnl, uint32_t index, const char *ip, uint32_t flags)
{
	struct libns_address address = LIBNS_ADDRESS_INIT;

	address.ip = ip_of(ip);
	address.index = index;
	address.flags = flags;
	return libns_address_add(rtnl, &address, &err);
}

static int lead(struct libns_rtnl *rtnl, const char *to, const char *gateway, uint32_t index)
{
	struct libns_route route = LIBNS_ROUTE_INIT;

	route.to = ip_of(to);
	if (gateway)
		route.gateway = ip_of(gateway);
	route.index = index;
	return libns_route_add(rtnl, &route, &err);
}

TEST(a_pair_is_born_in_two_networks)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 7 };
	struct libns_link_options options = LIBNS_LINK_OPTIONS_INIT;
	struct libns_rtnl *here, *there;
	struct libns_link a, b;
	int ns_fd;

	own_net();
	ns_fd = another_net();
	here = connect_to(LIBNS_LINK_HERE);
	there = connect_to(ns_fd);
	options.kind = "veth";
	options.name = "xn-web";
	options.mtu = 1400;
	options.group = GROUP;
	options.flags = LIBNS_LINK_UP | LIBNS_LINK_GROUP;
	options.mac = mac;
	options.peer_name = "eth0";
	options.peer_ns_fd = ns_fd;
	options.peer_mtu = 1300;
	CHECK_OK(libns_link_add(here, &options, &err));

	a = get(here, "xn-web");
	b = get(there, "eth0");
	CHECK_STR(a.name, "xn-web");
	CHECK_STR(a.kind, "veth");
	CHECK_INT(a.mtu, 1400);
	CHECK_INT(a.group, GROUP);
	CHECK(!memcmp(a.mac, mac, 6));
	CHECK(a.flags & IFF_UP);
	CHECK_INT(b.mtu, 1300);
	CHECK_INT(b.group, 0);
	CHECK(!(b.flags & IFF_UP));
	CHECK_INT(a.peer, b.index);
	CHECK_INT(b.peer, a.index);
	CHECK(a.peer_nsid >= 0);
	CHECK_STR(a.alias, "");

	/* Nothing of it where it does not belong. */
	CHECK_INT(libns_link_get(here, "eth0", &b, &err), -ENODEV);
	CHECK_STR(err.text, "there is no link 'eth0'");
	CHECK_INT(libns_link_get(there, "xn-web", &a, &err), -ENODEV);
}

TEST(beside_each_other)
{
	struct libns_link_options options = LIBNS_LINK_OPTIONS_INIT;
	struct libns_rtnl *here, *there;
	int ns_fd;

	own_net();
	ns_fd = another_net();
	here = connect_to(LIBNS_LINK_HERE);
	there = connect_to(ns_fd);
	options.kind = "veth";
	options.name = "a";
	options.peer_name = "b";
	options.ns_fd = ns_fd;
	CHECK_OK(libns_link_add(here, &options, &err));
	CHECK_INT(get(there, "a").peer, get(there, "b").index);
	CHECK_INT(get(there, "a").peer_nsid, LIBNS_NSID_NONE);
	options.ns_fd = -1;
	CHECK_OK(libns_link_add(here, &options, &err));
	CHECK_INT(get(here, "a").peer, get(here, "b").index);
	CHECK_INT(libns_link_add(here, &options, &err), -EEXIST);
	CHECK_STR(err.text, "cannot make the pair of links 'a' and 'b': File exists");
}

TEST(routes_are_claims)
{
	static const char *const nets[] = { "10.171.0.0/30", "fd00:1::/64" };
	struct libns_rtnl *rtnl;
	uint32_t a, b;

	own_net();
	rtnl = connect_to(LIBNS_LINK_HERE);
	a = add(rtnl, "veth", "a");
	b = add(rtnl, "veth", "b");
	/* The same address on two links is no conflict, and makes no route. */
	CHECK_OK(give(rtnl, a, "10.171.0.1/30", IFA_F_NOPREFIXROUTE));
	CHECK_OK(give(rtnl, b, "10.171.0.1/30", IFA_F_NOPREFIXROUTE));
	CHECK_INT(give(rtnl, b, "10.171.0.1/30", IFA_F_NOPREFIXROUTE), -EEXIST);
	CHECK_OK(give(rtnl, a, "fd00:1::1/64", IFA_F_NOPREFIXROUTE | IFA_F_NODAD));
	CHECK_OK(give(rtnl, b, "fd00:1::1/64", IFA_F_NOPREFIXROUTE | IFA_F_NODAD));
	for (size_t i = 0; i < 2; i++) {
		CHECK_OK(lead(rtnl, nets[i], NULL, a));
		CHECK_INT(lead(rtnl, nets[i], NULL, a), -EEXIST);
		CHECK_INT(lead(rtnl, nets[i], NULL, b), -EEXIST);
		CHECK_CONTAINS(err.text, "cannot make the route to '");
		CHECK_CONTAINS(err.text, "File exists");
	}
	/* The claim ends with the link. */
	CHECK_OK(libns_link_delete(rtnl, a, &err));
	for (size_t i = 0; i < 2; i++)
		CHECK_OK(lead(rtnl, nets[i], NULL, b));
}

TAP_MAIN
