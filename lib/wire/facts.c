/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "wire/facts.h"

#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/err.h"
#include "wire/slot.h"

int wire_facts_read(struct wire_facts *facts, struct wire_place *place, struct libns_error *err)
{
	int r = wire_place_open(place, err);

	if (r == 0)
		r = libns_addresses_new(place->rtnl, &facts->addresses, err);
	if (r == 0)
		r = libns_routes_new(place->rtnl, &facts->routes, err);
	return r;
}

void wire_facts_done(struct wire_facts *facts)
{
	facts->addresses = libns_addresses_free(facts->addresses);
	facts->routes = libns_routes_free(facts->routes);
}

const struct libns_ip *wire_facts_find(const struct wire_facts *facts, uint32_t index,
				       uint8_t family)
{
	const struct libns_address *a;

	for (size_t i = 0; (a = libns_addresses_at(facts->addresses, i)); i++)
		if (a->index == index && a->ip.family == family && a->scope < RT_SCOPE_LINK)
			return &a->ip;
	return NULL;
}

bool wire_facts_has_address(const struct wire_facts *facts, uint32_t index,
			    const struct libns_ip *ip)
{
	const struct libns_address *a;

	for (size_t i = 0; (a = libns_addresses_at(facts->addresses, i)); i++)
		if (a->index == index && wire_ip_same(&a->ip, ip))
			return true;
	return false;
}

bool wire_facts_has_route(const struct wire_facts *facts, uint32_t index, const struct libns_ip *to)
{
	const struct libns_route *route;

	for (size_t i = 0; (route = libns_routes_at(facts->routes, i)); i++)
		if (route->index == index && wire_ip_same(&route->to, to))
			return true;
	return false;
}

bool wire_facts_clashes(const struct wire_facts *facts, uint32_t except, const struct libns_ip *net)
{
	const struct libns_address *a;
	const struct libns_route *route;

	for (size_t i = 0; (a = libns_addresses_at(facts->addresses, i)); i++)
		if (a->index != except && wire_ip_clashes(net, &a->ip))
			return true;
	for (size_t i = 0; (route = libns_routes_at(facts->routes, i)); i++)
		if ((!except || route->index != except) && wire_ip_clashes(net, &route->to))
			return true;
	return false;
}

/* A default route, or what VPNs add beside it: each half of all addresses, or all that are given
 * out of IPv6. */
static bool leads_out(const struct libns_route *route)
{
	return route->index && route->to.prefix <= (route->to.family == AF_INET ? 1 : 3) &&
	       (!route->type || route->type == RTN_UNICAST);
}

/* Return: NULL without memory. */
static struct wire_uplink *uplink_of(struct wire_uplinks *uplinks, uint32_t index)
{
	struct wire_uplink *more;

	for (size_t i = 0; i < uplinks->n; i++)
		if (uplinks->list[i].index == index)
			return &uplinks->list[i];
	more = reallocarray(uplinks->list, uplinks->n + 1, sizeof(*more));
	if (!more)
		return NULL;
	uplinks->list = more;
	more += uplinks->n++;
	*more = (struct wire_uplink){ .index = index };
	return more;
}

static int add_route(struct wire_uplinks *uplinks, const struct libns_route *route,
		     struct wire_place *place, struct libns_error *err)
{
	struct libns_link link = { .size = sizeof(link) };
	int r = libns_link_get_index(place->rtnl, route->index, &link, err);
	struct wire_uplink *uplink;
	uint32_t mtu;

	/* A link that is gone by now is no way out. */
	if (r < 0)
		return r == -ENODEV ? 0 : r;
	uplink = uplink_of(uplinks, route->index);
	if (!uplink)
		return error_set(err, LIBNS_STEP_NETLINK, ENOMEM, "cannot list the ways out");
	mtu = route->mtu ? route->mtu : link.mtu;
	memcpy(uplink->name, link.name, sizeof(uplink->name));
	if (!uplink->mtu || mtu < uplink->mtu)
		uplink->mtu = mtu;
	uplink->ip4 |= route->to.family == AF_INET;
	uplink->ip6 |= route->to.family == AF_INET6;
	return 0;
}

int wire_uplinks_read(struct wire_uplinks *uplinks, const struct wire_facts *facts,
		      struct wire_place *place, struct libns_error *err)
{
	const struct libns_route *route;
	int r = 0;

	for (size_t i = 0; r == 0 && (route = libns_routes_at(facts->routes, i)); i++)
		if (leads_out(route))
			r = add_route(uplinks, route, place, err);
	return r;
}

void wire_uplinks_done(struct wire_uplinks *uplinks)
{
	free(uplinks->list);
	*uplinks = (struct wire_uplinks){ NULL, 0 };
}

uint32_t wire_uplinks_mtu(const struct wire_uplinks *uplinks)
{
	uint32_t least = 0;

	for (size_t i = 0; i < uplinks->n; i++)
		if (!least || uplinks->list[i].mtu < least)
			least = uplinks->list[i].mtu;
	return least;
}

int wire_find_way(struct libns_rtnl *rtnl, const struct libns_ip *to, struct libns_route *ret,
		  struct libns_error *err)
{
	struct libns_error why = LIBNS_ERROR_INIT;
	int r = libns_route_find(rtnl, to, ret, &why);

	/* None is there, or there is one that says so. */
	if (r == -ENETUNREACH || r == -EHOSTUNREACH || r == -EACCES || r == -EINVAL)
		return 0;
	if (r < 0 && err)
		*err = why;
	return r < 0 ? r : 1;
}
