/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* xlsns --holders: everything that keeps one namespace alive, and how to end it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xlsns-sheet.h"

static const struct sheet_column holder_columns[] = {
	{ "HOLDER", KIND_STRING, false }, { "PID", KIND_NUMBER, false },
	{ "TID", KIND_NUMBER, false },	  { "FD", KIND_NUMBER, false },
	{ "NS", KIND_NUMBER, false },	  { "WHERE", KIND_STRING, false },
	{ "RELEASE", KIND_STRING, false }, { "COMMAND", KIND_STRING, false },
};

enum { HOLDER, PID, TID, FD, NS, WHERE, RELEASE, COMMAND };

#define N_HOLDER_COLUMNS (sizeof(holder_columns) / sizeof(holder_columns[0]))

struct line {
	const char *cells[N_HOLDER_COLUMNS];
	char pid[16], tid[16], fd[16], ns[24];
	char release[4096 * 4 + 128];
};

/* For a shell: 'it'\''s', and with bytes that no terminal should get $'\x1b'. */
static void quote(char *to, size_t size, const char *text)
{
	size_t n = 0;
	bool plain = *text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
						 "0123456789/._-:@%+,=")];
	bool odd = false;

	if (plain) {
		snprintf(to, size, "%s", text);
		return;
	}
	for (const char *c = text; *c; c++)
		odd |= *c < ' ' || *c > '~';
	n += (size_t)sprintf(to, odd ? "$'" : "'");
	for (; *text && n + 8 < size; text++)
		if (odd && (*text < ' ' || *text > '~'))
			n += (size_t)sprintf(to + n, "\\x%02x", (unsigned char)*text);
		else if (odd && (*text == '\'' || *text == '\\'))
			n += (size_t)sprintf(to + n, "\\%c", *text);
		else if (*text == '\'')
			n += (size_t)sprintf(to + n, "'\\''");
		else
			to[n++] = *text;
	to[n++] = '\'';
	to[n] = '\0';
}

/* A command that reaches into the mount namespace of a mount, with its blank. */
static bool way_in(const struct libns_holder *h, const struct libns_scan *scan, char *to, size_t size)
{
	const struct libns_task *self = libns_scan_find_task(scan, getpid());
	const struct libns_task *leader;

	if (!h->node || (self && libns_task_get_ns(self, LIBNS_TYPE_MNT) == h->node)) {
		*to = '\0';
		return true;
	}
	leader = libns_node_get_leader(h->node);
	if (!leader)
		return false;
	snprintf(to, size, "xnsenter -t %d -m ", libns_task_get_pid(leader));
	return true;
}

static void set_release(struct line *line, const struct libns_holder *h,
			const struct libns_scan *scan)
{
	char path[4096 * 4], in[64];
	bool named;

	line->cells[RELEASE] = line->release;
	switch (h->kind) {
	case LIBNS_HOLDER_MOUNT:
		named = !strncmp(h->path, "/run/netns/", 11) && !strchr(h->path + 11, '/');
		if (!way_in(h, scan, in, sizeof(in)) || !*h->path) {
			line->cells[RELEASE] = NULL;
			break;
		}
		named = named && !*in;
		quote(path, sizeof(path), named ? h->path + 11 : h->path);
		snprintf(line->release, sizeof(line->release), "%s%s %s", in,
			 named ? "xnetns del" : "umount", path);
		break;
	case LIBNS_HOLDER_CHILD:
	case LIBNS_HOLDER_OWNED:
		snprintf(line->release, sizeof(line->release), "xlsns --holders %s", line->ns);
		break;
	default:
		snprintf(line->release, sizeof(line->release), "kill %d", h->pid);
		break;
	}
}

static void set_number(const char **cell, char *text, size_t size, long long value)
{
	snprintf(text, size, "%lld", value);
	*cell = text;
}

static bool add_holder(struct sheet *sheet, const struct libns_holder *h,
		       const struct libns_scan *scan)
{
	struct line line = { .cells = { libns_holder_kind_name(h->kind) } };
	const struct libns_task *task = h->pid ? libns_scan_find_task(scan, h->pid) : NULL;
	char where[64], command[80];

	if (h->pid)
		set_number(&line.cells[PID], line.pid, sizeof(line.pid), h->pid);
	if (h->pid && h->tid != h->pid)
		set_number(&line.cells[TID], line.tid, sizeof(line.tid), h->tid);
	if (h->fd >= 0)
		set_number(&line.cells[FD], line.fd, sizeof(line.fd), h->fd);
	if (h->node) {
		set_number(&line.cells[NS], line.ns, sizeof(line.ns),
			   (long long)libns_node_get_id(h->node)->ino);
		snprintf(where, sizeof(where), "%s namespace",
			 libns_type_name(libns_node_get_type(h->node)));
		line.cells[WHERE] = where;
	}
	if (h->path)
		line.cells[WHERE] = h->path;
	line.cells[COMMAND] = command_of(task, command, sizeof(command));
	set_release(&line, h, scan);
	return sheet_add(sheet, line.cells, -1);
}

/* Command lines of all processes involved. */
static int load(struct libns_scan *scan, const struct libns_holder *holders, size_t n,
		struct libns_error *err)
{
	const struct libns_task **tasks = calloc(n ? n : 1, sizeof(struct libns_task *));
	size_t n_tasks = 0;
	int r;

	if (!tasks)
		return -1;
	for (size_t i = 0; i < n; i++) {
		tasks[n_tasks] = holders[i].pid ? libns_scan_find_task(scan, holders[i].pid) : NULL;
		n_tasks += tasks[n_tasks] != NULL;
	}
	r = libns_scan_read_details(scan, tasks, n_tasks, LIBNS_DETAIL_COMMAND, err);
	free(tasks);
	return r;
}

int show_holders(const struct options *o, struct libns_scan *scan, const struct libns_node *node)
{
	struct sheet sheet = { .columns = holder_columns, .n_columns = N_HOLDER_COLUMNS };
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_holder *holders = NULL;
	char extra[96];
	size_t n = 0;
	bool done;

	if (libns_scan_list_holders(scan, node, &holders, &n, &err) < 0)
		return cli_fail(o->cli, &err);
	if (load(scan, holders, n, &err) < 0) {
		free(holders);
		return cli_fail(o->cli, &err);
	}
	done = true;
	for (size_t i = 0; i < n && done; i++)
		done = add_holder(&sheet, &holders[i], scan);
	snprintf(extra, sizeof(extra), "   \"ns\": %llu,\n   \"type\": \"%s\",\n",
		 (unsigned long long)libns_node_get_id(node)->ino,
		 libns_type_name(libns_node_get_type(node)));
	if (done)
		done = sheet_print(&sheet, o, "holders", scan, extra);
	sheet_clear(&sheet);
	free(holders);
	return done ? 0 : cli_error(o->cli, "out of memory");
}
