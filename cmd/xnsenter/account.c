/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Names of users and groups. They are looked up where the program will find its own
 * files: among the host's accounts where it is a program of the host's, else in the
 * root directory that it gets, as files of whoever lives there. Their numbers are what
 * is set inside the user namespace, as for a program in there.
 *
 * Looked up before the first join, and after it is known what is left out of it:
 * where the mount namespace is refused, the program is the host's.
 */

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libns/account.h>

#include "xnsenter/xnsenter.h"

bool job_has_groups(const struct job *job)
{
	return libns_confine_get_parts(job->confine) & LIBNS_CONFINE_GROUPS;
}

static bool has_names(const struct options *o)
{
	return o->uid_from == IDS_NAME || o->gid_from == IDS_NAME;
}

/* The root directory whose accounts count; LIBNS_ACCOUNT_OWN is the host's. */
static int open_place(struct job *job, int *ret_fd)
{
	const struct options *o = job->opts;
	uint64_t types = libns_entry_get_types(job->entry);
	struct libns_error err = LIBNS_ERROR_INIT;

	*ret_fd = LIBNS_ACCOUNT_OWN;
	snprintf(job->accounts, sizeof(job->accounts), "of this host");
	if (o->host_root ||
	    (!(types & LIBNS_TYPE_MNT) && !libns_entry_has_root(job->entry) && job->root_fd < 0))
		return 0;
	if (job->root_fd >= 0) {
		snprintf(job->accounts, sizeof(job->accounts), "in the root directory of --root");
		*ret_fd = dup(job->root_fd);
		return *ret_fd < 0 ? cli_error(job->cli, "cannot keep the root directory: %m") : 0;
	}
	/* The program gets a root that no process shows from out here. */
	if (!job->proc || (o->file_types & LIBNS_TYPE_MNT) || o->compat ||
	    libns_entry_has_lost_root(job->entry))
		return cli_error(job->cli,
				 "'%s' cannot be looked up: the root directory of the mount "
				 "namespace cannot be seen from here (give a number)",
				 o->uid_from == IDS_NAME ? o->user : o->group);
	snprintf(job->accounts, sizeof(job->accounts), "in the root directory of process %d",
		 (int)libns_proc_get_pid(job->proc));
	*ret_fd = libns_proc_open_root(job->proc, &err);
	return *ret_fd < 0 ? cli_fail(job->cli, &err) : 0;
}

static int find(struct job *job, int place, enum libns_account_kind kind, const char *name,
		struct libns_account *ret)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int r;

	if (place == LIBNS_ACCOUNT_OWN)
		r = libns_account_find(kind, name, ret, &err);
	else
		r = libns_account_find_in(place, kind, name, (unsigned int)job->opts->timeout_ms,
					  ret, &err);
	if (r < 0)
		return cli_error(job->cli, "--set%cid: %s, among accounts %s",
				 kind == LIBNS_ACCOUNT_USER ? 'u' : 'g', libns_error_text(&err),
				 job->accounts);
	return 0;
}

/* The user's own groups, unless a group was given. */
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
	/* To somebody who means to give rights up, a file of theirs must not hand all of them. */
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
	int place, code;

	if (!has_names(o))
		return 0;
	code = open_place(job, &place);
	if (!code && o->uid_from == IDS_NAME)
		code = choose_user(job, place);
	if (!code && o->gid_from == IDS_NAME && o->group) {
		code = find(job, place, LIBNS_ACCOUNT_GROUP, o->group, &group);
		job->gid = code ? 0 : group.id;
	}
	if (place != LIBNS_ACCOUNT_OWN && place >= 0)
		close(place);
	return code;
}
