/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Uplinks in the sets "taken4" and "taken6" of the table. The journal of forwarding says which they
 * are, so that a table that was lost is made again with them. They are there before the switch is
 * written. Of a host that somebody has made a router since none is there: what is forwarded then is
 * not for our sake.
 */

#include "wire/taken.h"

#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "kernel/net-sysctl.h"
#include "kernel/nft.h"
#include "wire/journal.h"
#include "wire/store.h"
#include "wire/wire.h"

struct taken {
	const char *link;
	const char *set;
	bool wanted;
};

typedef int taken_one(const struct taken *taken, void *data, struct libns_error *err);

bool taken_is_router(const char *family)
{
	char name[NET_SYSCTL_NAME];
	int value;

	return net_sysctl_name(name, family, "all", "forwarding") == 0 &&
	       net_sysctl_read(name, &value) == 0 && value;
}

static bool is_off(const char *family, const char *link, const char *key)
{
	char name[NET_SYSCTL_NAME];
	int value;

	return net_sysctl_name(name, family, link, key) == 0 &&
	       net_sysctl_read(name, &value) == 0 && !value;
}

struct each {
	taken_one *one;
	void *data;
};

/*
 * nft has no way to write a quote in a name. It takes a star at the end for any other end, unless a
 * backslash is in front of it, which it counts as a letter of the name, though; and then it takes
 * away every other one as well.
 */
static bool has_star(const char *link)
{
	size_t n = strlen(link);

	return n && link[n - 1] == '*';
}

static bool can_be_written(const char *link)
{
	if (strchr(link, '"'))
		return false;
	return !has_star(link) || (strlen(link) < 15 && !strchr(link, '\\'));
}

static void write_name(const char *link, struct words *to)
{
	if (has_star(link))
		words_add(to, "\"%.*s\\*\"", (int)strlen(link) - 1, link);
	else
		words_add(to, "\"%s\"", link);
}

int taken_check(const struct wire_uplinks *uplinks, struct libns_error *err)
{
	bool router = taken_is_router("ipv4") && taken_is_router("ipv6");

	for (size_t i = 0; !router && i < uplinks->n; i++)
		if (!can_be_written(uplinks->list[i].name))
			return error_say(
				err, LIBNS_STEP_NETNS, EINVAL,
				"rules of nftables cannot name the link '%s', by which this "
				"host reaches the world: nothing would keep neighbours from "
				"other networks of the host; it has to get another name first "
				"(ip link set ... name ...)",
				uplinks->list[i].name);
	return 0;
}

static int both(const struct each *each, const char *link, const struct wire_journal *journal,
		struct libns_error *err)
{
	struct taken taken = { link, "taken4", journal->ip4 == 0 && !taken_is_router("ipv4") };
	int r = can_be_written(link) ? each->one(&taken, each->data, err) : 0;

	taken.set = "taken6";
	taken.wanted = journal->ip6 == 0 && !taken_is_router("ipv6");
	return r == 0 && can_be_written(link) ? each->one(&taken, each->data, err) : r;
}

static int read_one(const char *file, void *data, struct libns_error *err)
{
	struct wire_journal journal;
	int r = journal_read(file, &journal, err);

	/* One that is gone has taken its settings along; a journal that is damaged is told by down. */
	if (r == -ENODEV || r == -EBADMSG)
		return 0;
	return r < 0 ? r : both(data, file, &journal, err);
}

static int each_taken(const struct wire_uplinks *next, taken_one *one, void *data,
		      struct libns_error *err)
{
	struct each each = { one, data };
	int r = wire_store_each(WIRE_STORE_FORWARDING, read_one, &each, err);

	/* Of a dry run: they are in no journal. */
	for (size_t i = 0; r == 0 && next && i < next->n; i++) {
		const struct wire_uplink *uplink = &next->list[i];
		struct wire_journal journal;

		if (journal_read(uplink->name, &journal, NULL) != 1)
			continue;
		if (is_off("ipv4", uplink->name, "forwarding"))
			journal.ip4 = 0;
		if (uplink->ip6 && is_off("ipv6", uplink->name, "force_forwarding"))
			journal.ip6 = 0;
		r = both(&each, uplink->name, &journal, err);
	}
	return r;
}

static int print(const struct taken *taken, void *data, struct libns_error *err)
{
	if (!taken->wanted)
		return 0;
	words_add(data, "add element inet " WIRE_TABLE " %s { ", taken->set);
	write_name(taken->link, data);
	words_add(data, " }\n");
	return 0;
}

int taken_words(const struct wire_uplinks *next, struct words *to, struct libns_error *err)
{
	return each_taken(next, print, to, err);
}

static int find(const char *link, const char *set, struct libns_error *err)
{
	struct nft_words key = { .n = 0 };
	char name[16] = "";

	snprintf(name, sizeof(name), "%s", link);
	nft_words_put(&key, name, sizeof(name));
	return nft_find_element(WIRE_TABLE, set, &key, &key, err);
}

bool taken_is_in_table(const char *link, const char *set)
{
	return find(link, set, NULL) == NFT_FOUND_OTHER;
}

/* Return: 1 to end with, if it differs. */
static int compare(const struct taken *taken, void *data, struct libns_error *err)
{
	int r = find(taken->link, taken->set, err);

	return r < 0 ? r : (r != NFT_FOUND_NONE) != taken->wanted;
}

int taken_are_in_table(const struct wire_uplinks *next, struct libns_error *err)
{
	int r = each_taken(next, compare, NULL, err);

	return r < 0 ? r : !r;
}
