/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * --like-target, --caps, --follow-context and --join-cgroup: which parts of what confines
 * the target are asked for, and what is said of those that cannot be had. Reading them and
 * taking them over is the library's, see libns_confine(3).
 */

#include <stdio.h>
#include <string.h>

#include "xnsenter/xnsenter.h"

/* How long a target may take to stand still while its filters are read. */
#define PATIENCE_MS 2000

const char *like_next(unsigned int chosen, unsigned int *part)
{
	while ((*part = libns_confine_next_part(*part)))
		if (chosen & *part)
			return libns_confine_part_name(*part);
	return NULL;
}

int like_hint_parts(void)
{
	char parts[160] = "";
	unsigned int part = 0;
	const char *word;

	while ((word = like_next(~0u, &part)))
		snprintf(parts + strlen(parts), sizeof(parts) - strlen(parts), "%s%s",
			 *parts ? ", " : "", word);
	cli_hint("the parts are %s; -word leaves one out", parts);
	return CLI_FAILURE;
}

unsigned int like_taken(const struct job *job)
{
	return job->opts->like & (LIBNS_CONFINE_IDS | libns_confine_get_parts(job->confine));
}

int like_fail(const struct job *job, const struct libns_error *err)
{
	unsigned int part = libns_confine_get_failed(job->confine);
	const char *text = libns_error_text(err);

	if (!part)
		return cli_fail(job->cli, err);
	if (part == LIBNS_CONFINE_GROUPS && job->groups_of_user)
		return cli_error(job->cli, "--setuid: %s (with --setgid they are left out)", text);
	if (part == LIBNS_CONFINE_SELINUX)
		return cli_error(job->cli, "%s (enter without --follow-context)", text);
	if (part == LIBNS_CONFINE_MOUNTED_CGROUPS)
		return cli_error(job->cli, "%s (enter without --join-cgroup)", text);
	return cli_error(job->cli, "%s (--like-target=-%s leaves that out)", text,
			 libns_confine_part_name(part));
}

void like_note_lost(struct job *job)
{
	struct libns_error why;

	for (unsigned int part = 1; part <= LIBNS_CONFINE_MOUNTED_CGROUPS; part <<= 1) {
		if ((job->noted & part) || !libns_confine_was_lost(job->confine, part, &why))
			continue;
		cli_note(job->cli, "left out the target's %s: %s", libns_confine_part_name(part),
			 libns_error_text(&why));
		job->noted |= part;
	}
}

/* Says that the program is freer than the target, where no filter was asked for. */
static void note_filter(const struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	unsigned int mode;

	if (libns_seccomp_read_mode(job->proc, &mode, &err) < 0)
		cli_note(job->cli,
			 "cannot tell whether the target is under a system call filter: %s; the "
			 "program is not",
			 libns_error_text(&err));
	else if (mode)
		cli_note(job->cli, "the target is under a system call filter, the program is not");
}

static void note_supervisor(const struct job *job)
{
	const struct libns_seccomp *filters = libns_confine_get_filters(job->confine);

	if (filters && libns_seccomp_needs_supervisor(filters))
		cli_note(job->cli,
			 "a filter of the target leaves some system calls to a supervisor, "
			 "which the program has not: they fail with ENOSYS");
}

static enum libns_confine_user what_user(const struct job *job)
{
	if (!(libns_entry_get_types(job->entry) & LIBNS_TYPE_USER))
		return LIBNS_USER_KEPT;
	return job->clear_groups ? LIBNS_USER_JOINED : LIBNS_USER_NO_SETGROUPS;
}

int like_begin(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (libns_confine_new(job->proc, what_user(job), &job->confine, &err) < 0)
		return cli_fail(job->cli, &err);
	libns_confine_limit_caps(job->confine, job->opts->caps);
	if (job->guard_terminal)
		libns_confine_guard_terminal(job->confine);
	return 0;
}

int like_read(struct job *job)
{
	const struct options *o = job->opts;
	unsigned int wanted = o->like & ~LIBNS_CONFINE_IDS, optional = 0;
	struct libns_error err = LIBNS_ERROR_INIT;

	if (o->context)
		wanted |= LIBNS_CONFINE_SELINUX;
	if (o->join_cgroup)
		wanted |= LIBNS_CONFINE_MOUNTED_CGROUPS;
	if (o->best_effort)
		optional = LIBNS_CONFINE_ALL | LIBNS_CONFINE_SELINUX;
	/* What was asked for by name is no part of the target. */
	if (job->groups_of_user)
		optional &= ~LIBNS_CONFINE_GROUPS;
	libns_confine_set_optional(job->confine, optional);
	if (wanted &&
	    libns_confine_read(job->confine, wanted,
			       o->timeout_ms ? (unsigned int)o->timeout_ms : PATIENCE_MS, &err) < 0)
		return like_fail(job, &err);
	like_note_lost(job);
	note_supervisor(job);
	if (o->like && !(o->like & LIBNS_CONFINE_FILTERS))
		note_filter(job);
	return 0;
}
