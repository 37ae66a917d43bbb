/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The environment of the program, made before the first join.
 *
 * Across a border between file systems the caller's variables that name files or commands are
 * left out. With --env the target says what its environment is. To a program of the
 * container's that is as harmful as the program itself may be. To a program of the host's it
 * would be a way to choose or steer what runs with the caller's rights: there only a few
 * names are taken, and of them only values that cannot be the name of a file.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libns/account.h>
#include <libns/environment.h>

#include "xnsenter/xnsenter.h"

/* What an id without a number in a user namespace reads as. */
#define NOBODY 65534

bool env_is_for_host(const struct job *job)
{
	const struct options *o = job->opts;

	return !o->compat && (!job_crosses_mnt(job) || o->tools || o->host_root);
}

/* Whether the target's environment takes the place of the caller's. */
static bool is_replaced(const struct job *job)
{
	return job->opts->env && !env_is_for_host(job);
}

static enum libns_environment_kind what_is_kept(const struct job *job)
{
	if (job->opts->clean_env)
		return LIBNS_ENVIRONMENT_LOCALE;
	if ((job_crosses_mnt(job) || is_replaced(job)) && !job->opts->compat)
		return LIBNS_ENVIRONMENT_SAFE;
	return LIBNS_ENVIRONMENT_ANY;
}

static int add_target(struct job *job)
{
	unsigned int patience = job->opts->timeout_ms ? (unsigned int)job->opts->timeout_ms : 3000;
	struct libns_error err = LIBNS_ERROR_INIT;
	char *bytes;
	size_t size;
	int r;

	if (!job->opts->env)
		return 0;
	if (env_is_for_host(job))
		cli_note(job->cli,
			 "the program is the host's: of the target's environment only TERM, "
			 "COLORTERM, LANG, LANGUAGE, LC_* and TZ are taken");
	r = libns_proc_read_environ(job->proc, patience, &bytes, &size, &err);
	if (r == -ETIMEDOUT)
		return cli_error(job->cli, "%s (enter without --env)", libns_error_text(&err));
	if (r < 0)
		return cli_fail(job->cli, &err);
	r = libns_environment_add(job->env, bytes, size,
				  env_is_for_host(job) ? LIBNS_ENVIRONMENT_TAME : what_is_kept(job),
				  &err);
	free(bytes);
	return r < 0 ? cli_fail(job->cli, &err) : 0;
}

/* The user id that the program will have, as it reads in there. */
static int own_uid(const struct job *job, uid_t *ret)
{
	struct libns_entry_ids ids = LIBNS_ENTRY_IDS_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;

	*ret = job->set_uid ? job->uid : geteuid();
	if (job->set_uid || !(libns_entry_get_types(job->entry) & LIBNS_TYPE_USER))
		return 0;
	if (libns_entry_query_ids(job->entry, &ids, &err) < 0)
		return cli_fail(job->cli, &err);
	*ret = ids.has_own_uid ? ids.own_uid : NOBODY;
	return 0;
}

/* --clean-env: what a login would set, from the accounts of where the program will be. */
static int set_user(struct job *job)
{
	struct libns_account account = LIBNS_ACCOUNT_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	uid_t uid;
	int code = own_uid(job, &uid), r;

	if (code)
		return code;
	r = account_find_own(job, uid, &account, &err);
	if (r < 0 && err.code != ENOENT)
		cli_note(job->cli, "HOME is /, and USER and SHELL are not set: %s",
			 libns_error_text(&err));
	r = libns_environment_set_login(job->env, r < 0 ? NULL : &account, &err);
	return r < 0 ? cli_fail(job->cli, &err) : 0;
}

/* Puts the tools first into PATH, whatever that was before. */
static int add_tools(struct job *job)
{
	const char *place = job->tools_place, *old = libns_environment_get(job->env, "PATH");
	struct libns_error err = LIBNS_ERROR_INIT;
	char *path;
	int r;

	if (!place)
		return 0;
	if (asprintf(&path, "%s:%s/bin:%s/sbin:%s", place, place, place,
		     old && *old ? old : "/usr/sbin:/usr/bin:/sbin:/bin") < 0)
		return cli_error(job->cli, "cannot make an environment: %m");
	r = libns_environment_set(job->env, "PATH", path, &err);
	free(path);
	return r < 0 ? cli_fail(job->cli, &err) : 0;
}

static void choose_shell(struct job *job)
{
	const char *shell = libns_environment_get(job->env, "SHELL");

	if (*job->opts->argv)
		return;
	if (shell && *shell)
		cli_shell_set(&job->shell, shell);
	else
		cli_shell(&job->shell, getuid());
}

int env_make(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int code;

	if (libns_environment_new(is_replaced(job) ? NULL : environ, what_is_kept(job), &job->env,
				  &err) < 0)
		return cli_fail(job->cli, &err);
	code = add_target(job);
	if (!code && job->opts->clean_env)
		code = set_user(job);
	if (!code)
		code = add_tools(job);
	if (!code)
		choose_shell(job);
	return code;
}

bool env_is_left_out(const struct job *job, const char *item)
{
	return is_replaced(job) || !libns_environment_allows(what_is_kept(job), item);
}
