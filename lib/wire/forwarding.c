/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Forwarding of single links. The switch of the whole host is never touched: a host that forwards
 * everything is a router for whoever sends to it.
 *
 * Theory of operation
 *
 * Before a setting is changed, its value is written to a journal, a file of the link. With the last
 * namespace that needed it the value is put back, and then the journal is removed. Whatever is
 * killed in between is finished by doing the same again: what is in the journal already is not read
 * anew. The journal has the number of the link; one of another number concerns a link that is gone,
 * and its settings went with it. A setting that is not as we have left it has been changed by
 * somebody else since, and is left alone.
 */

#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "kernel/net-sysctl.h"
#include "wire/journal.h"
#include "wire/rules.h"
#include "wire/step.h"
#include "wire/store.h"
#include "wire/taken.h"

#define KEY4 "forwarding"
#define KEY6 "force_forwarding"

/* A link whose settings are changed. */
struct taking {
	const char *link;
	uint64_t flags;
	const struct libns_wire_watch *watch;
	struct wire_journal journal;
	struct wire_parts parts; /* when they are given back */
};

bool wire_forwarding_has_ip6(void)
{
	int value;

	return net_sysctl_read("net/ipv6/conf/lo/" KEY6, &value) == 0;
}

static int set(const struct taking *taking, const char *name, const char *value,
	       struct libns_error *err)
{
	const struct wire_step step = { .kind = WIRE_SYSCTL, .text = name, .value = value };

	return wire_step_run(&step, taking->flags, taking->watch, err);
}

static int read_switch(const struct taking *taking, const char *family, const char *key,
		       char name[NET_SYSCTL_NAME], int *ret_value, struct libns_error *err)
{
	int r = net_sysctl_name(name, family, taking->link, key);

	if (r == 0)
		r = net_sysctl_read(name, ret_value);
	return r < 0 ? error_set(err, LIBNS_STEP_NETNS, -r, "cannot read '%s' of '%s'", key,
				 taking->link)
		     : 0;
}

/* Whoever has removed the journal has left the table, which says the same. */
static void recover(const char *link, struct wire_journal *journal)
{
	if (taken_is_in_table(link, "taken4"))
		journal->ip4 = 0;
	if (taken_is_in_table(link, "taken6"))
		journal->ip6 = 0;
}

/* Writes down what is off and will be switched on. */
static int note_one(struct taking *taking, bool ip6, struct libns_error *err)
{
	struct wire_journal *journal = &taking->journal, old;
	char name[NET_SYSCTL_NAME];
	int value = 0, r = journal_read(taking->link, journal, err);

	old = *journal;
	if (r > 0)
		recover(taking->link, journal);
	if (r >= 0)
		r = read_switch(taking, "ipv4", KEY4, name, &value, err);
	if (r == 0 && value == 0 && journal->ip4 < 0)
		journal->ip4 = 0;
	if (r == 0 && ip6)
		r = read_switch(taking, "ipv6", KEY6, name, &value, err);
	if (r == 0 && ip6 && value == 0 && journal->ip6 < 0)
		journal->ip6 = 0;
	if (r < 0 || (old.ip4 == journal->ip4 && old.ip6 == journal->ip6))
		return r;
	return journal_write(taking->link, journal, err);
}

static int switch_on(const struct taking *taking, bool ip6, struct libns_error *err)
{
	char name[NET_SYSCTL_NAME];
	int r = net_sysctl_name(name, "ipv4", taking->link, KEY4);

	if (r == 0)
		r = set(taking, name, "1", err);
	if (r == 0 && ip6)
		r = net_sysctl_name(name, "ipv6", taking->link, KEY6);
	return r == 0 && ip6 ? set(taking, name, "1", err) : r;
}

int wire_forwarding_take(const struct wire_uplinks *uplinks, uint64_t flags,
			 const struct libns_wire_watch *watch, struct libns_error *err)
{
	struct taking taking = { .flags = flags, .watch = watch };
	bool has_ip6 = wire_forwarding_has_ip6();
	int r = taken_check(uplinks, err);

	for (size_t i = 0; r == 0 && !(flags & LIBNS_WIRE_DRY_RUN) && i < uplinks->n; i++) {
		taking.link = uplinks->list[i].name;
		r = note_one(&taking, uplinks->list[i].ip6 && has_ip6, err);
	}
	if (r == 0)
		r = wire_rules_ensure(uplinks, flags, watch, err);
	for (size_t i = 0; r == 0 && i < uplinks->n; i++) {
		taking.link = uplinks->list[i].name;
		r = switch_on(&taking, uplinks->list[i].ip6 && has_ip6, err);
		if (r == 0 && uplinks->list[i].ip6 && !has_ip6)
			wire_note(watch,
				  "'%s' does not forward IPv6: this kernel cannot let a single "
				  "link do so (Linux 6.17 can), and the switch of the whole host "
				  "is left alone",
				  taking.link);
	}
	return r;
}

static int put_back(struct taking *taking, const char *family, const char *key, int old,
		    struct libns_error *err)
{
	char name[NET_SYSCTL_NAME];
	int value, r = net_sysctl_name(name, family, taking->link, key);

	/* Whoever has switched the whole host on since wants this link to forward, too. */
	if (old < 0 || r < 0 || taken_is_router(family))
		return r;
	r = net_sysctl_read(name, &value);
	/* The link may vanish meanwhile. */
	if (r == -ENOENT || (r == 0 && value != 1))
		return 0;
	if (r < 0)
		return error_set(err, LIBNS_STEP_NETNS, -r, "cannot read '%s' of '%s'", key,
				 taking->link);
	return set(taking, name, old ? "1" : "0", err);
}

/* Without what they were they stay as they are. */
static void tell_damaged(const char *link, const char *why, const struct libns_wire_watch *watch)
{
	wire_note(watch, "%s: it is removed, and the forwarding of '%s' stays as it is", why, link);
}

static int put_all_back(const char *link, struct taking *taking, struct libns_error *err)
{
	struct libns_error why = LIBNS_ERROR_INIT;
	int r = journal_read(link, &taking->journal, &why);

	taking->link = link;
	if (r == 0)
		r = put_back(taking, "ipv4", KEY4, taking->journal.ip4, &why);
	if (r == 0)
		r = put_back(taking, "ipv6", KEY6, taking->journal.ip6, &why);
	if (r == -EBADMSG)
		tell_damaged(link, libns_error_text(&why), taking->watch);
	/* Its settings went with it. */
	else if (r < 0 && r != -ENODEV) {
		if (err)
			*err = why;
		return r;
	}
	if (taking->flags & LIBNS_WIRE_DRY_RUN)
		return 0;
	return wire_store_remove(WIRE_STORE_FORWARDING, link, err);
}

static int release_one(const char *link, void *data, struct libns_error *err)
{
	struct libns_error why = LIBNS_ERROR_INIT;
	struct taking *taking = data;

	(void)err;
	wire_part_ended(&taking->parts, put_all_back(link, taking, &why), &why);
	return 0;
}

/* Links without a journal. */
static int release_lost(struct taking *taking, struct libns_error *err)
{
	_cleanup_(libns_links_freep) struct libns_links *links = NULL;
	struct wire_place host = { NULL, LIBNS_LINK_HERE, NULL };
	struct wire_journal *journal = &taking->journal;
	const struct libns_link *link;
	int r = wire_place_open(&host, err);

	if (r == 0)
		r = libns_links_new(host.rtnl, &links, err);
	for (size_t i = 0; r == 0 && (link = libns_links_at(links, i)); i++) {
		struct libns_error why = LIBNS_ERROR_INIT;

		if (journal_read(link->name, journal, NULL) != 1)
			continue;
		taking->link = link->name;
		recover(link->name, journal);
		wire_part_ended(&taking->parts, put_back(taking, "ipv4", KEY4, journal->ip4, &why),
				&why);
		wire_part_ended(&taking->parts, put_back(taking, "ipv6", KEY6, journal->ip6, &why),
				&why);
	}
	wire_place_done(&host);
	return r;
}

int wire_forwarding_release(uint64_t flags, const struct libns_wire_watch *watch,
			    struct libns_error *err)
{
	struct taking taking = { .flags = flags, .watch = watch, .parts = { watch, err, 0 } };
	struct libns_error why = LIBNS_ERROR_INIT;
	int r = wire_store_each(WIRE_STORE_FORWARDING, release_one, &taking, &why);

	wire_part_ended(&taking.parts, r, &why);
	wire_part_ended(&taking.parts, release_lost(&taking, &why), &why);
	return taking.parts.r;
}
