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

#include <net/if.h>
#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "kernel/net-sysctl.h"
#include "wire/rules.h"
#include "wire/step.h"
#include "wire/store.h"

#define KEY4 "forwarding"
#define KEY6 "force_forwarding"

/* A link whose settings are changed. */
struct taking {
	const char *link;
	uint64_t flags;
	const struct libns_wire_watch *watch;
	struct wire_journal journal;
};

bool wire_forwarding_has_ip6(void)
{
	int value;

	return net_sysctl_read("net/ipv6/conf/lo/" KEY6, &value) == 0;
}

/* Return: 0, -ENODEV if there is no such link, ... */
static int find_link(const char *link, uint32_t *ret_index, struct libns_error *err)
{
	*ret_index = if_nametoindex(link);
	if (*ret_index)
		return 0;
	return error_set(err, LIBNS_STEP_NETNS, errno == ENXIO ? ENODEV : errno,
			 "cannot find link '%s'", link);
}

/* Without one, or with one of another link, nothing was changed. */
static int read_journal(const char *link, uint32_t index, struct wire_journal *ret,
			struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	struct wire_journal journal;
	size_t size;
	int r = wire_store_read(WIRE_STORE_FORWARDING, link, &text, &size, err);

	*ret = (struct wire_journal){ index, -1, -1 };
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = wire_journal_parse(text, size, &journal);
	if (r < 0)
		return error_set(err, LIBNS_STEP_NETNS, -r,
				 "cannot read what the settings of '%s' were", link);
	if (journal.index == index)
		*ret = journal;
	return 0;
}

static int write_journal(const struct taking *taking, struct libns_error *err)
{
	char text[WIRE_JOURNAL_TEXT];
	size_t n = wire_journal_format(&taking->journal, text);

	return wire_store_write(WIRE_STORE_FORWARDING, taking->link, text, n, err);
}

static int set(const struct taking *taking, const char *name, const char *value,
	       struct libns_error *err)
{
	const struct wire_step step = { .kind = WIRE_SYSCTL, .text = name, .value = value };

	return wire_step_run(&step, taking->flags, taking->watch, err);
}

/* @old is where the journal keeps it. */
static int take(struct taking *taking, const char *family, const char *key, int *old,
		struct libns_error *err)
{
	char name[NET_SYSCTL_NAME];
	int value, r = net_sysctl_name(name, family, taking->link, key);

	if (r == 0)
		r = net_sysctl_read(name, &value);
	if (r < 0)
		return error_set(err, LIBNS_STEP_NETNS, -r, "cannot read '%s' of '%s'", key,
				 taking->link);
	if (value == 0 && *old < 0 && !(taking->flags & LIBNS_WIRE_DRY_RUN)) {
		*old = value;
		r = write_journal(taking, err);
		if (r < 0)
			return r;
	}
	return set(taking, name, "1", err);
}

int wire_forwarding_take(const char *link, bool ip6, uint64_t flags,
			 const struct libns_wire_watch *watch, struct libns_error *err)
{
	struct taking taking = { link, flags, watch, { 0 } };
	uint32_t index;
	int r = find_link(link, &index, err);

	if (r == 0)
		r = read_journal(link, index, &taking.journal, err);
	if (r == 0)
		r = take(&taking, "ipv4", KEY4, &taking.journal.ip4, err);
	if (r < 0 || !ip6)
		return r;
	if (!wire_forwarding_has_ip6()) {
		wire_note(watch,
			  "'%s' does not forward IPv6: this kernel cannot let a single link do so "
			  "(Linux 6.17 can), and the switch of the whole host is left alone",
			  link);
		return 0;
	}
	return take(&taking, "ipv6", KEY6, &taking.journal.ip6, err);
}

static int put_back(struct taking *taking, const char *family, const char *key, int old,
		    struct libns_error *err)
{
	char name[NET_SYSCTL_NAME];
	int value, r = net_sysctl_name(name, family, taking->link, key);

	if (old < 0 || r < 0)
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

static int release_one(const char *link, void *data, struct libns_error *err)
{
	struct libns_error why = LIBNS_ERROR_INIT;
	struct taking *taking = data;
	uint32_t index;
	int r = find_link(link, &index, &why);

	taking->link = link;
	if (r == 0)
		r = read_journal(link, index, &taking->journal, &why);
	if (r == 0)
		r = put_back(taking, "ipv4", KEY4, taking->journal.ip4, &why);
	if (r == 0)
		r = put_back(taking, "ipv6", KEY6, taking->journal.ip6, &why);
	/* Its settings went with it. */
	if (r < 0 && r != -ENODEV) {
		if (err)
			*err = why;
		return r;
	}
	if (taking->flags & LIBNS_WIRE_DRY_RUN)
		return 0;
	return wire_store_remove(WIRE_STORE_FORWARDING, link, err);
}

int wire_forwarding_release(const char *link, uint64_t flags, const struct libns_wire_watch *watch,
			    struct libns_error *err)
{
	struct taking taking = { NULL, flags, watch, { 0 } };

	if (link)
		return release_one(link, &taking, err);
	return wire_store_each(WIRE_STORE_FORWARDING, release_one, &taking, err);
}
