/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_HOLDERS_H
#define CMD_HOLDERS_H

/* What keeps a namespace alive, in words, and how to end it: for xlsns --holders and xnetns who. */

#include <libns/libns.h>

#include "common/cli.h"

enum holder_cell {
	HOLDER_KIND,
	HOLDER_RELEASE, /* a command for a shell */
	HOLDER_PID,
	HOLDER_TID,
	HOLDER_FD,
	HOLDER_NS,
	HOLDER_WHERE,
	HOLDER_COMMAND,
	N_HOLDER_CELLS
};

struct holder_column {
	const char *name; /* in capitals, as headings */
	bool number;
};

extern const struct holder_column holder_columns[N_HOLDER_CELLS];

/* Is given N_HOLDER_CELLS words, or NULLs, which are valid until it returns; false without
 * memory. */
typedef bool holder_put(const char *const *cells, void *data);

/* Hands each holder of @node to @put. Return: 0, or an exit code once the reason is printed. */
int holders_each(const struct cli *cli, int procfs_fd, struct libns_scan *scan,
		 const struct libns_node *node, holder_put *put, void *data);

/* Prints a line to stderr for each kind of thing that could not be read. */
void holders_report_unseen(const struct cli *cli, const struct libns_scan *scan);

/* The command line of a process, marked if reading it would block. Return: NULL if it is not
 * known. */
const char *holder_command(const struct libns_task *task, char *buf, size_t size);

#endif
