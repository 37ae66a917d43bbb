/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * xlsns --compare: in what two processes differ. Ends with 0 if everything is the
 * same, 1 if anything differs, 2 if that cannot be told, as diff(1) does. People get the
 * answer in words, and below it what differs; raw output and JSON have everything.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "xlsns/sheet.h"

enum { SAME = 0, DIFFERENT = 1, CANNOT_TELL = 2 };

static const struct sheet_column compare_columns[] = {
	{ "WHAT", KIND_STRING, SHEET_FOLD },
	{ "SAME", KIND_BOOL, SHEET_FOLD },
	{ "FIRST", KIND_ROW, SHEET_FOLD },
	{ "SECOND", KIND_ROW, SHEET_FOLD },
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

static const struct sheet_column difference_columns[] = {
	{ "WHAT", KIND_STRING, SHEET_WHOLE },
	{ "FIRST", KIND_ROW, SHEET_FOLD },
	{ "SECOND", KIND_ROW, SHEET_FOLD },
};

enum { WHAT, IS_SAME, FIRST, SECOND, N_COMPARE_COLUMNS };

/* The row about this, if its answer is @word. */
static bool is_answered(const struct sheet *all, const char *what, const char *word)
{
	for (size_t row = 0; row < all->n_rows; row++) {
		char **cells = &all->cells[row * N_COMPARE_COLUMNS];

		if (!strcmp(cells[WHAT], what))
			return !strcmp(cells[IS_SAME], word);
	}
	return false;
}

/* Prints what has this word for an answer, folded between words: "differs: mnt net". What people
 * ask for most comes first. */
static void say_which(const struct sheet *all, const char *title, const char *word, bool even_none)
{
	static const char *const whats[] = { "mnt",  "net",         "pid",     "uts",
					     "ipc",  "cgroup",      "user",    "time",
					     "root", "cgroup-path", "uid_map", "gid_map" };
	const size_t indent = strlen(title), width = sheet_width();
	size_t at = indent, n = 0;

	for (size_t i = 0; i < sizeof(whats) / sizeof(whats[0]); i++) {
		if (!is_answered(all, whats[i], word))
			continue;
		if (!n++)
			fputs(title, stdout);
		if (at > indent && at + 1 + strlen(whats[i]) > width) {
			printf("\n%*s", (int)indent, "");
			at = indent;
		}
		at += (size_t)printf(" %s", whats[i]);
	}
	if (n)
		putchar('\n');
	else if (even_none)
		printf("%s nothing\n", title);
}

/* The lines of @text that are not among those of @other. NULL without memory. */
static char *lines_of_one(const char *text, const char *other)
{
	char *left = malloc(strlen(text) + 1), *to = left;

	for (size_t n; left && *text; text += n + (text[n] == '\n')) {
		const char *there = other;

		n = strcspn(text, "\n");
		while (*there && (strncmp(there, text, n) != 0 || (there[n] && there[n] != '\n'))) {
			there += strcspn(there, "\n");
			there += *there == '\n';
		}
		if (*there)
			continue;
		if (to > left)
			*to++ = '\n';
		memcpy(to, text, n);
		to += n;
	}
	if (left)
		*to = '\0';
	return left;
}

/* Adds a row of which both sides are known. Of several values only those that one side has. */
static bool add_difference(struct sheet *sheet, char **cells)
{
	char *first = lines_of_one(cells[FIRST], cells[SECOND]);
	char *second = lines_of_one(cells[SECOND], cells[FIRST]);
	const char *row[] = { cells[WHAT], first, second };
	bool done = first && second && sheet_add(sheet, row, -1);

	free(first);
	free(second);
	return done;
}

static bool print_differences(const struct options *o, const struct sheet *all)
{
	struct sheet sheet = SHEET(difference_columns);
	bool done = true;

	sheet.always_fold = true;
	say_which(all, "differs:", "no", true);
	say_which(all, "same:   ", "yes", false);
	say_which(all, "unknown:", "?", false);
	for (size_t row = 0; done && row < all->n_rows; row++) {
		char **cells = &all->cells[row * N_COMPARE_COLUMNS];

		sheet.kind = all->rows[row].kind;
		if (!strcmp(cells[IS_SAME], "no"))
			done = add_difference(&sheet, cells);
	}
	if (done && sheet.n_rows)
		putchar('\n');
	done = done && sheet_print(&sheet, o, NULL, NULL, NULL);
	sheet_clear(&sheet);
	return done;
}

int show_compare(const struct options *o, const struct libns_proc *a, const struct libns_proc *b)
{
	struct sheet sheet = SHEET(compare_columns);
	int code = SAME;
	char extra[64];
	bool done;

	snprintf(extra, sizeof(extra), "   \"first\": %d,\n   \"second\": %d,\n",
		 (int)libns_proc_get_pid(a), (int)libns_proc_get_pid(b));
	done = add_namespaces(&sheet, a, b, &code) && add_facts(&sheet, a, b, &code);
	if (done && (o->json || o->raw))
		done = sheet_print(&sheet, o, "compare", NULL, extra);
	else if (done)
		done = print_differences(o, &sheet);
	if (!done) {
		cli_error(o->cli, "out of memory");
		code = CANNOT_TELL;
	} else if (code == CANNOT_TELL) {
		cli_error(o->cli, "not everything of both processes can be read");
		if (!explain_process(o, a))
			explain_process(o, b);
	}
	sheet_clear(&sheet);
	return code;
}
