/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_ENVIRONMENT_H
#define LIBNS_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

#include <libns/account.h>
#include <libns/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The environment of a program that is run in another place, see environ(7). It is made before
 * anything is joined, and handed to libns_spawn() or libns_exec() as it is.
 *
 * Some variables make a loader, a C library or a shell read files of the caller's choice.
 * Across a border between file systems they would name files of the other side, and there
 * they are as good as commands.
 *
 * This runs a program inside a container with the caller's environment, but without those
 * variables:
 *
 *   plan.entry = entry;
 *   plan.argv = argv;
 *   if (libns_environment_new(environ, LIBNS_ENVIRONMENT_SAFE, &environment, &err) == 0 &&
 *       libns_environment_set(environment, "container", "web", &err) == 0) {
 *           plan.envp = libns_environment_get_items(environment);
 *           libns_spawn(&plan, &child, &err);
 *   }
 *   libns_environment_free(environment);
 */

/* Which items are taken. Each kind is part of the one before. */
enum libns_environment_kind {
	LIBNS_ENVIRONMENT_ANY,
	/* All but those that loaders, C libraries, shells and interpreters take for names of
	 * files or for commands: LD_*, GLIBC_TUNABLES, BASH_ENV, IFS, PYTHONPATH, TERMINFO, ...
	 * No such list is complete. */
	LIBNS_ENVIRONMENT_SAFE,
	/* Only TERM, COLORTERM, LANG, LANGUAGE, LC_* and TZ. */
	LIBNS_ENVIRONMENT_LOCALE,
	/* Only those of the above whose value cannot be the name of a file. Use this for values
	 * that somebody else has chosen. */
	LIBNS_ENVIRONMENT_TAME
};

/**
 * libns_environment_allows() - whether an item is of a kind
 * @kind: enum libns_environment_kind
 * @item: "NAME=VALUE"
 *
 * Affects: nothing.
 * Return: true if it is.
 * Since: 0.1
 */
bool libns_environment_allows(enum libns_environment_kind kind, const char *item);

struct libns_environment;

/**
 * libns_environment_new() - a copy of an environment
 * @items: as environ(7), or NULL for an empty one
 * @kind: which of them are taken
 * @ret_environment: receives it
 * @err: receives the sentence on failure, or NULL
 *
 * Ownership: free with libns_environment_free().
 * Affects: nothing.
 * Return: 0, -ENOMEM.
 * Since: 0.1
 */
int libns_environment_new(char *const *items, enum libns_environment_kind kind,
			  struct libns_environment **ret_environment, struct libns_error *err);

/**
 * libns_environment_free() - free an environment
 * @environment: handle, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_environment *libns_environment_free(struct libns_environment *environment);

/* For __attribute__((cleanup(libns_environment_freep))). */
static inline void libns_environment_freep(struct libns_environment **environment)
{
	*environment = libns_environment_free(*environment);
}

/**
 * libns_environment_add() - add what another process has
 * @environment: handle
 * @bytes: items, each of them ended by NUL, from libns_proc_read_environ(); any bytes are accepted
 * @size: how many bytes
 * @kind: which items are taken
 * @err: receives the sentence on failure, or NULL
 *
 * They replace items of the same name. Of several items of one name the last one counts. An item
 * without a name is left out.
 *
 * Affects: @environment.
 * Return: 0, -ENOMEM.
 * Since: 0.1
 */
int libns_environment_add(struct libns_environment *environment, const char *bytes, size_t size,
			  enum libns_environment_kind kind, struct libns_error *err);

/**
 * libns_environment_set() - set one variable
 * @environment: handle
 * @name: its name
 * @value: its value
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: @environment; strings from libns_environment_get() are no longer valid.
 * Return: 0, -EINVAL for an empty name or one with "=", -ENOMEM.
 * Since: 0.1
 */
int libns_environment_set(struct libns_environment *environment, const char *name,
			  const char *value, struct libns_error *err);

/**
 * libns_environment_set_login() - set what a login would set
 * @environment: handle
 * @account: the user, from libns_account_find_in() for example; NULL: it is not known
 * @err: receives the sentence on failure, or NULL
 *
 * These are PATH, with the usual directories, and HOME; and for a user that is known USER, LOGNAME
 * and SHELL. Without a home directory HOME is "/", and without a shell SHELL is "/bin/sh".
 *
 * Affects: @environment.
 * Return: 0, -ENOMEM, -EINVAL for an account without its size.
 * Since: 0.1
 */
int libns_environment_set_login(struct libns_environment *environment,
				const struct libns_account *account, struct libns_error *err);

/**
 * libns_environment_get() - the value of a variable
 * @environment: handle
 * @name: its name
 *
 * Ownership: the string belongs to @environment.
 * Affects: nothing.
 * Return: value, or NULL if it is not set.
 * Since: 0.1
 */
const char *libns_environment_get(const struct libns_environment *environment, const char *name);

/**
 * libns_environment_get_items() - the environment as execve(2) takes it
 * @environment: handle
 *
 * Ownership: the array belongs to @environment, until that is changed.
 * Affects: nothing.
 * Return: items, ended by NULL.
 * Since: 0.1
 */
char *const *libns_environment_get_items(const struct libns_environment *environment);

#ifdef __cplusplus
}
#endif

#endif
