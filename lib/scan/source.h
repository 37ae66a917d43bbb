/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SCAN_SOURCE_H
#define LIBNS_SCAN_SOURCE_H

/* The places where a scan finds namespaces, one file for each. scan.c calls them in order. */

#include "scan/find.h"
#include "scan/scan.h"

/* scan/bpf.c reads processes without procfs. Return: 1 if done, 0 if procfs is to be read. */
int scan_bpf(struct libns_scan *scan, struct libns_error *err);

/* scan/tasks.c reads processes, threads, and what they hold. */
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
/* The same for one descriptor by its number, or -1 for all. */
void scan_some_fds(struct scan_worker *worker, pid_t pid, pid_t tid, int fd);

/* scan/queued.c: looks into the queues among @finds, and at files that may be namespaces. */
int scan_queued(struct libns_scan *scan, const struct scan_find *finds, size_t n);

/* scan/detached.c: notes a descriptor with the link "/" that may stand for a detached tree, and looks
 * into those among @finds. */
void scan_note_tree(struct scan_worker *worker, const struct scan_owner *owner, int fd,
		    const char *fdinfo);
int scan_trees(struct libns_scan *scan, const struct scan_find *finds, size_t n);

/* scan/listns.c adds what listns(2) shows. Return: 0, also where there is no such call, or a
 * negative errno. */
int scan_listns(struct libns_scan *scan);

/* scan/mounts.c reads the bind mounts in one mount table, a file below @dir_fd. */
int scan_read_mountinfo(struct libns_scan *scan, struct libns_node *where, int dir_fd,
			const char *path);
/* Notes a bind mount on @point in the mount namespace @where; @root is "net:[4026531840]". */
int scan_found_mount(struct libns_scan *scan, struct libns_node *where, const char *root,
		     const char *point);

/* scan/mountns.c reads all mount namespaces but the caller's. */
int scan_other_mounts(struct libns_scan *scan);

/* scan/relations.c adds the owners and parents of all that was found. */
int scan_relations(struct libns_scan *scan);

#endif
