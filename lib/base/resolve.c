/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Paths below a directory whose contents somebody else chooses.
 *
 * Theory of operation
 *
 * openat2(2) with RESOLVE_IN_ROOT does this in one call. It is missing before Linux 5.6, below
 * filters of systemd (RestrictSUIDSGID=) and in gVisor, so there is a second way:
 *
 * Each component is opened by itself, relative to the directory before, and never through a
 * link. What a link says is put in front of the components that are left. ".." is never opened,
 * because somebody might move the directory meanwhile so that it leads out: instead the last name
 * is taken off the names passed so far, none of which is a link or "..", and these are
 * opened once more, one after the other, from the root directory on.
 */

#include "base/resolve.h"

#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/base.h"
#include "base/sys.h"

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

/* So many links are followed; the kernel has the same limit. */
#define MAX_LINKS 40

struct walk {
	int root_fd;
	int dir_fd;              /* the directory that was reached; -1: the root directory */
	char passed[PATH_MAX];   /* the names of the directories that lead there */
	char left[PATH_MAX * 2]; /* components that are left */
	unsigned int n_links;
	bool links;
};

static int here(const struct walk *walk)
{
	return walk->dir_fd < 0 ? walk->root_fd : walk->dir_fd;
}

/* Cuts the first component off. Return: its length, 0 if there is none. */
static size_t cut(char *path, char name[NAME_MAX + 1])
{
	char *start = path + strspn(path, "/");
	size_t n = strcspn(start, "/");

	if (n > NAME_MAX)
		return n;
	memcpy(name, start, n);
	name[n] = '\0';
	memmove(path, start + n, strlen(start + n) + 1);
	return n;
}

static int enter_dir(struct walk *walk, const char *name)
{
	int fd = sys_open_at(here(walk), name, O_PATH | O_DIRECTORY | O_NOFOLLOW);

	if (fd < 0)
		return fd;
	base_close(walk->dir_fd);
	walk->dir_fd = fd;
	return 0;
}

/* Follows "..": opens all names passed but the last one again, from the root directory on. */
static int go_up(struct walk *walk)
{
	char again[PATH_MAX], name[NAME_MAX + 1];
	char *slash = strrchr(walk->passed, '/');
	int r = 0;

	walk->dir_fd = base_close(walk->dir_fd);
	if (slash)
		*slash = '\0';
	memcpy(again, walk->passed, sizeof(again));
	while (r == 0 && cut(again, name))
		r = enter_dir(walk, name);
	return r;
}

static int go_down(struct walk *walk, const char *name)
{
	size_t n = strlen(walk->passed), more = strlen(name);

	if (n + more + 2 > sizeof(walk->passed))
		return -ENAMETOOLONG;
	walk->passed[n] = '/';
	memcpy(walk->passed + n + 1, name, more + 1);
	return enter_dir(walk, name);
}

static int follow(struct walk *walk, int link_fd)
{
	char target[PATH_MAX];
	size_t rest = strlen(walk->left);
	ssize_t n = readlinkat(link_fd, "", target, sizeof(target));

	if (n < 0)
		return -errno;
	if (!walk->links || ++walk->n_links > MAX_LINKS)
		return -ELOOP;
	if (n == 0)
		return -ENOENT;
	if ((size_t)n == sizeof(target) || (size_t)n + rest + 1 > sizeof(walk->left))
		return -ENAMETOOLONG;
	memmove(walk->left + n, walk->left, rest + 1);
	memcpy(walk->left, target, (size_t)n);
	if (*target == '/') {
		walk->dir_fd = base_close(walk->dir_fd);
		*walk->passed = '\0';
	}
	return 0;
}

/* Opens the last component, which is no link and is held by @place (O_PATH), as @flags say. */
static int open_last(const struct walk *walk, const char *name, int *place, int flags)
{
	struct stat st;

	if (!(flags & O_PATH))
		return sys_open_at(here(walk), name, flags | O_NOFOLLOW);
	if (fstat(*place, &st) < 0)
		return -errno;
	if ((flags & O_DIRECTORY) && !S_ISDIR(st.st_mode))
		return -ENOTDIR;
	return TAKE_FD(*place);
}

/* Follows one component. Return: 1 to go on, otherwise the result. */
static int step(struct walk *walk, int flags)
{
	_cleanup_close_ int place = -1;
	char name[NAME_MAX + 1];
	size_t n = cut(walk->left, name);
	bool last = !*walk->left;
	struct stat st;
	int r;

	if (n > NAME_MAX)
		return -ENAMETOOLONG;
	if (n == 0)
		return sys_open_at(here(walk), ".", flags);
	if (!strcmp(name, "."))
		return 1;
	if (!strcmp(name, "..")) {
		r = go_up(walk);
		return r < 0 ? r : 1;
	}
	place = sys_open_at(here(walk), name, O_PATH | O_NOFOLLOW);
	if (place < 0)
		return place;
	if (fstat(place, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode) && !(last && (flags & O_NOFOLLOW)))
		r = follow(walk, place);
	else if (last)
		return open_last(walk, name, &place, flags);
	else
		r = go_down(walk, name);
	return r < 0 ? r : 1;
}

static int open_step_by_step(int root_fd, const char *path, int flags, bool links)
{
	struct walk walk = { .root_fd = root_fd, .dir_fd = -1, .links = links };
	int r;

	if (!*path)
		return -ENOENT;
	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(walk.left, path, strlen(path) + 1);
	do
		r = step(&walk, flags);
	while (r == 1);
	base_close(walk.dir_fd);
	return r;
}

int resolve_in_root(int root_fd, const char *path, int flags, bool links)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned int)flags | O_CLOEXEC | O_NOCTTY,
		.resolve = RESOLVE_IN_ROOT | (links ? RESOLVE_NO_MAGICLINKS : RESOLVE_NO_SYMLINKS),
	};
	int fd;

	if (flags & O_PATH)
		how.flags &= ~(uint64_t)O_NOCTTY;
	/* A link with ".." is refused when a directory is moved at that moment. */
	for (int i = 0; i < 64; i++) {
		fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return open_step_by_step(root_fd, path, flags, links);
	return fd < 0 ? -errno : sys_fd_above_stdio(fd);
}
