/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xlsns --pid-tree: processes below their parents, as pstree(1) draws them, each
 * with its pid namespace and the numbers it has in there.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/holders.h"
#include "xlsns/sheet.h"

static const struct sheet_column tree_columns[] = {
	{ "PID", KIND_NUMBER, SHEET_FOLD },     { "PPID", KIND_NUMBER, SHEET_FOLD },
	{ "PIDNS", KIND_NUMBER, SHEET_FOLD },   { "INSIDE", KIND_NUMBERS, SHEET_FOLD },
	{ "COMMAND", KIND_STRING, SHEET_TREE },
};

/* A process by its position in the snapshot; positions are -1 for none. */
struct twig {
	long parent, first, next;
	long row; /* in the sheet */
};

static long position(const struct libns_scan *scan, pid_t pid)
{
	long low = 0, high = (long)libns_scan_count_tasks(scan) - 1;

	while (pid && low <= high) {
		long middle = low + (high - low) / 2;
		pid_t there = libns_task_get_pid(libns_scan_task_at(scan, (size_t)middle));

		if (there == pid)
			return middle;
		if (there < pid)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return -1;
}

/* Links the roots as siblings. Return: the first of them. */
static long grow(struct twig *twigs, const struct libns_scan *scan)
{
	long root = -1;

	for (size_t i = libns_scan_count_tasks(scan); i-- > 0;) {
		long parent = position(scan, libns_task_get_ppid(libns_scan_task_at(scan, i)));
		long *list = parent < 0 ? &root : &twigs[parent].first;

		twigs[i].parent = parent;
		twigs[i].next = *list;
		*list = (long)i;
	}
	return root;
}

/* Room for the numbers and their separators: at most 32 pid namespaces are nested. */
#define INSIDE_MAX (33 * 12)

/*
 * The numbers further in, a line each, the innermost last; "" if there are none. False if
 * they cannot be read, with the reason printed.
 */
static bool list_inside(const struct options *o, const struct libns_task *task, char *to)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	const struct libns_node *ns = libns_task_get_ns(task, LIBNS_TYPE_PID);
	struct libns_proc *proc = NULL;
	pid_t *pids = NULL;
	size_t n_pids = 0, n = 0;

	int r;

	*to = '\0';
	if (!ns || !libns_node_get_parent(ns))
		return true;
	r = pin_task(o, task, LIBNS_TYPE_PID, &proc, &err);
	if (r == 0)
		r = libns_proc_read_nspid(proc, &pids, &n_pids, &err);
	for (size_t i = 1; r == 0 && i < n_pids && n + 12 < INSIDE_MAX; i++)
		n += (size_t)snprintf(to + n, INSIDE_MAX - n, "%s%d", i > 1 ? "\n" : "", pids[i]);
	free(pids);
	libns_proc_free(proc);
	/* It has ended meanwhile, or we may not read it: it is shown without these numbers. */
	if (r == 0 || r == -ESRCH || r == -EACCES || r == -EPERM || r == -EOPNOTSUPP)
		return true;
	cli_fail(o->cli, &err);
	return false;
}

static bool add(struct sheet *sheet, const struct options *o, const struct libns_task *task,
		long parent_row)
{
	const struct libns_node *node = libns_task_get_ns(task, LIBNS_TYPE_PID);
	char pid[16], ppid[16], ns[24], inside[INSIDE_MAX], command[80];
	const char *cells[] = { pid, ppid, node ? ns : NULL, inside,
				holder_command(task, command, sizeof(command)) };

	snprintf(pid, sizeof(pid), "%d", libns_task_get_pid(task));
	snprintf(ppid, sizeof(ppid), "%d", libns_task_get_ppid(task));
	if (node)
		snprintf(ns, sizeof(ns), "%llu", (unsigned long long)libns_node_get_id(node)->ino);
	if (!list_inside(o, task, inside))
		return false;
	if (!*inside)
		cells[3] = NULL;
	return sheet_add(sheet, cells, parent_row) || (cli_error(o->cli, "out of memory"), false);
}

/* Everything below @top and itself, or with -1 all; without recursion: trees can be deep. */
static bool climb(struct sheet *sheet, const struct options *o, const struct libns_scan *scan,
		  struct twig *twigs, long top, long root)
{
	long at = top < 0 ? root : top;

	while (at >= 0) {
		struct twig *twig = &twigs[at];
		bool below = at != top && twig->parent >= 0;

		twig->row = (long)sheet->n_rows;
		if (!add(sheet, o, libns_scan_task_at(scan, (size_t)at),
			 below ? twigs[twig->parent].row : -1))
			return false;
		if (twig->first >= 0) {
			at = twig->first;
			continue;
		}
		while (at >= 0 && at != top && twigs[at].next < 0)
			at = twigs[at].parent;
		at = at < 0 || at == top ? -1 : twigs[at].next;
	}
	return true;
}

static int load(struct libns_scan *scan, struct libns_error *err)
{
	size_t n = libns_scan_count_tasks(scan);
	const struct libns_task **tasks = calloc(n ? n : 1, sizeof(struct libns_task *));
	int r;

	if (!tasks)
		return -1;
	for (size_t i = 0; i < n; i++)
		tasks[i] = libns_scan_task_at(scan, i);
	r = libns_scan_read_details(scan, tasks, n, LIBNS_DETAIL_STATUS | LIBNS_DETAIL_COMMAND,
				    err);
	free(tasks);
	return r;
}

int show_pid_tree(const struct options *o, struct libns_scan *scan, pid_t pid)
{
	struct sheet sheet = SHEET(tree_columns);
	struct libns_error err = LIBNS_ERROR_INIT;
	size_t n = libns_scan_count_tasks(scan);
	struct twig *twigs;
	long top = position(scan, pid);
	int code;

	if (pid && top < 0)
		return cli_error(o->cli, "process %d is not there, or may not be read", pid);
	if (load(scan, &err) < 0)
		return cli_fail(o->cli, &err);
	twigs = malloc((n ? n : 1) * sizeof(*twigs));
	for (size_t i = 0; twigs && i < n; i++)
		twigs[i] = (struct twig){ -1, -1, -1, -1 };
	code = twigs ? 0 : cli_error(o->cli, "out of memory");
	if (twigs && !climb(&sheet, o, scan, twigs, top, grow(twigs, scan)))
		code = CLI_FAILURE;
	else if (twigs && !sheet_print(&sheet, o, "pid-tree", scan, NULL))
		code = cli_error(o->cli, "out of memory");
	sheet_clear(&sheet);
	free(twigs);
	return code;
}
