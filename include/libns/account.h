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
 * Names of users and groups. getpwnam(3) loads whatever modules nsswitch.conf names into the
 * process. These functions read the file instead, and ask getent(1) for what is not in it, so they
 * also work in a program without shared libraries.
 *
 * The accounts of a container are in files that it has written itself: the functions that read them
 * take a root directory, and treat what is in it as hostile.
 */

enum libns_account_kind { LIBNS_ACCOUNT_USER, LIBNS_ACCOUNT_GROUP };

struct libns_account {
	size_t size; /* sizeof(struct libns_account), set by the caller */
	uint32_t id;
	uint32_t group; /* of a user, the login group; of a group, its own id */
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
 *         size, or why the file of the accounts cannot be read or getent(1) not be run.
 * Since: 0.1
 */
int libns_account_find(enum libns_account_kind kind, const char *key, struct libns_account *ret,
		       struct libns_error *err);

/* Stands for the accounts of this machine where a root directory is asked for. */
#define LIBNS_ACCOUNT_OWN (-1)

/**
 * libns_account_find_in() - look a user or a group up in another root directory
 * @root_fd: the directory; O_PATH will do. Or LIBNS_ACCOUNT_OWN, as libns_account_find()
 * @kind: enum libns_account_kind
 * @key: name, or number in decimal digits
 * @patience_ms: how long its file system may take to answer; 0: three seconds
 * @ret: receives the account, as far as its size goes; begin with LIBNS_ACCOUNT_INIT
 * @err: receives the sentence on failure, or NULL
 *
 * Reads etc/passwd or etc/group there, in a child that is killed when it gets stuck. Links are
 * followed within that root only, and not at all where openat2(2) (Linux 5.6) is missing. Only a
 * regular file is opened, and at most 16 MiB of it are read. Whoever can write the file decides
 * what it says: it may give any id to any name.
 *
 * Affects: nothing.
 * Return: 0, -ENOENT if there is no such account or no such file, -EINVAL for no kind,
 *         key or size, -ELOOP, -EMEDIUMTYPE for a pipe or a device, -EFBIG, -ETIMEDOUT.
 * Since: 0.1
 */
int libns_account_find_in(int root_fd, enum libns_account_kind kind, const char *key,
			  unsigned int patience_ms, struct libns_account *ret,
			  struct libns_error *err);

/**
 * libns_account_list_groups() - all groups of a user, as initgroups(3) would set them
 * @root_fd: where @user was found, or LIBNS_ACCOUNT_OWN after libns_account_find()
 * @user: the user; the login group in it is part of the result
 * @patience_ms: as for libns_account_find_in()
 * @ret_groups: receives the ids, each once, in ascending order
 * @ret_n: receives how many they are, at most 65536
 * @err: receives the sentence on failure, or NULL
 *
 * With LIBNS_ACCOUNT_OWN it may run getent(1), found in PATH. Not async-signal-safe.
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
