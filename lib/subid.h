/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SUBID_H
#define LIBNS_SUBID_H

#include "idmap.h"

/* Subordinate ids as this machine knows them. Not async-signal-safe. */

/* Whether something other than /etc/subuid and /etc/subgid holds them. */
bool subid_is_elsewhere(void);

/* The login name, or the number of a user without an account. Whether there is one. */
bool subid_user_name(uid_t uid, char *buf, size_t size);

/**
 * subid_find() - a user's first range of subordinate ids
 * @kind: users or groups
 * @owner: user
 * @ret: receives the range
 * @err: receives the sentence on failure, or NULL
 *
 * May run getsubids(1).
 *
 * Return: 0, -ENOENT if there is none, or as helper_run().
 */
int subid_find(enum libns_idmap_kind kind, uid_t owner, struct idmap_subid *ret,
	       struct libns_error *err);

#endif
