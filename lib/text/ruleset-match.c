/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Conditions of rules, as far as they concern what is known of a packet. */

#include "text/ruleset-match.h"

#include <string.h>

#include "base/base.h"

/* What stands on the left of a condition, as a word or as a number. */
struct known {
	const char *word;
	uint32_t number;
	bool is_number;
};

static bool get_key(struct json_value object, char *buf, size_t size)
{
	return json_string(json_member(object, "key"), buf, size) == 0;
}

/* Return: whether it is known. */
static bool know(struct json_value left, const struct ruleset_packet *packet, struct known *ret)
{
	struct json_value meta = json_member(left, "meta"), ct = json_member(left, "ct");
	char key[32];

	*ret = (struct known){ .word = NULL };
	if (ct.s && get_key(ct, key, sizeof(key)) && !strcmp(key, "state"))
		ret->word = packet->answer ? "established" : "new";
	if (!meta.s || !get_key(meta, key, sizeof(key)))
		return ret->word != NULL;
	if (!strcmp(key, "iifname") || !strcmp(key, "iif"))
		ret->word = packet->iif;
	else if (!strcmp(key, "oifname") || !strcmp(key, "oif"))
		ret->word = packet->oif;
	else if (!strcmp(key, "nfproto"))
		ret->word = packet->ip6 ? "ipv6" : "ipv4";
	else if (!strcmp(key, "protocol"))
		ret->word = packet->ip6 ? "ip6" : "ip";
	ret->is_number = !strcmp(key, "iifgroup") || !strcmp(key, "oifgroup");
	ret->number = key[0] == 'i' ? packet->iif_group : packet->oif_group;
	return ret->word || ret->is_number;
}

/* "eth*" stands for all that begins so. */
static bool is_word(const char *pattern, const char *word)
{
	size_t n = strlen(pattern);

	if (n && pattern[n - 1] == '*')
		return !strncmp(pattern, word, n - 1);
	return !strcmp(pattern, word);
}

/* Whether it is that one value. */
static enum ruleset_truth is_value(struct json_value right, const struct known *left)
{
	uint64_t number;
	char text[64];

	if (left->is_number) {
		if (json_u64(right, &number) < 0)
			return json_string(right, text, sizeof(text)) < 0 || strcmp(text, "default")
				       ? RULESET_UNKNOWN
				       : (enum ruleset_truth)(left->number == 0);
		return number == left->number ? RULESET_TRUE : RULESET_FALSE;
	}
	if (json_string(right, text, sizeof(text)) < 0)
		return RULESET_UNKNOWN;
	return is_word(text, left->word) ? RULESET_TRUE : RULESET_FALSE;
}

/* Whether it is one of several. */
static enum ruleset_truth is_one_of(struct json_value list, const struct known *left)
{
	enum ruleset_truth truth = RULESET_FALSE;

	for (struct json_value item = json_first(list); item.s; item = json_next(list, item)) {
		enum ruleset_truth one = is_value(item, left);

		if (one == RULESET_TRUE)
			return one;
		if (one == RULESET_UNKNOWN)
			truth = one;
	}
	return truth;
}

static enum ruleset_truth compare(struct json_value match, const struct ruleset_packet *packet)
{
	struct json_value right = json_member(match, "right"), set = json_member(right, "set");
	enum ruleset_truth truth;
	struct known left;
	char op[8] = "==";

	(void)json_string(json_member(match, "op"), op, sizeof(op));
	if (!know(json_member(match, "left"), packet, &left))
		return RULESET_UNKNOWN;
	if (strcmp(op, "==") != 0 && strcmp(op, "in") != 0 && strcmp(op, "!=") != 0)
		return RULESET_UNKNOWN;
	if (set.s)
		right = set;
	truth = right.s && right.s[0] == '[' ? is_one_of(right, &left) : is_value(right, &left);
	if (op[0] != '!' || truth == RULESET_UNKNOWN)
		return truth;
	return truth == RULESET_TRUE ? RULESET_FALSE : RULESET_TRUE;
}

bool ruleset_is_target(struct json_value expression, const char *name)
{
	struct json_value xt = json_member(expression, "xt");
	char text[64];

	return json_string(json_member(xt, "type"), text, sizeof(text)) == 0 &&
	       !strcmp(text, "target") &&
	       json_string(json_member(xt, "name"), text, sizeof(text)) == 0 && !strcmp(text, name);
}

enum ruleset_truth ruleset_match(struct json_value expression, const struct ruleset_packet *packet)
{
	/* These decide nothing, and verdicts are reached by whatever comes to them. */
	static const char *const plain[] = { "accept", "drop",    "reject",  "return",
					     "jump",   "goto",    "counter", "log",
					     "mangle", "notrack", "comment" };
	struct json_value match = json_member(expression, "match");

	if (match.s)
		return compare(match, packet);
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		if (json_member(expression, plain[i]).s)
			return RULESET_TRUE;
	return ruleset_is_target(expression, "REJECT") ? RULESET_TRUE : RULESET_UNKNOWN;
}
