/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Two namespaces that are connected with each other.
 *
 * Theory of operation
 *
 * The pair is born by one request, with an end in each: there are both or none. That the two links
 * are a pair is told by their indexes, each of which the other names. What is missing of addresses
 * and routes is added by the next run. A network is claimed as in pair.c, in both namespaces: by a
 * route that only one can have. Runs of ours are kept apart by the lock.
 */

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include <libns/connect.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sized.h"
#include "wire/facts.h"
#include "wire/slot.h"
#include "wire/state.h"
#include "wire/up.h"

struct end {
	struct wire_place place;
	struct wire_facts facts;
	struct libns_link link; /* index 0: it is not there */
	char name[16];
	struct libns_ip ip4, ip6;
};

struct connection {
	struct libns_connect_options o;
	struct end ends[2]; /* in the order of their names: the same whoever is named first */
	bool made;
};

static int step_run(struct connection *c, const struct wire_step *step, struct libns_error *err)
{
	return wire_step_run(step, c->o.flags, c->o.watch, err);
}

static void connection_done(struct connection *c)
{
	for (size_t i = 0; i < 2; i++) {
		wire_place_done(&c->ends[i].place);
		wire_facts_done(&c->ends[i].facts);
		base_close(c->ends[i].place.ns_fd);
	}
}

/* ---------------------------------------------------------------- what is there */

static void name_link(const char *other, char ret_name[16])
{
	wire_slot_link(other, ret_name);
	memcpy(ret_name, "to-", 3);
}

static int open_end(struct connection *c, struct end *end, const char *name, const char *other,
		    struct libns_error *err)
{
	int r;

	end->place.name = name;
	end->place.ns_fd = libns_netns_open(c->o.run_fd, name, err);
	if (end->place.ns_fd < 0)
		return end->place.ns_fd;
	name_link(other, end->name);
	end->link.size = sizeof(end->link);
	r = wire_facts_read(&end->facts, &end->place, err);
	if (r < 0)
		return r;
	r = libns_link_get(end->place.rtnl, end->name, &end->link, NULL);
	if (r == -ENODEV)
		return 0;
	/* Again, for the sentence. */
	return r < 0 ? libns_link_get(end->place.rtnl, end->name, &end->link, err) : 0;
}

static bool is_pair(const struct end *ends)
{
	return !strcmp(ends[0].link.kind, "veth") && !strcmp(ends[1].link.kind, "veth") &&
	       ends[0].link.peer == ends[1].link.index && ends[1].link.peer == ends[0].link.index;
}

static int open_ends(struct connection *c, struct libns_error *err)
{
	bool swap = strcmp(c->o.a, c->o.b) > 0;
	const char *names[] = { swap ? c->o.b : c->o.a, swap ? c->o.a : c->o.b };
	struct end *ends = c->ends;
	int r = 0;

	for (size_t i = 0; r == 0 && i < 2; i++)
		r = open_end(c, &ends[i], names[i], names[!i], err);
	if (r < 0)
		return r;
	if (libns_fd_same(ends[0].place.ns_fd, ends[1].place.ns_fd, NULL) == 1)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "'%s' and '%s' are the same namespace", c->o.a, c->o.b);
	for (size_t i = 0; i < 2; i++)
		if (ends[i].link.index && !is_pair(ends))
			return error_say(err, LIBNS_STEP_NETNS, EEXIST,
					 "the link '%s' of '%s' is there already, and does not "
					 "lead to '%s'",
					 ends[i].name, names[i], names[!i]);
	return 0;
}

/* ---------------------------------------------------------------- which addresses */

static int take_given(struct connection *c, const struct libns_ip *given, struct libns_ip *a,
		      struct libns_ip *b, struct libns_error *err)
{
	struct libns_ip net = wire_ip_network(given);
	char text[LIBNS_IP_TEXT];

	*a = *given;
	libns_ip_format(given, true, text);
	if (!wire_ip_other(given, b))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "the network of %s has no address for the other end", text);
	for (size_t i = 0; i < 2; i++)
		if (wire_facts_clashes(&c->ends[i].facts, c->ends[i].link.index, &net))
			return error_say(err, LIBNS_STEP_NETNS, EADDRINUSE,
					 "the network of %s is in use in '%s', or a part of it",
					 text, c->ends[i].place.name);
	return 0;
}

/* What a link has already stays. Return: whether there was something. */
static bool keep(struct connection *c, uint8_t family, struct libns_ip *a, struct libns_ip *b)
{
	struct libns_ip *ips[] = { a, b };
	const struct libns_ip *found;

	for (size_t i = 0; i < 2; i++) {
		const struct end *end = &c->ends[i];

		found = end->link.index ? wire_facts_find(&end->facts, end->link.index, family)
					: NULL;
		if (found)
			*ips[i] = *found;
	}
	if (a->family && !b->family)
		(void)wire_ip_other(a, b);
	else if (b->family && !a->family)
		(void)wire_ip_other(b, a);
	return a->family || b->family;
}

static bool is_free(const struct connection *c, const struct libns_ip *ip)
{
	struct libns_ip net = wire_ip_network(ip);

	for (size_t i = 0; i < 2; i++)
		if (wire_facts_clashes(&c->ends[i].facts, c->ends[i].link.index, &net))
			return false;
	return true;
}

static int choose_slot(struct connection *c, bool ip4, bool ip6, struct libns_error *err)
{
	struct end *a = &c->ends[0], *b = &c->ends[1];
	uint32_t first = wire_slot_first(a->place.name) ^ wire_slot_first(b->place.name);
	uint8_t ula[6];

	if (ip6) {
		int r = wire_find_ula(ula, err);

		if (r < 0)
			return r;
	}
	for (uint32_t i = 0; i < WIRE_SLOTS; i++) {
		uint32_t slot = (first + i) % WIRE_SLOTS;

		if (ip4)
			wire_slot_ip4(slot, &a->ip4, &b->ip4);
		if (ip6)
			wire_slot_ip6(slot, ula, &a->ip6, &b->ip6);
		if ((!ip4 || is_free(c, &a->ip4)) && (!ip6 || is_free(c, &a->ip6)))
			return 0;
	}
	return error_say(err, LIBNS_STEP_NETNS, EADDRNOTAVAIL,
			 "all networks of 10.171.0.0/16 are in use in '%s' or '%s'", c->o.a,
			 c->o.b);
}

static int choose_addresses(struct connection *c, struct libns_error *err)
{
	bool a_first = !strcmp(c->ends[0].place.name, c->o.a);
	struct end *a = &c->ends[!a_first], *b = &c->ends[a_first];
	const char *why = c->o.ip6 == LIBNS_WIRE_OFF ? NULL : wire_lacks_ip6();
	bool slot4 = c->o.ip4 == LIBNS_WIRE_AUTO, slot6 = c->o.ip6 == LIBNS_WIRE_AUTO && !why;
	int r = 0;

	if (why && c->o.ip6 == LIBNS_WIRE_GIVEN)
		return error_say(err, LIBNS_STEP_NETNS, EAFNOSUPPORT,
				 "cannot give '%s' an IPv6 address: %s", c->o.a, why);
	if (c->o.ip4 == LIBNS_WIRE_GIVEN)
		r = take_given(c, &c->o.ip4_a, &a->ip4, &b->ip4, err);
	if (r == 0 && c->o.ip6 == LIBNS_WIRE_GIVEN)
		r = take_given(c, &c->o.ip6_a, &a->ip6, &b->ip6, err);
	slot4 = slot4 && !keep(c, AF_INET, &c->ends[0].ip4, &c->ends[1].ip4);
	slot6 = slot6 && !keep(c, AF_INET6, &c->ends[0].ip6, &c->ends[1].ip6);
	return r < 0 || (!slot4 && !slot6) ? r : choose_slot(c, slot4, slot6, err);
}

/* ---------------------------------------------------------------- the steps */

static int step_pair(struct connection *c, struct libns_error *err)
{
	struct wire_step step = { .kind = WIRE_LINK_ADD,
				  .place = &c->ends[0].place,
				  .peer = &c->ends[1].place,
				  .is = c->ends[0].link.index != 0,
				  .link = LIBNS_LINK_OPTIONS_INIT };
	int r;

	step.link.kind = "veth";
	step.link.name = c->ends[0].name;
	step.link.flags = LIBNS_LINK_UP;
	step.link.mtu = step.link.peer_mtu = c->o.mtu;
	step.link.queues = 1;
	step.link.peer_name = c->ends[1].name;
	step.link.peer_ns_fd = c->ends[1].place.ns_fd;
	r = step_run(c, &step, err);
	c->made = r == 0 && !step.is;
	return r;
}

static int step_up(struct connection *c, struct end *end, struct libns_error *err)
{
	uint32_t mtu = end->link.index && c->o.mtu != end->link.mtu ? c->o.mtu : 0;
	struct wire_step step = { .kind = WIRE_LINK_CHANGE,
				  .place = &end->place,
				  .is = end->link.flags & IFF_UP && !mtu,
				  .link = LIBNS_LINK_OPTIONS_INIT };

	snprintf(step.on, sizeof(step.on), "%s", end->name);
	step.link.flags = LIBNS_LINK_UP;
	step.link.mtu = mtu;
	return step_run(c, &step, err);
}

static int step_address(struct connection *c, struct end *end, const struct libns_ip *ip,
			struct libns_error *err)
{
	uint32_t index = end->link.index;
	struct wire_step address = { .kind = WIRE_ADDRESS,
				     .place = &end->place,
				     .may_exist = true,
				     .address = LIBNS_ADDRESS_INIT };
	struct wire_step route = { .kind = WIRE_ROUTE,
				   .place = &end->place,
				   .route = LIBNS_ROUTE_INIT };
	int r;

	if (!ip->family)
		return 0;
	snprintf(address.on, sizeof(address.on), "%s", end->name);
	snprintf(route.on, sizeof(route.on), "%s", end->name);
	address.address.ip = *ip;
	address.address.flags =
		IFA_F_NOPREFIXROUTE | (ip->family == AF_INET6 ? (uint32_t)IFA_F_NODAD : 0);
	address.is = index && wire_facts_has_address(&end->facts, index, ip);
	route.route.to = wire_ip_network(ip);
	route.route.scope = RT_SCOPE_LINK;
	if (ip->family == AF_INET) {
		route.route.source = *ip;
		route.route.source.prefix = 32;
	}
	route.is = index && wire_facts_has_route(&end->facts, index, &route.route.to);
	r = step_run(c, &address, err);
	return r < 0 ? r : step_run(c, &route, err);
}

static int connect_all(struct connection *c, struct libns_error *err)
{
	int r = choose_addresses(c, err);

	if (r == 0)
		r = step_pair(c, err);
	for (size_t i = 0; r == 0 && i < 2; i++)
		r = step_up(c, &c->ends[i], err);
	for (size_t i = 0; r == 0 && i < 2; i++) {
		r = step_address(c, &c->ends[i], &c->ends[i].ip4, err);
		if (r == 0)
			r = step_address(c, &c->ends[i], &c->ends[i].ip6, err);
	}
	return r;
}

static void undo(struct connection *c)
{
	struct libns_link link = { .size = sizeof(link) };
	struct libns_rtnl *rtnl = c->ends[0].place.rtnl;

	if (c->made && !(c->o.flags & LIBNS_WIRE_DRY_RUN) &&
	    libns_link_get(rtnl, c->ends[0].name, &link, NULL) == 0)
		(void)libns_link_delete(rtnl, link.index, NULL);
}

/* Takes the lock, and looks at both. */
static int begin(struct connection *c, const struct libns_connect_options *options,
		 int *ret_lock_fd, struct libns_error *err)
{
	int r = base_copy_sized(&c->o, sizeof(c->o), options, sizeof(c->o), "the connection", err);

	if (r < 0)
		return r;
	if (c->o.flags & ~LIBNS_WIRE_DRY_RUN)
		return error_unknown(err, "the connection", c->o.flags & ~LIBNS_WIRE_DRY_RUN);
	if (!c->o.a || !c->o.b)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "a connection has two names");
	if (!(c->o.flags & LIBNS_WIRE_DRY_RUN))
		*ret_lock_fd = wire_state_lock(err);
	if (*ret_lock_fd < 0 && !(c->o.flags & LIBNS_WIRE_DRY_RUN))
		return *ret_lock_fd;
	return open_ends(c, err);
}

LIBNS_PUBLIC int libns_wire_connect(const struct libns_connect_options *options,
				    struct libns_error *err)
{
	_cleanup_(connection_done) struct connection c = {
		.ends = { { .place.ns_fd = -1 }, { .place.ns_fd = -1 } },
	};
	_cleanup_close_ int lock_fd = -1;
	int r = begin(&c, options, &lock_fd, err);

	if (r < 0)
		return r;
	r = connect_all(&c, err);
	if (r < 0)
		undo(&c);
	return r;
}

LIBNS_PUBLIC int libns_wire_disconnect(const struct libns_connect_options *options,
				       struct libns_error *err)
{
	_cleanup_(connection_done) struct connection c = {
		.ends = { { .place.ns_fd = -1 }, { .place.ns_fd = -1 } },
	};
	struct wire_step step = { .kind = WIRE_LINK_DELETE, .may_exist = true };
	_cleanup_close_ int lock_fd = -1;
	int r = begin(&c, options, &lock_fd, err);

	if (r < 0)
		return r;
	step.place = &c.ends[0].place;
	step.is = !c.ends[0].link.index;
	snprintf(step.on, sizeof(step.on), "%s", c.ends[0].name);
	return step_run(&c, &step, err);
}
