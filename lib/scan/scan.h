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
	bool live;      /* it is a procfs and not a saved copy: the kernel may be asked */
	bool own_pids;  /* its numbers are those of our own pid namespace */
	uint64_t fatal; /* SCAN_CALL_*: calls for which a filter kills the process */
	uint64_t sources;
	uint64_t links; /* types whose links are read; these are more than are shown */
	unsigned int threads;
	enum libns_scan_bpf bpf;
	struct scan_kept kept; /* those that only a bind mount or a walk leads to */
};

#endif
