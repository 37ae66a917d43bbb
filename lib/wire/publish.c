/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Ports of named namespaces for callers: the addresses inside are found, and the lock is held. */

#include <string.h>

#include <libns/link.h>
#include <libns/publish.h>

#include "base/base.h"
#include "base/err.h"
#include "base/hold.h"
#include "base/sized.h"
#include "kernel/net-sysctl.h"
#include "netns/dir.h"
#include "wire/inside.h"
#include "wire/leads.h"
#include "wire/local.h"
#include "wire/rules.h"
#include "wire/slot.h"
#include "wire/state.h"
#include "wire/taken.h"
#include "wire/wire.h"

#define LEAST_OPTIONS (offsetof(struct libns_wire_options, name) + sizeof(const char *))

/* One call: what is wanted; the lock; and signals, which are held back until all of it is done. */
struct call {
	struct libns_wire_options o;
	struct hold hold;
	int lock_fd;
};

#define CALL_INIT                                                                                  \
	{                                                                                          \
		.lock_fd = -1                                                                      \
	}

static int call_begin(struct call *call, const struct libns_wire_options *options,
		      struct libns_error *err)
{
	struct libns_wire_options *o = &call->o;
	int r = base_copy_sized(o, sizeof(*o), options, LEAST_OPTIONS, "the options", err);

	if (r < 0)
		return r;
	if (o->flags & ~LIBNS_WIRE_DRY_RUN)
		return error_unknown(err, "flags", o->flags & ~LIBNS_WIRE_DRY_RUN);
	r = netns_check_name(o->name, err);
	/* Where nothing is changed there is nothing to be locked. */
	if (r < 0 || o->flags & LIBNS_WIRE_DRY_RUN)
		return r;
	call->lock_fd = wire_state_lock(err);
	return call->lock_fd < 0 ? call->lock_fd : hold_begin(&call->hold, err);
}

static void call_done(struct call *call)
{
	base_close(call->lock_fd);
	hold_end(&call->hold);
}

static const struct libns_ip *if_any(const struct libns_ip *ip)
{
	return ip->family ? ip : NULL;
}

static bool is_off(const char *family, const char *link, const char *key)
{
	char name[NET_SYSCTL_NAME];
	int value;

	return net_sysctl_name(name, family, link, key) == 0 &&
	       net_sysctl_read(name, &value) == 0 && !value;
}

/* Whether it is wired, and the link on the host sends nothing on that comes in by it. */
static bool is_isolated(const char *name, const struct libns_ip *ip4, const struct libns_ip *ip6)
{
	_cleanup_(libns_rtnl_freep) struct libns_rtnl *rtnl = NULL;
	struct libns_link link = { .size = sizeof(link) };
	char usual[16];

	wire_slot_link(name, usual);
	if (libns_rtnl_new(LIBNS_LINK_HERE, &rtnl, NULL) < 0 ||
	    libns_link_get(rtnl, usual, &link, NULL) < 0 || !wire_is_ours(link.group) ||
	    strcmp(link.alias, name) != 0 || link.master)
		return false;
	if (link.group == WIRE_GROUP_ISOLATED)
		return true;
	if (ip4->family && !is_off("ipv4", usual, "forwarding"))
		return false;
	return !ip6->family ||
	       (!taken_is_router("ipv6") &&
		(!wire_forwarding_has_ip6() || is_off("ipv6", usual, "force_forwarding")));
}

static int publish(const struct libns_wire_options *o, struct libns_error *err)
{
	_cleanup_close_ int ns_fd = libns_netns_open(o->run_fd, o->name, err);
	struct wire_inside inside = { NULL, NULL, NULL };
	struct libns_ip ip4, ip6;
	int r;

	if (ns_fd < 0)
		return ns_fd;
	r = inside_find(ns_fd, &ip4, &ip6, err);
	if (r < 0)
		return r;
	inside.ip4 = if_any(&ip4);
	inside.ip6 = if_any(&ip6);
	r = wire_ports_check(o->name, o->ports, o->n_ports, &inside, err);
	if (r == 0)
		r = local_check(o->ports, o->n_ports, err);
	if (r == 0 && is_isolated(o->name, &ip4, &ip6))
		r = wire_ports_check_isolated(o->name, o->ports, o->n_ports, err);
	if (r == 0)
		r = wire_rules_ensure(NULL, o->flags, o->watch, err);
	return r < 0 ? r
		     : wire_ports_add(o->name, o->ports, o->n_ports, &inside, o->flags, o->watch,
				      err);
}

LIBNS_PUBLIC int libns_wire_publish(const struct libns_wire_options *options,
				    struct libns_error *err)
{
	_cleanup_(call_done) struct call call = CALL_INIT;
	int r = call_begin(&call, options, err);

	return r < 0 ? r : publish(&call.o, err);
}

LIBNS_PUBLIC int libns_wire_unpublish(const struct libns_wire_options *options,
				      struct libns_error *err)
{
	_cleanup_(call_done) struct call call = CALL_INIT;
	const struct libns_wire_options *o = &call.o;
	int r = call_begin(&call, options, err);

	return r < 0 ? r
		     : wire_ports_remove(o->name, o->ports, o->n_ports, o->flags, o->watch, err);
}

struct libns_wire_leads {
	struct libns_wire_lead *list;
	size_t n;
};

static int list_one(const char *name, const struct leads *leads, void *data,
		    struct libns_error *err)
{
	struct libns_wire_leads *all = data;
	struct libns_wire_lead *list;

	if (!leads->n)
		return 0;
	list = reallocarray(all->list, all->n + leads->n, sizeof(*list));
	if (!list)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot list what is published");
	all->list = list;
	for (size_t i = 0; i < leads->n; i++) {
		const struct wire_lead *lead = &leads->list[i];
		char *copy = strdup(name);

		if (!copy)
			return error_set(err, LIBNS_STEP_NETNS, ENOMEM,
					 "cannot list what is published");
		list[all->n++] =
			(struct libns_wire_lead){ sizeof(*list), copy, lead->port, lead->inside };
	}
	return 0;
}

LIBNS_PUBLIC int libns_wire_leads_new(const char *name, struct libns_wire_leads **ret_leads,
				      struct libns_error *err)
{
	_cleanup_(libns_wire_leads_freep) struct libns_wire_leads *all = calloc(1, sizeof(*all));
	_cleanup_(leads_done) struct leads leads = { NULL, 0 };
	int r = all ? 0 : -ENOMEM;

	if (r < 0)
		return error_set(err, LIBNS_STEP_NETNS, -r, "cannot list what is published");
	if (!name) {
		r = leads_each(list_one, all, err);
	} else {
		r = netns_check_name(name, err);
		if (r == 0)
			r = leads_read(name, &leads, err);
		if (r == 0)
			r = list_one(name, &leads, all, err);
	}
	if (r == 0)
		*ret_leads = TAKE_PTR(all);
	return r;
}

LIBNS_PUBLIC struct libns_wire_leads *libns_wire_leads_free(struct libns_wire_leads *leads)
{
	if (!leads)
		return NULL;
	for (size_t i = 0; i < leads->n; i++)
		free((char *)(uintptr_t)leads->list[i].name);
	free(leads->list);
	free(leads);
	return NULL;
}

LIBNS_PUBLIC size_t libns_wire_leads_count(const struct libns_wire_leads *leads)
{
	return leads->n;
}

LIBNS_PUBLIC const struct libns_wire_lead *libns_wire_leads_at(const struct libns_wire_leads *leads,
							       size_t i)
{
	return i < leads->n ? &leads->list[i] : NULL;
}
