/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CGROUP_H
#define LIBNS_CGROUP_H

#include <libns/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A control group of one's own (version 2), in which a program is limited. A plan (libns_run(3))
 * whose @cgroup_fd is libns_cgroup_get_fd() makes its child in there:
 *
 *   libns_cgroup_new(NULL, "build", &group, &err);
 *   libns_cgroup_set(group, "memory.max", "1G", &err);
 *   plan.flags |= LIBNS_PLAN_CGROUP;
 *   plan.cgroup_fd = libns_cgroup_get_fd(group);
 *   libns_spawn(&plan, &child, &err);
 *   libns_child_wait(child, 0, &status, &err);
 *   libns_cgroup_remove(group, 1000, &err);
 *
 * It is made below a group that the caller may write to. For an ordinary user that is one which
 * was delegated to him, as by "systemd-run --user --scope -p Delegate=yes". The controllers of
 * the new group are those which that group hands on in its cgroup.subtree_control. No group that
 * was there before is changed. With version 1 an ordinary user has no limits of this kind, and this
 * is not for version 1.
 *
 * Whoever is killed before it removes its group leaves it. Its next libns_cgroup_new() with the same
 * name below the same group removes it, once there is no process in it.
 */

struct libns_cgroup;

/**
 * libns_cgroup_new() - make a control group
 * @parent: directory of the group below which it is made, or NULL for the caller's own group, which
 *          is looked for below /sys/fs/cgroup and /sys/fs/cgroup/unified
 * @name: its name begins with this and a dot; no slash
 * @ret: receives the group
 * @err: receives the sentence on failure, or NULL
 *
 * It is locked (flock(2)) as long as @ret lives, and those of the same name that are neither locked
 * nor in use are removed. Needs /proc if @parent is NULL. Not async-signal-safe.
 *
 * Ownership: free with libns_cgroup_free(), which does not remove the group.
 * Affects: the file system of control groups.
 * Return: 0; -EINVAL for a bad name, or a directory that is no control group of version 2;
 *         -EOPNOTSUPP if there are none of version 2 here; -EACCES, -EROFS if @parent is not
 *         delegated to the caller; -ENOENT, -EAGAIN beyond cgroup.max.descendants or
 *         cgroup.max.depth, -ENOMEM, ...
 * Since: 0.1
 */
int libns_cgroup_new(const char *parent, const char *name, struct libns_cgroup **ret,
		     struct libns_error *err);

/**
 * libns_cgroup_set() - write to one of the files of the group
 * @group: handle
 * @key: name of the file, such as "memory.max"
 * @value: what is written
 * @err: receives the sentence on failure, or NULL
 *
 * Where there is no such file the sentence says which controllers there are, and where one has to
 * be enabled.
 *
 * Affects: the group.
 * Return: 0; -EINVAL if @key is no plain name, @value is empty or the kernel does not take it;
 *         -ENOENT if the group has no such file; -ERANGE, -EACCES, ...
 * Since: 0.1
 */
int libns_cgroup_set(struct libns_cgroup *group, const char *key, const char *value,
		     struct libns_error *err);

/**
 * libns_cgroup_get_fd() - the directory of the group
 * @group: handle
 *
 * Ownership: belongs to @group.
 * Affects: nothing.
 * Return: descriptor.
 * Since: 0.1
 */
int libns_cgroup_get_fd(const struct libns_cgroup *group);

/**
 * libns_cgroup_get_path() - the path of that directory
 * @group: handle
 *
 * Ownership: belongs to @group.
 * Affects: nothing.
 * Return: path.
 * Since: 0.1
 */
const char *libns_cgroup_get_path(const struct libns_cgroup *group);

/**
 * libns_cgroup_kill() - kill all processes in the group and below it
 * @group: handle
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: these processes.
 * Return: 0; -EOPNOTSUPP before Linux 5.14; -EACCES, ...
 * Since: 0.1
 */
int libns_cgroup_kill(struct libns_cgroup *group, struct libns_error *err);

/**
 * libns_cgroup_remove() - remove the group and those that were made below it
 * @group: handle
 * @patience_ms: how long to wait until the last process has ended
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: the file system of control groups.
 * Return: 0, also if it is gone already; -EBUSY if there are processes in it; -EACCES, ...
 * Since: 0.1
 */
int libns_cgroup_remove(struct libns_cgroup *group, int patience_ms, struct libns_error *err);

/**
 * libns_cgroup_free() - let go of the group
 * @group: handle, or NULL
 *
 * Affects: nothing outside the caller's descriptor table.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_cgroup *libns_cgroup_free(struct libns_cgroup *group);

/* For __attribute__((cleanup(libns_cgroup_freep))). */
static inline void libns_cgroup_freep(struct libns_cgroup **group)
{
	*group = libns_cgroup_free(*group);
}

#ifdef __cplusplus
}
#endif

#endif
