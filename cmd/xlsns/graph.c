/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xlsns --graph: the hierarchy as a picture, for graphviz or mermaid. Boxes are
 * namespaces, in the colour of their type; solid arrows lead from a parent to its
 * children, dashed ones from an owner to what it owns. What belongs to a container
 * stands in a frame with its name. Rounder ones are processes that are in the same
 * of these namespaces, tied to those that the first such set is not in: were all
 * ties drawn, nobody could see any.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "xlsns/columns.h"
#include "xlsns/xlsns.h"

/* A set of processes that are in the same namespaces, as far as these are shown. */
struct set {
	const struct libns_node *ns[8];
	const struct libns_task
		*first; /* for which they were made, or the one of the lowest number */
	size_t n;
};

/* What stands in each frame, in order: numbers from 1 on, and 0 after the last. */
struct chains {
	size_t *frame; /* of each thing: 0, or one more than the index of its name */
	size_t *first; /* of each frame */
	size_t *next;  /* of each thing */
};

struct drawing {
	const struct rows *rows;
	bool mermaid;
	char **strings;     /* for each row the name of its container, or NULL */
	const char **names; /* each of these once */
	size_t n_names;
	struct set *sets; /* in the order of their first processes */
	size_t n_sets;
	struct chains row_chains, set_chains;
};

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
		/* Graphviz looks for backslashes where it has put the characters for numbers. */
		if (*c == '\\' && !mermaid)
			fputs("\\\\", stdout);
		else if (*c == '"' || *c == '\\' || *c == '<' || *c == '>' || *c == '&' ||
			 *c == '#')
			printf(mermaid ? "#%d;" : "&#%d;", (unsigned char)*c);
		else
			putchar(*c);
	}
	free(clean);
}

static const char *colour(const struct libns_node *node)
{
	static const struct {
		uint64_t type;
		const char *colour;
	} colours[] = {
		{ LIBNS_TYPE_USER, "#fff3c4" },   { LIBNS_TYPE_PID, "#d8f0de" },
		{ LIBNS_TYPE_NET, "#d2eef1" },    { LIBNS_TYPE_MNT, "#dce8fc" },
		{ LIBNS_TYPE_UTS, "#f1def6" },    { LIBNS_TYPE_IPC, "#f8dcea" },
		{ LIBNS_TYPE_CGROUP, "#fadfd9" }, { LIBNS_TYPE_TIME, "#e6efd2" },
	};

	for (size_t i = 0; i < sizeof(colours) / sizeof(*colours); i++)
		if (colours[i].type == libns_node_get_type(node))
			return colours[i].colour;
	return "#ffffff";
}

static void print_box(const struct libns_node *node, bool mermaid)
{
	const char *type = libns_type_name(libns_node_get_type(node));
	const char *path = libns_node_mount_at(node, 0);
	const char *line = mermaid ? "<br/>" : "\\n";
	size_t n = libns_node_count_tasks(node);

	printf(mermaid ? "  n%llu[\"" : "  n%llu [label=\"", ino(node));
	printf("%s %llu%s", type, ino(node), line);
	if (path) {
		print_label(path, mermaid);
		fputs(line, stdout);
	}
	if (n)
		printf("%zu process%s", n, n == 1 ? "" : "es");
	else
		printf("nobody inside");
	if (mermaid)
		printf("\"]:::%s\n", type);
	else
		printf("\", class=\"%s\", fillcolor=\"%s\"];\n", type, colour(node));
}

/* The row of a namespace, or as many as there are. */
static size_t position(const struct rows *rows, const struct libns_node *node)
{
	for (size_t low = 0, high = rows->n; node && low < high;) {
		size_t middle = low + (high - low) / 2;

		if (rows->list[middle].node == node)
			return middle;
		if (ino(rows->list[middle].node) < ino(node))
			low = middle + 1;
		else
			high = middle;
	}
	return rows->n;
}

static bool shown(const struct rows *rows, const struct libns_node *node)
{
	return position(rows, node) < rows->n;
}

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

static void fill_set(const struct drawing *d, struct set *set, const struct libns_task *task)
{
	*set = (struct set){ .first = task, .n = 1 };
	for (size_t t = 0; libns_type_at(t); t++) {
		const struct libns_node *node = libns_task_get_ns(task, libns_type_at(t));

		set->ns[t] = shown(d->rows, node) ? node : NULL;
	}
}

/* Somebody who has entered may have a lower number. */
static void choose_first(const struct drawing *d, struct set *set)
{
	for (size_t t = 0; t < 8; t++) {
		const struct libns_task *first =
			set->ns[t] ? libns_node_get_first(set->ns[t]) : NULL;
		struct set of_first;

		if (!first || is_initial(set->ns[t]))
			continue;
		fill_set(d, &of_first, first);
		if (!memcmp(of_first.ns, set->ns, sizeof(set->ns))) {
			set->first = first;
			return;
		}
	}
}

/* Return: 0, or -1 if there is no memory. */
static int load_commands(const struct drawing *d, struct libns_scan *scan, struct columns *ctx)
{
	const struct libns_task **tasks = calloc(d->n_sets + 1, sizeof(*tasks));
	struct libns_error err = LIBNS_ERROR_INIT;

	if (!tasks)
		return -1;
	for (size_t i = 0; i < d->n_sets; i++)
		tasks[i] = d->sets[i].first;
	if (libns_scan_read_details(scan, tasks, d->n_sets, LIBNS_DETAIL_COMMAND, &err) < 0)
		columns_fail_with(ctx, &err);
	free(tasks);
	return 0;
}

/* Return: 0, or -1 if there is no memory. */
static int find_sets(struct drawing *d, struct libns_scan *scan, struct columns *ctx)
{
	size_t n = libns_scan_count_tasks(scan);

	d->sets = calloc(n ? n : 1, sizeof(*d->sets));
	if (!d->sets)
		return -1;
	for (size_t i = 0; i < n; i++)
		fill_set(d, &d->sets[i], libns_scan_task_at(scan, i));
	qsort(d->sets, n, sizeof(*d->sets), by_namespaces);
	for (size_t i = 0; i < n; i++)
		if (d->n_sets &&
		    !memcmp(d->sets[d->n_sets - 1].ns, d->sets[i].ns, sizeof(d->sets->ns)))
			d->sets[d->n_sets - 1].n++;
		else
			d->sets[d->n_sets++] = d->sets[i];
	for (size_t i = 0; i < d->n_sets; i++)
		choose_first(d, &d->sets[i]);
	qsort(d->sets, d->n_sets, sizeof(*d->sets), by_first);
	return load_commands(d, scan, ctx);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Of containers that share a namespace it is the one that fewer processes are in. */
static size_t frame_of(const struct drawing *d, const struct set *set)
{
	size_t frame = 0, least = 0;

	for (size_t t = 0; t < 8; t++) {
		size_t i = position(d->rows, set->ns[t]);
		size_t n = i < d->rows->n ? libns_node_count_tasks(set->ns[t]) : 0;

		if (i < d->rows->n && d->row_chains.frame[i] && (!frame || n < least)) {
			frame = d->row_chains.frame[i];
			least = n;
		}
	}
	return frame;
}

static int make_chains(struct chains *chains, size_t n, size_t n_frames)
{
	chains->frame = calloc(n + 1, sizeof(size_t));
	chains->next = calloc(n + 1, sizeof(size_t));
	chains->first = calloc(n_frames + 1, sizeof(size_t));
	return chains->frame && chains->next && chains->first ? 0 : -1;
}

/* Puts each thing before those that are in its frame already: the last one first. */
static void link_chains(struct chains *chains, size_t n)
{
	for (size_t i = n; i; i--) {
		size_t *first = &chains->first[chains->frame[i - 1]];

		chains->next[i - 1] = *first;
		*first = i;
	}
}

static void free_chains(struct chains *chains)
{
	free(chains->frame);
	free(chains->first);
	free(chains->next);
}

/* Finds the names that there are. Return: 0, or -1 if there is no memory. */
static int find_names(struct drawing *d, struct columns *ctx)
{
	const struct rows *rows = d->rows;
	size_t n = 0;

	d->strings = calloc(rows->n + 1, sizeof(*d->strings));
	d->names = calloc(rows->n + 1, sizeof(*d->names));
	if (!d->strings || !d->names)
		return -1;
	for (size_t i = 0; i < rows->n; i++) {
		struct cell container;

		columns_get(ctx, &rows->list[i], COL_CONTAINER, &container);
		/* All containers share some of those that the kernel begins with. */
		if (container.null || is_initial(rows->list[i].node))
			continue;
		d->strings[i] = strdup(container.string);
		if (!d->strings[i])
			return -1;
		d->names[n++] = d->strings[i];
	}
	qsort(d->names, n, sizeof(*d->names), by_name);
	for (size_t i = 0; i < n; i++)
		if (!d->n_names || strcmp(d->names[d->n_names - 1], d->names[i]))
			d->names[d->n_names++] = d->names[i];
	return 0;
}

/* Which row and which set stands in which frame. Return: 0, or -1 if there is no memory. */
static int find_frames(struct drawing *d)
{
	size_t n = d->rows->n;

	if (make_chains(&d->row_chains, n, d->n_names) < 0 ||
	    make_chains(&d->set_chains, d->n_sets, d->n_names) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (d->strings[i])
			d->row_chains.frame[i] =
				1 + (size_t)((const char **)bsearch(&d->strings[i], d->names,
								    d->n_names, sizeof(*d->names),
								    by_name) -
					     d->names);
	for (size_t i = 0; i < d->n_sets; i++)
		d->set_chains.frame[i] = frame_of(d, &d->sets[i]);
	link_chains(&d->row_chains, n);
	link_chains(&d->set_chains, d->n_sets);
	return 0;
}

/* Is it tied to anything? Prints the ties if it is to. */
static bool print_ties(const struct drawing *d, const struct set *set, bool print)
{
	bool tied = false;

	for (size_t t = 0; t < 8; t++) {
		if (!set->ns[t] || (set != d->sets && set->ns[t] == d->sets->ns[t]))
			continue;
		tied = true;
		if (print)
			printf(d->mermaid ? "  n%llu -.- p%d\n"
					  : "  n%llu -> p%d [style=dotted, arrowhead=none];\n",
			       ino(set->ns[t]), libns_task_get_pid(set->first));
	}
	return tied;
}

static void print_set(const struct drawing *d, const struct set *set)
{
	const char *command = libns_task_get_command(set->first);
	const char *line = d->mermaid ? "<br/>" : "\\n";
	int pid = libns_task_get_pid(set->first);

	if (!print_ties(d, set, false))
		return;
	printf(d->mermaid ? "  p%d([\"" : "  p%d [shape=ellipse, label=\"", pid);
	if (set->n == 1)
		printf("process %d%s", pid, line);
	else
		printf("%zu processes%sfirst: %d ", set->n, line, pid);
	print_label(command ? command : "", d->mermaid);
	printf(d->mermaid ? "\"])\n" : "\", fillcolor=white];\n");
}

/* What stands in that frame, or with 0 in none. */
static void print_frame(const struct drawing *d, size_t frame)
{
	const struct chains *rows = &d->row_chains, *sets = &d->set_chains;

	for (size_t i = rows->first[frame]; i; i = rows->next[i - 1])
		print_box(d->rows->list[i - 1].node, d->mermaid);
	for (size_t i = sets->first[frame]; i; i = sets->next[i - 1])
		print_set(d, &d->sets[i - 1]);
}

static void print_frames(const struct drawing *d)
{
	print_frame(d, 0);
	for (size_t i = 0; i < d->n_names; i++) {
		printf(d->mermaid ? "  subgraph c%zu[\"container "
				  : "  subgraph cluster_%zu {\n  label=\"container ",
		       i);
		print_label(d->names[i], d->mermaid);
		puts(d->mermaid ? "\"]"
				: "\"; style=\"filled,rounded\"; color=\"#8fb4dc\"; "
				  "fillcolor=\"#f3f8fe\"; fontcolor=\"#0b5cad\"; "
				  "fontname=\"Helvetica-Bold\";");
		print_frame(d, i + 1);
		puts(d->mermaid ? "  end" : "  }");
	}
}

static void print_arrows(const struct drawing *d)
{
	for (size_t i = 0; i < d->rows->n; i++) {
		const struct libns_node *node = d->rows->list[i].node;
		const struct libns_node *parent = libns_node_get_parent(node);
		const struct libns_node *owner = libns_node_get_owner(node);

		if (shown(d->rows, parent))
			printf(d->mermaid ? "  n%llu --> n%llu\n" : "  n%llu -> n%llu;\n",
			       ino(parent), ino(node));
		if (owner != parent && shown(d->rows, owner))
			printf(d->mermaid ? "  n%llu -.-> n%llu\n"
					  : "  n%llu -> n%llu [style=dashed];\n",
			       ino(owner), ino(node));
	}
	for (size_t i = 0; i < d->n_sets; i++)
		print_ties(d, &d->sets[i], true);
}

static void print_colours(const struct drawing *d)
{
	uint64_t seen = 0;

	for (size_t i = 0; d->mermaid && i < d->rows->n; i++) {
		const struct libns_node *node = d->rows->list[i].node;
		uint64_t type = libns_node_get_type(node);

		if (!(seen & type))
			printf("  classDef %s fill:%s,stroke:#5b6470,color:#1c2128\n",
			       libns_type_name(type), colour(node));
		seen |= type;
	}
}

int print_graph(const struct rows *rows, struct libns_scan *scan, struct columns *ctx, bool mermaid)
{
	struct drawing d = { .rows = rows, .mermaid = mermaid };
	int r = find_sets(&d, scan, ctx);

	if (r == 0)
		r = find_names(&d, ctx);
	if (r == 0)
		r = find_frames(&d);
	if (r == 0) {
		puts(mermaid ? "flowchart LR"
			     : "digraph namespaces {\n  rankdir=LR;\n"
			       "  node [shape=box, style=\"filled,rounded\", color=\"#5b6470\", "
			       "fontname=\"Helvetica\", fontsize=12];\n"
			       "  edge [color=\"#5b6470\", arrowsize=0.8];");
		print_frames(&d);
		print_arrows(&d);
		print_colours(&d);
		if (!mermaid)
			puts("}");
	}
	for (size_t i = 0; d.strings && i < rows->n; i++)
		free(d.strings[i]);
	free(d.strings);
	free_chains(&d.row_chains);
	free_chains(&d.set_chains);
	free(d.names);
	free(d.sets);
	return r;
}
