/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A step as a command of ip(8) or sysctl(8), and as a sentence. */

#include "wire/words.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/err.h"

static void option(struct words *words, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	words_add(words, " %s ", name);
	words_quote(words, value);
}

static void number(struct words *words, const char *name, uint32_t value)
{
	if (value)
		words_add(words, " %s %u", name, value);
}

/* "ip -n web -6 route add" */
static void begin(struct words *words, const struct wire_place *place, uint8_t family,
		  const char *verb)
{
	words_add(words, "ip");
	option(words, "-n", place->name);
	words_add(words, "%s %s", family == AF_INET6 ? " -6" : "", verb);
}

static void add_queues(struct words *words, uint32_t queues)
{
	number(words, "numtxqueues", queues);
	number(words, "numrxqueues", queues);
}

static void add_link(const struct wire_step *step, struct words *words)
{
	const struct libns_link_options *link = &step->link;

	begin(words, step->place, 0, "link add");
	option(words, "name", link->name);
	number(words, "mtu", link->mtu);
	if (link->flags & LIBNS_LINK_GROUP)
		words_add(words, " group %u", link->group);
	add_queues(words, link->queues);
	if (link->flags & LIBNS_LINK_MASTER && link->master)
		option(words, "master", step->text);
	option(words, "type", link->kind);
	if (link->peer_name) {
		option(words, "peer name", link->peer_name);
		number(words, "mtu", link->peer_mtu);
		add_queues(words, link->queues);
		option(words, "netns", step->peer ? step->peer->name : NULL);
	}
	if (!(link->flags & LIBNS_LINK_UP))
		return;
	words_add(words, " && ");
	begin(words, step->place, 0, "link set dev ");
	words_quote(words, link->name);
	words_add(words, " up");
}

static void change_link(const struct wire_step *step, struct words *words)
{
	const struct libns_link_options *link = &step->link;

	begin(words, step->place, 0, "link set");
	option(words, "dev", step->on);
	option(words, "name", link->name);
	number(words, "mtu", link->mtu);
	if (link->flags & LIBNS_LINK_GROUP)
		words_add(words, " group %u", link->group);
	if (link->alias) {
		words_add(words, " alias ");
		words_quote(words, link->alias);
	}
	if (link->flags & LIBNS_LINK_MASTER && link->master)
		option(words, "master", step->text);
	if (link->flags & LIBNS_LINK_MASTER && !link->master)
		words_add(words, " nomaster");
	if (link->flags & (LIBNS_LINK_UP | LIBNS_LINK_DOWN))
		words_add(words, link->flags & LIBNS_LINK_UP ? " up" : " down");
	/* The last: behind it the link is not there any more. */
	option(words, "netns", step->peer ? step->peer->name ? step->peer->name : "1" : NULL);
}

static void add_address(const struct wire_step *step, struct words *words)
{
	const struct libns_address *address = &step->address;
	char text[LIBNS_IP_TEXT];

	begin(words, step->place, address->ip.family, "addr add ");
	words_add(words, "%s", libns_ip_format(&address->ip, true, text));
	option(words, "dev", step->on);
	if (address->flags & IFA_F_NODAD)
		words_add(words, " nodad");
	if (address->flags & IFA_F_NOPREFIXROUTE)
		words_add(words, " noprefixroute");
}

static void add_route(const struct wire_step *step, struct words *words, const char *verb)
{
	const struct libns_route *route = &step->route;
	char text[LIBNS_IP_TEXT];

	begin(words, step->place, route->to.family, verb);
	words_add(words, " %s",
		  route->to.prefix ? libns_ip_format(&route->to, true, text) : "default");
	if (route->gateway.family)
		option(words, "via", libns_ip_format(&route->gateway, false, text));
	option(words, "dev", step->on);
	if (route->source.family)
		option(words, "src", libns_ip_format(&route->source, false, text));
	if (route->scope == RT_SCOPE_LINK && route->to.family == AF_INET)
		words_add(words, " scope link");
	/* So that both ways the same is in the kernel. */
	words_add(words, " proto static");
	number(words, "metric", route->metric);
	number(words, "table", route->table);
	number(words, "mtu", route->mtu);
	if (route->onlink)
		words_add(words, " onlink");
}

void wire_step_command(const struct wire_step *step, struct words *words)
{
	switch (step->kind) {
	case WIRE_LINK_ADD:
		add_link(step, words);
		break;
	case WIRE_LINK_CHANGE:
		change_link(step, words);
		break;
	case WIRE_LINK_DELETE:
		begin(words, step->place, 0, "link del");
		option(words, "dev", step->on);
		break;
	case WIRE_ADDRESS:
		add_address(step, words);
		break;
	case WIRE_ROUTE:
		add_route(step, words, "route add");
		break;
	case WIRE_ROUTE_DELETE:
		add_route(step, words, "route del");
		break;
	case WIRE_SYSCTL:
		words_add(words, "sysctl -q -w ");
		words_quote(words, step->text);
		words_add(words, "=");
		words_quote(words, step->value);
		break;
	case WIRE_CALL:
		if (step->text)
			words_add(words, "%s", step->text);
		break;
	}
}

/* "'eth0' of 'web'" */
static void name_link(struct words *words, const struct wire_place *place, const char *link)
{
	words_add(words, "'%s'", link);
	if (place->name)
		words_add(words, " of '%s'", place->name);
}

static void say_link_add(const struct wire_step *step, struct words *words)
{
	words_add(words, "make the %s ", step->link.kind);
	name_link(words, step->place, step->link.name);
	if (!step->link.peer_name)
		return;
	words_add(words, " with the other end ");
	name_link(words, step->peer ? step->peer : step->place, step->link.peer_name);
}

static void say_link_change(const struct wire_step *step, struct words *words)
{
	const struct libns_link_options *link = &step->link;

	if (step->peer)
		words_add(words, "move ");
	else if (link->alias && *link->alias)
		words_add(words, "call ");
	else if (link->flags & LIBNS_LINK_MASTER)
		words_add(words, "make a port of the bridge '%s': ", step->text);
	else if (link->flags & LIBNS_LINK_UP)
		words_add(words, "set up ");
	else
		words_add(words, "change ");
	name_link(words, step->place, step->on);
	if (step->peer && step->peer->name)
		words_add(words, " to '%s'", step->peer->name);
	else if (step->peer)
		words_add(words, " to the host");
	else if (link->alias && *link->alias)
		words_add(words, " the link of '%s'%s", link->alias,
			  link->flags & LIBNS_LINK_UP ? " and set it up" : "");
}

static void say_route(const struct wire_step *step, struct words *words)
{
	const struct libns_route *route = &step->route;
	char text[LIBNS_IP_TEXT];

	words_add(words, "%s the %sroute ", step->kind == WIRE_ROUTE ? "add" : "remove",
		  route->to.family == AF_INET6 && !route->to.prefix ? "IPv6 " : "");
	if (route->to.prefix)
		words_add(words, "to %s", libns_ip_format(&route->to, true, text));
	else
		words_add(words, "to everywhere");
	if (route->gateway.family)
		words_add(words, " by %s", libns_ip_format(&route->gateway, false, text));
	words_add(words, " through ");
	name_link(words, step->place, step->on);
}

void wire_step_what(const struct wire_step *step, struct words *words)
{
	char text[LIBNS_IP_TEXT];

	if (step->what) {
		words_add(words, "%s", step->what);
		return;
	}
	switch (step->kind) {
	case WIRE_LINK_ADD:
		say_link_add(step, words);
		break;
	case WIRE_LINK_CHANGE:
		say_link_change(step, words);
		break;
	case WIRE_LINK_DELETE:
		words_add(words, "delete the link ");
		name_link(words, step->place, step->on);
		break;
	case WIRE_ADDRESS:
		words_add(words, "give ");
		name_link(words, step->place, step->on);
		words_add(words, " the address %s", libns_ip_format(&step->address.ip, true, text));
		break;
	case WIRE_ROUTE:
	case WIRE_ROUTE_DELETE:
		say_route(step, words);
		break;
	case WIRE_SYSCTL:
		words_add(words, "set the sysctl %s to %s", step->text, step->value);
		break;
	case WIRE_CALL:
		break;
	}
}

int wire_no_words(struct libns_error *err)
{
	return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot say what is to be done");
}

int wire_step_say(struct wire_step *step, const struct words *what, const struct words *command,
		  struct libns_error *err)
{
	if ((what && what->failed) || (command && command->failed))
		return wire_no_words(err);
	if (what)
		step->what = what->text;
	if (command)
		step->text = command->text;
	return 0;
}
