/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Accounts: passwd(5) and group(5), and getent(1) for what nsswitch.conf(5) finds
 * elsewhere. The C library would do all of it in-process, by loading modules: they
 * may be gone or of another version once a root or mount namespace was changed,
 * and a statically linked program cannot load them at all.
 */

#include <string.h>

#include <libns/account.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sized.h"
#include "base/sys.h"
#include "kernel/account-root.h"
#include "kernel/helper.h"
#include "text/account-text.h"

#define PATIENCE_MS 3000

static const struct {
	const char *noun, *file, *database;
} kinds[] = {
	[LIBNS_ACCOUNT_USER] = { "user", "/etc/passwd", "passwd" },
	[LIBNS_ACCOUNT_GROUP] = { "group", "/etc/group", "group" },
};

/* Return: 0 and the output of getent, -ENOENT if getent finds nothing, or a negative errno. */
static int ask_getent(const char *database, const char *key, struct helper_output *output)
{
	char path[PATH_MAX], own_name[] = "getent", first[16], second[256];
	char *argv[] = { own_name, first, second, NULL };
	int r = helper_find(own_name, path, sizeof(path));

	/* A machine may have none, and a directory of PATH may be closed to the caller. */
	if (r == -ENOENT || r == -EACCES)
		return -ENOENT;
	if (r < 0)
		return r;
	error_format(first, sizeof(first), "%s", database);
	error_format(second, sizeof(second), "%s", key);
	r = helper_run(path, argv, output, NULL);
	if (r < 0)
		return r;
	return output->status == 0 ? 0 : -ENOENT;
}

static int check_key(enum libns_account_kind kind, const char *key, const struct libns_account *ret,
		     struct libns_error *err)
{
	if ((size_t)kind < ARRAY_SIZE(kinds) && key)
		return base_check_sized(ret, sizeof(*ret), "the account", err);
	return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no account, or of no kind");
}

static bool find_in_text(enum libns_account_kind kind, const char *text, size_t size,
			 const char *key, struct libns_account *ret)
{
	struct libns_account found;

	if (!account_find_in_text(kind, text, size, key, &found))
		return false;
	base_fill_sized(ret, &found, sizeof(found));
	return true;
}

LIBNS_PUBLIC int libns_account_find(enum libns_account_kind kind, const char *key,
				    struct libns_account *ret, struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	struct helper_output output;
	size_t size;
	int r = check_key(kind, key, ret, err), asked = -ENOENT;

	if (r < 0)
		return r;
	if (account_is_key(key)) {
		r = sys_read_alloc_at(AT_FDCWD, kinds[kind].file, &text, &size);
		if (r == 0 && find_in_text(kind, text, size, key, ret))
			return 0;
		asked = ask_getent(kinds[kind].database, key, &output);
		if (asked == 0 && find_in_text(kind, output.text, strlen(output.text), key, ret))
			return 0;
	}
	/* A file that nobody could read may hold the account. */
	if (r < 0 && r != -ENOENT)
		return error_set(err, LIBNS_STEP_ARGUMENT, -r, "cannot look for %s '%s' in %s",
				 kinds[kind].noun, key, kinds[kind].file);
	/* And so may what could not be asked. */
	if (asked < 0 && asked != -ENOENT)
		return error_set(err, LIBNS_STEP_ARGUMENT, -asked, "cannot ask getent for %s '%s'",
				 kinds[kind].noun, key);
	return error_say(err, LIBNS_STEP_ARGUMENT, ENOENT, "there is no %s '%s'", kinds[kind].noun,
			 key);
}

LIBNS_PUBLIC int libns_account_find_in(int root_fd, enum libns_account_kind kind, const char *key,
				       unsigned int patience_ms, struct libns_account *ret,
				       struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r;

	if (root_fd == LIBNS_ACCOUNT_OWN)
		return libns_account_find(kind, key, ret, err);
	r = check_key(kind, key, ret, err);
	if (r == 0 && account_is_key(key))
		r = account_read_in(root_fd, kinds[kind].file,
				    patience_ms ? patience_ms : PATIENCE_MS, &text, &size, err);
	if (r < 0 || (text && find_in_text(kind, text, size, key, ret)))
		return r;
	return error_say(err, LIBNS_STEP_ARGUMENT, ENOENT, "there is no %s '%s' in '%s'",
			 kinds[kind].noun, key, kinds[kind].file);
}

/* Of this machine: from the file, and from what nsswitch.conf(5) names beside it. */
static int add_own_groups(const char *user, struct account_groups *groups, struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	struct helper_output output;
	size_t size = 0;
	int r = sys_read_alloc_at(AT_FDCWD, kinds[LIBNS_ACCOUNT_GROUP].file, &text, &size);

	if (r == 0)
		r = account_add_groups(text, size, user, groups);
	if (r < 0 && r != -ENOENT)
		return error_set(err, LIBNS_STEP_OPEN, -r, "cannot read '%s'",
				 kinds[LIBNS_ACCOUNT_GROUP].file);
	r = ask_getent("initgroups", user, &output);
	if (r == -ENOENT)
		return 0;
	/* If only some were returned, the caller would take them for all. */
	if (r == 0 && strlen(output.text) == sizeof(output.text) - 1)
		r = -E2BIG;
	if (r == 0)
		r = account_add_initgroups(output.text, user, groups);
	return r < 0 ? error_set(err, LIBNS_STEP_HELPER, -r,
				 "cannot learn the groups of user '%s' from getent", user)
		     : 0;
}

static int add_groups_in(int root_fd, const char *user, unsigned int patience_ms,
			 struct account_groups *groups, struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	const char *path = kinds[LIBNS_ACCOUNT_GROUP].file;
	size_t size = 0;
	int r = account_read_in(root_fd, path, patience_ms ? patience_ms : PATIENCE_MS, &text,
				&size, err);

	/* Where there is no such file, nobody is in a further group. */
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	r = account_add_groups(text, size, user, groups);
	return r < 0 ? error_set(err, LIBNS_STEP_OPEN, -r, "cannot read '%s'", path) : 0;
}

LIBNS_PUBLIC int libns_account_list_groups(int root_fd, const struct libns_account *user,
					   unsigned int patience_ms, uint32_t **ret_groups,
					   size_t *ret_n, struct libns_error *err)
{
	struct account_groups groups = { NULL, 0 };
	int r = base_check_sized(user, sizeof(*user), "the account", err);

	if (r < 0)
		return r;
	if (!ret_groups || !ret_n || !account_is_key(user->name))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no user whose groups to list");
	r = root_fd == LIBNS_ACCOUNT_OWN
		    ? add_own_groups(user->name, &groups, err)
		    : add_groups_in(root_fd, user->name, patience_ms, &groups, err);
	if (r == 0 && user->group != UINT32_MAX && account_add_group(&groups, user->group) < 0)
		r = error_set(err, LIBNS_STEP_OPEN, ENOMEM, "cannot list the groups of user '%s'",
			      user->name);
	if (r == 0 && account_order_groups(&groups) < 0)
		r = error_say(err, LIBNS_STEP_OPEN, E2BIG,
			      "user '%s' is in more than %d groups, and no process can be",
			      user->name, ACCOUNT_MAX_GROUPS);
	if (r < 0) {
		free(groups.ids);
		return r;
	}
	*ret_groups = groups.ids;
	*ret_n = groups.n;
	return 0;
}
