/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xlsns --pid-map: the number of one process in every pid namespace it is visible in. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xlsns/sheet.h"

static const struct sheet_column map_columns[] = {
	{ "PID", KIND_NUMBER, SHEET_FOLD },
	{ "LEVEL", KIND_NUMBER, SHEET_FOLD },
	{ "PIDNS", KIND_NUMBER, SHEET_FOLD },
};

struct pids {
	pid_t *list;
	size_t n;
};

static int print_map(const struct options *o, const struct libns_scan *scan, pid_t pid,
		     const struct pids *pids)
{
	struct sheet sheet = SHEET(map_columns);
	const struct libns_task *task = libns_scan_find_task(scan, pid);
	const struct libns_node *chain[64] = { NULL };
	const struct libns_node *node = task ? libns_task_get_ns(task, LIBNS_TYPE_PID) : NULL;
	bool done = pids->n <= 64;

	/* Numbers come from the outside in, namespaces from the inside out. */
	for (size_t i = pids->n; i-- > 0 && done && node; node = libns_node_get_parent(node))
		chain[i] = node;
	for (size_t i = 0; i < pids->n && done; i++) {
		char level[24], ns[24], number[16];
		const char *cells[] = { number, level, chain[i] ? ns : NULL };

		snprintf(level, sizeof(level), "%zu", i);
		if (chain[i])
			snprintf(ns, sizeof(ns), "%llu",
				 (unsigned long long)libns_node_get_id(chain[i])->ino);
		snprintf(number, sizeof(number), "%d", pids->list[i]);
		done = sheet_add(&sheet, cells, -1);
	}
	if (done)
		done = sheet_print(&sheet, o, "pid-map", scan, NULL);
	sheet_clear(&sheet);
	return done ? 0 : cli_error(o->cli, "out of memory");
}

/* How many levels @outer is above the pid namespace of @task, or -1 if it is not above it. */
static int levels_above(const struct libns_task *task, const struct libns_node *outer)
{
	const struct libns_node *node = libns_task_get_ns(task, LIBNS_TYPE_PID);

	for (int n = 0; node; node = libns_node_get_parent(node), n++)
		if (node == outer)
			return n;
	return -1;
}

int show_pid_map(const struct options *o, const struct libns_scan *scan,
		 const struct libns_proc *proc)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct pids pids = { NULL, 0 };
	int code;

	if (libns_proc_read_nspid(proc, &pids.list, &pids.n, &err) < 0)
		return cli_fail(o->cli, &err);
	code = print_map(o, scan, libns_proc_get_pid(proc), &pids);
	free(pids.list);
	return code;
}

/* Whether a process of the snapshot has number @inner, @above levels above its own namespace:
 * 1 and the pinned process, 0 or a negative errno. */
static int has_inner(const struct options *o, const struct libns_task *task, pid_t inner, int above,
		     struct libns_proc **ret_proc, struct libns_error *err)
{
	struct libns_proc *proc = NULL;
	struct pids pids = { NULL, 0 };
	int r = pin_task(o, task, LIBNS_TYPE_PID, &proc, err);

	if (r == 0)
		r = libns_proc_read_nspid(proc, &pids.list, &pids.n, err);
	if (r == 0)
		r = pids.n > (size_t)above && pids.list[pids.n - 1 - (size_t)above] == inner;
	free(pids.list);
	if (r == 1)
		*ret_proc = proc;
	else
		libns_proc_free(proc);
	return r;
}

int show_inner_pid(const struct options *o, const struct libns_scan *scan, pid_t inner,
		   const struct libns_node *where)
{
	unsigned long long ino = (unsigned long long)libns_node_get_id(where)->ino;
	struct libns_proc *proc = NULL;
	int code;

	if (libns_node_get_type(where) != LIBNS_TYPE_PID)
		return cli_error(o->cli, "--in: %llu is a %s namespace, not a pid namespace", ino,
				 libns_type_name(libns_node_get_type(where)));
	for (size_t i = 0; i < libns_scan_count_tasks(scan) && !proc; i++) {
		const struct libns_task *task = libns_scan_task_at(scan, i);
		struct libns_error err = LIBNS_ERROR_INIT;
		int above = levels_above(task, where), r;

		r = above < 0 ? 0 : has_inner(o, task, inner, above, &proc, &err);
		if (r < 0 && r != -ESRCH && r != -EACCES && r != -EPERM)
			return cli_fail(o->cli, &err);
	}
	if (!proc)
		return cli_error(o->cli, "no process has number %d in pid namespace %llu",
				 (int)inner, ino);
	code = show_pid_map(o, scan, proc);
	libns_proc_free(proc);
	return code;
}
