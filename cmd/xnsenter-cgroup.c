/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * --join-cgroup: into the target's control groups, on unified, hybrid and old
 * hosts.
 *
 * Their cgroup.procs files are opened before anything is joined, while the
 * host's hierarchies are in sight and the caller's rights over them are held:
 * the kernel judges a write by who opened the file. The library joins last, so
 * that full limits in there hit the program, not the way to it. A frozen group
 * is not joined: whoever does, stops at once.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xnsenter.h"

/* The whole of a small file at a directory; free(3). */
static char *read_at(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	char *text = fd < 0 ? NULL : malloc(65536);
	size_t n = 0;
	ssize_t got;

	while (text && n < 65535 && (got = read(fd, text + n, 65535 - n)) > 0)
		n += (size_t)got;
	if (text)
		text[n] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

/* Whether a comma-separated list has a word. */
static bool has_word(const char *list, const char *word, size_t n)
{
	for (; *list; list += strcspn(list, ","), list += *list == ',')
		if (strcspn(list, ",\n ") == n && !strncmp(list, word, n))
			return true;
	return false;
}

struct hierarchy {
	char root[2048];  /* what of the hierarchy is mounted */
	char point[2048]; /* where */
};

/* What of @path is below @root, by whole names; NULL if it is elsewhere. */
static const char *path_below(const char *root, const char *path)
{
	size_t n = strcmp(root, "/") ? strlen(root) : 0;

	/* Above the root of the caller's cgroup namespace. */
	if (n == 0 && !strncmp(path, "/..", 3) && (path[3] == '/' || !path[3]))
		return NULL;
	return !strncmp(path, root, n) && (path[n] == '/' || !path[n]) ? path + n : NULL;
}

enum { NOT_MOUNTED, NOT_IN_SIGHT, IN_SIGHT };

/*
 * A mount of the hierarchy with these controllers ("" for the unified one) that
 * shows @path.
 */
static int find_hierarchy(const char *mountinfo, const char *controllers, const char *path,
			  struct hierarchy *ret)
{
	size_t n = strcspn(controllers, ",");
	const char *word = controllers;
	int found = NOT_MOUNTED;
	struct hierarchy h;

	if (!strncmp(word, "name=", 5))
		n = strlen(word);
	for (const char *line = mountinfo; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		char type[32], options[512];
		const char *dash = strstr(line, " - ");

		if (sscanf(line, "%*s %*s %*s %2047s %2047s", h.root, h.point) != 2 || !dash ||
		    dash > line + strcspn(line, "\n") ||
		    sscanf(dash, " - %31s %*s %511s", type, options) != 2)
			continue;
		if (!*controllers ? strcmp(type, "cgroup2") != 0
				  : strcmp(type, "cgroup") != 0 || !has_word(options, word, n))
			continue;
		if (found != IN_SIGHT) {
			found = path_below(h.root, path) ? IN_SIGHT : NOT_IN_SIGHT;
			*ret = h;
		}
	}
	return found;
}

static bool begins(int dir, const char *path, const char *word)
{
	char *text = read_at(dir, path);
	bool yes = text && !strncmp(text, word, strlen(word));

	free(text);
	return yes;
}

/* Also on the way there: a member that cannot be interrupted keeps "frozen" at 0 for ever,
 * but whoever joins stops. */
static bool is_frozen(int dir, bool unified)
{
	char up[256] = "cgroup.freeze";

	if (!unified)
		return begins(dir, "freezer.state", "FR");
	while (faccessat(dir, up, F_OK, 0) == 0 && strlen(up) + 4 < sizeof(up)) {
		if (begins(dir, up, "1"))
			return true;
		memmove(up + 3, up, strlen(up) + 1);
		memcpy(up, "../", 3);
	}
	return false;
}

static int open_group(struct job *job, const char *controllers, const char *path,
		      const struct hierarchy *h)
{
	char full[4200];
	int dir, code = 0;

	snprintf(full, sizeof(full), "%s%s", h->point, path_below(h->root, path));
	dir = open(full, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return cli_error(job->cli, "cannot open cgroup '%s': %m", full);
	if (is_frozen(dir, !*controllers))
		code = cli_error(job->cli,
				 "cgroup '%s' is frozen: the program would stop at once "
				 "(enter without --join-cgroup)", full);
	else if (job->n_cgroups == sizeof(job->cgroups) / sizeof(job->cgroups[0]))
		code = cli_error(job->cli, "too many cgroup hierarchies");
	else
		job->cgroups[job->n_cgroups++] = openat(dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (!code && job->cgroups[job->n_cgroups - 1] < 0)
		code = cli_error(job->cli, "cannot open '%s/cgroup.procs': %m", full);
	close(dir);
	return code;
}

static int open_line(struct job *job, char *line, const char *mountinfo)
{
	char *controllers = strchr(line, ':'), *path;
	struct hierarchy h;

	path = controllers ? strchr(controllers + 1, ':') : NULL;
	if (!path)
		return 0;
	*path++ = '\0';
	controllers++;
	/* A hierarchy that is not mounted has nothing to be joined through. */
	switch (find_hierarchy(mountinfo, controllers, path, &h)) {
	case NOT_MOUNTED:
		return 0;
	case NOT_IN_SIGHT:
		return cli_error(job->cli, "cgroup '%s' is not in sight below '%s'", path, h.point);
	}
	return open_group(job, controllers, path, &h);
}

int cgroup_open(struct job *job)
{
	char *lines = read_at(libns_proc_get_dir_fd(job->proc), "cgroup");
	char *mountinfo = read_at(AT_FDCWD, "/proc/self/mountinfo");
	char *rest = lines, *line;
	int code = 0;

	if (!lines || !mountinfo)
		code = cli_error(job->cli, "cannot read the cgroups of process %d: %m",
				 (int)libns_proc_get_pid(job->proc));
	while (!code && (line = strsep(&rest, "\n")))
		code = open_line(job, line, mountinfo);
	free(lines);
	free(mountinfo);
	if (!code && !job->n_cgroups)
		code = cli_error(job->cli, "no cgroup hierarchy is mounted here");
	return code;
}
