/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xlsns --metrics: counts in the text format of Prometheus, which is also OpenMetrics, for the
 * textfile collector of node_exporter. Every series that there can be is printed, also with 0: an
 * alert cannot see a series that is missing. Nothing is printed before all is known.
 */

#include <stdio.h>
#include <string.h>

#include "xlsns/xlsns.h"

#define N_KINDS (LIBNS_HOLDER_TREE + 1)

struct counts {
	/* By the first of its holders, in the order of enum libns_holder_kind; behind them those of
	 * which none is seen. */
	size_t held[LIBNS_N_TYPES][N_KINDS + 1];
	size_t leaked[LIBNS_N_TYPES];
};

/* No process is in it or will be born in it, no file is its name, and nothing that is alive needs
 * it: a descriptor that somebody has forgotten is all there is, or not even that is seen. */
static bool is_leak(int kind)
{
	return kind != LIBNS_HOLDER_PROCESS && kind != LIBNS_HOLDER_THREAD &&
	       kind != LIBNS_HOLDER_FOR_CHILDREN && kind != LIBNS_HOLDER_MOUNT &&
	       kind != LIBNS_HOLDER_CHILD && kind != LIBNS_HOLDER_OWNED;
}

/* What keeps a namespace alive, the best first: LIBNS_HOLDER_*, or N_KINDS. */
static int find_holder(const struct libns_scan *scan, const struct libns_node *node,
		       bool *ret_leaks, int *ret_kind, struct libns_error *err)
{
	struct libns_holders *holders = NULL;
	const struct libns_holder *holder;
	int r;

	*ret_kind = N_KINDS;
	*ret_leaks = true;
	if (libns_node_count_tasks(node)) {
		*ret_kind = LIBNS_HOLDER_PROCESS;
		*ret_leaks = false;
		return 0;
	}
	r = libns_holders_new(scan, node, &holders, err);
	for (size_t i = 0; r == 0 && (holder = libns_holders_at(holders, i)); i++) {
		if (i == 0)
			*ret_kind = holder->kind;
		*ret_leaks &= is_leak(holder->kind);
	}
	libns_holders_free(holders);
	return r;
}

static size_t type_index(const struct libns_node *node)
{
	size_t i = 0;

	while (libns_type_at(i) != libns_node_get_type(node))
		i++;
	return i;
}

static int count(const struct libns_scan *scan, struct counts *counts, struct libns_error *err)
{
	const struct libns_node *node;

	for (size_t i = 0; (node = libns_scan_at(scan, i)); i++) {
		size_t type = type_index(node);
		bool leaks;
		int kind, r = find_holder(scan, node, &leaks, &kind, err);

		if (r < 0)
			return r;
		counts->held[type][kind]++;
		counts->leaked[type] += leaks;
	}
	return 0;
}

static void say_metric(const char *name, const char *help)
{
	printf("# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* The value of a label, with its quotes. */
static void put_label(const char *value)
{
	putchar('"');
	for (; *value; value++)
		if (*value == '\n')
			fputs("\\n", stdout);
		else if (*value == '"' || *value == '\\')
			printf("\\%c", *value);
		else
			putchar(*value);
	putchar('"');
}

static void print_namespaces(const struct counts *counts)
{
	say_metric("xlsns_namespaces",
		   "Namespaces by type and by what keeps them alive, a process before all else.");
	for (size_t t = 0; libns_type_at(t); t++)
		for (int kind = 0; kind <= N_KINDS; kind++)
			printf("xlsns_namespaces{type=\"%s\",held_by=\"%s\"} %zu\n",
			       libns_type_name(libns_type_at(t)),
			       kind < N_KINDS ? libns_holder_kind_name((enum libns_holder_kind)kind)
					      : "unknown",
			       counts->held[t][kind]);
	say_metric("xlsns_namespaces_leaked",
		   "Namespaces without a process, a name, and anything alive that needs them.");
	for (size_t t = 0; libns_type_at(t); t++)
		printf("xlsns_namespaces_leaked{type=\"%s\"} %zu\n",
		       libns_type_name(libns_type_at(t)), counts->leaked[t]);
}

static bool is_same_series(const struct libns_container *a, const struct libns_container *b)
{
	return !strcmp(a->runtime, b->runtime) && !strcmp(container_state(a), container_state(b));
}

static void print_containers(const struct libns_containers *containers)
{
	const struct libns_container *c, *other;

	say_metric("xlsns_containers", "Containers by runtime and state, no daemon asked.");
	for (size_t i = 0; (c = libns_containers_at(containers, i)); i++) {
		size_t n = 0;
		bool again = false;

		for (size_t j = 0; (other = libns_containers_at(containers, j)); j++) {
			n += is_same_series(c, other);
			again |= j < i && is_same_series(c, other);
		}
		if (again)
			continue;
		fputs("xlsns_containers{runtime=", stdout);
		put_label(c->runtime);
		printf(",state=\"%s\"} %zu\n", container_state(c), n);
	}
}

static void print_unseen(const struct libns_scan *scan)
{
	say_metric("xlsns_unseen", "Objects that could not be read, so that namespaces may be "
				   "missing in the counts.");
	for (int i = 0; i < LIBNS_N_UNSEEN; i++)
		printf("xlsns_unseen{kind=\"%s\"} %zu\n", json_unseen_name((enum libns_unseen)i),
		       libns_scan_count_unseen(scan, (enum libns_unseen)i));
	say_metric("xlsns_processes_hidden",
		   "1 if the mount option hidepid hides processes, nobody knows how many.");
	printf("xlsns_processes_hidden %d\n", libns_scan_hides_processes(scan));
}

int show_metrics(const struct options *o, const struct libns_scan *scan)
{
	struct libns_containers *containers = NULL;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct counts counts = { 0 };

	if (libns_containers_new(o->procfs_fd, LIBNS_ROOT, &containers, &err) < 0 ||
	    count(scan, &counts, &err) < 0) {
		libns_containers_free(containers);
		return cli_fail(o->cli, &err);
	}
	print_namespaces(&counts);
	say_metric("xlsns_processes", "Processes that were looked at.");
	printf("xlsns_processes %zu\n", libns_scan_count_tasks(scan));
	print_containers(containers);
	print_unseen(scan);
	printf("# EOF\n");
	libns_containers_free(containers);
	return 0;
}
