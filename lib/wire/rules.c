/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The table of rules.
 *
 * Its rules go by the group of a link, which is given when the link is made. So a namespace that
 * comes or goes changes no rule: that would take ten milliseconds and more, and could be left
 * behind. Only ports that are published are elements of maps.
 *
 * Links are matched by their groups and names, never by their numbers: to look a number up, libnftables
 * asks the kernel, and ends the program where that fails.
 *
 * Each rule has a comment with a number. A table in which not exactly those rules have it is one of
 * another version, or somebody has taken rules away, and it is made anew, with the ports that are
 * published, in the same transaction.
 *
 * guard, inside: where 127.0.0.1 leads into a namespace (route_localnet), the kernel would also take
 * packets from there that are sent to 127.0.0.1, where programs listen that trust who connects. Nor
 * does anybody in there send with an address that no route of the host leads back to that link for,
 * nor anybody elsewhere with one that a route of the host leads to a namespace for.
 * A tunnel of the host that takes packets of anybody (IP in IP, 6in4, GRE, EtherIP, L2TP, MPLS in IP)
 * would unwrap them and send them on as its own: what is isolated does not reach it.
 * inward: nothing is forwarded from or to what is isolated, whatever the switches of this host say
 * and whoever has set them. What connection tracking does not know would leave with the address
 * inside, since nothing masquerades it. What the uplink forwards for the namespaces is answers, and
 * what goes to ports that are published. Without this, whoever shares a network with the host would
 * reach all that listens in a namespace by making the host their router. By an uplink that forwards
 * for our sake ("taken") they would reach the other networks of the host as well. What is accepted
 * here is still asked of the tables of others.
 * post: packets leave with the address of the host. So do those from 127.0.0.1, and those from one
 * namespace to a port of the host that leads to a namespace, since the answer would go past the host.
 * pre: the host itself comes from "outp". So a packet for 127.0.0.1 that is led here was sent by a
 * neighbour, and the kernel would have dropped it as a martian had it not got another address.
 * led: where a port leads. ::1 is left alone: the kernel sends nothing from there over any other
 * link, so a connection would wait in vain for what is now refused at once.
 */

#include "wire/rules.h"

#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "kernel/nft.h"
#include "wire/leads.h"
#include "wire/step.h"
#include "wire/taken.h"
#include "wire/wire.h"

/* To be counted up when the rules change. */
#define COMMENT "xnetns 5"
#define N_RULES 26

#define GROUP    "30830"
#define ISOLATED "30831"
#define BOTH     GROUP "-" ISOLATED
_Static_assert(WIRE_GROUP == 30830 && WIRE_GROUP_ISOLATED == 30831,
	       "the rules look at the group of the links");

#define RULE(text) "\t\t" text " comment \"" COMMENT "\"\n"

/* clang-format off */
static const char table[] =
	"add table inet " WIRE_TABLE "\n"
	"delete table inet " WIRE_TABLE "\n"
	"table inet " WIRE_TABLE " {\n"
	"\tmap pub4 { type inet_proto . inet_service : ipv4_addr . inet_service; }\n"
	"\tmap pub6 { type inet_proto . inet_service : ipv6_addr . inet_service; }\n"
	"\tmap bound4 { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }\n"
	"\tmap bound6 { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service; }\n"
	"\tset taken4 { type ifname; }\n"
	"\tset taken6 { type ifname; }\n"
	"\tchain guard {\n"
	"\t\ttype filter hook prerouting priority -300; policy accept;\n"
	RULE("iifgroup " BOTH " jump inside")
	RULE("iifname != \"lo\" iifgroup != " BOTH
	     " fib saddr oifname \"xn-*\" fib saddr . iif oif missing drop")
	"\t}\n"
	"\tchain inside {\n"
	RULE("ip saddr 127.0.0.0/8 drop")
	RULE("ip daddr 127.0.0.0/8 drop")
	RULE("ip saddr != 0.0.0.0 fib saddr . iif oif missing drop")
	RULE("ip6 saddr != { ::, fe80::/10 } fib saddr . iif oif missing drop")
	RULE("iifgroup " ISOLATED " meta l4proto { 4, 41, 47, 97, 115, 137 } drop")
	"\t}\n"
	"\tchain inward {\n"
	"\t\ttype filter hook forward priority 0; policy accept;\n"
	RULE("iifgroup " ISOLATED " drop")
	RULE("oifgroup " ISOLATED " drop")
	RULE("iifgroup " GROUP " oifgroup != " GROUP " ct state { invalid, untracked } drop")
	RULE("ct state { established, related } accept")
	RULE("ct status dnat accept")
	RULE("oifgroup " GROUP " iifgroup != " GROUP " drop")
	RULE("meta nfproto ipv4 iifname @taken4 oifgroup != " GROUP " drop")
	RULE("meta nfproto ipv6 iifname @taken6 oifgroup != " GROUP " drop")
	"\t}\n"
	"\tchain post {\n"
	"\t\ttype nat hook postrouting priority 100; policy accept;\n"
	RULE("iifgroup " GROUP " oifgroup != " GROUP " masquerade")
	RULE("oifgroup " BOTH " ct status dnat ip saddr 127.0.0.0/8 masquerade")
	RULE("iifgroup " GROUP " oifgroup " GROUP " ct status dnat masquerade")
	"\t}\n"
	"\tchain led {\n"
	RULE("ip6 daddr ::1 return")
	RULE("dnat ip to ip daddr . meta l4proto . th dport map @bound4")
	RULE("dnat ip6 to ip6 daddr . meta l4proto . th dport map @bound6")
	RULE("meta nfproto ipv4 dnat ip to meta l4proto . th dport map @pub4")
	RULE("meta nfproto ipv6 dnat ip6 to meta l4proto . th dport map @pub6")
	"\t}\n"
	"\tchain pre {\n"
	"\t\ttype nat hook prerouting priority -100; policy accept;\n"
	RULE("ip daddr 127.0.0.0/8 return")
	RULE("fib daddr type local jump led")
	"\t}\n"
	"\tchain outp {\n"
	"\t\ttype nat hook output priority -100; policy accept;\n"
	RULE("fib daddr type local jump led")
	"\t}\n"
	"}\n";
/* clang-format on */

int wire_rules_are_whole(const struct wire_uplinks *next, struct libns_error *err)
{
	size_t n;
	int r = nft_count_rules(WIRE_TABLE, COMMENT, &n, err);

	if (r < 0 || n != N_RULES)
		return r < 0 ? r : 0;
	return taken_are_in_table(next, err);
}

static int print_all(const char *name, const struct leads *leads, void *data,
		     struct libns_error *err)
{
	for (size_t i = 0; i < leads->n; i++)
		lead_words_of_add(data, &leads->list[i]);
	return 0;
}

/* The table with everything that is published. */
static int whole_text(const struct wire_uplinks *next, char **ret_text, struct libns_error *err)
{
	_cleanup_(words_done) struct words to = { NULL };
	int r;

	words_add(&to, "%s", table);
	r = leads_each(print_all, &to, err);
	if (r == 0)
		r = taken_words(next, &to, err);
	if (r == 0 && to.failed)
		r = error_set(err, LIBNS_STEP_NETLINK, ENOMEM, "cannot write rules");
	if (r == 0)
		*ret_text = TAKE_PTR(to.text);
	return r;
}

static int run_commands(void *data, struct libns_error *err)
{
	return nft_run(data, err);
}

int wire_rules_run(const char *what, const char *commands, uint64_t flags,
		   const struct libns_wire_watch *watch, struct libns_error *err)
{
	_cleanup_free_ char *command = NULL, *copy = strdup(commands);
	struct wire_step step = { .kind = WIRE_CALL, .what = what, .call = run_commands };
	int r;

	if (!copy || asprintf(&command, "nft -f - <<'E'\n%sE", commands) < 0)
		return error_set(err, LIBNS_STEP_NETLINK, ENOMEM, "cannot write rules");
	step.text = command;
	step.data = copy;
	r = wire_step_run(&step, flags, watch, err);
	if (r < 0)
		error_prefix(err, "cannot %s", what);
	return r;
}

/* Whether the table is there, and not ours. All versions of ours have had this map. */
static int is_foreign(struct libns_error *err)
{
	int r = nft_has_table(WIRE_TABLE, err);

	if (r > 0)
		r = nft_has_set(WIRE_TABLE, "pub4", err);
	else
		return r;
	return r < 0 ? r : !r;
}

int wire_rules_ensure(const struct wire_uplinks *next, uint64_t flags,
		      const struct libns_wire_watch *watch, struct libns_error *err)
{
	static const struct wire_step whole = { .kind = WIRE_CALL,
						.what = "make the table inet " WIRE_TABLE
							" of nftables",
						.is = true };
	_cleanup_free_ char *text = NULL;
	int r = wire_rules_are_whole(next, err);

	if (r == 0) {
		r = is_foreign(err);
		r = r > 0 ? -EEXIST : r;
	}
	if (r == -EEXIST)
		return error_say(err, LIBNS_STEP_NETLINK, EEXIST,
				 "there is a table inet " WIRE_TABLE
				 " of nftables that xnetns has not made: it is left alone, and "
				 "has to get another name first");
	/* Who may not look may still be told what would be done. */
	if (r == -EPERM && flags & LIBNS_WIRE_DRY_RUN)
		r = 0;
	if (r < 0)
		return r;
	if (r > 0)
		return wire_step_run(&whole, flags, watch, err);
	r = whole_text(next, &text, err);
	return r < 0 ? r : wire_rules_run(whole.what, text, flags, watch, err);
}

int wire_rules_renew(uint64_t flags, const struct libns_wire_watch *watch, struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = nft_has_set(WIRE_TABLE, "pub4", err);

	if (r == -EOPNOTSUPP)
		return 0;
	if (r > 0)
		r = whole_text(NULL, &text, err);
	return text ? wire_rules_run("make the table inet " WIRE_TABLE " of nftables anew", text,
				     flags, watch, err)
		    : r;
}

int wire_rules_drop(uint64_t flags, const struct libns_wire_watch *watch, struct libns_error *err)
{
	struct libns_error why = LIBNS_ERROR_INIT;
	int r = is_foreign(&why);

	/* A kernel without nftables has no table either: nothing was ever made there that needs one. */
	if (r == -EOPNOTSUPP)
		return 0;
	if (r > 0) {
		wire_note(watch, "the table inet " WIRE_TABLE
				 " of nftables is not of xnetns, and is left alone");
		return 0;
	}
	if (r == 0)
		r = nft_has_table(WIRE_TABLE, &why);
	if (r < 0 && err)
		*err = why;
	if (r <= 0)
		return r;
	return wire_rules_run("remove the table inet " WIRE_TABLE " of nftables",
			      "delete table inet " WIRE_TABLE "\n", flags, watch, err);
}
