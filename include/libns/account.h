/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_ACCOUNT_H
#define LIBNS_ACCOUNT_H

#include <stdint.h>

#include <libns/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Names of users and groups. getpwnam(3) loads whatever modules nsswitch.conf
 * names into the process; here the file is read, and getent(1) asked for what is
 * not in it. So this also works in a program without shared libraries.
 */

enum libns_account_kind {
	LIBNS_ACCOUNT_USER,
	LIBNS_ACCOUNT_GROUP
};

struct libns_account {
	uint32_t id;
	uint32_t group;         /* login group of a user; of a group its own id */
	char name[256];
	char shell[1024];       /* of a user; "" if none is given */
};

/**
 * libns_account_find() - look a user or a group up
 * @kind: enum libns_account_kind
 * @key: name, or number in decimal digits
 * @ret: receives the account
 * @err: receives the sentence on failure, or NULL
 *
 * May run getent(1), found in PATH. Not async-signal-safe.
 *
 * Affects: nothing.
 * Return: 0, -ENOENT if there is no such account, -EINVAL for no kind or key, or why the
 * file of the accounts cannot be read.
 * Since: 0.1
 */
int libns_account_find(enum libns_account_kind kind, const char *key, struct libns_account *ret,
		       struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
