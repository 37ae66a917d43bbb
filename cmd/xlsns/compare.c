/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xlsns --compare: in what two processes differ. Ends with 0 if everything is the
 * same, 1 if anything differs, 2 if that cannot be told, as diff(1) does.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "xlsns/sheet.h"

enum { SAME = 0, DIFFERENT = 1, CANNOT_TELL = 2 };

static const struct sheet_column compare_columns[] = {
	{ "WHAT", KIND_STRING, false },
	{ "SAME", KIND_BOOL, false },
	{ "FIRST", KIND_ROW, false },
	{ "SECOND", KIND_ROW, false },
};

/* Adds a line to the answer, and raises @result to DIFFERENT or CANNOT_TELL if it is that. */
static bool add(struct sheet *sheet, const char *what, const char *a, const char *b, int *result)
{
	int here = !a || !b ? CANNOT_TELL : strcmp(a, b) == 0 ? SAME : DIFFERENT;
	static const char *const words[] = { "yes", "no", "?" };
	const char *cells[] = { what, words[here], a, b };

	if (here > *result)
		*result = here;
	return sheet_add(sheet, cells, -1);
}

static bool add_namespaces(struct sheet *sheet, const struct libns_proc *a,
			   const struct libns_proc *b, int *result)
{
	sheet->kind = KIND_NUMBER;
	for (size_t i = 0; libns_type_at(i); i++) {
		uint64_t type = libns_type_at(i);
		struct libns_id id_a, id_b;
		char text_a[32], text_b[32];
		struct libns_error err = LIBNS_ERROR_INIT;
		int r_a = libns_proc_read_id(a, type, &id_a, &err);
		int r_b = libns_proc_read_id(b, type, &id_b, &err);

		if (r_a == -EOPNOTSUPP && r_b == -EOPNOTSUPP)
			continue;
		snprintf(text_a, sizeof(text_a), "%llu",
			 (unsigned long long)(r_a < 0 ? 0 : id_a.ino));
		snprintf(text_b, sizeof(text_b), "%llu",
			 (unsigned long long)(r_b < 0 ? 0 : id_b.ino));
		if (!add(sheet, libns_type_name(type), r_a < 0 ? NULL : text_a,
			 r_b < 0 ? NULL : text_b, result))
			return false;
	}
	return true;
}

struct fact {
	const char *file, *word;
	enum column_kind kind;
};

/* Reads one file or link of a process. Return: NULL if it cannot be read. */
static char *read_fact(const struct libns_proc *proc, const struct fact *fact)
{
	int dir_fd = libns_proc_get_dir_fd(proc);
	char *text;

	if (fact->kind == KIND_STRING)
		return file_read_link_at(dir_fd, fact->file);
	text = file_read_at(dir_fd, fact->file, NULL);
	if (text)
		cell_squeeze(text);
	return text;
}

static bool add_facts(struct sheet *sheet, const struct libns_proc *a, const struct libns_proc *b,
		      int *result)
{
	static const struct fact facts[] = {
		{ "root", "root", KIND_STRING },
		{ "cgroup", "cgroup-path", KIND_LIST },
		{ "uid_map", "uid_map", KIND_MAP },
		{ "gid_map", "gid_map", KIND_MAP },
	};
	bool done = true;

	for (size_t i = 0; done && i < sizeof(facts) / sizeof(facts[0]); i++) {
		char *text_a = read_fact(a, &facts[i]), *text_b = read_fact(b, &facts[i]);

		sheet->kind = facts[i].kind;
		done = add(sheet, facts[i].word, text_a, text_b, result);
		free(text_a);
		free(text_b);
	}
	return done;
}

int show_compare(const struct options *o, const struct libns_proc *a, const struct libns_proc *b)
{
	struct sheet sheet = SHEET(compare_columns);
	char extra[64];
	int code = SAME;

	snprintf(extra, sizeof(extra), "   \"first\": %d,\n   \"second\": %d,\n",
		 (int)libns_proc_get_pid(a), (int)libns_proc_get_pid(b));
	if (!add_namespaces(&sheet, a, b, &code) || !add_facts(&sheet, a, b, &code) ||
	    !sheet_print(&sheet, o, "compare", NULL, extra)) {
		cli_error(o->cli, "out of memory");
		code = CANNOT_TELL;
	} else if (code == CANNOT_TELL) {
		cli_error(o->cli, "not everything of both processes can be read");
	}
	sheet_clear(&sheet);
	return code;
}
