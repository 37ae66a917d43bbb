/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The columns: their names and what stands in them. Nothing is computed that is not asked for. */

#include <errno.h>
#include <fcntl.h>
#include <libsmartcols.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/file.h"
#include "xlsns/xlsns.h"

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
	[COL_NETNSID] = { "NETNSID", 0, SCOLS_FL_RIGHT, KIND_NUMBER, 0,
			  "namespace ID as used by network subsystem" },
	[COL_NSFS] = { "NSFS", 0, SCOLS_FL_WRAP, KIND_LIST, 0,
		       "nsfs mountpoint (usually used network subsystem)" },
	[COL_PNS] = { "PNS", 10, SCOLS_FL_RIGHT, KIND_NUMBER, 0,
		      "parent namespace identifier (inode number)" },
	[COL_ONS] = { "ONS", 10, SCOLS_FL_RIGHT, KIND_NUMBER, 0,
		      "owner namespace identifier (inode number)" },
	[COL_CONTAINER] = { "CONTAINER", 0, 0, KIND_STRING, 0,
			    "container of its first process, or of a member" },
	[COL_OWNERUID] = { "OWNERUID", 0, SCOLS_FL_RIGHT, KIND_NUMBER, 0,
			   "UID that made it, or its owner" },
	[COL_OWNER] = { "OWNER", 0, 0, KIND_STRING, 0, "username of OWNERUID" },
	[COL_UIDMAP] = { "UIDMAP", 0, 0, KIND_MAP, 0,
			 "user ids of a user namespace: inside, outside, count" },
	[COL_GIDMAP] = { "GIDMAP", 0, 0, KIND_MAP, 0,
			 "group ids of a user namespace: inside, outside, count" },
	[COL_FIRST] = { "FIRST", 0, SCOLS_FL_RIGHT, KIND_NUMBER, 0, "PID of its first process" },
	[COL_FIRSTCMD] = { "FIRSTCMD", 0, SCOLS_FL_TRUNC, KIND_STRING, LIBNS_DETAIL_COMMAND,
			   "command line of FIRST" },
};

_Static_assert(N_COLUMNS == COL_FIRSTCMD + 1, "every column needs a line in the table above");

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
	const struct options *options;
	struct libns_containers *containers;
	bool looked_for_containers;
	struct user *users;
	const char **list; /* the last KIND_LIST value */
	size_t n_list;
	char *map; /* the last KIND_MAP value */
	bool failed;
};

struct columns *columns_new(const struct libns_scan *scan, const struct options *options)
{
	struct columns *ctx = calloc(1, sizeof(*ctx));

	if (!ctx)
		return NULL;
	ctx->scan = scan;
	ctx->options = options;
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
	free(ctx->map);
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

void cell_squeeze(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		bool blank = *from == ' ' || *from == '\t';

		if (blank && (to == text || to[-1] == ' ' || to[-1] == '\n'))
			continue;
		if (*from == '\n' && to > text && to[-1] == ' ')
			to--;
		*to++ = blank ? ' ' : *from;
	}
	while (to > text && (to[-1] == '\n' || to[-1] == ' '))
		to--;
	*to = '\0';
}

bool columns_failed(const struct columns *ctx)
{
	return ctx->failed;
}

/* Once: what fails for one row often fails for all. */
static void fail(struct columns *ctx, const char *what, pid_t pid, int code)
{
	if (!ctx->failed)
		cli_error(ctx->options->cli, "cannot read %s of process %d: %s", what, (int)pid,
			  strerror(code));
	ctx->failed = true;
}

static void fail_with(struct columns *ctx, const struct libns_error *err)
{
	if (!ctx->failed)
		cli_fail(ctx->options->cli, err);
	ctx->failed = true;
}

/* Gone, or not for us to see: that is no failure. */
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

/* A service may be kept from such sockets (systemd: RestrictAddressFamilies=). */
static bool is_no_netlink(int code)
{
	return code == EAFNOSUPPORT || code == EPROTONOSUPPORT || code == EOPNOTSUPP ||
	       code == ENOSYS;
}

static void set_nsid(struct columns *ctx, struct cell *cell, const struct libns_node *node)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int32_t nsid;
	int fd, r;

	if (libns_node_get_type(node) != LIBNS_TYPE_NET)
		return;
	fd = libns_scan_open(ctx->scan, node, &err);
	if (fd < 0) {
		if (fd != -ENOENT)
			fail_with(ctx, &err);
		return;
	}
	r = libns_netns_query_nsid(fd, &nsid, &err);
	if (r < 0 && is_failure(-r) && !is_no_netlink(-r))
		fail_with(ctx, &err);
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

/* A network namespace that only its name is left of: for which container it was made. */
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

static void set_container(struct columns *ctx, struct cell *cell, const struct row *row)
{
	const struct libns_container *c = NULL;

	if (!ctx->looked_for_containers) {
		struct libns_error err = LIBNS_ERROR_INIT;

		if (libns_containers_new(ctx->options->procfs_fd, LIBNS_ROOT, &ctx->containers,
					 &err) < 0)
			fail_with(ctx, &err);
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
		fail(ctx, name, pid, errno);
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
	/* A new namespace without a map yet has an empty one. */
	set_string(cell, map);
}

static void set_mounts(struct columns *ctx, struct cell *cell, const struct row *row)
{
	size_t n = libns_node_count_mounts(row->node);

	if (n >= ctx->n_list) {
		const char **list = realloc(ctx->list, (n + 1) * sizeof(*list));

		if (!list) {
			fail_with(ctx, &(struct libns_error){ .text = "out of memory" });
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

void columns_get(struct columns *ctx, const struct row *row, enum column column, struct cell *cell)
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
		set_container(ctx, cell, row);
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
	case COL_FIRST:
		if (libns_node_get_first(row->node))
			set_number(cell,
				   (uint64_t)libns_task_get_pid(libns_node_get_first(row->node)));
		break;
	case COL_FIRSTCMD:
		set_string(cell, command_of(libns_node_get_first(row->node), cell->text,
					    sizeof(cell->text)));
		break;
	case N_COLUMNS:
		break;
	}
}
