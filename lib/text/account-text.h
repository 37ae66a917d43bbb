/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_ACCOUNT_TEXT_H
#define LIBNS_ACCOUNT_TEXT_H

/*
 * passwd(5) and group(5) as text, which a hostile container may have written: any
 * bytes, NUL among them. The first line that is whole and has the name or number is
 * the account, as for getpwnam(3). Pure: no system calls.
 */

#include <stdbool.h>
#include <stddef.h>

#include <libns/account.h>

/* The largest number of groups that setgroups(2) takes. */
#define ACCOUNT_MAX_GROUPS 65536

/* Whether an account can be asked for by @key at all. */
bool account_is_key(const char *key);

bool account_find_in_text(enum libns_account_kind kind, const char *text, size_t size,
			  const char *key, struct libns_account *ret);

/* A list of ids, in ascending order and each of them once. */
struct account_groups {
	uint32_t *ids;
	size_t n;
};

/* Adds the groups of group(5) that name @user. Return: 0, -ENOMEM. */
int account_add_groups(const char *text, size_t size, const char *user,
		       struct account_groups *groups);

/* Adds the groups in a line of "getent initgroups", a name and then numbers. Return: 0, -ENOMEM. */
int account_add_initgroups(const char *text, const char *user, struct account_groups *groups);

int account_add_group(struct account_groups *groups, uint32_t id);

/* Sorts them. Return: 0, or -E2BIG if there are more than ACCOUNT_MAX_GROUPS. */
int account_order_groups(struct account_groups *groups);

#endif
