/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Of a check: by which way packets leave the namespace, and then this host. */

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "wire/check.h"
#include "wire/facts.h"
#include "wire/wire.h"

/* The default route that is taken: the one with the least metric. Two halves, as VPNs make them, are
 * one as well. */
static bool find_default(const struct check_net *net, uint8_t family, struct libns_route *ret)
{
	const struct libns_route *route;
	bool found = false;

	for (size_t i = 0; (route = libns_routes_at(net->routes, i)); i++) {
		if (route->to.family != family || route->to.prefix > 1 ||
		    (route->type && route->type != RTN_UNICAST))
			continue;
		if (found && (ret->to.prefix > route->to.prefix ||
			      (ret->to.prefix == route->to.prefix && ret->metric <= route->metric)))
			continue;
		*ret = *route;
		found = true;
	}
	return found;
}

/* The way to whoever is named, else to the world. */
static int find_way(struct check *check, const struct check_net *net, uint8_t family, bool *ret_has,
		    struct libns_route *ret, struct libns_error *err)
{
	const struct libns_ip *to = &check->options->to;
	int r;

	*ret_has = false;
	if (to->family && to->family != family)
		return 0;
	if (!to->family) {
		*ret_has = find_default(net, family, ret);
		return 0;
	}
	*ret = (struct libns_route)LIBNS_ROUTE_INIT;
	r = wire_find_way(net->rtnl, to, ret, err);
	*ret_has = r > 0;
	return r < 0 ? r : 0;
}

static bool has_address(const struct check_net *net, const struct libns_ip *ip, uint32_t index)
{
	const struct libns_address *address;

	for (size_t i = 0; (address = libns_addresses_at(net->addresses, i)); i++)
		if (address->index == index && address->ip.family == ip->family &&
		    !memcmp(address->ip.bytes, ip->bytes, sizeof(ip->bytes)))
			return true;
	return false;
}

/* A link inside that leads into this host, for when no route says which. */
static const struct libns_link *any_link(const struct check *check)
{
	const struct libns_link *link;

	for (size_t i = 0; (link = libns_links_at(check->inside.links, i)); i++)
		if (check_end_of(check, link))
			return link;
	return NULL;
}

int check_find_ways(struct check *check, struct libns_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < CHECK_FAMILIES; i++) {
		struct check_family *f = &check->families[i];

		r = find_way(check, &check->inside, f->family, &f->has_way, &f->way, err);
		f->link =
			f->has_way ? check_link_at(&check->inside, f->way.index) : any_link(check);
		f->end = f->link ? check_end_of(check, f->link) : NULL;
		f->entry = f->end && f->end->master ? check_link_at(&check->host, f->end->master)
						    : f->end;
		f->is_router = f->has_way && f->entry && f->way.gateway.family &&
			       has_address(&check->host, &f->way.gateway, f->entry->index);
		if (r == 0)
			r = find_way(check, &check->host, f->family, &f->has_uplink, &f->uplink,
				     err);
		f->out = f->has_uplink ? check_link_at(&check->host, f->uplink.index) : NULL;
	}
	return r;
}

/* The address of this host on the same link, which would be the gateway. */
static const struct libns_address *likely_gateway(const struct check *check,
						  const struct check_family *f)
{
	const struct libns_address *address;

	for (size_t i = 0; (address = libns_addresses_at(check->host.addresses, i)); i++)
		if (f->entry && address->index == f->entry->index &&
		    libns_ip_contains(&f->from->ip, &address->ip))
			return address;
	return NULL;
}

static void no_route(struct check *check, const struct check_family *f)
{
	const struct libns_address *gateway = likely_gateway(check, f);
	_cleanup_(words_done) struct words words = { NULL };
	char text[LIBNS_IP_TEXT];

	if (check->options->to.family)
		findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "route",
			     "there is no route to %s",
			     libns_ip_format(&check->options->to, false, text));
	else
		findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "route",
			     "there is no default route of %s", f->word);
	findings_why(check->out, "nothing beyond the link can be reached");
	if (!gateway)
		return;
	words_add(check_ip(check, &words), "%sroute add default via %s",
		  f->family == AF_INET6 ? "-6 " : "", libns_ip_format(&gateway->ip, false, text));
	check_mend(check, &words);
}

void check_routes(struct check *check)
{
	char text[LIBNS_IP_TEXT];

	for (size_t i = 0; i < CHECK_FAMILIES; i++) {
		const struct check_family *f = &check->families[i];

		if (check->options->to.family ? check->options->to.family != f->family : !f->from)
			continue;
		if (!f->has_way && !check->options->to.family && f->end &&
		    (f->end->group == WIRE_GROUP_ISOLATED ||
		     (f->end->group == WIRE_GROUP &&
		      !check_forwards(&check->families[0], f->entry->name))))
			findings_add(check->out, LIBNS_WIRE_VERDICT_SKIP, "route",
				     "%s reaches this host only: the namespace is isolated",
				     f->word);
		else if (!f->has_way)
			no_route(check, f);
		else if (f->way.gateway.family)
			findings_add(check->out, LIBNS_WIRE_VERDICT_OK, "route",
				     "%s leaves by %s on '%s'", f->word,
				     libns_ip_format(&f->way.gateway, false, text),
				     f->link ? f->link->name : "?");
		else
			findings_add(check->out, LIBNS_WIRE_VERDICT_OK, "route",
				     "%s leaves by '%s' without a gateway", f->word,
				     f->link ? f->link->name : "?");
	}
}
