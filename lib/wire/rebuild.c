/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Ports that are written down, but not in the table: whoever has flushed the rules of the host has
 * taken them away. They can be told, and put back.
 */

#include "base/base.h"
#include "base/err.h"
#include "kernel/nft.h"
#include "wire/leads.h"
#include "wire/rules.h"
#include "wire/step.h"
#include "wire/store.h"

struct lost {
	struct words commands; /* that add them */
	size_t n;
};

static int look(const char *name, const struct leads *leads, void *data, struct libns_error *err)
{
	struct lost *lost = data;

	for (size_t i = 0; i < leads->n; i++) {
		int r = lead_find(&leads->list[i], err);

		if (r < 0)
			return r;
		if (r == NFT_FOUND_SAME)
			continue;
		lost->n++;
		if (r == NFT_FOUND_OTHER)
			lead_words_of_delete(&lost->commands, &leads->list[i]);
		lead_words_of_add(&lost->commands, &leads->list[i]);
	}
	return 0;
}

int wire_ports_count_lost(struct libns_error *err)
{
	struct lost lost = { .n = 0 };
	int r = leads_each(look, &lost, err);

	words_done(&lost.commands);
	return r < 0 ? r : (int)lost.n;
}

int wire_ports_rebuild(uint64_t flags, const struct libns_wire_watch *watch,
		       struct libns_error *err)
{
	struct lost lost = { .n = 0 };
	bool dry = flags & LIBNS_WIRE_DRY_RUN;
	int r = wire_rules_are_whole(NULL, err);

	if (r == 0)
		/* With the table comes everything that is published. */
		return wire_rules_ensure(NULL, flags, watch, err);
	if (r < 0)
		return r == -EPERM && dry ? 0 : r;
	r = leads_each(look, &lost, err);
	if (r == 0 && lost.commands.failed)
		r = error_set(err, LIBNS_STEP_NETLINK, ENOMEM, "cannot write rules");
	if (r == 0 && lost.n)
		r = wire_rules_run("lead the ports that were lost again", lost.commands.text, flags,
				   watch, err);
	words_done(&lost.commands);
	return r;
}

int wire_ports_forget_damaged(const char *name, uint64_t flags,
			      const struct libns_wire_watch *watch, struct libns_error *err)
{
	struct libns_error why = LIBNS_ERROR_INIT;
	int r;

	(void)wire_store_damaged(WIRE_STORE_PORTS, name, &why);
	wire_note(watch, "%s: it is removed, with all that was published for '%s'",
		  libns_error_text(&why), name);
	if (flags & LIBNS_WIRE_DRY_RUN)
		return 0;
	/* In this order, since without the file nobody would look for what is in the table. */
	r = leads_write(name, &(struct leads){ NULL, 0 }, err);
	return r < 0 ? r : wire_rules_renew(flags, watch, err);
}
