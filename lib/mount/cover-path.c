/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Which paths are protected and hidden. The caller finds that out before anything is mounted.
 *
 * Paths are kept without symbolic links, and so are the sources of binds. Then a comparison of
 * strings tells where a bind shows a path. Each link that was on the way is kept as a path of its
 * own: whoever could replace the link would choose what is found at the path that was given.
 *
 * A path that does not exist is kept as well, with the directories that would have to be made to
 * get there.
 */

#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "mount/plan.h"

/* How many links are followed. The kernel has the same limit. */
#define MAX_LINKS 40

struct way {
	char passed[PATH_MAX];   /* absolute, without links; empty: the root */
	char left[PATH_MAX * 2]; /* components that are left */
	unsigned int n_links;
	bool is_missing; /* the last component of @passed does not exist */
};

static int failed(const char *path, int r, struct libns_error *err)
{
	return error_set(err, LIBNS_STEP_MOUNT, -r, "cannot look at '%s'", path);
}

static int keep(struct libns_mount_plan *plan, enum cover_kind kind, const char *real,
		const char *given, struct libns_error *err)
{
	struct mount_cover *more = reallocarray(plan->covers, plan->n_covers + 1, sizeof(*more));
	struct mount_cover cover = { kind, strdup(real), given ? strdup(given) : NULL };

	plan->covers = more ? more : plan->covers;
	if (!more || !cover.real || (given && !cover.given)) {
		free(cover.real);
		free(cover.given);
		return error_set(err, LIBNS_STEP_MOUNT, ENOMEM, "cannot plan mounts");
	}
	plan->covers[plan->n_covers++] = cover;
	return 0;
}

static int append(struct way *way, const char *name)
{
	size_t used = strlen(way->passed);

	return sys_join_path(way->passed + used, sizeof(way->passed) - used, "", name)
		       ? 0
		       : -ENAMETOOLONG;
}

static void go_up(struct way *way)
{
	char *slash = strrchr(way->passed, '/');

	if (slash)
		*slash = '\0';
}

/* Puts what a link says in front of what is left. */
static int follow(struct way *way)
{
	/* A link may lead to a file if nothing follows. */
	const bool more = *way->left;
	size_t rest = strlen(way->left) + 1;
	char text[PATH_MAX];
	ssize_t n = readlink(way->passed, text, sizeof(text));

	if (n < 0)
		return -errno;
	if (++way->n_links > MAX_LINKS)
		return -ELOOP;
	if ((size_t)n == sizeof(text) || (size_t)n + more + rest > sizeof(way->left))
		return -ENAMETOOLONG;
	memmove(way->left + n + more, way->left, rest);
	memcpy(way->left, text, (size_t)n);
	if (more)
		way->left[n] = '/';
	go_up(way);
	if (*text == '/')
		*way->passed = '\0';
	return 0;
}

/* Goes on to what was just appended to @way->passed. @left: what follows in @way->left. */
static int enter(struct libns_mount_plan *plan, struct way *way, const char *left,
		 struct libns_error *err)
{
	struct stat st = { .st_mode = 0 };
	int r = 0;

	if (!way->is_missing && lstat(way->passed, &st) < 0)
		r = -errno;
	if (r == -ENOENT) {
		way->is_missing = true;
		return 0;
	}
	if (r == 0 && S_ISLNK(st.st_mode)) {
		r = keep(plan, COVER_LINK, way->passed, NULL, err);
		if (r < 0)
			return r;
		r = follow(way);
	} else if (r == 0 && !way->is_missing && !S_ISDIR(st.st_mode) && *left) {
		r = -ENOTDIR;
	}
	return r < 0 ? failed(way->passed, r, err) : 0;
}

static int walk(struct libns_mount_plan *plan, struct way *way, struct libns_error *err)
{
	char name[NAME_MAX + 1];
	int r = 0;

	while (r == 0) {
		char *start = way->left + strspn(way->left, "/");
		size_t n = strcspn(start, "/");

		if (n > NAME_MAX)
			return failed(way->left, -ENAMETOOLONG, err);
		if (n == 0)
			return 0;
		memcpy(name, start, n);
		name[n] = '\0';
		memmove(way->left, start + n, strlen(start + n) + 1);
		if (!strcmp(name, "."))
			continue;
		if (!strcmp(name, "..")) {
			if (way->is_missing)
				return failed(way->passed, -ENOENT, err);
			go_up(way);
			continue;
		}
		r = append(way, name);
		r = r < 0 ? failed(name, r, err) : enter(plan, way, way->left, err);
	}
	return r;
}

static int find_sources(struct libns_mount_plan *plan, struct libns_error *err)
{
	int r = mount_op_find_real(&plan->root, err);

	for (size_t i = 0; i < plan->n && r == 0; i++)
		r = mount_op_find_real(&plan->ops[i], err);
	return r;
}

/* Puts the working directory in front of a relative path. */
static int begin(const char *path, struct way *way, char given[2 * PATH_MAX],
		 struct libns_error *err)
{
	if (!*path)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "the path to protect or hide is empty");
	if (strlen(path) >= PATH_MAX)
		return failed(path, -ENAMETOOLONG, err);
	if (*path != '/' && (!getcwd(way->passed, sizeof(way->passed)) || *way->passed != '/'))
		return error_set(err, LIBNS_STEP_MOUNT, *way->passed ? ENOENT : errno,
				 "cannot find out the working directory");
	if (!sys_join_path(given, 2 * PATH_MAX, way->passed, path))
		return failed(path, -ENAMETOOLONG, err);
	memcpy(way->left, path, strlen(path) + 1);
	if (mount_is_root(way->passed))
		*way->passed = '\0';
	return 0;
}

/* Return: 1 if it is missing. */
static int add(struct libns_mount_plan *plan, const char *path, enum cover_kind kind,
	       struct libns_error *err)
{
	struct way way = { .n_links = 0 };
	char given[2 * PATH_MAX];
	int r = begin(path, &way, given, err);

	if (r == 0)
		r = walk(plan, &way, err);
	if (r == 0 && !*way.passed)
		r = error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
			      "'%s' is the root, which can be neither protected nor hidden", path);
	if (r == 0)
		r = keep(plan, kind, way.passed, given, err);
	if (r == 0)
		r = find_sources(plan, err);
	return r < 0 ? r : way.is_missing;
}

LIBNS_PUBLIC int libns_mount_plan_protect(struct libns_mount_plan *plan, const char *path,
					  struct libns_error *err)
{
	return add(plan, path, COVER_PROTECT, err);
}

LIBNS_PUBLIC int libns_mount_plan_hide(struct libns_mount_plan *plan, const char *path,
				       struct libns_error *err)
{
	return add(plan, path, COVER_HIDE, err);
}

const char *mount_path_below(const char *path, const char *dir)
{
	size_t n = mount_is_root(dir) ? 0 : strlen(dir);

	return !strncmp(path, dir, n) && (!path[n] || path[n] == '/') ? path + n : NULL;
}

bool mount_cover_is_needless(const struct libns_mount_plan *plan, const struct mount_cover *cover)
{
	bool found = false;

	for (size_t i = 0; i < plan->n_covers && !found; i++) {
		const struct mount_cover *other = &plan->covers[i];

		if (other == cover || other->kind == COVER_LINK ||
		    (cover->kind == COVER_HIDE && other->kind == COVER_PROTECT))
			continue;
		found = mount_path_below(cover->real, other->real) &&
			(strcmp(cover->real, other->real) != 0 || other > cover ||
			 other->kind != cover->kind);
	}
	return found;
}
