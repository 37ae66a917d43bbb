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
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/file.h"
#include "xnsenter/xnsenter.h"

/* More levels of groups than a path has room for. */
#define MAX_DEPTH 2048

/* The mount that belongs to a line of the target's. */
struct found {
	bool yes;
	char root[4096];
	char target[4096];
};

struct mounts_found {
	struct libns_error err;
	bool done; /* the child has come to its end */
	size_t n;
	struct found of[]; /* of each line */
};

/* What of @path is below @root, by whole names; NULL if it is elsewhere. */
static const char *path_below(const char *root, const char *path)
{
	size_t n = strcmp(root, "/") ? strlen(root) : 0;

	if (strncmp(path, root, n) != 0 || (path[n] && path[n] != '/'))
		return NULL;
	/* Above what is mounted: each level above the caller's cgroup namespace is a "..". */
	path += n;
	return !strncmp(path, "/..", 3) && (path[3] == '/' || !path[3]) ? NULL : path;
}

/* The first of a hierarchy's controllers, or its name. */
static void first_word(const char *controllers, char *ret, size_t size)
{
	size_t n =
		strncmp(controllers, "name=", 5) ? strcspn(controllers, ",") : strlen(controllers);

	snprintf(ret, size, "%.*s", (int)n, controllers);
}

/* Whether a mount is one of the hierarchy with these controllers ("": the unified one). */
static bool is_hierarchy(const struct libns_mounts *mounts, size_t i, const char *controllers)
{
	const char *value, *type = libns_mounts_at(mounts, i)->fstype;
	char word[256];
	size_t n;

	if (!*controllers)
		return !strcmp(type, "cgroup2");
	if (strcmp(type, "cgroup") != 0)
		return false;
	first_word(controllers, word, sizeof(word));
	if (strncmp(word, "name=", 5) != 0)
		return libns_mounts_get_option(mounts, i, word, NULL, NULL);
	return libns_mounts_get_option(mounts, i, "name", &value, &n) && n == strlen(word + 5) &&
	       !strncmp(value, word + 5, n);
}

/* The mount of a hierarchy that shows @path, else one that does not; NULL: it is not mounted. */
static const struct libns_mount *find_hierarchy(const struct libns_mounts *mounts,
						const char *controllers, const char *path)
{
	const struct libns_mount *found = NULL;

	for (size_t i = 0; i < libns_mounts_count(mounts); i++) {
		const struct libns_mount *mount = libns_mounts_at(mounts, i);

		if (!is_hierarchy(mounts, i, controllers))
			continue;
		if (path_below(mount->root, path))
			return mount;
		found = mount;
	}
	return found;
}

/* 1, 0, or -1 with errno. */
static int begins(int dir, const char *path, const char *word)
{
	char *text = file_read_at(dir, path, NULL);
	int yes = text ? !strncmp(text, word, strlen(word)) : -1;

	free(text);
	return yes;
}

/*
 * Also on the way there: a member that cannot be interrupted keeps "frozen" at 0 for ever,
 * but whoever joins stops. Return: 1, 0, or -1 with errno.
 */
static int is_frozen(int dir, bool unified)
{
	char up[3 * MAX_DEPTH + 32] = "cgroup.freeze";
	int r;

	if (!unified) {
		r = begins(dir, "freezer.state", "FR");
		/* The freezer is one of many hierarchies, and its root cannot be frozen. */
		return r < 0 && errno == ENOENT ? 0 : r;
	}
	for (int depth = 0; depth < MAX_DEPTH; depth++) {
		r = begins(dir, up, "1");
		if (r)
			return r < 0 && errno == ENOENT ? 0 : r;
		memmove(up + 3, up, strlen(up) + 1);
		memcpy(up, "../", 3);
	}
	errno = ENAMETOOLONG;
	return -1;
}

/* Asked for alone it is an error; as a part of --like-target it may be left out. */
static int lost(struct job *job, const char *format, ...)
{
	char why[4400];
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	if (job->opts->like & LIKE_CGROUP)
		return like_lost(job, LIKE_CGROUP, "%s", why);
	return cli_error(job->cli, "%s (enter without --join-cgroup)", why);
}

static int open_group(struct job *job, const char *controllers, const char *path,
		      const struct libns_mount *mount)
{
	char full[4200];
	int n, dir, procs, frozen, code = 0;

	n = snprintf(full, sizeof(full), "%s%s", mount->target, path_below(mount->root, path));
	if ((size_t)n >= sizeof(full))
		return lost(job, "the path of a cgroup is too long");
	dir = open(full, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return lost(job, "cannot open cgroup '%s': %s", full, strerror(errno));
	frozen = is_frozen(dir, !*controllers);
	if (frozen < 0) {
		code = lost(job, "cannot tell whether cgroup '%s' is frozen: %s", full,
			    strerror(errno));
	} else if (frozen) {
		code = lost(job, "cgroup '%s' is frozen: the program would stop at once", full);
	} else if (job->n_cgroups == sizeof(job->cgroups) / sizeof(job->cgroups[0])) {
		code = cli_error(job->cli, "too many cgroup hierarchies");
	} else {
		procs = openat(dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
		if (procs < 0)
			code = lost(job, "cannot open '%s/cgroup.procs': %s", full,
				    strerror(errno));
		else
			job->cgroups[job->n_cgroups++] = procs;
	}
	close(dir);
	return code;
}

/* Whether a line of the target's, of @n bytes, is one of the caller's, too. */
static bool is_own_line(const char *own, const char *line, size_t n)
{
	for (; *own; own += strcspn(own, "\n"), own += *own == '\n')
		if (!strncmp(own, line, n) && (own[n] == '\n' || !own[n]))
			return true;
	return false;
}

/*
 * Takes the lines out that are the caller's, too: whoever is there already need not have the
 * right to move there, nor anything to look the way up with. Return: whether a line is left.
 */
static bool keep_others(char *lines, const char *own)
{
	char *kept = lines;

	for (char *line = lines, *next; *line; line = next) {
		size_t n = strcspn(line, "\n");

		next = line + n + (line[n] == '\n');
		if (is_own_line(own, line, n))
			continue;
		memmove(kept, line, (size_t)(next - line));
		kept += next - line;
	}
	*kept = '\0';
	return kept != lines;
}

/* A line of the target's, in pieces; NULL if it is none. */
static char *split_line(char *line, const char **ret_controllers)
{
	char *controllers = strchr(line, ':'), *path;

	path = controllers ? strchr(controllers + 1, ':') : NULL;
	if (path)
		*path++ = '\0';
	*ret_controllers = controllers ? controllers + 1 : NULL;
	return path;
}

static int open_line(struct job *job, char *line, const struct found *found)
{
	const struct libns_mount mount = { .root = found->root, .target = found->target };
	const char *controllers;
	char *path;

	path = split_line(line, &controllers);
	if (!path)
		return 0;
	if (!found->yes)
		return job->opts->like & LIKE_CGROUP
			       ? lost(job, "the hierarchy of cgroup '%s' (%s) is not mounted here",
				      path, *controllers ? controllers : "cgroup2")
			       : 0;
	if (!path_below(mount.root, path))
		return lost(job, "cgroup '%s' is not in sight below '%s'", path, mount.target);
	return open_group(job, controllers, path, &mount);
}

/* In the child: the mount for each line. */
static int look_up(char *lines, struct mounts_found *result)
{
	struct libns_mounts *mounts = NULL;
	char *line;

	if (libns_mounts_new(NULL, &mounts, &result->err) < 0)
		return 1;
	for (size_t i = 0; i < result->n && (line = strsep(&lines, "\n")); i++) {
		const struct libns_mount *mount;
		const char *controllers;
		char *path = split_line(line, &controllers);

		mount = path ? find_hierarchy(mounts, controllers, path) : NULL;
		if (!mount)
			continue;
		/* Longer than what open(2) takes. */
		if (strlen(mount->root) >= sizeof(result->of[i].root) ||
		    strlen(mount->target) >= sizeof(result->of[i].target))
			return 1;
		strcpy(result->of[i].root, mount->root);
		strcpy(result->of[i].target, mount->target);
		result->of[i].yes = true;
	}
	result->done = true;
	return 0;
}

/*
 * The host's mounts are nothing for those inside, who may trace the child, which is a copy of
 * this memory: so the table of them is read in a process of its own.
 */
static int find_mounts(struct job *job, char *lines, struct mounts_found *result)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(look_up(lines, result));
	if (pid < 0)
		return lost(job, "cannot look the mounts of cgroups up: %s", strerror(errno));
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (result->err.code)
		return lost(job, "%s", libns_error_text(&result->err));
	return result->done ? 0 : lost(job, "cannot look the mounts of cgroups up");
}

/* Memory that the child fills; MAP_FAILED without it. */
static struct mounts_found *map_result(const char *lines, size_t *ret_size)
{
	struct mounts_found *result;
	size_t n = 1;

	for (const char *c = lines; c && *c; c++)
		n += *c == '\n';
	*ret_size = sizeof(*result) + n * sizeof(result->of[0]);
	result = mmap(NULL, *ret_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (result != MAP_FAILED)
		result->n = n;
	return result;
}

int cgroup_open(struct job *job)
{
	char *lines = file_read_at(libns_proc_get_dir_fd(job->proc), "cgroup", NULL);
	char *own = file_read_at(AT_FDCWD, "/proc/self/cgroup", NULL);
	struct mounts_found *result = MAP_FAILED;
	char *rest = lines, *line;
	size_t size = 0;
	int code = 0;

	if (!lines || !own)
		code = cli_error(job->cli, "cannot read the cgroups of process %d: %m",
				 (int)libns_proc_get_pid(job->proc));
	else if (!keep_others(lines, own))
		;
	else if ((result = map_result(lines, &size)) == MAP_FAILED)
		code = cli_error(job->cli, "cannot look the mounts of cgroups up: %m");
	else
		code = find_mounts(job, lines, result);
	/* What was lost may have been left out with a word about it. */
	for (size_t i = 0;
	     !code && result != MAP_FAILED && result->done && (line = strsep(&rest, "\n")); i++)
		code = open_line(job, line, &result->of[i]);
	if (result != MAP_FAILED)
		munmap(result, size);
	free(lines);
	free(own);
	return code;
}
