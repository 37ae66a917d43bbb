/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Of the doctor: what this host needs for namespaces that lead out through it: forwarding of two
 * links, and rules. Others reset both: a write to the switch of all links, and who flushes rules.
 */

#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/err.h"
#include "kernel/net-sysctl.h"
#include "kernel/nft.h"
#include "netns/dir.h"
#include "wire/doctor.h"
#include "wire/facts.h"
#include "wire/rules.h"
#include "wire/wire.h"

/* What the namespaces need that lead out. */
struct need {
	bool ip4, ip6;
};

/* Inside of one: whether there are default routes through its link to this host. */
static int read_need(const struct doctor *doctor, const struct libns_link *end, struct need *ret,
		     struct libns_error *err)
{
	_cleanup_close_ int ns_fd = libns_netns_open(doctor->o->run_fd, end->alias, err);
	static const struct libns_ip all4 = { .family = AF_INET }, all6 = { .family = AF_INET6 };
	struct wire_place inside = { end->alias, ns_fd, NULL };
	struct wire_facts facts = { NULL, NULL };
	int r;

	*ret = (struct need){ false, false };
	if (ns_fd < 0)
		return netns_is_unknown(ns_fd) ? ns_fd : 0;
	r = wire_facts_read(&facts, &inside, err);
	if (r == 0) {
		ret->ip4 = wire_facts_has_route(&facts, end->peer, &all4);
		ret->ip6 = wire_facts_has_route(&facts, end->peer, &all6);
	}
	wire_facts_done(&facts);
	wire_place_done(&inside);
	return r;
}

static int set_one(struct doctor *doctor, const void *data, struct libns_error *err)
{
	const struct wire_step step = {
		.kind = WIRE_SYSCTL, .place = &doctor->host, .text = data, .value = "1"
	};

	return wire_step_run(&step, doctor->step_flags, doctor->o->watch, err);
}

static int take_uplink(struct doctor *doctor, const void *data, struct libns_error *err)
{
	struct wire_uplink uplink = *(const struct wire_uplink *)data;
	const struct wire_uplinks uplinks = { &uplink, 1 };

	return wire_forwarding_take(&uplinks, doctor->step_flags, doctor->o->watch, err);
}

/* Whether a switch is there, and off. */
static bool is_off(const char *family, const char *link, const char *key,
		   char name[NET_SYSCTL_NAME])
{
	int value;

	return net_sysctl_name(name, family, link, key) == 0 &&
	       net_sysctl_read(name, &value) == 0 && !value;
}

#define RESET "a write to the switch of all links resets it; what comes in there is dropped"

/* The name of a link may have anything in it. */
static void add_setting(struct words *words, const char *name)
{
	if (!name)
		return;
	words_add(words, " ");
	words_quote(words, name);
	words_add(words, "=1");
}

/* Of a link into a namespace. */
static void look_at_switch(struct doctor *doctor, const char *family, const char *key,
			   const struct libns_link *link)
{
	char name[NET_SYSCTL_NAME];
	_cleanup_(words_done) struct words words = { NULL };
	struct ailment ailment = {
		.check = "forwarding",
		.name = link->alias,
		.why = RESET,
		.mend = set_one,
		.data = name,
		.tells = true,
	};

	if (!is_off(family, link->name, key, name))
		return;
	words_add(&words, "sysctl -w");
	add_setting(&words, name);
	ailment.command = doctor_words(doctor, &words);
	doctor_found(doctor, &ailment, "%s is 0", name);
}

static bool forwards_all_ip6(void)
{
	int value;

	return net_sysctl_read("net/ipv6/conf/all/forwarding", &value) == 0 && value;
}

static void look_at_uplink(struct doctor *doctor, const struct wire_uplink *uplink)
{
	char name4[NET_SYSCTL_NAME], name6[NET_SYSCTL_NAME];
	_cleanup_(words_done) struct words words = { NULL };
	struct ailment ailment = {
		.check = "forwarding",
		.why = RESET,
		.mend = take_uplink,
		.data = uplink,
		.tells = true,
	};
	bool off4 = uplink->ip4 && is_off("ipv4", uplink->name, "forwarding", name4);
	bool off6 = uplink->ip6 && is_off("ipv6", uplink->name, "force_forwarding", name6);

	if (!off4 && !off6)
		return;
	words_add(&words, "sysctl -w");
	add_setting(&words, off4 ? name4 : NULL);
	add_setting(&words, off6 ? name6 : NULL);
	ailment.command = doctor_words(doctor, &words);
	doctor_found(doctor, &ailment, "%s%s%s is 0", off4 ? name4 : "",
		     off4 && off6 ? " and " : "", off6 ? name6 : "");
}

static int look_at_uplinks(struct doctor *doctor, const struct need *need, struct libns_error *err)
{
	struct wire_facts facts = { NULL, NULL };
	struct wire_uplinks uplinks = { NULL, 0 };
	int r = wire_facts_read(&facts, &doctor->host, err);

	if (r == 0)
		r = wire_uplinks_read(&uplinks, &facts, &doctor->host, err);
	for (size_t i = 0; r == 0 && i < uplinks.n; i++) {
		uplinks.list[i].ip4 &= need->ip4;
		uplinks.list[i].ip6 &= need->ip6 && !forwards_all_ip6();
		look_at_uplink(doctor, &uplinks.list[i]);
	}
	wire_uplinks_done(&uplinks);
	wire_facts_done(&facts);
	return r;
}

static int rebuild(struct doctor *doctor, const void *data, struct libns_error *err)
{
	(void)data;
	return wire_ports_rebuild(doctor->step_flags, doctor->o->watch, err);
}

static void look_at_rules(struct doctor *doctor, bool isolated)
{
	struct ailment ailment = {
		.check = "rules",
		.why = isolated ? "somebody has flushed the rules of this host; nothing keeps "
				  "isolated namespaces apart but switches"
				: "somebody has flushed the rules of this host; no namespace is "
				  "masqueraded",
		.command = "xnetns doctor --fix",
		.mend = rebuild,
		.tells = true,
	};
	struct libns_error err = LIBNS_ERROR_INIT;
	int r = wire_rules_are_whole(NULL, &err);

	if (r == 0) {
		doctor_found(doctor, &ailment,
			     "the table 'inet " WIRE_TABLE "' is missing, or not whole");
		return;
	}
	r = r < 0 ? r : wire_ports_count_lost(&err);
	ailment.why = "they lead nowhere";
	if (r > 0)
		doctor_found(doctor, &ailment,
			     "of the ports that are published, %d are not in the table", r);
	else if (r < 0)
		doctor_skip(doctor, "rules", "%s", libns_error_text(&err));
}

int doctor_ways(struct doctor *doctor, struct libns_error *err)
{
	const struct libns_link *link;
	struct need all = { false, false };
	bool isolated = false;
	int r = 0;

	for (size_t i = 0; r == 0 && (link = libns_links_at(doctor->links, i)); i++) {
		struct need need;

		isolated = isolated || link->group == WIRE_GROUP_ISOLATED;
		/* A bridge leads elsewhere. */
		if (link->group != WIRE_GROUP || link->master || !*link->alias)
			continue;
		r = read_need(doctor, link, &need, err);
		if (r == 0 && need.ip4)
			look_at_switch(doctor, "ipv4", "forwarding", link);
		if (r == 0 && need.ip6 && !forwards_all_ip6())
			look_at_switch(doctor, "ipv6", "force_forwarding", link);
		all.ip4 |= need.ip4;
		all.ip6 |= need.ip6;
	}
	if (r == 0 && (all.ip4 || all.ip6))
		r = look_at_uplinks(doctor, &all, err);
	if (r == 0 && (all.ip4 || all.ip6 || isolated))
		look_at_rules(doctor, isolated);
	return r;
}
