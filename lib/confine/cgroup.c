/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Opening the control groups of a process, which the program is to join, on hosts with one
 * hierarchy, with several, and with both kinds.
 *
 * Their cgroup.procs files are opened before anything is joined, while the host's hierarchies are
 * in sight and the caller has rights over them: the kernel judges a write by who has opened the
 * file. The groups are joined last, so that limits which are reached in there hit the program and
 * not the way to it. A frozen group is not joined, because whoever joins one stops at once.
 */

#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <libns/mounts.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "confine/confine.h"

/* More levels of groups than a path has room for. */
#define MAX_DEPTH 2048

/* The mount for one line of /proc/PID/cgroup. */
struct found {
	bool yes;
	char root[4096];
	char target[4096];
};

struct mounts_found {
	struct libns_error err;
	bool done; /* the child has come to its end */
	size_t n;
	struct found of[]; /* one for each line */
};

/* Return: the part of @path that is below @root; NULL if the path is elsewhere. */
static const char *path_below(const char *root, const char *path)
{
	size_t n = strcmp(root, "/") ? strlen(root) : 0;

	if (strncmp(path, root, n) != 0 || (path[n] && path[n] != '/'))
		return NULL;
	/* ".." stands for each level above the caller's cgroup namespace, where nothing is mounted. */
	path += n;
	return !strncmp(path, "/..", 3) && (path[3] == '/' || !path[3]) ? NULL : path;
}

/* The first of a hierarchy's controllers, or its name. */
static bool first_word(const char *controllers, char *ret, size_t size)
{
	size_t n =
		strncmp(controllers, "name=", 5) ? strcspn(controllers, ",") : strlen(controllers);

	if (n >= size)
		return false;
	memcpy(ret, controllers, n);
	ret[n] = '\0';
	return true;
}

/* Whether a mount is one of the hierarchy with these controllers ("": the unified one). */
static bool is_hierarchy(const struct libns_mounts *mounts, size_t i, const char *controllers)
{
	const char *value, *type = libns_mounts_at(mounts, i)->fstype;
	char word[256];
	size_t n;

	if (!*controllers)
		return !strcmp(type, "cgroup2");
	if (strcmp(type, "cgroup") != 0 || !first_word(controllers, word, sizeof(word)))
		return false;
	if (strncmp(word, "name=", 5) != 0)
		return libns_mounts_get_option(mounts, i, word, NULL, NULL);
	return libns_mounts_get_option(mounts, i, "name", &value, &n) && n == strlen(word + 5) &&
	       !strncmp(value, word + 5, n);
}

/* Return: the mount of a hierarchy that shows @path, or else one that does not; NULL if the
 * hierarchy is not mounted. */
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

/* Whether a file begins with a word. */
static int begins(int dir, const char *path, const char *word)
{
	_cleanup_free_ char *text = NULL;
	int r = sys_read_alloc_at(dir, path, &text, NULL);

	return r < 0 ? r : !strncmp(text, word, strlen(word));
}

/*
 * Whether the group, or one above it, is to be frozen. "frozen" in cgroup.events says something
 * else: a member that cannot be interrupted keeps it at 0 for ever, and whoever joins stops all
 * the same.
 */
static int is_frozen(int dir, bool unified)
{
	char up[3 * MAX_DEPTH + 32] = "cgroup.freeze";
	int r;

	if (!unified) {
		r = begins(dir, "freezer.state", "FR");
		/* Only the hierarchy of the freezer has that file, and its root group has not. */
		return r == -ENOENT ? 0 : r;
	}
	for (int depth = 0; depth < MAX_DEPTH; depth++) {
		r = begins(dir, up, "1");
		if (r)
			return r == -ENOENT ? 0 : r;
		memmove(up + 3, up, strlen(up) + 1);
		memcpy(up, "../", 3);
	}
	return -ENAMETOOLONG;
}

static int keep_group(struct libns_confine *confine, int procs)
{
	int *more = reallocarray(confine->cgroups, confine->n_cgroups + 1, sizeof(*more));

	if (!more) {
		base_close(procs);
		return -ENOMEM;
	}
	confine->cgroups = more;
	more[confine->n_cgroups++] = procs;
	return 0;
}

/* Opens cgroup.procs in @dir, the directory of the group. */
static int open_procs(struct libns_confine *confine, int dir, bool unified, const char *path,
		      struct libns_error *err)
{
	int r = is_frozen(dir, unified);

	if (r < 0)
		return error_set(err, LIBNS_STEP_OPEN, -r,
				 "cannot tell whether cgroup '%s' is frozen", path);
	if (r)
		return error_say(err, LIBNS_STEP_OPEN, EAGAIN,
				 "cgroup '%s' is frozen: the program would stop at once", path);
	r = sys_open_at(dir, "cgroup.procs", O_WRONLY);
	if (r >= 0)
		r = keep_group(confine, r);
	return r < 0 ? error_set(err, LIBNS_STEP_OPEN, -r, "cannot open '%s/cgroup.procs'", path)
		     : 0;
}

static int open_group(struct libns_confine *confine, const char *controllers, const char *path,
		      const struct libns_mount *mount, struct libns_error *err)
{
	const char *below = path_below(mount->root, path);
	_cleanup_free_ char *full = malloc(strlen(mount->target) + strlen(below) + 1);
	_cleanup_close_ int dir = -1;

	if (!full)
		return error_set(err, LIBNS_STEP_OPEN, ENOMEM, "cannot open a cgroup");
	strcpy(stpcpy(full, mount->target), below);
	dir = sys_open_at(AT_FDCWD, full, O_PATH | O_DIRECTORY);
	if (dir < 0)
		return error_set(err, LIBNS_STEP_OPEN, -dir, "cannot open cgroup '%s'", full);
	return open_procs(confine, dir, !*controllers, full, err);
}

/* Whether a line of the process's file, of @n bytes, is also in the caller's. */
static bool is_own_line(const char *own, const char *line, size_t n)
{
	for (; *own; own += strcspn(own, "\n"), own += *own == '\n')
		if (!strncmp(own, line, n) && (own[n] == '\n' || !own[n]))
			return true;
	return false;
}

/*
 * Removes the lines that the caller's file has, too. Whoever is in a group already needs neither
 * the right to move there nor a mount by which it is found. Return: whether a line is left.
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

/* Splits a line "ID:CONTROLLERS:PATH". Return: the path, or NULL if it is no such line. */
static char *split_line(char *line, const char **ret_controllers)
{
	char *controllers = strchr(line, ':'), *path;

	path = controllers ? strchr(controllers + 1, ':') : NULL;
	if (path)
		*path++ = '\0';
	*ret_controllers = controllers ? controllers + 1 : NULL;
	return path;
}

static int open_line(struct libns_confine *confine, char *line, const struct found *found,
		     struct libns_error *err)
{
	const struct libns_mount mount = { .root = found->root, .target = found->target };
	const char *controllers, *path = split_line(line, &controllers);

	if (!path || (!found->yes && !(confine->parts & LIBNS_CONFINE_CGROUPS)))
		return 0;
	if (!found->yes)
		return error_say(err, LIBNS_STEP_OPEN, ENOENT,
				 "the hierarchy of cgroup '%s' (%s) is not mounted here", path,
				 *controllers ? controllers : "cgroup2");
	if (!path_below(mount.root, path))
		return error_say(err, LIBNS_STEP_OPEN, ENOENT,
				 "cgroup '%s' is not in sight below '%s'", path, mount.target);
	return open_group(confine, controllers, path, &mount, err);
}

/* Runs in the child: finds the mount for each line. */
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
		/* open(2) would not take such a path. */
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
 * Processes inside may trace the program while it is still a copy of this memory, and must not
 * learn of the host's mounts from it. So the table of mounts is read by another process.
 */
static int find_mounts(char *lines, struct mounts_found *result, struct libns_error *err)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(look_up(lines, result));
	if (pid < 0)
		return error_set(err, LIBNS_STEP_CLONE, errno,
				 "cannot look the mounts of cgroups up");
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (result->err.code) {
		*err = result->err;
		return -result->err.code;
	}
	return result->done ? 0
			    : error_say(err, LIBNS_STEP_OPEN, EIO,
					"cannot look the mounts of cgroups up");
}

static int open_groups(struct libns_confine *confine, char *lines, struct libns_error *err)
{
	struct mounts_found *result;
	char *rest = lines, *line;
	size_t size, n = 1;
	int r;

	for (const char *c = lines; *c; c++)
		n += *c == '\n';
	/* The child writes into this memory. */
	size = sizeof(*result) + n * sizeof(result->of[0]);
	result = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (result == MAP_FAILED)
		return error_set(err, LIBNS_STEP_OPEN, errno,
				 "cannot look the mounts of cgroups up");
	result->n = n;
	r = find_mounts(lines, result, err);
	for (size_t i = 0; r == 0 && (line = strsep(&rest, "\n")); i++)
		r = open_line(confine, line, &result->of[i], err);
	munmap(result, size);
	return r;
}

static void close_groups(struct libns_confine *confine)
{
	while (confine->n_cgroups)
		base_close(confine->cgroups[--confine->n_cgroups]);
}

int confine_read_cgroups(struct libns_confine *confine, struct libns_error *err)
{
	_cleanup_free_ char *lines = NULL, *own = NULL;
	int r = sys_read_alloc_at(libns_proc_get_dir_fd(confine->proc), "cgroup", &lines, NULL);

	if (r == 0)
		r = sys_read_alloc_at(AT_FDCWD, "/proc/self/cgroup", &own, NULL);
	if (r < 0)
		return error_set(err, LIBNS_STEP_PROC, -r, "cannot read the cgroups of process %d",
				 (int)libns_proc_get_pid(confine->proc));
	close_groups(confine);
	r = keep_others(lines, own) ? open_groups(confine, lines, err) : 0;
	/* All of them or none. */
	if (r < 0)
		close_groups(confine);
	return r;
}
