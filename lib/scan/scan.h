/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SCAN_SCAN_H
#define LIBNS_SCAN_SCAN_H

/* A scan, from its beginning to the snapshot that the caller holds. */

#include "scan/kept.h"
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

#endif
