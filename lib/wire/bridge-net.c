/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Networks and addresses of a switch.
 *
 * Theory of operation
 *
 * The switch claims its network by a route to it by the bridge, and each address by a route to it
 * by the port that has it. Such a route ends with its link: the address of a namespace that is gone
 * is free again, and nobody has to remember anything.
 */

#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/err.h"
#include "netns/dir.h"
#include "wire/bridge.h"
#include "wire/slot.h"
#include "wire/up.h"

#define LEAST_MTU_IP6 1280

/* ------------------------------------------------------------- what is in the way */

/* The networks of the host, of other switches, and of those that are to be connected. */
struct around {
	struct libns_netns_list *list;
	struct wire_end *ends;
	size_t n;
};

static void around_done(struct around *around)
{
	for (size_t i = 0; i < around->n; i++) {
		wire_place_done(&around->ends[i].place);
		wire_facts_done(&around->ends[i].facts);
		base_close(around->ends[i].place.ns_fd);
	}
	free(around->ends);
	libns_netns_list_free(around->list);
}

static bool is_named(const struct wire_bridge *b, const char *name)
{
	for (size_t i = 0; i < b->o.n_ports; i++)
		if (!strcmp(b->o.ports[i], name))
			return true;
	return false;
}

/* @name NULL: the host. */
static int look(struct wire_bridge *b, struct around *around, const char *name,
		struct libns_error *err)
{
	struct wire_end *end = &around->ends[around->n];
	int fd = name ? libns_netns_open(b->o.run_fd, name, err) : LIBNS_LINK_HERE;
	int r;

	/* One that is stale, or somebody else's, has nothing of ours. */
	if (name && fd < 0)
		return netns_is_unknown(fd) ? fd : 0;
	*end = (struct wire_end){ .place = { name, fd, NULL }, .name = WIRE_BRIDGE };
	around->n++;
	r = wire_end_read(end, err);
	if (r == 0 && name && strcmp(end->link.kind, "bridge") != 0 && !is_named(b, name))
		wire_facts_done(&end->facts);
	return r;
}

static int look_around(struct wire_bridge *b, struct around *around, struct libns_error *err)
{
	const struct libns_netns_entry *entry;
	int r = libns_netns_list_new(b->o.run_fd, &around->list, err);

	if (r < 0)
		return r;
	around->ends = calloc(libns_netns_list_count(around->list) + 1, sizeof(*around->ends));
	if (!around->ends)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot look for a network");
	r = look(b, around, NULL, err);
	for (size_t i = 0; r == 0 && (entry = libns_netns_list_at(around->list, i)); i++)
		r = look(b, around, entry->name, err);
	return r;
}

/* Return: where it is in use, or NULL. */
static const struct wire_end *user_of(const struct around *around, const struct libns_ip *net)
{
	for (size_t i = 0; i < around->n; i++) {
		const struct wire_end *end = &around->ends[i];

		if (end->facts.routes && wire_facts_clashes(&end->facts, 0, net))
			return end;
	}
	return NULL;
}

static int in_use(const struct libns_ip *net, const char *name, struct libns_error *err)
{
	char text[LIBNS_IP_TEXT];

	libns_ip_format(net, true, text);
	if (!name)
		return error_say(err, LIBNS_STEP_NETNS, EADDRINUSE,
				 "the network %s is in use by the host, or a part of it", text);
	return error_say(err, LIBNS_STEP_NETNS, EADDRINUSE,
			 "the network %s is in use in '%s', or a part of it", text, name);
}

/* ---------------------------------------------------------------- which networks */

static int check_ip6(struct wire_bridge *b, struct libns_error *err)
{
	const char *why = b->o.ip6 == LIBNS_WIRE_OFF ? NULL : wire_lacks_ip6();

	if (!why && b->o.ip6 != LIBNS_WIRE_OFF && b->o.mtu && b->o.mtu < LEAST_MTU_IP6)
		why = "its packets are larger than the links can carry";
	if (!why)
		return 0;
	if (b->o.ip6 == LIBNS_WIRE_GIVEN)
		return error_say(err, LIBNS_STEP_NETNS, EAFNOSUPPORT,
				 "cannot give ports of '%s' IPv6 addresses: %s", b->o.name, why);
	b->o.ip6 = LIBNS_WIRE_OFF;
	wire_note(b->o.watch, "no IPv6 for ports of '%s': %s", b->o.name, why);
	return 0;
}

static int check_given(const struct wire_bridge *b, const struct libns_ip *given,
		       const struct libns_ip *has, struct libns_error *err)
{
	struct libns_ip net = wire_ip_network(given), second;
	char text[LIBNS_IP_TEXT];
	int r;

	if (!wire_ip_nth(&net, 2, &second) || wire_ip_same(&net, given))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "%s is no address in a network of two or more",
				 libns_ip_format(given, true, text));
	r = wire_ip_check(given, err);
	if (r < 0)
		return r;
	if (has->family && !wire_ip_same(has, &net))
		return error_say(err, LIBNS_STEP_NETNS, EEXIST,
				 "the switch '%s' has the network %s already", b->o.name,
				 libns_ip_format(has, true, text));
	return 0;
}

static int choose_slot(struct wire_bridge *b, const struct around *around, bool ip4, bool ip6,
		       struct libns_error *err)
{
	uint32_t first = wire_slot_first(b->o.name);
	struct libns_ip net4, net6;
	uint8_t ula[6] = { 0 };

	if (ip6) {
		int r = wire_find_ula(ula, err);

		if (r < 0)
			return r;
	}
	for (uint32_t i = 0; i < WIRE_BRIDGES; i++) {
		wire_slot_bridge((first + i) % WIRE_BRIDGES, ula, &net4, &net6);
		if ((ip4 && user_of(around, &net4)) || (ip6 && user_of(around, &net6)))
			continue;
		if (ip4)
			b->net4 = net4;
		if (ip6)
			b->net6 = net6;
		return 0;
	}
	return error_say(
		err, LIBNS_STEP_NETNS, EADDRNOTAVAIL,
		"a part of each network of 10.171.0.0/16 is in use: '%s' has to be given one",
		b->o.name);
}

static int take_given(const struct around *around, const struct libns_ip *given,
		      struct libns_ip *net, struct libns_error *err)
{
	const struct wire_end *user;

	*net = wire_ip_network(given);
	user = user_of(around, net);
	return user ? in_use(net, user->place.name, err) : 0;
}

/* Those that it has not yet. */
static int choose_new(struct wire_bridge *b, bool new4, bool new6, struct libns_error *err)
{
	_cleanup_(around_done) struct around around = { NULL, NULL, 0 };
	bool slot4 = new4 && b->o.ip4 == LIBNS_WIRE_AUTO;
	bool slot6 = new6 && b->o.ip6 == LIBNS_WIRE_AUTO;
	int r = look_around(b, &around, err);

	if (r == 0 && new4 && !slot4)
		r = take_given(&around, &b->o.ip4_first, &b->net4, err);
	if (r == 0 && new6 && !slot6)
		r = take_given(&around, &b->o.ip6_first, &b->net6, err);
	return r == 0 && (slot4 || slot6) ? choose_slot(b, &around, slot4, slot6, err) : r;
}

int wire_bridge_choose(struct wire_bridge *b, struct libns_error *err)
{
	bool new4, new6;
	int r = check_ip6(b, err);

	if (r == 0 && b->o.ip4 == LIBNS_WIRE_GIVEN)
		r = check_given(b, &b->o.ip4_first, &b->net4, err);
	if (r == 0 && b->o.ip6 == LIBNS_WIRE_GIVEN)
		r = check_given(b, &b->o.ip6_first, &b->net6, err);
	new4 = b->o.ip4 != LIBNS_WIRE_OFF && !b->net4.family;
	new6 = b->o.ip6 != LIBNS_WIRE_OFF && !b->net6.family;
	return r == 0 && (new4 || new6) ? choose_new(b, new4, new6, err) : r;
}

/* --------------------------------------------------------------- which addresses */

/* Whether another port has it: there is a route to it alone. */
static bool is_taken(const struct wire_end *port, const struct libns_ip *ip)
{
	const struct libns_route *route;
	struct libns_ip whole = *ip;

	whole.prefix = ip->family == AF_INET ? 32 : 128;
	if (!port->facts.routes)
		return false;
	for (size_t i = 0; (route = libns_routes_at(port->facts.routes, i)); i++)
		if (route->index != port->link.index && wire_ip_same(&route->to, &whole))
			return true;
	return false;
}

static int next_free(const struct wire_bridge *b, const struct wire_end *port,
		     const struct libns_ip *net, uint32_t *last, struct libns_ip *ret,
		     struct libns_error *err)
{
	char text[LIBNS_IP_TEXT];

	while (wire_ip_nth(net, ++*last, ret))
		if (!is_taken(port, ret) &&
		    !(b->o.ip4 == LIBNS_WIRE_GIVEN && wire_ip_same(ret, &b->o.ip4_first)) &&
		    !(b->o.ip6 == LIBNS_WIRE_GIVEN && wire_ip_same(ret, &b->o.ip6_first)))
			return 0;
	return error_say(err, LIBNS_STEP_NETNS, EADDRNOTAVAIL,
			 "all addresses of %s are in use by ports of '%s'",
			 libns_ip_format(net, true, text), b->o.name);
}

/* What the port has already stays. */
static bool keep(const struct wire_ends *ends, const struct libns_ip *net, struct libns_ip *ret)
{
	const struct wire_end *inside = &ends->at[0], *port = &ends->at[1];
	const struct libns_ip *has = NULL;

	if (inside->link.index)
		has = wire_facts_find(&inside->facts, inside->link.index, net->family);
	if (!has)
		has = wire_bridge_claimed(&port->facts, port->link.index, net->family);
	if (!has)
		return false;
	*ret = *has;
	ret->prefix = net->prefix;
	return true;
}

static int choose_address(struct wire_bridge *b, struct wire_ends *ends, const struct libns_ip *net,
			  const struct libns_ip *given, struct libns_error *err)
{
	bool ip4 = net->family == AF_INET;
	struct libns_ip *ip = ip4 ? &ends->at[0].ip4 : &ends->at[0].ip6;
	const struct wire_end *inside = &ends->at[0];
	char text[LIBNS_IP_TEXT];

	if (wire_facts_clashes(&inside->facts, inside->link.index, net))
		return in_use(net, inside->place.name, err);
	if (keep(ends, net, ip)) {
		if (!given || wire_ip_same(ip, given))
			return 0;
		return error_say(err, LIBNS_STEP_NETNS, EEXIST, "'%s' has the address %s already",
				 inside->place.name, libns_ip_format(ip, true, text));
	}
	if (!given)
		return next_free(b, &ends->at[1], net, ip4 ? &b->last4 : &b->last6, ip, err);
	*ip = *given;
	return is_taken(&ends->at[1], given)
		       ? error_say(err, LIBNS_STEP_NETNS, EADDRINUSE,
				   "another port of '%s' has the address %s", b->o.name,
				   libns_ip_format(given, true, text))
		       : 0;
}

int wire_bridge_addresses(struct wire_bridge *b, struct wire_ends *ends, bool first,
			  struct libns_error *err)
{
	const struct libns_ip *given4 =
		first && b->o.ip4 == LIBNS_WIRE_GIVEN ? &b->o.ip4_first : NULL;
	const struct libns_ip *given6 =
		first && b->o.ip6 == LIBNS_WIRE_GIVEN ? &b->o.ip6_first : NULL;
	int r = 0;

	if (b->o.ip4 != LIBNS_WIRE_OFF)
		r = choose_address(b, ends, &b->net4, given4, err);
	if (r == 0 && b->o.ip6 != LIBNS_WIRE_OFF)
		r = choose_address(b, ends, &b->net6, given6, err);
	return r;
}
