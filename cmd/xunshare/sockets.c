/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Sockets of the host, of which --sandbox hides those with a path. Neither a network namespace nor a
 * read-only mount keeps anybody from connecting to them, and behind some there is a daemon that does
 * whatever it is told (LXD and Incus below /var, the databases of some distributions). Those in /run
 * and /tmp are out of sight anyway.
 *
 * The kernel lists the sockets of the network namespace with the paths that they were bound to. One
 * that was bound to a relative path, belongs to another network namespace, or is made later, is not
 * found. What lies below the working directory is left alone: it belongs to the work.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "xunshare/options.h"
#include "xunshare/preset.h"

#define TABLE "/proc/net/unix"
/* Number, references, protocol, flags, type, state, inode: then comes the path. */
#define FIELDS_BEFORE_PATH 7

/* Return: the path of a line, or NULL without one that begins at the root. */
static const char *find_path(char *line)
{
	for (int i = 0; i < FIELDS_BEFORE_PATH; i++) {
		line += strspn(line, " ");
		line += strcspn(line, " ");
	}
	line += strspn(line, " ");
	return *line == '/' ? line : NULL;
}

static int hide(struct request *q, const char *path, const char *cwd, preset_take_fn take)
{
	char *real = realpath(path, NULL);
	struct stat st;
	int r = 0;

	/* In another mount namespace the path may have been that of something else. */
	if (real && stat(real, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    faccessat(AT_FDCWD, real, W_OK, AT_EACCESS) == 0 && !sandbox_is_own(real) &&
	    !(cwd && sandbox_is_below(real, cwd)))
		r = sandbox_take_path(q, OPT_HIDE, real, take);
	free(real);
	return r;
}

/* NULL where that is a home directory, or a directory with such ones in it. */
static char *find_workplace(struct request *q, int *ret)
{
	char *cwd = realpath(".", NULL);
	int is_home = cwd ? sandbox_has_home(q, cwd) : 0;

	*ret = is_home < 0 ? is_home : 0;
	if (!is_home)
		return cwd;
	free(cwd);
	return NULL;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Each connection that was accepted is in the list, too, with the path of who has accepted it. */
static int hide_each(struct request *q, const char **paths, size_t n, preset_take_fn take)
{
	int r = 0;
	char *cwd = find_workplace(q, &r);

	if (n)
		qsort(paths, n, sizeof(*paths), by_path);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (!i || strcmp(paths[i - 1], paths[i]) != 0)
			r = hide(q, paths[i], cwd, take);
	free(cwd);
	return r;
}

int sandbox_hide_sockets(struct request *q, preset_take_fn take)
{
	char *text = file_read_at(AT_FDCWD, TABLE, NULL), *rest = text, *line;
	const char **paths = NULL, *path;
	size_t n = 0;
	int r = 0;

	if (!text) {
		cli_error(&q->cli,
			  "cannot read %s: %s; whose sockets there are is not known "
			  "(--without=sockets goes on without)",
			  TABLE, strerror(errno));
		return CLI_BAD;
	}
	while (r == 0 && (line = strsep(&rest, "\n"))) {
		path = find_path(line);
		if (path && !MAKE_ROOM(q, paths, n))
			r = CLI_BAD;
		else if (path)
			paths[n++] = path;
	}
	r = r ? r : hide_each(q, paths, n, take);
	free(paths);
	free(text);
	return r;
}
