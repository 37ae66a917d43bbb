/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Ports of the host that lead into namespaces.
 *
 * Theory of operation
 *
 * A port is written down first, then added to the table, then flows that know better are forgotten.
 * It is taken away the other way round. So whatever has been killed in between is finished by doing
 * the same again; and as what is written down decides, a second name cannot get a port that a first
 * one has, even if the table was lost.
 *
 * All elements of one call are one transaction. What the table has already is found out before, by
 * asking the kernel for just that element: a transaction takes ten milliseconds.
 *
 * 127.0.0.1 leads there as well. For that the kernel must be told to send such packets over the link
 * of the namespace (route_localnet); the rules keep the namespace from making use of it.
 */

#include <netinet/in.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/err.h"
#include "kernel/listeners.h"
#include "kernel/nft.h"
#include "text/ip.h"
#include "wire/flows.h"
#include "wire/leads.h"
#include "wire/local.h"
#include "wire/rules.h"
#include "wire/step.h"
#include "wire/wire.h"
#include "wire/words.h"

/* ---------------------------------------------------------------- what is wanted */

static bool is_zero(const struct libns_ip *ip)
{
	static const uint8_t zero[16];

	return !memcmp(ip->bytes, zero, ip_size(ip->family));
}

static bool is_loopback(const struct libns_ip *ip)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (ip->family == AF_INET)
		return ip->bytes[0] == 127;
	return ip->family == AF_INET6 && !memcmp(ip->bytes, one, sizeof(one));
}

static int want_one(struct leads *wanted, const struct libns_wire_port *port,
		    const struct libns_ip *inside, struct libns_error *err)
{
	struct wire_lead lead = { *port, *inside };

	if (!lead.port.inside)
		lead.port.inside = lead.port.host;
	if (lead.port.address.family && is_zero(&lead.port.address))
		lead.port.address.family = 0;
	for (size_t i = 0; i < wanted->n; i++)
		if (lead_equal(&wanted->list[i], &lead))
			return 0;
		else if (lead_is_same_port(&wanted->list[i], &lead))
			return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
					 "port %u is to lead to two places", lead.port.host);
	if (leads_append(wanted, &lead) < 0)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot publish a port");
	return 0;
}

/* One port may be two: of each family that the namespace has. */
static int want(struct leads *wanted, const char *name, const struct libns_wire_port *port,
		const struct wire_inside *inside, struct libns_error *err)
{
	uint8_t family = port->address.family;
	int r = 0;

	if (!port->host)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "there is no port 0");
	if (family == AF_INET6 && is_loopback(&port->address))
		return error_say(err, LIBNS_STEP_ARGUMENT, EOPNOTSUPP,
				 "cannot publish port %u of ::1: Linux sends nothing from ::1 over "
				 "another link; 127.0.0.1 can be published",
				 port->host);
	if ((family == AF_INET && !inside->ip4) || (family == AF_INET6 && !inside->ip6) ||
	    (!inside->ip4 && !inside->ip6))
		return error_say(err, LIBNS_STEP_NETNS, EADDRNOTAVAIL,
				 "cannot publish port %u: '%s' has no %saddress that the host can "
				 "reach",
				 port->host, name,
				 family == AF_INET    ? "IPv4 "
				 : family == AF_INET6 ? "IPv6 "
						      : "");
	if (inside->ip4 && family != AF_INET6)
		r = want_one(wanted, port, inside->ip4, err);
	if (r == 0 && inside->ip6 && family != AF_INET)
		r = want_one(wanted, port, inside->ip6, err);
	return r;
}

struct conflict {
	const char *name;
	const struct leads *wanted;
};

static int look_for_conflict(const char *name, const struct leads *leads, void *data,
			     struct libns_error *err)
{
	const struct conflict *conflict = data;
	char words[LEAD_WORDS];

	if (!strcmp(name, conflict->name))
		return 0;
	for (size_t i = 0; i < leads->n; i++)
		for (size_t j = 0; j < conflict->wanted->n; j++)
			if (lead_overlaps(&leads->list[i], &conflict->wanted->list[j]))
				return error_say(err, LIBNS_STEP_NETNS, EADDRINUSE,
						 "%s is published for '%s' already",
						 lead_words(&leads->list[i], words), name);
	return 0;
}

/* ---------------------------------------------------------------- changes */

/* Commands for the table, and what they do in words. */
struct change {
	struct words commands, words;
	const char *verb; /* the last one */
	size_t n;
};

static void change_done(struct change *change)
{
	words_done(&change->commands);
	words_done(&change->words);
}

/* Tells of what is so already. */
__attribute__((format(printf, 3, 4))) static int
tell_already(const struct libns_wire_watch *watch, struct libns_error *err, const char *format, ...)
{
	struct wire_step step = { .kind = WIRE_CALL, .is = true };
	_cleanup_(words_done) struct words what = { NULL };
	va_list ap;
	int r;

	va_start(ap, format);
	words_add_v(&what, format, ap);
	va_end(ap);
	r = wire_step_say(&step, &what, NULL, err);
	return r < 0 ? r : wire_step_run(&step, 0, watch, err);
}

/* What the table has of it. Who may not look may still be told what would be done. */
static int find(const struct wire_lead *lead, uint64_t flags, struct libns_error *err)
{
	int r = lead_find(lead, err);

	return r == -EPERM && flags & LIBNS_WIRE_DRY_RUN ? NFT_FOUND_NONE : r;
}

/* One verb for all that follow each other. */
static void say(struct change *change, const char *verb, const char *words)
{
	const char *between = change->n++ ? ", " : "";

	if (change->verb && !strcmp(change->verb, verb))
		words_add(&change->words, "%s%s", between, words);
	else
		words_add(&change->words, "%s%s %s", between, verb, words);
	change->verb = verb;
}

static int change_delete(struct change *change, const struct wire_lead *lead, uint64_t flags,
			 struct libns_error *err)
{
	int r = find(lead, flags, err);
	char words[LEAD_WORDS];

	/* What leads elsewhere has become another name's. */
	if (r != NFT_FOUND_SAME)
		return r < 0 ? r : 0;
	lead_words_of_delete(&change->commands, lead);
	say(change, "take back", lead_words(lead, words));
	return 0;
}

static int change_add(struct change *change, const struct wire_lead *lead, uint64_t flags,
		      const struct libns_wire_watch *watch, struct libns_error *err)
{
	int r = find(lead, flags, err);
	char words[LEAD_WORDS];

	if (r < 0)
		return r;
	lead_words_to(lead, words);
	if (r == NFT_FOUND_SAME)
		return tell_already(watch, err, "lead %s", words);
	if (r == NFT_FOUND_OTHER)
		lead_words_of_delete(&change->commands, lead);
	lead_words_of_add(&change->commands, lead);
	say(change, "lead", words);
	return 0;
}

/* Carries the commands out, if there are any. */
static int change_run(struct change *change, uint64_t flags, const struct libns_wire_watch *watch,
		      struct libns_error *err)
{
	if (change->commands.failed || change->words.failed)
		return error_set(err, LIBNS_STEP_NETLINK, ENOMEM, "cannot write rules");
	if (!change->n)
		return 0;
	return wire_rules_run(change->words.text, change->commands.text, flags, watch, err);
}

/* ---------------------------------------------------------------- publishing */

static bool has_port(const struct leads *leads, const struct wire_lead *lead)
{
	for (size_t i = 0; i < leads->n; i++)
		if (lead_is_same_port(&leads->list[i], lead))
			return true;
	return false;
}

static bool has(const struct leads *leads, const struct wire_lead *lead)
{
	for (size_t i = 0; i < leads->n; i++)
		if (lead_equal(&leads->list[i], lead))
			return true;
	return false;
}

/* Whether it leads to an address that the namespace had before. */
static bool is_old(const struct wire_lead *lead, const struct wire_inside *inside)
{
	const struct libns_ip *now = lead->inside.family == AF_INET ? inside->ip4 : inside->ip6;

	return !now || memcmp(now->bytes, lead->inside.bytes, ip_size(now->family)) != 0;
}

/* What stays of @old goes to @after. */
static int merge(const struct leads *old, const struct leads *wanted,
		 const struct wire_inside *inside, struct leads *after)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < old->n; i++)
		if (!is_old(&old->list[i], inside) && !has_port(wanted, &old->list[i]))
			r = leads_append(after, &old->list[i]);
	for (size_t i = 0; r == 0 && i < wanted->n; i++)
		r = leads_append(after, &wanted->list[i]);
	return r;
}

static bool are_equal(const struct leads *a, const struct leads *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (!has(b, &a->list[i]))
			return false;
	return a->n == b->n;
}

/* Brings the table from @old to @after. */
static int change_table(const struct leads *old, const struct leads *after,
			const struct leads *wanted, uint64_t flags,
			const struct libns_wire_watch *watch, struct libns_error *err)
{
	_cleanup_(change_done) struct change change = { .n = 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < old->n; i++)
		if (!has_port(after, &old->list[i]))
			r = change_delete(&change, &old->list[i], flags, err);
	for (size_t i = 0; r == 0 && i < wanted->n; i++)
		r = change_add(&change, &wanted->list[i], flags, watch, err);
	return r < 0 ? r : change_run(&change, flags, watch, err);
}

/* Whether the table has got nothing of what is wanted: then others can have these ports. */
static bool has_none(const struct leads *wanted, const struct leads *old)
{
	for (size_t i = 0; i < wanted->n; i++) {
		int r = has(old, &wanted->list[i]) ? NFT_FOUND_NONE
						   : lead_find(&wanted->list[i], NULL);

		if (r < 0 || r == NFT_FOUND_SAME)
			return false;
	}
	return true;
}

/* Whoever listens on a port that is published hears nothing any more. */
static void warn_of_listener(const struct wire_lead *lead, const char *name,
			     const struct libns_wire_watch *watch)
{
	uint8_t protocol = lead->port.udp ? IPPROTO_UDP : IPPROTO_TCP;
	char words[LEAD_WORDS];

	/* Where the kernel does not tell, nothing is claimed. */
	if (listeners_has(lead->inside.family, protocol, &lead->port.address, lead->port.host) > 0)
		wire_note(watch,
			  "a program listens on %s: while it is published, what is "
			  "sent there goes to '%s'",
			  lead_words(lead, words), name);
}

/* All that makes the leads work, once they are in the table. */
static int put_to_work(const char *name, const struct leads *wanted, const char *link,
		       uint64_t flags, const struct libns_wire_watch *watch,
		       struct libns_error *err)
{
	int r = local_open(wanted, link, flags, watch, err);

	for (size_t i = 0; r == 0 && i < wanted->n; i++) {
		warn_of_listener(&wanted->list[i], name, watch);
		r = flows_forget_before(&wanted->list[i], flags, watch, err);
	}
	return r;
}

/* What is wanted, if it can be had. */
static int want_all(struct leads *wanted, const char *name, const struct libns_wire_port *ports,
		    size_t n_ports, const struct wire_inside *inside, struct libns_error *err)
{
	struct conflict conflict = { name, wanted };
	int r = 0;

	for (size_t i = 0; r == 0 && i < n_ports; i++)
		r = want(wanted, name, &ports[i], inside, err);
	return r < 0 ? r : leads_each(look_for_conflict, &conflict, err);
}

int wire_ports_check(const char *name, const struct libns_wire_port *ports, size_t n_ports,
		     const struct wire_inside *inside, struct libns_error *err)
{
	_cleanup_(leads_done) struct leads wanted = { NULL, 0 };

	return want_all(&wanted, name, ports, n_ports, inside, err);
}

int wire_ports_check_isolated(const char *name, const struct libns_wire_port *ports, size_t n_ports,
			      struct libns_error *err)
{
	for (size_t i = 0; i < n_ports; i++)
		if (ports[i].address.family != AF_INET || !is_loopback(&ports[i].address))
			return error_say(err, LIBNS_STEP_NETNS, EHOSTUNREACH,
					 "cannot publish port %u for other machines: '%s' is "
					 "isolated, and nothing of it is sent on; programs of this "
					 "host reach it at 127.0.0.1:%u, if that is published",
					 ports[i].host, name, ports[i].host);
	return 0;
}

int wire_ports_add(const char *name, const struct libns_wire_port *ports, size_t n_ports,
		   const struct wire_inside *inside, uint64_t flags,
		   const struct libns_wire_watch *watch, struct libns_error *err)
{
	_cleanup_(leads_done) struct leads wanted = { NULL, 0 };
	_cleanup_(leads_done) struct leads after = { NULL, 0 };
	_cleanup_(leads_done) struct leads old = { NULL, 0 };
	bool written;
	int r = want_all(&wanted, name, ports, n_ports, inside, err);

	if (r == 0)
		r = leads_read(name, &old, err);
	if (r < 0)
		return r;
	r = merge(&old, &wanted, inside, &after);
	if (r < 0)
		return error_set(err, LIBNS_STEP_NETNS, -r, "cannot publish a port");
	written = !(flags & LIBNS_WIRE_DRY_RUN) && !are_equal(&old, &after);
	if (written)
		r = leads_write(name, &after, err);
	if (r == 0)
		r = change_table(&old, &after, &wanted, flags, watch, err);
	if (r < 0 && written && has_none(&wanted, &old))
		(void)leads_write(name, &old, NULL);
	return r < 0 ? r : put_to_work(name, &wanted, inside->link, flags, watch, err);
}

/* ---------------------------------------------------------------- taking back */

/* Whether one of the ports is meant; of one without a port inside, wherever it leads. */
static bool is_meant(const struct wire_lead *lead, const struct libns_wire_port *ports,
		     size_t n_ports)
{
	for (size_t i = 0; i < n_ports; i++) {
		struct wire_lead meant = { ports[i], lead->inside };

		if (meant.port.address.family && is_zero(&meant.port.address))
			meant.port.address.family = 0;
		if (lead_is_same_port(lead, &meant) &&
		    (!ports[i].inside || ports[i].inside == lead->port.inside))
			return true;
	}
	return n_ports == 0;
}

/* Says what was not published. */
static int tell_missing(const struct leads *old, const struct libns_wire_port *ports,
			size_t n_ports, const struct libns_wire_watch *watch,
			struct libns_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n_ports; i++) {
		bool found = false;

		for (size_t j = 0; j < old->n; j++)
			found = found || is_meant(&old->list[j], &ports[i], 1);
		if (!found)
			r = tell_already(watch, err, "take back port %u (%s)", ports[i].host,
					 ports[i].udp ? "udp" : "tcp");
	}
	return r;
}

static int take_back(const struct leads *gone, const struct leads *after, uint64_t flags,
		     const struct libns_wire_watch *watch, struct libns_error *err)
{
	_cleanup_(change_done) struct change change = { .n = 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < gone->n; i++)
		r = change_delete(&change, &gone->list[i], flags, err);
	if (r == 0)
		r = change_run(&change, flags, watch, err);
	for (size_t i = 0; r == 0 && i < gone->n; i++)
		r = flows_forget_led(&gone->list[i], flags, watch, err);
	return r < 0 ? r : local_close(gone, after, flags, watch, err);
}

int wire_ports_remove(const char *name, const struct libns_wire_port *ports, size_t n_ports,
		      uint64_t flags, const struct libns_wire_watch *watch, struct libns_error *err)
{
	_cleanup_(leads_done) struct leads after = { NULL, 0 };
	_cleanup_(leads_done) struct leads gone = { NULL, 0 };
	_cleanup_(leads_done) struct leads old = { NULL, 0 };
	int r = leads_read(name, &old, err);

	if (r == -EBADMSG && !n_ports)
		return wire_ports_forget_damaged(name, flags, watch, err);
	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < old.n; i++)
		r = leads_append(is_meant(&old.list[i], ports, n_ports) ? &gone : &after,
				 &old.list[i]);
	if (r < 0)
		return error_set(err, LIBNS_STEP_NETNS, -r, "cannot take ports back");
	r = tell_missing(&old, ports, n_ports, watch, err);
	if (r < 0 || !gone.n)
		return r;
	r = take_back(&gone, &after, flags, watch, err);
	if (r < 0 || flags & LIBNS_WIRE_DRY_RUN)
		return r;
	return leads_write(name, &after, err);
}
