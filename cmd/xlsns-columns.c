/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The columns: their names and what stands in them. Nothing is computed that is not asked for. */

#include <fcntl.h>
#include <libsmartcols.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "xlsns.h"

const struct column_info columns[N_COLUMNS] = {
	[COL_NS] = { "NS", 10, SCOLS_FL_RIGHT, KIND_NUMBER, 0,
		     "namespace identifier (inode number)" },
	[COL_TYPE] = { "TYPE", 5, 0, KIND_STRING, 0, "kind of namespace" },
	[COL_PATH] = { "PATH", 0, 0, KIND_STRING, 0, "path to the namespace" },
	[COL_NPROCS] = { "NPROCS", 5, SCOLS_FL_RIGHT, KIND_NUMBER, 0,
			 "number of processes in the namespace" },
	[COL_PID] = { "PID", 5, SCOLS_FL_RIGHT, KIND_NUMBER, 0, "lowest PID in the namespace" },
	[COL_PPID] = { "PPID", 5, SCOLS_FL_RIGHT, KIND_NUMBER, LIBNS_DETAIL_STATUS,
		       "PPID of the PID" },
	[COL_COMMAND] = { "COMMAND", 0, SCOLS_FL_TRUNC, KIND_STRING, LIBNS_DETAIL_COMMAND,
			  "command line of the PID" },
	[COL_UID] = { "UID", 0, SCOLS_FL_RIGHT, KIND_NUMBER, LIBNS_DETAIL_UID,
		      "UID of the PID, or of the maker" },
	[COL_USER] = { "USER", 0, 0, KIND_STRING, LIBNS_DETAIL_UID,
		       "username of the PID, or of the maker" },
	[COL_NETNSID] = { "NETNSID", 0, SCOLS_FL_RIGHT, KIND_STRING, 0,
			  "namespace ID as used by network subsystem" },
	[COL_NSFS] = { "NSFS", 0, SCOLS_FL_WRAP, KIND_LIST, 0,
		       "nsfs mountpoint (usually used network subsystem)" },
	[COL_PNS] = { "PNS", 10, SCOLS_FL_RIGHT, KIND_NUMBER, 0,
		      "parent namespace identifier (inode number)" },
	[COL_ONS] = { "ONS", 10, SCOLS_FL_RIGHT, KIND_NUMBER, 0,
		      "owner namespace identifier (inode number)" },
	[COL_CONTAINER] = { "CONTAINER", 0, 0, KIND_STRING, 0, "container of the PID" },
	[COL_OWNERUID] = { "OWNERUID", 0, SCOLS_FL_RIGHT, KIND_NUMBER, 0,
			   "UID that made it, or its owner" },
	[COL_OWNER] = { "OWNER", 0, 0, KIND_STRING, 0, "username of OWNERUID" },
	[COL_UIDMAP] = { "UIDMAP", 0, 0, KIND_STRING, 0,
			 "user ids of a user namespace: inside, outside, count" },
	[COL_GIDMAP] = { "GIDMAP", 0, 0, KIND_STRING, 0,
			 "group ids of a user namespace: inside, outside, count" },
};

_Static_assert(N_COLUMNS == COL_GIDMAP + 1, "every column needs a line in the table above");

int column_find(const char *name, size_t n)
{
	for (int i = 0; i < N_COLUMNS; i++)
		if (strlen(columns[i].name) == n && !strncasecmp(columns[i].name, name, n))
			return i;
	return -1;
}

struct user {
	uid_t uid;
	char *name;
	struct user *next;
};

struct columns {
	const struct libns_scan *scan;
	int procfs_fd;
	struct libns_containers *containers;
	bool looked_for_containers;
	struct user *users;
	const char **list;       /* the last KIND_LIST value */
	size_t n_list;
	char map[16384];
};

struct columns *columns_new(const struct libns_scan *scan, const struct options *options)
{
	struct columns *ctx = calloc(1, sizeof(*ctx));

	if (!ctx)
		return NULL;
	ctx->scan = scan;
	ctx->procfs_fd = options->procfs_fd;
	return ctx;
}

struct columns *columns_free(struct columns *ctx)
{
	if (!ctx)
		return NULL;
	while (ctx->users) {
		struct user *next = ctx->users->next;

		free(ctx->users->name);
		free(ctx->users);
		ctx->users = next;
	}
	libns_containers_free(ctx->containers);
	free(ctx->list);
	free(ctx);
	return NULL;
}

/* Kept in the order of use: there are few, and neighbours have the same. */
static const char *user_name(struct columns *ctx, uid_t uid)
{
	struct passwd *pw;
	struct user *user;
	char number[16];

	for (struct user **at = &ctx->users; *at; at = &(*at)->next) {
		user = *at;
		if (user->uid != uid)
			continue;
		*at = user->next;
		user->next = ctx->users;
		ctx->users = user;
		return user->name;
	}
	user = calloc(1, sizeof(*user));
	if (!user)
		return NULL;
	pw = getpwuid(uid);
	snprintf(number, sizeof(number), "%u", uid);
	*user = (struct user){ uid, strdup(pw ? pw->pw_name : number), ctx->users };
	ctx->users = user;
	return user->name;
}

void cell_one_line(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		bool blank = *from == ' ' || *from == '\t';

		/* One blank is enough, and none at the ends. */
		if (blank && (to == text || to[-1] == ' ' || to[-1] == ','))
			continue;
		if (*from == '\n' && to > text && to[-1] == ' ')
			to--;
		*to++ = *from == '\n' ? ',' : blank ? ' ' : *from;
	}
	while (to > text && (to[-1] == ',' || to[-1] == ' '))
		to--;
	*to = '\0';
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
	/* "None" has been 0 in tables for ever; JSON says null. */
	cell->string = "0";
}

static void set_path(struct cell *cell, const struct row *row)
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

const char *command_of(const struct libns_task *task, char *buf, size_t size)
{
	const char *command = task ? libns_task_get_command(task) : NULL;

	if (!command || !libns_task_is_blocked(task))
		return command;
	snprintf(buf, size, "%s [blocked]", command);
	return buf;
}

static void set_nsid(struct columns *ctx, struct cell *cell, const struct libns_node *node)
{
	int32_t nsid;
	int fd;

	if (libns_node_get_type(node) != LIBNS_TYPE_NET)
		return;
	fd = libns_scan_open(ctx->scan, node, NULL);
	if (fd < 0)
		return;
	if (libns_netns_query_nsid(fd, &nsid, NULL) == 0) {
		if (nsid == LIBNS_NSID_NONE)
			snprintf(cell->text, sizeof(cell->text), "unassigned");
		else
			snprintf(cell->text, sizeof(cell->text), "%d", nsid);
		set_string(cell, cell->text);
	}
	close(fd);
}

const char *container_name(const struct libns_container *c, char *buf, size_t size)
{
	if (*c->name)
		return c->name;
	snprintf(buf, size, "%.12s", c->id);
	return buf;
}

static void set_container(struct columns *ctx, struct cell *cell, const struct libns_task *task)
{
	const struct libns_container *c;

	if (!ctx->looked_for_containers) {
		/* Where control groups cannot be read there is nothing to show. */
		(void)libns_containers_new(ctx->procfs_fd, LIBNS_ROOT, &ctx->containers, NULL);
		ctx->looked_for_containers = true;
	}
	c = task && ctx->containers ? libns_containers_of(ctx->containers, libns_task_get_pid(task))
				    : NULL;
	if (c)
		set_string(cell, container_name(c, cell->text, sizeof(cell->text)));
}

/*
 * An id map: a property of the namespace, to be had from a member only. Which
 * namespace that is in is asked of the same directory as the map.
 */
static void set_map(struct columns *ctx, struct cell *cell, const struct row *row, const char *name)
{
	char path[32], link[64], is[64];
	ssize_t n = -1;
	int dir_fd, fd;

	if (!row->task || libns_node_get_type(row->node) != LIBNS_TYPE_USER)
		return;
	snprintf(path, sizeof(path), ctx->procfs_fd < 0 ? "/proc/%d" : "%d",
		 libns_task_get_pid(row->task));
	snprintf(is, sizeof(is), "user:[%llu]", (unsigned long long)libns_node_get_id(row->node)->ino);
	dir_fd = openat(ctx->procfs_fd < 0 ? AT_FDCWD : ctx->procfs_fd, path,
			O_PATH | O_DIRECTORY | O_CLOEXEC);
	fd = dir_fd < 0 ? -1 : openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = readlinkat(dir_fd, "ns/user", link, sizeof(link) - 1);
		n = n < 0 || strncmp(link, is, (size_t)n) != 0 || is[n]
			    ? -1
			    : read(fd, ctx->map, sizeof(ctx->map) - 1);
		close(fd);
	}
	if (dir_fd >= 0)
		close(dir_fd);
	/* A new namespace without a map yet has an empty one. */
	if (n >= 0) {
		ctx->map[n] = '\0';
		cell_one_line(ctx->map);
		set_string(cell, ctx->map);
	}
}

static void set_mounts(struct columns *ctx, struct cell *cell, const struct row *row)
{
	size_t n = 0;
	const char *path;

	do {
		if (n + 1 >= ctx->n_list) {
			size_t more = ctx->n_list ? ctx->n_list * 2 : 8;
			const char **list = realloc(ctx->list, more * sizeof(*list));

			if (!list)
				return;
			ctx->list = list;
			ctx->n_list = more;
		}
		path = libns_scan_get_mount(ctx->scan, row->node, n);
		ctx->list[n++] = path;
	} while (path);
	cell->null = n == 1;
	cell->list = ctx->list;
}

void columns_get(struct columns *ctx, const struct row *row, enum column column,
		 struct cell *cell)
{
	uid_t uid;

	memset(cell, 0, sizeof(*cell));
	cell->null = true;
	switch (column) {
	case COL_NS:
		set_node(cell, row->node);
		break;
	case COL_TYPE:
		set_string(cell, libns_type_name(libns_node_get_type(row->node)));
		break;
	case COL_PATH:
		set_path(cell, row);
		break;
	case COL_NPROCS:
		set_number(cell, libns_node_count_tasks(row->node));
		break;
	case COL_PID:
		if (row->task)
			set_number(cell, (uint64_t)libns_task_get_pid(row->task));
		break;
	case COL_PPID:
		if (row->task && libns_task_get_comm(row->task))
			set_number(cell, (uint64_t)libns_task_get_ppid(row->task));
		break;
	case COL_COMMAND:
		set_string(cell, command_of(row->task, cell->text, sizeof(cell->text)));
		break;
	case COL_UID:
		if (user_of(row, &uid))
			set_number(cell, uid);
		break;
	case COL_USER:
		if (user_of(row, &uid))
			set_string(cell, user_name(ctx, uid));
		break;
	case COL_NETNSID:
		set_nsid(ctx, cell, row->node);
		break;
	case COL_NSFS:
		set_mounts(ctx, cell, row);
		break;
	case COL_PNS:
		set_node(cell, libns_node_get_parent(row->node));
		break;
	case COL_ONS:
		set_node(cell, libns_node_get_owner(row->node));
		break;
	case COL_CONTAINER:
		set_container(ctx, cell, row->task);
		break;
	case COL_OWNERUID:
		if (libns_node_get_owner_uid(row->node, &uid))
			set_number(cell, uid);
		break;
	case COL_OWNER:
		if (libns_node_get_owner_uid(row->node, &uid))
			set_string(cell, user_name(ctx, uid));
		break;
	case COL_UIDMAP:
		set_map(ctx, cell, row, "uid_map");
		break;
	case COL_GIDMAP:
		set_map(ctx, cell, row, "gid_map");
		break;
	case N_COLUMNS:
		break;
	}
}
