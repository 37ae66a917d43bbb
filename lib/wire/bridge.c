/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A switch in a network namespace of its own, and namespaces that are connected by it.
 *
 * Theory of operation
 *
 * The namespace gets its name when the bridge is in it and has its networks. Each port is a pair of
 * links (ends.h), whose end in the switch is called and named as the host's end of up() is. What is
 * missing of a port is added by the next run. Runs of ours are kept apart by the lock; see
 * bridge-net.c for addresses.
 */

#include "wire/bridge.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/err.h"
#include "base/hold.h"
#include "base/sized.h"
#include "netns/create.h"
#include "netns/dir.h"
#include "wire/hidden.h"
#include "wire/slot.h"
#include "wire/state.h"
#include "wire/words.h"

static int step_run(struct wire_bridge *b, const struct wire_step *step, struct libns_error *err)
{
	return wire_step_unless_over(step, b->o.name, b->o.flags, b->o.watch, err);
}

/* --------------------------------------------------------------------- the switch */

static int make_namespace(void *data, struct libns_error *err)
{
	struct wire_bridge *b = data;
	int fd = netns_create(&b->at.place.rtnl, err);

	if (fd < 0)
		return fd;
	b->at.place.ns_fd = fd;
	return 0;
}

static int bind_name(void *data, struct libns_error *err)
{
	struct wire_bridge *b = data;

	return libns_netns_attach(b->o.run_fd, b->o.name, b->at.place.ns_fd, err);
}

static int delete_name(void *data, struct libns_error *err)
{
	struct wire_bridge *b = data;
	int r = libns_netns_delete(b->o.run_fd, b->o.name, err);

	return r == 0 ? wire_hidden_remove(b->o.name, err) : r;
}

/* What this run has made, and nothing that was there before. */
static void undo_switch(const struct wire_bridge *b)
{
	if (b->made)
		(void)libns_netns_delete(b->o.run_fd, b->o.name, NULL);
	if (b->noted)
		(void)wire_hidden_remove(b->o.name, NULL);
}

/* @verb: "add" or "del". */
static int step_name(struct wire_bridge *b, const char *verb, const char *say, bool is,
		     int (*call)(void *, struct libns_error *), struct libns_error *err)
{
	_cleanup_(words_done) struct words what = { NULL }, command = { NULL };
	struct wire_step step = { .kind = WIRE_CALL, .is = is, .call = call, .data = b };
	int r;

	words_add(&what, "%s '%s'", say, b->o.name);
	if (verb)
		words_add(&command, "ip netns %s ", verb);
	if (verb)
		words_quote(&command, b->o.name);
	r = wire_step_say(&step, &what, &command, err);
	return r < 0 ? r : step_run(b, &step, err);
}

static int step_bridge(struct wire_bridge *b, struct libns_error *err)
{
	struct wire_step step = { .kind = WIRE_LINK_ADD,
				  .place = &b->at.place,
				  .is = b->at.link.index != 0,
				  .link = LIBNS_LINK_OPTIONS_INIT };
	int r;

	step.link.kind = "bridge";
	step.link.name = WIRE_BRIDGE;
	step.link.flags = LIBNS_LINK_UP;
	r = step_run(b, &step, err);
	if (r < 0 || step.is || b->o.flags & LIBNS_WIRE_DRY_RUN)
		return r;
	b->at.link.size = sizeof(b->at.link);
	return libns_link_get(b->at.place.rtnl, WIRE_BRIDGE, &b->at.link, err);
}

static int step_bridge_up(struct wire_bridge *b, struct libns_error *err)
{
	struct wire_step step = { .kind = WIRE_LINK_CHANGE,
				  .place = &b->at.place,
				  .on = WIRE_BRIDGE,
				  .link = LIBNS_LINK_OPTIONS_INIT };

	step.link.flags = LIBNS_LINK_UP;
	return !b->at.link.index || b->at.link.flags & IFF_UP ? 0 : step_run(b, &step, err);
}

/* A route that only one can have: to the network, or to the address of a port. */
static int step_claim(struct wire_bridge *b, struct wire_end *end, struct libns_ip to,
		      struct libns_error *err)
{
	struct wire_step step = { .kind = WIRE_ROUTE,
				  .place = &b->at.place,
				  .route = LIBNS_ROUTE_INIT };

	if (!to.family)
		return 0;
	snprintf(step.on, sizeof(step.on), "%s", end->name);
	step.route.to = to;
	step.route.scope = RT_SCOPE_LINK;
	step.is = end->facts.routes && end->link.index &&
		  wire_facts_has_route(&end->facts, end->link.index, &to);
	return step_run(b, &step, err);
}

/* Before it has networks, so that up() never gives them to somebody else. */
static int note_switch(struct wire_bridge *b, struct libns_error *err)
{
	int r = b->o.flags & LIBNS_WIRE_DRY_RUN ? 1 : wire_hidden_add(b->o.name, err);

	b->noted = r == 0;
	return r < 0 ? r : 0;
}

static int make_steps(struct wire_bridge *b, struct libns_error *err)
{
	bool open = b->at.place.ns_fd >= 0;
	int r = wire_bridge_choose(b, err);

	if (r == 0)
		r = note_switch(b, err);
	if (r == 0)
		r = step_name(b, "add", "make the network namespace", open, make_namespace, err);
	if (r == 0)
		r = step_bridge(b, err);
	if (r == 0)
		r = step_bridge_up(b, err);
	if (r == 0 && b->o.ip4 != LIBNS_WIRE_OFF)
		r = step_claim(b, &b->at, b->net4, err);
	if (r == 0 && b->o.ip6 != LIBNS_WIRE_OFF)
		r = step_claim(b, &b->at, b->net6, err);
	/* In commands it has been named from the beginning. */
	if (r < 0 || b->named || b->o.flags & LIBNS_WIRE_DRY_RUN)
		return r;
	r = step_name(b, NULL, "name it", false, bind_name, err);
	b->made = r == 0;
	return r;
}

static int make_switch(struct wire_bridge *b, struct libns_error *err)
{
	int r = make_steps(b, err);

	if (r < 0 && !b->named)
		undo_switch(b);
	return r;
}

/* ---------------------------------------------------------------------- its ports */

static int step_master(struct wire_bridge *b, struct wire_ends *ends, struct libns_error *err)
{
	struct wire_end *port = &ends->at[1];
	const char *name = ends->at[0].place.name;
	bool mtu = port->link.index && b->o.mtu && b->o.mtu != port->link.mtu;
	_cleanup_(words_done) struct words what = { NULL };
	struct wire_step step = { .kind = WIRE_LINK_CHANGE,
				  .place = &port->place,
				  .text = WIRE_BRIDGE,
				  .link = LIBNS_LINK_OPTIONS_INIT };
	int r;

	step.is = port->link.index && port->link.master == b->at.link.index && !mtu &&
		  port->link.flags & IFF_UP && !strcmp(port->link.alias, name);
	words_add(&what, "make '%s' of '%s' the port of '%s'", port->name, b->o.name, name);
	snprintf(step.on, sizeof(step.on), "%s", port->name);
	step.link.flags = LIBNS_LINK_MASTER | LIBNS_LINK_UP;
	/* A dry run has no bridge yet, and its number does not matter. */
	step.link.master = b->at.link.index ? b->at.link.index : 1;
	step.link.alias = name;
	step.link.mtu = mtu ? b->o.mtu : 0;
	r = wire_step_say(&step, &what, NULL, err);
	return r < 0 ? r : step_run(b, &step, err);
}

static int open_port(struct wire_bridge *b, struct wire_ends *ends, const char *name,
		     struct libns_error *err)
{
	struct wire_end *inside = &ends->at[0], *port = &ends->at[1];
	int r;

	ends->flags = b->o.flags;
	ends->watch = b->o.watch;
	ends->mtu = b->o.mtu;
	wire_end_name(b->o.name, inside->name);
	wire_slot_link(name, port->name);
	port->place.name = b->o.name;
	r = wire_end_open(inside, b->o.run_fd, name, err);
	/* A dry run may have no switch. */
	if (r < 0 || b->at.place.ns_fd < 0)
		return r;
	port->place.ns_fd = fcntl(b->at.place.ns_fd, F_DUPFD_CLOEXEC, 3);
	if (port->place.ns_fd < 0)
		return error_set(err, LIBNS_STEP_NETNS, errno, "cannot connect '%s'", name);
	r = wire_end_read(port, err);
	return r == 0 ? wire_ends_check(ends, err) : r;
}

static int claim_addresses(struct wire_bridge *b, struct wire_ends *ends, struct libns_error *err)
{
	struct libns_ip ip4 = ends->at[0].ip4, ip6 = ends->at[0].ip6;
	int r;

	ip4.prefix = 32;
	ip6.prefix = 128;
	r = step_claim(b, &ends->at[1], ip4, err);
	return r == 0 ? step_claim(b, &ends->at[1], ip6, err) : r;
}

static int add_port(struct wire_bridge *b, size_t i, struct libns_error *err)
{
	_cleanup_(wire_ends_done) struct wire_ends ends = WIRE_ENDS_INIT;
	int r = open_port(b, &ends, b->o.ports[i], err);

	if (r == 0)
		r = wire_bridge_addresses(b, &ends, i == 0, err);
	if (r == 0)
		r = wire_ends_pair(&ends, err);
	if (r == 0)
		r = wire_ends_up(&ends, 0, err);
	if (r == 0)
		r = step_master(b, &ends, err);
	if (r == 0)
		r = claim_addresses(b, &ends, err);
	if (r == 0)
		r = wire_ends_address(&ends, 0, &ends.at[0].ip4, err);
	if (r == 0)
		r = wire_ends_address(&ends, 0, &ends.at[0].ip6, err);
	if (r < 0)
		wire_ends_undo(&ends);
	return r;
}

/* By the name of its link: its namespace may be gone, and kept by its processes only. */
static int delete_port(struct wire_bridge *b, const char *name, struct libns_error *err)
{
	struct wire_step step = { .kind = WIRE_LINK_DELETE,
				  .place = &b->at.place,
				  .may_exist = true };
	struct libns_link link = { .size = sizeof(link) };
	int r;

	wire_slot_link(name, step.on);
	r = libns_link_get(b->at.place.rtnl, step.on, &link, NULL);
	if (r < 0 && r != -ENODEV)
		return error_set(err, LIBNS_STEP_NETNS, -r, "cannot find the port of '%s'", name);
	step.is = r == -ENODEV;
	if (!step.is && strcmp(link.kind, "veth") != 0)
		return error_say(err, LIBNS_STEP_NETNS, EEXIST,
				 "the link '%s' of '%s' is no port of ours", step.on, b->o.name);
	return wire_step_run(&step, b->o.flags, b->o.watch, err);
}

/* ------------------------------------------------------------------- the functions */

/* What cannot be is refused before anything is made. */
static int check_ports(struct wire_bridge *b, bool must_be, struct libns_error *err)
{
	for (size_t i = 0; i < b->o.n_ports; i++) {
		_cleanup_close_ int fd = -1;
		int r = netns_check_name(b->o.ports[i], err);

		if (r < 0)
			return r;
		if (!strcmp(b->o.ports[i], b->o.name))
			return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
					 "'%s' cannot be a port of itself", b->o.name);
		if (must_be)
			fd = libns_netns_open(b->o.run_fd, b->o.ports[i], err);
		if (must_be && fd < 0)
			return fd;
	}
	return 0;
}

/* Takes the lock, and looks at the switch. */
static int begin(struct wire_bridge *b, const struct libns_bridge_options *options,
		 int *ret_lock_fd, bool ports_must_be, struct libns_error *err)
{
	int r = base_copy_sized(&b->o, sizeof(b->o), options, sizeof(b->o), "the switch", err);

	if (r < 0)
		return r;
	if (b->o.flags & ~LIBNS_WIRE_DRY_RUN)
		return error_unknown(err, "the switch", b->o.flags & ~LIBNS_WIRE_DRY_RUN);
	r = wire_bridge_check_name(b->o.name, err);
	if (r == 0)
		r = check_ports(b, ports_must_be, err);
	if (r < 0)
		return r;
	if (!(b->o.flags & LIBNS_WIRE_DRY_RUN))
		*ret_lock_fd = wire_state_lock(err);
	if (*ret_lock_fd < 0 && !(b->o.flags & LIBNS_WIRE_DRY_RUN))
		return *ret_lock_fd;
	return wire_bridge_open(b, err);
}

LIBNS_PUBLIC int libns_bridge_add(const struct libns_bridge_options *options,
				  struct libns_error *err)
{
	_cleanup_(wire_bridge_done) struct wire_bridge b = { .at.place.ns_fd = -1 };
	_cleanup_(hold_end) struct hold hold = { .is = false };
	_cleanup_close_ int lock_fd = -1;
	int r = begin(&b, options, &lock_fd, true, err);

	if (r == 0)
		r = hold_begin(&hold, err);
	/* Without the lock, or with a name that is none, nothing is undone. */
	if (r < 0)
		return r;
	r = make_switch(&b, err);
	for (size_t i = 0; r == 0 && i < b.o.n_ports; i++) {
		r = add_port(&b, i, err);
		if (r < 0 && i == 0 && b.made)
			undo_switch(&b);
	}
	return r;
}

LIBNS_PUBLIC int libns_bridge_remove(const struct libns_bridge_options *options,
				     struct libns_error *err)
{
	_cleanup_(wire_bridge_done) struct wire_bridge b = { .at.place.ns_fd = -1 };
	struct libns_error why = LIBNS_ERROR_INIT;
	_cleanup_close_ int lock_fd = -1;
	struct wire_parts parts;
	int r = begin(&b, options, &lock_fd, false, err);

	if (r == 0 && b.at.place.ns_fd < 0)
		return error_say(err, LIBNS_STEP_NETNS, ENOENT, "there is no switch '%s'",
				 b.o.name);
	if (r < 0)
		return r;
	parts = (struct wire_parts){ b.o.watch, err, 0 };
	for (size_t i = 0; i < b.o.n_ports; i++)
		wire_part_ended(&parts, delete_port(&b, b.o.ports[i], &why), &why);
	return parts.r;
}

/* The links of a namespace that processes keep would stay: they go first. */
static int delete_ports(struct wire_bridge *b, struct wire_parts *parts, struct libns_error *err)
{
	_cleanup_(libns_bridge_ports_freep) struct libns_bridge_ports *ports = NULL;
	struct libns_error why = LIBNS_ERROR_INIT;
	const struct libns_bridge_port *port;
	int r = libns_bridge_ports_new(b->o.run_fd, b->o.name, &ports, err);

	for (size_t i = 0; r == 0 && (port = libns_bridge_ports_at(ports, i)); i++)
		if (*port->name)
			wire_part_ended(parts, delete_port(b, port->name, &why), &why);
	return r;
}

LIBNS_PUBLIC int libns_bridge_delete(const struct libns_bridge_options *options,
				     struct libns_error *err)
{
	_cleanup_(wire_bridge_done) struct wire_bridge b = { .at.place.ns_fd = -1 };
	struct libns_error why = LIBNS_ERROR_INIT;
	_cleanup_close_ int lock_fd = -1;
	struct wire_parts parts;
	int r = begin(&b, options, &lock_fd, false, err);

	if (r < 0)
		return r;
	parts = (struct wire_parts){ b.o.watch, err, 0 };
	/* What is no switch keeps its name. */
	if (b.at.place.ns_fd >= 0)
		r = delete_ports(&b, &parts, err);
	if (r < 0)
		return r;
	r = step_name(&b, "del", "delete the switch", b.at.place.ns_fd < 0, delete_name, &why);
	wire_part_ended(&parts, r, &why);
	return parts.r;
}
