/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_NETNS_H
#define LIBNS_NETNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <libns/error.h>
#include <libns/nsfd.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Named network namespaces, as ip-netns(8) keeps them: a name is an empty file
 * in a directory, and the namespace is bound on it.
 *
 * A run_fd is the descriptor of that directory, or LIBNS_NETNS_RUN for
 * /run/netns, the directory that everybody shares. In any other directory only
 * the entries are changed, never the mount that it lies on.
 *
 * A file on which nothing is bound is what a killed ip-netns(8) leaves behind.
 * It is called stale here: it cannot be opened, and adding its name takes it
 * over. It is not stale if a namespace is bound on it in another mount
 * namespace; all mount namespaces that have a process are searched for that.
 */
#define LIBNS_NETNS_RUN (-1)

/**
 * libns_netns_open_run() - open /run/netns and make it fit to hold names
 * @err: receives the sentence on failure, or NULL
 *
 * Creates the directory where it is missing. Where it does not lie on a shared
 * mount, as below the /run of systemd, it becomes a shared mount point of its
 * own, so that names are seen by other mount namespaces too.
 * libns_netns_add() and libns_netns_attach() do this by themselves.
 *
 * Ownership: the caller closes the descriptor; it is close-on-exec and >= 3.
 * Affects: the mount namespace of the calling process.
 * Return: descriptor, -EPERM, -EACCES, -ENOENT if there is no /run.
 * Since: 0.1
 */
int libns_netns_open_run(struct libns_error *err);

/**
 * libns_netns_query_reach() - whether names reach those who made the directory
 * @run_fd: directory of names, or LIBNS_NETNS_RUN
 * @ret_reaches: receives false where the directory lies on a slave mount
 * @err: receives the sentence on failure, or NULL
 *
 * A slave mount is a copy of a mount in another mount namespace, such as that
 * of a service of systemd with PrivateMounts=. Other mount namespaces see a
 * name that is bound there as an empty file, and would take it for a stale one.
 *
 * Affects: nothing.
 * Return: 0, -ENOENT if there is no such directory, -EACCES.
 * Since: 0.1
 */
int libns_netns_query_reach(int run_fd, bool *ret_reaches, struct libns_error *err);

/**
 * libns_netns_add() - create a network namespace and name it
 * @run_fd: directory of names, or LIBNS_NETNS_RUN
 * @name: 1 to 255 bytes without '/', not "." or ".."
 * @err: receives the sentence on failure, or NULL
 *
 * The namespace is made first and named last: wherever this is interrupted,
 * at most a stale file remains, and the next call takes that over. The calling
 * thread stays in its own network namespace throughout. May be called by
 * programs with threads.
 *
 * Affects: @run_fd, and the mount namespace of the calling process.
 * Return: 0, -EEXIST if the name is taken in any mount namespace or that cannot
 *         be found out, -EINVAL for an invalid name, -EPERM, -ENOSPC.
 * Since: 0.1
 */
int libns_netns_add(int run_fd, const char *name, struct libns_error *err);

/**
 * libns_netns_attach() - name an existing network namespace
 * @run_fd: directory of names, or LIBNS_NETNS_RUN
 * @name: as for libns_netns_add()
 * @ns_fd: network namespace; borrowed
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: @run_fd, and the mount namespace of the calling process.
 * Return: 0, or as libns_netns_add().
 * Since: 0.1
 */
int libns_netns_attach(int run_fd, const char *name, int ns_fd, struct libns_error *err);

/**
 * libns_netns_delete() - remove a name
 * @run_fd: directory of names, or LIBNS_NETNS_RUN
 * @name: name, which may be stale
 * @err: receives the sentence on failure, or NULL
 *
 * One system call removes the name and whatever is bound on it, in every mount
 * namespace, so nobody ever sees it half removed. The namespace itself ends
 * with its last process, descriptor or socket. May be called by programs with
 * threads.
 *
 * Affects: @run_fd.
 * Return: 0, -ENOENT if there is no such name, -EINVAL, -EPERM, -EACCES,
 *         -EISDIR.
 * Since: 0.1
 */
int libns_netns_delete(int run_fd, const char *name, struct libns_error *err);

struct libns_netns_eraser;

/**
 * libns_netns_eraser_new() - prepare to remove many names
 * @ret_eraser: receives what makes that fast
 * @err: receives the sentence on failure, or NULL
 *
 * libns_netns_delete() copies the mount namespace of the caller each time, and takes the longer the
 * more names there are. This keeps one without names from the second name on.
 *
 * Ownership: free with libns_netns_eraser_free().
 * Affects: nothing.
 * Return: 0, -ENOMEM.
 * Since: 0.1
 */
int libns_netns_eraser_new(struct libns_netns_eraser **ret_eraser, struct libns_error *err);

/**
 * libns_netns_eraser_free() - free it
 * @eraser: handle, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_netns_eraser *libns_netns_eraser_free(struct libns_netns_eraser *eraser);

/* For __attribute__((cleanup(libns_netns_eraser_freep))). */
static inline void libns_netns_eraser_freep(struct libns_netns_eraser **eraser)
{
	*eraser = libns_netns_eraser_free(*eraser);
}

/**
 * libns_netns_erase() - remove one of many names
 * @eraser: handle; or NULL: as libns_netns_delete()
 * @run_fd: as for libns_netns_delete()
 * @name: the same
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: @run_fd, and the mount namespace of @eraser.
 * Return: as libns_netns_delete().
 * Since: 0.1
 */
int libns_netns_erase(struct libns_netns_eraser *eraser, int run_fd, const char *name,
		      struct libns_error *err);

/**
 * libns_netns_open() - open a network namespace by name
 * @run_fd: directory of names, or LIBNS_NETNS_RUN
 * @name: name; a symbolic link to a namespace file will do
 * @err: receives the sentence on failure, or NULL
 *
 * A name that is being added this very moment is waited for, at most about a
 * second.
 *
 * Ownership: the caller closes the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing outside the caller's descriptor table.
 * Return: descriptor, -ENOENT if there is no such name, -EINVAL for a stale
 *         one, -EACCES.
 * Since: 0.1
 */
int libns_netns_open(int run_fd, const char *name, struct libns_error *err);

/* Is told what went wrong where that is not a failure of the function. */
typedef void (*libns_netns_warn_fn)(const struct libns_error *warning, void *data);

/**
 * libns_netns_enter() - join a network namespace, with the files that go with it
 * @run_fd: directory of names, or LIBNS_NETNS_RUN
 * @name: name
 * @warn: called for every file of /etc/netns that cannot be bound, or NULL
 * @data: handed to @warn
 * @err: receives the sentence on failure, or NULL
 *
 * Joins the namespace, then creates a mount namespace that is a slave of the
 * caller's, with a sysfs of the joined namespace on /sys and every entry of
 * /etc/netns/@name bound on the entry of /etc with that name. What is mounted
 * below /sys (cgroups, BPF, debug and trace file systems) is kept, and
 * /run/netns stays shared with the outside, so that names added inside are
 * valid outside too. On failure the caller may be left half-way: end the
 * process.
 *
 * Affects: calling thread, including its root and working directory.
 * Return: 0, or as libns_netns_open(), setns(2), unshare(2) and mount(2).
 * Since: 0.1
 */
int libns_netns_enter(int run_fd, const char *name, libns_netns_warn_fn warn, void *data,
		      struct libns_error *err);

struct libns_entry;

/**
 * libns_netns_entry_new() - prepare to join a network namespace, and nothing else of its owner's
 * @ns_fd: network namespace; borrowed
 * @name: what to call it in sentences
 * @ret_entry: receives what can be joined, for libns_enter() or as @entry of a plan
 * @err: receives the sentence on failure, or NULL
 *
 * Whether the caller may join it is tried by a short-lived child. Where he may only from the user
 * namespace that owns it, as the ordinary user who has made that one, this one is in the entry too:
 * what a plan creates is then below it. A namespace that the caller is in already gives an entry
 * without types.
 *
 * Ownership: free with libns_entry_free().
 * Affects: nothing outside the caller's descriptor table.
 * Return: 0, -EINVAL if @ns_fd is no network namespace, -EPERM if it may not be joined.
 * Since: 0.1
 */
int libns_netns_entry_new(int ns_fd, const char *name, struct libns_entry **ret_entry,
			  struct libns_error *err);

/* No number is assigned. For libns_netns_set_nsid(): the kernel chooses one. */
#define LIBNS_NSID_NONE (-1)
/* The number could not be asked for. */
#define LIBNS_NSID_UNKNOWN (-2)

struct libns_netns_entry {
	const char *name;
	struct libns_id id; /* ino 0: nothing is bound here */
	int32_t nsid;       /* or LIBNS_NSID_NONE, LIBNS_NSID_UNKNOWN */
	bool elsewhere;     /* bound, but cannot be opened here */
	pid_t pid;          /* if elsewhere: a process in that mount namespace; 0: covered here */
};

struct libns_netns_list;

/**
 * libns_netns_list_new() - read a directory of names
 * @run_fd: directory of names, or LIBNS_NETNS_RUN; a missing one is empty
 * @ret_list: receives the entries, in the order of the directory
 * @err: receives the sentence on failure, or NULL
 *
 * Every entry is listed, stale ones too. Numbers are those that the calling
 * thread's network namespace has given.
 *
 * Ownership: free with libns_netns_list_free().
 * Affects: nothing.
 * Return: 0, -EACCES, -ENOMEM.
 * Since: 0.1
 */
int libns_netns_list_new(int run_fd, struct libns_netns_list **ret_list, struct libns_error *err);

/**
 * libns_netns_list_free() - free a list
 * @list: handle, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_netns_list *libns_netns_list_free(struct libns_netns_list *list);

/* For __attribute__((cleanup(libns_netns_list_freep))). */
static inline void libns_netns_list_freep(struct libns_netns_list **list)
{
	*list = libns_netns_list_free(*list);
}

/**
 * libns_netns_list_count() - how many entries a list has
 * @list: handle
 *
 * Affects: nothing.
 * Return: number.
 * Since: 0.1
 */
size_t libns_netns_list_count(const struct libns_netns_list *list);

/**
 * libns_netns_list_at() - one entry of a list
 * @list: handle
 * @i: index from 0
 *
 * Ownership: belongs to @list.
 * Affects: nothing.
 * Return: entry, or NULL beyond the end.
 * Since: 0.1
 */
const struct libns_netns_entry *libns_netns_list_at(const struct libns_netns_list *list, size_t i);

/**
 * libns_netns_read_pids() - the processes in a network namespace
 * @procfs_fd: directory descriptor of a procfs, or LIBNS_PROCFS
 * @id: identity of the namespace
 * @ret_pids: receives the process ids, ascending
 * @ret_n_pids: receives their number, which may be 0
 * @ret_n_unreadable: receives how many processes could not be looked at; or NULL
 * @err: receives the sentence on failure, or NULL
 *
 * Ownership: the caller frees the array with free(3).
 * Affects: nothing.
 * Return: 0, -ENOMEM, or the errno of opening procfs.
 * Since: 0.1
 */
int libns_netns_read_pids(int procfs_fd, const struct libns_id *id, pid_t **ret_pids,
			  size_t *ret_n_pids, size_t *ret_n_unreadable, struct libns_error *err);

/**
 * libns_netns_query_nsid() - the number of a network namespace
 * @ns_fd: network namespace; borrowed
 * @ret_nsid: receives the number, or LIBNS_NSID_NONE
 * @err: receives the sentence on failure, or NULL
 *
 * The number is the one that the calling thread's network namespace has given
 * it, see RTM_GETNSID in rtnetlink(7).
 *
 * Affects: nothing.
 * Return: 0, -EINVAL if @ns_fd is no network namespace, -EBADF.
 * Since: 0.1
 */
int libns_netns_query_nsid(int ns_fd, int32_t *ret_nsid, struct libns_error *err);

/**
 * libns_netns_set_nsid() - number a network namespace
 * @ns_fd: network namespace; borrowed
 * @nsid: number >= 0, or LIBNS_NSID_NONE for the next free one
 * @err: receives the sentence on failure, or NULL
 *
 * A number cannot be changed later.
 *
 * Affects: the calling thread's network namespace.
 * Return: 0, -EEXIST if @ns_fd has a number already or @nsid is taken, -EPERM,
 *         -EINVAL.
 * Since: 0.1
 */
int libns_netns_set_nsid(int ns_fd, int32_t nsid, struct libns_error *err);

struct libns_nsid {
	int32_t nsid;    /* as the namespace that was asked gives it */
	int32_t current; /* in the calling thread's network namespace, or LIBNS_NSID_NONE */
};

struct libns_nsids;

/**
 * libns_nsids_new() - all numbers that are given
 * @target: ask the namespace with this number; LIBNS_NSID_NONE: the caller's own
 * @ret_nsids: receives them, in the kernel's order
 * @err: receives the sentence on failure, or NULL
 *
 * Ownership: free with libns_nsids_free().
 * Affects: nothing.
 * Return: 0, -EINVAL if there is no namespace @target, -EPERM, -ENOMEM.
 * Since: 0.1
 */
int libns_nsids_new(int32_t target, struct libns_nsids **ret_nsids, struct libns_error *err);

/**
 * libns_nsids_free() - free a list of numbers
 * @nsids: list, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_nsids *libns_nsids_free(struct libns_nsids *nsids);

/* For __attribute__((cleanup(libns_nsids_freep))). */
static inline void libns_nsids_freep(struct libns_nsids **nsids)
{
	*nsids = libns_nsids_free(*nsids);
}

/**
 * libns_nsids_count() - how many numbers there are
 * @nsids: list
 *
 * Affects: nothing.
 * Return: number.
 * Since: 0.1
 */
size_t libns_nsids_count(const struct libns_nsids *nsids);

/**
 * libns_nsids_at() - one of the numbers
 * @nsids: list
 * @i: index from 0
 *
 * Ownership: belongs to @nsids.
 * Affects: nothing.
 * Return: number, or NULL beyond the end.
 * Since: 0.1
 */
const struct libns_nsid *libns_nsids_at(const struct libns_nsids *nsids, size_t i);

/**
 * libns_netns_translate_nsid() - one number as another namespace gives it
 * @nsid: number in the calling thread's network namespace
 * @target: number of the namespace to ask; LIBNS_NSID_NONE: the caller's own
 * @ret_nsid: receives the number there, or LIBNS_NSID_NONE
 * @ret_current: receives the number in the calling thread's network namespace; or NULL
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: nothing.
 * Return: 0, -ENOENT if there is no namespace @nsid, -EINVAL if there is no
 *         namespace @target.
 * Since: 0.1
 */
int libns_netns_translate_nsid(int32_t nsid, int32_t target, int32_t *ret_nsid,
			       int32_t *ret_current, struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
