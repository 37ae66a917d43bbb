/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The rules of this host: whether the table of ours is whole, and whether a table of others drops
 * what is forwarded. No packet is needed for that, and the chain can be named.
 */

#include <linux/rtnetlink.h>
#include <string.h>

#include "base/base.h"
#include "wire/check.h"
#include "wire/foreign.h"
#include "wire/rules.h"
#include "wire/wire.h"

static void add_foreign(const char *sentence, bool certain, void *data)
{
	struct check *check = data;
	const struct libns_wire_findings *out = check->out;

	/* A table of inet drops both families by one rule. */
	for (size_t i = 0; i < out->n; i++)
		if (!strcmp(out->list[i].check, "rules") && !strcmp(out->list[i].what, sentence))
			return;
	findings_add(check->out, certain ? LIBNS_WIRE_VERDICT_FAIL : LIBNS_WIRE_VERDICT_SKIP,
		     "rules", "%s", sentence);
}

/* Without it packets leave with addresses that nobody outside can answer, or do leave. */
static void check_own(struct check *check, const char *why)
{
	_cleanup_(words_done) struct words words = { NULL };

	if (wire_rules_are_whole(NULL, NULL) != 0)
		return;
	findings_add(check->out, LIBNS_WIRE_VERDICT_FAIL, "rules",
		     "the table inet " WIRE_TABLE " of nftables is not there, or not whole");
	findings_why(check->out, "%s", why);
	words_add(&words, "xnetns up ");
	words_quote(&words, check->name);
	check_mend(check, &words);
}

#define FLUSHED "somebody has flushed the rules of this host"

static bool is_isolated(const struct check *check)
{
	for (size_t i = 0; i < CHECK_FAMILIES; i++)
		if (check->families[i].end && check->families[i].end->group == WIRE_GROUP_ISOLATED)
			return true;
	return false;
}

static bool concerns(const struct check_family *f)
{
	return f->from && f->has_way && f->is_router && f->has_uplink && f->out && f->entry &&
	       f->out != f->entry && f->uplink.type != RTN_LOCAL;
}

int check_rules(struct check *check, struct libns_error *err)
{
	struct libns_error why = LIBNS_ERROR_INIT;
	bool own = is_isolated(check);

	if (own)
		check_own(check, FLUSHED "; what keeps this namespace apart are its switches only");
	for (size_t i = 0; i < CHECK_FAMILIES; i++) {
		const struct check_family *f = &check->families[i];
		int r;

		if (!concerns(f))
			continue;
		if (f->entry->group == WIRE_GROUP && !own)
			check_own(check, FLUSHED);
		own = own || f->entry->group == WIRE_GROUP;
		r = wire_foreign_find(f->entry, f->out, f->family, add_foreign, check, &why);
		if (r == -ENOMEM) {
			if (err)
				*err = why;
			return r;
		}
		/* A kernel without nftables has none of its rules. */
		if (r < 0 && r != -EOPNOTSUPP)
			findings_add(check->out, LIBNS_WIRE_VERDICT_SKIP, "rules",
				     "whether rules of this host drop %s is not known: %s", f->word,
				     why.text);
		if (r == 0)
			findings_add(check->out, LIBNS_WIRE_VERDICT_OK, "rules",
				     "no rules of this host drop %s that it forwards", f->word);
	}
	return 0;
}
