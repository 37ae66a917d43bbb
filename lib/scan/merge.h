/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SCAN_MERGE_H
#define LIBNS_SCAN_MERGE_H

/* Putting what reading threads have found into the model. */

#include "scan/find.h"
#include "scan/model.h"

/* Adds the processes, ascending by number; must come first. Return: 0 or -ENOMEM. */
int scan_merge_processes(struct model *model, const unsigned int *pids,
			 const struct scan_process *processes, size_t n_processes);

/* Then adds what they hold. Return: 0 or a negative errno. */
int scan_merge_finds(struct libns_scan *scan, const struct scan_worker *worker);

#endif
