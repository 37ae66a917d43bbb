/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The columns: their names, and what is remembered while their cells are filled. */

#include "xlsns/columns.h"

#include <libsmartcols.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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
	[COL_UNIT] = { "UNIT", 0, 0, KIND_STRING, 0, "systemd unit of the PID" },
	[COL_WHOSE] = { "WHOSE", 0, 0, KIND_STRING, 0, "CONTAINER, or else UNIT" },
};

_Static_assert(N_COLUMNS == COL_WHOSE + 1, "every column needs a line in the table above");

int column_find(const char *name, size_t n)
{
	for (int i = 0; i < N_COLUMNS; i++)
		if (strlen(columns[i].name) == n && !strncasecmp(columns[i].name, name, n))
			return i;
	return -1;
}

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

/* Names are kept in the order of use: there are few, and neighbours have the same. */
const char *columns_user_name(struct columns *ctx, uid_t uid)
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

/* Said once: what fails for one row often fails for all. */
void columns_fail(struct columns *ctx, const char *what, pid_t pid, int code)
{
	if (!ctx->failed)
		cli_error(ctx->options->cli, "cannot read %s of process %d: %s", what, (int)pid,
			  strerror(code));
	ctx->failed = true;
}

void columns_fail_with(struct columns *ctx, const struct libns_error *err)
{
	if (!ctx->failed)
		cli_fail(ctx->options->cli, err);
	ctx->failed = true;
}
