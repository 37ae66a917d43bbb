/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_NFT_MSG_H
#define LIBNS_NFT_MSG_H

#include "text/netlink-msg.h"

/* Questions to nftables and their answers, as netlink messages. No I/O. */

/* A key of a map, or what it stands for: its parts, each filled up with zeros to four bytes. */
struct nft_words {
	uint8_t bytes[64];
	size_t n;
};

void nft_words_put(struct nft_words *words, const void *part, size_t size);

/* Asks for a table of the family inet. */
void nft_msg_ask_table(struct netlink_msg *msg, const char *table);

/* Asks for a set, or a map, of a table of the family inet. */
void nft_msg_ask_set(struct netlink_msg *msg, const char *table, const char *set);

/* Asks for all rules of a table of the family inet. */
void nft_msg_ask_rules(struct netlink_msg *msg, const char *table);

/* Asks for one element of a map. */
void nft_msg_ask_element(struct netlink_msg *msg, const char *table, const char *map,
			 const struct nft_words *key);

/* Whether an answer is a rule with exactly this comment. */
bool nft_msg_has_comment(const struct netlink_item *item, const char *comment);

/* Whether an answer is an element that stands for @value. */
bool nft_msg_is_value(const struct netlink_item *item, const struct nft_words *value);

#endif
