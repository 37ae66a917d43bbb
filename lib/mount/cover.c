/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Covers: mounts that protect or hide a path wherever it is shown.
 *
 * Theory of operation
 *
 * Everything else is mounted by now, and nothing is mounted afterwards: so a cover wins over every
 * operation, in whatever order they were asked for. A path of the host is looked for below each bind
 * that shows it (by comparing both paths, which have no links), and at its own place if the root is
 * that of the host. In another root the path means what is found there.
 *
 *   protected     is mounted over itself, read-only with all that is below
 *   hidden        is covered by an empty directory or file of mode 0
 *   on the way    a directory could be renamed, and another one made in its place: each is
 *                 mounted over itself. This changes nothing, except that the kernel refuses to
 *                 rename or remove it (EBUSY). Links are kept in the same way
 *   missing       on a file system that the plan has made, an empty file is made and covered. On
 *                 one of the host nothing may be left behind. So the directory in which it would be
 *                 is mounted over itself, read-only, and each file and directory in it is mounted
 *                 over that once more, as it was: they can be written to, and no name can be added
 *
 * No other way was found to keep a single name from being made: a mount needs something to lie on. An
 * overlay whose upper layer is the directory itself needs a second directory on that file system
 * to work in, and leaves it there, and marks files with attributes. What is made, covered and
 * removed at once uncovers itself when it is removed, and is seen by all until then. Landlock knows
 * directories, not names, and a filter for system calls sees no names at all.
 *
 * Nothing of this is needed for what is mounted read-only already.
 */

#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/tree.h"
#include "mount/build.h"
#include "mount/shade.h"

#define SHADE (LIBNS_TREE_READ_ONLY | LIBNS_TREE_NOSUID | LIBNS_TREE_NODEV | LIBNS_TREE_NOEXEC)

struct covers {
	struct build *build;
	struct shade shade;
	/* The directory of the last cover, in which the next one may be, too. */
	int dir_fd;
	char dir[2 * PATH_MAX];
	const char *root; /* the path of the host that the root shows; NULL: there is none */
	size_t first;     /* the first operation that mounts something on that */
	struct libns_error *err;
};

/* Where a cover is to be. */
struct spot {
	const struct mount_cover *cover;
	char path[2 * PATH_MAX];
	size_t given;  /* so much of the path has no cover above it, as it is the place of a bind */
	bool is_vague; /* if nothing is there, that is no failure: the path was meant elsewhere */
	bool is_needless; /* where binds show it, another cover does this already */
};

static int failed(const struct covers *covers, const char *path, int r)
{
	return error_set(covers->err, LIBNS_STEP_MOUNT, -r, "cannot cover '%s'",
			 *path ? path : "/");
}

/* Mounts one file over another. Return: a descriptor of what is seen there then, or a negative
 * errno. */
static int put(const struct covers *covers, char *path, int source_fd, int target_fd,
	       uint64_t flags, bool is_link)
{
	struct mount_op op = { .kind = MOUNT_BIND,
			       .source = path,
			       .target = path,
			       .flags = flags,
			       .is_link = is_link,
			       .fd = -1,
			       .here_fd = -1 };
	int r = build_take_source(covers->build, &op, source_fd, covers->err);

	if (r == 0)
		r = build_attach(covers->build, &op, target_fd, covers->err);
	if (r == 0)
		return op.here_fd;
	base_close(op.here_fd);
	return r;
}

/* Return: whether it is on a mount that nobody can write to; or a negative errno. */
static int is_read_only(int fd)
{
	uint64_t flags = 0;
	int r = tree_flags_of(fd, &flags);

	return r < 0 ? r : !!(flags & LIBNS_TREE_READ_ONLY);
}

/* If the kernel does not tell, it is mounted over itself, which does no harm. */
static bool is_mount(int fd)
{
	struct sys_statx st;

	return sys_statx(fd, "", AT_EMPTY_PATH, SYS_STATX_INO, &st) == 0 &&
	       (st.attributes & SYS_STATX_ATTR_MOUNT_ROOT);
}

/*
 * Keeps a directory or link from being renamed or removed. @fd: is replaced by what lies there
 * then. Return: 0 or a negative errno.
 */
static int pin(const struct covers *covers, char *path, int *fd, bool is_link)
{
	int r = is_mount(*fd) ? 1 : is_read_only(*fd);

	if (r != 0)
		return r < 0 ? failed(covers, path, r) : 0;
	r = put(covers, path, *fd, *fd, 0, is_link);
	if (r < 0)
		return r;
	base_close(*fd);
	*fd = r;
	return 0;
}

/* Where two binds show the same, both covers come to lie on the upper one. */
static bool is_hidden(const struct stat *st, int shade_fd)
{
	struct stat shade;

	return !(st->st_mode & 07777) && fstat(shade_fd, &shade) == 0 &&
	       shade.st_dev == st->st_dev && shade.st_ino == st->st_ino;
}

/* @st: of @fd. */
static int hide(struct covers *covers, char *path, int fd, const struct stat *st)
{
	_cleanup_close_ int shade =
		shade_open(&covers->shade, covers->build, S_ISDIR(st->st_mode), covers->err);
	int r;

	if (shade < 0 || is_hidden(st, shade))
		return shade < 0 ? shade : 0;
	r = put(covers, path, shade, fd, SHADE, false);
	if (r >= 0)
		close(r);
	return r < 0 ? r : 0;
}

/* Covers the root itself. What is mounted over a root is not seen, so its own mount is changed. */
static int cover_root(const struct covers *covers, const struct spot *spot)
{
	char slash[] = "/";
	struct mount_op op = { .kind = MOUNT_BIND, .source = slash, .target = slash };

	op.here_fd = covers->build->root_fd;
	if (spot->cover->kind == COVER_HIDE || !covers->build->has_root)
		return error_say(covers->err, LIBNS_STEP_MOUNT, EBUSY,
				 "'%s' cannot be covered, because it is where the root comes from",
				 spot->cover->real);
	return build_make_read_only(&op, true, covers->err);
}

/* Covers what is there. */
static int cover(struct covers *covers, struct spot *spot, int *fd)
{
	struct stat st;
	int r;

	if (mount_is_root(spot->path))
		return cover_root(covers, spot);
	if (fstat(*fd, &st) < 0)
		return failed(covers, spot->path, -errno);
	if (spot->cover->kind == COVER_HIDE)
		return hide(covers, spot->path, *fd, &st);
	/* A link was pinned on the way. */
	if (spot->cover->kind == COVER_LINK)
		return 0;
	r = put(covers, spot->path, *fd, *fd, LIBNS_TREE_READ_ONLY, false);
	if (r >= 0)
		close(r);
	return r < 0 ? r : 0;
}

/* Shows a file or directory as it was, in a directory that was made read-only. */
static int show(const struct covers *covers, const char *dir, int from_fd, int to_fd,
		const char *name)
{
	_cleanup_close_ int source = sys_open_at(from_fd, name, O_PATH | O_NOFOLLOW);
	_cleanup_close_ int target = sys_open_at(to_fd, name, O_PATH | O_NOFOLLOW);
	char path[2 * PATH_MAX];
	struct stat st;
	int r;

	/* It has been removed meanwhile. */
	if (source == -ENOENT || target == -ENOENT)
		return 0;
	if (source < 0 || target < 0 || fstat(target, &st) < 0)
		return failed(covers, name, source < 0 ? source : target < 0 ? target : -errno);
	if (is_mount(target) || (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)))
		return 0;
	if (!sys_join_path(path, sizeof(path), dir, name))
		return failed(covers, name, -ENAMETOOLONG);
	r = put(covers, path, source, target, 0, false);
	if (r >= 0)
		close(r);
	return r < 0 ? r : 0;
}

struct showing {
	const struct covers *covers;
	const char *dir;
	int from_fd, to_fd;
	int failed; /* a failure that has a sentence already; else 0 */
};

static int show_entry(const struct sys_dirent *entry, void *data)
{
	struct showing *s = data;

	return s->failed = show(s->covers, s->dir, s->from_fd, s->to_fd, entry->name);
}

static int show_all(const struct covers *covers, const char *dir, int from_fd, int to_fd)
{
	_cleanup_close_ int fd = sys_open_at(from_fd, ".", O_RDONLY | O_DIRECTORY);
	struct showing showing = { covers, dir, from_fd, to_fd, 0 };
	int r = fd < 0 ? fd : sys_each_entry(fd, show_entry, &showing);

	return r < 0 && !showing.failed ? failed(covers, dir, r) : r;
}

/* Keeps names from being added to a directory. What is in it stays as it was. */
static int close_dir(const struct covers *covers, char *path, int dir_fd)
{
	struct build *build = covers->build;
	struct mount_op op = { .kind = MOUNT_BIND, .source = path, .target = path };
	bool is_root = mount_is_root(path);
	int r;

	if (is_root && !build->has_root)
		return error_say(
			covers->err, LIBNS_STEP_MOUNT, EBUSY,
			"a name in '/' cannot be protected or hidden unless there is a new root");
	op.here_fd = put(covers, path, dir_fd, dir_fd, 0, false);
	if (op.here_fd < 0)
		return op.here_fd;
	if (is_root)
		build->root_fd = build->closed_fd = op.here_fd;
	r = build_make_read_only(&op, false, covers->err);
	if (r == 0)
		r = show_all(covers, path, dir_fd, op.here_fd);
	if (!is_root)
		close(op.here_fd);
	return r;
}

/* Keeps a missing file from being made. Return: 1 if one was made and has to be covered, 0 if
 * nothing is left to do, or a negative errno. */
static int keep_missing(const struct covers *covers, struct spot *spot, size_t n_dir, int dir_fd)
{
	int r = is_read_only(dir_fd), fd;

	if (r != 0 || spot->is_vague || spot->cover->kind == COVER_LINK)
		return r < 0 ? failed(covers, spot->path, r) : 0;
	r = build_is_made(covers->build, dir_fd);
	if (r < 0)
		return failed(covers, spot->path, r);
	if (r > 0) {
		fd = build_open_target(covers->build, spot->path, false, NULL, covers->err);
		base_close(fd);
		return fd < 0 ? fd : 1;
	}
	spot->path[n_dir] = '\0';
	return close_dir(covers, spot->path, dir_fd);
}

/*
 * Opens one component of a path; @path ends after it for now. A link is pinned and followed, and
 * @pinned says that a directory is pinned, too. Return: descriptor, or a negative errno; only
 * -ENOENT comes without a sentence.
 */
static int step(const struct covers *covers, char *path, bool pinned, bool *ret_is_link)
{
	_cleanup_close_ int fd = build_resolve_link(covers->build, path);
	struct stat st;
	int r = 0;

	if (fd == -ENOENT)
		return fd;
	if (fd < 0 || fstat(fd, &st) < 0)
		return failed(covers, path, fd < 0 ? fd : -errno);
	*ret_is_link = S_ISLNK(st.st_mode);
	if (*ret_is_link) {
		r = pin(covers, path, &fd, true);
		if (r < 0)
			return r;
		base_close(fd);
		fd = build_resolve(covers->build, path);
		if (fd < 0)
			return fd == -ENOENT ? fd : failed(covers, path, fd);
	} else if (pinned) {
		r = pin(covers, path, &fd, false);
	}
	return r < 0 ? r : TAKE_FD(fd);
}

/*
 * Goes to the directory of the last cover, if the spot is in the same one: nothing was mounted since
 * but that cover, and that over something in it. Return: where the rest of the path begins, or NULL.
 */
static char *go_on(struct covers *covers, struct spot *spot, int *ret_dir)
{
	size_t n = strlen(covers->dir);
	char *rest = spot->path + n;

	if (covers->dir_fd < 0 || n < spot->given || strncmp(spot->path, covers->dir, n) != 0 ||
	    *rest != '/' || strchr(rest + 1, '/'))
		return NULL;
	*ret_dir = TAKE_FD(covers->dir_fd);
	return rest;
}

/* Notes that the last component of the path of the spot, at @name, is in the directory. What lies
 * behind a link or ".." may be that directory itself. */
static void note_dir(struct covers *covers, const struct spot *spot, const char *name, bool is_link,
		     int *dir)
{
	size_t n = (size_t)(name - spot->path);

	name += strspn(name, "/");
	if (is_link || !strcmp(name, ".") || !strcmp(name, ".."))
		return;
	covers->dir_fd = TAKE_FD(*dir);
	memcpy(covers->dir, spot->path, n);
	covers->dir[n] = '\0';
}

static int open_given(const struct covers *covers, struct spot *spot)
{
	char *end = spot->path + spot->given, next = *end;
	int fd;

	*end = '\0';
	fd = build_resolve(covers->build, *spot->path ? spot->path : "/");
	*end = next;
	return fd;
}

static int cover_spot(struct covers *covers, struct spot *spot)
{
	char *path = spot->path, *end, next;
	_cleanup_close_ int dir = -1;
	bool is_link = false;
	int fd, r;

	end = go_on(covers, spot, &dir);
	covers->dir_fd = base_close(covers->dir_fd);
	if (!end) {
		end = path + spot->given;
		dir = open_given(covers, spot);
	}
	while (dir >= 0 && *end) {
		char *start = end;

		end += strspn(end, "/");
		end += strcspn(end, "/");
		next = *end;
		*end = '\0';
		fd = step(covers, path, next, &is_link);
		*end = next;
		if (fd == -ENOENT) {
			r = keep_missing(covers, spot, (size_t)(start - path), dir);
			if (r <= 0)
				return r;
			end = start;
			continue;
		}
		if (fd < 0)
			return fd;
		if (!next)
			note_dir(covers, spot, start, is_link, &dir);
		base_close(dir);
		dir = fd;
	}
	return dir < 0 ? failed(covers, path, dir) : cover(covers, spot, &dir);
}

/* Covers it where a bind shows it. Return: 1, 0 if the bind does not, or a negative errno. */
static int cover_shown(struct covers *covers, struct spot *spot, const char *source,
		       const char *target)
{
	const char *real = spot->cover->real, *rest = mount_path_below(real, source);
	size_t n = strlen(target);
	int r;

	if (!rest)
		rest = mount_path_below(source, real) ? "" : NULL;
	if (!rest || spot->is_needless)
		return !!rest;
	while (n && target[n - 1] == '/')
		n--;
	if (n + 1 > sizeof(spot->path) ||
	    !sys_join_path(spot->path + n, sizeof(spot->path) - n, NULL, rest))
		return failed(covers, real, -ENAMETOOLONG);
	memcpy(spot->path, target, n);
	spot->given = n;
	r = cover_spot(covers, spot);
	return r < 0 ? r : 1;
}

/* Covers it everywhere. */
static int cover_all(struct covers *covers, const struct mount_cover *cover, bool is_needless)
{
	const struct libns_mount_plan *plan = covers->build->plan;
	struct spot spot = { .cover = cover, .is_needless = is_needless };
	bool is_host = covers->root && mount_is_root(covers->root);
	int shown = 0, r = 0;

	if (covers->root)
		shown = r = cover_shown(covers, &spot, covers->root, "/");
	for (size_t i = covers->first; i < plan->n && r >= 0; i++) {
		const struct mount_op *op = &plan->ops[i];

		/* At its own place in the root of the host it is covered already. */
		if (!op->real || (is_host && !strcmp(op->real, op->target)))
			continue;
		r = cover_shown(covers, &spot, op->real, op->target);
		shown |= r > 0;
	}
	if (r < 0 || !cover->given || is_host)
		return r < 0 ? r : 0;
	if (!sys_join_path(spot.path, sizeof(spot.path), NULL, cover->given))
		return failed(covers, cover->given, -ENAMETOOLONG);
	spot.given = 0;
	spot.is_vague = shown;
	return cover_spot(covers, &spot);
}

/* Looks for the last operation that mounts a root. What was mounted before that is not seen. */
static void find_root(struct covers *covers)
{
	const struct libns_mount_plan *plan = covers->build->plan;

	covers->root = plan->root.source ? plan->root.real : "/";
	covers->first = 0;
	for (size_t i = 0; i < plan->n; i++) {
		const struct mount_op *op = &plan->ops[i];
		bool in_memory = op->kind == MOUNT_OVERLAY && !op->n_layers;

		if (op->kind < MOUNT_DIR && mount_is_root(op->target) && !in_memory) {
			covers->root = op->real;
			covers->first = op->kind == MOUNT_OVERLAY ? i - op->n_layers : i + 1;
		}
	}
}

/*
 * The working directory may lie below a cover, and would show what was there before. So it is
 * entered again by its path. @cwd: as getcwd(2) gave it.
 */
static int enter_again(const struct covers *covers, const char *cwd)
{
	if (*cwd == '/' ? chdir(cwd) == 0 : !*cwd)
		return 0;
	return error_set(covers->err, LIBNS_STEP_ROOT, *cwd == '/' ? errno : ENOENT,
			 "cannot enter the working directory again");
}

int build_cover(struct build *build, struct libns_error *err)
{
	const struct libns_mount_plan *plan = build->plan;
	struct covers covers = { .build = build, .shade = SHADE_INIT, .dir_fd = -1, .err = err };
	char cwd[PATH_MAX] = "";
	int r = 0;

	find_root(&covers);
	/* It may have been removed, and then nothing leads anywhere from it. */
	if (syscall(SYS_getcwd, cwd, sizeof(cwd)) < 0 && errno != ENOENT)
		return failed(&covers, ".", -errno);
	/* What is hidden stays hidden also in what is protected. */
	for (int hidden = 0; hidden < 2; hidden++)
		for (size_t i = 0; i < plan->n_covers && r == 0; i++)
			if ((plan->covers[i].kind == COVER_HIDE) == hidden)
				r = cover_all(&covers, &plan->covers[i],
					      mount_cover_is_needless(plan, &plan->covers[i]));
	base_close(covers.dir_fd);
	if (r == 0)
		r = shade_remove(&covers.shade, err);
	return r < 0 || build->has_root ? r : enter_again(&covers, cwd);
}
