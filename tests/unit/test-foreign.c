/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules that drop what is forwarded for namespaces, in a network of the case's own. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "kernel/nft.h"
#include "own-net.h"
#include "text/ruleset.h"
#include "wire/foreign.h"

static struct libns_error err = LIBNS_ERROR_INIT;
static char told[4096];

static void hear(const char *sentence, bool certain, void *data)
{
	CHECK(certain == !strstr(sentence, ", unless a rule before"));
	size_t n = strlen(told);

	snprintf(told + n, sizeof(told) - n, "%s\n", sentence);
}

static void rules(const char *text)
{
	char *whole;
	int r;

	CHECK(asprintf(&whole, "flush ruleset\n%s\n", text) > 0);
	r = nft_run(whole, &err);
	free(whole);
	if (r == -ELIBACC || r == -EOPNOTSUPP)
		SKIP(err.text);
	if (r < 0)
		TAP_FAIL("%s: %s", text, err.text);
}

/* A chain at the hook in the table "other" of @family. */
static void forward(const char *family, const char *policy, const char *text)
{
	char whole[4096];

	snprintf(whole, sizeof(whole),
		 "table %s other {\nchain own { accept\n}\nchain bad { drop\n}\n"
		 "chain back { return\n}\n"
		 "chain FORWARD {\ntype filter hook forward priority 0; policy %s;\n%s\n}\n}",
		 family, policy, text);
	rules(whole);
}

static int look(uint8_t family)
{
	const struct libns_link link = { .group = 30830, .name = "xn-web" };
	const struct libns_link uplink = { .name = "wan0" };
	int r;

	told[0] = '\0';
	r = wire_foreign_find(&link, &uplink, family, hear, NULL, &err);
	if (r < 0)
		TAP_FAIL("%s", err.text);
	return r;
}

TEST(policies)
{
	own_net();
	forward("ip", "drop", "");
	CHECK_INT(look(AF_INET), 1);
	CHECK_STR(told,
		  "table ip 'other' of nftables drops packets of namespaces: chain 'FORWARD' at "
		  "the hook forward has the policy drop\n");
	CHECK_INT(look(AF_INET6), 0);
	forward("inet", "drop", "");
	CHECK_INT(look(AF_INET), 1);
	CHECK_INT(look(AF_INET6), 1);
	forward("ip6", "drop", "");
	CHECK_INT(look(AF_INET), 0);
	CHECK_INT(look(AF_INET6), 1);
	forward("inet", "accept", "");
	CHECK_INT(look(AF_INET), 0);
	rules("table inet other { chain in { type filter hook input priority 0; policy drop; }\n}");
	CHECK_INT(look(AF_INET), 0);
	rules("table inet xnetns { chain c { type filter hook forward priority 0; policy drop; }\n}");
	CHECK_INT(look(AF_INET), 0);
	rules("");
	CHECK_INT(look(AF_INET), 0);
}

/* Each is a policy and rules, and what becomes of packets: passed, dropped, or perhaps. */
TEST(rules_are_followed)
{
	static const struct {
		const char *policy, *text;
		char wanted;
	} cases[] = {
		{ "drop", "accept", 'p' },
		{ "drop", "counter log accept", 'p' },
		{ "drop", "iifgroup 30830 accept\nct state established accept", 'p' },
		{ "drop", "iifname \"xn-*\" accept\noifname \"xn-*\" accept", 'p' },
		{ "drop", "iifname \"xn-*\" accept", 'd' },
		{ "drop", "iifname { \"eth0\", \"xn-web\" } accept\noifname xn-web accept", 'p' },
		{ "drop", "iifname \"eth*\" accept", 'd' },
		{ "drop", "iifname != \"eth0\" accept", 'p' },
		{ "drop", "iifgroup != 30830 accept\noifgroup != { 1, 30830 } accept", 'p' },
		{ "drop", "ct state { established, related } accept", 'd' },
		{ "drop", "ct state invalid,new,established accept", 'p' },
		{ "drop", "ct state invalid drop\nmeta nfproto ipv4 accept", 'p' },
		{ "drop", "meta nfproto ipv6 accept", 'd' },
		{ "drop", "ip saddr 10.0.0.0/8 accept", '?' },
		{ "drop", "jump own", 'p' },
		{ "drop", "goto back\naccept", 'd' },
		{ "drop", "jump back\naccept", 'p' },
		{ "drop", "iifname eth9 jump own", 'd' },
		{ "drop", "tcp dport 80 jump own", '?' },
		{ "drop", "tcp dport 80 jump bad\naccept", 'p' },
		{ "drop", "limit rate 1/second accept", '?' },
		{ "accept", "drop", 'd' },
		{ "accept", "reject", 'd' },
		{ "accept", "return\ndrop", 'p' },
		{ "accept", "iifname xn-web drop", 'd' },
		{ "accept", "oifname xn-web drop", 'd' },
		{ "accept", "iifname eth9 drop\njump own", 'p' },
		{ "accept", "jump back\njump bad", 'd' },
		{ "accept", "tcp dport 25 drop", 'p' },
		{ "accept", "tcp dport 25 accept\ndrop", '?' },
		{ "drop", "meta mark vmap { 1 : accept }", '?' },
	};

	own_net();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int n;
		char got;

		forward("inet", cases[i].policy, cases[i].text);
		n = look(AF_INET);
		got = n == 0                                                ? 'p'
		      : strstr(told, ", unless a rule before accepts them") ? '?'
									    : 'd';
		if (got != cases[i].wanted)
			TAP_FAIL("%s: %c, not %c: %s", cases[i].text, got, cases[i].wanted, told);
	}
}

TEST(the_rule_is_named)
{
	own_net();
	forward("inet", "accept", "jump bad");
	CHECK_INT(look(AF_INET), 1);
	CHECK_STR(told,
		  "table inet 'other' of nftables drops packets of namespaces: chain 'FORWARD' "
		  "at the hook forward comes to 'bad', where a rule does it\n");
	forward("inet", "accept", "oifname xn-web reject");
	CHECK_INT(look(AF_INET), 1);
	CHECK_STR(told, "table inet 'other' of nftables rejects answers to namespaces: chain "
			"'FORWARD' at the hook forward has a rule that does it\n");
}

static void count(const struct ruleset_drop *drop, void *data)
{
	++*(int *)data;
}

static int parse(const char *text)
{
	const struct ruleset_packet packet = { false, false, "a", "b", 0, 0 };
	int n = 0, r = ruleset_find_drops(text, strlen(text), &packet, "x", count, &n);

	return r < 0 ? r : n;
}

#define CHAIN(name)                                                                                \
	"{\"chain\":{\"family\":\"ip\",\"table\":\"t\",\"name\":\"" name                           \
	"\",\"hook\":\"forward\",\"policy\":\"accept\"}}"
#define RULE(name, expr)                                                                           \
	"{\"rule\":{\"family\":\"ip\",\"table\":\"t\",\"chain\":\"" name "\",\"expr\":[" expr "]}}"

TEST(texts)
{
	CHECK_INT(parse(""), -EBADMSG);
	CHECK_INT(parse("[]"), -EBADMSG);
	CHECK_INT(parse("{\"nftables\":[]}"), 0);
	CHECK_INT(parse("{\"nftables\":[1,\"x\",{\"chain\":7},{\"rule\":{}}]}"), 0);
	CHECK_INT(parse("{\"nftables\":[" CHAIN("c") "," RULE("c", "{\"drop\":null}") "]}"), 1);
	CHECK_INT(parse("{\"nftables\":[" CHAIN("c") "," RULE("d", "{\"drop\":null}") "]}"), 0);
	CHECK_INT(parse("{\"nftables\":[" CHAIN("c") "," RULE(
			  "c", "{\"xt\":{\"type\":\"target\",\"name\":\"REJECT\"}}") "]}"),
		  1);
	/* Jumps in a circle, which the kernel refuses, have an end here too. */
	CHECK_INT(parse("{\"nftables\":[" CHAIN("c") "," RULE(
			  "c", "{\"jump\":{\"target\":\"c\"}},{\"jump\":{\"target\":\"c\"}},"
			       "{\"jump\":{\"target\":\"c\"}}") "]}"),
		  -E2BIG);
	CHECK_INT(parse("{\"nftables\":[" CHAIN("c") "," CHAIN("d") "," RULE("c", "") "," RULE(
			  "d", "") "," RULE("c", "") "]}"),
		  -EBADMSG);
}

TAP_MAIN
