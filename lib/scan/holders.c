/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What keeps a namespace alive. The list is put together on demand: memberships, children
 * and owned namespaces are known to the model already. Pure.
 */

#include <string.h>

#include <libns/holder.h>

#include "base/base.h"
#include "base/err.h"
#include "scan/scan.h"

LIBNS_PUBLIC const char *libns_holder_kind_name(enum libns_holder_kind kind)
{
	static const char *const names[] = {
		[LIBNS_HOLDER_PROCESS] = "process",
		[LIBNS_HOLDER_THREAD] = "thread",
		[LIBNS_HOLDER_FOR_CHILDREN] = "for_children",
		[LIBNS_HOLDER_FD] = "fd",
		[LIBNS_HOLDER_SOCKET] = "socket",
		[LIBNS_HOLDER_TUN] = "tun",
		[LIBNS_HOLDER_QUEUED] = "queued",
		[LIBNS_HOLDER_IO_URING] = "io_uring",
		[LIBNS_HOLDER_MOUNT] = "mount",
		[LIBNS_HOLDER_CHILD] = "child",
		[LIBNS_HOLDER_OWNED] = "owned",
		[LIBNS_HOLDER_TREE] = "tree",
	};

	return (unsigned int)kind < ARRAY_SIZE(names) ? names[kind] : NULL;
}

struct libns_holders {
	struct libns_holder *list; /* NULL: only count */
	size_t n;
};

static void put(struct libns_holders *out, const struct libns_holder *holder)
{
	if (out->list)
		out->list[out->n] = *holder;
	out->n++;
}

/* Where a directory of names is mounted twice, so is each name. One row tells what is to be done. */
#define MOST_COMPARED 64

static bool is_told(const struct model *model, const struct libns_node *node,
		    const struct model_hold *hold)
{
	const struct model_hold *other = model_first_hold(model, node);

	if (hold->kind != LIBNS_HOLDER_MOUNT || !hold->path)
		return false;
	for (int i = 0; other != hold && i < MOST_COMPARED; i++) {
		if (other->kind == hold->kind && other->where == hold->where && other->path &&
		    !strcmp(other->path, hold->path))
			return true;
		other = model_next_hold(model, other);
	}
	return false;
}

static void collect(const struct model *model, const struct libns_node *node,
		    struct libns_holders *out)
{
	for (size_t i = 0; i < model->n_tasks && node->n_tasks; i++) {
		const struct libns_task *task = &model->tasks[i];

		if (task->ns[node->type] == node)
			put(out, &(struct libns_holder){ LIBNS_HOLDER_PROCESS, task->pid, task->pid,
							 -1, NULL, NULL });
	}
	for (int kind = LIBNS_HOLDER_THREAD; kind <= LIBNS_HOLDER_TREE; kind++) {
		const struct model_hold *hold = model_first_hold(model, node);

		for (; hold; hold = model_next_hold(model, hold))
			if ((int)hold->kind == kind && !is_told(model, node, hold))
				put(out,
				    &(struct libns_holder){ hold->kind, hold->pid, hold->tid,
							    hold->fd, hold->where, hold->path });
		if (kind != LIBNS_HOLDER_CHILD && kind != LIBNS_HOLDER_OWNED)
			continue;
		for (size_t i = 0; i < model->n_nodes; i++) {
			const struct libns_node *other = model->nodes[i];

			/* The owner of a user namespace is also its parent, so it is listed
			 * once, as a child. */
			if (kind == LIBNS_HOLDER_CHILD
				    ? other->parent == node
				    : other->owner == node && other->parent != node)
				put(out, &(struct libns_holder){ (enum libns_holder_kind)kind, 0, 0,
								 -1, other, NULL });
		}
	}
}

LIBNS_PUBLIC int libns_holders_new(const struct libns_scan *scan, const struct libns_node *node,
				   struct libns_holders **ret_holders, struct libns_error *err)
{
	struct libns_holders *out = calloc(1, sizeof(*out));

	if (out) {
		collect(&scan->model, node, out);
		out->list = calloc(out->n ? out->n : 1, sizeof(*out->list));
	}
	if (!out || !out->list) {
		free(out);
		return error_set(err, LIBNS_STEP_PROC, ENOMEM, "cannot list holders");
	}
	out->n = 0;
	collect(&scan->model, node, out);
	*ret_holders = out;
	return 0;
}

LIBNS_PUBLIC struct libns_holders *libns_holders_free(struct libns_holders *holders)
{
	if (holders)
		free(holders->list);
	free(holders);
	return NULL;
}

LIBNS_PUBLIC size_t libns_holders_count(const struct libns_holders *holders)
{
	return holders->n;
}

LIBNS_PUBLIC const struct libns_holder *libns_holders_at(const struct libns_holders *holders,
							 size_t i)
{
	return i < holders->n ? &holders->list[i] : NULL;
}
