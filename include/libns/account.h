/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_ACCOUNT_H
#define LIBNS_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

#include <libns/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Names of users and groups. getpwnam(3) loads whatever modules nsswitch.conf
 * names into the process; here the file is read, and getent(1) asked for what is
 * not in it. So this also works in a program without shared libraries.
 *
 * The accounts of a container are in files that it has written itself: those
 * functions take a root directory, and treat what is in it as hostile.
 */

enum libns_account_kind { LIBNS_ACCOUNT_USER, LIBNS_ACCOUNT_GROUP };

struct libns_account {
	size_t size; /* sizeof(struct libns_account), set by the caller */
	uint32_t id;
	uint32_t group; /* login group of a user; of a group its own id */
	char name[256];
	char shell[1024]; /* of a user; "" if none is given */
	char home[4096];  /* of a user; "" if none is given */
};

#define LIBNS_ACCOUNT_INIT                                                                         \
	{                                                                                          \
		sizeof(struct libns_account), 0, 0, "", "", ""                                     \
	}

/**
 * libns_account_find() - look a user or a group up
 * @kind: enum libns_account_kind
 * @key: name, or number in decimal digits
 * @ret: receives the account, as far as its size goes; begin with LIBNS_ACCOUNT_INIT
 * @err: receives the sentence on failure, or NULL
 *
 * May run getent(1), found in PATH. Not async-signal-safe.
 *
 * Affects: nothing.
 * Return: 0, -ENOENT if there is no such account, -EINVAL for no kind, key or
 *         size, or why the file of the accounts cannot be read.
 * Since: 0.1
 */
int libns_account_find(enum libns_account_kind kind, const char *key, struct libns_account *ret,
		       struct libns_error *err);

/**
 * libns_account_find_in() - look a user or a group up in another root directory
 * @root_fd: the directory; O_PATH will do
 * @kind: enum libns_account_kind
 * @key: name, or number in decimal digits
 * @patience_ms: how long its file system may take to answer; 0: three seconds
 * @ret: receives the account, as far as its size goes; begin with LIBNS_ACCOUNT_INIT
 * @err: receives the sentence on failure, or NULL
 *
 * Reads etc/passwd or etc/group there, in a child that is killed when it gets stuck.
 * Links are followed within that root only (without openat2(2), Linux 5.6, not at
 * all), only a regular file is opened, and not more than 16 MiB are read. What the
 * file says is the word of whoever could write it: it may give any id to any name.
 *
 * Affects: nothing.
 * Return: 0, -ENOENT if there is no such account or no such file, -EINVAL for no kind,
 *         key or size, -ELOOP, -EMEDIUMTYPE for a pipe or a device, -EFBIG, -ETIMEDOUT.
 * Since: 0.1
 */
int libns_account_find_in(int root_fd, enum libns_account_kind kind, const char *key,
			  unsigned int patience_ms, struct libns_account *ret,
			  struct libns_error *err);

/* Instead of a root directory: the accounts of this machine. */
#define LIBNS_ACCOUNT_OWN (-1)

/**
 * libns_account_list_groups() - all groups of a user, as initgroups(3) sets them
 * @root_fd: where @user was found, or LIBNS_ACCOUNT_OWN after libns_account_find()
 * @user: the user, with the login group, which is one of the result
 * @patience_ms: as for libns_account_find_in()
 * @ret_groups: receives the ids, each once, in ascending order
 * @ret_n: receives how many they are, at most 65536
 * @err: receives the sentence on failure, or NULL
 *
 * With LIBNS_ACCOUNT_OWN may run getent(1), found in PATH. Not async-signal-safe.
 *
 * Ownership: free @ret_groups with free(3).
 * Affects: nothing.
 * Return: 0, -EINVAL, -E2BIG for more groups than a process can have, or as
 *         libns_account_find_in().
 * Since: 0.1
 */
int libns_account_list_groups(int root_fd, const struct libns_account *user,
			      unsigned int patience_ms, uint32_t **ret_groups, size_t *ret_n,
			      struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
