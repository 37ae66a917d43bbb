/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The values of cells, with a function for each column. Only what is asked for is computed. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/holders.h"
#include "xlsns/columns.h"

/* A process that has ended, or that we may not read, is no failure. */
static bool is_failure(int code)
{
	return code != ENOENT && code != ESRCH && code != EACCES && code != EPERM;
}

static void set_number(struct cell *cell, uint64_t number)
{
	cell->null = false;
	cell->number = number;
	snprintf(cell->text, sizeof(cell->text), "%llu", (unsigned long long)number);
	cell->string = cell->text;
}

static void set_string(struct cell *cell, const char *string)
{
	cell->null = !string;
	cell->string = string;
}

static void set_node(struct cell *cell, const struct libns_node *node)
{
	if (node) {
		set_number(cell, libns_node_get_id(node)->ino);
		return;
	}
	/* Where there is none, tables say 0 as lsns does, and JSON says null. */
	cell->string = "0";
}

static void get_path(struct columns *ctx, struct cell *cell, const struct row *row)
{
	if (!row->task)
		return;
	snprintf(cell->text, sizeof(cell->text), "/proc/%d/ns/%s", libns_task_get_pid(row->task),
		 libns_type_name(libns_node_get_type(row->node)));
	set_string(cell, cell->text);
}

static bool user_of(const struct row *row, uid_t *ret_uid)
{
	return row->task ? libns_task_get_uid(row->task, ret_uid)
			 : libns_node_get_owner_uid(row->node, ret_uid);
}

/* A service may be kept from such sockets (systemd: RestrictAddressFamilies=). */
static bool is_no_netlink(int code)
{
	return code == EAFNOSUPPORT || code == EPROTONOSUPPORT || code == EOPNOTSUPP ||
	       code == ENOSYS;
}

static void get_nsid(struct columns *ctx, struct cell *cell, const struct row *row)
{
	const struct libns_node *node = row->node;
	struct libns_error err = LIBNS_ERROR_INIT;
	int32_t nsid;
	int fd, r;

	if (libns_node_get_type(node) != LIBNS_TYPE_NET)
		return;
	fd = libns_scan_open(ctx->scan, node, &err);
	if (fd < 0) {
		if (fd != -ENOENT)
			columns_fail_with(ctx, &err);
		return;
	}
	r = libns_netns_query_nsid(fd, &nsid, &err);
	if (r < 0 && is_failure(-r) && !is_no_netlink(-r))
		columns_fail_with(ctx, &err);
	if (r == 0) {
		snprintf(cell->text, sizeof(cell->text), "%d", nsid);
		/* JSON has null where there is no number. */
		if (nsid == LIBNS_NSID_NONE)
			cell->string = "unassigned";
		else
			set_string(cell, cell->text);
	}
	close(fd);
}

/* The container that a network namespace was made for, if nothing but its name is left. */
static const struct libns_container *container_of_name(const struct columns *ctx,
						       const struct libns_node *node)
{
	const struct libns_container *c = NULL;
	const char *path, *name;

	if (libns_node_get_type(node) != LIBNS_TYPE_NET)
		return NULL;
	for (size_t i = 0; !c && (path = libns_node_mount_at(node, i)); i++) {
		name = strrchr(path, '/');
		if (name && (size_t)(name - path) >= strlen("/netns") &&
		    !strncmp(name - strlen("/netns"), "/netns", strlen("/netns")))
			c = libns_containers_of_netns(ctx->containers, name + 1);
	}
	return c;
}

/*
 * The process whose container is that of a row: the one the namespace began with, or
 * any member that is in a container. Whoever has entered it from outside has a lower
 * number now and then.
 */
static const struct libns_container *container_of(struct columns *ctx, const struct row *row)
{
	const struct libns_task *first = libns_node_get_first(row->node), *task = first;
	const struct libns_container *c;
	size_t n = libns_node_count_tasks(row->node);

	if (!row->task)
		return NULL;
	if (!task || ctx->options->mode == MODE_MEMBERS)
		task = row->task;
	c = libns_containers_of(ctx->containers, libns_task_get_pid(task));
	if (c || task == first || ctx->options->mode == MODE_MEMBERS)
		return c;
	for (size_t i = rows_position(ctx->scan, row->task); !c && n; i++) {
		task = libns_scan_task_at(ctx->scan, i);
		if (!task)
			break;
		if (libns_task_get_ns(task, libns_node_get_type(row->node)) != row->node)
			continue;
		c = libns_containers_of(ctx->containers, libns_task_get_pid(task));
		n--;
	}
	return c;
}

static void get_container(struct columns *ctx, struct cell *cell, const struct row *row)
{
	const struct libns_container *c = NULL;

	if (!ctx->looked_for_containers) {
		struct libns_error err = LIBNS_ERROR_INIT;

		if (libns_containers_new(ctx->options->procfs_fd, LIBNS_ROOT, &ctx->containers,
					 &err) < 0)
			columns_fail_with(ctx, &err);
		ctx->looked_for_containers = true;
	}
	if (!ctx->containers)
		return;
	c = container_of(ctx, row);
	if (!c && row->node)
		c = container_of_name(ctx, row->node);
	if (!c)
		return;
	/* A pod's own container has no name, and nobody would know it by its id. */
	if (!*c->name && *c->pod && !c->owner && c->flags & LIBNS_CONTAINER_SANDBOX)
		set_string(cell, c->pod);
	else
		set_string(cell, c->word);
}

/*
 * An id map: a property of the namespace, to be had from a member only. Which
 * namespace that is in is asked of the same directory as the map.
 */
static void set_map(struct columns *ctx, struct cell *cell, const struct row *row, const char *name)
{
	bool usual = ctx->options->procfs_fd < 0;
	char path[32], is[64], *link = NULL, *map = NULL;
	pid_t pid;
	int dir_fd;

	if (!row->task || libns_node_get_type(row->node) != LIBNS_TYPE_USER)
		return;
	pid = libns_task_get_pid(row->task);
	snprintf(path, sizeof(path), usual ? "/proc/%d" : "%d", pid);
	snprintf(is, sizeof(is), "user:[%llu]",
		 (unsigned long long)libns_node_get_id(row->node)->ino);
	dir_fd = openat(usual ? AT_FDCWD : ctx->options->procfs_fd, path,
			O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd >= 0)
		link = file_read_link_at(dir_fd, "ns/user");
	if (link && !strcmp(link, is))
		map = file_read_at(dir_fd, name, NULL);
	if ((!link || (!map && !strcmp(link, is))) && is_failure(errno))
		columns_fail(ctx, name, pid, errno);
	free(link);
	if (dir_fd >= 0)
		close(dir_fd);
	if (!map)
		return;
	cell_squeeze(map);
	for (char *c = map; *c; c++)
		if (*c == '\n')
			*c = ',';
	free(ctx->map);
	ctx->map = map;
	/* The map of a new namespace is empty until somebody writes it. */
	set_string(cell, map);
}

static void get_mounts(struct columns *ctx, struct cell *cell, const struct row *row)
{
	size_t n = libns_node_count_mounts(row->node);

	if (n >= ctx->n_list) {
		const char **list = realloc(ctx->list, (n + 1) * sizeof(*list));

		if (!list) {
			columns_fail_with(ctx, &(struct libns_error){ .text = "out of memory" });
			return;
		}
		ctx->list = list;
		ctx->n_list = n + 1;
	}
	/* With the NULL that ends it. */
	for (size_t i = 0; i <= n; i++)
		ctx->list[i] = libns_node_mount_at(row->node, i);
	cell->null = n == 0;
	cell->list = ctx->list;
}

static void get_ns(struct columns *ctx, struct cell *cell, const struct row *row)
{
	set_node(cell, row->node);
}

static void get_type(struct columns *ctx, struct cell *cell, const struct row *row)
{
	set_string(cell, libns_type_name(libns_node_get_type(row->node)));
}

static void get_nprocs(struct columns *ctx, struct cell *cell, const struct row *row)
{
	set_number(cell, libns_node_count_tasks(row->node));
}

static void get_pid(struct columns *ctx, struct cell *cell, const struct row *row)
{
	if (row->task)
		set_number(cell, (uint64_t)libns_task_get_pid(row->task));
}

static void get_ppid(struct columns *ctx, struct cell *cell, const struct row *row)
{
	if (row->task && libns_task_get_comm(row->task))
		set_number(cell, (uint64_t)libns_task_get_ppid(row->task));
}

static void get_command(struct columns *ctx, struct cell *cell, const struct row *row)
{
	set_string(cell, holder_command(row->task, cell->text, sizeof(cell->text)));
}

static void get_uid(struct columns *ctx, struct cell *cell, const struct row *row)
{
	uid_t uid;

	if (user_of(row, &uid))
		set_number(cell, uid);
}

static void get_user(struct columns *ctx, struct cell *cell, const struct row *row)
{
	uid_t uid;

	if (user_of(row, &uid))
		set_string(cell, columns_user_name(ctx, uid));
}

static void get_parent(struct columns *ctx, struct cell *cell, const struct row *row)
{
	set_node(cell, libns_node_get_parent(row->node));
}

static void get_owner_ns(struct columns *ctx, struct cell *cell, const struct row *row)
{
	set_node(cell, libns_node_get_owner(row->node));
}

static void get_owner_uid(struct columns *ctx, struct cell *cell, const struct row *row)
{
	uid_t uid;

	if (libns_node_get_owner_uid(row->node, &uid))
		set_number(cell, uid);
}

static void get_owner(struct columns *ctx, struct cell *cell, const struct row *row)
{
	uid_t uid;

	if (libns_node_get_owner_uid(row->node, &uid))
		set_string(cell, columns_user_name(ctx, uid));
}

static void get_uid_map(struct columns *ctx, struct cell *cell, const struct row *row)
{
	set_map(ctx, cell, row, "uid_map");
}

static void get_gid_map(struct columns *ctx, struct cell *cell, const struct row *row)
{
	set_map(ctx, cell, row, "gid_map");
}

static void get_first(struct columns *ctx, struct cell *cell, const struct row *row)
{
	const struct libns_task *first = libns_node_get_first(row->node);

	if (first)
		set_number(cell, (uint64_t)libns_task_get_pid(first));
}

static void get_first_command(struct columns *ctx, struct cell *cell, const struct row *row)
{
	set_string(cell,
		   holder_command(libns_node_get_first(row->node), cell->text, sizeof(cell->text)));
}

static void get_unit(struct columns *ctx, struct cell *cell, const struct row *row)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_proc *proc = NULL;
	int r;

	if (!row->task)
		return;
	r = pin_task(ctx->options, row->task, libns_node_get_type(row->node), &proc, &err);
	if (r == 0)
		r = libns_proc_read_unit(proc, ctx->unit, sizeof(ctx->unit), &err);
	libns_proc_free(proc);
	if (r > 0)
		set_string(cell, ctx->unit);
	else if (r < 0 && is_failure(-r))
		columns_fail_with(ctx, &err);
}

static void get_whose(struct columns *ctx, struct cell *cell, const struct row *row)
{
	get_container(ctx, cell, row);
	if (cell->null)
		get_unit(ctx, cell, row);
}

/* An empty cell is filled; what stays as it is is null. */
static void (*const getters[N_COLUMNS])(struct columns *ctx, struct cell *cell,
					const struct row *row) = {
	[COL_NS] = get_ns,
	[COL_TYPE] = get_type,
	[COL_PATH] = get_path,
	[COL_NPROCS] = get_nprocs,
	[COL_PID] = get_pid,
	[COL_PPID] = get_ppid,
	[COL_COMMAND] = get_command,
	[COL_UID] = get_uid,
	[COL_USER] = get_user,
	[COL_NETNSID] = get_nsid,
	[COL_NSFS] = get_mounts,
	[COL_PNS] = get_parent,
	[COL_ONS] = get_owner_ns,
	[COL_CONTAINER] = get_container,
	[COL_OWNERUID] = get_owner_uid,
	[COL_OWNER] = get_owner,
	[COL_UIDMAP] = get_uid_map,
	[COL_GIDMAP] = get_gid_map,
	[COL_FIRST] = get_first,
	[COL_FIRSTCMD] = get_first_command,
	[COL_UNIT] = get_unit,
	[COL_WHOSE] = get_whose,
};

_Static_assert(N_COLUMNS == COL_WHOSE + 1, "every column needs a getter in the table above");

void columns_get(struct columns *ctx, const struct row *row, enum column column, struct cell *cell)
{
	memset(cell, 0, sizeof(*cell));
	cell->null = true;
	getters[column](ctx, cell, row);
}
