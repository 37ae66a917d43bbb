/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Two namespaces that are connected with each other.
 *
 * Theory of operation
 *
 * What is missing of the addresses and routes of a pair (ends.h) is added by the next run. A network
 * is claimed as in pair.c, in both namespaces: by a route that only one can have. Runs of ours are
 * kept apart by the lock.
 */

#include <string.h>
#include <sys/socket.h>

#include <libns/connect.h>

#include "base/base.h"
#include "base/err.h"
#include "base/hold.h"
#include "base/sized.h"
#include "wire/ending.h"
#include "wire/ends.h"
#include "wire/hidden.h"
#include "wire/slot.h"
#include "wire/state.h"
#include "wire/up.h"

struct connection {
	struct libns_connect_options o;
	struct wire_hidden around;
	struct wire_ends e; /* in the order of their names: the same whoever is named first */
};

static void connection_done(struct connection *c)
{
	wire_ends_done(&c->e);
	wire_hidden_done(&c->around);
}

/* ---------------------------------------------------------------- what is there */

static int open_ends(struct connection *c, struct libns_error *err)
{
	bool swap = strcmp(c->o.a, c->o.b) > 0;
	const char *names[] = { swap ? c->o.b : c->o.a, swap ? c->o.a : c->o.b };
	struct wire_end *ends = c->e.at;
	int r = 0;

	for (size_t i = 0; r == 0 && i < 2; i++) {
		wire_end_name(names[!i], ends[i].name);
		r = wire_end_open(&ends[i], c->o.run_fd, names[i], err);
	}
	if (r < 0)
		return r;
	if (libns_fd_same(ends[0].place.ns_fd, ends[1].place.ns_fd, NULL) == 1)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "'%s' and '%s' are the same namespace", c->o.a, c->o.b);
	return wire_ends_check(&c->e, err);
}

/* ---------------------------------------------------------------- which addresses */

static int take_given(struct connection *c, const struct libns_ip *given, struct libns_ip *a,
		      struct libns_ip *b, struct libns_error *err)
{
	struct libns_ip net = wire_ip_network(given);
	char text[LIBNS_IP_TEXT];
	int r = wire_ip_check(given, err);

	if (r < 0)
		return r;
	*a = *given;
	libns_ip_format(given, true, text);
	if (!wire_ip_other(given, b))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "the network of %s has no address for the other end", text);
	for (size_t i = 0; i < 2; i++) {
		struct wire_end *end = &c->e.at[i];

		r = wire_ending_clashes(&end->place, &end->facts, end->link.index, &net, c->o.flags,
					c->o.watch, err);
		if (r < 0)
			return r;
		if (r)
			return error_say(err, LIBNS_STEP_NETNS, EADDRINUSE,
					 "the network of %s is in use in '%s', or a part of it",
					 text, end->place.name);
	}
	return 0;
}

/* What a link has already stays. Return: whether there was something. */
static bool keep(struct connection *c, uint8_t family, struct libns_ip *a, struct libns_ip *b)
{
	struct libns_ip *ips[] = { a, b };
	const struct libns_ip *found;

	for (size_t i = 0; i < 2; i++) {
		const struct wire_end *end = &c->e.at[i];

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
		if (wire_facts_clashes(&c->e.at[i].facts, c->e.at[i].link.index, &net))
			return false;
	return !wire_hidden_clashes(&c->around, &net);
}

static int choose_slot(struct connection *c, bool ip4, bool ip6, struct libns_error *err)
{
	struct wire_end *a = &c->e.at[0], *b = &c->e.at[1];
	uint32_t first = wire_slot_first(a->place.name) ^ wire_slot_first(b->place.name);
	uint8_t ula[6];
	/* Either may be connected with the host, or a port of a switch, sooner or later. */
	int r = wire_hidden_read_host(&c->around, err);

	if (r == 0)
		r = wire_hidden_read(&c->around, c->o.run_fd, "", err);
	if (r == 0 && ip6)
		r = wire_find_ula(ula, err);
	if (r < 0)
		return r;
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
	bool a_first = !strcmp(c->e.at[0].place.name, c->o.a);
	struct wire_end *a = &c->e.at[!a_first], *b = &c->e.at[a_first];
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
	slot4 = slot4 && !keep(c, AF_INET, &c->e.at[0].ip4, &c->e.at[1].ip4);
	slot6 = slot6 && !keep(c, AF_INET6, &c->e.at[0].ip6, &c->e.at[1].ip6);
	return r < 0 || (!slot4 && !slot6) ? r : choose_slot(c, slot4, slot6, err);
}

/* ---------------------------------------------------------------- the steps */

static int connect_all(struct connection *c, struct libns_error *err)
{
	int r = choose_addresses(c, err);

	if (r == 0)
		r = wire_ends_pair(&c->e, err);
	for (size_t i = 0; r == 0 && i < 2; i++)
		r = wire_ends_up(&c->e, i, err);
	for (size_t i = 0; r == 0 && i < 2; i++) {
		r = wire_ends_address(&c->e, i, &c->e.at[i].ip4, err);
		if (r == 0)
			r = wire_ends_address(&c->e, i, &c->e.at[i].ip6, err);
	}
	return r;
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
	c->e.flags = c->o.flags;
	c->e.watch = c->o.watch;
	c->e.mtu = c->o.mtu;
	if (!(c->o.flags & LIBNS_WIRE_DRY_RUN))
		*ret_lock_fd = wire_state_lock(err);
	if (*ret_lock_fd < 0 && !(c->o.flags & LIBNS_WIRE_DRY_RUN))
		return *ret_lock_fd;
	return open_ends(c, err);
}

LIBNS_PUBLIC int libns_wire_connect(const struct libns_connect_options *options,
				    struct libns_error *err)
{
	_cleanup_(connection_done) struct connection c = { .e = WIRE_ENDS_INIT };
	_cleanup_(hold_end) struct hold hold = { .is = false };
	_cleanup_close_ int lock_fd = -1;
	int r = begin(&c, options, &lock_fd, err);

	if (r == 0)
		r = hold_begin(&hold, err);
	if (r < 0)
		return r;
	r = connect_all(&c, err);
	if (r < 0)
		wire_ends_undo(&c.e);
	return r;
}

LIBNS_PUBLIC int libns_wire_disconnect(const struct libns_connect_options *options,
				       struct libns_error *err)
{
	_cleanup_(connection_done) struct connection c = { .e = WIRE_ENDS_INIT };
	struct wire_step step = { .kind = WIRE_LINK_DELETE, .may_exist = true };
	_cleanup_close_ int lock_fd = -1;
	int r = begin(&c, options, &lock_fd, err);

	if (r < 0)
		return r;
	step.place = &c.e.at[0].place;
	step.is = !c.e.at[0].link.index;
	snprintf(step.on, sizeof(step.on), "%s", c.e.at[0].name);
	return wire_step_run(&step, c.o.flags, c.o.watch, err);
}
