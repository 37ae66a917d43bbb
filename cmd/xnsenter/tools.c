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
#include <stdlib.h>
#include <string.h>

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
static int show(struct job *job, int fd, const char *path, const struct libns_error *err)
{
	if (fd < 0)
		return said(job, err);
	job->trees[job->n_trees++] = (struct libns_plan_tree){ fd, path };
	return 0;
}

static int new_files(const struct job *job, const struct libns_tree_file *list, size_t n,
		     uint64_t flags, struct libns_error *err)
{
	struct libns_tree_files files = LIBNS_TREE_FILES_INIT;

	files.flags = flags;
	files.files = list;
	files.n_files = n;
	files.uid = job->set_uid ? job->uid : 0;
	files.gid = job->set_gid ? job->gid : 0;
	files.patience_ms = (unsigned int)job->opts->timeout_ms;
	return libns_tree_new_files(job->entry, &files, err);
}

/* A busybox under all its names. Return: a tree, or negative. */
static int open_busybox(const struct job *job, struct libns_error *err)
{
	char *rest = job->applets, *name;
	struct libns_tree_file *list;
	size_t n = 2;
	int fd;

	for (const char *c = rest; *c; c++)
		n += *c == '\n';
	list = calloc(n, sizeof(*list));
	if (!list)
		return -1;
	n = 0;
	list[n++] = (struct libns_tree_file){ "busybox", job->busybox_fd, NULL };
	while ((name = strsep(&rest, "\n")))
		if (*name && !strchr(name, '/'))
			list[n++] = (struct libns_tree_file){ name, -1, "busybox" };
	fd = new_files(job, list, n, HARMLESS, err);
	free(list);
	return fd;
}

/* A root without any directory that could be covered: a new root, with the container's tree on
 * one of its directories and a place for the tools on the other. */
static int make_place(struct job *job, struct libns_error *err)
{
	static const struct libns_tree_file list[] = { { "container", -1, NULL },
						       { "tools", -1, NULL } };
	int code = show(job, new_files(job, list, 2, 0, err), "/", err);

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

static int open_tools(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int code = job->opts->tools_dir ? 0 : busybox_find(job), fd;

	if (code)
		return code;
	/* The directory first: whether it is there is the caller's own affair. */
	fd = job->opts->tools_dir
		     ? libns_tree_open_as(job->entry, job->opts->tools_dir, HARMLESS, &err)
		     : open_busybox(job, &err);
	if (fd < 0)
		return said(job, &err);
	code = choose_place(job, &err);
	return code ? code : show(job, fd, job->tools_place, &err);
}

int tools_open(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (job->opts->tools)
		return open_tools(job);
	if (!job->opts->host_root)
		return 0;
	return show(job, libns_tree_open_root(job->whole_entry, 0, &err), job->opts->host_root,
		    &err);
}

void tools_fill_plan(const struct job *job, struct libns_plan *plan)
{
	if (!job->n_trees)
		return;
	plan->flags |= LIBNS_PLAN_OWN_MOUNTS;
	plan->trees = job->trees;
	plan->n_trees = job->n_trees;
	if (job->opts->host_root && (libns_entry_get_types(job->entry) & LIBNS_TYPE_PID))
		plan->mount_proc = "/proc";
}
