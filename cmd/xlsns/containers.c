/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xlsns --containers: which containers there are, as the kernel and files tell, without daemons. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xlsns/sheet.h"

static const struct sheet_column container_columns[] = {
	{ "CONTAINER", KIND_STRING, SHEET_FOLD }, { "RUNTIME", KIND_STRING, SHEET_FOLD },
	{ "NAMESPACE", KIND_STRING, SHEET_FOLD }, { "POD", KIND_STRING, SHEET_FOLD },
	{ "OWNER", KIND_NUMBER, SHEET_FOLD },     { "STATE", KIND_STRING, SHEET_FOLD },
	{ "PID", KIND_NUMBER, SHEET_FOLD },       { "NPROCS", KIND_NUMBER, SHEET_FOLD },
	{ "NETNS", KIND_NUMBER, SHEET_FOLD },     { "MNTNS", KIND_NUMBER, SHEET_FOLD },
	{ "ID", KIND_STRING, SHEET_CUT },
};

#define N_CONTAINER_COLUMNS (sizeof(container_columns) / sizeof(container_columns[0]))

static const char *inode(const struct libns_scan *scan, pid_t pid, uint64_t type, char *buf,
			 size_t size)
{
	const struct libns_task *task = libns_scan_find_task(scan, pid);
	const struct libns_node *node = task ? libns_task_get_ns(task, type) : NULL;

	if (!node)
		return NULL;
	snprintf(buf, size, "%llu", (unsigned long long)libns_node_get_id(node)->ino);
	return buf;
}

const char *container_state(const struct libns_container *c)
{
	if (c->flags & LIBNS_CONTAINER_CREATED)
		return "created";
	if (c->flags & LIBNS_CONTAINER_UNSEEN)
		return "unknown";
	return c->pid ? "running" : "stopped";
}

static bool add(struct sheet *sheet, const struct libns_scan *scan, const struct libns_container *c)
{
	char pid[16], number[24], owner[16], net[24], mnt[24];
	const char *cells[N_CONTAINER_COLUMNS] = {
		c->word,
		c->runtime,
		*c->space ? c->space : NULL,
		*c->pod ? c->pod : NULL,
		c->owner != LIBNS_OWNER_UNKNOWN ? owner : NULL,
		container_state(c),
		c->pid ? pid : NULL,
		number,
		inode(scan, c->pid, LIBNS_TYPE_NET, net, sizeof(net)),
		inode(scan, c->pid, LIBNS_TYPE_MNT, mnt, sizeof(mnt)),
		c->id,
	};

	snprintf(pid, sizeof(pid), "%d", c->pid);
	snprintf(number, sizeof(number), "%zu", c->n_processes);
	snprintf(owner, sizeof(owner), "%u", c->owner);
	return sheet_add(sheet, cells, -1);
}

static void note_unread(const struct options *o, const struct libns_containers *containers)
{
	size_t n = libns_containers_count_unread(containers);
	char others[64] = "";

	if (n > 1)
		snprintf(others, sizeof(others), " (and %zu place%s more)", n - 1,
			 n == 2 ? "" : "s");
	if (n)
		cli_note(o->cli, "containers or their names may be missing: %s%s",
			 libns_containers_get_unread(containers), others);
}

int show_containers(const struct options *o, const struct libns_scan *scan)
{
	struct sheet sheet = SHEET(container_columns);
	struct libns_containers *containers = NULL;
	struct libns_error err = LIBNS_ERROR_INIT;
	const struct libns_container *c;
	bool done = true;

	if (libns_containers_new(o->procfs_fd, LIBNS_ROOT, &containers, &err) < 0)
		return cli_fail(o->cli, &err);
	for (size_t i = 0; done && (c = libns_containers_at(containers, i)); i++)
		done = add(&sheet, scan, c);
	if (!libns_containers_count(containers) && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO))
		cli_error(o->cli, "no container is seen here");
	if (done)
		done = sheet_print(&sheet, o, "containers", scan, NULL);
	note_unread(o, containers);
	sheet_clear(&sheet);
	libns_containers_free(containers);
	return done ? 0 : cli_error(o->cli, "out of memory");
}
