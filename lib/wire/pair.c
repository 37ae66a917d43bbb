/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The two ends and their addresses.
 *
 * Theory of operation
 *
 * A prefix is claimed by a route: the kernel takes the same address on two links, but refuses a
 * second route to the same network (NLM_F_EXCL). So the host's address is added without its route,
 * and the route by itself. It goes with the link, so nothing is left of a run that was killed.
 * Networks that overlap without being the same are found in what routes and addresses there are.
 */

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "wire/ending.h"
#include "wire/slot.h"
#include "wire/up.h"
#include "wire/wire.h"

/* RFC 8200; the kernel gives a link with less no address. */
#define LEAST_MTU_IP6 1280

/* ------------------------------------------------------------- which addresses */

int wire_find_ula(uint8_t ula[6], struct libns_error *err)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	char text[64];
	ssize_t n = sys_read_at(AT_FDCWD, "/etc/machine-id", text, sizeof(text));

	/* Nothing that is wired survives a boot either. */
	if (n == -ENOENT || (n >= 0 && n < 32))
		n = sys_read_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", text, sizeof(text));
	if (n < 0)
		return error_set(err, LIBNS_STEP_NETNS, (int)-n,
				 "cannot read the number of this machine, of which its IPv6 "
				 "addresses inside come");
	for (ssize_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	ula[0] = 0xfd;
	for (int i = 1; i < 6; i++, h >>= 8)
		ula[i] = (uint8_t)h;
	return 0;
}

const char *wire_lacks_ip6(void)
{
	static const char *const files[] = { "/proc/sys/net/ipv6/conf/default/disable_ipv6",
					     "/proc/sys/net/ipv6/conf/all/disable_ipv6" };
	char text[8];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		ssize_t n = sys_read_at(AT_FDCWD, files[i], text, sizeof(text));

		if (n == -ENOENT)
			return "the kernel has none";
		if (n > 0 && text[0] == '1')
			return "it is switched off by the sysctl disable_ipv6";
	}
	return NULL;
}

static int clash(const struct wire_up *up, const struct libns_ip *net, struct libns_error *err)
{
	char text[LIBNS_IP_TEXT];

	return error_say(err, LIBNS_STEP_NETNS, EADDRINUSE,
			 "cannot wire '%s': the network %s is in use, or a part of it", up->label,
			 libns_ip_format(net, true, text));
}

static int take_given(struct wire_up *up, const struct libns_ip *given, struct libns_ip *host,
		      struct libns_ip *inside, struct libns_error *err)
{
	struct libns_ip net = wire_ip_network(given);
	char text[LIBNS_IP_TEXT];
	int r;

	*inside = *given;
	if (up->o.net == LIBNS_WIRE_BRIDGE || up->o.net == LIBNS_WIRE_HOST_DEV)
		return 0;
	if (!wire_ip_other(given, host))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "the network of %s has no address for the other end of the link",
				 libns_ip_format(given, true, text));
	r = wire_ending_clashes(&up->host, &up->host_facts, up->outer.index, &net, up->flags,
				up->o.watch, err);
	return r > 0 ? clash(up, &net, err) : r;
}

/* On the host, inside, and in networks that the host knows nothing of. */
static bool is_free(const struct wire_up *up, const struct libns_ip *ip)
{
	struct libns_ip net = wire_ip_network(ip);

	return !wire_facts_clashes(&up->host_facts, up->outer.index, &net) &&
	       !(up->inside_facts.routes &&
		 wire_facts_clashes(&up->inside_facts, up->inner.index, &net)) &&
	       !wire_hidden_clashes(&up->hidden, &net);
}

/* What else there is that a network is not to overlap. */
static int look_around(struct wire_up *up, struct libns_error *err)
{
	int r = 0;

	if (up->named && !up->inside_facts.routes)
		r = wire_facts_read(&up->inside_facts, &up->inside, err);
	if (r == 0 && up->o.net == LIBNS_WIRE_PEER)
		r = wire_hidden_read_host(&up->hidden, err);
	return r == 0 ? wire_hidden_read(&up->hidden, up->o.run_fd, up->label, err) : r;
}

/* The first free slot of those behind @slot. Return: it, or -errno. */
static int choose_slot(struct wire_up *up, uint32_t first, uint32_t from, bool ip4, bool ip6,
		       struct libns_error *err)
{
	for (uint32_t i = from; i < WIRE_SLOTS; i++) {
		uint32_t slot = (first + i) % WIRE_SLOTS;

		if (ip4)
			wire_slot_ip4(slot, &up->host4, &up->inside4);
		if (ip6)
			wire_slot_ip6(slot, up->ula, &up->host6, &up->inside6);
		if (!(ip4 && !is_free(up, &up->host4)) && !(ip6 && !is_free(up, &up->host6)))
			return (int)i;
	}
	return error_say(err, LIBNS_STEP_NETNS, EADDRNOTAVAIL,
			 "cannot wire '%s': all networks of 10.171.0.0/16 are in use", up->label);
}

/* ----------------------------------------------------------------- the steps */

static int step_address(struct wire_up *up, struct wire_place *place, const char *link,
			uint32_t index, const struct libns_ip *ip, struct libns_error *err)
{
	bool outside = place == &up->host;
	const struct wire_facts *facts = outside ? &up->host_facts : &up->inside_facts;
	struct wire_step step = { .kind = WIRE_ADDRESS,
				  .place = place,
				  .may_exist = true,
				  .address = LIBNS_ADDRESS_INIT };

	snprintf(step.on, sizeof(step.on), "%s", link);
	step.address.ip = *ip;
	/* Nobody else can have it, and to look for him takes two seconds. */
	if (ip->family == AF_INET6)
		step.address.flags |= IFA_F_NODAD;
	if (outside)
		step.address.flags |= IFA_F_NOPREFIXROUTE;
	step.is = index && wire_facts_has_address(facts, index, ip);
	return wire_up_step(up, &step, err);
}

/* Return: -EEXIST if the network is somebody else's. */
static int step_claim(struct wire_up *up, const struct libns_ip *ip, struct libns_error *err)
{
	struct wire_step step = { .kind = WIRE_ROUTE,
				  .place = &up->host,
				  .route = LIBNS_ROUTE_INIT };

	snprintf(step.on, sizeof(step.on), "%s", up->link);
	step.route.to = wire_ip_network(ip);
	step.route.scope = RT_SCOPE_LINK;
	if (ip->family == AF_INET) {
		step.route.source = *ip;
		step.route.source.prefix = 32;
	}
	step.is = up->outer.index &&
		  wire_facts_has_route(&up->host_facts, up->outer.index, &step.route.to);
	return wire_up_step(up, &step, err);
}

static int claim(struct wire_up *up, const struct libns_ip *ip, struct libns_error *err)
{
	int r;

	if (!ip->family)
		return 0;
	r = step_address(up, &up->host, up->link, up->outer.index, ip, err);
	if (r == 0)
		r = step_claim(up, ip, err);
	return r == -EEXIST ? clash(up, ip, err) : r;
}

/* Somebody was faster between looking and claiming. */
static void give_back(struct wire_up *up, const struct libns_ip *ip)
{
	struct libns_address address = LIBNS_ADDRESS_INIT;
	struct libns_link link = { .size = sizeof(link) };

	address.ip = *ip;
	if (!ip->family || libns_link_get(up->host.rtnl, up->link, &link, NULL) < 0)
		return;
	address.index = link.index;
	(void)libns_address_delete(up->host.rtnl, &address, NULL);
}

/* Addresses of both families out of one slot. */
static int claim_slot(struct wire_up *up, bool ip4, bool ip6, struct libns_error *err)
{
	uint32_t first = wire_slot_first(up->label);
	int r = look_around(up, err);

	if (r < 0)
		return r;
	r = -EADDRINUSE;
	for (uint32_t i = 0; r == -EADDRINUSE; i++) {
		int found = choose_slot(up, first, i, ip4, ip6, err);

		if (found < 0)
			return found;
		i = (uint32_t)found;
		r = ip4 ? claim(up, &up->host4, err) : 0;
		if (r == 0 && ip6)
			r = claim(up, &up->host6, err);
		if (r == -EADDRINUSE && ip4)
			give_back(up, &up->host4);
		if (r == -EADDRINUSE && ip6)
			give_back(up, &up->host6);
	}
	return r;
}

static int step_pair(struct wire_up *up, struct libns_error *err)
{
	struct wire_step step = { .kind = WIRE_LINK_ADD,
				  .place = &up->host,
				  .peer = &up->inside,
				  .is = up->outer.index != 0,
				  .text = up->bridge ? up->o.with : NULL,
				  .link = LIBNS_LINK_OPTIONS_INIT };
	int r;

	step.link.kind = "veth";
	step.link.name = up->link;
	/* It is set up later: see step_alias(). */
	step.link.flags = LIBNS_LINK_GROUP;
	step.link.group = up->group;
	step.link.mtu = step.link.peer_mtu = up->mtu;
	/* As before Linux 5.17. One for each processor is of use to XDP only, and takes longer. */
	step.link.queues = 1;
	step.link.peer_name = up->inside_name;
	step.link.peer_ns_fd = up->inside.ns_fd;
	if (up->bridge) {
		step.link.flags |= LIBNS_LINK_MASTER;
		step.link.master = up->bridge;
	}
	r = wire_up_step(up, &step, err);
	up->made_link = r == 0 && !step.is;
	return r;
}

/*
 * Whoever is root inside sends what they like. The host is to take no default route, address or
 * name server from there. Nor does it look for its own address there: that takes a second or two,
 * in which it cannot ask for who is inside, and what is to be forwarded waits.
 */
static int step_hear_nobody(struct wire_up *up, struct libns_error *err)
{
	static const char *const names[] = { "accept_ra", "accept_dad" };
	char path[96];
	int r = 0;

	if (up->o.net != LIBNS_WIRE_NAT && up->o.net != LIBNS_WIRE_ISOLATED)
		return 0;
	/* Without a directory there it has no IPv6 that anybody could abuse. */
	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/accept_ra",
		 up->outer.index ? up->link : "default");
	if (access(path, F_OK) < 0 || (!up->outer.index && up->mtu && up->mtu < LEAST_MTU_IP6))
		return 0;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "net/ipv6/conf/%s/%s", up->link, names[i]);
		r = wire_up_sysctl(up, path, "0", err);
	}
	return r;
}

/*
 * Each end by which down() finds a pair is called so. That of the host is set up here, when nothing
 * from inside can do harm any more.
 */
static int step_alias(struct wire_up *up, struct wire_place *place, const char *link,
		      const struct libns_link *now, struct libns_error *err)
{
	struct wire_step step = { .kind = WIRE_LINK_CHANGE,
				  .place = place,
				  .is = now->index && !strcmp(now->alias, up->label),
				  .link = LIBNS_LINK_OPTIONS_INIT };

	snprintf(step.on, sizeof(step.on), "%s", link);
	step.link.alias = up->label;
	step.link.group = place == &up->host ? up->group : WIRE_GROUP;
	step.is = step.is && now->group == step.link.group;
	/* A new one has been made with its group. */
	if (place != &up->host || (now->index && now->group != step.link.group))
		step.link.flags = LIBNS_LINK_GROUP;
	if (place == &up->host) {
		step.is = step.is && now->flags & IFF_UP;
		step.link.flags |= LIBNS_LINK_UP;
	}
	return wire_up_step(up, &step, err);
}

static int step_mtu(struct wire_up *up, struct wire_place *place, const char *link,
		    const struct libns_link *now, struct libns_error *err)
{
	struct wire_step step = { .kind = WIRE_LINK_CHANGE,
				  .place = place,
				  .link = LIBNS_LINK_OPTIONS_INIT };

	if (!now->index || !up->o.mtu || now->mtu == up->o.mtu)
		return 0;
	snprintf(step.on, sizeof(step.on), "%s", link);
	step.link.mtu = up->o.mtu;
	return wire_up_step(up, &step, err);
}

static int step_move(struct wire_up *up, struct libns_error *err)
{
	struct wire_step step = { .kind = WIRE_LINK_CHANGE,
				  .place = &up->host,
				  .peer = &up->inside,
				  .is = up->inner.index != 0,
				  .link = LIBNS_LINK_OPTIONS_INIT };
	int r;

	snprintf(step.on, sizeof(step.on), "%s", up->inside_name);
	step.link.ns_fd = up->inside.ns_fd;
	r = wire_up_step(up, &step, err);
	up->moved = r == 0 && !step.is;
	return r == 0 ? step_alias(up, &up->inside, up->inside_name, &up->inner, err) : r;
}

static int make_ends(struct wire_up *up, struct libns_error *err)
{
	int r;

	if (up->o.net == LIBNS_WIRE_HOST_DEV) {
		r = step_move(up, err);
	} else {
		r = step_pair(up, err);
		/* What is large enough has IPv6. */
		if (r == 0)
			r = step_mtu(up, &up->host, up->link, &up->outer, err);
		if (r == 0)
			r = step_hear_nobody(up, err);
		if (r == 0)
			r = step_alias(up, &up->host, up->link, &up->outer, err);
		if (r == 0 && up->o.net == LIBNS_WIRE_PEER)
			r = step_alias(up, &up->inside, up->inside_name, &up->inner, err);
	}
	return r == 0 ? step_mtu(up, &up->inside, up->inside_name, &up->inner, err) : r;
}

/* Return: whether the family has addresses that come of a slot. */
static bool wants_slot(const struct wire_up *up, enum libns_wire_family wanted,
		       const struct libns_ip *host)
{
	return wanted == LIBNS_WIRE_AUTO && !host->family && up->o.net != LIBNS_WIRE_BRIDGE &&
	       up->o.net != LIBNS_WIRE_HOST_DEV;
}

static int give_addresses(struct wire_up *up, struct libns_error *err)
{
	bool slot4 = wants_slot(up, up->o.ip4, &up->host4);
	bool slot6 = wants_slot(up, up->o.ip6, &up->host6);
	int r = 0;

	if (up->o.ip4 == LIBNS_WIRE_GIVEN)
		r = take_given(up, &up->o.ip4_inside, &up->host4, &up->inside4, err);
	if (r == 0 && up->o.ip6 == LIBNS_WIRE_GIVEN)
		r = take_given(up, &up->o.ip6_inside, &up->host6, &up->inside6, err);
	if (r == 0 && !slot4)
		r = claim(up, &up->host4, err);
	if (r == 0 && !slot6)
		r = claim(up, &up->host6, err);
	if (r == 0 && (slot4 || slot6))
		r = claim_slot(up, slot4, slot6, err);
	if (r == 0 && up->inside4.family)
		r = step_address(up, &up->inside, up->inside_name, up->inner.index, &up->inside4,
				 err);
	if (r == 0 && up->inside6.family)
		r = step_address(up, &up->inside, up->inside_name, up->inner.index, &up->inside6,
				 err);
	return r;
}

static int check_ip6(struct wire_up *up, struct libns_error *err)
{
	const char *why = wire_lacks_ip6();

	if (!why && up->mtu && up->mtu < LEAST_MTU_IP6)
		why = "its packets are larger than the links can carry";
	if (!why || up->o.ip6 == LIBNS_WIRE_OFF)
		return 0;
	/* The kernel takes the addresses away from a link that carries less than before. */
	up->host6.family = up->inside6.family = 0;
	if (up->o.ip6 == LIBNS_WIRE_GIVEN)
		return error_say(err, LIBNS_STEP_NETNS, EAFNOSUPPORT,
				 "cannot give '%s' an IPv6 address: %s", up->label, why);
	up->o.ip6 = LIBNS_WIRE_OFF;
	wire_note(up->o.watch, "no IPv6 for '%s': %s", up->label, why);
	return 0;
}

int wire_up_pair(struct wire_up *up, struct libns_error *err)
{
	int r = check_ip6(up, err);

	if (r == 0 && up->o.ip6 == LIBNS_WIRE_AUTO)
		r = wire_find_ula(up->ula, err);
	if (r == 0)
		r = make_ends(up, err);
	return r == 0 ? give_addresses(up, err) : r;
}
