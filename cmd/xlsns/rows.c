/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Which namespaces are shown, and below which other one.
 *
 * Three ways to nest. By owner and by parent are what they say. By process is
 * the default of lsns and odd: a row goes below the row that was shown last for
 * the parent process of its representative, whatever types the two are.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xlsns/xlsns.h"

static bool shows(const struct options *options, int column)
{
	for (size_t i = 0; i < options->n_columns; i++)
		if (options->columns[i] == column)
			return true;
	return filter_uses(options->filter, column);
}

bool rows_need_all_types(const struct options *options)
{
	return options->mode == MODE_GRAPH || shows(options, COL_FIRST) ||
	       shows(options, COL_FIRSTCMD) || shows(options, COL_CONTAINER);
}

static bool wanted(const struct libns_node *node, const struct libns_task *task,
		   const struct options *options)
{
	if (options->types && !(options->types & libns_node_get_type(node)))
		return false;
	if (options->pid)
		return task && libns_task_get_ns(task, libns_node_get_type(node)) == node;
	return !options->persistent || !libns_node_count_tasks(node);
}

bool rows_select(struct rows *rows, const struct libns_scan *scan, const struct options *options)
{
	const struct libns_task *task = libns_scan_find_task(scan, options->pid);
	size_t n = libns_scan_count(scan);

	rows->list = calloc(n ? n : 1, sizeof(*rows->list));
	if (!rows->list)
		return false;
	rows->n = 0;
	for (size_t i = 0; i < n; i++) {
		const struct libns_node *node = libns_scan_at(scan, i);

		const struct libns_task *shown = libns_node_get_first(node);

		/* The column PID is that of the lowest one; a picture may show the best. */
		if (!shown || options->mode != MODE_GRAPH)
			shown = libns_node_get_leader(node);
		if (wanted(node, task, options))
			rows->list[rows->n++] = (struct row){ .node = node, .task = shown };
	}
	return true;
}

bool rows_select_members(struct rows *rows, const struct libns_scan *scan,
			 const struct libns_node *node)
{
	size_t n = libns_node_count_tasks(node);

	rows->list = calloc(n ? n : 1, sizeof(*rows->list));
	if (!rows->list)
		return false;
	rows->n = 0;
	for (size_t i = 0; rows->n < n; i++) {
		const struct libns_task *task = libns_scan_task_at(scan, i);

		if (libns_task_get_ns(task, libns_node_get_type(node)) == node)
			rows->list[rows->n++] = (struct row){ .node = node, .task = task };
	}
	return true;
}

int rows_load(const struct rows *rows, struct libns_scan *scan, const struct options *options,
	      struct libns_error *err)
{
	const struct libns_task **tasks;
	uint64_t details = 0;
	size_t n = 0;
	int r;

	/* A picture has no columns. That of HTML shows every row's process, the others show few and
	 * read what they need of these. */
	for (size_t i = 0; i < options->n_columns && options->mode != MODE_GRAPH; i++)
		details |= columns[options->columns[i]].details;
	if (options->mode == MODE_GRAPH && *options->subject == 'h')
		details = LIBNS_DETAIL_COMMAND | LIBNS_DETAIL_UID;
	for (int i = 0; i < N_COLUMNS; i++)
		if (filter_uses(options->filter, i))
			details |= columns[i].details;
	if (options->tree == TREE_PROCESS)
		details |= LIBNS_DETAIL_STATUS;
	if (!details)
		return 0;
	tasks = calloc(2 * rows->n + 1, sizeof(struct libns_task *));
	if (!tasks)
		return -ENOMEM;
	for (size_t i = 0; i < rows->n; i++)
		if (rows->list[i].task)
			tasks[n++] = rows->list[i].task;
	for (size_t i = 0; i < rows->n && shows(options, COL_FIRSTCMD); i++)
		if (libns_node_get_first(rows->list[i].node))
			tasks[n++] = libns_node_get_first(rows->list[i].node);
	r = libns_scan_read_details(scan, tasks, n, details, err);
	free(tasks);
	return r;
}

struct context {
	struct columns *columns;
	const struct row *row;
	struct cell cell;
};

static void get_value(void *data, int column, struct filter_value *ret_value)
{
	struct context *ctx = data;

	columns_get(ctx->columns, ctx->row, (enum column)column, &ctx->cell);
	/* Where there is no owner or parent the value is 0, as it is in lsns. */
	if (!ctx->cell.null || ctx->cell.string)
		*ret_value = (struct filter_value){ ctx->cell.list ? NULL : ctx->cell.string,
						    ctx->cell.list };
	else
		*ret_value = (struct filter_value){ NULL, NULL };
}

int rows_filter(struct rows *rows, const struct libns_scan *scan, const struct options *options)
{
	struct context ctx = { columns_new(scan, options), NULL, { 0 } };
	bool failed;
	size_t n = 0;

	if (!ctx.columns)
		return cli_error(options->cli, "out of memory");
	for (size_t i = 0; i < rows->n; i++) {
		ctx.row = &rows->list[i];
		if (filter_match(options->filter, get_value, &ctx))
			rows->list[n++] = rows->list[i];
	}
	rows->n = n;
	failed = columns_failed(ctx.columns);
	columns_free(ctx.columns);
	return failed ? CLI_FAILURE : 0;
}

static void put_below(struct row *row, struct row *parent)
{
	row->parent = parent;
	if (!parent)
		return;
	if (parent->last)
		parent->last->next = row;
	else
		parent->first = row;
	parent->last = row;
}

size_t rows_position(const struct libns_scan *scan, const struct libns_task *task)
{
	size_t low = 0, high = libns_scan_count_tasks(scan);

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (libns_task_get_pid(libns_scan_task_at(scan, middle)) <=
		    libns_task_get_pid(task))
			low = middle;
		else
			high = middle;
	}
	return low;
}

static void nest_by_process(struct rows *rows, const struct libns_scan *scan)
{
	size_t n = libns_scan_count_tasks(scan);
	struct row **shown = calloc(n ? n : 1, sizeof(*shown));

	for (size_t i = 0; shown && i < rows->n; i++) {
		struct row *row = &rows->list[i];
		const struct libns_task *parent;

		if (!row->task)
			continue;
		parent = libns_scan_find_task(scan, libns_task_get_ppid(row->task));
		if (parent)
			put_below(row, shown[rows_position(scan, parent)]);
		shown[rows_position(scan, row->task)] = row;
	}
	free(shown);
}

static struct row *row_of(const struct rows *rows, const struct libns_node *node)
{
	size_t low = 0, high = rows->n;

	/* Rows are ascending by inode, like the snapshot they come from. */
	while (node && low < high) {
		size_t middle = low + (high - low) / 2;
		uint64_t ino = libns_node_get_id(rows->list[middle].node)->ino;

		if (ino == libns_node_get_id(node)->ino)
			return &rows->list[middle];
		if (ino < libns_node_get_id(node)->ino)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

void rows_nest(struct rows *rows, const struct libns_scan *scan, enum tree tree)
{
	if (tree == TREE_PROCESS)
		nest_by_process(rows, scan);
	if (tree != TREE_OWNER && tree != TREE_PARENT)
		return;
	for (size_t i = 0; i < rows->n; i++) {
		struct row *row = &rows->list[i];

		put_below(row, row_of(rows, tree == TREE_OWNER ? libns_node_get_owner(row->node)
							       : libns_node_get_parent(row->node)));
	}
}
