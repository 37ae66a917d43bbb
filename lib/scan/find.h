/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SCAN_FIND_H
#define LIBNS_SCAN_FIND_H

/* What one reading thread has found. It is put into the model once all threads have ended. */

#include <sys/types.h>

#include <libns/holder.h>
#include <libns/scan.h>

#include "scan/util.h"

struct scan_find {
	enum libns_holder_kind kind;
	int type;
	uint64_t ino; /* 0 if scan/queued.c or scan/detached.c has yet to look into it */
	pid_t pid, tid;
	int fd;
	uint64_t
		object; /* that is yet to be looked into: inode number of a socket, id of a mount */
};

/* What a reading thread knows of a process: inodes of the types looked at, or 0. */
struct scan_process {
	uint64_t ino[LIBNS_N_TYPES];
	uint32_t threads;
	bool seen;
};

/* One reading thread. */
struct scan_worker {
	const struct libns_scan *scan;
	struct scan_find *finds;
	size_t n_finds, n_finds_max;
	size_t unseen[LIBNS_N_UNSEEN];
	struct scan_numbers fds, tids;
	struct scan_map sockets; /* socket inode -> net namespace inode, 0: unknown */
	struct scan_map cookies; /* network cookie -> net namespace inode */
	struct scan_map paths;   /* hashes of paths that lead to no namespace */
	int error;               /* the first failure; denied objects are only counted */
};

void scan_found(struct scan_worker *worker, const struct scan_find *find);

/* Remembers @r (a negative errno, or 0) if it is a failure, see sys_is_failure(). */
void scan_note(struct scan_worker *worker, ssize_t r);

/* As scan_read_link(), but remembers failures. */
int scan_read_link_of(struct scan_worker *worker, int dir_fd, const char *path, uint64_t *ret_ino);

void scan_free_worker(struct scan_worker *worker);

#endif
