/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What there is of a switch: all of it is asked of the kernel, in the switch's own namespace. */

#include <linux/if.h>
#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/err.h"
#include "netns/dir.h"
#include "wire/bridge.h"

void wire_bridge_done(struct wire_bridge *b)
{
	wire_place_done(&b->at.place);
	wire_facts_done(&b->at.facts);
	base_close(b->at.place.ns_fd);
}

static bool is_whole(const struct libns_ip *ip)
{
	return ip->prefix == (ip->family == AF_INET ? 32 : 128);
}

const struct libns_ip *wire_bridge_claimed(const struct wire_facts *facts, uint32_t port,
					   uint8_t family)
{
	const struct libns_route *route;

	if (!facts->routes || !port)
		return NULL;
	for (size_t i = 0; (route = libns_routes_at(facts->routes, i)); i++)
		if (route->index == port && route->to.family == family && is_whole(&route->to))
			return &route->to;
	return NULL;
}

/* The route to its network. Those that the kernel makes by itself lead to fe80:: and ff00::. */
static void find_nets(struct wire_bridge *b)
{
	const struct libns_route *route;

	for (size_t i = 0; (route = libns_routes_at(b->at.facts.routes, i)); i++) {
		if (route->index != b->at.link.index || is_whole(&route->to) || !route->to.prefix)
			continue;
		if (route->to.family == AF_INET)
			b->net4 = route->to;
		else if (route->to.bytes[0] < 0xfe)
			b->net6 = route->to;
	}
}

/* A namespace that only has a name can become one. */
static int check_empty(struct wire_bridge *b, struct libns_error *err)
{
	_cleanup_(libns_links_freep) struct libns_links *links = NULL;
	const struct libns_link *link;
	int r = libns_links_new(b->at.place.rtnl, &links, err);

	for (size_t i = 0; r == 0 && (link = libns_links_at(links, i)); i++)
		if (!(link->flags & IFF_LOOPBACK) && link->flags & IFF_UP)
			r = error_say(err, LIBNS_STEP_NETNS, ENODEV,
				      "the namespace '%s' is no switch: it has the link '%s', and "
				      "no bridge '%s'",
				      b->o.name, link->name, WIRE_BRIDGE);
	return r;
}

int wire_bridge_check_name(const char *name, struct libns_error *err)
{
	if (name && *name)
		return netns_check_name(name, err);
	return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "the name of a switch cannot be empty");
}

int wire_bridge_open(struct wire_bridge *b, struct libns_error *err)
{
	int r;

	snprintf(b->at.name, sizeof(b->at.name), "%s", WIRE_BRIDGE);
	r = wire_end_open(&b->at, b->o.run_fd, b->o.name, err);
	/* A stale name is taken over, unless it is used elsewhere: attaching it tells. */
	if (b->at.place.ns_fd < 0 && (r == -ENOENT || r == -EINVAL))
		return 0;
	if (r < 0)
		return r;
	b->named = true;
	if (!b->at.link.index)
		return check_empty(b, err);
	if (strcmp(b->at.link.kind, "bridge") != 0)
		return error_say(err, LIBNS_STEP_NETNS, ENODEV,
				 "the link '%s' of '%s' is no bridge", WIRE_BRIDGE, b->o.name);
	find_nets(b);
	return 0;
}

/* ----------------------------------------------------------------- the list of ports */

struct entry {
	struct libns_bridge_port port;
	char *name, *link;
};

struct libns_bridge_ports {
	struct entry *ports;
	size_t n;
};

LIBNS_PUBLIC struct libns_bridge_ports *libns_bridge_ports_free(struct libns_bridge_ports *ports)
{
	if (!ports)
		return NULL;
	for (size_t i = 0; i < ports->n; i++) {
		free(ports->ports[i].name);
		free(ports->ports[i].link);
	}
	free(ports->ports);
	free(ports);
	return NULL;
}

LIBNS_PUBLIC size_t libns_bridge_ports_count(const struct libns_bridge_ports *ports)
{
	return ports->n;
}

LIBNS_PUBLIC const struct libns_bridge_port *
libns_bridge_ports_at(const struct libns_bridge_ports *ports, size_t i)
{
	return i < ports->n ? &ports->ports[i].port : NULL;
}

static struct libns_ip address_of(const struct wire_bridge *b, uint32_t port, uint8_t family)
{
	const struct libns_ip *net = family == AF_INET ? &b->net4 : &b->net6;
	const struct libns_ip *claimed = wire_bridge_claimed(&b->at.facts, port, family);
	struct libns_ip ip = { 0 };

	if (!claimed)
		return ip;
	ip = *claimed;
	if (net->family)
		ip.prefix = net->prefix;
	return ip;
}

/* Return: 0 or -ENOMEM. */
static int add_port(struct libns_bridge_ports *ports, const struct wire_bridge *b,
		    const struct libns_link *link)
{
	struct entry *entry = reallocarray(ports->ports, ports->n + 1, sizeof(*entry));

	if (!entry)
		return -ENOMEM;
	ports->ports = entry;
	entry += ports->n++;
	entry->name = strdup(link->alias);
	entry->link = strdup(link->name);
	entry->port.name = entry->name;
	entry->port.link = entry->link;
	entry->port.ip4 = address_of(b, link->index, AF_INET);
	entry->port.ip6 = address_of(b, link->index, AF_INET6);
	return entry->name && entry->link ? 0 : -ENOMEM;
}

static int list(struct libns_bridge_ports *ports, struct wire_bridge *b, struct libns_error *err)
{
	_cleanup_(libns_links_freep) struct libns_links *links = NULL;
	const struct libns_link *link;
	int r = libns_links_new(b->at.place.rtnl, &links, err);

	for (size_t i = 0; r == 0 && (link = libns_links_at(links, i)); i++)
		if (link->master == b->at.link.index && add_port(ports, b, link) < 0)
			r = error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot list the ports");
	return r;
}

LIBNS_PUBLIC int libns_bridge_ports_new(int run_fd, const char *name,
					struct libns_bridge_ports **ret_ports,
					struct libns_error *err)
{
	_cleanup_(libns_bridge_ports_freep) struct libns_bridge_ports *ports =
		calloc(1, sizeof(*ports));
	_cleanup_(wire_bridge_done) struct wire_bridge b = { .at.place.ns_fd = -1 };
	int r;

	if (!ports)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot list the ports");
	b.o.run_fd = run_fd;
	b.o.name = name;
	r = wire_bridge_check_name(name, err);
	if (r == 0)
		r = wire_bridge_open(&b, err);
	if (r == 0 && !b.named)
		return error_say(err, LIBNS_STEP_NETNS, ENOENT, "there is no switch '%s'", name);
	if (r == 0 && !b.at.link.index)
		return error_say(err, LIBNS_STEP_NETNS, ENODEV,
				 "the namespace '%s' is no switch: it has no bridge '%s'", name,
				 WIRE_BRIDGE);
	if (r == 0)
		r = list(ports, &b, err);
	if (r == 0)
		*ret_ports = TAKE_PTR(ports);
	return r;
}
