/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What all wired namespaces share, and what goes with the last of them: the forwarding of uplinks and
 * the table of nftables. Isolated ones keep the table, which is what keeps them apart.
 */

#include <string.h>

#include "base/base.h"
#include "wire/down.h"
#include "wire/leads.h"
#include "wire/rules.h"
#include "wire/state.h"
#include "wire/taken.h"
#include "wire/wire.h"

static bool has_taken(const struct libns_links *links)
{
	const struct libns_link *link;

	for (size_t i = 0; (link = libns_links_at(links, i)); i++)
		if (taken_is_in_table(link->name, "taken4") ||
		    taken_is_in_table(link->name, "taken6"))
			return true;
	return false;
}

/* How many links of a group there are beside those of some names. */
static size_t count_links(const struct libns_links *links, uint32_t group,
			  const struct wire_without *without)
{
	const struct libns_link *link;
	size_t n = 0;

	for (size_t i = 0; (link = libns_links_at(links, i)); i++)
		n += link->group == group && !wire_is_without(without, link->alias);
	return n;
}

int wire_rules_are_needed(int run_fd, const struct libns_links *links,
			  const struct wire_without *without, struct libns_error *err)
{
	if (count_links(links, WIRE_GROUP, without) ||
	    count_links(links, WIRE_GROUP_ISOLATED, without))
		return 1;
	return leads_are_used(run_fd, without, err);
}

/* The table, unless it is needed; then without uplinks, whose forwarding is not ours any more. */
static int drop_rules(int run_fd, const struct wire_without *without,
		      const struct libns_links *links, uint64_t flags,
		      const struct libns_wire_watch *watch, struct libns_error *err)
{
	int r = wire_rules_are_needed(run_fd, links, without, err);

	if (r == 0)
		return wire_rules_drop(flags, watch, err);
	return r > 0 && has_taken(links) ? wire_rules_renew(flags, watch, err) : r < 0 ? r : 0;
}

int wire_down_last(int run_fd, const struct wire_without *without, uint64_t flags,
		   const struct libns_wire_watch *watch, struct libns_error *err)
{
	_cleanup_(libns_links_freep) struct libns_links *links = NULL;
	struct wire_place host = { NULL, LIBNS_LINK_HERE, NULL };
	int r = wire_place_open(&host, err);

	if (r == 0)
		r = libns_links_new(host.rtnl, &links, err);
	wire_place_done(&host);
	if (r < 0 || count_links(links, WIRE_GROUP, without))
		return r;
	r = wire_forwarding_release(flags, watch, err);
	/* What forwards still, the rules keep from doing so for everybody. */
	return r == 0 ? drop_rules(run_fd, without, links, flags, watch, err) : r;
}
