/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A control group of version 2 for one program.
 *
 * Theory of operation: whoever makes a group holds a lock on its directory until he ends, however
 * that comes about. So a group of the same name that can be locked is a leftover, and is removed
 * by the next one who makes a group; the kernel refuses that while a process is in it. Between
 * mkdir and flock a group may be taken for a leftover: its maker sees that it is gone, and makes
 * another.
 */

#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <libns/cgroup.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "text/cgroup-path.h"

#define CGROUP2_MAGIC 0x63677270L

/* So many times another one takes the name or the group away. */
#define TRIES 1000

#define NOT_DELEGATED                                                                              \
	"which is not delegated to this user (\"systemd-run --user --scope -p Delegate=yes "       \
	"COMMAND\" runs a command in one that is)"

struct libns_cgroup {
	int parent_fd, fd;
	char name[128];
	char path[4096];
};

static int fail(struct libns_error *err, int r, const char *what, const char *path)
{
	return error_set(err, LIBNS_STEP_CGROUP, -r, "cannot %s '%s'", what, path);
}

/* Where control groups of version 2 are mounted: alone, or beside those of version 1. */
static const char *find_mount(void)
{
	static const char *const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	struct statfs fs;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (statfs(places[i], &fs) == 0 && (long)fs.f_type == CGROUP2_MAGIC)
			return places[i];
	return NULL;
}

/* The directory of the group that the caller is in. */
static int find_own(char *buf, size_t size, struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	struct procfile_word path, hierarchy;
	const char *mount = find_mount(), *rest;
	int r = sys_read_alloc_at(AT_FDCWD, "/proc/self/cgroup", &text, NULL);

	if (r < 0)
		return fail(err, r, "read", "/proc/self/cgroup");
	rest = text;
	do
		path = cgroup_file_next(&rest, &hierarchy);
	while (path.s && hierarchy.n);
	if (!mount || !path.s)
		return error_say(err, LIBNS_STEP_CGROUP, EOPNOTSUPP,
				 "control groups of version 2 are not mounted on /sys/fs/cgroup, "
				 "and those of version 1 are not for this (--rlimit limits each "
				 "process without them)");
	if (path.n >= 3 && !memcmp(path.s, "/..", 3))
		return error_say(err, LIBNS_STEP_CGROUP, ENOENT,
				 "the control group of this process is not in sight below '%s'",
				 mount);
	if (strlen(mount) + path.n + 1 > size)
		return error_say(err, LIBNS_STEP_CGROUP, ENAMETOOLONG,
				 "the path of the control group of this process is too long");
	error_format(buf, size, "%s", mount);
	if (path.n > 1)
		memcpy(mempcpy(buf + strlen(mount), path.s, path.n), "", 1);
	return 0;
}

/* The first group below. Return: 1; 0 if there is none. */
static int find_below(int fd, char *name, size_t size)
{
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;
	int r = sys_open_dir(fd, ".", &dir);

	while (r == 0 && (r = sys_next_entry(dir, &entry)) > 0) {
		if (entry->d_type != DT_DIR) {
			r = 0;
			continue;
		}
		if (!sys_join_path(name, size, NULL, entry->d_name))
			r = -ENAMETOOLONG;
	}
	return r;
}

/*
 * Who was in the group as the same user may have taken the rights over its directories away. Return:
 * whether they are back, so that what was refused can be tried again.
 */
static bool regain(int r, int fd)
{
	return r == -EACCES && fchmod(fd, 0700) == 0;
}

static int first_below(int fd, char *name, size_t size)
{
	int r = find_below(fd, name, size);

	return regain(r, fd) ? find_below(fd, name, size) : r;
}

static int remove_dir(int fd, const char *name)
{
	int r = unlinkat(fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;

	if (regain(r, fd))
		r = unlinkat(fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
	return r;
}

/* Goes on to a directory above or below the one that @fd is. */
static int go(int *fd, const char *name)
{
	int next = sys_open_at(*fd, name, O_RDONLY | O_DIRECTORY);

	/* There is no descriptor yet through which the rights could be regained. */
	if (next == -EACCES && fchmodat(*fd, name, 0700, 0) == 0)
		next = sys_open_at(*fd, name, O_RDONLY | O_DIRECTORY);
	if (next < 0)
		return next;
	base_close(*fd);
	*fd = next;
	return 0;
}

/*
 * Removes all groups below. They may lie as deep as whoever made them liked, so it goes on from
 * where it is: down to what cannot be removed yet, and up again from what has nothing below.
 */
static int remove_below(int top_fd)
{
	_cleanup_close_ int here = fcntl(top_fd, F_DUPFD_CLOEXEC, 3);
	char name[NAME_MAX + 1];
	bool is_back = false;
	size_t depth = 0;
	int r = here < 0 ? -errno : 0;

	while (r == 0) {
		r = first_below(here, name, sizeof(name));
		if (r < 0 || (r == 0 && depth == 0))
			break;
		if (r == 0) {
			r = go(&here, "..");
			depth--;
			is_back = true;
			continue;
		}
		r = remove_dir(here, name);
		/* What had nothing below has processes. */
		if (r == -EBUSY && !is_back) {
			r = go(&here, name);
			depth++;
			continue;
		}
		is_back = false;
	}
	return r;
}

/* Return: 0, -EBUSY if there are processes in it. */
static int remove_all(int parent_fd, const char *name, int fd)
{
	int r = remove_below(fd);

	/* Also if nobody could tell what is below: there may be nothing. */
	if (unlinkat(parent_fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT || errno == ENODEV)
		return 0;
	return r < 0 ? r : -errno;
}

/* What was left by those who were killed. */
static int sweep(int parent_fd, const char *name)
{
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;
	size_t n = strlen(name);
	int r = sys_open_dir(parent_fd, ".", &dir);

	while (r >= 0 && (r = sys_next_entry(dir, &entry)) > 0) {
		_cleanup_close_ int fd = -1;

		if (entry->d_type != DT_DIR || strncmp(entry->d_name, name, n) != 0 ||
		    entry->d_name[n] != '.')
			continue;
		fd = sys_open_at(parent_fd, entry->d_name, O_RDONLY | O_DIRECTORY);
		/* One that is in use, or another user's, stays. */
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			remove_all(parent_fd, entry->d_name, fd);
	}
	return r;
}

/* Return: 1 if it is there and ours; 0 if somebody has taken it for a leftover. */
static int lock(struct libns_cgroup *group)
{
	struct stat own, named;

	group->fd = sys_open_at(group->parent_fd, group->name, O_RDONLY | O_DIRECTORY);
	if (group->fd == -ENOENT)
		return 0;
	if (group->fd < 0)
		return group->fd;
	while (flock(group->fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return -errno;
	if (fstat(group->fd, &own) < 0)
		return -errno;
	if (fstatat(group->parent_fd, group->name, &named, AT_SYMLINK_NOFOLLOW) == 0) {
		if (own.st_ino == named.st_ino)
			return 1;
	} else if (errno != ENOENT) {
		return -errno;
	}
	group->fd = base_close(group->fd);
	return 0;
}

static int make(struct libns_cgroup *group, const char *name)
{
	int r = 0;

	for (int i = 0; i < TRIES && r == 0; i++) {
		error_format(group->name, sizeof(group->name), "%s.%d.%d", name, (int)getpid(), i);
		if (mkdirat(group->parent_fd, group->name, 0755) == 0)
			r = lock(group);
		else if (errno != EEXIST)
			return -errno;
	}
	/* Made, but not known to be in use. */
	if (r < 0)
		unlinkat(group->parent_fd, group->name, AT_REMOVEDIR);
	return r == 0 ? -EEXIST : r < 0 ? r : 0;
}

static int open_parent(struct libns_cgroup *group, const char *parent, struct libns_error *err)
{
	struct statfs fs;

	group->parent_fd = sys_open_at(AT_FDCWD, parent, O_RDONLY | O_DIRECTORY);
	if (group->parent_fd < 0)
		return fail(err, group->parent_fd, "open the control group", parent);
	if (fstatfs(group->parent_fd, &fs) < 0)
		return fail(err, -errno, "look at the control group", parent);
	if ((long)fs.f_type != CGROUP2_MAGIC)
		return error_say(err, LIBNS_STEP_CGROUP, EINVAL,
				 "'%s' is no control group of version 2", parent);
	return 0;
}

static int fill(struct libns_cgroup *group, const char *parent, const char *name,
		struct libns_error *err)
{
	int r = open_parent(group, parent, err);

	if (r < 0)
		return r;
	r = sweep(group->parent_fd, name);
	if (r < 0)
		return fail(err, r, "read the control group", parent);
	/* Whoever moves a process needs this right in the group that is common to both places. */
	r = faccessat(group->parent_fd, "cgroup.procs", W_OK, AT_EACCESS) < 0 ? -errno : 0;
	if (r == 0)
		r = make(group, name);
	if (r == -EACCES || r == -EPERM || r == -EROFS)
		return error_say(err, LIBNS_STEP_CGROUP, -r,
				 "cannot make a control group below '%s', " NOT_DELEGATED, parent);
	if (r < 0)
		return fail(err, r, "make a control group below", parent);
	if (!sys_join_path(group->path, sizeof(group->path), parent, group->name)) {
		unlinkat(group->parent_fd, group->name, AT_REMOVEDIR);
		return fail(err, -ENAMETOOLONG, "make a control group below", parent);
	}
	return 0;
}

LIBNS_PUBLIC int libns_cgroup_new(const char *parent, const char *name, struct libns_cgroup **ret,
				  struct libns_error *err)
{
	struct libns_cgroup *group;
	char own[4096];
	int r;

	if (!name || !base_is_entry_name(name, 64))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "'%s' cannot name a control group", name ? name : "");
	if (parent && !*parent)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "the directory of the control group is an empty string");
	r = parent ? 0 : find_own(own, sizeof(own), err);
	if (r < 0)
		return r;
	group = calloc(1, sizeof(*group));
	if (!group)
		return error_set(err, LIBNS_STEP_CGROUP, ENOMEM, "cannot make a control group");
	group->parent_fd = group->fd = -1;
	r = fill(group, parent ? parent : own, name, err);
	if (r < 0)
		libns_cgroup_free(group);
	else
		*ret = group;
	return r;
}

static bool has_word(const char *list, const char *word, size_t n)
{
	for (; *list; list += strcspn(list, " \n"), list += strspn(list, " \n"))
		if (strcspn(list, " \n") == n && !memcmp(list, word, n))
			return true;
	return false;
}

/* Why a group has no such file. */
static int lacks(const struct libns_cgroup *group, const char *key, struct libns_error *err)
{
	int parent_length = (int)(strlen(group->path) - strlen(group->name) - 1);
	char there[256] = "", above[256] = "", parent[256];
	size_t n = strcspn(key, ".");

	(void)sys_read_at(group->fd, "cgroup.controllers", there, sizeof(there));
	(void)sys_read_at(group->parent_fd, "cgroup.controllers", above, sizeof(above));
	there[strcspn(there, "\n")] = above[strcspn(above, "\n")] = '\0';
	error_format(parent, sizeof(parent), "%s", group->path);
	if (parent_length < (int)sizeof(parent))
		parent[parent_length] = '\0';
	if (has_word(above, key, n) && !has_word(there, key, n))
		return error_say(
			err, LIBNS_STEP_CGROUP, ENOENT,
			"the new control group has no '%s': '%s' has that controller, but "
			"does not hand it on: it has to be enabled in cgroup.subtree_control "
			"there, while no process is in it",
			key, parent);
	return error_say(err, LIBNS_STEP_CGROUP, ENOENT,
			 "the new control group has no '%s': the controllers of '%s' are: %s", key,
			 parent, *above ? above : "none");
}

LIBNS_PUBLIC int libns_cgroup_set(struct libns_cgroup *group, const char *key, const char *value,
				  struct libns_error *err)
{
	int r;

	if (!base_is_entry_name(key, NAME_MAX))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "'%s' is no name of a file of a control group", key);
	if (!*value)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "the value of '%s' of a control group is empty", key);
	r = sys_write_at(group->fd, key, value, strlen(value));
	if (r == -ENOENT)
		return lacks(group, key, err);
	return r < 0 ? error_set(err, LIBNS_STEP_CGROUP, -r,
				 "cannot set '%s' of the control group to '%s'", key, value)
		     : 0;
}

LIBNS_PUBLIC int libns_cgroup_get_fd(const struct libns_cgroup *group)
{
	return group->fd;
}

LIBNS_PUBLIC const char *libns_cgroup_get_path(const struct libns_cgroup *group)
{
	return group->path;
}

LIBNS_PUBLIC int libns_cgroup_kill(struct libns_cgroup *group, struct libns_error *err)
{
	int r = sys_write_at(group->fd, "cgroup.kill", "1", 1);

	if (r == -ENOENT)
		return error_say(err, LIBNS_STEP_CGROUP, EOPNOTSUPP,
				 "this kernel cannot kill a control group (Linux 5.14)");
	return r < 0 ? fail(err, r, "kill the control group", group->path) : 0;
}

LIBNS_PUBLIC int libns_cgroup_remove(struct libns_cgroup *group, int patience_ms,
				     struct libns_error *err)
{
	_cleanup_close_ int events = sys_open_at(group->fd, "cgroup.events", O_RDONLY);
	int64_t until = sys_now_ms() + patience_ms, left;
	char text[128];
	int r;

	for (;;) {
		/* From now on the file tells when the last process has ended. */
		if (events >= 0)
			(void)sys_read_full(events, text, sizeof(text), 0);
		r = remove_all(group->parent_fd, group->name, group->fd);
		left = until - sys_now_ms();
		if (r != -EBUSY || left <= 0)
			break;
		poll(&(struct pollfd){ events, POLLPRI, 0 }, 1, left < 100 ? (int)left : 100);
	}
	if (r == -EBUSY)
		return error_say(err, LIBNS_STEP_CGROUP, EBUSY,
				 "cannot remove the control group '%s': there are processes in it",
				 group->path);
	return r < 0 ? fail(err, r, "remove the control group", group->path) : 0;
}

LIBNS_PUBLIC struct libns_cgroup *libns_cgroup_free(struct libns_cgroup *group)
{
	if (!group)
		return NULL;
	base_close(group->parent_fd);
	base_close(group->fd);
	free(group);
	return NULL;
}
