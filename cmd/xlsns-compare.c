/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xlsns --compare: in what two processes differ. Ends with 0 if every namespace
 * is the same, 1 if one differs, 2 if that cannot be told, as diff(1) does.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xlsns-sheet.h"

#define CANNOT_TELL 2

static const struct sheet_column compare_columns[] = {
	{ "WHAT", KIND_STRING, false },
	{ "SAME", KIND_STRING, false },
	{ "FIRST", KIND_STRING, false },
	{ "SECOND", KIND_STRING, false },
};

static bool add(struct sheet *sheet, const char *what, const char *a, const char *b)
{
	const char *cells[] = { what, !a || !b ? "?" : strcmp(a, b) == 0 ? "yes" : "no", a, b };

	return sheet_add(sheet, cells, -1);
}

/* One small file or link of a process, on one line; NULL if it cannot be read. */
static const char *read_fact(const struct libns_proc *proc, const char *name, char *buf, size_t size)
{
	int dir_fd = libns_proc_get_dir_fd(proc), fd;
	ssize_t n = readlinkat(dir_fd, name, buf, size - 1);

	if (n < 0) {
		fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
		n = fd < 0 ? -1 : read(fd, buf, size - 1);
		if (fd >= 0)
			close(fd);
	}
	if (n < 0)
		return NULL;
	buf[n] = '\0';
	cell_one_line(buf);
	return buf;
}

/* 0 the same, 1 different, 2 unknown. */
static int add_namespaces(struct sheet *sheet, const struct libns_proc *a, const struct libns_proc *b)
{
	int result = 0;

	for (size_t i = 0; libns_type_at(i); i++) {
		uint64_t type = libns_type_at(i);
		struct libns_id id_a, id_b;
		char text_a[32], text_b[32];
		struct libns_error err = LIBNS_ERROR_INIT;
		int r_a = libns_proc_read_id(a, type, &id_a, &err);
		int r_b = libns_proc_read_id(b, type, &id_b, &err);

		if (r_a == -EOPNOTSUPP && r_b == -EOPNOTSUPP)
			continue;
		snprintf(text_a, sizeof(text_a), "%llu", (unsigned long long)(r_a < 0 ? 0 : id_a.ino));
		snprintf(text_b, sizeof(text_b), "%llu", (unsigned long long)(r_b < 0 ? 0 : id_b.ino));
		if (!add(sheet, libns_type_name(type), r_a < 0 ? NULL : text_a,
			 r_b < 0 ? NULL : text_b))
			return CANNOT_TELL;
		if (r_a < 0 || r_b < 0)
			result = CANNOT_TELL;
		else if (id_a.ino != id_b.ino && result == 0)
			result = 1;
	}
	return result;
}

static bool add_facts(struct sheet *sheet, const struct libns_proc *a, const struct libns_proc *b)
{
	static const char *const facts[] = { "root", "cgroup", "uid_map", "gid_map" };
	static const char *const words[] = { "root", "cgroup-path", "uid_map", "gid_map" };
	char text_a[4096], text_b[4096];

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (!add(sheet, words[i], read_fact(a, facts[i], text_a, sizeof(text_a)),
			 read_fact(b, facts[i], text_b, sizeof(text_b))))
			return false;
	return true;
}

int show_compare(const struct options *o, int procfs_fd, pid_t first, pid_t second)
{
	struct sheet sheet = { .columns = compare_columns, .n_columns = 4 };
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_proc *a = NULL, *b = NULL;
	char extra[64];
	int code = CANNOT_TELL;

	if (libns_proc_new(procfs_fd, first, &a, &err) < 0 ||
	    libns_proc_new(procfs_fd, second, &b, &err) < 0) {
		cli_fail(o->cli, &err);
		libns_proc_free(a);
		return CANNOT_TELL;
	}
	code = add_namespaces(&sheet, a, b);
	snprintf(extra, sizeof(extra), "   \"first\": %d,\n   \"second\": %d,\n", first, second);
	if (!add_facts(&sheet, a, b) || !sheet_print(&sheet, o, "compare", extra))
		code = CANNOT_TELL;
	if (code == CANNOT_TELL)
		cli_error(o->cli, "not all namespaces of both processes can be read");
	sheet_clear(&sheet);
	libns_proc_free(a);
	libns_proc_free(b);
	return code;
}
