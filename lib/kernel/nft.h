/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_NFT_H
#define LIBNS_NFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libns/error.h>

#include "text/nft-msg.h"

/*
 * Rules of nftables in the network namespace of the calling thread. Changes are texts for nft(8),
 * questions are asked to the kernel directly. Not async-signal-safe.
 */

/*
 * Carries commands out, all of them or none. Return: 0; -ELIBACC if there is neither libnftables nor
 * nft(8); -EIO if nft refuses, with its own words.
 */
int nft_run(const char *commands, struct libns_error *err);

/* All rules but the contents of sets, as JSON; free(3) it. Return: as nft_run(). */
int nft_read(char **ret_json, struct libns_error *err);

/*
 * How many rules of the table @table of the family inet have the comment @comment. A table that is
 * not there has none. Return: 0, -EPERM, -EOPNOTSUPP if the kernel has no nftables.
 */
int nft_count_rules(const char *table, const char *comment, size_t *ret_n, struct libns_error *err);

/* Whether a table of the family inet is there. Return: 1, 0, or as nft_count_rules(). */
int nft_has_table(const char *table, struct libns_error *err);

/* Whether the table has a set or a map of that name. Return: as nft_has_table(). */
int nft_has_set(const char *table, const char *set, struct libns_error *err);

/* What a map of the family inet has. */
enum nft_found {
	NFT_FOUND_NONE,
	NFT_FOUND_SAME,
	NFT_FOUND_OTHER, /* the key stands for something else */
};

/* Of a set @value does not matter: its elements are NFT_FOUND_OTHER.
 * Return: enum nft_found, or a negative errno. Without the map it is NFT_FOUND_NONE. */
int nft_find_element(const char *table, const char *map, const struct nft_words *key,
		     const struct nft_words *value, struct libns_error *err);

#endif
