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
#include "wire/facts.h"
#include "wire/wire.h"

/* How well an address is reached: 2 over a link of ours, 1 directly, 0 not at all. Return: that, or
 * -errno with the sentence. Only the link is asked for that leads there: there may be many. */
static int rank(struct libns_rtnl *here, const struct libns_ip *ip, struct libns_error *err)
{
	struct libns_route route = LIBNS_ROUTE_INIT;
	struct libns_link link = { .size = sizeof(link) };
	int r = wire_find_way(here, ip, &route, err);

	if (r <= 0 || (route.type && route.type != RTN_UNICAST))
		return r < 0 ? r : 0;
	r = libns_link_get_index(here, route.index, &link, err);
	if (r < 0 && r != -ENODEV)
		return r;
	if (r == 0 && wire_is_ours(link.group))
		return 2;
	return route.gateway.family ? 0 : 1;
}

static int choose(struct libns_rtnl *here, const struct libns_addresses *addresses, uint8_t family,
		  struct libns_ip *ret, struct libns_error *err)
{
	const struct libns_address *address;
	int best = 0;

	*ret = (struct libns_ip){ 0 };
	for (size_t i = 0; (address = libns_addresses_at(addresses, i)); i++) {
		int r;

		if (address->ip.family != family || address->scope != RT_SCOPE_UNIVERSE)
			continue;
		r = rank(here, &address->ip, err);
		if (r < 0)
			return r;
		if (r > best) {
			best = r;
			*ret = address->ip;
		}
	}
	return 0;
}

int inside_find(int ns_fd, struct libns_ip *ret_ip4, struct libns_ip *ret_ip6,
		struct libns_error *err)
{
	_cleanup_(libns_addresses_freep) struct libns_addresses *addresses = NULL;
	_cleanup_(libns_rtnl_freep) struct libns_rtnl *there = NULL, *here = NULL;
	int r = libns_rtnl_new(ns_fd, &there, err);

	if (r == 0)
		r = libns_addresses_new(there, &addresses, err);
	if (r == 0)
		r = libns_rtnl_new(LIBNS_LINK_HERE, &here, err);
	if (r < 0)
		return r;
	r = choose(here, addresses, AF_INET, ret_ip4, err);
	return r < 0 ? r : choose(here, addresses, AF_INET6, ret_ip6, err);
}
