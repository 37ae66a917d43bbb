/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_MOUNT_PLAN_H
#define LIBNS_MOUNT_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include <libns/error.h>
#include <libns/tree.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What is to be mounted, in order. It is a part of a plan (@mounts of struct libns_plan,
 * libns/run.h), and is carried out in the new mount namespace.
 *
 * Sources are paths of the caller, opened when they are added. In the new mount namespace they
 * are opened again, all of them before anything is mounted, and have to be the same files.
 *
 * Targets are paths inside the new root, or inside the present one if there is no new root. No
 * symbolic link and no ".." leads out of it, and below /proc and /sys none is followed at all. A
 * target must exist, and be a directory if and only if the source is one. A missing target is
 * created only on a file system that the plan has mounted before: nothing is ever created on a file
 * system of the host.
 *
 * What is protected or hidden is covered at the end, and so wins over every operation.
 *
 * With a new root the plan ends with pivot_root(2), and the old root is unmounted. A plan that
 * begins by mounting on "/" has a new root. chroot(2) is never used instead. libns_spawn() executes
 * the program of such a plan from sealed memory (on x86-64), so that in the new root /proc/self/exe
 * never is the caller's file; after libns_unshare() that is for the caller to see to, by
 * libns_seal_exec() (libns/seal.h) beforehand.
 *
 * Mounts are put together by descriptor: open_tree(2), fsopen(2), mount_setattr(2) and
 * move_mount(2). Where the kernel or a filter refuses these, mount(2) does it through /proc.
 * Without mount_setattr(2) only a single mount can be restricted. A source that has other mounts
 * below it is then refused if flags are asked for; it is never mounted without them.
 *
 * A source keeps all flags that it has. The mounts are seen in the new mount namespace only.
 */

struct libns_mount_plan;

/**
 * libns_mount_plan_new() - an empty plan of mounts
 * @ret_plan: receives the handle
 * @err: receives the sentence on failure, or NULL
 *
 * Ownership: free with libns_mount_plan_free().
 * Affects: nothing.
 * Return: 0, -ENOMEM.
 * Since: 0.1
 */
int libns_mount_plan_new(struct libns_mount_plan **ret_plan, struct libns_error *err);

/**
 * libns_mount_plan_free() - free a plan of mounts
 * @plan: handle, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_mount_plan *libns_mount_plan_free(struct libns_mount_plan *plan);

/* For __attribute__((cleanup(libns_mount_plan_freep))). */
static inline void libns_mount_plan_freep(struct libns_mount_plan **plan)
{
	*plan = libns_mount_plan_free(*plan);
}

/**
 * libns_mount_plan_count() - how many mounts, directories, files and links are added
 * @plan: handle
 *
 * Affects: nothing.
 * Return: count, without the new root.
 * Since: 0.1
 */
size_t libns_mount_plan_count(const struct libns_mount_plan *plan);

/**
 * libns_mount_plan_set_root() - begin with a directory as the new root
 * @plan: handle
 * @path: the directory
 * @flags: LIBNS_TREE_*, for it and all that is mounted below it
 * @err: receives the sentence on failure, or NULL
 *
 * The new root comes first, whenever it is set. If it is set several times, the last one counts.
 *
 * Affects: nothing.
 * Return: 0; -EINVAL for an empty path or an unknown flag, -ENOTDIR, -ENOENT, -EACCES, -ENOMEM, ...
 * Since: 0.1
 */
int libns_mount_plan_set_root(struct libns_mount_plan *plan, const char *path, uint64_t flags,
			      struct libns_error *err);

/**
 * libns_mount_plan_add_bind() - show a file or directory, with all that is mounted below it
 * @plan: handle
 * @source: the file or directory
 * @target: where it is shown
 * @flags: LIBNS_TREE_*, for it and all that is mounted below it
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: nothing.
 * Return: 0; -EINVAL for an empty path or an unknown flag, -ENOENT, -EACCES, -ENOMEM, ...
 * Since: 0.1
 */
int libns_mount_plan_add_bind(struct libns_mount_plan *plan, const char *source, const char *target,
			      uint64_t flags, struct libns_error *err);

/**
 * libns_mount_plan_add_tree() - attach a tree of mounts
 * @plan: handle
 * @tree_fd: the tree (libns/tree.h); borrowed, until the plan is carried out
 * @target: the directory that it covers
 * @err: receives the sentence on failure, or NULL
 *
 * This needs move_mount(2); mount(2) cannot do it instead.
 *
 * Affects: nothing.
 * Return: 0; -EINVAL for an empty path or a descriptor below 3, -ENOMEM.
 * Since: 0.1
 */
int libns_mount_plan_add_tree(struct libns_mount_plan *plan, int tree_fd, const char *target,
			      struct libns_error *err);

/**
 * libns_mount_plan_add_tmpfs() - a new file system in memory
 * @plan: handle
 * @target: the directory that it covers, whose mode it takes
 * @flags: LIBNS_TREE_*; it becomes read-only only after everything else is done, and what is
 *         mounted in it does not
 * @options: of tmpfs(5), such as "size=10m,mode=700"; or NULL
 * @err: receives the sentence on failure, or NULL
 *
 * Options are read by libmount, which is loaded if there are any.
 *
 * Affects: nothing.
 * Return: 0; -EINVAL for an empty path or an unknown flag, -ENOMEM, -ELIBACC without libmount.
 * Since: 0.1
 */
int libns_mount_plan_add_tmpfs(struct libns_mount_plan *plan, const char *target, uint64_t flags,
			       const char *options, struct libns_error *err);

/**
 * libns_mount_plan_add_overlay() - show several directories as one, read-only
 * @plan: handle
 * @layers: the directories, the uppermost first; of files of the same name, that of the upper one
 *          is seen
 * @n: how many, at least two
 * @target: the directory that they cover
 * @err: receives the sentence on failure, or NULL
 *
 * What is mounted below the directories is not seen; if something is, an ordinary user is refused
 * (EINVAL). The result has all restrictions of the mounts that the directories are on. Needs /proc,
 * and Linux 5.11 for ordinary users.
 *
 * Affects: nothing.
 * Return: 0; -EINVAL for an empty path or fewer layers, -ENOENT, -ENOTDIR, -EACCES, -ENOMEM, ...
 * Since: 0.1
 */
int libns_mount_plan_add_overlay(struct libns_mount_plan *plan, const char *const *layers, size_t n,
				 const char *target, struct libns_error *err);

/**
 * libns_mount_plan_add_tmp_overlay() - let a directory be changed, and forget the changes
 * @plan: handle
 * @target: the directory; its files are seen, and what is written is kept in memory
 * @err: receives the sentence on failure, or NULL
 *
 * Otherwise it is like libns_mount_plan_add_overlay(). On "/" it is the new root. Targets that are
 * missing in it can be created, since it is not a file system of the host any more.
 *
 * Affects: nothing.
 * Return: 0; -EINVAL for an empty path, -ENOMEM.
 * Since: 0.1
 */
int libns_mount_plan_add_tmp_overlay(struct libns_mount_plan *plan, const char *target,
				     struct libns_error *err);

/**
 * libns_mount_plan_add_proc() - a new procfs
 * @plan: handle
 * @target: the directory that it covers
 * @err: receives the sentence on failure, or NULL
 *
 * It shows the pid namespace of the process that the plan is for. An ordinary user may mount it
 * only if that process has a new pid namespace, and otherwise gets EPERM.
 *
 * Affects: nothing.
 * Return: 0; -EINVAL for an empty path, -ENOMEM.
 * Since: 0.1
 */
int libns_mount_plan_add_proc(struct libns_mount_plan *plan, const char *target,
			      struct libns_error *err);

/**
 * libns_mount_plan_add_sysfs() - a new sysfs
 * @plan: handle
 * @target: the directory that it covers
 * @flags: LIBNS_TREE_*, in addition to those that it always has (all but LIBNS_TREE_READ_ONLY)
 * @err: receives the sentence on failure, or NULL
 *
 * It shows the network namespace of the process that the plan is for. An ordinary user may mount it
 * only if that process has a new network namespace, and otherwise gets EPERM.
 *
 * Affects: nothing.
 * Return: 0; -EINVAL for an empty path or an unknown flag, -ENOMEM.
 * Since: 0.1
 */
int libns_mount_plan_add_sysfs(struct libns_mount_plan *plan, const char *target, uint64_t flags,
			       struct libns_error *err);

/**
 * libns_mount_plan_add_mqueue() - message queues as files
 * @plan: handle
 * @target: the directory that it covers
 * @err: receives the sentence on failure, or NULL
 *
 * It shows the POSIX message queues of the IPC namespace of the process that the plan is for,
 * mq_overview(7). An ordinary user may mount it only if that process has a new IPC namespace, and
 * otherwise gets EPERM.
 *
 * Affects: nothing.
 * Return: 0; -EINVAL for an empty path, -ENOMEM.
 * Since: 0.1
 */
int libns_mount_plan_add_mqueue(struct libns_mount_plan *plan, const char *target,
				struct libns_error *err);

/**
 * libns_mount_plan_add_dev() - a minimal /dev
 * @plan: handle
 * @target: the directory that it covers
 * @err: receives the sentence on failure, or NULL
 *
 * This is a file system in memory. It has null, zero, full, random, urandom and tty of the host
 * (whose /dev/null is checked to be the null device), pts and ptmx for terminals of its own, shm,
 * and the links fd, stdin, stdout and stderr into /proc. Adds several operations.
 *
 * Affects: nothing.
 * Return: 0; -EINVAL for an empty path, -ENODEV if /dev/null is another device, -EACCES if
 * it is mounted with nodev, -ENOENT, -ENOMEM.
 * Since: 0.1
 */
int libns_mount_plan_add_dev(struct libns_mount_plan *plan, const char *target,
			     struct libns_error *err);

/**
 * libns_mount_plan_add_dir() - a directory
 * @plan: handle
 * @target: the directory; nothing is done if it exists
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: nothing.
 * Return: 0; -EINVAL for an empty path, -ENOMEM.
 * Since: 0.1
 */
int libns_mount_plan_add_dir(struct libns_mount_plan *plan, const char *target,
			     struct libns_error *err);

/**
 * libns_mount_plan_add_file() - a file
 * @plan: handle
 * @fd: the contents are read from here; borrowed until the plan is carried out
 * @target: the file, which must not exist
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: nothing; @fd is read to its end when the plan is carried out.
 * Return: 0; -EINVAL for an empty path, a negative descriptor, or one of a file added before;
 *         -ENOMEM.
 * Since: 0.1
 */
int libns_mount_plan_add_file(struct libns_mount_plan *plan, int fd, const char *target,
			      struct libns_error *err);

/**
 * libns_mount_plan_add_symlink() - a symbolic link
 * @plan: handle
 * @text: the path that it leads to, as resolved by whoever follows it later
 * @target: the link; nothing is done if it exists with that text
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: nothing.
 * Return: 0; -EINVAL for an empty text or path, -ENOMEM.
 * Since: 0.1
 */
int libns_mount_plan_add_symlink(struct libns_mount_plan *plan, const char *text,
				 const char *target, struct libns_error *err);

/**
 * libns_mount_plan_protect() - keep a file or directory of the host from being changed
 * @plan: handle
 * @path: the file or directory; a relative path is one of the caller's working directory
 * @err: receives the sentence on failure, or NULL
 *
 * It is read-only, with all that is mounted below it, wherever an operation of the plan shows it,
 * whether that is added before or after. If the root is neither that of the host nor shows the
 * path, it stands for what is at that path inside.
 *
 * The directories that lead to it, from the one that an operation shows on, cannot be renamed or
 * removed, nor can symbolic links that are followed. Files can be moved neither into nor out of
 * such a directory, as between file systems (EXDEV).
 *
 * A path that does not exist cannot be made. In a file system that the plan has mounted there
 * is an empty file in its place. On one of the host nothing is ever made: the first directory above
 * it that exists becomes one that no file can be added to or removed from; what is in it can
 * be written to as before.
 *
 * Whoever has CAP_SYS_ADMIN inside can take all this away again. Another name of the same
 * file (a hard link) and descriptors that were opened before are not covered.
 *
 * Affects: nothing.
 * Return: 0, or 1 if the path does not exist; -EINVAL for an empty path or the root, -ENOTDIR,
 *         -EACCES, -ELOOP, -ENAMETOOLONG, -ENOMEM, ...
 * Since: 0.1
 */
int libns_mount_plan_protect(struct libns_mount_plan *plan, const char *path,
			     struct libns_error *err);

/**
 * libns_mount_plan_hide() - keep a file or directory of the host from being read
 * @plan: handle
 * @path: the file or directory; a relative path is one of the caller's working directory
 * @err: receives the sentence on failure, or NULL
 *
 * In its place there is an empty directory or file with mode 0, read-only, nosuid, nodev and
 * noexec. Otherwise it is like libns_mount_plan_protect().
 *
 * Affects: nothing.
 * Return: as libns_mount_plan_protect().
 * Since: 0.1
 */
int libns_mount_plan_hide(struct libns_mount_plan *plan, const char *path, struct libns_error *err);

/**
 * libns_mount_options_parse() - read options as mount(8) takes them
 * @text: "ro,nosuid,size=10m"
 * @flags: LIBNS_TREE_*, changed according to ro, nosuid, nodev, noexec, nosymfollow and their
 *         opposites
 * @ret_rest: receives the options of the file system, or NULL if there are none
 * @err: receives the sentence on failure, or NULL
 *
 * This is done by libmount, which is loaded for it.
 *
 * Ownership: free(3) *@ret_rest.
 * Affects: nothing.
 * Return: 0; -EINVAL for other options, -ENOMEM, -ELIBACC without libmount.
 * Since: 0.1
 */
int libns_mount_options_parse(const char *text, uint64_t *flags, char **ret_rest,
			      struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
