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
 * Trees that are not attached anywhere (libns/tree.h) carry the files across. All of them are
 * made before the first join; attaching them is a step of the plan.
 */

#include <errno.h>
#include <stdio.h>

#include "xnsenter/xnsenter.h"

/* Nothing of the container's comes of it. */
#define HARMLESS (LIBNS_TREE_READ_ONLY | LIBNS_TREE_NOSUID | LIBNS_TREE_NODEV | LIBNS_TREE_PRIVATE)

/* Directories of a container, the least missed first. */
static const char *const places[] = { "/mnt",  "/media",     "/srv", "/opt", "/home",
				      "/boot", "/usr/local", "/tmp", "/var", "/sys" };

static int said(const struct job *job, const struct libns_error *err)
{
	return cli_error(job->cli, "%s", libns_error_text(err));
}

/* Adds a tree to those that the plan attaches. Return: 0, or an exit code. */
static int show(struct job *job, int fd, const char *path, struct libns_error *err)
{
	if (fd < 0 || (!job->shown && libns_mount_plan_new(&job->shown, err) < 0))
		return said(job, err);
	return libns_mount_plan_add_tree(job->shown, fd, path, err) < 0 ? said(job, err) : 0;
}

/* Whom new files inside belong to. */
static struct libns_tree_files files_of_program(const struct job *job, uint64_t flags)
{
	struct libns_tree_files files = LIBNS_TREE_FILES_INIT;

	files.flags = flags;
	files.uid = job->set_uid ? job->uid : 0;
	files.gid = job->set_gid ? job->gid : 0;
	files.patience_ms = (unsigned int)job->opts->timeout_ms;
	return files;
}

/* A root without any directory that could be covered: a new root, with the container's tree on
 * one of its directories and a place for the tools on the other. */
static int make_place(struct job *job, struct libns_error *err)
{
	static const struct libns_tree_file list[] = { { "container", -1, NULL },
						       { "tools", -1, NULL } };
	struct libns_tree_files files = files_of_program(job, 0);
	int code;

	files.files = list;
	files.n_files = 2;
	code = show(job, libns_tree_new_files(job->entry, &files, err), "/", err);
	if (!code)
		code = show(job, libns_tree_open_root(job->entry, LIBNS_TREE_PRIVATE, err),
			    "/container", err);
	if (code)
		return code;
	job->tools_place = "/tools";
	fprintf(stderr,
		"%s: note: no directory inside to show the tools on: the container's "
		"tree is on /container\n",
		job->cli->name);
	return 0;
}

static int choose_place(struct job *job, struct libns_error *err)
{
	int r = libns_tree_choose_place(job->entry, places, sizeof(places) / sizeof(places[0]),
					(unsigned int)job->opts->timeout_ms, err);

	if (r >= 0)
		job->tools_place = places[r];
	if (r == -ENOENT)
		return make_place(job, err);
	return r < 0 ? said(job, err) : 0;
}

static int open_tools(struct job *job, struct libns_error *err)
{
	struct libns_tree_files files = files_of_program(job, HARMLESS);
	const char *dir = job->opts->tools_dir;
	int fd = dir ? libns_tree_open_as(job->entry, dir, HARMLESS, err)
		     : libns_tree_new_busybox(job->entry, &files, err);
	int code;

	if (fd == -ENOENT && !dir)
		return cli_error(job->cli, "%s; name a directory of static programs: --tools=DIR",
				 libns_error_text(err));
	if (fd < 0)
		return said(job, err);
	code = choose_place(job, err);
	return code ? code : show(job, fd, job->tools_place, err);
}

int tools_open(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (job->opts->tools)
		return open_tools(job, &err);
	if (!job->opts->host_root)
		return 0;
	return show(job, libns_tree_open_root(job->whole_entry, 0, &err), job->opts->host_root,
		    &err);
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
