/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Containers without a shell: --tools brings programs in, --host-root brings the
 * container's tree out. Either is seen by the program only: it gets a mount
 * namespace of its own, a copy whose mounts do not propagate back.
 *
 *   --tools      copy of the container's mounts, our tree on one of its
 *                directories
 *   --host-root  copy of the host's mounts, the container's tree on one of its
 *                directories; the container's other namespaces
 *
 * A tree that is not attached anywhere (libns/tree.h) carries the files across. The library
 * makes it, and the mount namespace; here is chosen what is shown, and where.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "xnsenter/xnsenter.h"

/* Nothing of the container's comes of it. */
#define HARMLESS (LIBNS_TREE_READ_ONLY | LIBNS_TREE_NOSUID | LIBNS_TREE_NODEV | LIBNS_TREE_PRIVATE)

/* ---------------------------------------------------------------- --tools */

/* Objects belong to whoever makes them, and the caller need not have a number in a user
 * namespace that was joined (EOVERFLOW): the program's ids do. */
struct maker {
	bool changed;
	int uid, gid;
};

static struct maker become_maker(const struct job *job)
{
	struct maker before = { libns_entry_get_types(job->entry) & LIBNS_TYPE_USER, 0, 0 };

	if (before.changed) {
		before.gid = setfsgid(job->set_gid ? job->gid : 0);
		before.uid = setfsuid(job->set_uid ? job->uid : 0);
	}
	return before;
}

/* An id without a number is left by the change of ids that follows. */
static void leave_maker(struct maker before)
{
	if (before.changed) {
		setfsuid((uid_t)before.uid);
		setfsgid((gid_t)before.gid);
	}
}

static int copy_busybox(const struct job *job, int mnt)
{
	int file = openat(mnt, "busybox", O_WRONLY | O_CREAT | O_CLOEXEC, 0755), code;
	ssize_t n;

	if (file < 0)
		return -1;
	/* The mode may have lost bits to the umask. */
	n = fchmod(file, 0755);
	while (n >= 0 && (n = sendfile(file, job->tools_fd, NULL, 1 << 20)) > 0)
		;
	code = errno;
	if (close(file) < 0 && n == 0)
		return -1;
	errno = code;
	return (int)n;
}

static int said(const struct job *job, const struct libns_error *err)
{
	cli_error(job->cli, "%s", libns_error_text(err));
	return -1;
}

static int add_programs(const struct job *job, int mnt)
{
	char *rest = job->applets, *name;

	if (copy_busybox(job, mnt) < 0)
		return -1;
	while ((name = strsep(&rest, "\n")))
		if (*name && !strchr(name, '/') && symlinkat("busybox", mnt, name) < 0 &&
		    errno != EEXIST)
			return -1;
	return 0;
}

/* After the join: a file system in memory with busybox under all its names. Return: a tree, or
 * -1 with the reason printed. */
static int fill_tmpfs(const struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int mnt = libns_tree_new_tmpfs(&err);

	if (mnt < 0)
		return said(job, &err);
	if (add_programs(job, mnt) < 0) {
		cli_error(job->cli, "cannot make a file system for the tools: %m");
		return -1;
	}
	return libns_tree_restrict(mnt, HARMLESS, &err) < 0 ? said(job, &err) : mnt;
}

/* A volume may be there, and what it holds may be what the tools are wanted for. */
static bool is_mount_point(int fd)
{
	struct stat here, above;
	struct statx about;

	/* Linux 5.8. A bind mount may be of the same device. */
	if (statx(fd, "", AT_EMPTY_PATH, 0, &about) == 0 &&
	    (about.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT))
		return about.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	return fstat(fd, &here) < 0 || fstatat(fd, "..", &above, 0) < 0 ||
	       here.st_dev != above.st_dev;
}

static bool is_empty(int fd)
{
	DIR *dir = file_open_dir(fd, ".");
	bool empty = dir && !file_next_entry(dir) && !errno;

	if (dir)
		closedir(dir);
	return empty;
}

/* Some directory of the container that is least missed: an empty one if there is one. */
static const char *find_place(void)
{
	const char *second = NULL;
	static const char *const places[] = { "/mnt",  "/media",     "/srv", "/opt", "/home",
					      "/boot", "/usr/local", "/tmp", "/var", "/sys" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int fd = open(places[i], O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		bool usable = fd >= 0 && !is_mount_point(fd), empty = usable && is_empty(fd);

		if (fd >= 0)
			close(fd);
		if (empty)
			return places[i];
		if (usable && !second)
			second = places[i];
	}
	return second;
}

/* A root without any such directory: a new one, with the container's tree on one of its
 * directories and a place for the tools on the other. Return: NULL with the reason printed. */
static const char *make_place(const struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int root = libns_tree_new_tmpfs(&err), old = root < 0 ? -1 : libns_tree_open("/", 0, &err);

	if (old < 0) {
		said(job, &err);
		return NULL;
	}
	if (mkdirat(root, "tools", 0755) < 0 || mkdirat(root, "container", 0755) < 0) {
		cli_error(job->cli, "cannot make a directory to show the tools on: %m");
		return NULL;
	}
	if (libns_tree_attach(root, "/", &err) < 0) {
		said(job, &err);
		return NULL;
	}
	if (fchdir(root) < 0 || chroot(".") < 0) {
		cli_error(job->cli, "cannot change to a root with a place for the tools: %m");
		return NULL;
	}
	if (libns_tree_attach(old, "/container", &err) < 0) {
		said(job, &err);
		return NULL;
	}
	fprintf(stderr,
		"%s: note: no directory inside to show the tools on: the container's "
		"tree is on /container\n",
		job->cli->name);
	return "/tools";
}

int tools_attach(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct maker before;
	int tree;

	if (!job->opts->tools)
		return 0;
	before = become_maker(job);
	tree = job->opts->tools_dir ? job->tools_fd : fill_tmpfs(job);
	job->tools_place = tree < 0 ? NULL : find_place();
	if (tree >= 0 && !job->tools_place)
		job->tools_place = make_place(job);
	leave_maker(before);
	if (!job->tools_place ||
	    (libns_tree_attach(tree, job->tools_place, &err) < 0 && said(job, &err)))
		return CLI_FAILURE;
	return 0;
}

int tools_open(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	const struct options *o = job->opts;

	if (o->tools && !o->tools_dir)
		return busybox_find(job);
	if (o->tools)
		job->tools_fd = libns_tree_open_as(job->entry, o->tools_dir, HARMLESS, &err);
	else if (o->host_root)
		job->tools_fd = libns_tree_open_root(job->whole_entry, &err);
	else
		return 0;
	return job->tools_fd < 0 ? cli_error(job->cli, "%s", libns_error_text(&err)) : 0;
}

void tools_fill_plan(struct job *job, struct libns_plan *plan)
{
	if (!job->opts->tools && !job->opts->host_root)
		return;
	plan->flags |= LIBNS_PLAN_OWN_MOUNTS;
	if (!job->opts->host_root)
		return;
	job->shown = (struct libns_plan_tree){ job->tools_fd, job->opts->host_root };
	plan->trees = &job->shown;
	plan->n_trees = 1;
	if (libns_entry_get_types(job->entry) & LIBNS_TYPE_PID)
		plan->mount_proc = "/proc";
}

/* First on the path, whatever has become of the environment before. */
void tools_environment(const struct job *job)
{
	const char *place = job->tools_place, *old = getenv("PATH");
	char *path;

	if (!place || asprintf(&path, "%s:%s/bin:%s/sbin:%s", place, place, place,
			       old && *old ? old : "/usr/sbin:/usr/bin:/sbin:/bin") < 0)
		return;
	setenv("PATH", path, 1);
	free(path);
}
