/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SCAN_SOURCE_H
#define LIBNS_SCAN_SOURCE_H

/* Between scan.c, which runs a scan, and its sources, one file each. */

#include <pthread.h>
#include <sys/types.h>

#include "scan/kept.h"
#include "scan/link.h"
#include "scan/model.h"

/* Calls that a scan can do without. */
enum {
	SCAN_CALL_GETFD = 1 << 0,
	SCAN_CALL_KCMP = 1 << 1,
	SCAN_CALL_BPF = 1 << 2,
	SCAN_CALL_MOUNTS = 1 << 3 | 1 << 4,
	SCAN_CALL_LISTNS = 1 << 5 | 1 << 6,
};

struct libns_scan {
	struct model model;
	int procfs_fd;  /* ours */
	bool live;      /* on procfs, not a saved copy: the kernel may be asked */
	bool own_pids;  /* its numbers are those of our own pid namespace */
	uint64_t fatal; /* SCAN_CALL_*: a filter kills whoever makes them */
	uint64_t sources;
	uint64_t links; /* types whose links are read; more than what is shown */
	unsigned int threads;
	enum libns_scan_bpf bpf;
	struct scan_kept kept; /* what only a bind mount or a walk leads to */
};

/* Numeric names of a directory: processes, threads, descriptors. */
struct scan_numbers {
	unsigned int *list;
	size_t n, max;
};

/* Replaces the contents of @numbers. 0 or a negative errno. */
int scan_list_numbers(int dir_fd, struct scan_numbers *numbers);

/* Something found by a reading thread, before there is a model to put it in. */
struct scan_find {
	enum libns_holder_kind kind;
	int type;
	uint64_t ino; /* 0 for what has yet to be looked into, by scan/queued.c */
	pid_t pid, tid;
	int fd;
};

/* Numbers to numbers, never shrinking; key 0 does not occur. */
struct scan_map {
	struct {
		uint64_t key, value;
	} * slots;
	size_t n, max;
};

bool scan_map_get(const struct scan_map *map, uint64_t key, uint64_t *ret_value);
int scan_map_put(struct scan_map *map, uint64_t key, uint64_t value);

/* One reading thread. */
struct scan_worker {
	const struct libns_scan *scan;
	struct scan_find *finds;
	size_t n_finds, n_finds_max;
	size_t unseen[LIBNS_N_UNSEEN];
	struct scan_numbers fds, tids;
	struct scan_map sockets; /* socket inode -> net namespace inode, 0: unknown */
	struct scan_map cookies; /* network cookie -> net namespace inode */
	struct scan_map paths;   /* hashes of those that lead to no namespace */
	int error;               /* the first failure; what is denied is counted */
};

void scan_found(struct scan_worker *worker, const struct scan_find *find);

/* Remembers @r (a negative errno, or 0) if it is a failure, see sys_is_failure(). */
void scan_note(struct scan_worker *worker, ssize_t r);

/* As scan_read_link(), with failures remembered. */
int scan_read_link_of(struct scan_worker *worker, int dir_fd, const char *path, uint64_t *ret_ino);

/* The process (or thread) whose descriptors are read; its pidfd is opened when needed. */
struct scan_owner {
	pid_t pid, tid;
	int dir_fd;
	int pidfd;
};

/* scan/fds.c */
void scan_fds(struct scan_worker *worker, struct scan_owner *owner);
/* The same by number: one descriptor, or -1 for all. */
void scan_some_fds(struct scan_worker *worker, pid_t pid, pid_t tid, int fd);

/* What a reading thread knows of a process: inodes of the types looked at, or 0. */
struct scan_process {
	uint64_t ino[LIBNS_N_TYPES];
	uint32_t threads;
	bool seen;
};

/* scan/tasks.c: processes, threads, what they hold. */
int scan_tasks(struct libns_scan *scan, struct libns_error *err);
void scan_read_process(struct scan_worker *worker, pid_t pid, struct scan_process *process);
/* Into the model, without further system calls; processes first, ascending by number. */
int scan_merge_processes(struct model *model, const unsigned int *pids,
			 const struct scan_process *processes, size_t n_processes);
int scan_merge_finds(struct libns_scan *scan, struct scan_worker *worker);
void scan_free_worker(struct scan_worker *worker);

/* A reading thread that takes no signals. 0 or a negative errno. */
int scan_start_thread(pthread_t *ret_thread, void *(*run)(void *), void *data);

/* scan/bpf.c: the same without procfs. 1 if done, 0 if procfs is to be read. */
int scan_bpf(struct libns_scan *scan, struct libns_error *err);

/* scan/queued.c: looks into the queues among @finds, and at files that may be namespaces. */
int scan_queued(struct libns_scan *scan, const struct scan_find *finds, size_t n);

/* scan/listns.c: what listns(2) shows; 0 where there is no such call. */
int scan_listns(struct libns_scan *scan);

/* scan/mounts.c */
int scan_mounts(struct libns_scan *scan, struct libns_error *err);
/* One bind mount on @point in the mount namespace @where; @root is "net:[4026531840]". */
int scan_found_mount(struct libns_scan *scan, struct libns_node *where, const char *root,
		     const char *point);
int scan_read_mountinfo(struct libns_scan *scan, struct libns_node *where, const char *path);

/* scan/mountns.c: all mount namespaces but the caller's. */
int scan_other_mounts(struct libns_scan *scan);

/* scan/relations.c */
int scan_relations(struct libns_scan *scan);
int scan_relate(struct libns_scan *scan, struct libns_node *node, int ns_fd);

/* scan/open.c: a descriptor through one holder, proven to be @node; or -errno. */
int scan_open_node(const struct libns_scan *scan, const struct libns_node *node);

/* scan/relations.c: the same through a bind mount, by a child; or -errno. */
int scan_open_bound(const struct libns_scan *scan, const struct libns_node *node);

/* The namespace behind an open descriptor, found or added; NULL without memory. */
struct libns_node *scan_node_of_fd(struct libns_scan *scan, int ns_fd);

#endif
