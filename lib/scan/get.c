/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reading a finished snapshot: what the public getters hand out. Pure. */

#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "scan/scan.h"

LIBNS_PUBLIC size_t libns_scan_count(const struct libns_scan *scan)
{
	return scan->model.n_asked;
}

LIBNS_PUBLIC const struct libns_node *libns_scan_at(const struct libns_scan *scan, size_t i)
{
	return i < scan->model.n_asked ? scan->model.nodes[i] : NULL;
}

LIBNS_PUBLIC const struct libns_node *libns_scan_find(const struct libns_scan *scan, uint64_t ino)
{
	return model_find(&scan->model, ino);
}

LIBNS_PUBLIC size_t libns_scan_count_tasks(const struct libns_scan *scan)
{
	return scan->model.n_tasks;
}

LIBNS_PUBLIC const struct libns_task *libns_scan_task_at(const struct libns_scan *scan, size_t i)
{
	return i < scan->model.n_tasks ? &scan->model.tasks[i] : NULL;
}

LIBNS_PUBLIC const struct libns_task *libns_scan_find_task(const struct libns_scan *scan, pid_t pid)
{
	return model_find_task(&scan->model, pid);
}

LIBNS_PUBLIC size_t libns_scan_count_unseen(const struct libns_scan *scan, enum libns_unseen what)
{
	return (unsigned int)what < LIBNS_N_UNSEEN ? scan->model.unseen[what] : 0;
}

LIBNS_PUBLIC bool libns_scan_hides_processes(const struct libns_scan *scan)
{
	return scan->model.hidden;
}

LIBNS_PUBLIC const char *libns_unseen_format(enum libns_unseen what, size_t n, char *buf,
					     size_t size)
{
	static const struct {
		const char *one, *several, *not ;
	} words[LIBNS_N_UNSEEN] = {
		[LIBNS_UNSEEN_PROCESSES] = { "process", "processes", "readable" },
		[LIBNS_UNSEEN_FDS] = { "descriptor table", "descriptor tables", "readable" },
		[LIBNS_UNSEEN_SOCKETS] = { "socket", "sockets", "asked for the network" },
		[LIBNS_UNSEEN_QUEUES] = { "socket queue", "socket queues", "looked into" },
		[LIBNS_UNSEEN_MOUNTS] = { "mount namespace", "mount namespaces", "looked into" },
		[LIBNS_UNSEEN_RELATIONS] = { "namespace", "namespaces", "asked for the owner" },
		[LIBNS_UNSEEN_COMMANDS] = { "command line", "command lines", "readable in time" },
	};
	/* A process that does not answer does not answer root either. */
	bool helps = geteuid() != 0 && what != LIBNS_UNSEEN_COMMANDS;

	if (size)
		buf[0] = '\0';
	if ((unsigned int)what < LIBNS_N_UNSEEN)
		error_format(buf, size, "%zu %s %s not %s%s", n,
			     n == 1 ? words[what].one : words[what].several, n == 1 ? "is" : "are",
			     words[what].not,
			     !helps   ? ""
			     : n == 1 ? "; root sees it"
				      : "; root sees them");
	return buf;
}

LIBNS_PUBLIC const struct libns_id *libns_node_get_id(const struct libns_node *node)
{
	return &node->id;
}

LIBNS_PUBLIC uint64_t libns_node_get_type(const struct libns_node *node)
{
	return libns_type_at((size_t)node->type);
}

LIBNS_PUBLIC const struct libns_task *libns_node_get_leader(const struct libns_node *node)
{
	return node->leader;
}

LIBNS_PUBLIC const struct libns_task *libns_node_get_first(const struct libns_node *node)
{
	return node->first;
}

LIBNS_PUBLIC size_t libns_node_count_tasks(const struct libns_node *node)
{
	return node->n_tasks;
}

LIBNS_PUBLIC size_t libns_node_count_mounts(const struct libns_node *node)
{
	return node->n_mounts;
}

LIBNS_PUBLIC const char *libns_node_mount_at(const struct libns_node *node, size_t i)
{
	return i < node->n_mounts ? node->mounts[i] : NULL;
}

LIBNS_PUBLIC const struct libns_node *libns_node_get_owner(const struct libns_node *node)
{
	return node->owner;
}

LIBNS_PUBLIC const struct libns_node *libns_node_get_parent(const struct libns_node *node)
{
	return node->parent;
}

LIBNS_PUBLIC bool libns_node_get_owner_uid(const struct libns_node *node, uid_t *ret_uid)
{
	const struct libns_node *user =
		libns_node_get_type(node) == LIBNS_TYPE_USER ? node : node->owner;

	if (!user || !user->has_uid)
		return false;
	*ret_uid = user->uid;
	return true;
}

LIBNS_PUBLIC pid_t libns_task_get_pid(const struct libns_task *task)
{
	return task->pid;
}

LIBNS_PUBLIC size_t libns_task_count_threads(const struct libns_task *task)
{
	return task->threads;
}

LIBNS_PUBLIC const struct libns_node *libns_task_get_ns(const struct libns_task *task,
							uint64_t type)
{
	int i = model_type_index(type);

	return i < 0 ? NULL : task->ns[i];
}

LIBNS_PUBLIC pid_t libns_task_get_ppid(const struct libns_task *task)
{
	return task->ppid;
}

LIBNS_PUBLIC bool libns_task_get_uid(const struct libns_task *task, uid_t *ret_uid)
{
	if (!(task->loaded & LIBNS_DETAIL_UID))
		return false;
	*ret_uid = task->uid;
	return true;
}

LIBNS_PUBLIC const char *libns_task_get_comm(const struct libns_task *task)
{
	return task->comm;
}

LIBNS_PUBLIC const char *libns_task_get_command(const struct libns_task *task)
{
	return task->command;
}

LIBNS_PUBLIC bool libns_task_is_blocked(const struct libns_task *task)
{
	return task->blocked;
}
