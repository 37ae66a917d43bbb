/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Rules of others that stand in the way. A packet goes through all tables, and one that drops it is
 * the end of it, whatever others say: no rule of ours helps. So it can only be told.
 *
 * What iptables of today makes is in nftables, too. Its predecessor has tables of its own, of which
 * no more is asked here than whether they are there.
 */

#include "wire/foreign.h"

#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "base/words.h"
#include "kernel/nft.h"
#include "text/ruleset.h"
#include "wire/wire.h"

struct finding {
	wire_foreign_found *found;
	void *data;
	const char *what; /* which packets */
	int n;
	bool no_memory;
};

static void tell(const struct ruleset_drop *drop, void *data)
{
	_cleanup_(words_done) struct words words = { NULL };
	struct finding *finding = data;

	words_add(&words, "table %s '%s' of nftables %s %s: chain '%s'%s", drop->family,
		  drop->table, drop->rejects ? "rejects" : "drops", finding->what, drop->chain,
		  drop->within[0] ? "" : " at the hook forward has the policy drop");
	if (drop->within[0] && strcmp(drop->within, drop->chain) != 0)
		words_add(&words, " at the hook forward comes to '%s', where a rule does it",
			  drop->within);
	else if (drop->within[0])
		words_add(&words, " at the hook forward has a rule that does it");
	if (drop->unless)
		words_add(&words, ", unless a rule before accepts them");
	finding->no_memory |= words.failed;
	if (!words.failed)
		finding->found(words.text, !drop->unless, finding->data);
	finding->n++;
}

/* Tables of the older iptables. Whether they drop is in a format of their own. */
static void look_for_legacy(uint8_t family, struct finding *finding)
{
	const char *path =
		family == AF_INET ? "/proc/net/ip_tables_names" : "/proc/net/ip6_tables_names";
	_cleanup_(words_done) struct words words = { NULL };
	char text[256];
	ssize_t n = sys_read_at(AT_FDCWD, path, text, sizeof(text));

	if (n <= 0 || (strncmp(text, "filter\n", 7) != 0 && !strstr(text, "\nfilter\n")))
		return;
	words_add(&words,
		  "the table filter of iptables-legacy is there, and may drop forwarded packets: "
		  "see '%s -S FORWARD'",
		  family == AF_INET ? "iptables-legacy" : "ip6tables-legacy");
	finding->no_memory |= words.failed;
	if (!words.failed)
		finding->found(words.text, false, finding->data);
	finding->n++;
}

int wire_foreign_find(const struct libns_link *link, const struct libns_link *uplink,
		      uint8_t family, wire_foreign_found *found, void *data,
		      struct libns_error *err)
{
	bool ip6 = family == AF_INET6;
	struct ruleset_packet there = { ip6,          false,       link->name,
					uplink->name, link->group, uplink->group };
	struct ruleset_packet back = { ip6,        true,          uplink->name,
				       link->name, uplink->group, link->group };
	struct finding finding = { found, data, "packets of namespaces", 0, false };
	_cleanup_free_ char *json = NULL;
	int r = nft_read(&json, err);

	if (r < 0)
		return r;
	r = ruleset_find_drops(json, strlen(json), &there, WIRE_TABLE, tell, &finding);
	/* Whoever drops the first packet is told once. */
	finding.what = "answers to namespaces";
	if (r == 0 && !finding.n)
		r = ruleset_find_drops(json, strlen(json), &back, WIRE_TABLE, tell, &finding);
	if (r < 0)
		return error_set(err, LIBNS_STEP_NETLINK, -r,
				 "cannot follow the rules of nftables");
	look_for_legacy(family, &finding);
	if (finding.no_memory)
		return error_set(err, LIBNS_STEP_NETLINK, ENOMEM, "cannot list what drops packets");
	return finding.n;
}
