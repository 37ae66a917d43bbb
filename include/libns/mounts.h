/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_MOUNTS_H
#define LIBNS_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libns/error.h>
#include <libns/proc.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The mount table of a process, and changes of the caller's own. Both come from libmount, which is
 * loaded when the first of these functions is called. Call it before you join or clone anything:
 * nothing is loaded afterwards.
 */

/* One mount. Handed out by the library only: members may be added at the end. */
struct libns_mount {
	uint64_t id;
	uint64_t parent;        /* id of the mount that it lies on */
	const char *target;     /* where it lies, below the root directory of the process */
	const char *root;       /* directory of the file system that it shows: "/" */
	const char *fstype;     /* "ext4", "fuse.sshfs" */
	const char *source;     /* "/dev/sda1"; for many file systems any word */
	const char *options;    /* of the mount: "rw,nosuid" */
	const char *fs_options; /* of the file system */
	uint64_t group;         /* peer group; 0: it is not shared */
	uint64_t master;        /* peer group that it receives from; 0: none */
	bool unbindable;
};

struct libns_mounts;

/**
 * libns_mounts_new() - read the mounts of a process
 * @proc: the process; NULL for the calling thread
 * @ret_mounts: receives the table, in the order of proc_pid_mountinfo(5)
 * @err: receives the sentence on failure, or NULL
 *
 * What lies outside of the root directory of the process is not listed.
 *
 * Ownership: free with libns_mounts_free().
 * Affects: process: libmount may be loaded.
 * Return: 0, -ELIBACC or -ELIBBAD where libmount cannot be loaded, -EOPNOTSUPP if the library was
 *         built without it, -ESRCH if the process has ended, -EACCES, -ENOENT without
 *         /proc, -ENOMEM.
 * Since: 0.1
 */
int libns_mounts_new(const struct libns_proc *proc, struct libns_mounts **ret_mounts,
		     struct libns_error *err);

/**
 * libns_mounts_free() - free a table
 * @mounts: table, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_mounts *libns_mounts_free(struct libns_mounts *mounts);

/* For __attribute__((cleanup(libns_mounts_freep))). */
static inline void libns_mounts_freep(struct libns_mounts **mounts)
{
	*mounts = libns_mounts_free(*mounts);
}

/**
 * libns_mounts_count() - number of mounts
 * @mounts: table
 *
 * Affects: nothing.
 * Return: the number.
 * Since: 0.1
 */
size_t libns_mounts_count(const struct libns_mounts *mounts);

/**
 * libns_mounts_at() - one mount
 * @mounts: table
 * @i: index from 0
 *
 * Ownership: the mount and its strings belong to @mounts.
 * Affects: nothing.
 * Return: the mount, or NULL beyond the last one.
 * Since: 0.1
 */
const struct libns_mount *libns_mounts_at(const struct libns_mounts *mounts, size_t i);

/**
 * libns_mounts_find() - whether a directory or file is a mount point
 * @mounts: table
 * @target: its path, without symbolic links
 *
 * Ownership: the mount and its strings belong to @mounts.
 * Affects: nothing.
 * Return: the mount that was made there last, or NULL if there is none.
 * Since: 0.1
 */
const struct libns_mount *libns_mounts_find(const struct libns_mounts *mounts, const char *target);

/**
 * libns_mounts_get_option() - an option by name
 * @mounts: table
 * @i: index of the mount
 * @name: name of the option
 * @ret_value: receives what follows its '=', not terminated, or NULL if it has no value; or NULL
 * @ret_size: receives the length of the value; or NULL
 *
 * Looks among the options of the file system and then among those of the mount.
 *
 * Affects: nothing.
 * Return: whether it is set.
 * Since: 0.1
 */
bool libns_mounts_get_option(const struct libns_mounts *mounts, size_t i, const char *name,
			     const char **ret_value, size_t *ret_size);

struct libns_mount_watch;

/**
 * libns_mount_watch_new() - watch the calling thread's mount namespace
 * @ret_watch: receives the watch
 * @err: receives the sentence on failure, or NULL
 *
 * Ownership: free with libns_mount_watch_free().
 * Affects: process: libmount may be loaded.
 * Return: 0, or as libns_mounts_new().
 * Since: 0.1
 */
int libns_mount_watch_new(struct libns_mount_watch **ret_watch, struct libns_error *err);

/**
 * libns_mount_watch_get_fd() - the descriptor to poll for changes
 * @watch: watch
 *
 * Affects: nothing.
 * Return: descriptor, which can be read (POLLIN) when something was mounted, unmounted or
 *         changed; it belongs to @watch, and is close-on-exec.
 * Since: 0.1
 */
int libns_mount_watch_get_fd(const struct libns_mount_watch *watch);

/**
 * libns_mount_watch_clear() - make the descriptor wait for the next change
 * @watch: watch
 * @err: receives the sentence on failure, or NULL
 *
 * Call it before looking at the mounts again, so that none is missed.
 *
 * Affects: nothing.
 * Return: 0, or a negative errno.
 * Since: 0.1
 */
int libns_mount_watch_clear(struct libns_mount_watch *watch, struct libns_error *err);

/**
 * libns_mount_watch_free() - stop watching
 * @watch: watch, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_mount_watch *libns_mount_watch_free(struct libns_mount_watch *watch);

/* For __attribute__((cleanup(libns_mount_watch_freep))). */
static inline void libns_mount_watch_freep(struct libns_mount_watch **watch)
{
	*watch = libns_mount_watch_free(*watch);
}

#ifdef __cplusplus
}
#endif

#endif
