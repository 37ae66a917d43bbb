/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xnetns who: everything that keeps a network namespace alive, also without a name. */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/holders.h"
#include "common/text.h"
#include "xnetns/place.h"
#include "xnetns/xnetns.h"

#define _cleanup_scan_ __attribute__((cleanup(libns_scan_freep)))

/* Rows of words, each N_HOLDER_CELLS of them; the first row is the heading. */
struct who {
	char **cells;
	size_t n_rows;
};

static bool put_row(const char *const *cells, void *data)
{
	struct who *who = data;
	char **more = reallocarray(who->cells, (who->n_rows + 1) * N_HOLDER_CELLS, sizeof(*more));
	bool done = more != NULL;

	if (!more)
		return false;
	who->cells = more;
	more += who->n_rows++ * N_HOLDER_CELLS;
	for (size_t i = 0; i < N_HOLDER_CELLS; i++) {
		more[i] = cells[i] ? strdup(cells[i]) : NULL;
		done &= more[i] || !cells[i];
	}
	return done;
}

static void who_done(struct who *who)
{
	for (size_t i = 0; i < who->n_rows * N_HOLDER_CELLS; i++)
		free(who->cells[i]);
	free(who->cells);
}

static void print_json(struct xnetns *x, const struct who *who)
{
	char name[16];

	json_begin(&x->json);
	for (size_t row = 1; row < who->n_rows; row++) {
		json_object(&x->json);
		for (size_t i = 0; i < N_HOLDER_CELLS; i++) {
			const char *cell = who->cells[row * N_HOLDER_CELLS + i];

			if (!cell)
				continue;
			snprintf(name, sizeof(name), "%s", holder_columns[i].name);
			for (char *c = name; *c; c++)
				*c = (char)tolower(*c);
			if (holder_columns[i].number)
				json_number(&x->json, name, strtoll(cell, NULL, 10));
			else
				json_text(&x->json, name, cell);
		}
		json_object_end(&x->json);
	}
	json_end(&x->json);
}

/* Makes all cells fit for a terminal. Return: false without memory. */
static bool clean(const struct who *who)
{
	for (size_t i = 0; i < who->n_rows * N_HOLDER_CELLS; i++) {
		char *cleaned = text_clean(who->cells[i] ? who->cells[i] : "", true);

		if (!cleaned)
			return false;
		free(who->cells[i]);
		who->cells[i] = cleaned;
	}
	return true;
}

static void print_table(const struct who *who)
{
	int widths[N_HOLDER_CELLS] = { 0 };

	for (size_t i = 0; i < who->n_rows * N_HOLDER_CELLS; i++) {
		int n = (int)strlen(who->cells[i]);

		if (widths[i % N_HOLDER_CELLS] < n)
			widths[i % N_HOLDER_CELLS] = n;
	}
	for (size_t row = 0; row < who->n_rows; row++)
		for (size_t i = 0; i < N_HOLDER_CELLS; i++) {
			const char *cell = who->cells[row * N_HOLDER_CELLS + i];
			int width = holder_columns[i].number ? widths[i] : -widths[i];

			if (i + 1 < N_HOLDER_CELLS)
				printf("%*s ", width, cell);
			else
				puts(cell);
		}
}

/* The mount namespace in which a name is bound that cannot be opened here, or NULL. */
static const struct libns_node *mounts_of(const struct libns_scan *scan, const char *name)
{
	struct libns_netns_list *list;
	const struct libns_netns_entry *entry;
	const struct libns_task *task = NULL;

	if (libns_netns_list_new(LIBNS_NETNS_RUN, &list, NULL) < 0)
		return NULL;
	for (size_t i = 0; (entry = libns_netns_list_at(list, i)); i++)
		if (entry->elsewhere && !strcmp(entry->name, name))
			task = libns_scan_find_task(scan, entry->pid ? entry->pid : getpid());
	libns_netns_list_free(list);
	return task ? libns_task_get_ns(task, LIBNS_TYPE_MNT) : NULL;
}

static bool is_bound_in(const struct libns_scan *scan, const struct libns_node *node,
			const struct libns_node *mounts, const char *path)
{
	const struct libns_holder *holder;
	struct libns_holders *holders;
	bool found = false;

	if (libns_holders_new(scan, node, &holders, NULL) < 0)
		return false;
	for (size_t i = 0; (holder = libns_holders_at(holders, i)); i++)
		found |= holder->kind == LIBNS_HOLDER_MOUNT && holder->node == mounts &&
			 holder->path && !strcmp(holder->path, path);
	libns_holders_free(holders);
	return found;
}

/* The namespace that is bound on a name in another mount namespace only. */
static const struct libns_node *find_elsewhere(const struct libns_scan *scan, const char *name)
{
	const struct libns_node *mounts = mounts_of(scan, name), *node;
	char path[320];

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	for (size_t i = 0; mounts && (node = libns_scan_at(scan, i)); i++)
		if (libns_node_get_type(node) == LIBNS_TYPE_NET &&
		    is_bound_in(scan, node, mounts, path))
			return node;
	return NULL;
}

/* @ret_id: ino 0 if @word is a name that is there, and the namespace cannot be opened here. */
static int id_of(const struct xnetns *x, const char *word, struct libns_id *ret_id,
		 struct libns_error *err)
{
	_cleanup_place_ struct place place = PLACE_INIT;
	int fd = strchr(word, '/') ? -ENOENT : libns_netns_open(LIBNS_NETNS_RUN, word, err);
	int code;

	*ret_id = (struct libns_id){ 0, 0 };
	if (fd >= 0)
		close(fd);
	if (fd == -EINVAL && err->step != LIBNS_STEP_ARGUMENT)
		return 0;
	code = place_open(x, word, true, &place);
	if (code == 0 && libns_fd_query_id(place.ns_fd, ret_id, err) < 0)
		code = cli_fail(x->cli, err);
	return code;
}

static int print(struct xnetns *x, struct libns_scan *scan, const struct libns_node *node)
{
	const char *heading[N_HOLDER_CELLS];
	struct who who = { NULL, 0 };
	int code;

	for (size_t i = 0; i < N_HOLDER_CELLS; i++)
		heading[i] = holder_columns[i].name;
	code = put_row(heading, &who) ? 0 : cli_error(x->cli, "out of memory");
	if (code == 0)
		code = holders_each(x->cli, LIBNS_PROCFS, scan, node, put_row, &who);
	if (code == 0 && x->as_json)
		print_json(x, &who);
	else if (code == 0 && !clean(&who))
		code = cli_error(x->cli, "out of memory");
	else if (code == 0)
		print_table(&who);
	who_done(&who);
	return code;
}

int xnetns_who(void *context, int argc, char **argv)
{
	_cleanup_scan_ struct libns_scan *scan = NULL;
	struct libns_error err = LIBNS_ERROR_INIT;
	const struct libns_node *node;
	struct xnetns *x = context;
	struct libns_id id;
	int code;

	if (argc != 2) {
		cli_usage(x->cli, "%s: one name, or one target, is needed", argv[0]);
		return XNETNS_USAGE;
	}
	code = id_of(x, argv[1], &id, &err);
	if (code)
		return code;
	/* Nothing is held open meanwhile: it would be listed. */
	if (libns_scan_new(LIBNS_PROCFS, NULL, &scan, id.ino ? &err : NULL) < 0)
		return cli_fail(x->cli, &err);
	node = id.ino ? libns_scan_find(scan, id.ino) : find_elsewhere(scan, argv[1]);
	if (!node && !id.ino)
		return cli_fail(x->cli, &err);
	code = node ? print(x, scan, node) : cli_error(x->cli, "'%s' is gone by now", argv[1]);
	holders_report_unseen(x->cli, scan);
	return code;
}
