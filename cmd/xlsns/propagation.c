/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xlsns --propagation: for each mount of a process, whether mounts and unmounts
 * below it travel, and to which other mount namespaces: those with a mount of
 * the same peer group (they get ours, we get theirs), or with one whose master
 * that group is (they get ours).
 */

#include <stdio.h>
#include <stdlib.h>

#include "xlsns/sheet.h"

static const struct sheet_column propagation_columns[] = {
	{ "WHY", KIND_STRING, SHEET_FOLD },         { "TARGET", KIND_STRING, SHEET_FOLD },
	{ "PROPAGATION", KIND_STRING, SHEET_FOLD }, { "MNTNS", KIND_NUMBERS, SHEET_FOLD },
	{ "GROUP", KIND_NUMBER, SHEET_FOLD },       { "MASTER", KIND_NUMBER, SHEET_FOLD },
};

struct table {
	const struct options *o;
	const struct libns_peers *peers;
	const struct libns_node *own; /* its mount namespace */
	struct sheet sheet;
};

/* The other namespaces of a group, a line each, and their number; NULL without memory. */
static char *list_members(const struct table *table, uint64_t group, size_t *ret_n)
{
	const struct libns_node *node;
	size_t size = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	*ret_n = 0;
	for (size_t i = 0; out && (node = libns_peers_at(table->peers, group, i)); i++) {
		if (node == table->own)
			continue;
		fprintf(out, "%s%llu", *ret_n ? "\n" : "",
			(unsigned long long)libns_node_get_id(node)->ino);
		(*ret_n)++;
	}
	if (out && fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

static bool add_mount(struct table *table, const struct libns_mount *mount)
{
	char group[24], master[24], why[64];
	size_t n;
	char *others = list_members(table, mount->group, &n);
	const char *cells[] = {
		why,
		mount->target,
		mount->group && mount->master ? "shared,slave"
		: mount->group                ? "shared"
		: mount->master               ? "private,slave"
		: mount->unbindable           ? "private,unbindable"
					      : "private",
		n ? others : NULL,
		mount->group ? group : NULL,
		mount->master ? master : NULL,
	};
	bool done = others;

	snprintf(group, sizeof(group), "%llu", (unsigned long long)mount->group);
	snprintf(master, sizeof(master), "%llu", (unsigned long long)mount->master);
	if (n)
		snprintf(why, sizeof(why), "leaks into %zu mount namespace%s", n,
			 n == 1 ? "" : "s");
	else if (mount->group)
		snprintf(why, sizeof(why), "would leak into copies");
	else if (mount->master)
		snprintf(why, sizeof(why), "only receives, from group %s", master);
	else
		snprintf(why, sizeof(why), "leaks neither way");
	done = done && sheet_add(&table->sheet, cells, -1);
	free(others);
	return done;
}

static int print_mounts(struct table *table, const struct libns_mounts *mounts,
			const struct libns_scan *scan)
{
	const struct libns_mount *mount;
	bool done = true;

	for (size_t i = 0; done && (mount = libns_mounts_at(mounts, i)); i++)
		done = add_mount(table, mount);
	done = done && sheet_print(&table->sheet, table->o, "propagation", scan, NULL);
	sheet_clear(&table->sheet);
	return done ? 0 : cli_error(table->o->cli, "out of memory");
}

int show_propagation(const struct options *o, const struct libns_scan *scan,
		     const struct libns_proc *proc)
{
	const struct libns_task *task = libns_scan_find_task(scan, libns_proc_get_pid(proc));
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_mounts *mounts = NULL;
	struct libns_peers *peers = NULL;
	int code = 0;

	if (libns_mounts_new(proc, &mounts, &err) < 0 || libns_peers_new(scan, &peers, &err) < 0)
		code = cli_fail(o->cli, &err);
	if (!code) {
		struct table table = {
			.o = o,
			.peers = peers,
			.own = task ? libns_task_get_ns(task, LIBNS_TYPE_MNT) : NULL,
			.sheet = SHEET(propagation_columns),
		};

		code = print_mounts(&table, mounts, scan);
	}
	libns_peers_free(peers);
	libns_mounts_free(mounts);
	return code;
}
