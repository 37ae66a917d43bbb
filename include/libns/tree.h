/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_TREE_H
#define LIBNS_TREE_H

#include <stdint.h>

#include <libns/enter.h>
#include <libns/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Trees of mounts that are attached nowhere. A descriptor stands for each: it is made
 * where the right to make it is, handled with the *at() calls of the C library,
 * carried into another mount namespace, and attached to a directory there. When its last
 * descriptor is closed, a tree that is not attached is gone.
 *
 * open_tree(2), fsopen(2), fsmount(2), move_mount(2): Linux 5.2; mount_setattr(2): 5.12.
 */

#define LIBNS_TREE_READ_ONLY (UINT64_C(1) << 0) /* nothing can be written through it */
#define LIBNS_TREE_NOSUID    (UINT64_C(1) << 1) /* set-user-ID bits and file capabilities do nothing */
#define LIBNS_TREE_NODEV     (UINT64_C(1) << 2) /* no device can be opened */
#define LIBNS_TREE_PRIVATE   (UINT64_C(1) << 3) /* what is mounted on it is seen nowhere else */

/**
 * libns_tree_open() - copy the mounts from a directory on
 * @path: the directory
 * @flags: LIBNS_TREE_*, for all mounts of the copy
 * @err: receives the sentence on failure, or NULL
 *
 * Needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace. Of the mounts
 * that a less privileged one has inherited, only all together can be copied. Async-signal-safe.
 *
 * Ownership: close(2) the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing.
 * Return: descriptor; -EPERM, -ENOENT, -ENOSYS, -EINVAL, also for unknown flags, ...
 * Since: 0.1
 */
int libns_tree_open(const char *path, uint64_t flags, struct libns_error *err);

/**
 * libns_tree_open_as() - the same with the rights of a user namespace that is to be entered
 * @entry: what is to be entered
 * @path: the directory, as the caller sees it
 * @flags: LIBNS_TREE_*
 * @err: receives the sentence on failure, or NULL
 *
 * Where the caller has not the right itself: a child joins the user namespace of the
 * entry, takes a copy of the caller's mounts along and hands the tree over. It is
 * killed if that takes half a minute. Not async-signal-safe.
 *
 * Ownership: close(2) the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing.
 * Return: as libns_tree_open(); -EAGAIN, -EMFILE, -ENOMEM for the child; -ETIMEDOUT.
 * Since: 0.1
 */
int libns_tree_open_as(const struct libns_entry *entry, const char *path, uint64_t flags,
		       struct libns_error *err);

/**
 * libns_tree_open_root() - copy the mounts of a mount namespace that could be entered
 * @entry: one with a mount namespace; its root directory counts if it has one
 * @err: receives the sentence on failure, or NULL
 *
 * By a child that joins the mount namespace, and before it the user namespace which owns that:
 * the one of the entry need not be. It is killed if that takes half a minute. Not
 * async-signal-safe.
 *
 * Ownership: close(2) the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing.
 * Return: descriptor; -ENODATA without a mount namespace; -EPERM, -ESRCH, -ENOSYS, ...;
 *         -EAGAIN, -EMFILE, -ENOMEM for the child; -ETIMEDOUT.
 * Since: 0.1
 */
int libns_tree_open_root(const struct libns_entry *entry, struct libns_error *err);

/**
 * libns_tree_new_tmpfs() - a new file system in memory
 * @err: receives the sentence on failure, or NULL
 *
 * Its files belong to the file system ids (setfsuid(2)) of whoever makes them; these must
 * have a number in the user namespace that owns the mount namespace of the caller, for else
 * nothing can be made in it (EOVERFLOW). Async-signal-safe.
 *
 * Ownership: close(2) the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing.
 * Return: descriptor; -EPERM, -ENOSYS, -ENOMEM, ...
 * Since: 0.1
 */
int libns_tree_new_tmpfs(struct libns_error *err);

/**
 * libns_tree_restrict() - set flags of all mounts of a tree
 * @tree_fd: the tree
 * @flags: LIBNS_TREE_*; what is set already stays
 * @err: receives the sentence on failure, or NULL
 *
 * mount_setattr(2), Linux 5.12. Async-signal-safe.
 *
 * Affects: the tree.
 * Return: 0; -ENOSYS, -EPERM, -EBUSY with a file that is open for writing, -EINVAL.
 * Since: 0.1
 */
int libns_tree_restrict(int tree_fd, uint64_t flags, struct libns_error *err);

/**
 * libns_tree_attach() - attach a tree to a directory
 * @tree_fd: the tree
 * @path: the directory, which it covers; follows symbolic links
 * @err: receives the sentence on failure, or NULL
 *
 * move_mount(2). One that is attached already is moved. Async-signal-safe.
 *
 * Affects: the mount namespace, and through propagation others; @tree_fd goes on to stand
 *          for the root of the tree.
 * Return: 0; -EPERM, -ENOENT, -ENOTDIR, -EINVAL for what is no tree, ...
 * Since: 0.1
 */
int libns_tree_attach(int tree_fd, const char *path, struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
