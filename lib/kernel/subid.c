/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The subordinate ids of a user: subuid(5), subgid(5), or whatever source
 * nsswitch.conf(5) names, which only getsubids(1) can ask. libsubid would do it
 * in-process, but brings fourteen libraries, PAM among them, into every start.
 */

#include "kernel/subid.h"

#include <string.h>

#include <libns/account.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/helper.h"
#include "text/idmap.h"

int subid_user_name(uid_t uid, char *buf, size_t size, struct libns_error *err)
{
	struct libns_account account = LIBNS_ACCOUNT_INIT;
	int r;

	error_format(buf, size, "%u", uid);
	r = libns_account_find(LIBNS_ACCOUNT_USER, buf, &account, err);
	if (r < 0)
		return r;
	error_format(buf, size, "%s", account.name);
	return 0;
}

int subid_is_elsewhere(struct libns_error *err)
{
	static const char path[] = "/etc/nsswitch.conf";
	_cleanup_free_ char *text = NULL;
	int r = sys_read_alloc_at(AT_FDCWD, path, &text, NULL);

	if (r == -ENOENT)
		return 0;
	return r < 0 ? error_set(err, LIBNS_STEP_IDMAP, -r, "cannot read %s", path)
		     : idmap_nsswitch_has_subid(text);
}

static int ask_getsubids(enum libns_idmap_kind kind, const char *name, struct idmap_subid *ret,
			 struct libns_error *err)
{
	char path[PATH_MAX], own_name[] = "getsubids", groups[] = "-g", user[256];
	char *argv[] = { own_name, NULL, NULL, NULL };
	size_t n = 1;
	struct helper_output output;
	int r = helper_find(own_name, path, sizeof(path));

	if (r < 0)
		return error_say(err, LIBNS_STEP_HELPER, -r,
				 "nsswitch.conf names a source of subordinate ids, but getsubids "
				 "is not in PATH to ask it");
	error_format(user, sizeof(user), "%s", name);
	if (kind == LIBNS_IDMAP_GID)
		argv[n++] = groups;
	argv[n] = user;
	r = helper_run(path, argv, &output, err);
	if (r < 0)
		return r;
	if (output.status || idmap_find_getsubids(output.text, ret) < 0)
		return error_say(err, LIBNS_STEP_IDMAP, ENOENT,
				 "getsubids knows no subordinate %s ids of user '%s'%s%s",
				 kind == LIBNS_IDMAP_UID ? "user" : "group", name,
				 output.words[0] ? ": " : "", output.words);
	return 0;
}

int subid_find(enum libns_idmap_kind kind, uid_t owner, struct idmap_subid *ret,
	       struct libns_error *err)
{
	const char *path = kind == LIBNS_IDMAP_UID ? "/etc/subuid" : "/etc/subgid";
	_cleanup_free_ char *text = NULL;
	char name[256];
	int r;

	/* A user without an account can be in the file by number. */
	r = subid_user_name(owner, name, sizeof(name), err);
	if (r < 0 && r != -ENOENT)
		return r;
	r = subid_is_elsewhere(err);
	if (r < 0)
		return r;
	if (r)
		return ask_getsubids(kind, name, ret, err);

	r = sys_read_alloc_at(AT_FDCWD, path, &text, NULL);
	if (r < 0)
		return error_set(err, LIBNS_STEP_IDMAP, -r, "cannot read %s", path);
	r = idmap_find_subid(text, name, owner, ret);
	if (r < 0)
		return error_say(err, LIBNS_STEP_IDMAP, -r, "user %s has no range of ids in %s",
				 name, path);
	return 0;
}

LIBNS_PUBLIC int libns_idmap_add_subids(struct libns_idmap *map, enum libns_idmap_kind kind,
					uid_t owner, enum libns_subids how, struct libns_error *err)
{
	struct idmap_subid subid;
	int r;

	if (!map || (kind != LIBNS_IDMAP_UID && kind != LIBNS_IDMAP_GID))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no id map, or of no kind");
	r = subid_find(kind, owner, &subid, err);
	if (r < 0)
		return r;
	if (how == LIBNS_SUBIDS_FROM_ZERO)
		return idmap_add_from_zero(map, subid.first, subid.count, err);
	return libns_idmap_add(
		map, &(struct libns_idrange){ subid.first, subid.first, subid.count }, err);
}
