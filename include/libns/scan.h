/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SCAN_H
#define LIBNS_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <libns/error.h>
#include <libns/nsfd.h>
#include <libns/type.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A snapshot of the namespaces of this system: which there are, which processes are inside, what
 * keeps each of them alive, and how they are related.
 *
 * A snapshot (struct libns_scan) owns its namespaces (struct libns_node) and processes
 * (struct libns_task); pointers to them, and the strings they hand out, live as long as it
 * does. Nothing is ever re-read behind the caller's back: processes come and go while a scan
 * runs, so it shows each as it was at one moment, not all at the same moment.
 *
 * A scan never waits for another process: it takes no memory lock of a process and asks no file
 * system but procfs and nsfs, except in a child that is killed when it gets stuck. What could not
 * be read is counted, see libns_scan_count_unseen().
 */

struct libns_scan;
struct libns_node;
struct libns_task;

/* Where to look. Every source can be left out; each finds what others cannot. */
#define LIBNS_SCAN_PROCESSES    (UINT64_C(1) << 0)  /* the links of every process */
#define LIBNS_SCAN_FOR_CHILDREN (UINT64_C(1) << 1)  /* where their children will be born */
#define LIBNS_SCAN_THREADS      (UINT64_C(1) << 2)  /* threads that differ from their process */
#define LIBNS_SCAN_FDS          (UINT64_C(1) << 3)  /* descriptors of namespaces */
#define LIBNS_SCAN_SOCKETS      (UINT64_C(1) << 4)  /* sockets and tun devices */
#define LIBNS_SCAN_QUEUED       (UINT64_C(1) << 5)  /* descriptors in flight in unix sockets */
#define LIBNS_SCAN_IO_URING     (UINT64_C(1) << 6)  /* files registered with an io_uring */
#define LIBNS_SCAN_OWN_MOUNTS   (UINT64_C(1) << 7)  /* bind mounts the caller can see */
#define LIBNS_SCAN_OTHER_MOUNTS (UINT64_C(1) << 8)  /* bind mounts in every mount namespace */
#define LIBNS_SCAN_RELATIONS    (UINT64_C(1) << 9)  /* owners and parents, to the top */
#define LIBNS_SCAN_LISTNS       (UINT64_C(1) << 10) /* what listns(2) shows (Linux 6.19) */
#define LIBNS_SCAN_ALL          UINT64_C(0x7ff)

/* Whether the kernel tells about processes and descriptors through BPF iterators. */
enum libns_scan_bpf {
	LIBNS_SCAN_BPF_AUTO, /* where it is available and faster than procfs */
	LIBNS_SCAN_BPF_NEVER,
	LIBNS_SCAN_BPF_ALWAYS /* if it cannot be had, the scan fails and says why */
};

/* Zero in a field means "not asked for": all sources, all types, as many threads as pay. */
struct libns_scan_options {
	size_t size;          /* sizeof(struct libns_scan_options) */
	uint64_t sources;     /* LIBNS_SCAN_* */
	uint64_t types;       /* LIBNS_TYPE_*: report these only */
	unsigned int threads; /* threads to read with; 1: only the calling one */
	unsigned int bpf;     /* enum libns_scan_bpf */
};

#define LIBNS_SCAN_OPTIONS_INIT                                                                    \
	{                                                                                          \
		sizeof(struct libns_scan_options), 0, 0, 0, 0                                      \
	}

/**
 * libns_scan_new() - take a snapshot
 * @procfs_fd: directory descriptor of a procfs, or LIBNS_PROCFS; borrowed
 * @options: what to look at; NULL for everything
 * @ret_scan: receives the snapshot
 * @err: receives the sentence on failure, or NULL
 *
 * A directory that is not on procfs (a saved copy) is read too; then only links
 * and text files are looked at and no question is put to the kernel.
 *
 * With CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN), and CAP_SYS_PTRACE, in the initial namespaces,
 * thousands of processes are read by a BPF iterator, with the same result. libbpf is loaded for
 * that, and its callback for messages is removed meanwhile.
 *
 * If there are many processes and two processors, a second thread with all signals blocked helps to
 * read. What may get stuck is done in short-lived children, which are reaped by number and raise no
 * SIGCHLD. The snapshot keeps procfs open, and up to 256 namespaces that no process leads to.
 *
 * Ownership: free with libns_scan_free().
 * Affects: nothing.
 * Return: 0; -ENOTDIR, -EACCES or -ENOENT if procfs cannot be listed, -ESRCH if it shows no
 *         process, -EINVAL for unknown bits in @options, -E2BIG for options of a newer library,
 *         -EMFILE, -ENOMEM; with LIBNS_SCAN_BPF_ALWAYS, if BPF cannot be used, -EOPNOTSUPP, -EPERM,
 *         -ELIBACC or the errno of the kernel. Processes that vanish or cannot be read are no
 *         failure.
 * Since: 0.1
 */
int libns_scan_new(int procfs_fd, const struct libns_scan_options *options,
		   struct libns_scan **ret_scan, struct libns_error *err);

/**
 * libns_scan_free() - free a snapshot with everything in it
 * @scan: snapshot, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_scan *libns_scan_free(struct libns_scan *scan);

/* For __attribute__((cleanup(libns_scan_freep))). */
static inline void libns_scan_freep(struct libns_scan **scan)
{
	*scan = libns_scan_free(*scan);
}

/**
 * libns_scan_count() - number of namespaces
 * @scan: snapshot
 *
 * Affects: nothing.
 * Return: namespaces of the types that were asked for.
 * Since: 0.1
 */
size_t libns_scan_count(const struct libns_scan *scan);

/**
 * libns_scan_at() - iterate over the namespaces, ascending by inode number
 * @scan: snapshot
 * @i: index from 0
 *
 * Ownership: the node belongs to @scan.
 * Affects: nothing.
 * Return: namespace, or NULL from libns_scan_count() on.
 * Since: 0.1
 */
const struct libns_node *libns_scan_at(const struct libns_scan *scan, size_t i);

/**
 * libns_scan_find() - a namespace by inode number
 * @scan: snapshot
 * @ino: inode number on nsfs, as in "net:[4026531840]"
 *
 * Also finds owners and parents whose type was not asked for.
 *
 * Ownership: the node belongs to @scan.
 * Affects: nothing.
 * Return: namespace, or NULL.
 * Since: 0.1
 */
const struct libns_node *libns_scan_find(const struct libns_scan *scan, uint64_t ino);

/**
 * libns_scan_count_tasks() - number of processes
 * @scan: snapshot
 *
 * Affects: nothing.
 * Return: processes of which at least one namespace could be read.
 * Since: 0.1
 */
size_t libns_scan_count_tasks(const struct libns_scan *scan);

/**
 * libns_scan_task_at() - iterate over the processes, ascending by number
 * @scan: snapshot
 * @i: index from 0
 *
 * Ownership: the task belongs to @scan.
 * Affects: nothing.
 * Return: process, or NULL from libns_scan_count_tasks() on.
 * Since: 0.1
 */
const struct libns_task *libns_scan_task_at(const struct libns_scan *scan, size_t i);

/**
 * libns_scan_find_task() - a process by number
 * @scan: snapshot
 * @pid: process id as the scanned procfs shows it
 *
 * Ownership: the task belongs to @scan.
 * Affects: nothing.
 * Return: process, or NULL.
 * Since: 0.1
 */
const struct libns_task *libns_scan_find_task(const struct libns_scan *scan, pid_t pid);

/* What a snapshot may lack. */
enum libns_unseen {
	LIBNS_UNSEEN_PROCESSES, /* processes whose namespaces may not be read */
	LIBNS_UNSEEN_FDS,       /* descriptor tables that may not be read */
	LIBNS_UNSEEN_SOCKETS,   /* sockets and tun devices that cannot be duplicated */
	LIBNS_UNSEEN_QUEUES,    /* unix sockets whose queue cannot be looked into */
	LIBNS_UNSEEN_MOUNTS,    /* mount namespaces whose mounts cannot be listed */
	LIBNS_UNSEEN_RELATIONS, /* namespaces whose owner and parent cannot be asked for */
	LIBNS_UNSEEN_COMMANDS   /* command lines that could not be read in time */
};
#define LIBNS_N_UNSEEN 7

/**
 * libns_scan_count_unseen() - how much could not be read
 * @scan: snapshot
 * @what: one of enum libns_unseen
 *
 * Ordinary users may read their own processes only. Root without some capability may not read
 * processes that have it.
 *
 * Affects: nothing.
 * Return: number of objects; 0 for an unknown @what.
 * Since: 0.1
 */
size_t libns_scan_count_unseen(const struct libns_scan *scan, enum libns_unseen what);

/**
 * libns_scan_hides_processes() - whether the procfs concealed processes
 * @scan: snapshot
 *
 * If so, the count of LIBNS_UNSEEN_PROCESSES covers only those that are listed there; how many more
 * there are cannot be known. See libns_proc_hides_others().
 *
 * Affects: nothing.
 * Return: yes or no.
 * Since: 0.1
 */
bool libns_scan_hides_processes(const struct libns_scan *scan);

/**
 * libns_unseen_format() - a count of unseen objects in words
 * @what: one of enum libns_unseen
 * @n: how many
 * @buf: receives "1 process is not readable; root sees it", without "; root ..." if the caller is
 *       root or that would not help; "" for an unknown @what
 * @size: of @buf; 96 are enough
 *
 * Ownership: the result is @buf.
 * Affects: nothing.
 * Return: @buf.
 * Since: 0.1
 */
const char *libns_unseen_format(enum libns_unseen what, size_t n, char *buf, size_t size);

/**
 * libns_node_get_id() - identity of a namespace
 * @node: namespace
 *
 * Ownership: belongs to @node.
 * Affects: nothing.
 * Return: device and inode; device 0 in a snapshot of a saved procfs.
 * Since: 0.1
 */
const struct libns_id *libns_node_get_id(const struct libns_node *node);

/**
 * libns_node_get_type() - type of a namespace
 * @node: namespace
 *
 * Affects: nothing.
 * Return: one LIBNS_TYPE_* bit.
 * Since: 0.1
 */
uint64_t libns_node_get_type(const struct libns_node *node);

/**
 * libns_node_get_leader() - the member with the lowest number
 * @node: namespace
 *
 * A zombie is chosen only if no member is alive.
 *
 * Ownership: the task belongs to the snapshot.
 * Affects: nothing.
 * Return: process, or NULL if no process is a member.
 * Since: 0.1
 */
const struct libns_task *libns_node_get_leader(const struct libns_node *node);

/**
 * libns_node_get_first() - the process that stands for a namespace
 * @node: namespace
 *
 * For a pid namespace this is its first process. For another namespace it is a member that is the
 * first process of its pid namespace: the one that a container began with. A process that entered
 * later, or that made the namespace without a pid namespace, is not meant.
 *
 * Ownership: the task belongs to the snapshot.
 * Affects: nothing.
 * Return: process, or NULL if no such member is known; relations must have been asked for.
 * Since: 0.1
 */
const struct libns_task *libns_node_get_first(const struct libns_node *node);

/**
 * libns_node_count_tasks() - number of member processes
 * @node: namespace
 *
 * Threads are not counted. A zombie counts where it still is a member, that is in its user and pid
 * namespace.
 *
 * Affects: nothing.
 * Return: number of processes.
 * Since: 0.1
 */
size_t libns_node_count_tasks(const struct libns_node *node);

/**
 * libns_node_get_owner() - the user namespace that owns a namespace
 * @node: namespace
 *
 * Ownership: the node belongs to the snapshot.
 * Affects: nothing.
 * Return: namespace; NULL if there is none, it is out of the caller's reach, or
 *         relations were not asked for.
 * Since: 0.1
 */
const struct libns_node *libns_node_get_owner(const struct libns_node *node);

/**
 * libns_node_get_parent() - the parent of a pid or user namespace
 * @node: namespace
 *
 * Ownership: the node belongs to the snapshot.
 * Affects: nothing.
 * Return: as libns_node_get_owner().
 * Since: 0.1
 */
const struct libns_node *libns_node_get_parent(const struct libns_node *node);

/**
 * libns_node_get_owner_uid() - the user who made it
 * @node: namespace
 * @ret_uid: receives, for a user namespace, the id that created it, for others
 *           the id that created their owner
 *
 * Affects: nothing.
 * Return: true, or false if that is not known.
 * Since: 0.1
 */
bool libns_node_get_owner_uid(const struct libns_node *node, uid_t *ret_uid);

/**
 * libns_task_get_pid() - number of a process
 * @task: process
 *
 * Affects: nothing.
 * Return: process id as the scanned procfs shows it.
 * Since: 0.1
 */
pid_t libns_task_get_pid(const struct libns_task *task);

/**
 * libns_task_count_threads() - number of its threads
 * @task: process
 *
 * Affects: nothing.
 * Return: number of threads, 0 if threads were not asked for.
 * Since: 0.1
 */
size_t libns_task_count_threads(const struct libns_task *task);

/**
 * libns_task_get_ns() - one namespace of a process
 * @task: process
 * @type: exactly one LIBNS_TYPE_* bit
 *
 * Ownership: the node belongs to the snapshot.
 * Affects: nothing.
 * Return: namespace, or NULL if it was not asked for or is not known.
 * Since: 0.1
 */
const struct libns_node *libns_task_get_ns(const struct libns_task *task, uint64_t type);

/* What libns_scan_read_details() can read about a process. */
#define LIBNS_DETAIL_STATUS  (UINT64_C(1) << 0) /* parent, name */
#define LIBNS_DETAIL_UID     (UINT64_C(1) << 1) /* user id */
#define LIBNS_DETAIL_COMMAND (UINT64_C(1) << 2) /* command line, or the name if it has none */

/**
 * libns_scan_read_details() - read more about some processes
 * @scan: snapshot
 * @tasks: processes of @scan
 * @n_tasks: number of @tasks
 * @details: LIBNS_DETAIL_* bits
 * @err: receives the sentence on failure, or NULL
 *
 * Read them only for the processes that will be shown, since this costs more than the scan. A
 * process whose number has meanwhile been given to another one is left without details. Command
 * lines are read by a child that is replaced when one of them cannot be read in time.
 *
 * Affects: nothing.
 * Return: 0, -EINVAL for unknown bits, -ENOMEM.
 * Since: 0.1
 */
int libns_scan_read_details(struct libns_scan *scan, const struct libns_task *const *tasks,
			    size_t n_tasks, uint64_t details, struct libns_error *err);

/**
 * libns_task_get_ppid() - number of its parent
 * @task: process
 *
 * Affects: nothing.
 * Return: process id; 0 if it has none or LIBNS_DETAIL_STATUS was not read.
 * Since: 0.1
 */
pid_t libns_task_get_ppid(const struct libns_task *task);

/**
 * libns_task_get_uid() - user id of a process, the owner of its /proc directory
 * @task: process
 * @ret_uid: receives the id
 *
 * Affects: nothing.
 * Return: true, or false if LIBNS_DETAIL_UID was not read.
 * Since: 0.1
 */
bool libns_task_get_uid(const struct libns_task *task, uid_t *ret_uid);

/**
 * libns_task_get_comm() - short name of a process
 * @task: process
 *
 * The process can choose any bytes for it; never print them unescaped.
 *
 * Ownership: the string belongs to the snapshot.
 * Affects: nothing.
 * Return: at most 63 bytes, or NULL if LIBNS_DETAIL_STATUS was not read.
 * Since: 0.1
 */
const char *libns_task_get_comm(const struct libns_task *task);

/**
 * libns_task_get_command() - command line of a process
 * @task: process
 *
 * Arguments are separated by blanks, and may contain any bytes that the process chose. A process
 * without a command line (kernel threads, zombies) shows its short name.
 *
 * Ownership: the string belongs to the snapshot.
 * Affects: nothing.
 * Return: command line, or NULL if LIBNS_DETAIL_COMMAND was not read.
 * Since: 0.1
 */
const char *libns_task_get_command(const struct libns_task *task);

/**
 * libns_task_is_blocked() - whether its command line could not be read in time
 * @task: process
 *
 * If so, libns_task_get_command() returns its short name.
 *
 * Affects: nothing.
 * Return: true or false.
 * Since: 0.1
 */
bool libns_task_is_blocked(const struct libns_task *task);

/**
 * libns_node_count_mounts() - number of bind mounts of a namespace that the caller can see
 * @node: namespace of a snapshot
 *
 * Affects: nothing.
 * Return: number of mounts in the caller's own mount namespace.
 * Since: 0.1
 */
size_t libns_node_count_mounts(const struct libns_node *node);

/**
 * libns_node_mount_at() - one of these bind mounts
 * @node: namespace of a snapshot
 * @i: index from 0
 *
 * Ownership: the string belongs to the snapshot.
 * Affects: nothing.
 * Return: mount point in the caller's own mount namespace, or NULL beyond the end.
 * Since: 0.1
 */
const char *libns_node_mount_at(const struct libns_node *node, size_t i);

/**
 * libns_scan_open() - open a namespace of a snapshot
 * @scan: snapshot
 * @node: namespace of @scan
 * @err: receives the sentence on failure, or NULL
 *
 * Tries its holders one by one until one leads to it, and checks that what was opened is that very
 * inode. A bind mount is opened by a child, which may get stuck in place of the caller.
 *
 * Ownership: the caller closes the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing outside the caller's descriptor table.
 * Return: descriptor, -ENOENT if no holder leads to it any more; the errno of the kernel if it
 *         means more than that a holder is gone or may not be looked at.
 * Since: 0.1
 */
int libns_scan_open(const struct libns_scan *scan, const struct libns_node *node,
		    struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
