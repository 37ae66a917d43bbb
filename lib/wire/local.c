/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Ports of 127.0.0.1. The kernel sends nothing from 127.0.0.1 over a link unless its setting
 * route_localnet allows that. It also allows the other side of the link to send to 127.0.0.1, which
 * the rules of the table forbid for links of ours. So it is set for those only, and goes with them.
 *
 * A port of an address that this host does not have would lead nowhere, and be taken for published.
 */

#include "wire/local.h"

#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/err.h"
#include "kernel/net-sysctl.h"
#include "wire/facts.h"
#include "wire/step.h"
#include "wire/wire.h"

static bool is_expected(uint8_t family)
{
	int value;

	return net_sysctl_read(family == AF_INET ? "net/ipv4/ip_nonlocal_bind"
						 : "net/ipv6/ip_nonlocal_bind",
			       &value) == 0 &&
	       value;
}

/* Return: 1, 0, or -errno. */
static int has_address(struct libns_rtnl *rtnl, const struct libns_ip *ip, struct libns_error *err)
{
	static const uint8_t zero[16];
	struct libns_route route = LIBNS_ROUTE_INIT;
	int r;

	/* Also while lo is down; and the first one is all of them. */
	if ((ip->family == AF_INET && ip->bytes[0] == 127) || !memcmp(ip->bytes, zero, 16))
		return 1;
	r = wire_find_way(rtnl, ip, &route, err);
	return r < 0 ? r : r > 0 && route.type == RTN_LOCAL;
}

int local_check(const struct libns_wire_port *ports, size_t n, struct libns_error *err)
{
	_cleanup_(libns_rtnl_freep) struct libns_rtnl *rtnl = NULL;
	char text[LIBNS_IP_TEXT];

	for (size_t i = 0; i < n; i++) {
		const struct libns_ip *ip = &ports[i].address;
		int r = 0;

		if (!ip->family || is_expected(ip->family))
			continue;
		if (!rtnl)
			r = libns_rtnl_new(LIBNS_LINK_HERE, &rtnl, err);
		if (r == 0)
			r = has_address(rtnl, ip, err);
		if (r == 0)
			return error_say(err, LIBNS_STEP_NETNS, EADDRNOTAVAIL,
					 "cannot publish port %u of %s: this host does not have "
					 "that address",
					 ports[i].host, libns_ip_format(ip, false, text));
		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_local(const struct wire_lead *lead)
{
	const struct libns_ip *address = &lead->port.address;

	return lead->inside.family == AF_INET && (!address->family || address->bytes[0] == 127);
}

/* The first of those; NULL if there is none. They all lead over the same link. */
static const struct wire_lead *find_local(const struct leads *leads)
{
	for (size_t i = 0; i < leads->n; i++)
		if (is_local(&leads->list[i]))
			return &leads->list[i];
	return NULL;
}

/* The link to an address inside. Return: 0; -ENODEV without a sentence if there is none of ours. */
static int find_link(const struct libns_ip *inside, char ret_name[16], struct libns_error *err)
{
	_cleanup_(libns_rtnl_freep) struct libns_rtnl *rtnl = NULL;
	struct libns_link link = { .size = sizeof(link) };
	struct libns_route route = LIBNS_ROUTE_INIT;
	int r = libns_rtnl_new(LIBNS_LINK_HERE, &rtnl, err);

	if (r < 0)
		return r;
	r = wire_find_way(rtnl, inside, &route, err);
	if (r <= 0)
		return r < 0 ? r : -ENODEV;
	r = libns_link_get_index(rtnl, route.index, &link, err);
	if (r < 0 || !wire_is_ours(link.group))
		return r < 0 ? r : -ENODEV;
	snprintf(ret_name, 16, "%s", link.name);
	return 0;
}

static int set(const char *link, const char *value, uint64_t flags,
	       const struct libns_wire_watch *watch, struct libns_error *err)
{
	char name[NET_SYSCTL_NAME];
	const struct wire_step step = { .kind = WIRE_SYSCTL, .text = name, .value = value };
	int r = net_sysctl_name(name, "ipv4", link, "route_localnet");

	return r < 0 ? r : wire_step_run(&step, flags, watch, err);
}

int local_open(const struct leads *leads, const char *link, uint64_t flags,
	       const struct libns_wire_watch *watch, struct libns_error *err)
{
	const struct wire_lead *lead = find_local(leads);
	char found[16], words[LEAD_WORDS];
	int r;

	if (!lead)
		return 0;
	r = link ? 0 : find_link(&lead->inside, found, err);
	if (r == 0)
		return set(link ? link : found, "1", flags, watch, err);
	if (r != -ENODEV)
		return r;
	if (!(flags & LIBNS_WIRE_DRY_RUN))
		wire_note(watch,
			  "%s cannot be used as 127.0.0.1: the namespace is not behind a link of "
			  "its own",
			  lead_words(lead, words));
	return 0;
}

int local_close(const struct leads *gone, const struct leads *left, uint64_t flags,
		const struct libns_wire_watch *watch, struct libns_error *err)
{
	const struct wire_lead *lead = find_local(gone);
	char link[16];
	int r;

	if (!lead || find_local(left))
		return 0;
	r = find_link(&lead->inside, link, err);
	if (r == -ENODEV)
		return 0;
	return r < 0 ? r : set(link, "0", flags, watch, err);
}
