/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Parents and children of pinned processes.
 *
 * procfs tells of both by number: a process has the number of its parent in its status, and
 * the numbers of its children in a file of their own. Neither is a pin. So the other process
 * is pinned, the child is asked who its parent is, and the parent has to be alive after that
 * answer: only then was the number that the child gave the parent's own.
 */

#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/proc.h"
#include "target/target.h"
#include "text/procfile.h"

/*
 * 1 if @child is a child of @parent, 0 if it is not, has ended, or is hidden by procfs, whose
 * directory then can be pinned but not read; both pinned in one procfs.
 */
static int is_child_of(const struct libns_proc *child, const struct libns_proc *parent,
		       struct libns_error *err)
{
	struct libns_proc_ids ids = LIBNS_PROC_IDS_INIT;
	int r = libns_proc_read_ids(child, &ids, err);

	if (r == -ESRCH || r == -EACCES)
		return 0;
	if (r < 0)
		return r;
	return ids.ppid == libns_proc_get_pid(parent) && libns_proc_is_alive(parent);
}

/* The number that stands alone in the list of children; 0 if there are none or several. */
static int read_only_child(const struct libns_proc *parent, pid_t *ret_pid, struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	pid_t pid = libns_proc_get_pid(parent);
	struct procfile_word word;
	const char *rest;
	char path[48];
	int r;

	error_format(path, sizeof(path), "task/%d/children", pid);
	r = sys_read_alloc_at(libns_proc_get_dir_fd(parent), path, &text, NULL);
	*ret_pid = 0;
	/* A kernel can be built without that list. */
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return error_set(err, LIBNS_STEP_PROC, -r,
				 "cannot read which children process %d has", pid);
	rest = text;
	word = procfile_next_word(&rest);
	if (!word.s || procfile_next_word(&rest).s)
		return 0;
	return procfile_pid(word.s, word.n, ret_pid) < 0
		       ? error_say(err, LIBNS_STEP_PROC, EBADMSG,
				   "the list of children of process %d is malformed", pid)
		       : 0;
}

int target_pin_only_child(int procfs_fd, const struct libns_proc *parent,
			  struct libns_proc **ret_child, struct libns_error *err)
{
	_cleanup_(libns_proc_freep) struct libns_proc *child = NULL;
	struct libns_error why = LIBNS_ERROR_INIT;
	pid_t pid;
	int r = read_only_child(parent, &pid, err);

	if (r < 0 || !pid)
		return r;
	r = libns_proc_new(procfs_fd, pid, &child, &why);
	if (sys_is_failure(r) && err)
		*err = why;
	/* Otherwise the child has ended meanwhile, or is hidden. */
	if (r < 0)
		return sys_is_failure(r) ? r : 0;
	r = is_child_of(child, parent, err);
	if (r == 1)
		*ret_child = TAKE_PTR(child);
	return r;
}

int target_is_ancestor(int procfs_fd, const struct libns_proc *proc, struct libns_error *err)
{
	_cleanup_(libns_proc_freep) struct libns_proc *child = NULL;
	int r = proc_new_local(procfs_fd, getpid(), &child, NULL);

	/* That procfs does not show the caller at all. */
	if (r < 0)
		return 0;
	while (1) {
		_cleanup_(libns_proc_freep) struct libns_proc *parent = NULL;
		struct libns_proc_ids ids = LIBNS_PROC_IDS_INIT;

		r = libns_proc_read_ids(child, &ids, err);
		/* Where procfs hides an ancestor, those above it cannot be found either. */
		if (r == -EACCES)
			return 0;
		if (r < 0)
			return r;
		if (ids.ppid == libns_proc_get_pid(proc))
			return is_child_of(child, proc, err);
		if (ids.ppid <= 1 || libns_proc_new(procfs_fd, ids.ppid, &parent, NULL) < 0)
			return 0;
		r = is_child_of(child, parent, err);
		if (r < 0)
			return r;
		/* Otherwise its parent has ended, and it is asked again for the new one. */
		if (r) {
			libns_proc_free(child);
			child = TAKE_PTR(parent);
		}
	}
}
