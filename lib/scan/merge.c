/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Puts the notes of reading threads into the model: first the processes, then what they hold. One
 * thread does this, without system calls, except for the few finds that are not yet known to be
 * namespaces: scan/queued.c and scan/detached.c look into those.
 */

#include "scan/merge.h"

#include "base/base.h"
#include "scan/scan.h"
#include "scan/source.h"

int scan_merge_processes(struct model *model, const unsigned int *pids,
			 const struct scan_process *processes, size_t n_processes)
{
	struct libns_task *tasks = calloc(n_processes ? n_processes : 1, sizeof(*tasks));
	struct libns_node *last[LIBNS_N_TYPES] = { NULL };
	size_t n = 0;

	if (!tasks)
		return -ENOMEM;
	for (size_t i = 0; i < n_processes; i++) {
		const struct scan_process *raw = &processes[i];

		if (!raw->seen)
			continue;
		for (int t = 0; t < LIBNS_N_TYPES; t++) {
			if (!raw->ino[t])
				continue;
			/* Neighbours usually share a namespace, which saves the search. */
			if (!last[t] || last[t]->id.ino != raw->ino[t])
				last[t] = model_add(model, t, raw->ino[t]);
			if (!last[t]) {
				free(tasks);
				return -ENOMEM;
			}
			tasks[n].ns[t] = last[t];
		}
		tasks[n].pid = (pid_t)pids[i];
		tasks[n++].threads = raw->threads;
	}
	model_take_tasks(model, tasks, n);
	return 0;
}

int scan_merge_finds(struct libns_scan *scan, const struct scan_worker *w)
{
	int r;

	for (size_t i = 0; i < LIBNS_N_UNSEEN; i++)
		scan->model.unseen[i] += w->unseen[i];
	for (size_t i = 0; i < w->n_finds; i++) {
		const struct scan_find *find = &w->finds[i];
		struct libns_node *node;

		if (!find->ino)
			continue;
		node = model_add(&scan->model, find->type, find->ino);
		r = node ? model_hold(&scan->model, node,
				      &(struct model_hold){ find->kind, find->pid, find->tid,
							    find->fd, NULL, NULL, 0 })
			 : -ENOMEM;
		if (r < 0)
			return r;
	}
	return scan_queued(scan, w->finds, w->n_finds);
}
