/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_TARGET_H
#define LIBNS_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include <libns/container.h>
#include <libns/error.h>
#include <libns/proc.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Targets: the words by which a user names what is to be entered or looked at. A word leads
 * to a pinned process, or to one namespace that no process need be in.
 *
 * These words are known:
 *
 *   4711              a process, by its number
 *   4711:8123         the same, if its pidfd has that inode number (Linux 6.9)
 *   tid:4712          a thread, by its number
 *   fd:7              a descriptor of the caller: a pidfd, or a namespace
 *   ns:4026532177     one namespace, by its inode number, wherever it is held
 *   netns:blue        a network namespace that has a name in /run/netns
 *   container:web     the first process of a running container
 *   cgroup:/a.slice   the first process in a control group or below it
 *
 * A number that was read from a file can belong to another process by the time it is used.
 * So the process is pinned first, and then it is proved that the pinned process is the one
 * that was meant: that it is in that container, in that control group, or a child of that
 * parent. What cannot be proved is not handed out.
 *
 * This program becomes a shell in the namespaces of a target, "container:web" for example
 * (of a pid namespace only the shell's children are members):
 *
 *   #include <stdio.h>
 *   #include <unistd.h>
 *   #include <libns/libns.h>
 *
 *   int main(int argc, char **argv)
 *   {
 *       char *sh[] = { "sh", NULL };
 *       struct libns_error err = LIBNS_ERROR_INIT;
 *       struct libns_enter_plan plan = LIBNS_ENTER_PLAN_INIT;
 *       struct libns_target *target = NULL;
 *       struct libns_entry *entry = NULL;
 *
 *       if (argc > 1 && libns_target_new(LIBNS_PROCFS, argv[1], &target, &err) == 0 &&
 *           libns_target_prefer_child(target, LIBNS_TYPES_ALL, &err) >= 0) {
 *           int ns_fd = libns_target_get_ns_fd(target);
 *
 *           plan.proc = libns_target_get_proc(target);
 *           plan.types = plan.proc ? LIBNS_TYPES_ALL : 0;
 *           plan.ns_fds = &ns_fd;
 *           plan.n_ns_fds = ns_fd >= 0;
 *           plan.flags = LIBNS_ENTER_ROOT;
 *           if (libns_entry_new(&plan, &entry, &err) == 0 && libns_enter(entry, &err) == 0)
 *               libns_exec("/bin/sh", sh, environ, &err);
 *       }
 *       fprintf(stderr, "%s\n", libns_error_text(&err));
 *       return 1;
 *   }
 */

struct libns_target;

/**
 * libns_target_is_word() - whether a word has the form of a target
 * @word: any word
 *
 * Nothing is looked up. A number is one of the forms.
 *
 * Affects: nothing.
 * Return: true or false.
 * Since: 0.1
 */
bool libns_target_is_word(const char *word);

/**
 * libns_target_new() - find what a word stands for
 * @procfs_fd: directory descriptor of a procfs, or LIBNS_PROCFS; borrowed
 * @word: one of the words above
 * @ret_target: receives the handle
 * @err: receives the sentence on failure, or NULL
 *
 * "ns:" takes a snapshot of the namespaces of the whole system, see libns_scan_new(), and
 * "container:" one of all containers, see libns_containers_new(): both read every process.
 * The control groups of "cgroup:" are those below /sys/fs/cgroup; the path is one of a
 * directory there, or one as /proc/PID/cgroup shows it.
 *
 * If @err has the step LIBNS_STEP_ARGUMENT, the word itself is invalid. All other failures mean
 * that there is no such thing, or that it cannot be opened.
 *
 * Ownership: free with libns_target_free().
 * Affects: nothing outside the caller's descriptor table.
 * Return: 0; -EINVAL for a word of none of these forms; -ESRCH if the process has ended, is
 *         another one than the inode number says, or if nobody is in the control group;
 *         -ENOENT if there is no such namespace, name, container or control group; -ENOTUNIQ
 *         if several containers are called so; -EBADF for a descriptor that is not open;
 *         -EOPNOTSUPP for an inode number before Linux 6.9; -EACCES, -ENODEV without a
 *         procfs, -EMFILE, -ENOMEM, or what reading procfs or control groups gave.
 * Since: 0.1
 */
int libns_target_new(int procfs_fd, const char *word, struct libns_target **ret_target,
		     struct libns_error *err);

/**
 * libns_target_new_from_fd() - the process or the namespace behind a descriptor
 * @procfs_fd: directory descriptor of a procfs, or LIBNS_PROCFS; borrowed
 * @fd: a pidfd, or a namespace; borrowed, it is duplicated
 * @ret_target: receives the handle
 * @err: receives the sentence on failure, or NULL
 *
 * Ownership: free with libns_target_free().
 * Affects: nothing outside the caller's descriptor table.
 * Return: 0, -EINVAL if @fd is neither, -EBADF if it is not open, -ESRCH if the process has
 *         ended or has no number in that procfs, -ENODEV, -EMFILE, -ENOMEM.
 * Since: 0.1
 */
int libns_target_new_from_fd(int procfs_fd, int fd, struct libns_target **ret_target,
			     struct libns_error *err);

/**
 * libns_target_free() - let go of a target
 * @target: handle, or NULL
 *
 * Affects: nothing outside the caller's descriptor table.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_target *libns_target_free(struct libns_target *target);

/* For __attribute__((cleanup(libns_target_freep))). */
static inline void libns_target_freep(struct libns_target **target)
{
	*target = libns_target_free(*target);
}

/**
 * libns_target_get_proc() - the process that was meant
 * @target: handle
 *
 * Ownership: belongs to @target; libns_target_prefer_child() may replace it.
 * Affects: nothing.
 * Return: pinned process, or NULL if the target is one namespace.
 * Since: 0.1
 */
const struct libns_proc *libns_target_get_proc(const struct libns_target *target);

/**
 * libns_target_get_ns_fd() - the namespace that was meant
 * @target: handle
 *
 * Ownership: the descriptor belongs to @target.
 * Affects: nothing.
 * Return: descriptor, or -1 if the target is a process.
 * Since: 0.1
 */
int libns_target_get_ns_fd(const struct libns_target *target);

/**
 * libns_target_get_container() - the container that a word has led to
 * @target: handle
 *
 * It says who could have written the name, where the name is from, and whether the container was
 * started. If the word was the name of a pod, this is its first container.
 *
 * Ownership: belongs to @target.
 * Affects: nothing.
 * Return: container, or NULL if the word does not begin with "container:".
 * Since: 0.1
 */
const struct libns_container *libns_target_get_container(const struct libns_target *target);

/**
 * libns_target_open_id() - open a namespace by its unique id
 * @procfs_fd: open procfs, or LIBNS_PROCFS
 * @type: one LIBNS_TYPE_* bit
 * @id: as libns_fd_query_unique_id() gives it
 * @err: receives the sentence on failure, or NULL
 *
 * Takes a snapshot to find it wherever it is held. Needs Linux 6.18.
 *
 * Ownership: the caller closes the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing outside the caller's descriptor table.
 * Return: descriptor, -ENOENT if there is none; otherwise as libns_scan_new() and
 *         libns_scan_open().
 * Since: 0.1
 */
int libns_target_open_id(int procfs_fd, uint64_t type, uint64_t id, struct libns_error *err);

/**
 * libns_target_prefer_child() - go on from a parent that stayed outside to its child inside
 * @target: handle
 * @types: namespaces to compare, LIBNS_TYPE_*
 * @err: receives the sentence on failure, or NULL
 *
 * The number that a user has at hand is often that of the process that has set a sandbox up
 * and stays outside of it. If that process (and what its children will be born in) does not
 * differ from the caller in any of @types, and it has exactly one child, and that child does
 * differ, the child becomes the target. An ancestor of the caller is left alone: a shell has
 * children for other reasons.
 *
 * The kernel lists children only if it was built with CONFIG_PROC_CHILDREN. Without that the target
 * stays what it is; so does a target that is a namespace.
 *
 * Affects: nothing outside the caller's descriptor table.
 * Return: 1 if the child is the target now, 0 if nothing has changed; -ESRCH if the target
 *         has ended, -EACCES, -EMFILE, -ENOMEM, or what reading procfs gave.
 * Since: 0.1
 */
int libns_target_prefer_child(struct libns_target *target, uint64_t types, struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
