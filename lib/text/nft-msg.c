/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The questions to nftables that are asked without nft(8): is a table there, is it whole, and does a
 * map have an element. Its attributes are nested as deeply as its texts are, but a comment is in a
 * format of its own inside of one: records of a byte for the kind, one for the length, and a text.
 */

#include "text/nft-msg.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "base/base.h"

#define KIND_COMMENT 0

static void begin(struct netlink_msg *msg, uint16_t kind, uint16_t flags)
{
	const struct nfgenmsg fixed = { NFPROTO_INET, NFNETLINK_V0, 0 };

	netlink_msg_init(msg, NFNL_SUBSYS_NFTABLES << 8 | kind, flags, &fixed, sizeof(fixed));
}

static bool is_answer(const struct netlink_item *item, uint16_t kind)
{
	return item->header.nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | kind);
}

void nft_words_put(struct nft_words *words, const void *part, size_t size)
{
	size_t whole = (size + 3) & ~(size_t)3;

	assert(words->n + whole <= sizeof(words->bytes));
	memset(words->bytes + words->n, 0, whole);
	memcpy(words->bytes + words->n, part, size);
	words->n += whole;
}

void nft_msg_ask_table(struct netlink_msg *msg, const char *table)
{
	begin(msg, NFT_MSG_GETTABLE, 0);
	netlink_msg_put_string(msg, NFTA_TABLE_NAME, table);
}

void nft_msg_ask_set(struct netlink_msg *msg, const char *table, const char *set)
{
	begin(msg, NFT_MSG_GETSET, 0);
	netlink_msg_put_string(msg, NFTA_SET_TABLE, table);
	netlink_msg_put_string(msg, NFTA_SET_NAME, set);
}

void nft_msg_ask_rules(struct netlink_msg *msg, const char *table)
{
	begin(msg, NFT_MSG_GETRULE, NLM_F_DUMP);
	netlink_msg_put_string(msg, NFTA_RULE_TABLE, table);
}

void nft_msg_ask_element(struct netlink_msg *msg, const char *table, const char *map,
			 const struct nft_words *key)
{
	size_t list, element, part;

	begin(msg, NFT_MSG_GETSETELEM, 0);
	netlink_msg_put_string(msg, NFTA_SET_ELEM_LIST_TABLE, table);
	netlink_msg_put_string(msg, NFTA_SET_ELEM_LIST_SET, map);
	list = netlink_msg_nest(msg, NFTA_SET_ELEM_LIST_ELEMENTS, NULL, 0);
	element = netlink_msg_nest(msg, NFTA_LIST_ELEM, NULL, 0);
	part = netlink_msg_nest(msg, NFTA_SET_ELEM_KEY, NULL, 0);
	netlink_msg_put(msg, NFTA_DATA_VALUE, key->bytes, key->n);
	netlink_msg_nest_end(msg, part);
	netlink_msg_nest_end(msg, element);
	netlink_msg_nest_end(msg, list);
}

/* Goes to an attribute. Return: whether it is there; @view is then what is in it. */
static bool go(struct netlink_view *view, uint16_t type)
{
	struct netlink_view rest = *view;
	struct netlink_attr attr;

	while (netlink_next_attr(&rest, &attr)) {
		if (attr.type == type) {
			*view = attr.value;
			return true;
		}
	}
	return false;
}

bool nft_msg_has_comment(const struct netlink_item *item, const char *comment)
{
	struct netlink_view view = netlink_attrs(item, sizeof(struct nfgenmsg));
	size_t size = strlen(comment) + 1;

	if (!is_answer(item, NFT_MSG_NEWRULE) || !go(&view, NFTA_RULE_USERDATA))
		return false;
	while (view.size >= 2) {
		size_t n = (unsigned char)view.data[1];

		if (n > view.size - 2)
			return false;
		if (view.data[0] == KIND_COMMENT)
			return n == size && !memcmp(view.data + 2, comment, size);
		view.data += 2 + n;
		view.size -= 2 + n;
	}
	return false;
}

bool nft_msg_is_value(const struct netlink_item *item, const struct nft_words *value)
{
	struct netlink_view view = netlink_attrs(item, sizeof(struct nfgenmsg));

	return is_answer(item, NFT_MSG_NEWSETELEM) && go(&view, NFTA_SET_ELEM_LIST_ELEMENTS) &&
	       go(&view, NFTA_LIST_ELEM) && go(&view, NFTA_SET_ELEM_DATA) &&
	       go(&view, NFTA_DATA_VALUE) && view.size == value->n &&
	       !memcmp(view.data, value->bytes, value->n);
}
