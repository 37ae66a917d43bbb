/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Of a check: what this host does with packets of the namespace, where it is the router. Each of
 * these drops them without a word to anybody.
 */

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/err.h"
#include "kernel/net-sysctl.h"
#include "wire/check.h"
#include "wire/facts.h"
#include "wire/wire.h"

/* Return: the value, or 0 where there is none. */
static int sysctl_of(const char *family, const char *link, const char *key)
{
	char name[NET_SYSCTL_NAME];
	int value;

	if (net_sysctl_name(name, family, link, key) < 0 || net_sysctl_read(name, &value) < 0)
		return 0;
	return value;
}

bool check_forwards(const struct check_family *family, const char *link)
{
	if (family->family == AF_INET)
		return sysctl_of("ipv4", link, "forwarding") != 0;
	/* Before Linux 6.17 that of all links decides, whatever the one of the link says. */
	return sysctl_of("ipv6", "all", "forwarding") != 0 ||
	       sysctl_of("ipv6", link, "force_forwarding") != 0;
}

static void check_forwarding(struct check *check, const struct check_family *f,
			     const struct libns_link *link)
{
	bool v4 = f->family == AF_INET;
	char name[NET_SYSCTL_NAME];
	_cleanup_(words_done) struct words words = { NULL };

	if (check_forwards(f, link->name)) {
		findings_add(check->out, LIBNS_WIRE_VERDICT_OK, "forwarding",
			     "this host forwards %s that comes in by '%s'", f->word, link->name);
		return;
	}
	findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "forwarding",
		     "this host does not forward %s that comes in by '%s'", f->word, link->name);
	if (net_sysctl_name(name, v4 ? "ipv4" : "ipv6", link->name,
			    v4 ? "forwarding" : "force_forwarding") < 0)
		return;
	if (!v4 && net_sysctl_read(name, &(int){ 0 }) < 0) {
		findings_why(check->out,
			     "net/ipv6/conf/all/forwarding is 0, and this kernel cannot "
			     "forward IPv6 of single links (Linux 6.17)");
		findings_command(check->out, "sysctl -w net/ipv6/conf/all/forwarding=1");
		return;
	}
	findings_why(check->out, "%s is 0; a write to that of all links may have reset it", name);
	words_add(&words, "sysctl -w ");
	words_quote(&words, name);
	words_add(&words, "=1");
	check_mend(check, &words);
}

/* Answers to the namespace must leave by the link that it is connected with. */
static int check_return(struct check *check, const struct check_family *f, struct libns_error *err)
{
	struct libns_route back = LIBNS_ROUTE_INIT;
	char text[LIBNS_IP_TEXT];
	const struct libns_link *link;
	int r = wire_find_way(check->host.rtnl, &f->from->ip, &back, err);

	if (r < 0)
		return r;
	libns_ip_format(&f->from->ip, false, text);
	link = r > 0 ? check_link_at(&check->host, back.index) : NULL;
	if (r == 0) {
		findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "return",
			     "this host has no route to %s", text);
		findings_why(check->out, "answers are dropped");
	} else if (link && link != f->entry) {
		findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "return",
			     "this host sends answers to %s by '%s', and not by '%s'", text,
			     link->name, f->entry->name);
		findings_why(check->out, "another link or route has the same network%s",
			     f->family == AF_INET &&
					     (sysctl_of("ipv4", f->entry->name, "rp_filter") == 1 ||
					      sysctl_of("ipv4", "all", "rp_filter") == 1)
				     ? ", and rp_filter is 1: what comes in is dropped as well"
				     : "");
	} else {
		findings_add(check->out, LIBNS_WIRE_VERDICT_OK, "return",
			     "this host sends answers to %s by '%s'", text, f->entry->name);
	}
	return 0;
}

static void check_out(struct check *check, const struct check_family *f)
{
	char text[LIBNS_IP_TEXT];

	if (!f->out || !(f->out->flags & IFF_UP) || !(f->out->flags & IFF_RUNNING)) {
		findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "uplink",
			     "the way out of this host, '%s', %s", f->out ? f->out->name : "?",
			     f->out && f->out->flags & IFF_UP ? "has no carrier" : "is down");
		return;
	}
	if (f->uplink.gateway.family)
		findings_add(check->out, LIBNS_WIRE_VERDICT_OK, "uplink",
			     "%s leaves this host by %s on '%s'", f->word,
			     libns_ip_format(&f->uplink.gateway, false, text), f->out->name);
	else
		findings_add(check->out, LIBNS_WIRE_VERDICT_OK, "uplink",
			     "%s leaves this host by '%s'", f->word, f->out->name);
	if (f->link && f->link->mtu > f->out->mtu) {
		_cleanup_(words_done) struct words words = { NULL };

		findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "mtu",
			     "packets of %u bytes leave by '%s', and '%s' of this host takes %u",
			     f->link->mtu, f->link->name, f->out->name, f->out->mtu);
		findings_why(check->out, "transfers stall where a firewall keeps the kernel from "
					 "being told that they are too large");
		words_add(check_ip(check, &words), "link set ");
		words_quote(&words, f->link->name);
		words_add(&words, " mtu %u", f->out->mtu);
		check_mend(check, &words);
	}
}

/* Whether the other family has a way out of this host. */
static bool other_has_uplink(const struct check *check, const struct check_family *f)
{
	const struct check_family *other = &check->families[f == &check->families[0]];

	return other->from && other->is_router && other->has_uplink;
}

static int check_family(struct check *check, const struct check_family *f, struct libns_error *err)
{
	char text[LIBNS_IP_TEXT];
	int r;

	if (!f->is_router) {
		if (f->way.gateway.family && f->end)
			findings_add(check->out, LIBNS_WIRE_VERDICT_SKIP, "router",
				     "the gateway %s is not this host",
				     libns_ip_format(&f->way.gateway, false, text));
		else if (f->way.gateway.family)
			findings_add(check->out, LIBNS_WIRE_VERDICT_SKIP, "router",
				     "'%s' does not lead into this host",
				     f->link ? f->link->name : "?");
		return 0;
	}
	/* Of a link that is down the kernel takes no routes, and that is told already. */
	r = f->entry->flags & IFF_UP && f->end->flags & IFF_UP ? check_return(check, f, err) : 0;
	if (r < 0)
		return r;
	/* Somebody of this host is to be reached. */
	if (f->has_uplink && f->uplink.type == RTN_LOCAL)
		return 0;
	check_forwarding(check, f, f->entry);
	if (f->has_uplink) {
		check_out(check, f);
		if (f->out && f->out != f->entry)
			check_forwarding(check, f, f->out);
	} else if (other_has_uplink(check, f)) {
		findings_add(check->out, LIBNS_WIRE_VERDICT_SKIP, "uplink",
			     "this host itself has no way out by %s", f->word);
	} else {
		findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "uplink",
			     "this host has no default route of %s", f->word);
		findings_why(check->out, "it cannot send on what it is given");
	}
	return 0;
}

int check_router(struct check *check, struct libns_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < CHECK_FAMILIES; i++)
		if (check->families[i].from && check->families[i].has_way)
			r = check_family(check, &check->families[i], err);
	return r;
}
