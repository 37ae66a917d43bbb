/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Going on as a sealed copy of this program, where it would be within reach of what is
 * entered (libns_seal_query()), unless a stub does all that is done inside.
 */

#include <fcntl.h>

#include "xnsenter/xnsenter.h"

static int query(const struct job *job, struct libns_error *err)
{
	if (job->opts->compat)
		return 0;
	return libns_seal_query(job->entry, job_crosses_mnt(job) ? LIBNS_SEAL_OTHER_ROOT : 0, err);
}

bool job_needs_seal(const struct job *job)
{
	return query(job, NULL) != 0;
}

/*
 * A stub is not tried for what it cannot do. Nor is it tried where notes are printed on the way: if it
 * failed, the sealed copy would print them once more. The copy is there because it has failed, or
 * because it was not tried.
 */
bool job_may_use_stub(const struct job *job)
{
	const struct options *o = job->opts;

	return HAVE_STUB && !job->is_copy && job->in_child &&
	       (libns_entry_get_types(job->entry) & LIBNS_TYPE_PID) && !o->compat &&
	       !o->keep_caps && !o->env && !o->tools && !o->host_root && !o->like &&
	       !o->best_effort && !o->context && !o->join_cgroup && o->uid_from != IDS_NAME &&
	       o->gid_from != IDS_NAME && !*job->note;
}

int job_seal(struct job *job)
{
	struct libns_environment *environment = NULL;
	struct libns_error err = LIBNS_ERROR_INIT;
	int fd, pinned, needed = query(job, &err);

	if (needed < 0)
		return cli_fail(job->cli, &err);
	if (!needed)
		return 0;
	/* The copy finds all but the target again. The caller may be allowed few descriptors, so those
	 * that are open now are closed. */
	pinned = job->pinned < 0 ? -1 : fcntl(job->pinned, F_DUPFD_CLOEXEC, 3);
	job->whole_entry = libns_entry_free(job->whole_entry);
	job->entry = libns_entry_free(job->entry);
	job->proc = NULL;
	job->target = libns_target_free(job->target);
	fd = libns_seal_open("xnsenter", &err);
	if (fd >= 0 && libns_seal_hand_over(pinned, &environment, &err) == 0) {
		/* The limits meant for the program come along with it. */
		libns_rlimits_restore(job->lifted->had, job->lifted->n);
		libns_seal_exec(fd, job->all_argv, libns_environment_get_items(environment), &err);
	}
	libns_environment_free(environment);
	return cli_error(job->cli, "%s (--compat goes on without, within reach of who is inside)",
			 libns_error_text(&err));
}
