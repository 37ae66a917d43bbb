/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "wire/ends.h"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include <libns/netns.h>

#include "base/base.h"
#include "base/err.h"
#include "wire/ending.h"
#include "wire/slot.h"

static int step_run(struct wire_ends *ends, const struct wire_step *step, struct libns_error *err)
{
	return wire_step_unless_over(step, ends->at[0].place.name, ends->flags, ends->watch, err);
}

void wire_ends_done(struct wire_ends *ends)
{
	for (size_t i = 0; i < 2; i++) {
		wire_place_done(&ends->at[i].place);
		wire_facts_done(&ends->at[i].facts);
		base_close(ends->at[i].place.ns_fd);
	}
}

/* ---------------------------------------------------------------- what is there */

void wire_end_name(const char *other, char ret_name[16])
{
	wire_slot_link(other, ret_name);
	memcpy(ret_name, "to-", 3);
}

int wire_end_read(struct wire_end *end, struct libns_error *err)
{
	int r;

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

int wire_end_open(struct wire_end *end, int run_fd, const char *name, struct libns_error *err)
{
	end->place.name = name;
	end->place.ns_fd = libns_netns_open(run_fd, name, err);
	return end->place.ns_fd < 0 ? end->place.ns_fd : wire_end_read(end, err);
}

static bool is_pair(const struct wire_end *ends)
{
	return !strcmp(ends[0].link.kind, "veth") && !strcmp(ends[1].link.kind, "veth") &&
	       ends[0].link.peer == ends[1].link.index && ends[1].link.peer == ends[0].link.index;
}

/* What is left of a pair whose other end was in a namespace that had the name before. */
static int remove_left(struct wire_ends *ends, struct wire_end *end, struct libns_error *err)
{
	int r = wire_ending_delete(&end->place, &end->link, ends->flags, ends->watch, err);

	if (r <= 0)
		return r;
	end->link = (struct libns_link){ .size = sizeof(end->link) };
	wire_facts_done(&end->facts);
	return wire_facts_read(&end->facts, &end->place, err);
}

int wire_ends_check(struct wire_ends *ends, struct libns_error *err)
{
	struct wire_end *at = ends->at;
	int r = 0;

	for (size_t i = 0; r == 0 && i < 2 && !is_pair(at); i++)
		r = remove_left(ends, &at[i], err);
	for (size_t i = 0; r == 0 && i < 2; i++)
		if (at[i].link.index && !is_pair(at))
			r = error_say(
				err, LIBNS_STEP_NETNS, EEXIST,
				"the link '%s' of '%s' is there already, and does not "
				"lead to '%s'%s",
				at[i].name, at[i].place.name, at[!i].place.name,
				at[i].link.peer_nsid < 0
					? ""
					: " but into another namespace, which somebody keeps");
	return r;
}

/* ---------------------------------------------------------------- the steps */

int wire_ends_pair(struct wire_ends *ends, struct libns_error *err)
{
	struct wire_step step = { .kind = WIRE_LINK_ADD,
				  .place = &ends->at[0].place,
				  .peer = &ends->at[1].place,
				  .is = ends->at[0].link.index != 0,
				  .link = LIBNS_LINK_OPTIONS_INIT };
	int r;

	step.link.kind = "veth";
	step.link.name = ends->at[0].name;
	step.link.flags = LIBNS_LINK_UP;
	step.link.mtu = step.link.peer_mtu = ends->mtu;
	step.link.queues = 1;
	step.link.peer_name = ends->at[1].name;
	step.link.peer_ns_fd = ends->at[1].place.ns_fd;
	r = step_run(ends, &step, err);
	ends->made = r == 0 && !step.is;
	return r;
}

int wire_ends_up(struct wire_ends *ends, size_t i, struct libns_error *err)
{
	struct wire_end *end = &ends->at[i];
	uint32_t mtu = end->link.index && ends->mtu != end->link.mtu ? ends->mtu : 0;
	struct wire_step step = { .kind = WIRE_LINK_CHANGE,
				  .place = &end->place,
				  .is = end->link.flags & IFF_UP && !mtu,
				  .link = LIBNS_LINK_OPTIONS_INIT };

	snprintf(step.on, sizeof(step.on), "%s", end->name);
	step.link.flags = LIBNS_LINK_UP;
	step.link.mtu = mtu;
	return step_run(ends, &step, err);
}

int wire_ends_address(struct wire_ends *ends, size_t i, const struct libns_ip *ip,
		      struct libns_error *err)
{
	struct wire_end *end = &ends->at[i];
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
	r = step_run(ends, &address, err);
	return r < 0 ? r : step_run(ends, &route, err);
}

void wire_ends_undo(struct wire_ends *ends)
{
	struct libns_link link = { .size = sizeof(link) };
	struct libns_rtnl *rtnl = ends->at[0].place.rtnl;

	if (ends->made && !(ends->flags & LIBNS_WIRE_DRY_RUN) &&
	    libns_link_get(rtnl, ends->at[0].name, &link, NULL) == 0)
		(void)libns_link_delete(rtnl, link.index, NULL);
}
