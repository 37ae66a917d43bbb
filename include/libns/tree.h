/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_TREE_H
#define LIBNS_TREE_H

#include <stddef.h>
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

#define LIBNS_TREE_READ_ONLY   (UINT64_C(1) << 0) /* nothing can be written through it */
#define LIBNS_TREE_NOSUID      (UINT64_C(1) << 1) /* set-user-ID bits and file capabilities do nothing */
#define LIBNS_TREE_NODEV       (UINT64_C(1) << 2) /* no device can be opened */
#define LIBNS_TREE_PRIVATE     (UINT64_C(1) << 3) /* what is mounted on it is seen nowhere else */
#define LIBNS_TREE_NOEXEC      (UINT64_C(1) << 4) /* no program can be executed */
#define LIBNS_TREE_NOSYMFOLLOW (UINT64_C(1) << 5) /* no symbolic link is followed; Linux 5.14 */

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
 * @entry: one with a mount namespace, or a root directory; that counts if it has one
 * @flags: LIBNS_TREE_*
 * @err: receives the sentence on failure, or NULL
 *
 * By a child that joins the mount namespace, and before it the user namespace which owns that:
 * the one of the entry need not be. It is killed if that takes half a minute. Not
 * async-signal-safe.
 *
 * Ownership: close(2) the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing.
 * Return: descriptor; -ENODATA without either; -EPERM, -ESRCH, -ENOSYS, ...;
 *         -EAGAIN, -EMFILE, -ENOMEM for the child; -ETIMEDOUT.
 * Since: 0.1
 */
int libns_tree_open_root(const struct libns_entry *entry, uint64_t flags, struct libns_error *err);

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

/* One file of a file system that is made by libns_tree_new_files(). */
struct libns_tree_file {
	const char *name; /* in its root directory, without a slash */
	int fd;           /* >= 3: of which regular file it is a copy; -1: of none */
	const char *link; /* then: what it leads to as a symbolic link; NULL: it is a directory */
};

struct libns_tree_files {
	size_t size;    /* sizeof(struct libns_tree_files) */
	uint64_t flags; /* LIBNS_TREE_* */
	const struct libns_tree_file *files;
	size_t n_files;
	uint32_t uid;             /* where a user namespace is entered: */
	uint32_t gid;             /*   whom the files belong to, as numbers inside */
	unsigned int patience_ms; /* how long that may take; 0: half a minute */
};

#define LIBNS_TREE_FILES_INIT                                                                      \
	{                                                                                          \
		sizeof(struct libns_tree_files), 0, NULL, 0, 0, 0, 0                               \
	}

/**
 * libns_tree_new_files() - a new file system in memory that holds some files
 * @entry: what is to be entered, or NULL
 * @files: what is in it; begin with LIBNS_TREE_FILES_INIT
 * @err: receives the sentence on failure, or NULL
 *
 * All of its files are readable and executable by everybody. Where the entry joins a user
 * namespace a child makes them in there, for their owner must have a number in it. Of two files
 * of the same name the first one counts. Not async-signal-safe.
 *
 * Ownership: close(2) the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing.
 * Return: descriptor; -EPERM, -ENOSYS, -ENOMEM, -ENOSPC, ...; -EINVAL for a name that is none,
 *         -E2BIG for a list newer than the library; -EAGAIN, -EMFILE for the child; -ETIMEDOUT.
 * Since: 0.1
 */
int libns_tree_new_files(const struct libns_entry *entry, const struct libns_tree_files *files,
			 struct libns_error *err);

/**
 * libns_tree_new_busybox() - a new file system in memory with the programs of a static busybox
 * @entry: what is to be entered, or NULL
 * @files: whom they belong to, flags and patience; its list of files does not count
 * @err: receives the sentence on failure, or NULL
 *
 * That of the host, from the usual places, under all the names that it answers to: programs
 * for a container that has none. Runs "busybox --list". Not async-signal-safe.
 *
 * Ownership: close(2) the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing.
 * Return: descriptor; -ENOENT if the host has none; -EIO if it does not list its names; as
 *         libns_tree_new_files().
 * Since: 0.1
 */
int libns_tree_new_busybox(const struct libns_entry *entry, const struct libns_tree_files *files,
			   struct libns_error *err);

/**
 * libns_tree_choose_place() - which directory inside a tree of mounts may cover
 * @entry: what is to be entered: the paths are those of its mounts and its root directory
 * @places: absolute paths, the least missed first
 * @n: how many
 * @patience_ms: how long their file systems may take to answer; 0: half a minute
 * @err: receives the sentence on failure, or NULL
 *
 * Chooses the first one that is an empty directory, else the first one that is a directory, but
 * none that something is mounted on: that may be what the caller looks for. No symbolic link is
 * followed in the last part of a path. A child looks, which joins the mount namespace. Whoever
 * lives there can make it another directory afterwards. Not async-signal-safe.
 *
 * Affects: nothing.
 * Return: index of the path; -ENOENT if none will do; -EPERM, ...; -EAGAIN, -EMFILE, -ENOMEM for
 *         the child; -ETIMEDOUT.
 * Since: 0.1
 */
int libns_tree_choose_place(const struct libns_entry *entry, const char *const *places, size_t n,
			    unsigned int patience_ms, struct libns_error *err);

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
