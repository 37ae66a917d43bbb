/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Joining and running.
 *
 * Without a pid namespace this process joins and becomes the program: it keeps
 * its number, so $! of a script means the program. With one, which only a child
 * can be in, a child is made there while this process stays outside, with its
 * rights and out of sight, and stands in for it: signals, stops, exit status.
 */

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "supervise.h"
#include "xnsenter.h"

/* What is left to do inside, in the order that the library keeps. */
static void fill_plan(const struct job *job, struct libns_plan *plan)
{
	if (job->root_fd >= 0) {
		plan->flags |= LIBNS_PLAN_ROOT_FD;
		plan->root_fd = job->root_fd;
	}
	if (job->opts->wdns) {
		plan->cwd = job->opts->wdns;
	} else if (job->cwd_fd >= 0) {
		plan->flags |= LIBNS_PLAN_CWD_FD;
		plan->cwd_fd = job->cwd_fd;
	}
	if (job->set_uid) {
		plan->flags |= LIBNS_PLAN_UID;
		plan->uid = job->uid;
	}
	if (job->set_gid) {
		plan->flags |= LIBNS_PLAN_GID;
		plan->gid = job->gid;
	}
	if (job->clear_groups)
		plan->flags |= LIBNS_PLAN_CLEAR_GROUPS;
	if (job->opts->keep_caps && (libns_entry_get_types(job->entry) & LIBNS_TYPE_USER))
		plan->flags |= LIBNS_PLAN_KEEP_CAPS;
}

static int in_place(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;

	fill_plan(job, &plan);
	if (libns_enter(job->entry, &err) < 0 || libns_unshare(&plan, &err) < 0)
		return cli_fail(job->cli, &err);
	return job_inside(job);
}

static int child_main(void *data)
{
	return job_inside(data);
}

static int in_child(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_child *child;
	struct supervisor s;
	int r;

	fill_plan(job, &plan);
	supervise_begin(&s, SUPERVISE_ALL);
	if (job->use_pty) {
		r = pty_open(&job->pty);
		if (r)
			return cli_error(job->cli, "cannot make a terminal (try --no-pty): %s",
					 strerror(r));
		s.pty = &job->pty;
	}
	plan.entry = job->entry;
	plan.flags |= LIBNS_PLAN_SIGMASK;
	plan.sigmask = s.old_mask;
	plan.death_signal = SIGKILL;
	plan.main = child_main;
	plan.main_data = job;
	r = libns_spawn(&plan, &child, &err);
	if (r == -ENOMEM && (libns_entry_get_types(job->entry) & LIBNS_TYPE_PID))
		return cli_error(job->cli,
				 "the pid namespace is dead: its first process has ended, so no "
				 "process can be made in it; name the other namespaces instead");
	if (r < 0)
		return cli_fail(job->cli, &err);
	cli_end_as(supervise(&s, child));
}

int job_run(struct job *job)
{
	uint64_t types = libns_entry_get_types(job->entry);

	if (!*job->opts->argv)
		cli_shell(&job->shell, getuid());
	/* Where setgroups(2) is denied for ever, this is the last chance. */
	if ((types & LIBNS_TYPE_USER) && !job->clear_groups && !job->opts->preserve)
		(void)!setgroups(0, NULL);
	/* Nobody inside gets to trace this process while it is on its way (CVE-2016-9962). */
	if (!job->opts->compat)
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return job->in_child ? in_child(job) : in_place(job);
}
