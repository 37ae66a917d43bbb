/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A namespace is made, wired and named, in this order.
 *
 * Theory of operation
 *
 * Until it has its name the namespace belongs to a descriptor of this process. Whatever ends the
 * process, the kernel ends the namespace, and with it the pair of links, their addresses, routes and
 * settings. What is made outside beside that (rules, forwarding of the uplinks, ports, the file of
 * name servers) is harmless by itself, and found again by the next up or down. A failure undoes all
 * that this run has made. So does a signal that would end the process: it waits until then.
 *
 * A namespace that has its name already is compared step by step, and gets what it lacks.
 */

#include "wire/up.h"

#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "base/hold.h"
#include "base/sized.h"
#include "netns/create.h"
#include "netns/dir.h"
#include "wire/dns.h"
#include "wire/down.h"
#include "wire/local.h"
#include "wire/rules.h"
#include "wire/slot.h"
#include "wire/state.h"
#include "wire/taken.h"
#include "wire/wg.h"
#include "wire/wire.h"

#define SIZE_LEAST sizeof(struct libns_wire_options)

/* ------------------------------------------------------------------ the namespace */

static int make_namespace(void *data, struct libns_error *err)
{
	struct wire_up *up = data;
	int fd = netns_create(&up->inside.rtnl, err);

	if (fd < 0)
		return fd;
	up->inside.ns_fd = fd;
	return 0;
}

static int bind_name(void *data, struct libns_error *err)
{
	struct wire_up *up = data;
	int r = libns_netns_attach(up->o.run_fd, up->o.name, up->inside.ns_fd, err);

	up->made_name = r == 0;
	return r;
}

static int step_namespace(struct wire_up *up, struct libns_error *err)
{
	_cleanup_(words_done) struct words what = { NULL }, command = { NULL };
	struct wire_step step = {
		.kind = WIRE_CALL, .is = up->inside.ns_fd >= 0, .call = make_namespace, .data = up
	};
	int r;

	words_add(&what, "make the network namespace '%s'", up->label);
	words_add(&command, "ip netns add ");
	words_quote(&command, up->label);
	r = wire_step_say(&step, &what, &command, err);
	return r < 0 ? r : wire_up_step(up, &step, err);
}

static int step_name(struct wire_up *up, struct libns_error *err)
{
	_cleanup_(words_done) struct words what = { NULL };
	struct wire_step step = { .kind = WIRE_CALL, .call = bind_name, .data = up };
	int r;

	/* In commands it has been named from the beginning. */
	if (!up->o.name || up->named || up->flags & LIBNS_WIRE_DRY_RUN)
		return 0;
	words_add(&what, "name it '%s'", up->label);
	r = wire_step_say(&step, &what, NULL, err);
	return r < 0 ? r : wire_up_step(up, &step, err);
}

/* Return: 0, also where it is not there. */
static int open_named(struct wire_up *up, struct libns_error *err)
{
	int fd;

	if (!up->o.name)
		return 0;
	fd = libns_netns_open(up->o.run_fd, up->o.name, err);
	if (fd >= 0) {
		up->inside.ns_fd = fd;
		up->named = true;
		return 0;
	}
	/* A stale one is taken over, unless it is used elsewhere: attaching it tells. */
	return fd == -ENOENT || fd == -EINVAL ? 0 : fd;
}

static int open_peer(struct wire_up *up, struct libns_error *err)
{
	if (up->o.net != LIBNS_WIRE_PEER)
		return 0;
	if (up->o.name && !strcmp(up->o.name, up->o.with))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "'%s' cannot be connected with itself", up->o.name);
	up->host.name = up->o.with;
	up->host.ns_fd = libns_netns_open(up->o.run_fd, up->o.with, err);
	return up->host.ns_fd < 0 ? up->host.ns_fd : 0;
}

/* ----------------------------------------------------------------------- the rest */

static int publish(struct wire_up *up, struct libns_error *err)
{
	const struct wire_inside inside = { up->inside4.family ? &up->inside4 : NULL,
					    up->inside6.family ? &up->inside6 : NULL, up->link };
	int r = 0;

	/* Those of pasta are its own. */
	if (!up->o.n_ports || up->o.net == LIBNS_WIRE_PASTA)
		return 0;
	/* Where there is a way out the table is there. */
	if (up->o.net != LIBNS_WIRE_NAT)
		r = wire_rules_ensure(NULL, up->flags, up->o.watch, err);
	if (r < 0)
		return r;
	/* They are written down first: what fails after that is to be undone as well. */
	up->made_ports = !up->named;
	return wire_ports_add(up->label, up->o.ports, up->o.n_ports, &inside, up->flags,
			      up->o.watch, err);
}

static int begin_pasta(void *data, struct libns_error *err)
{
	struct wire_up *up = data;

	return wire_pasta_begin(&up->o, up->inside.ns_fd, &up->pasta, err);
}

static int step_pasta(struct wire_up *up, struct libns_error *err)
{
	_cleanup_(words_done) struct words what = { NULL }, command = { NULL };
	struct wire_step step = {
		.kind = WIRE_CALL, .is = up->inner.index != 0, .call = begin_pasta, .data = up
	};
	int r;

	if (up->o.net != LIBNS_WIRE_PASTA)
		return 0;
	words_add(&what, "connect '%s' by pasta", up->label);
	r = wire_pasta_command(&up->o, &command, err);
	if (r == 0)
		r = wire_step_say(&step, &what, &command, err);
	return r < 0 ? r : wire_up_step(up, &step, err);
}

static int keep_pasta(struct wire_up *up, struct libns_error *err)
{
	return up->pasta.pasta ? wire_pasta_keep(&up->pasta, up->o.run_fd, up->o.name, err) : 0;
}

static int name_servers(struct wire_up *up, struct libns_error *err)
{
	int r;

	/* Of a tunnel the file is always written: without one the host's servers would be asked. */
	if (!up->o.name || (up->o.dns == LIBNS_WIRE_DNS_NONE && up->o.net != LIBNS_WIRE_WG))
		return 0;
	/* The host's name servers are out of reach of what does not lead there. */
	if (up->o.dns == LIBNS_WIRE_DNS_HOST && up->o.net != LIBNS_WIRE_NAT &&
	    up->o.net != LIBNS_WIRE_PASTA && up->o.net != LIBNS_WIRE_WG)
		return 0;
	r = wire_dns_write(up->o.name, &up->o, up->flags, up->o.watch, err);
	up->made_dns = r == 0 && !up->named;
	return r;
}

static void undo(struct wire_up *up)
{
	struct libns_link link = { .size = sizeof(link) };
	const struct wire_without none = { NULL, 0 };

	if (up->flags & LIBNS_WIRE_DRY_RUN)
		return;
	if (up->made_name)
		(void)libns_netns_delete(up->o.run_fd, up->o.name, NULL);
	if (up->made_ports)
		(void)wire_ports_remove(up->label, NULL, 0, 0, NULL, NULL);
	if (up->moved)
		(void)wire_down_move_back(&up->inside, up->inside_name, 0, NULL, NULL);
	if (up->made_link && libns_link_get(up->host.rtnl, up->link, &link, NULL) == 0)
		(void)libns_link_delete(up->host.rtnl, link.index, NULL);
	if (up->made_dns)
		(void)wire_dns_remove(up->o.name, 0, NULL, NULL);
	(void)wire_down_last(up->o.run_fd, &none, 0, NULL, NULL);
}

static int find_mtu(struct wire_up *up, struct libns_error *err)
{
	int r = wire_uplinks_read(&up->uplinks, &up->host_facts, &up->host, err);

	/* Before anything is changed. */
	if (r == 0 && up->o.net == LIBNS_WIRE_NAT)
		r = taken_check(&up->uplinks, err);
	up->mtu = up->o.mtu;
	/* A link that is there keeps what it has been made with. */
	if (!up->mtu)
		up->mtu = up->outer.mtu;
	if (!up->mtu && up->o.net == LIBNS_WIRE_NAT)
		up->mtu = wire_uplinks_mtu(&up->uplinks);
	return r;
}

static int wire_all(struct wire_up *up, struct libns_error *err)
{
	bool has_pair = up->o.net != LIBNS_WIRE_NONE && up->o.net != LIBNS_WIRE_WG &&
			up->o.net != LIBNS_WIRE_PASTA;
	int r = up->o.net == LIBNS_WIRE_WG ? wire_wg_read(up, err) : 0;

	if (r == 0)
		r = local_check(up->o.ports, up->o.n_ports, err);
	if (r == 0)
		r = wire_up_find(up, err);
	if (r == 0)
		r = find_mtu(up, err);
	if (r == 0)
		r = step_namespace(up, err);
	if (r == 0 && up->o.net == LIBNS_WIRE_WG)
		r = wire_wg_link(up, err);
	if (r == 0 && has_pair)
		r = wire_up_pair(up, err);
	if (r == 0)
		r = wire_up_way(up, err);
	if (r == 0)
		r = step_pasta(up, err);
	if (r == 0)
		r = publish(up, err);
	if (r == 0)
		r = name_servers(up, err);
	if (r == 0)
		r = step_name(up, err);
	if (r == 0)
		r = keep_pasta(up, err);
	if (r < 0)
		undo(up);
	return r;
}

/* Which link the address of a name server is on cannot be said. */
static int check_servers(const struct libns_wire_options *o, struct libns_error *err)
{
	char text[LIBNS_IP_TEXT];

	for (size_t i = 0; o->dns == LIBNS_WIRE_DNS_GIVEN && i < o->n_name_servers; i++) {
		const struct libns_ip *ip = &o->name_servers[i];

		if (wire_ip_is_link_local(ip))
			return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
					 "%s cannot be a name server: such an address says nothing "
					 "without its link",
					 libns_ip_format(ip, false, text));
	}
	return 0;
}

static int check_addresses(const struct libns_wire_options *o, struct libns_error *err)
{
	int r = o->ip4 == LIBNS_WIRE_GIVEN ? wire_ip_check(&o->ip4_inside, err) : 0;

	if (r == 0 && o->ip6 == LIBNS_WIRE_GIVEN)
		r = wire_ip_check(&o->ip6_inside, err);
	return r == 0 ? check_servers(o, err) : r;
}

static int check_options(const struct libns_wire_options *o, struct libns_error *err)
{
	bool routed = o->net == LIBNS_WIRE_NAT || o->net == LIBNS_WIRE_ISOLATED ||
		      o->net == LIBNS_WIRE_PASTA;
	const char *wrong = NULL;
	int r;

	if (o->flags & ~LIBNS_WIRE_DRY_RUN)
		return error_unknown(err, "what a namespace is to be",
				     o->flags & ~LIBNS_WIRE_DRY_RUN);
	if (o->net == LIBNS_WIRE_WG && (o->ip4 == LIBNS_WIRE_GIVEN || o->ip6 == LIBNS_WIRE_GIVEN))
		wrong = "the addresses of a WireGuard interface are those of its file";
	else if (o->net == LIBNS_WIRE_NONE &&
		 (o->ip4 == LIBNS_WIRE_GIVEN || o->ip6 == LIBNS_WIRE_GIVEN))
		wrong = "a namespace without a net can have no address";
	else if (o->n_ports && !routed)
		wrong = "ports of the host can lead only into what is connected with the host: "
			"nat, isolated, pasta";
	else if (o->net == LIBNS_WIRE_PASTA && !o->name)
		wrong = "pasta is started for a namespace without a name once somebody is in it";
	else if (o->n_ports && o->ip4 == LIBNS_WIRE_OFF && o->ip6 == LIBNS_WIRE_OFF)
		wrong = "ports can lead only to an address";
	else if (o->name && !strncmp(o->name, WIRE_RUN_PREFIX, strlen(WIRE_RUN_PREFIX)))
		wrong = "names that begin with '" WIRE_RUN_PREFIX "' are of namespaces without one";
	if (wrong)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "%s", wrong);
	r = check_addresses(o, err);
	if (r == 0 && o->net == LIBNS_WIRE_ISOLATED)
		r = wire_ports_check_isolated(o->name ? o->name : "it", o->ports, o->n_ports, err);
	return r == 0 && o->name ? netns_check_name(o->name, err) : r;
}

/* Where nothing is changed nothing is made, and nobody is kept out. */
static int take_lock(const struct wire_up *up, int *ret_fd, struct libns_error *err)
{
	if (up->flags & LIBNS_WIRE_DRY_RUN)
		return 0;
	*ret_fd = wire_state_lock(err);
	return *ret_fd < 0 ? *ret_fd : 0;
}

static void up_done(struct wire_up *up)
{
	wire_pasta_done(&up->pasta);
	wire_place_done(&up->host);
	wire_place_done(&up->inside);
	wire_facts_done(&up->host_facts);
	wire_facts_done(&up->inside_facts);
	wire_hidden_done(&up->hidden);
	wire_uplinks_done(&up->uplinks);
	wg_conf_done(&up->wg);
	base_close(up->host.ns_fd);
	base_close(up->inside.ns_fd);
}

static int run(struct wire_up *up, struct libns_error *err)
{
	_cleanup_close_ int lock_fd = -1;
	_cleanup_(hold_end) struct hold hold = { .is = false };
	int r = take_lock(up, &lock_fd, err);

	if (r < 0)
		return r;
	r = open_named(up, err);
	if (r == 0)
		r = open_peer(up, err);
	if (r < 0)
		return r;
	r = hold_begin(&hold, err);
	return r < 0 ? r : wire_all(up, err);
}

LIBNS_PUBLIC int libns_wire_up(const struct libns_wire_options *options, int *ret_ns_fd,
			       struct libns_error *err)
{
	_cleanup_(up_done) struct wire_up up = { .host = { NULL, LIBNS_LINK_HERE, NULL },
						 .inside = { NULL, -1, NULL },
						 .pasta = WIRE_PASTA_INIT };
	char anonymous[WIRE_RUN_ROOM];
	int r = base_copy_sized(&up.o, sizeof(up.o), options, SIZE_LEAST,
				"what a namespace is to be", err);

	if (r == 0)
		r = check_options(&up.o, err);
	if (r < 0)
		return r;
	wire_run_name(getpid(), anonymous);
	up.label = up.o.name ? up.o.name : anonymous;
	up.inside.name = up.label;
	up.flags = up.o.flags;
	up.group = up.o.net == LIBNS_WIRE_ISOLATED ? WIRE_GROUP_ISOLATED : WIRE_GROUP;
	up.inside_name = up.o.net == LIBNS_WIRE_HOST_DEV ? up.o.with : WIRE_INSIDE;
	wire_slot_link(up.label, up.link);
	r = run(&up, err);
	if (r == 0 && ret_ns_fd)
		*ret_ns_fd = TAKE_FD(up.inside.ns_fd);
	return r;
}
