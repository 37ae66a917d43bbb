/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_PROC_H
#define LIBNS_PROC_H

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
 * A pinned process: a pidfd, and a descriptor of its directory in procfs that was opened while the
 * pidfd was alive. All functions use these two, so they fail with ESRCH once the process is gone. A
 * new process that received the same number is never read.
 *
 * Nothing here reads cmdline, environ, maps, smaps or auxv: those wait for the
 * target's memory lock and can block for ever (proc(5)).
 */

/* Stands for the procfs on /proc where a procfs_fd is asked for. */
#define LIBNS_PROCFS (-1)

struct libns_proc;

/**
 * libns_proc_new() - pin a process by number
 * @procfs_fd: directory descriptor of a procfs, or LIBNS_PROCFS; borrowed
 * @pid: process (or thread) id as that procfs shows it, > 0
 * @ret_proc: receives the handle
 * @err: receives the sentence on failure, or NULL
 *
 * Takes a pidfd first, then the directory, and then has that procfs prove that the pidfd is alive
 * and has this number. The directory alone pins the process on kernels without pidfd_open(2)
 * (before Linux 5.3), for a thread id before Linux 6.9, on a procfs of another pid namespace than
 * the caller's, and in a directory tree that merely looks like procfs.
 *
 * A process that procfs hides (mount option hidepid) can be pinned too; the functions below then
 * return -EACCES.
 *
 * Ownership: free with libns_proc_free().
 * Affects: nothing outside the caller's descriptor table.
 * Return: 0, -ESRCH if there is no such process, -ENODEV if /proc is not a
 *         procfs, -EINVAL for a @pid below 1, -EMFILE, -ENOMEM.
 * Since: 0.1
 */
int libns_proc_new(int procfs_fd, pid_t pid, struct libns_proc **ret_proc, struct libns_error *err);

/**
 * libns_proc_new_from_pidfd() - pin the process a pidfd refers to
 * @procfs_fd: directory descriptor of a procfs, or LIBNS_PROCFS; borrowed
 * @pidfd: as from pidfd_open(2); borrowed, it is duplicated
 * @ret_proc: receives the handle
 * @err: receives the sentence on failure, or NULL
 *
 * Ownership: free with libns_proc_free().
 * Affects: nothing outside the caller's descriptor table.
 * Return: 0, -ESRCH if the process is gone or has no number in that procfs,
 *         -EBADF or -EINVAL if @pidfd is no pidfd, -ENODEV, -EMFILE,
 *         -ENOMEM.
 * Since: 0.1
 */
int libns_proc_new_from_pidfd(int procfs_fd, int pidfd, struct libns_proc **ret_proc,
			      struct libns_error *err);

/**
 * libns_proc_free() - let go of a process
 * @proc: handle, or NULL
 *
 * Affects: nothing outside the caller's descriptor table.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_proc *libns_proc_free(struct libns_proc *proc);

/* For __attribute__((cleanup(libns_proc_freep))). */
static inline void libns_proc_freep(struct libns_proc **proc)
{
	*proc = libns_proc_free(*proc);
}

/**
 * libns_proc_get_pid() - the number it was pinned by
 * @proc: handle
 *
 * Affects: nothing.
 * Return: process id.
 * Since: 0.1
 */
pid_t libns_proc_get_pid(const struct libns_proc *proc);

/**
 * libns_proc_get_pidfd() - its pidfd
 * @proc: handle
 *
 * Ownership: the descriptor belongs to @proc.
 * Affects: nothing.
 * Return: descriptor, or -1 if the kernel gave none.
 * Since: 0.1
 */
int libns_proc_get_pidfd(const struct libns_proc *proc);

/**
 * libns_proc_get_dir_fd() - its directory in procfs
 * @proc: handle
 *
 * Ownership: the descriptor belongs to @proc; use it with openat(2).
 * Affects: nothing.
 * Return: O_PATH directory descriptor.
 * Since: 0.1
 */
int libns_proc_get_dir_fd(const struct libns_proc *proc);

/**
 * libns_proc_is_alive() - whether the process has not been reaped
 * @proc: handle
 *
 * A zombie counts as alive: its number is still taken.
 *
 * Affects: nothing.
 * Return: true or false.
 * Since: 0.1
 */
bool libns_proc_is_alive(const struct libns_proc *proc);

/**
 * libns_proc_open_ns() - open one namespace of a process
 * @proc: handle
 * @type: exactly one LIBNS_TYPE_* bit
 * @err: receives the sentence on failure, or NULL
 *
 * If the main thread has exited while other threads live, its links are gone;
 * then a live thread is asked instead.
 *
 * Needs ptrace access with PTRACE_MODE_READ_FSCREDS, see proc_pid_ns(5).
 *
 * Ownership: the caller closes the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing outside the caller's descriptor table.
 * Return: descriptor, -ESRCH if the process is gone or a zombie without
 *         threads, -EACCES if it may not be inspected, -EOPNOTSUPP if the
 *         kernel lacks the type, -EINVAL if @type is not one bit.
 * Since: 0.1
 */
int libns_proc_open_ns(const struct libns_proc *proc, uint64_t type, struct libns_error *err);

/**
 * libns_proc_open_ns_for_children() - open the namespace that the next child will be born in
 * @proc: handle
 * @type: LIBNS_TYPE_PID or LIBNS_TYPE_TIME
 * @err: receives the sentence on failure, or NULL
 *
 * Opens pid_for_children (Linux 4.12) or time_for_children (Linux 5.6).
 *
 * Ownership: the caller closes the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing outside the caller's descriptor table.
 * Return: as libns_proc_open_ns(); -ENOENT if a pid namespace was unshared
 *         and has no first process yet (before Linux 7.1).
 * Since: 0.1
 */
int libns_proc_open_ns_for_children(const struct libns_proc *proc, uint64_t type,
				    struct libns_error *err);

/**
 * libns_proc_read_id() - identity of one namespace of a process
 * @proc: handle
 * @type: exactly one LIBNS_TYPE_* bit
 * @ret_id: receives it
 * @err: receives the sentence on failure, or NULL
 *
 * Equal to what libns_fd_query_id() says about the opened namespace. In a tree
 * that merely looks like procfs the number is taken from the text of the link
 * ("net:[4026531840]"), and the device is 0.
 *
 * Affects: nothing.
 * Return: 0, or as libns_proc_open_ns().
 * Since: 0.1
 */
int libns_proc_read_id(const struct libns_proc *proc, uint64_t type, struct libns_id *ret_id,
		       struct libns_error *err);

/**
 * libns_proc_read_nspid() - its process id in every nested pid namespace
 * @proc: handle
 * @ret_pids: receives the NSpid line of proc_pid_status(5): first the id in
 *            the pid namespace of the procfs, last the innermost one
 * @ret_n_pids: receives their number, at least 1
 * @err: receives the sentence on failure, or NULL
 *
 * Ownership: the caller frees the array with free(3).
 * Affects: nothing.
 * Return: 0, -ESRCH if the process is gone, -EOPNOTSUPP without NSpid (before
 *         Linux 4.1), -ENOMEM.
 * Since: 0.1
 */
int libns_proc_read_nspid(const struct libns_proc *proc, pid_t **ret_pids, size_t *ret_n_pids,
			  struct libns_error *err);

/**
 * libns_proc_read_nstgid() - as libns_proc_read_nspid(), for the NStgid line
 * @proc: handle
 * @ret_pids: receives the ids, outermost first
 * @ret_n_pids: receives their number
 * @err: receives the sentence on failure, or NULL
 *
 * Ownership: the caller frees the array with free(3).
 * Affects: nothing.
 * Return: as libns_proc_read_nspid().
 * Since: 0.1
 */
int libns_proc_read_nstgid(const struct libns_proc *proc, pid_t **ret_pids, size_t *ret_n_pids,
			   struct libns_error *err);

/* Credentials and other numbers of a process, as the caller's user namespace shows them. */
struct libns_proc_ids {
	size_t size; /* sizeof(struct libns_proc_ids), set by the caller */
	uid_t ruid, euid;
	gid_t rgid, egid;
	pid_t tgid, ppid;
	uint32_t threads;
	char state; /* as in proc_pid_stat(5): R S D Z T t X I */
};

#define LIBNS_PROC_IDS_INIT                                                                        \
	{                                                                                          \
		sizeof(struct libns_proc_ids), 0, 0, 0, 0, 0, 0, 0, 0                              \
	}

/**
 * libns_proc_open_socket_net() - the network namespace of a socket that it has open
 * @proc: handle
 * @number: number of the descriptor in that process
 * @err: receives the sentence on failure, or NULL
 *
 * A socket stays in the network namespace where it was made, wherever the process goes. Takes the
 * socket by pidfd_getfd(2), as libns_proc_open_fd() does, and asks it with SIOCGSKNS.
 *
 * Ownership: close(2) the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing.
 * Return: descriptor; -ENOTTY if it is no socket; otherwise as libns_proc_open_fd().
 * Since: 0.1
 */
int libns_proc_open_socket_net(const struct libns_proc *proc, int number, struct libns_error *err);

/**
 * libns_proc_read_ids() - credentials, parent and state from its status file
 * @proc: handle
 * @ret_ids: receives them, as far as its size goes; begin with LIBNS_PROC_IDS_INIT
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: nothing.
 * Return: 0, -ESRCH if the process is gone, -EINVAL if @ret_ids has no size.
 * Since: 0.1
 */
int libns_proc_read_ids(const struct libns_proc *proc, struct libns_proc_ids *ret_ids,
			struct libns_error *err);

/**
 * libns_proc_read_setgroups() - whether its user namespace allows setgroups(2)
 * @proc: handle
 * @ret_allowed: receives the answer; true on kernels before 3.19
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: nothing.
 * Return: 0, -ESRCH if the process is gone, -EACCES.
 * Since: 0.1
 */
int libns_proc_read_setgroups(const struct libns_proc *proc, bool *ret_allowed,
			      struct libns_error *err);

/**
 * libns_proc_read_unit() - the unit of systemd that it belongs to
 * @proc: handle
 * @buf: receives "ssh.service", or "1000/web.service" for a unit of the manager of user 1000; 300
 *       bytes are enough for every name
 * @size: of @buf
 * @err: receives the sentence on failure, or NULL
 *
 * This is the first control group below all slices if it is called as a unit. No daemon is asked.
 * Whoever may make control groups there has chosen the name; it has no control characters.
 *
 * Affects: nothing.
 * Return: 1, 0 if it is in none, -E2BIG, -ESRCH if the process is gone, -EACCES.
 * Since: 0.1
 */
int libns_proc_read_unit(const struct libns_proc *proc, char *buf, size_t size,
			 struct libns_error *err);

/**
 * libns_proc_read_environ() - the environment that it was started with
 * @proc: handle
 * @patience_ms: how long it may take, at least 1; at worst it takes twice as long
 * @ret_items: receives the items, each ended by NUL, and one more NUL after the last
 * @ret_size: receives the bytes of the items, without that last NUL
 * @err: receives the sentence on failure, or NULL
 *
 * This is /proc/PID/environ (proc_pid_environ(5)): the items as execve(2) got them, unless the
 * process has changed that memory or has said that its environment is elsewhere
 * (PR_SET_MM_ENV_START). Items need neither have a "=" nor end with NUL there. Reading the file
 * waits for the memory lock of the process, perhaps for ever, so a child of the caller reads it,
 * and is killed when the time is up. While execve(2) is at work there is no environment yet; the
 * function waits until there is one. It needs the right to read the memory of the process
 * (PTRACE_MODE_READ, ptrace(2)), and reads no more than a program can be given. Not
 * async-signal-safe.
 *
 * Ownership: the caller frees the items with free(3).
 * Affects: nothing.
 * Return: 0, also if there are none; -ESRCH if the process is gone, -EACCES if its memory may not
 *         be read, -ETIMEDOUT, -EBADMSG if /proc/PID/stat is malformed, -E2BIG for more than 6 MiB,
 *         -EIO if somebody else killed the child, -EAGAIN, -EMFILE, -ENOMEM.
 * Since: 0.1
 */
int libns_proc_read_environ(const struct libns_proc *proc, unsigned int patience_ms,
			    char **ret_items, size_t *ret_size, struct libns_error *err);

/**
 * libns_proc_open_root() - open its root directory
 * @proc: handle
 * @err: receives the sentence on failure, or NULL
 *
 * Ownership: the caller closes the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing outside the caller's descriptor table.
 * Return: O_PATH descriptor, -ESRCH, -EACCES.
 * Since: 0.1
 */
int libns_proc_open_root(const struct libns_proc *proc, struct libns_error *err);

/**
 * libns_proc_open_cwd() - open its working directory
 * @proc: handle
 * @err: receives the sentence on failure, or NULL
 *
 * Ownership: the caller closes the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing outside the caller's descriptor table.
 * Return: O_PATH descriptor, -ESRCH, -EACCES.
 * Since: 0.1
 */
int libns_proc_open_cwd(const struct libns_proc *proc, struct libns_error *err);

/**
 * libns_proc_open_fd() - a descriptor that it has open
 * @proc: handle
 * @number: number of the descriptor in that process
 * @err: receives the sentence on failure, or NULL
 *
 * This is pidfd_getfd(2), Linux 5.6: the result is the same open file, with the offset and flags
 * that it has there. Needs the right to trace the process (PTRACE_MODE_ATTACH_REALCREDS,
 * ptrace(2)).
 *
 * Ownership: the caller closes the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing outside the caller's descriptor table.
 * Return: descriptor; -EBADF if it has no such descriptor, -ESRCH, -EPERM, -EMFILE, -ENOSYS.
 * Since: 0.1
 */
int libns_proc_open_fd(const struct libns_proc *proc, int number, struct libns_error *err);

/**
 * libns_proc_hides_others() - whether a procfs conceals processes from the caller
 * @procfs_fd: directory of a procfs, or LIBNS_PROCFS
 *
 * Looks for process 1, which is always there, and at the mount options of this very procfs
 * (hidepid=). Where the answer is yes, nobody can say how many processes are missing from its list.
 * Processes that are listed but cannot be read (hidepid=1) do not count as concealed. The answer is
 * no if the directory is not a procfs.
 *
 * Affects: nothing.
 * Return: yes or no.
 * Since: 0.1
 */
bool libns_proc_hides_others(int procfs_fd);

#ifdef __cplusplus
}
#endif

#endif
