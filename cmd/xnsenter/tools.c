/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Containers without a shell: --tools brings programs in, --host-root brings the
 * container's tree out. Either is seen by the program only: it gets a mount
 * namespace of its own, a copy whose mounts do not propagate back.
 *
 *   --tools      copy of the container's mounts, our tree on one of its
 *                directories
 *   --host-root  copy of the host's mounts, the container's tree on one of its
 *                directories; the container's other namespaces
 *
 * The trees (libns/tree.h) are made before the first join; attaching them is a step of the plan.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "xnsenter/xnsenter.h"

/* Whom new files inside belong to. */
static struct libns_tree_files files_of_program(const struct job *job)
{
	struct libns_tree_files files = LIBNS_TREE_FILES_INIT;

	files.uid = job->set_uid ? job->uid : 0;
	files.gid = job->set_gid ? job->gid : 0;
	files.patience_ms = (unsigned int)job->opts->timeout_ms;
	return files;
}

static int show_tools(struct job *job, struct libns_error *err)
{
	const struct libns_tree_files files = files_of_program(job);
	const char *dir = job->opts->tools_dir;
	int r = libns_tree_show_tools(job->entry, &files, dir, job->shown, &job->tools_place, err);

	if (r > 0)
		cli_note(job->cli,
			 "no directory inside to show the tools on: the container's tree is on "
			 "/container");
	if (r >= 0)
		return 0;
	if (dir && access(dir, F_OK) < 0)
		return cli_error(job->cli, "--tools: cannot open '%s': %s", dir, strerror(errno));
	cli_error(job->cli, "%s", libns_error_text(err));
	if (!dir && err->step == LIBNS_STEP_OPEN)
		cli_hint("name a directory of static programs: --tools=DIR");
	return CLI_FAILURE;
}

int tools_open(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int fd;

	if (!job->opts->tools && !job->opts->host_root)
		return 0;
	if (libns_mount_plan_new(&job->shown, &err) < 0)
		return cli_fail(job->cli, &err);
	if (job->opts->tools)
		return show_tools(job, &err);
	fd = libns_tree_open_root(job->whole_entry, 0, &err);
	if (fd < 0 || libns_mount_plan_add_tree(job->shown, fd, job->opts->host_root, &err) < 0)
		return cli_error(job->cli, "%s", libns_error_text(&err));
	return 0;
}

void tools_fill_plan(const struct job *job, struct libns_plan *plan)
{
	if (!job->shown)
		return;
	plan->flags |= LIBNS_PLAN_OWN_MOUNTS;
	plan->mounts = job->shown;
	if (job->opts->host_root && (libns_entry_get_types(job->entry) & LIBNS_TYPE_PID))
		plan->mount_proc = "/proc";
}
