/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_TARGET_PRIVATE_H
#define LIBNS_TARGET_PRIVATE_H

#include <libns/target.h>

/* Where words are looked up; in tests these are directories of a made-up host. */
struct target_places {
	int procfs_fd; /* or LIBNS_PROCFS */
	int root_fd;   /* of state files and control groups, or LIBNS_ROOT */
	int netns_fd;  /* of the names of network namespaces, or LIBNS_NETNS_RUN */
};

/* As libns_target_new(). */
int target_new_in(const struct target_places *places, const char *word,
		  struct libns_target **ret_target, struct libns_error *err);

/* ---- target/cgroup.c */

/**
 * target_pin_cgroup() - pin the first process of a control group or of those below it
 * @places: where to look
 * @path: a directory below /sys/fs/cgroup, or as /proc/PID/cgroup shows it
 * @ret_proc: receives the process; it was in that group after it had been pinned
 *
 * Return: 0, -ENOENT if there is no such group, -ESRCH if nobody is in it, or what opening
 *         and reading gave.
 */
int target_pin_cgroup(const struct target_places *places, const char *path,
		      struct libns_proc **ret_proc, struct libns_error *err);

/* ---- target/child.c */

/**
 * target_pin_only_child() - pin the only child of a process
 * @procfs_fd: procfs that @parent is from
 * @parent: pinned process
 * @ret_child: receives it; it was a child of @parent after it had been pinned
 *
 * Return: 1, 0 if it has none or several or nobody tells, or what reading procfs gave.
 */
int target_pin_only_child(int procfs_fd, const struct libns_proc *parent,
			  struct libns_proc **ret_child, struct libns_error *err);

/* Whether a process is the caller's parent, or the parent of that, and so on: 1, 0 or an error. */
int target_is_ancestor(int procfs_fd, const struct libns_proc *proc, struct libns_error *err);

#endif
