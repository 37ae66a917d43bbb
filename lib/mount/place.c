/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Finding the place where something is mounted or made. It is below the new root, whatever
 * symbolic links that root contains.
 *
 * What is missing is made on file systems that the plan itself has mounted, and nowhere else:
 * a directory that was left on a disk of the host would be there after the program has ended.
 */

#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/resolve.h"
#include "base/sys.h"
#include "mount/build.h"

static bool is_name(const char *start, size_t n, const char *name)
{
	return n == strlen(name) && !memcmp(start, name, n);
}

/*
 * A link in the place of /proc would choose which files a program takes for those of the kernel,
 * and what is mounted to hide one of them would hide nothing. The path may have "." and ".." in it.
 */
static bool may_follow(const char *target)
{
	size_t depth = 0, n;

	for (const char *pos = target; *pos; pos += n) {
		pos += strspn(pos, "/");
		n = strcspn(pos, "/");
		if (is_name(pos, n, "..")) {
			depth -= depth > 0;
		} else if (n && !is_name(pos, n, ".")) {
			if (depth++ == 0 && (is_name(pos, n, "proc") || is_name(pos, n, "sys")))
				return false;
		}
	}
	return true;
}

static int refused(const char *target, int r, struct libns_error *err)
{
	if (r == -ELOOP && !may_follow(target))
		return error_say(err, LIBNS_STEP_MOUNT, ELOOP,
				 "cannot use '%s': a symbolic link is on the way to it", target);
	return error_set(err, LIBNS_STEP_MOUNT, -r, "cannot use '%s' in the new mounts", target);
}

int build_resolve(const struct build *build, const char *target)
{
	return resolve_in_root(build->root_fd, target, O_PATH, may_follow(target));
}

int build_resolve_link(const struct build *build, const char *target)
{
	return resolve_in_root(build->root_fd, target, O_PATH | O_NOFOLLOW, may_follow(target));
}

int build_is_made(const struct build *build, int dir_fd)
{
	const struct libns_mount_plan *plan = build->plan;
	struct stat st;

	if (fstat(dir_fd, &st) < 0)
		return -errno;
	for (size_t i = 0; i < plan->n; i++)
		if (plan->ops[i].is_made && plan->ops[i].made_on == st.st_dev)
			return 1;
	return 0;
}

/* Whether something may be made in the directory, so that @target exists. */
static int check_made(const struct build *build, int dir_fd, const char *target,
		      struct libns_error *err)
{
	int r = build_is_made(build, dir_fd);

	if (r == 0)
		return error_say(err, LIBNS_STEP_MOUNT, ENOENT,
				 "'%s' does not exist, and nothing is made on a file system of the "
				 "host",
				 target);
	return r < 0 ? refused(target, r, err) : 0;
}

/* The modes do not depend on the umask of the caller. */
static int make_dir(int parent_fd, const char *name)
{
	_cleanup_close_ int fd = -1;

	if (mkdirat(parent_fd, name, 0700) < 0)
		return -errno;
	fd = sys_open_at(parent_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
	if (fd < 0)
		return fd;
	return fchmodat(fd, ".", 0755, 0) < 0 ? -errno : TAKE_FD(fd);
}

static int make_file(int parent_fd, const char *name)
{
	_cleanup_close_ int fd =
		sys_open_at(parent_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);

	if (fd < 0)
		return fd;
	return fchmod(fd, 0644) < 0 ? -errno : TAKE_FD(fd);
}

/* A target in two parts. */
struct place {
	char path[PATH_MAX];
	char *name; /* the last component of @path, which ends before it */
};

static int split(const char *target, struct place *place)
{
	size_t n = strlen(target);

	while (n && target[n - 1] == '/')
		n--;
	if (n >= sizeof(place->path))
		return -ENAMETOOLONG;
	memcpy(place->path, target, n);
	place->path[n] = '\0';
	place->name = strrchr(place->path, '/');
	if (!place->name) {
		/* Then the path is empty, and the name is alone. */
		if (n + 1 >= sizeof(place->path))
			return -ENAMETOOLONG;
		memmove(place->path + 1, place->path, n + 1);
		place->name = place->path;
	}
	*place->name++ = '\0';
	return 0;
}

/* Opens a directory, and makes those components of its path that are missing. */
static int make_parents(const struct build *build, char *path, const char *target,
			struct libns_error *err)
{
	_cleanup_close_ int dir = build_resolve(build, "/");
	char *end = path;

	while (dir >= 0 && *end) {
		char *name = end + strspn(end, "/"), next;
		int fd, r;

		end = name + strcspn(name, "/");
		next = *end;
		*end = '\0';
		fd = build_resolve(build, path);
		if (fd == -ENOENT) {
			r = check_made(build, dir, target, err);
			if (r < 0)
				return r;
			fd = make_dir(dir, name);
		}
		*end = next;
		base_close(dir);
		dir = fd;
	}
	return dir < 0 ? refused(target, dir, err) : TAKE_FD(dir);
}

/* Opens the directory in which the target is, or is to be made. */
static int open_parent(const struct build *build, const char *target, struct place *ret,
		       struct libns_error *err)
{
	int r = split(target, ret), dir;

	if (r < 0)
		return refused(target, r, err);
	dir = build_resolve(build, *ret->path ? ret->path : "/");
	if (dir == -ENOENT)
		return make_parents(build, ret->path, target, err);
	return dir < 0 ? refused(target, dir, err) : dir;
}

void build_forget_parent(const struct build *build)
{
	build->parent->fd = base_close(build->parent->fd);
}

/* Something was made in the directory, and perhaps more will be. */
static void note_parent(const struct build *build, const struct place *place, int *dir_fd)
{
	build_forget_parent(build);
	build->parent->fd = TAKE_FD(*dir_fd);
	strcpy(build->parent->path, place->path);
}

/* Whether something was made in the same directory just before. */
static bool is_in_parent(const struct build *build, const char *target, struct place *place)
{
	return build->parent->fd >= 0 && split(target, place) == 0 &&
	       !strcmp(place->path, build->parent->path);
}

static int make(int parent_fd, const char *name, bool is_dir)
{
	return is_dir ? make_dir(parent_fd, name) : make_file(parent_fd, name);
}

static int make_target(const struct build *build, const char *target, bool is_dir,
		       struct libns_error *err)
{
	struct place place;
	_cleanup_close_ int parent = open_parent(build, target, &place, err);
	int r = parent < 0 ? parent : check_made(build, parent, target, err);

	if (r < 0)
		return r;
	r = make(parent, place.name, is_dir);
	if (r >= 0)
		note_parent(build, &place, &parent);
	return r < 0 ? refused(target, r, err) : r;
}

/* Makes it where the last one was made, if nothing is there. Return: descriptor or a negative errno. */
static int make_beside(const struct build *build, const char *target, bool is_dir)
{
	struct place place;

	return is_in_parent(build, target, &place) ? make(build->parent->fd, place.name, is_dir)
						   : -ENOENT;
}

int build_open_target(const struct build *build, const char *target, bool is_dir, bool *ret_is_new,
		      struct libns_error *err)
{
	_cleanup_close_ int fd = make_beside(build, target, is_dir);
	struct stat st;

	if (fd >= 0) {
		if (ret_is_new)
			*ret_is_new = true;
		return TAKE_FD(fd);
	}
	fd = build_resolve(build, target);
	if (ret_is_new)
		*ret_is_new = fd == -ENOENT;
	if (fd == -ENOENT)
		return make_target(build, target, is_dir, err);
	if (fd < 0)
		return refused(target, fd, err);
	if (fstat(fd, &st) < 0)
		return refused(target, -errno, err);
	if (is_dir && !S_ISDIR(st.st_mode))
		return error_say(err, LIBNS_STEP_MOUNT, ENOTDIR,
				 "'%s' is to be a directory, and is none", target);
	if (!is_dir && S_ISDIR(st.st_mode))
		return error_say(err, LIBNS_STEP_MOUNT, EISDIR,
				 "a file cannot be mounted on '%s', which is a directory", target);
	return TAKE_FD(fd);
}

/* Whether something new may be made in the directory. @what it is, for the sentence. */
static int check_new(const struct build *build, int dir_fd, const char *name, const char *what,
		     const char *target, struct libns_error *err)
{
	struct stat st;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return error_set(err, LIBNS_STEP_MOUNT, EEXIST, "cannot make the %s '%s'", what,
				 target);
	return check_made(build, dir_fd, target, err);
}

static int copy(int from_fd, int to_fd)
{
	char buf[16384];
	ssize_t n;

	while ((n = sys_read_full(from_fd, buf, sizeof(buf), -1)) > 0)
		for (ssize_t done = 0, more; done < n; done += more) {
			more = write(to_fd, buf + done, (size_t)(n - done));
			if (more < 0 && errno != EINTR)
				return -errno;
			more = more < 0 ? 0 : more;
		}
	return (int)n;
}

int build_make_file(const struct build *build, int from_fd, const char *target,
		    struct libns_error *err)
{
	struct place place;
	_cleanup_close_ int parent = open_parent(build, target, &place, err), fd = -1;
	int r = parent < 0 ? parent : check_new(build, parent, place.name, "file", target, err);

	if (r < 0)
		return r;
	fd = make_file(parent, place.name);
	r = fd < 0 ? fd : copy(from_fd, fd);
	return r < 0 ? error_set(err, LIBNS_STEP_MOUNT, -r, "cannot make the file '%s'", target)
		     : 0;
}

/* Whether a link of that name has the text already. */
static bool has_link(int parent_fd, const char *name, const char *text)
{
	char found[PATH_MAX];
	ssize_t n = readlinkat(parent_fd, name, found, sizeof(found));

	return n >= 0 && (size_t)n == strlen(text) && !memcmp(found, text, (size_t)n);
}

int build_make_link(const struct build *build, const char *text, const char *target,
		    struct libns_error *err)
{
	struct place place;
	_cleanup_close_ int parent = -1;
	int r;

	if (is_in_parent(build, target, &place) &&
	    symlinkat(text, build->parent->fd, place.name) == 0)
		return 0;
	parent = open_parent(build, target, &place, err);
	if (parent < 0)
		return parent;
	if (has_link(parent, place.name, text))
		return 0;
	r = check_new(build, parent, place.name, "symbolic link", target, err);
	if (r == 0 && symlinkat(text, parent, place.name) < 0)
		r = error_set(err, LIBNS_STEP_MOUNT, errno, "cannot make the symbolic link '%s'",
			      target);
	return r;
}
