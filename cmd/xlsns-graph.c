/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xlsns --graph: the hierarchy as a picture, for graphviz or mermaid. Boxes are
 * namespaces, solid arrows lead from a parent to its children, dashed ones from
 * an owner to what it owns. User namespaces are groups of their own colour.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "xlsns.h"

static unsigned long long ino(const struct libns_node *node)
{
	return (unsigned long long)libns_node_get_id(node)->ino;
}

/* Only what neither language can mistake for its own; text_clean() has done the rest. */
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

static void print_box(const struct row *row, bool mermaid)
{
	const struct libns_node *node = row->node;
	const char *type = libns_type_name(libns_node_get_type(node));
	const char *command = row->task ? libns_task_get_command(row->task) : NULL;
	size_t n = libns_node_count_tasks(node);
	const char *line = mermaid ? "<br/>" : "\\n";

	if (mermaid)
		printf("  n%llu[\"", ino(node));
	else
		printf("  n%llu [label=\"", ino(node));
	printf("%s %llu%s", type, ino(node), line);
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

void print_graph(const struct rows *rows, bool mermaid)
{
	printf(mermaid ? "flowchart LR\n" : "digraph namespaces {\n"
					    "  rankdir=LR;\n  node [shape=box, style=rounded];\n");
	for (size_t i = 0; i < rows->n; i++)
		print_box(&rows->list[i], mermaid);
	for (size_t i = 0; i < rows->n; i++) {
		const struct libns_node *node = rows->list[i].node;
		const struct libns_node *parent = libns_node_get_parent(node);
		const struct libns_node *owner = libns_node_get_owner(node);

		if (shown(rows, parent))
			printf(mermaid ? "  n%llu --> n%llu\n" : "  n%llu -> n%llu;\n", ino(parent),
			       ino(node));
		if (owner != parent && shown(rows, owner))
			printf(mermaid ? "  n%llu -.-> n%llu\n" : "  n%llu -> n%llu [style=dashed];\n",
			       ino(owner), ino(node));
	}
	if (!mermaid)
		printf("}\n");
}
