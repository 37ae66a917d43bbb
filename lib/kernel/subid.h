/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SUBID_H
#define LIBNS_SUBID_H

#include "text/idmap.h"

/* Subordinate ids as this machine knows them. Not async-signal-safe. */

/* Whether something other than /etc/subuid and /etc/subgid holds them; or -errno. */
int subid_is_elsewhere(struct libns_error *err);

/*
 * The login name, or the number where there is none. @size: as large as the name of a struct
 * libns_account. Return: 0, or as libns_account_find().
 */
int subid_user_name(uid_t uid, char *buf, size_t size, struct libns_error *err);

/**
 * subid_find() - a user's first range of subordinate ids
 * @kind: users or groups
 * @owner: user
 * @ret: receives the range
 * @err: receives the sentence on failure, or NULL
 *
 * May run getsubids(1).
 *
 * Return: 0, -ENOENT if there is none, as helper_run(), or why a file cannot be read.
 */
int subid_find(enum libns_idmap_kind kind, uid_t owner, struct idmap_subid *ret,
	       struct libns_error *err);

#endif
