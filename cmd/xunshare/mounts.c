/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The options that mount something: their values are parts with colons between them. What they ask
 * for goes into one plan of mounts, in the order of the command line.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xunshare/options.h"

#define MAX_PARTS 3

/* The next character of a value. A backslash takes the meaning from a colon or a backslash that
 * follows. @ret_ends: whether it is a colon that ends a part. */
static char take_char(const char **from, bool *ret_ends)
{
	bool plain = **from == '\\' && ((*from)[1] == ':' || (*from)[1] == '\\');

	*from += plain;
	*ret_ends = **from == ':' && !plain;
	return *(*from)++;
}

/*
 * Splits the text of an option in place. Return: the number of parts; 0 once the reason is
 * printed.
 */
static size_t split(const struct request *q, const char *option, char *text, char **parts,
		    size_t max)
{
	const char *from = text;
	char *to = text;
	size_t n = 1;
	bool ends;

	parts[0] = text;
	while (*from) {
		*to++ = take_char(&from, &ends);
		if (!ends)
			continue;
		if (n == max) {
			cli_usage(&q->cli,
				  "%s: the value has more than %zu part%s: a colon in a name is "
				  "written '\\:'",
				  option, max, max == 1 ? "" : "s");
			return 0;
		}
		to[-1] = '\0';
		parts[n++] = to;
	}
	*to = '\0';
	for (size_t i = 0; i < n; i++)
		if (!*parts[i]) {
			cli_usage(&q->cli, "%s: part %zu of the value is empty", option, i + 1);
			return 0;
		}
	return n;
}

char *mounts_first_part(const char *text)
{
	char *part = strdup(text), *to = part;
	bool ends = false;

	while (part && *text && !ends)
		*to++ = take_char(&text, &ends);
	if (part)
		to[ends ? -1 : 0] = '\0';
	return part;
}

/* Options of the mount itself, for what is no new file system. */
static int parse_flags(const struct request *q, const char *option, const char *text,
		       uint64_t *flags)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	char *rest = NULL;
	int r = libns_mount_options_parse(text, flags, &rest, &err);

	if (r == 0 && rest) {
		cli_usage(&q->cli, "%s: '%s' is no option of a mount", option, rest);
		r = CLI_BAD;
	} else if (r < 0) {
		cli_fail(&q->cli, &err);
	}
	free(rest);
	return r < 0 ? CLI_BAD : 0;
}

static int done(const struct request *q, int r, const struct libns_error *err)
{
	if (r < 0)
		cli_fail(&q->cli, err);
	return r < 0 ? CLI_BAD : 0;
}

static int add_bind(struct request *q, const char *option, char *text, uint64_t flags)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	char *parts[MAX_PARTS];
	size_t n = split(q, option, text, parts, 3);

	if (!n || (n == 3 && parse_flags(q, option, parts[2], &flags) < 0))
		return CLI_BAD;
	if (n == 1 && *parts[0] != '/') {
		cli_usage(&q->cli, "%s: '%s' is no absolute path, and a second part is missing",
			  option, parts[0]);
		return CLI_BAD;
	}
	return done(q, libns_mount_plan_add_bind(q->mounts, parts[0], parts[n > 1], flags, &err),
		    &err);
}

static int add_overlay(struct request *q, char *text)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	size_t max = strlen(text) / 2 + 1, n;
	char **parts = calloc(max, sizeof(*parts));
	int r = CLI_BAD;

	if (!parts) {
		cli_error(&q->cli, "%s", strerror(errno));
		return CLI_BAD;
	}
	n = split(q, "--overlay", text, parts, max);
	if (n == 1)
		cli_usage(&q->cli, "--overlay: '%s' is not LOWER:LOWER:DST", text);
	else if (n > 1)
		r = done(q,
			 libns_mount_plan_add_overlay(q->mounts, (const char *const *)parts, n - 1,
						      parts[n - 1], &err),
			 &err);
	free(parts);
	return r;
}

/* What is one name. */
static int add_name(struct request *q, const char *option, char *text,
		    int (*add)(struct libns_mount_plan *, const char *, struct libns_error *))
{
	struct libns_error err = LIBNS_ERROR_INIT;
	char *parts[MAX_PARTS];

	if (!split(q, option, text, parts, 1))
		return CLI_BAD;
	return done(q, add(q->mounts, parts[0], &err), &err);
}

static int add_tmpfs(struct request *q, char *text)
{
	uint64_t flags = LIBNS_TREE_NOSUID | LIBNS_TREE_NODEV;
	struct libns_error err = LIBNS_ERROR_INIT;
	char *parts[MAX_PARTS], *rest = NULL;
	size_t n = split(q, "--tmpfs", text, parts, 2);
	int r = 0;

	if (!n)
		return CLI_BAD;
	if (n == 2)
		r = libns_mount_options_parse(parts[1], &flags, &rest, &err);
	if (r == 0)
		r = libns_mount_plan_add_tmpfs(q->mounts, parts[0], flags, rest, &err);
	free(rest);
	return done(q, r, &err);
}

static int add_symlink(struct request *q, char *text)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	char *parts[MAX_PARTS];
	size_t n = split(q, "--symlink", text, parts, 2);

	if (n == 1)
		cli_usage(&q->cli, "--symlink: '%s' is not TARGET:DST", text);
	if (n < 2)
		return CLI_BAD;
	return done(q, libns_mount_plan_add_symlink(q->mounts, parts[0], parts[1], &err), &err);
}

static int add_file(struct request *q, char *text)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	char *parts[MAX_PARTS];
	size_t n = split(q, "--file", text, parts, 2);
	int fd;

	if (n == 1)
		cli_usage(&q->cli, "--file: '%s' is not FD:DST", text);
	if (n < 2 || !cli_fd(&q->cli, "--file", parts[0], &fd))
		return CLI_BAD;
	if (value_own_fd(q, "--file", fd) < 0)
		return CLI_BAD;
	/* The program gets another one in its place, before anything is read. */
	if (fd == STDIN_FILENO) {
		q->takes_stdin = true;
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		if (fd < 0) {
			cli_error(&q->cli, "--file: descriptor 0: %s", strerror(errno));
			return CLI_BAD;
		}
	}
	return done(q, libns_mount_plan_add_file(q->mounts, fd, parts[1], &err), &err);
}

static int add_sys(struct request *q, const char *word)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (word && strcmp(word, "ro") != 0)
		return value_bad_word(q, "mount-sys", word, "ro");
	return done(q,
		    libns_mount_plan_add_sysfs(q->mounts, "/sys", word ? LIBNS_TREE_READ_ONLY : 0,
					       &err),
		    &err);
}

static int add_dev(struct request *q, const char *dir)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	return done(q, libns_mount_plan_add_dev(q->mounts, dir ? dir : "/dev", &err), &err);
}

static int add_mqueue(struct request *q, const char *dir)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	return done(q, libns_mount_plan_add_mqueue(q->mounts, dir ? dir : "/dev/mqueue", &err),
		    &err);
}

static int set_root(struct request *q, char *text)
{
	char *parts[MAX_PARTS];
	const char *option = q->preset.is_taken ? "--container" : "--pivot-root";
	size_t n = split(q, option, text, parts, 2);

	if (!n)
		return CLI_BAD;
	q->root = parts[0];
	q->root_flags = LIBNS_TREE_NODEV;
	/* By far the most frequent one, which needs no libmount. */
	if (n == 2 && !strcmp(parts[1], "ro"))
		q->root_flags |= LIBNS_TREE_READ_ONLY;
	else if (n == 2)
		return parse_flags(q, option, parts[1], &q->root_flags);
	return 0;
}

/* Shows it where it is, so that it can be written to in a root that is read-only. */
static int add_writable(struct request *q, char *text)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	char *parts[MAX_PARTS], *real;
	int r;

	if (!split(q, "--rw", text, parts, 1))
		return CLI_BAD;
	real = realpath(parts[0], NULL);
	if (!real) {
		cli_error(&q->cli, "--rw: '%s': %s", parts[0], strerror(errno));
		return CLI_BAD;
	}
	r = libns_mount_plan_add_bind(q->mounts, real, real, LIBNS_TREE_NODEV, &err);
	free(real);
	return done(q, r, &err);
}

/* @word: "protected" or "hidden". */
static int add_cover(struct request *q, const char *option, char *text, const char *word,
		     int (*cover)(struct libns_mount_plan *, const char *, struct libns_error *))
{
	struct libns_error err = LIBNS_ERROR_INIT;
	char *parts[MAX_PARTS];
	int r;

	if (!split(q, option, text, parts, 1))
		return CLI_BAD;
	r = cover(q->mounts, parts[0], &err);
	if (r > 0)
		cli_error(&q->cli,
			  "'%s' is %s and does not exist: if the directory that it would be in "
			  "is one of this host, nothing can be added to that",
			  parts[0], word);
	return done(q, r, &err);
}

static int add(struct request *q, int id, char *text)
{
	switch (id) {
	case OPT_RW:
		return add_writable(q, text);
	case OPT_PROTECT:
		return add_cover(q, "--protect", text, "protected", libns_mount_plan_protect);
	case OPT_HIDE:
		return add_cover(q, "--hide", text, "hidden", libns_mount_plan_hide);
	case OPT_PIVOT_ROOT:
		return set_root(q, text);
	case OPT_BIND:
		return add_bind(q, "--bind", text, LIBNS_TREE_NODEV);
	case OPT_RO_BIND:
		return add_bind(q, "--ro-bind", text, LIBNS_TREE_NODEV | LIBNS_TREE_READ_ONLY);
	case OPT_TMPFS:
		return add_tmpfs(q, text);
	case OPT_DIR:
		return add_name(q, "--dir", text, libns_mount_plan_add_dir);
	case OPT_FILE:
		return add_file(q, text);
	case OPT_OVERLAY:
		return add_overlay(q, text);
	case OPT_TMP_OVERLAY:
		return add_name(q, "--tmp-overlay", text, libns_mount_plan_add_tmp_overlay);
	case OPT_MOUNT_DEV:
		return add_dev(q, text);
	case OPT_MOUNT_MQUEUE:
		return add_mqueue(q, text);
	case OPT_MOUNT_SYS:
		return add_sys(q, text);
	default:
		return add_symlink(q, text);
	}
}

static int have_plan(struct request *q)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	return q->mounts ? 0 : done(q, libns_mount_plan_new(&q->mounts, &err), &err);
}

int mounts_take(struct request *q, int id, char *text)
{
	q->plan.types |= LIBNS_TYPE_MNT;
	if (have_plan(q) < 0)
		return CLI_BAD;
	limit_make_room(q, libns_mount_plan_count(q->mounts));
	return add(q, id, text);
}

int mounts_take_proc(struct request *q, const char *dir)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	q->plan.types |= LIBNS_TYPE_MNT;
	q->plan.mount_proc = dir;
	q->n_procs++;
	if (have_plan(q) < 0)
		return CLI_BAD;
	return done(q, libns_mount_plan_add_proc(q->mounts, dir, &err), &err);
}

int mounts_finish(struct request *q)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan *plan = &q->plan;
	bool pivot = q->root && (plan->types & LIBNS_TYPE_MNT);

	/* Without mounts of its own a process can leave its root directory again. */
	if (!pivot)
		plan->root = q->root;
	else if (have_plan(q) < 0 ||
		 done(q, libns_mount_plan_set_root(q->mounts, q->root, q->root_flags, &err), &err) <
			 0)
		return CLI_BAD;
	/* As unshare(1) if there is nothing but a procfs. */
	if (!q->mounts ||
	    (!pivot && !plan->n_setups && libns_mount_plan_count(q->mounts) == q->n_procs))
		return 0;
	plan->mounts = q->mounts;
	plan->mount_proc = NULL;
	return 0;
}
