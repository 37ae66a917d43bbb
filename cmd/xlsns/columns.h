/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_XLSNS_COLUMNS_H
#define CMD_XLSNS_COLUMNS_H

/* What columns.c remembers for cells.c, which fills the cells. */

#include <sys/types.h>

#include "xlsns/xlsns.h"

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
	char unit[300];
	bool failed;
};

/* The name of a user, or the number where there is none. NULL without memory. */
const char *columns_user_name(struct columns *columns, uid_t uid);

/* Something could not be found out; the first reason is printed. */
void columns_fail(struct columns *columns, const char *what, pid_t pid, int code);
void columns_fail_with(struct columns *columns, const struct libns_error *err);

#endif
