/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What there is before anything is changed. A namespace that has its name, but lacks some of its
 * wiring, gets what it lacks. What is there and is not what is wanted is never changed: whoever
 * wants that takes it down first.
 */

#include <linux/if.h>
#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "netns/where.h"
#include "wire/ending.h"
#include "wire/slot.h"
#include "wire/up.h"
#include "wire/wire.h"

static int differs(struct libns_error *err, const struct wire_up *up, const char *words,
		   const char *object)
{
	return error_say(err, LIBNS_STEP_NETNS, EEXIST,
			 "'%s' is there and %s%s%s%s; take it down first: xnetns down %s",
			 up->label, words, object ? " '" : "", object ? object : "",
			 object ? "'" : "", up->label);
}

/* Return: 1, 0 if there is none, or -errno. */
static int look(struct wire_place *place, const char *name, struct libns_link *ret,
		struct libns_error *err)
{
	int r = wire_place_open(place, err);

	*ret = (struct libns_link){ .size = sizeof(*ret) };
	if (r < 0)
		return r;
	r = libns_link_get(place->rtnl, name, ret, NULL);
	if (r == -ENODEV)
		return 0;
	/* Again, for the sentence. */
	return r < 0 ? libns_link_get(place->rtnl, name, ret, err) : 1;
}

static bool is_ours(const struct wire_up *up, const struct libns_link *link)
{
	/* One without an alias belongs to whoever died before giving it one. */
	const char *kind = up->o.net == LIBNS_WIRE_WG ? "wireguard" : "veth";

	return wire_is_ours(link->group) && !strcmp(link->kind, kind) &&
	       (!strcmp(link->alias, up->label) || !*link->alias);
}

static bool are_ends(const struct wire_up *up)
{
	return up->outer.index && up->inner.index && up->inner.peer == up->outer.index &&
	       (!up->outer.peer || up->outer.peer == up->inner.index);
}

/* The end of a namespace that is dying, or of which nothing else is left. */
static int remove_left(struct wire_up *up, struct libns_error *err)
{
	struct wire_step step = { .kind = WIRE_LINK_DELETE,
				  .place = &up->host,
				  .may_exist = true,
				  .what = "delete the link that a former run has left" };

	memcpy(step.on, up->link, sizeof(step.on));
	up->outer.index = 0;
	return wire_up_step(up, &step, err);
}

/* The link may be that of a namespace whose name is not to be seen from here. */
static int check_name_is_gone(struct wire_up *up, struct libns_error *err)
{
	struct netns_where where;
	char words[128];

	if (!up->o.name || up->named || netns_find_elsewhere(up->o.run_fd, up->o.name, &where) <= 0)
		return 0;
	return error_say(err, LIBNS_STEP_NETNS, EEXIST,
			 "cannot wire '%s': it is there, but bound only %s", up->label,
			 netns_where_words(&where, words, sizeof(words)));
}

static int find_ends(struct wire_up *up, struct libns_error *err)
{
	int r = look(&up->host, up->link, &up->outer, err);

	if (r < 0)
		return r;
	if (r && !is_ours(up, &up->outer))
		return error_say(err, LIBNS_STEP_NETNS, EEXIST,
				 "cannot wire '%s': a link '%s' is there that is not its own",
				 up->label, up->link);
	if (up->inside.ns_fd >= 0) {
		r = look(&up->inside, up->inside_name, &up->inner, err);
		if (r < 0)
			return r;
	}
	if (up->inner.index && !are_ends(up)) {
		r = wire_ending_delete(&up->inside, &up->inner, up->flags, up->o.watch, err);
		if (r > 0)
			up->inner.index = 0;
	}
	if (r < 0)
		return r;
	if (up->inner.index && !are_ends(up))
		return differs(err, up, "has another link", up->inside_name);
	if (!up->outer.index || up->inner.index)
		return 0;
	r = check_name_is_gone(up, err);
	return r < 0 ? r : remove_left(up, err);
}

static int check_bridge(struct wire_up *up, struct libns_error *err)
{
	struct libns_link bridge;
	int r = look(&up->host, up->o.with, &bridge, err);

	if (r < 0)
		return r;
	if (!r)
		return error_say(err, LIBNS_STEP_NETNS, ENODEV,
				 "cannot wire '%s': there is no bridge '%s'", up->label,
				 up->o.with);
	if (strcmp(bridge.kind, "bridge") != 0)
		return error_say(err, LIBNS_STEP_NETNS, EINVAL,
				 "cannot wire '%s': '%s' is a link, but no bridge", up->label,
				 up->o.with);
	up->bridge = bridge.index;
	return 0;
}

/* What the pair that is there has been made for. */
static int check_net(const struct wire_up *up, struct libns_error *err)
{
	const struct libns_ip all = { .family = AF_INET };
	bool led = wire_facts_has_route(&up->inside_facts, up->inner.index, &all);

	if (up->outer.master != up->bridge)
		return differs(err, up,
			       up->outer.master ? "is on a bridge" : "is not on the bridge",
			       up->bridge ? up->o.with : NULL);
	/* A route that somebody inside has added leads nowhere. */
	if (up->o.net == LIBNS_WIRE_ISOLATED && up->outer.group != WIRE_GROUP_ISOLATED && led)
		return differs(err, up, "is not isolated", NULL);
	if (up->o.net != LIBNS_WIRE_ISOLATED && up->outer.group == WIRE_GROUP_ISOLATED)
		return differs(err, up, "is isolated", NULL);
	return 0;
}

/* Takes over the address that an end has. */
static int take_address(struct wire_up *up, enum libns_wire_family wanted,
			const struct libns_ip *given, struct libns_ip *host,
			struct libns_ip *inside, struct libns_error *err)
{
	uint8_t family = given == &up->o.ip4_inside ? AF_INET : AF_INET6;
	const struct libns_ip *in, *out;
	char text[LIBNS_IP_TEXT];

	in = wire_facts_find(&up->inside_facts, up->inner.index, family);
	out = wire_facts_find(&up->host_facts, up->outer.index, family);
	if (in && wanted == LIBNS_WIRE_OFF)
		return differs(err, up, "has the address", libns_ip_format(in, true, text));
	if (in && wanted == LIBNS_WIRE_GIVEN && !wire_ip_same(in, given))
		return differs(err, up, "has the address", libns_ip_format(in, true, text));
	if (in)
		*inside = *in;
	if (out)
		*host = *out;
	if (in && !out && up->o.net != LIBNS_WIRE_BRIDGE)
		(void)wire_ip_other(in, host);
	if (out && !in)
		(void)wire_ip_other(out, inside);
	return 0;
}

static int find_wired(struct wire_up *up, struct libns_error *err)
{
	int r = wire_facts_read(&up->inside_facts, &up->inside, err);

	if (r == 0)
		r = check_net(up, err);
	if (r == 0)
		r = take_address(up, up->o.ip4, &up->o.ip4_inside, &up->host4, &up->inside4, err);
	if (r == 0)
		r = take_address(up, up->o.ip6, &up->o.ip6_inside, &up->host6, &up->inside6, err);
	return r;
}

/* For what has no pair of links: that there is none. */
static int check_no_pair(struct wire_up *up, struct libns_error *err)
{
	struct libns_link link;
	int r;

	if (up->inside.ns_fd < 0)
		return 0;
	r = look(&up->inside, WIRE_INSIDE, &link, err);
	return r > 0 ? differs(err, up, "has the link", WIRE_INSIDE) : r;
}

static int find_moved(struct wire_up *up, struct libns_error *err)
{
	int r = check_no_pair(up, err);

	if (r == 0 && up->inside.ns_fd >= 0)
		r = look(&up->inside, up->o.with, &up->inner, err);
	if (r != 0)
		return r < 0 ? r : wire_facts_read(&up->inside_facts, &up->inside, err);
	r = look(&up->host, up->o.with, &up->outer, err);
	if (r == 0)
		return error_say(err, LIBNS_STEP_NETNS, ENODEV,
				 "cannot wire '%s': there is no link '%s'", up->label, up->o.with);
	if (r > 0 && (wire_is_ours(up->outer.group) || !strcmp(up->o.with, "lo")))
		return error_say(err, LIBNS_STEP_NETNS, EINVAL,
				 "cannot wire '%s': the link '%s' cannot be given away", up->label,
				 up->o.with);
	return r < 0 ? r : 0;
}

/* That no other link leads out. Those that are down, as the kernel makes some, do not. */
static int check_only_way(struct wire_up *up, struct libns_error *err)
{
	_cleanup_(libns_links_freep) struct libns_links *links = NULL;
	const struct libns_link *link;
	int r = libns_links_new(up->inside.rtnl, &links, err);

	for (size_t i = 0; r == 0 && (link = libns_links_at(links, i)); i++)
		if (link->flags & IFF_UP && !(link->flags & IFF_LOOPBACK) &&
		    link->index != up->inner.index)
			r = differs(err, up, "has another link", link->name);
	return r;
}

static int find_tunnel(struct wire_up *up, struct libns_error *err)
{
	int r = look(&up->host, up->link, &up->outer, err);

	if (r > 0 && !is_ours(up, &up->outer))
		return error_say(err, LIBNS_STEP_NETNS, EEXIST,
				 "cannot wire '%s': a link '%s' is there that is not its own",
				 up->label, up->link);
	/* It was never moved in. */
	if (r > 0)
		r = remove_left(up, err);
	if (r < 0 || up->inside.ns_fd < 0)
		return r;
	r = look(&up->inside, up->inside_name, &up->inner, err);
	if (r > 0 && !is_ours(up, &up->inner))
		return differs(err, up, "has another link", up->inside_name);
	if (r >= 0)
		r = check_only_way(up, err);
	return r == 0 ? wire_facts_read(&up->inside_facts, &up->inside, err) : r;
}

/* Whether pasta runs for it: its link ends with it. */
static int find_pasta(struct wire_up *up, struct libns_error *err)
{
	_cleanup_(libns_links_freep) struct libns_links *links = NULL;
	const struct libns_link *link;
	int r;

	if (up->inside.ns_fd < 0)
		return 0;
	r = wire_place_open(&up->inside, err);
	if (r == 0)
		r = libns_links_new(up->inside.rtnl, &links, err);
	for (size_t i = 0; r == 0 && (link = libns_links_at(links, i)); i++) {
		if (!strcmp(link->kind, "tun"))
			up->inner = *link;
		else if (*link->kind)
			r = differs(err, up, "has the link", link->name);
	}
	return r;
}

int wire_up_find(struct wire_up *up, struct libns_error *err)
{
	int r = wire_facts_read(&up->host_facts, &up->host, err);

	if (r < 0)
		return r;
	if (up->o.net == LIBNS_WIRE_NONE)
		return check_no_pair(up, err);
	if (up->o.net == LIBNS_WIRE_PASTA)
		return find_pasta(up, err);
	if (up->o.net == LIBNS_WIRE_HOST_DEV)
		return find_moved(up, err);
	if (up->o.net == LIBNS_WIRE_WG)
		return find_tunnel(up, err);
	r = up->o.net == LIBNS_WIRE_BRIDGE ? check_bridge(up, err) : 0;
	if (r == 0)
		r = find_ends(up, err);
	return r == 0 && up->inner.index ? find_wired(up, err) : r;
}
