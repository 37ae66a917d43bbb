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
 * Trees of mounts that are attached nowhere. A descriptor stands for each tree. It is made where
 * the right to make it is held, used with the *at() calls of the C library, carried into another
 * mount namespace, and attached to a directory there. A tree that is not attached is gone when its
 * last descriptor is closed.
 *
 * They need open_tree(2), fsopen(2), fsmount(2) and move_mount(2) of Linux 5.2, and for flags
 * mount_setattr(2) of Linux 5.12.
 */

#define LIBNS_TREE_READ_ONLY   (UINT64_C(1) << 0) /* nothing can be written through it */
#define LIBNS_TREE_NOSUID      (UINT64_C(1) << 1) /* set-user-ID bits and file capabilities do nothing */
#define LIBNS_TREE_NODEV       (UINT64_C(1) << 2) /* no device can be opened */
#define LIBNS_TREE_PRIVATE     (UINT64_C(1) << 3) /* what is mounted on it is seen nowhere else */
#define LIBNS_TREE_NOEXEC      (UINT64_C(1) << 4) /* no program can be executed */
#define LIBNS_TREE_NOSYMFOLLOW (UINT64_C(1) << 5) /* no symbolic link is followed; Linux 5.14 */

/**
 * libns_tree_open() - copy the mounts at and below a directory
 * @path: the directory
 * @flags: LIBNS_TREE_*, for all mounts of the copy
 * @err: receives the sentence on failure, or NULL
 *
 * Needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace. Mounts that a less
 * privileged mount namespace has inherited can only be copied all together. Async-signal-safe.
 *
 * Ownership: close(2) the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing.
 * Return: descriptor; -EPERM, -ENOENT, -ENOSYS, -EINVAL, also for unknown flags, ...
 * Since: 0.1
 */
int libns_tree_open(const char *path, uint64_t flags, struct libns_error *err);

/**
 * libns_tree_open_as() - copy mounts with the rights of a user namespace that is to be entered
 * @entry: what is to be entered
 * @path: the directory, as the caller sees it
 * @flags: LIBNS_TREE_*
 * @err: receives the sentence on failure, or NULL
 *
 * Use it where the caller itself does not have the right. A child joins the user namespace of the
 * entry, takes a copy of the caller's mounts along and hands the tree over. It is killed if that
 * takes half a minute. Not async-signal-safe.
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
 * @entry: one with a mount namespace or a root directory; if it has both, the root counts
 * @flags: LIBNS_TREE_*
 * @err: receives the sentence on failure, or NULL
 *
 * A child joins the user namespace that owns the mount namespace, which need not be the one of the
 * entry, then the mount namespace, and copies the mounts. It is killed if that takes half a minute.
 * Not async-signal-safe.
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
 * Its files belong to the file system ids (setfsuid(2)) of whoever makes them. These ids must have
 * a number in the user namespace that owns the caller's mount namespace; otherwise no file can be
 * made (EOVERFLOW). Async-signal-safe.
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
	int fd;           /* >= 3: the regular file that it is a copy of; -1: none */
	const char *link; /* if fd is -1: text of a symbolic link; NULL: it is a directory */
};

struct libns_tree_files {
	size_t size;    /* sizeof(struct libns_tree_files) */
	uint64_t flags; /* LIBNS_TREE_* */
	const struct libns_tree_file *files;
	size_t n_files;
	uint32_t uid;             /* where a user namespace is entered, */
	uint32_t gid;             /* the owner of the files, as numbers inside */
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
 * namespace, a child makes them there, because their owner must have a number in it. Of two files
 * of the same name the first one counts. Not async-signal-safe.
 *
 * Ownership: close(2) the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing.
 * Return: descriptor; -EPERM, -ENOSYS, -ENOMEM, -ENOSPC, ...; -EINVAL for an invalid name, -E2BIG
 *         for a list newer than the library; -EAGAIN, -EMFILE for the child; -ETIMEDOUT.
 * Since: 0.1
 */
int libns_tree_new_files(const struct libns_entry *entry, const struct libns_tree_files *files,
			 struct libns_error *err);

/**
 * libns_tree_new_busybox() - a new file system in memory with the programs of a static busybox
 * @entry: what is to be entered, or NULL
 * @files: owner, flags and patience; its list of files is ignored
 * @err: receives the sentence on failure, or NULL
 *
 * This gives programs to a container that has none. The busybox is that of the host, from the usual
 * places, and appears under all the names that it lists. Runs "busybox --list". Not
 * async-signal-safe.
 *
 * Ownership: close(2) the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing.
 * Return: descriptor; -ENOENT if the host has none; -EIO if it does not list its names; otherwise
 *         as libns_tree_new_files().
 * Since: 0.1
 */
int libns_tree_new_busybox(const struct libns_entry *entry, const struct libns_tree_files *files,
			   struct libns_error *err);

/**
 * libns_tree_choose_place() - choose a directory inside that a tree of mounts may cover
 * @entry: what is to be entered; paths are looked up in its mounts, from its root directory
 * @places: absolute paths, those that will be missed least first
 * @n: how many
 * @patience_ms: how long their file systems may take to answer; 0: half a minute
 * @err: receives the sentence on failure, or NULL
 *
 * Chooses the first one that is an empty directory, or else the first one that is a directory. A
 * directory on which something is mounted is never chosen, because the caller may be looking for
 * just that. No symbolic link is followed in the last part of a path. A child joins the mount
 * namespace and looks. Processes inside can replace the directory by another one afterwards. Not
 * async-signal-safe.
 *
 * Affects: nothing.
 * Return: index of the path; -ENOENT if none will do; -EPERM, ...; -EAGAIN, -EMFILE, -ENOMEM for
 *         the child; -ETIMEDOUT.
 * Since: 0.1
 */
int libns_tree_choose_place(const struct libns_entry *entry, const char *const *places, size_t n,
			    unsigned int patience_ms, struct libns_error *err);

struct libns_mount_plan;

/**
 * libns_tree_show_tools() - have static programs shown inside, wherever there is room for them
 * @entry: what is to be entered
 * @files: owner and patience; its flags and its list of files are ignored
 * @dir: directory with the programs, as the caller sees it; NULL: those of a static busybox
 * @plan: receives the trees, in order (libns/mount-plan.h)
 * @ret_place: receives the directory inside in which they are, besides in its bin and sbin
 * @err: receives the sentence on failure, or NULL
 *
 * They cover a directory that is not missed much (libns_tree_choose_place()), and can neither be
 * written to nor give rights. If there is no such directory, the program gets a new root: the place
 * is "/tools" then, and the tree of what is entered is on /container. Not async-signal-safe.
 *
 * Ownership: @ret_place is a constant string; the trees belong to @plan.
 * Affects: @plan.
 * Return: 0; 1 if there is a new root; -ENOENT if @dir is not there, or NULL and the host has no
 *         static busybox (the step is then LIBNS_STEP_OPEN); otherwise as
 *         libns_tree_new_busybox(), libns_tree_open_as() and libns_tree_choose_place().
 * Since: 0.1
 */
int libns_tree_show_tools(const struct libns_entry *entry, const struct libns_tree_files *files,
			  const char *dir, struct libns_mount_plan *plan, const char **ret_place,
			  struct libns_error *err);

/**
 * libns_tree_restrict() - set flags of all mounts of a tree
 * @tree_fd: the tree
 * @flags: LIBNS_TREE_*; flags that are set already stay set
 * @err: receives the sentence on failure, or NULL
 *
 * Needs mount_setattr(2) of Linux 5.12. Async-signal-safe.
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
 * This is move_mount(2). A tree that is attached already is moved. Async-signal-safe.
 *
 * Affects: the mount namespace, and through propagation others; @tree_fd still stands for the root
 *          of the tree.
 * Return: 0; -EPERM, -ENOENT, -ENOTDIR, -EINVAL if @tree_fd is no tree, ...
 * Since: 0.1
 */
int libns_tree_attach(int tree_fd, const char *path, struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
