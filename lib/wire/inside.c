/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * At which address something inside is reached. Nothing is remembered for that: what the namespace
 * has is asked there, and which way leads to it is asked here.
 */

#include "wire/inside.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <libns/link.h>

#include "base/base.h"
#include "wire/wire.h"

struct here {
	struct libns_rtnl *rtnl;
	struct libns_links *links;
};

static void here_done(struct here *here)
{
	libns_links_free(here->links);
	libns_rtnl_free(here->rtnl);
}

static bool is_ours(const struct here *here, uint32_t index)
{
	const struct libns_link *link;

	for (size_t i = 0; (link = libns_links_at(here->links, i)); i++)
		if (link->index == index)
			return link->group == WIRE_GROUP;
	return false;
}

/* How well an address is reached: 2 over a link of ours, 1 directly, 0 not at all. */
static int rank(const struct here *here, const struct libns_ip *ip)
{
	struct libns_route route = LIBNS_ROUTE_INIT;

	if (libns_route_find(here->rtnl, ip, &route, NULL) < 0 ||
	    (route.type && route.type != RTN_UNICAST))
		return 0;
	if (is_ours(here, route.index))
		return 2;
	return route.gateway.family ? 0 : 1;
}

static void choose(const struct here *here, const struct libns_addresses *addresses, uint8_t family,
		   struct libns_ip *ret)
{
	const struct libns_address *address;
	int best = 0;

	*ret = (struct libns_ip){ 0 };
	for (size_t i = 0; (address = libns_addresses_at(addresses, i)); i++) {
		int r;

		if (address->ip.family != family || address->scope != RT_SCOPE_UNIVERSE)
			continue;
		r = rank(here, &address->ip);
		if (r > best) {
			best = r;
			*ret = address->ip;
		}
	}
}

int inside_find(int ns_fd, struct libns_ip *ret_ip4, struct libns_ip *ret_ip6,
		struct libns_error *err)
{
	_cleanup_(libns_addresses_freep) struct libns_addresses *addresses = NULL;
	_cleanup_(libns_rtnl_freep) struct libns_rtnl *there = NULL;
	_cleanup_(here_done) struct here here = { NULL, NULL };
	int r = libns_rtnl_new(ns_fd, &there, err);

	if (r == 0)
		r = libns_addresses_new(there, &addresses, err);
	if (r == 0)
		r = libns_rtnl_new(LIBNS_LINK_HERE, &here.rtnl, err);
	if (r == 0)
		r = libns_links_new(here.rtnl, &here.links, err);
	if (r < 0)
		return r;
	choose(&here, addresses, AF_INET, ret_ip4);
	choose(&here, addresses, AF_INET6, ret_ip6);
	return 0;
}
