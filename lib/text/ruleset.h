/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_RULESET_H
#define LIBNS_RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What becomes of a forwarded packet by the rules of nftables, as "nft -j list ruleset" prints them.
 * No I/O. */

/* What is known of the packet. */
struct ruleset_packet {
	bool ip6;
	bool answer;           /* of a connection that is known; else its first packet */
	const char *iif, *oif; /* links that it comes from and goes to */
	uint32_t iif_group, oif_group;
};

#define RULESET_NAME 256

/* A base chain that drops it. */
struct ruleset_drop {
	char family[8]; /* "ip", "ip6", "inet" */
	char table[RULESET_NAME];
	char chain[RULESET_NAME];  /* with the hook */
	char within[RULESET_NAME]; /* chain of the rule that does; "": the policy of @chain */
	bool rejects;              /* the sender is told */
	bool unless; /* a rule before may accept it: by something that is not known here */
};

/*
 * Calls @found for each base chain at the hook "forward" that drops the packet; those of the table
 * inet @own are passed over. Return: 0, -EBADMSG for what is no list of rules, -ENOMEM, -E2BIG where
 * the rules are too many to be followed.
 */
int ruleset_find_drops(const char *json, size_t n, const struct ruleset_packet *packet,
		       const char *own, void (*found)(const struct ruleset_drop *drop, void *data),
		       void *data);

#endif
