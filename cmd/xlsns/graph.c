/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xlsns --graph: the hierarchy as a picture, for graphviz or mermaid. Boxes are
 * namespaces, solid arrows lead from a parent to its children, dashed ones from
 * an owner to what it owns; user namespaces have a colour of their own. Rounder
 * ones are processes that are in the same of these namespaces, tied to those that
 * the first such set is not in: were all ties drawn, nobody could see any.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "xlsns/xlsns.h"

static unsigned long long ino(const struct libns_node *node)
{
	return (unsigned long long)libns_node_get_id(node)->ino;
}

/* The numbers of the namespaces that the kernel begins with. */
static bool is_initial(const struct libns_node *node)
{
	return ino(node) >= 4026531832 && ino(node) <= 4026531841;
}

/* Leaves only characters that neither language could take for a part of its own syntax.
 * text_clean() has dealt with the others. */
static void print_label(const char *text, bool mermaid)
{
	char *clean = text_clean(text, true);
	size_t n = 0;

	for (const char *c = clean; c && *c; c++) {
		/* Cut between characters, not within one. */
		n += (*c & 0xc0) != 0x80;
		if (n > 40)
			break;
		if (*c == '"' || *c == '\\' || *c == '<' || *c == '>' || *c == '&' || *c == '#')
			printf(mermaid ? "#%d;" : "&#%d;", (unsigned char)*c);
		else
			putchar(*c);
	}
	free(clean);
}

static void print_box(const struct row *row, struct columns *ctx, bool mermaid)
{
	const struct libns_node *node = row->node;
	const char *type = libns_type_name(libns_node_get_type(node));
	const char *command = row->task ? libns_task_get_command(row->task) : NULL;
	size_t n = libns_node_count_tasks(node);
	const char *line = mermaid ? "<br/>" : "\\n";
	struct cell container;

	if (mermaid)
		printf("  n%llu[\"", ino(node));
	else
		printf("  n%llu [label=\"", ino(node));
	printf("%s %llu%s", type, ino(node), line);
	columns_get(ctx, row, COL_CONTAINER, &container);
	/* All containers share some of those that the kernel begins with. */
	if (!container.null && !is_initial(node)) {
		fputs("container ", stdout);
		print_label(container.string, mermaid);
		fputs(line, stdout);
	}
	if (n)
		printf("%zu process%s", n, n == 1 ? "" : "es");
	else
		printf("nobody inside");
	if (command) {
		printf("%s%d ", line, libns_task_get_pid(row->task));
		print_label(command, mermaid);
	}
	if (mermaid)
		printf("\"]:::%s\n", type);
	else
		printf("\", class=\"%s\"%s];\n", type,
		       libns_node_get_type(node) == LIBNS_TYPE_USER
			       ? ", style=\"filled,rounded\", fillcolor=lightyellow"
			       : "");
}

static bool shown(const struct rows *rows, const struct libns_node *node)
{
	for (size_t low = 0, high = rows->n; node && low < high;) {
		size_t middle = low + (high - low) / 2;

		if (rows->list[middle].node == node)
			return true;
		if (ino(rows->list[middle].node) < ino(node))
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* A set of processes that are in the same namespaces, as far as these are shown. */
struct set {
	const struct libns_node *ns[8];
	const struct libns_task *first;
	size_t n;
};

static int by_namespaces(const void *a, const void *b)
{
	const struct set *x = a, *y = b;

	for (size_t i = 0; i < 8; i++)
		if (x->ns[i] != y->ns[i])
			return (uintptr_t)x->ns[i] < (uintptr_t)y->ns[i] ? -1 : 1;
	return libns_task_get_pid(x->first) - libns_task_get_pid(y->first);
}

static int by_first(const void *a, const void *b)
{
	return libns_task_get_pid(((const struct set *)a)->first) -
	       libns_task_get_pid(((const struct set *)b)->first);
}

/* Makes the sets, in the order of their first processes. Return: how many there are; 0 also
 * if there is no memory. */
static size_t find_sets(const struct rows *rows, const struct libns_scan *scan,
			struct set **ret_sets)
{
	size_t n = libns_scan_count_tasks(scan), n_sets = 0;
	struct set *sets = calloc(n ? n : 1, sizeof(*sets));

	*ret_sets = sets;
	for (size_t i = 0; sets && i < n; i++) {
		sets[i] = (struct set){ .first = libns_scan_task_at(scan, i), .n = 1 };
		for (size_t t = 0; libns_type_at(t); t++) {
			const struct libns_node *node =
				libns_task_get_ns(sets[i].first, libns_type_at(t));

			sets[i].ns[t] = shown(rows, node) ? node : NULL;
		}
	}
	if (!sets)
		return 0;
	qsort(sets, n, sizeof(*sets), by_namespaces);
	for (size_t i = 0; i < n; i++)
		if (n_sets && !memcmp(sets[n_sets - 1].ns, sets[i].ns, sizeof(sets->ns)))
			sets[n_sets - 1].n++;
		else
			sets[n_sets++] = sets[i];
	qsort(sets, n_sets, sizeof(*sets), by_first);
	return n_sets;
}

static void print_sets(const struct rows *rows, const struct libns_scan *scan, bool mermaid)
{
	struct set *sets;
	size_t n = find_sets(rows, scan, &sets);

	for (size_t i = 0; i < n; i++) {
		int pid = libns_task_get_pid(sets[i].first);
		bool tied = false;

		for (size_t t = 0; t < 8; t++) {
			if (!sets[i].ns[t] || (i && sets[i].ns[t] == sets[0].ns[t]))
				continue;
			printf(mermaid ? "  n%llu -.- p%d\n"
				       : "  n%llu -> p%d [style=dotted, arrowhead=none];\n",
			       ino(sets[i].ns[t]), pid);
			tied = true;
		}
		if (tied)
			printf(mermaid ? "  p%d([\"%zu process%s from %d on\"])\n"
				       : "  p%d [shape=ellipse, label=\"%zu process%s\\nfrom %d on\"];\n",
			       pid, sets[i].n, sets[i].n == 1 ? "" : "es", pid);
	}
	free(sets);
}

void print_graph(const struct rows *rows, const struct libns_scan *scan, struct columns *ctx,
		 bool mermaid)
{
	printf(mermaid ? "flowchart LR\n"
		       : "digraph namespaces {\n"
			 "  rankdir=LR;\n  node [shape=box, style=rounded];\n");
	for (size_t i = 0; i < rows->n; i++)
		print_box(&rows->list[i], ctx, mermaid);
	for (size_t i = 0; i < rows->n; i++) {
		const struct libns_node *node = rows->list[i].node;
		const struct libns_node *parent = libns_node_get_parent(node);
		const struct libns_node *owner = libns_node_get_owner(node);

		if (shown(rows, parent))
			printf(mermaid ? "  n%llu --> n%llu\n" : "  n%llu -> n%llu;\n", ino(parent),
			       ino(node));
		if (owner != parent && shown(rows, owner))
			printf(mermaid ? "  n%llu -.-> n%llu\n"
				       : "  n%llu -> n%llu [style=dashed];\n",
			       ino(owner), ino(node));
	}
	print_sets(rows, scan, mermaid);
	if (!mermaid)
		printf("}\n");
}
