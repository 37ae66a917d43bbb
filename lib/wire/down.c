/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Takes away what is there of a wired namespace, however much that is.
 *
 * Theory of operation
 *
 * The pair of links goes first, by a request that returns when it is gone. A namespace that loses
 * its name ends later, and its links with it: who made the same again meanwhile would be told that
 * the file exists. Links are told by their group, alias and kind, and by their name or their other
 * end, so that a link of somebody else is never deleted. Each step finds out by itself whether there is anything to do, so
 * that whatever ended a former run, this one goes on from there.
 */

#include "wire/down.h"

#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "netns/dir.h"
#include "wire/dns.h"
#include "wire/flows.h"
#include "wire/inside.h"
#include "wire/leads.h"
#include "wire/rules.h"
#include "wire/slot.h"
#include "wire/state.h"
#include "wire/taken.h"
#include "wire/wire.h"
#include "wire/words.h"

struct down {
	int run_fd;
	const char *name;
	uint64_t flags;
	const struct libns_wire_watch *watch;
	struct wire_place host, inside;
};

/* Whether it is the other end of a link inside that is called so, too. */
static bool leads_inside(const struct down *down, const struct libns_link *link)
{
	_cleanup_(libns_links_freep) struct libns_links *links = NULL;
	struct wire_place inside = { down->name, down->inside.ns_fd, NULL };
	const struct libns_link *end;
	bool found = false;

	if (inside.ns_fd >= 0 && wire_place_open(&inside, NULL) == 0 &&
	    libns_links_new(inside.rtnl, &links, NULL) == 0)
		for (size_t i = 0; !found && (end = libns_links_at(links, i)); i++)
			found = end->peer == link->index && end->index == link->peer;
	wire_place_done(&inside);
	return found;
}

/* On the host only a link of which it is certain: others may be called what they like. */
static bool is_ours(const struct down *down, const struct wire_place *place,
		    const struct libns_link *link, const char *usual)
{
	if (link->group != WIRE_GROUP)
		return false;
	/* One without an alias belongs to whoever died before giving it one. */
	if (strcmp(link->alias, down->name) != 0 && (*link->alias || strcmp(link->name, usual)))
		return false;
	if (place != &down->host)
		return true;
	/* A tunnel is made here, and moved inside before it gets its alias. */
	if (strcmp(link->kind, "veth") != 0)
		return !strcmp(link->kind, "wireguard") && !strcmp(link->name, usual);
	return !strcmp(link->name, usual) || leads_inside(down, link);
}

int wire_down_move_back(struct wire_place *place, const char *link, const char *label,
			uint64_t flags, const struct libns_wire_watch *watch,
			struct libns_error *err)
{
	static const char own_net[] = "/proc/thread-self/ns/net";
	_cleanup_close_ int host_fd = sys_open_at(AT_FDCWD, own_net, O_RDONLY);
	struct wire_place host = { NULL, LIBNS_LINK_HERE, NULL };
	struct wire_step step = { .kind = WIRE_LINK_CHANGE,
				  .place = place,
				  .link = LIBNS_LINK_OPTIONS_INIT };
	int r;

	if (host_fd < 0)
		return error_set(err, LIBNS_STEP_NETNS, -host_fd, "cannot open '%s'", own_net);
	snprintf(step.on, sizeof(step.on), "%s", link);
	step.link.flags = LIBNS_LINK_GROUP | LIBNS_LINK_DOWN;
	step.link.alias = "";
	r = wire_step_run(&step, flags, watch, err);
	if (r < 0)
		return r;
	step.link = (struct libns_link_options)LIBNS_LINK_OPTIONS_INIT;
	step.link.ns_fd = host_fd;
	step.peer = &host;
	return wire_step_run(&step, flags, watch, err);
}

static int delete_link(struct down *down, struct wire_place *place, const char *link,
		       struct libns_error *err)
{
	struct wire_step step = { .kind = WIRE_LINK_DELETE, .place = place, .may_exist = true };

	snprintf(step.on, sizeof(step.on), "%s", link);
	return wire_step_run(&step, down->flags, down->watch, err);
}

/* The links of a place that are the namespace's. */
static int remove_links(struct down *down, struct wire_place *place, struct libns_error *err)
{
	_cleanup_(libns_links_freep) struct libns_links *links = NULL;
	const struct libns_link *link;
	char usual[16];
	int r = wire_place_open(place, err);

	if (r == 0)
		r = libns_links_new(place->rtnl, &links, err);
	wire_slot_link(down->name, usual);
	for (size_t i = 0; r == 0 && (link = libns_links_at(links, i)); i++) {
		if (!is_ours(down, place, link, usual))
			continue;
		if (place == &down->inside && strcmp(link->name, WIRE_INSIDE) != 0)
			r = wire_down_move_back(place, link->name, down->name, down->flags,
						down->watch, err);
		else
			r = delete_link(down, place, link->name, err);
	}
	return r;
}

static int remove_name(void *data, struct libns_error *err)
{
	struct down *down = data;
	int r = libns_netns_delete(down->run_fd, down->name, err);

	return r == -ENOENT ? 1 : r;
}

static int step_name(struct down *down, struct libns_error *err)
{
	struct wire_words what, command;
	struct wire_step step = { .kind = WIRE_CALL,
				  .text = command.text,
				  .what = what.text,
				  .call = remove_name,
				  .data = down };
	_cleanup_close_ int dir_fd = netns_open_dir(down->run_fd);
	int state = dir_fd == -ENOENT ? NETNS_MISSING
		    : dir_fd < 0      ? dir_fd
				      : netns_state(dir_fd, down->name, NULL);

	step.is = state == NETNS_MISSING;
	what.n = command.n = 0;
	wire_words_add(&what, "remove the name '%s'", down->name);
	wire_words_add(&command, "ip netns del ");
	wire_words_quote(&command, down->name);
	return wire_step_run(&step, down->flags, down->watch, err);
}

static bool has_taken(const struct libns_links *links)
{
	const struct libns_link *link;

	for (size_t i = 0; (link = libns_links_at(links, i)); i++)
		if (taken_is_in_table(link->name, "taken4") ||
		    taken_is_in_table(link->name, "taken6"))
			return true;
	return false;
}

/* The table, unless ports need it; then without uplinks, whose forwarding is not ours any more. */
static int drop_rules(int run_fd, const char *without, const struct libns_links *links,
		      uint64_t flags, const struct libns_wire_watch *watch, struct libns_error *err)
{
	int r = leads_are_used(run_fd, without, err);

	if (r == 0)
		return wire_rules_drop(flags, watch, err);
	return r > 0 && has_taken(links) ? wire_rules_renew(flags, watch, err) : r < 0 ? r : 0;
}

int wire_down_last(int run_fd, const char *without, uint64_t flags,
		   const struct libns_wire_watch *watch, struct libns_error *err)
{
	_cleanup_(libns_links_freep) struct libns_links *links = NULL;
	struct wire_place host = { NULL, LIBNS_LINK_HERE, NULL };
	const struct libns_link *link;
	size_t n = 0;
	int r = wire_place_open(&host, err);

	if (r == 0)
		r = libns_links_new(host.rtnl, &links, err);
	wire_place_done(&host);
	if (r < 0)
		return r;
	for (size_t i = 0; (link = libns_links_at(links, i)); i++)
		n += link->group == WIRE_GROUP && (!without || strcmp(link->alias, without) != 0);
	if (n)
		return 0;
	r = wire_forwarding_release(flags, watch, err);
	return r == 0 ? drop_rules(run_fd, without, links, flags, watch, err) : r;
}

/* The kernel would go on to translate those of whoever gets the addresses next as it did before. */
static int forget_flows(const struct down *down, const struct libns_ip *ip, struct libns_error *err)
{
	return ip->family ? flows_forget_inside(ip, down->flags, down->watch, err) : 0;
}

static int take_down(struct down *down, struct libns_error *err)
{
	struct libns_ip ip4 = { 0 }, ip6 = { 0 };
	int r = wire_ports_remove(down->name, NULL, 0, down->flags, down->watch, err);

	if (r == 0 && down->inside.ns_fd >= 0)
		r = inside_find(down->inside.ns_fd, &ip4, &ip6, err);
	if (r == 0)
		r = remove_links(down, &down->host, err);
	if (r == 0)
		r = forget_flows(down, &ip4, err);
	if (r == 0)
		r = forget_flows(down, &ip6, err);
	if (r == 0 && down->inside.ns_fd >= 0)
		r = remove_links(down, &down->inside, err);
	if (r == 0)
		r = step_name(down, err);
	if (r == 0)
		r = wire_dns_remove(down->name, down->flags, down->watch, err);
	return r == 0 ? wire_down_last(down->run_fd, down->name, down->flags, down->watch, err) : r;
}

LIBNS_PUBLIC int libns_wire_down(int run_fd, const char *name, uint64_t flags,
				 const struct libns_wire_watch *watch, struct libns_error *err)
{
	char anonymous[WIRE_RUN_ROOM];
	struct down down = { .run_fd = run_fd,
			     .name = name,
			     .flags = flags,
			     .watch = watch,
			     .host = { NULL, LIBNS_LINK_HERE, NULL },
			     .inside = { name, -1, NULL } };
	_cleanup_close_ int lock_fd = -1;
	int r = netns_check_name(name, err);

	if (r == 0 && flags & ~LIBNS_WIRE_DRY_RUN)
		r = error_unknown(err, "taking a namespace down", flags & ~LIBNS_WIRE_DRY_RUN);
	if (r < 0)
		return r;
	if (!(flags & LIBNS_WIRE_DRY_RUN)) {
		lock_fd = wire_state_lock(err);
		if (lock_fd < 0)
			return lock_fd;
	}
	/* Whatever is the matter with the name, the rest is to go. */
	down.inside.ns_fd = libns_netns_open(run_fd, name, NULL);
	if (down.inside.ns_fd < 0 && wire_run_pid(name)) {
		wire_run_name(wire_run_pid(name), anonymous);
		down.name = down.inside.name = anonymous;
	}
	r = take_down(&down, err);
	wire_place_done(&down.host);
	wire_place_done(&down.inside);
	base_close(down.inside.ns_fd);
	return r;
}
