/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * From a control group to a process in it.
 *
 * Theory of operation
 *
 * cgroup.procs lists numbers, as the reader's own pid namespace counts, whatever procfs is
 * on /proc. By the time one of them is used its process can have moved to another group,
 * or have ended, and the number be somebody else's. So the number is pinned, and the list of
 * the same directory is read a second time. If the number is still in it, and the pinned
 * process is alive after that, the number was that process's while the list was made: it
 * is in the group. Paths are not compared: those of /proc/PID/cgroup depend on the reader's
 * cgroup namespace, which need not be the one that the file system was mounted in.
 */

#include <fcntl.h>
#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/proc.h"
#include "target/target.h"
#include "text/procfile.h"

/* So deep are groups within groups looked at. */
#define MAX_DEPTH 32

struct walk {
	int procfs_fd;
	const char *path; /* as the user has typed it */
	struct libns_proc **ret_proc;
	struct libns_error *err;
	bool met; /* a list had a number in it */
};

/* Whether a group below the one that was asked for was removed meanwhile. */
static bool is_gone(int r, int depth)
{
	return r == -ENODEV || (r == -ENOENT && depth < MAX_DEPTH);
}

static int fail(const struct walk *walk, int code)
{
	return error_set(walk->err, LIBNS_STEP_PROC, code,
			 "cannot read which processes are in cgroup '%s'", walk->path);
}

/* The next number of a list, one a line. 0 stands for processes of other pid namespaces, which
 * are passed over. Return: 0 at the end. */
static pid_t next_number(const char **text)
{
	struct procfile_word line;

	while ((line = procfile_next_line(text)).s) {
		pid_t pid;

		if (procfile_pid(line.s, line.n, &pid) == 0 && pid > 0)
			return pid;
	}
	return 0;
}

static int is_listed(const struct walk *walk, int dir_fd, pid_t pid)
{
	_cleanup_free_ char *text = NULL;
	const char *rest;
	pid_t number;
	int r = sys_read_alloc_at(dir_fd, "cgroup.procs", &text, NULL);

	/* The group had become empty and was removed. */
	if (r == -ENOENT || r == -ENODEV)
		return 0;
	if (r < 0)
		return fail(walk, -r);
	rest = text;
	while ((number = next_number(&rest)))
		if (number == pid)
			return 1;
	return 0;
}

/* 1 if that process is in the group of @dir_fd, and pinned; 0 if it is not. */
static int pin_member(const struct walk *walk, int dir_fd, pid_t pid)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_proc *proc = NULL;
	int r = proc_new_local(walk->procfs_fd, pid, &proc, &err);

	if (r == -ESRCH)
		return 0;
	if (r < 0) {
		if (walk->err)
			*walk->err = err;
		return r;
	}
	r = is_listed(walk, dir_fd, pid);
	if (r == 1 && libns_proc_is_alive(proc)) {
		*walk->ret_proc = proc;
		return 1;
	}
	libns_proc_free(proc);
	return r < 0 ? r : 0;
}

static int pin_any_member(struct walk *walk, int dir_fd, int depth)
{
	_cleanup_free_ char *text = NULL;
	const char *rest;
	pid_t pid;
	int r = sys_read_alloc_at(dir_fd, "cgroup.procs", &text, NULL);

	if (r < 0)
		return is_gone(r, depth) ? 0 : fail(walk, -r);
	rest = text;
	r = 0;
	while (r == 0 && (pid = next_number(&rest))) {
		walk->met = true;
		r = pin_member(walk, dir_fd, pid);
	}
	return r;
}

static int look_below(struct walk *walk, int dir_fd, int depth);

/* The group itself first, then those below it. 1, 0 if nobody is in any, or an error. */
static int look_into(struct walk *walk, int dir_fd, int depth)
{
	int r = pin_any_member(walk, dir_fd, depth);

	if (r)
		return r;
	return depth ? look_below(walk, dir_fd, depth) : fail(walk, ELOOP);
}

static int look_below(struct walk *walk, int dir_fd, int depth)
{
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;
	int found = 0, r = sys_open_dir(dir_fd, ".", &dir);

	if (r < 0)
		return is_gone(r, depth) ? 0 : fail(walk, -r);
	while (!found && (r = sys_next_entry(dir, &entry)) > 0) {
		_cleanup_close_ int fd = -1;

		if (entry->d_type != DT_DIR)
			continue;
		fd = sys_open_at(dir_fd, entry->d_name, O_PATH | O_DIRECTORY);
		if (fd >= 0)
			found = look_into(walk, fd, depth - 1);
		/* That group was removed meanwhile. */
		else if (fd != -ENOENT && fd != -ENODEV)
			found = fail(walk, -fd);
	}
	return !found && r < 0 ? fail(walk, -r) : found;
}

/* A path in one of the hierarchies below @base_fd, where version 1 has its own for each controller. */
static int open_in_a_hierarchy(int base_fd, const char *path)
{
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;
	char full[4096];
	int fd, r = sys_open_dir(base_fd, ".", &dir);

	if (r < 0)
		return r;
	while ((r = sys_next_entry(dir, &entry)) > 0) {
		if (!sys_join_path(full, sizeof(full), entry->d_name, path))
			return -ENAMETOOLONG;
		fd = sys_open_at(base_fd, full, O_PATH | O_DIRECTORY);
		if (fd != -ENOENT && fd != -ENOTDIR)
			return fd;
	}
	return r < 0 ? r : -ENOENT;
}

/* A path as it stands, or as /proc/PID/cgroup shows it: in one of the hierarchies. */
static int open_cgroup(int root_fd, const char *path)
{
	static const char base[] = "/sys/fs/cgroup";
	size_t n = strlen(base);
	bool whole = !strncmp(path, base, n) && (!path[n] || path[n] == '/');
	_cleanup_close_ int base_fd =
		root_fd == LIBNS_ROOT ? sys_open_at(AT_FDCWD, base, O_PATH | O_DIRECTORY)
				      : sys_open_at(root_fd, base + 1, O_PATH | O_DIRECTORY);
	int fd;

	if (base_fd < 0)
		return base_fd;
	path += whole ? n : 0;
	path += strspn(path, "/");
	fd = sys_open_at(base_fd, *path ? path : ".", O_PATH | O_DIRECTORY);
	if (whole || (fd != -ENOENT && fd != -ENOTDIR))
		return fd;
	return open_in_a_hierarchy(base_fd, path);
}

int target_pin_cgroup(const struct target_places *places, const char *path,
		      struct libns_proc **ret_proc, struct libns_error *err)
{
	struct walk walk = { places->procfs_fd, path, ret_proc, err, false };
	_cleanup_close_ int fd = open_cgroup(places->root_fd, path);
	int r;

	if (fd == -ENOENT || fd == -ENOTDIR)
		return error_say(err, LIBNS_STEP_PROC, ENOENT, "there is no cgroup '%s'", path);
	if (fd < 0)
		return error_set(err, LIBNS_STEP_PROC, -fd, "cannot open cgroup '%s'", path);
	r = look_into(&walk, fd, MAX_DEPTH);
	if (r == 0 && walk.met)
		return error_say(
			err, LIBNS_STEP_PROC, ESRCH,
			"there is no process in cgroup '%s' any more, or this procfs does not "
			"show it",
			path);
	if (r == 0)
		return error_say(err, LIBNS_STEP_PROC, ESRCH, "there is no process in cgroup '%s'",
				 path);
	return r < 0 ? r : 0;
}
