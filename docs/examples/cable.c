/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Connects a named network namespace with this one: cable NAME. A pair of links is born with one end
 * in each, both ends get an address, and inside everything goes this way. Nobody enters anything.
 */

#include <stdio.h>
#include <unistd.h>

#include <libns/libns.h>

static struct libns_error err = LIBNS_ERROR_INIT;

/* Gives a link of the namespace an address and sets it up. */
static int set_up(struct libns_rtnl *rtnl, const char *name, const char *ip)
{
	struct libns_link_options up = LIBNS_LINK_OPTIONS_INIT;
	struct libns_address address = LIBNS_ADDRESS_INIT;
	struct libns_link link = { .size = sizeof(link) };

	up.flags = LIBNS_LINK_UP;
	if (libns_ip_parse(ip, &address.ip) < 0 || libns_link_get(rtnl, name, &link, &err) < 0)
		return -1;
	address.index = link.index;
	if (libns_address_add(rtnl, &address, &err) < 0)
		return -1;
	return libns_link_change(rtnl, link.index, &up, &err);
}

static int connect_with(const char *name, int ns_fd)
{
	__attribute__((cleanup(libns_rtnl_freep))) struct libns_rtnl *here = NULL, *inside = NULL;
	struct libns_link_options pair = LIBNS_LINK_OPTIONS_INIT;
	struct libns_route way = LIBNS_ROUTE_INIT;

	pair.kind = "veth";
	pair.name = name;
	pair.peer_name = "eth0";
	pair.peer_ns_fd = ns_fd;
	libns_ip_parse("0.0.0.0/0", &way.to);
	libns_ip_parse("192.0.2.1", &way.gateway);
	if (libns_rtnl_new(LIBNS_LINK_HERE, &here, &err) < 0 ||
	    libns_rtnl_new(ns_fd, &inside, &err) < 0 || libns_link_add(here, &pair, &err) < 0 ||
	    set_up(here, name, "192.0.2.1/30") < 0 || set_up(inside, "eth0", "192.0.2.2/30") < 0)
		return -1;
	return libns_route_add(inside, &way, &err);
}

int main(int argc, char **argv)
{
	int ns_fd = argc == 2 ? libns_netns_open(LIBNS_NETNS_RUN, argv[1], &err) : -1;

	if (ns_fd < 0 || connect_with(argv[1], ns_fd) < 0)
		return fprintf(stderr, "cable: %s\n", argc == 2 ? err.text : "NAME, please"), 1;
	return close(ns_fd);
}
