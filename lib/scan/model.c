/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The tables behind a snapshot. Pure: no system calls, so that trees and
 * counts can be tested from made-up processes.
 *
 * Nothing here may take more than linear time in processes, namespaces or
 * holders. Namespaces are found by inode number, which nsfs hands out from one
 * counter for all types; holders of one namespace form a list of indices,
 * because the array of all holders moves while it grows.
 */

#include "scan/model.h"

#include <string.h>

#include "base/base.h"

/* There are thousands of small strings. They are kept in blocks and freed together. */
struct model_strings {
	struct model_strings *next;
	size_t used, size;
	char bytes[];
};

#define STRINGS_BLOCK 16384

int model_type_index(uint64_t type)
{
	for (int i = 0; i < LIBNS_N_TYPES; i++)
		if (libns_type_at((size_t)i) == type)
			return i;
	return -1;
}

int model_parse_link(const char *text, uint64_t *ret_ino)
{
	const char *colon = strchr(text, ':');
	uint64_t ino = 0;

	if (!colon || colon[1] != '[')
		return -1;
	for (const char *c = colon + 2;; c++) {
		if (*c == ']' && c > colon + 2 && !c[1])
			break;
		if (*c < '0' || *c > '9' || ino > (UINT64_MAX - 9) / 10)
			return -1;
		ino = ino * 10 + (uint64_t)(*c - '0');
	}
	for (int i = 0; i < LIBNS_N_TYPES; i++) {
		const char *name = libns_type_name(libns_type_at((size_t)i));

		if (!strncmp(name, text, (size_t)(colon - text)) && !name[colon - text]) {
			*ret_ino = ino;
			return i;
		}
	}
	return -1;
}

void model_clear(struct model *model)
{
	for (size_t i = 0; i < model->n_nodes; i++)
		free(model->nodes[i]);
	free(model->nodes);
	free(model->table);
	free(model->tasks);
	free(model->holds);
	free(model->mounts);
	while (model->strings) {
		struct model_strings *next = model->strings->next;

		free(model->strings);
		model->strings = next;
	}
	memset(model, 0, sizeof(*model));
}

const char *model_string(struct model *model, const char *bytes, size_t size)
{
	struct model_strings *block = model->strings;
	char *copy;

	if (!block || block->size - block->used <= size) {
		size_t room = size < STRINGS_BLOCK / 4 ? STRINGS_BLOCK : size + 1;

		block = malloc(sizeof(*block) + room);
		if (!block)
			return NULL;
		*block = (struct model_strings){ model->strings, 0, room };
		model->strings = block;
	}
	copy = block->bytes + block->used;
	memcpy(copy, bytes, size);
	copy[size] = '\0';
	block->used += size + 1;
	return copy;
}

/* Inode numbers are consecutive. They are spread, since neighbours would collide otherwise. */
static size_t slot(const struct model *model, uint64_t ino)
{
	return (size_t)((ino * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (model->n_table - 1);
}

static struct libns_node **probe(const struct model *model, uint64_t ino)
{
	size_t i = slot(model, ino);

	while (model->table[i] && model->table[i]->id.ino != ino)
		i = (i + 1) & (model->n_table - 1);
	return &model->table[i];
}

static bool grow_table(struct model *model)
{
	struct libns_node **old = model->table;
	size_t n = model->n_table ? model->n_table * 2 : 64;

	model->table = calloc(n, sizeof(*model->table));
	if (!model->table) {
		model->table = old;
		return false;
	}
	model->n_table = n;
	for (size_t i = 0; i < model->n_nodes; i++)
		*probe(model, model->nodes[i]->id.ino) = model->nodes[i];
	free(old);
	return true;
}

struct libns_node *model_find(const struct model *model, uint64_t ino)
{
	return model->n_table ? *probe(model, ino) : NULL;
}

struct libns_node *model_add(struct model *model, int type, uint64_t ino)
{
	struct libns_node *node = model_find(model, ino);

	if (node)
		return node;
	if (2 * (model->n_nodes + 1) > model->n_table && !grow_table(model))
		return NULL;
	if (model->n_nodes == model->n_nodes_max) {
		size_t n = model->n_nodes_max ? model->n_nodes_max * 2 : 64;
		struct libns_node **more = realloc(model->nodes, n * sizeof(*more));

		if (!more)
			return NULL;
		model->nodes = more;
		model->n_nodes_max = n;
	}
	node = calloc(1, sizeof(*node));
	if (!node)
		return NULL;
	node->id = (struct libns_id){ model->dev, ino };
	node->type = type;
	node->asked = model->types & libns_type_at((size_t)type);
	model->nodes[model->n_nodes++] = node;
	*probe(model, ino) = node;
	return node;
}

/* The lowest number is chosen, but a living process before a zombie, which has only two *
 * namespaces left. */
static bool is_better(const struct libns_task *leader, const struct libns_task *task)
{
	int mnt = model_type_index(LIBNS_TYPE_MNT);

	return !leader || (!leader->ns[mnt] && task->ns[mnt]);
}

void model_find_firsts(struct model *model)
{
	for (size_t i = 0; i < model->n_nodes; i++) {
		struct libns_task *task = model_find_task(model, model->nodes[i]->first_pid);

		if (task && task->ns[model->nodes[i]->type] == model->nodes[i])
			task->is_first = true;
	}
	for (size_t i = 0; i < model->n_tasks; i++) {
		struct libns_task *task = &model->tasks[i];

		for (int t = 0; task->is_first && t < LIBNS_N_TYPES; t++)
			if (task->ns[t] && !task->ns[t]->first)
				task->ns[t]->first = task;
	}
}

void model_take_tasks(struct model *model, struct libns_task *tasks, size_t n)
{
	model->tasks = tasks;
	model->n_tasks = n;
	for (size_t i = 0; i < model->n_tasks; i++) {
		struct libns_task *task = &model->tasks[i];

		for (int t = 0; t < LIBNS_N_TYPES; t++) {
			if (!task->ns[t])
				continue;
			task->ns[t]->n_tasks++;
			if (is_better(task->ns[t]->leader, task))
				task->ns[t]->leader = task;
		}
	}
}

struct libns_task *model_find_task(const struct model *model, pid_t pid)
{
	size_t low = 0, high = model->n_tasks;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (model->tasks[middle].pid == pid)
			return &model->tasks[middle];
		if (model->tasks[middle].pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

int model_hold(struct model *model, struct libns_node *node, const struct model_hold *hold)
{
	if (model->n_holds == model->n_holds_max) {
		size_t n = model->n_holds_max ? model->n_holds_max * 2 : 64;
		struct model_hold *more = realloc(model->holds, n * sizeof(*more));

		if (!more)
			return -ENOMEM;
		model->holds = more;
		model->n_holds_max = n;
	}
	model->holds[model->n_holds] = *hold;
	model->holds[model->n_holds++].next = 0;
	/* They stay in the order in which they were found: the lowest process first, mounts as
	 * they were made. */
	if (node->last_hold)
		model->holds[node->last_hold - 1].next = model->n_holds;
	else
		node->first_hold = model->n_holds;
	node->last_hold = model->n_holds;
	return 0;
}

static int by_inode(const void *a, const void *b)
{
	const struct libns_node *x = *(struct libns_node *const *)a;
	const struct libns_node *y = *(struct libns_node *const *)b;

	/* Those that were not asked for go last, behind the end of libns_scan_at(). */
	if (x->asked != y->asked)
		return x->asked ? -1 : 1;
	return (x->id.ino > y->id.ino) - (x->id.ino < y->id.ino);
}

static bool is_visible_mount(const struct model *model, const struct model_hold *hold)
{
	return hold->kind == LIBNS_HOLDER_MOUNT && hold->where == model->own_mnt;
}

static int gather_mounts(struct model *model)
{
	size_t n = 0;

	for (size_t i = 0; i < model->n_holds; i++)
		n += is_visible_mount(model, &model->holds[i]);
	if (!n)
		return 0;
	model->mounts = calloc(n, sizeof(*model->mounts));
	if (!model->mounts)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < model->n_nodes; i++) {
		struct libns_node *node = model->nodes[i];
		const struct model_hold *hold = model_first_hold(model, node);

		node->mounts = model->mounts + n;
		for (; hold; hold = model_next_hold(model, hold))
			if (is_visible_mount(model, hold))
				node->mounts[node->n_mounts++] = hold->path;
		n += node->n_mounts;
	}
	return 0;
}

int model_finish(struct model *model)
{
	if (model->n_nodes)
		qsort(model->nodes, model->n_nodes, sizeof(*model->nodes), by_inode);
	for (model->n_asked = 0; model->n_asked < model->n_nodes; model->n_asked++)
		if (!model->nodes[model->n_asked]->asked)
			break;
	return gather_mounts(model);
}
