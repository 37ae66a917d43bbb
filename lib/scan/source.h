/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SCAN_SOURCE_H
#define LIBNS_SCAN_SOURCE_H

/* Where a scan finds namespaces: one file each. scan.c calls them in order. */

#include "scan/find.h"
#include "scan/scan.h"

/* scan/bpf.c: processes without procfs. 1 if done, 0 if procfs is to be read. */
int scan_bpf(struct libns_scan *scan, struct libns_error *err);

/* scan/tasks.c: processes, threads, what they hold. */
int scan_procfs(struct libns_scan *scan, struct libns_error *err);
void scan_read_process(struct scan_worker *worker, pid_t pid, struct scan_process *process);

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

/* scan/queued.c: looks into the queues among @finds, and at files that may be namespaces. */
int scan_queued(struct libns_scan *scan, const struct scan_find *finds, size_t n);

/* scan/listns.c: what listns(2) shows; 0 where there is no such call. */
int scan_listns(struct libns_scan *scan);

/* scan/mounts.c: bind mounts in one mount table, a file below @dir_fd. */
int scan_read_mountinfo(struct libns_scan *scan, struct libns_node *where, int dir_fd,
			const char *path);
/* One of them on @point in the mount namespace @where; @root is "net:[4026531840]". */
int scan_found_mount(struct libns_scan *scan, struct libns_node *where, const char *root,
		     const char *point);

/* scan/mountns.c: all mount namespaces but the caller's. */
int scan_other_mounts(struct libns_scan *scan);

/* scan/relations.c: owners and parents of all that was found. */
int scan_relations(struct libns_scan *scan);

#endif
