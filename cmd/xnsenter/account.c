/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Names of users and groups. They are looked up where the program will find its files:
 * among the host's accounts if it is a program of the host, else in the root directory
 * that it gets, where they are the word of whoever lives there. Their numbers count in
 * the user namespace that is entered, as for a program in there.
 *
 * They are looked up before the first join, and after it is known what is left out: if
 * the mount namespace is refused, the program is one of the host.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libns/account.h>

#include "common/file.h"
#include "xnsenter/xnsenter.h"

bool job_has_groups(const struct job *job)
{
	return libns_confine_get_parts(job->confine) & LIBNS_CONFINE_GROUPS;
}

static bool has_names(const struct options *o)
{
	return o->uid_from == IDS_NAME || o->gid_from == IDS_NAME;
}

/* The root directory whose accounts count; LIBNS_ACCOUNT_OWN is the host's. Return: 0, or
 * negative. */
static int open_place(const struct job *job, int *ret_fd, struct libns_error *err)
{
	*ret_fd = LIBNS_ACCOUNT_OWN;
	if (!job_crosses_mnt(job))
		return 0;
	*ret_fd = job->root_fd >= 0 ? job->root_fd : libns_entry_open_root(job->entry, err);
	return *ret_fd < 0 ? -1 : 0;
}

static void close_place(const struct job *job, int place)
{
	if (place != LIBNS_ACCOUNT_OWN && place != job->root_fd)
		file_close(place);
}

static void name_place(struct job *job, int place)
{
	if (place == LIBNS_ACCOUNT_OWN)
		snprintf(job->accounts, sizeof(job->accounts), "of this host");
	else if (place == job->root_fd)
		snprintf(job->accounts, sizeof(job->accounts), "in the root directory of --root");
	else if (libns_entry_has_root(job->entry))
		snprintf(job->accounts, sizeof(job->accounts),
			 "in the root directory of process %d", (int)libns_proc_get_pid(job->proc));
	else
		snprintf(job->accounts, sizeof(job->accounts),
			 "in the root directory of the mount namespace");
}

static int look_up(const struct job *job, int place, enum libns_account_kind kind, const char *key,
		   struct libns_account *ret, struct libns_error *err)
{
	return libns_account_find_in(place, kind, key, (unsigned int)job->opts->timeout_ms, ret,
				     err);
}

static int find(struct job *job, int place, enum libns_account_kind kind, const char *name,
		struct libns_account *ret)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (look_up(job, place, kind, name, ret, &err) < 0)
		return cli_error(job->cli, "--set%cid: %s, among accounts %s",
				 kind == LIBNS_ACCOUNT_USER ? 'u' : 'g', libns_error_text(&err),
				 job->accounts);
	return 0;
}

/* Takes over the user's login group and other groups. */
static int list_groups(struct job *job, int place, const struct libns_account *user)
{
	bool joins_user = libns_entry_get_types(job->entry) & LIBNS_TYPE_USER;
	struct libns_error err = LIBNS_ERROR_INIT;
	gid_t *groups;
	size_t n;
	int r;

	if (user->group == UINT32_MAX)
		return cli_error(job->cli,
				 "--setuid: user '%s' has no group, among accounts %s "
				 "(give --setgid)",
				 user->name, job->accounts);
	job->gid = user->group;
	if (libns_account_list_groups(place, user, (unsigned int)job->opts->timeout_ms, &groups, &n,
				      &err) < 0)
		return cli_error(job->cli, "--setuid: %s, among accounts %s",
				 libns_error_text(&err), job->accounts);
	/* Where setgroups(2) is denied, somebody in his login group alone does not need it. */
	job->groups_of_user = !joins_user || job->clear_groups;
	r = job->groups_of_user ? libns_confine_set_groups(job->confine, groups, n, &err) : 0;
	free(groups);
	if (r < 0)
		return cli_fail(job->cli, &err);
	if (job->groups_of_user || n == 1)
		return 0;
	return cli_error(job->cli,
			 "--setuid: the %zu groups of '%s' cannot be set: setgroups is "
			 "denied in the user namespace (with --setgid they are left out)",
			 n, user->name);
}

static int choose_user(struct job *job, int place)
{
	const struct options *o = job->opts;
	struct libns_account user = LIBNS_ACCOUNT_INIT;
	int code = find(job, place, LIBNS_ACCOUNT_USER, o->user, &user);

	if (code)
		return code;
	/* A user who means to give rights up must not get all of them because a file inside says so. */
	if (place != LIBNS_ACCOUNT_OWN && user.id == 0 && strcmp(user.name, "root") != 0)
		return cli_error(job->cli,
				 "--setuid: '%s' has user id 0 among accounts %s (give the "
				 "number if that is meant)",
				 o->user, job->accounts);
	job->uid = user.id;
	return o->group || o->gid_from != IDS_NAME ? 0 : list_groups(job, place, &user);
}

int account_choose(struct job *job)
{
	const struct options *o = job->opts;
	struct libns_account group = LIBNS_ACCOUNT_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	int place, code = 0;

	if (!has_names(o))
		return 0;
	if (open_place(job, &place, &err) < 0)
		return cli_fail(job->cli, &err);
	name_place(job, place);
	if (o->uid_from == IDS_NAME)
		code = choose_user(job, place);
	if (!code && o->gid_from == IDS_NAME && o->group) {
		code = find(job, place, LIBNS_ACCOUNT_GROUP, o->group, &group);
		job->gid = code ? 0 : group.id;
	}
	close_place(job, place);
	return code;
}

int account_find_own(const struct job *job, uid_t uid, struct libns_account *ret,
		     struct libns_error *err)
{
	char number[16];
	int place, r = open_place(job, &place, err);

	if (r < 0)
		return r;
	snprintf(number, sizeof(number), "%u", uid);
	r = look_up(job, place, LIBNS_ACCOUNT_USER, number, ret, err);
	close_place(job, place);
	return r;
}
