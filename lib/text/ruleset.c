/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Rules of nftables are followed as the kernel follows them, with a packet of which only the links,
 * the family and the state of its connection are known. So a condition is true, false or unknown.
 * What decides before the verdict is certain is remembered: a chain that drops may have accepted
 * before.
 *
 * Everything comes as one text of JSON. Its chains and rules are listed first; rules of one chain
 * follow each other there.
 */

#include "text/ruleset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "text/json-scan.h"
#include "text/ruleset-match.h"

/* As many as nft(8) allows jumps in each other, and steps for one packet. */
#define MAX_DEPTH 16
#define MAX_STEPS 200000

struct chain {
	char family[8], table[RULESET_NAME], name[RULESET_NAME];
	bool forwards;   /* it is at the hook */
	bool drops;      /* its policy */
	size_t first, n; /* its rules */
};

struct ruleset {
	struct chain *chains;
	struct json_value *rules; /* lists of expressions */
	size_t n_chains, n_rules;
	/* While a packet is followed. */
	const struct ruleset_packet *packet;
	size_t steps;
	const struct chain *within; /* where the verdict was found */
	bool rejects, unless;
};

enum verdict { GO_ON, ACCEPT, DROP, RETURN, TOO_MANY };

/* ---------------------------------------------------------------- lists */

static bool get(struct json_value object, const char *key, char *buf, size_t size)
{
	return json_string(json_member(object, key), buf, size) == 0;
}

static bool equals(struct json_value object, const char *key, const char *word)
{
	char text[32];

	return get(object, key, text, sizeof(text)) && !strcmp(text, word);
}

/* The list grows by a half. */
static void *grow(void *list, size_t n, size_t size)
{
	size_t room = 16;

	while (room < n)
		room += room / 2;
	if (n && n != room)
		return list;
	return realloc(list, (n ? room + room / 2 : room) * size);
}

static int add_chain(struct ruleset *set, struct json_value object)
{
	struct chain *chains = grow(set->chains, set->n_chains, sizeof(*chains)), *chain;

	if (!chains)
		return -ENOMEM;
	set->chains = chains;
	chain = &chains[set->n_chains];
	*chain = (struct chain){ .forwards = equals(object, "hook", "forward"),
				 .drops = equals(object, "policy", "drop") };
	if (!get(object, "family", chain->family, sizeof(chain->family)) ||
	    !get(object, "table", chain->table, sizeof(chain->table)) ||
	    !get(object, "name", chain->name, sizeof(chain->name)))
		return 0;
	set->n_chains++;
	return 0;
}

static struct chain *find_chain(const struct ruleset *set, const char *family, const char *table,
				const char *name)
{
	for (size_t i = 0; i < set->n_chains; i++) {
		struct chain *chain = &set->chains[i];

		if (!strcmp(chain->name, name) && !strcmp(chain->table, table) &&
		    !strcmp(chain->family, family))
			return chain;
	}
	return NULL;
}

/* @last: the chain of the rule before, which is most often that of this one. */
static int add_rule(struct ruleset *set, struct json_value object, struct chain **last)
{
	struct json_value *rules = grow(set->rules, set->n_rules, sizeof(*rules));
	char family[8], table[RULESET_NAME], name[RULESET_NAME];
	struct chain *chain = *last;

	if (!rules)
		return -ENOMEM;
	set->rules = rules;
	if (!get(object, "family", family, sizeof(family)) ||
	    !get(object, "table", table, sizeof(table)) ||
	    !get(object, "chain", name, sizeof(name)))
		return 0;
	if (!chain || strcmp(chain->name, name) != 0 || strcmp(chain->table, table) != 0 ||
	    strcmp(chain->family, family) != 0)
		chain = find_chain(set, family, table, name);
	if (!chain)
		return 0;
	*last = chain;
	if (!chain->n)
		chain->first = set->n_rules;
	if (chain->first + chain->n != set->n_rules)
		return -EBADMSG;
	chain->n++;
	rules[set->n_rules++] = json_member(object, "expr");
	return 0;
}

static int list(struct ruleset *set, const char *json, size_t n)
{
	struct json_value all = json_member(json_parse(json, n), "nftables"), item;
	struct chain *last = NULL;
	int r = all.s ? 0 : -EBADMSG;

	for (item = json_first(all); r == 0 && item.s; item = json_next(all, item)) {
		struct json_value chain = json_member(item, "chain");

		if (chain.s)
			r = add_chain(set, chain);
	}
	for (item = json_first(all); r == 0 && item.s; item = json_next(all, item)) {
		struct json_value rule = json_member(item, "rule");

		if (rule.s)
			r = add_rule(set, rule, &last);
	}
	return r;
}

/* ---------------------------------------------------------------- following */

static enum verdict follow(struct ruleset *set, const struct chain *chain, int depth);

/* A jump. Return: GO_ON also if the chain leads back. */
static enum verdict follow_to(struct ruleset *set, const struct chain *from, struct json_value jump,
			      int depth)
{
	char name[RULESET_NAME];
	const struct chain *to = NULL;
	enum verdict verdict;

	if (get(jump, "target", name, sizeof(name)))
		to = find_chain(set, from->family, from->table, name);
	if (!to || depth == MAX_DEPTH)
		return GO_ON;
	verdict = follow(set, to, depth + 1);
	return verdict == RETURN ? GO_ON : verdict;
}

/* What the expression does with a packet that has come to it. */
static enum verdict verdict_of(struct ruleset *set, const struct chain *chain,
			       struct json_value expression, int depth)
{
	struct json_value go = json_member(expression, "goto");

	if (json_member(expression, "accept").s)
		return ACCEPT;
	set->rejects =
		json_member(expression, "reject").s || ruleset_is_target(expression, "REJECT");
	if (set->rejects || json_member(expression, "drop").s) {
		set->within = chain;
		return DROP;
	}
	if (json_member(expression, "return").s)
		return RETURN;
	if (go.s) {
		enum verdict verdict = follow_to(set, chain, go, depth);

		return verdict == GO_ON ? RETURN : verdict;
	}
	return follow_to(set, chain, json_member(expression, "jump"), depth);
}

/* Whether a verdict that only may be reached changes what is known. */
static void remember(struct ruleset *set, enum verdict verdict)
{
	if (verdict == ACCEPT || verdict == RETURN)
		set->unless = true;
}

static enum verdict follow_rule(struct ruleset *set, const struct chain *chain,
				struct json_value rule, int depth)
{
	enum ruleset_truth truth = RULESET_TRUE;

	for (struct json_value e = json_first(rule); e.s; e = json_next(rule, e)) {
		enum ruleset_truth one = ruleset_match(e, set->packet);
		enum verdict verdict;

		if (++set->steps > MAX_STEPS)
			return TOO_MANY;
		if (one == RULESET_FALSE)
			return GO_ON;
		if (one == RULESET_UNKNOWN)
			truth = one;
		/* Its verdicts may be of any kind. */
		if (json_member(e, "vmap").s)
			set->unless = true;
		verdict = verdict_of(set, chain, e, depth);
		if (verdict == GO_ON)
			continue;
		if (verdict == TOO_MANY || truth == RULESET_TRUE)
			return verdict;
		remember(set, verdict);
		return GO_ON;
	}
	return GO_ON;
}

static enum verdict follow(struct ruleset *set, const struct chain *chain, int depth)
{
	for (size_t i = 0; i < chain->n; i++) {
		enum verdict verdict = follow_rule(set, chain, set->rules[chain->first + i], depth);

		if (verdict != GO_ON)
			return verdict;
	}
	return GO_ON;
}

/* Whether packets of the family come to the chain. */
static bool concerns(const struct chain *chain, const struct ruleset_packet *packet,
		     const char *own)
{
	if (!chain->forwards || (!strcmp(chain->family, "inet") && !strcmp(chain->table, own)))
		return false;
	return !strcmp(chain->family, "inet") || !strcmp(chain->family, packet->ip6 ? "ip6" : "ip");
}

static int judge(struct ruleset *set, const struct chain *chain,
		 void (*found)(const struct ruleset_drop *drop, void *data), void *data)
{
	struct ruleset_drop drop = { .unless = false };
	enum verdict verdict;

	set->steps = 0;
	set->unless = set->rejects = false;
	set->within = NULL;
	verdict = follow(set, chain, 0);
	if (verdict == TOO_MANY)
		return -E2BIG;
	if (verdict == ACCEPT || (verdict != DROP && !chain->drops))
		return 0;
	memcpy(drop.family, chain->family, sizeof(drop.family));
	memcpy(drop.table, chain->table, sizeof(drop.table));
	memcpy(drop.chain, chain->name, sizeof(drop.chain));
	if (verdict == DROP)
		memcpy(drop.within, set->within->name, sizeof(drop.within));
	drop.rejects = verdict == DROP && set->rejects;
	drop.unless = set->unless;
	found(&drop, data);
	return 0;
}

int ruleset_find_drops(const char *json, size_t n, const struct ruleset_packet *packet,
		       const char *own, void (*found)(const struct ruleset_drop *drop, void *data),
		       void *data)
{
	struct ruleset set = { .packet = packet };
	int r = list(&set, json, n);

	for (size_t i = 0; r == 0 && i < set.n_chains; i++)
		if (concerns(&set.chains[i], packet, own))
			r = judge(&set, &set.chains[i], found, data);
	free(set.chains);
	free(set.rules);
	return r;
}
