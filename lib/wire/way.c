/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The way out: links set up and routes inside; forwarding of two links and the table of rules
 * outside. Nothing that holds for the whole host is changed.
 */

#include <linux/if.h>
#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "wire/rules.h"
#include "wire/slot.h"
#include "wire/up.h"
#include "wire/wg.h"
#include "wire/wire.h"

/* @alias: what it is called beside that; or NULL. */
static int step_set_up(struct wire_up *up, const char *link, const char *alias,
		       struct libns_error *err)
{
	struct wire_step step = { .kind = WIRE_LINK_CHANGE,
				  .place = &up->inside,
				  .link = LIBNS_LINK_OPTIONS_INIT };
	struct libns_link now = { .size = sizeof(now) };

	/* In a dry run there may be nothing to look at. */
	if (up->inside.ns_fd >= 0 && wire_place_open(&up->inside, NULL) == 0 &&
	    libns_link_get(up->inside.rtnl, link, &now, NULL) == 0)
		step.is = now.flags & IFF_UP && (!alias || !strcmp(now.alias, alias));
	snprintf(step.on, sizeof(step.on), "%s", link);
	step.link.flags = LIBNS_LINK_UP;
	step.link.alias = alias;
	return wire_up_step(up, &step, err);
}

static int step_route(struct wire_up *up, const struct libns_ip *gateway, struct libns_error *err)
{
	struct wire_step step = { .kind = WIRE_ROUTE,
				  .place = &up->inside,
				  .may_exist = true,
				  .route = LIBNS_ROUTE_INIT };

	if (!gateway->family)
		return 0;
	snprintf(step.on, sizeof(step.on), "%s", up->inside_name);
	step.route.to.family = gateway->family;
	step.route.gateway = *gateway;
	step.is = up->inner.index &&
		  wire_facts_has_route(&up->inside_facts, up->inner.index, &step.route.to);
	return wire_up_step(up, &step, err);
}

/* The address that the bridge itself has in the network of @inside. */
static struct libns_ip bridge_address(const struct wire_up *up, const struct libns_ip *inside)
{
	const struct libns_address *a;

	for (size_t i = 0; (a = libns_addresses_at(up->host_facts.addresses, i)); i++)
		if (a->index == up->bridge && libns_ip_contains(inside, &a->ip))
			return a->ip;
	return (struct libns_ip){ .family = 0 };
}

static int inside_routes(struct wire_up *up, struct libns_error *err)
{
	struct libns_ip way4 = up->host4, way6 = up->host6;
	int r;

	if (up->o.net == LIBNS_WIRE_BRIDGE) {
		struct libns_ip net4 = wire_ip_network(&up->inside4);
		struct libns_ip net6 = wire_ip_network(&up->inside6);

		way4 = bridge_address(up, &net4);
		way6 = bridge_address(up, &net6);
	}
	r = up->way4 ? step_route(up, &way4, err) : 0;
	return r == 0 && up->way6 ? step_route(up, &way6, err) : r;
}

int wire_up_sysctl(struct wire_up *up, const char *name, const char *value, struct libns_error *err)
{
	struct wire_step step = {
		.kind = WIRE_SYSCTL, .place = &up->host, .text = name, .value = value
	};

	return wire_up_step(up, &step, err);
}

/* What a link begins with is that of "default": the same where ip_forward is on. */
static bool forwards(const char *link)
{
	char path[96], text[8];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/forwarding", link);
	n = sys_read_at(AT_FDCWD, path, text, sizeof(text));
	if (n == -ENOENT && strcmp(link, "default") != 0)
		return forwards("default");
	/* What cannot be told is set, and fails if it cannot be set either. */
	return n <= 0 || text[0] == '1';
}

/* Of the host's end; it goes with the link. */
static int forward_outer(struct wire_up *up, struct libns_error *err)
{
	bool nat = up->o.net == LIBNS_WIRE_NAT;
	char name[96];
	int r = 0;

	if (up->host4.family && (nat || forwards(up->link))) {
		snprintf(name, sizeof(name), "net/ipv4/conf/%s/forwarding", up->link);
		r = wire_up_sysctl(up, name, nat ? "1" : "0", err);
	}
	if (r == 0 && up->host6.family && nat && up->single6) {
		snprintf(name, sizeof(name), "net/ipv6/conf/%s/force_forwarding", up->link);
		r = wire_up_sysctl(up, name, "1", err);
	}
	return r;
}

static bool forwards_all_ip6(void)
{
	char text[8];

	return sys_read_at(AT_FDCWD, "/proc/sys/net/ipv6/conf/all/forwarding", text, sizeof(text)) >
		       0 &&
	       text[0] == '1';
}

static int take_uplinks(struct wire_up *up, struct libns_error *err)
{
	/* One without a name cannot be wired again. */
	if (!up->uplinks.n && !up->o.name)
		wire_note(up->o.watch,
			  "the host has no default route: the program reaches as far as the host");
	else if (!up->uplinks.n)
		wire_note(up->o.watch,
			  "the host has no default route: '%s' reaches as far as the host until it "
			  "has one and 'xnetns up %s' is run again",
			  up->label, up->label);
	for (size_t i = 0; i < up->uplinks.n; i++)
		up->uplinks.list[i].ip6 = up->uplinks.list[i].ip6 && up->host6.family;
	return wire_forwarding_take(&up->uplinks, up->flags, up->o.watch, err);
}

int wire_up_way(struct wire_up *up, struct libns_error *err)
{
	bool alone = up->o.net == LIBNS_WIRE_NONE || up->o.net == LIBNS_WIRE_PASTA;
	/* Where no link of ours tells that it is wired, this one does. */
	int r = step_set_up(up, "lo", alone ? up->o.name : NULL, err);

	if (r < 0 || alone)
		return r;
	if (up->o.net == LIBNS_WIRE_WG)
		return wire_wg_way(up, err);
	up->way4 = up->o.net == LIBNS_WIRE_NAT || up->o.net == LIBNS_WIRE_BRIDGE;
	up->way6 = up->way4;
	up->single6 = wire_forwarding_has_ip6();
	if (up->o.net == LIBNS_WIRE_NAT && up->host6.family && !up->single6 &&
	    !forwards_all_ip6()) {
		up->way6 = false;
		wire_note(up->o.watch,
			  "no IPv6 way out of '%s': this kernel forwards IPv6 for all links or "
			  "none (Linux 6.17 knows single ones)",
			  up->label);
	}
	/* That nothing is forwarded must not hang on switches that anybody may set. */
	r = up->o.net == LIBNS_WIRE_ISOLATED ? wire_rules_ensure(NULL, up->flags, up->o.watch, err)
					     : 0;
	if (r == 0)
		r = step_set_up(up, up->inside_name, NULL, err);
	if (r == 0 && up->o.net == LIBNS_WIRE_PEER)
		return 0;
	if (r == 0)
		r = inside_routes(up, err);
	if (r == 0 && (up->o.net == LIBNS_WIRE_NAT || up->o.net == LIBNS_WIRE_ISOLATED))
		r = forward_outer(up, err);
	return r == 0 && up->o.net == LIBNS_WIRE_NAT ? take_uplinks(up, err) : r;
}
