/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_NAMES_H
#define LIBNS_WIRE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

/* What is told apart by its name or number in the kernel: nothing of this may ever change, since
 * what an older version has wired is found again by it. */

/* Of all links that are ours; of those into isolated namespaces the second one. The rules of the
 * table look at it. */
#define WIRE_GROUP          30830u
#define WIRE_GROUP_ISOLATED 30831u

static inline bool wire_is_ours(uint32_t group)
{
	return group == WIRE_GROUP || group == WIRE_GROUP_ISOLATED;
}

/* "inet xnetns" in nftables. */
#define WIRE_TABLE "xnetns"

/* Before the name of the host's end of a pair. */
#define WIRE_LINK_PREFIX "xn-"

/*
 * What an anonymous namespace is called, with a process number behind it, "@", and the number of the
 * pid namespace that the former is of: pid namespaces may share a network.
 */
#define WIRE_RUN_PREFIX "run:"
#define WIRE_RUN_ROOM   64

void wire_run_name(pid_t pid, char ret_name[WIRE_RUN_ROOM]);
/* The process number of "run:PID"; 0 if it is another name. */
pid_t wire_run_pid(const char *name);

/* Names that do not count, since they would be gone. All zero: none. */
struct wire_without {
	const char **names;
	size_t n;
};

static inline bool wire_is_without(const struct wire_without *without, const char *name)
{
	for (size_t i = 0; i < without->n; i++)
		if (!strcmp(without->names[i], name))
			return true;
	return false;
}

/* The link inside a namespace. */
#define WIRE_INSIDE "eth0"

/* What cannot be asked of the kernel. */
#define WIRE_STATE "/run/xnetns"

#endif
