/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SECCOMP_H
#define LIBNS_SECCOMP_H

#include <stdbool.h>
#include <stddef.h>

#include <libns/error.h>
#include <libns/proc.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * System call filters, see seccomp(2): those of another process, filters by a word, and filters that
 * somebody brings as instructions. They are put on the calling thread, or on the program of a plan
 * by libns_confine_add_filters(3).
 */

struct libns_seccomp;

/**
 * libns_seccomp_read_mode() - whether the system calls of a process are limited
 * @proc: process or thread, pinned by libns_proc_new()
 * @ret_mode: receives 0 if they are not, 1 in strict mode (SECCOMP_MODE_STRICT), 2 under
 *            filters (SECCOMP_MODE_FILTER)
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: nothing.
 * Return: 0, -ESRCH if the process is gone, -EACCES, -EINVAL, -ENOMEM.
 * Since: 0.1
 */
int libns_seccomp_read_mode(const struct libns_proc *proc, unsigned int *ret_mode,
			    struct libns_error *err);

/**
 * libns_seccomp_read() - copy the system call filters of a process
 * @proc: process or thread, pinned by libns_proc_new()
 * @patience_ms: how long it may take until the process has stopped
 * @ret: receives the filters
 * @err: receives the sentence on failure, or NULL
 *
 * A child of the caller stops the process for an instant, as strace(1) does when it attaches, reads
 * the filters with PTRACE_SECCOMP_GET_FILTER, and lets the process go on in any case. A system call
 * in which the process waits may end with EINTR (signal(7)). Needs CAP_SYS_ADMIN in the first user
 * namespace and a caller without filters. Not async-signal-safe.
 *
 * Ownership: free with libns_seccomp_free().
 * Affects: the process, for an instant.
 * Return: 0, also if there are none; -ESRCH if the process is gone, -EPERM if it
 *         may not be traced or is traced by somebody else, -EACCES without
 *         CAP_SYS_ADMIN or for a caller with filters of its own, -ETIMEDOUT if it
 *         does not stop, -EOPNOTSUPP for a kernel without
 *         CONFIG_CHECKPOINT_RESTORE and for a process in strict mode, -ENOMEM.
 * Since: 0.1
 */
int libns_seccomp_read(const struct libns_proc *proc, unsigned int patience_ms,
		       struct libns_seccomp **ret, struct libns_error *err);

/**
 * libns_seccomp_new() - begin with no filters
 * @ret: receives the handle
 * @err: receives the sentence on failure, or NULL
 *
 * A handle is for one thread at a time.
 *
 * Ownership: free with libns_seccomp_free().
 * Affects: nothing outside the caller's memory.
 * Return: 0, -ENOMEM.
 * Since: 0.1
 */
int libns_seccomp_new(struct libns_seccomp **ret, struct libns_error *err);

/**
 * libns_seccomp_add_profile() - add a filter that libns knows by a word
 * @filters: handle
 * @word: "default", "strict" or "nosuid"
 * @err: receives the sentence on failure, or NULL
 *
 * The filter "default" refuses what a program rarely needs and what has often been a way out:
 * mounts, new namespaces, modules, tracing, keys, clocks and the like fail with EPERM, clone3(2) and
 * calls that are newer than this library with ENOSYS, and sockets to the hypervisor with
 * EAFNOSUPPORT. With "strict" only known calls of ordinary programs are let through, all others fail
 * with ENOSYS, and what "default" refuses as above. With "nosuid", which goes with either of them or
 * alone, giving a file a set-user-ID or set-group-ID bit fails with EPERM, and openat2(2), whose
 * mode a filter does not see, with ENOSYS. The tables in xunshare(1) list all of them. They hold for the
 * programs of 32 bits as well that a machine of 64 bits can run. Any other kind of call (x32) fails
 * with ENOSYS.
 *
 * The numbers of the calls are those that libseccomp knew when this library was built; nothing is
 * loaded. Not async-signal-safe.
 *
 * Affects: @filters.
 * Return: 0, -EINVAL for another word, -EOPNOTSUPP if this library was built without
 *         libseccomp, -ENOMEM.
 * Since: 0.1
 */
int libns_seccomp_add_profile(struct libns_seccomp *filters, const char *word,
			      struct libns_error *err);

/**
 * libns_seccomp_add_fd() - add a filter that somebody brings
 * @filters: handle
 * @fd: descriptor, which is read to its end and stays open
 * @name: what it is called in sentences, and by libns_plan_explain(3)
 * @err: receives the sentence on failure, or NULL
 *
 * The filter is an array of struct sock_filter (<linux/filter.h>) as seccomp(2) takes it, and as
 * libseccomp's seccomp_export_bpf(3) writes it: instructions of eight bytes in the order of bytes of
 * this machine. Whether the kernel takes it is only known when it is loaded.
 *
 * Affects: @filters; the offset of @fd.
 * Return: 0, -EINVAL if nothing can be read or not a multiple of eight bytes, -E2BIG for more
 *         than 4096 instructions, -ENOMEM, and what read(2) returns.
 * Since: 0.1
 */
int libns_seccomp_add_fd(struct libns_seccomp *filters, int fd, const char *name,
			 struct libns_error *err);

/**
 * libns_seccomp_add_file() - the same, from a file
 * @filters: handle
 * @path: file; of a FIFO the end is waited for
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: @filters.
 * Return: as libns_seccomp_add_fd(), and what open(2) returns.
 * Since: 0.1
 */
int libns_seccomp_add_file(struct libns_seccomp *filters, const char *path,
			   struct libns_error *err);

/**
 * libns_seccomp_count() - how many filters there are
 * @filters: handle
 *
 * Affects: nothing.
 * Return: count.
 * Since: 0.1
 */
size_t libns_seccomp_count(const struct libns_seccomp *filters);

/**
 * libns_seccomp_needs_supervisor() - whether a supervisor has to decide some calls
 * @filters: handle
 *
 * With SECCOMP_RET_USER_NOTIF another process listens to the filter and answers. It listens to the
 * original filter and not to a copy, for which the kernel answers such calls with ENOSYS. The
 * function does not recognise filters that compute their answer.
 *
 * Affects: nothing.
 * Return: true or false.
 * Since: 0.1
 */
bool libns_seccomp_needs_supervisor(const struct libns_seccomp *filters);

/**
 * libns_seccomp_apply() - put the calling thread under the filters
 * @filters: handle
 * @err: receives the sentence on failure, or NULL
 *
 * They are set in the order in which the process got them, or in which they were added. From then on they hold for the thread
 * and its children, also after execve(2). Async-signal-safe.
 *
 * Affects: calling thread, for ever.
 * Return: 0; -EACCES without no_new_privs and without CAP_SYS_ADMIN in the
 *         user namespace of the thread; -ENOMEM, -EINVAL as seccomp(2).
 * Since: 0.1
 */
int libns_seccomp_apply(const struct libns_seccomp *filters, struct libns_error *err);

/**
 * libns_seccomp_free() - free the filters
 * @filters: handle, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_seccomp *libns_seccomp_free(struct libns_seccomp *filters);

/* For __attribute__((cleanup(libns_seccomp_freep))). */
static inline void libns_seccomp_freep(struct libns_seccomp **filters)
{
	*filters = libns_seccomp_free(*filters);
}

#ifdef __cplusplus
}
#endif

#endif
