/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the kernel tells of links, addresses and routes, as one datagram. */

#include <sys/socket.h>

#include "fuzz.h"
#include "text/rtnl-msg.h"

static void require_ip(const struct libns_ip *ip, bool may_be_none)
{
	if (may_be_none && !ip->family)
		return;
	REQUIRE(ip->family == AF_INET || ip->family == AF_INET6);
	REQUIRE(ip->prefix <= (ip->family == AF_INET ? 32 : 128));
}

static void require_text(const char *text, size_t size)
{
	REQUIRE(memchr(text, '\0', size));
}

static void try_one(const struct netlink_item *item)
{
	struct libns_address address;
	struct libns_route route;
	struct libns_link link;
	uint16_t state;

	(void)rtnl_parse_neighbour(item, &state);
	if (rtnl_parse_link(item, &link)) {
		REQUIRE(link.size == sizeof(link) && link.index && link.name[0]);
		require_text(link.name, sizeof(link.name));
		require_text(link.kind, sizeof(link.kind));
		require_text(link.alias, sizeof(link.alias));
		REQUIRE(!link.peer || !strcmp(link.kind, "veth"));
	}
	if (rtnl_parse_address(item, &address))
		require_ip(&address.ip, false);
	if (rtnl_parse_route(item, &route)) {
		require_ip(&route.to, false);
		require_ip(&route.gateway, true);
		require_ip(&route.source, true);
		rtnl_is_own_route(item, &route);
		for (size_t i = 1; rtnl_parse_hop(item, i, &route); i++)
			require_ip(&route.gateway, true);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *all = malloc(size ? size : 1);
	struct netlink_view rest = { all, size };
	struct netlink_item item;

	REQUIRE(all);
	if (size)
		memcpy(all, data, size);
	while (netlink_next(&rest, &item))
		try_one(&item);
	free(all);
	return 0;
}
