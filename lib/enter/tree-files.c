/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Bringing files into a mount namespace that is to be entered: making a file system in memory that
 * holds them, and choosing a directory that it may cover.
 *
 * Files belong to whoever makes them. The caller may have no number in the user namespace that is
 * joined, and then it can make none that are usable there (EOVERFLOW). So a child makes them there,
 * with the ids of the program.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <libns/tree.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sized.h"
#include "base/sys.h"
#include "enter/elsewhere.h"
#include "enter/entry.h"

struct filling {
	const struct libns_entry *entry;
	const struct libns_tree_files *ask;
};

static int copy_file(int tree, const struct libns_tree_file *file)
{
	_cleanup_close_ int to = openat(tree, file->name,
					O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0755);
	off_t at = 0;
	ssize_t n;

	/* The umask may have taken bits away. */
	if (to < 0 || fchmod(to, 0755) < 0)
		return -errno;
	do
		n = sendfile(to, file->fd, &at, 1 << 20);
	while (n > 0);
	return n < 0 ? -errno : 0;
}

static int add_file(int tree, const struct libns_tree_file *file)
{
	if (file->fd >= 0)
		return copy_file(tree, file);
	if (file->link)
		return symlinkat(file->link, tree, file->name) < 0 ? -errno : 0;
	if (mkdirat(tree, file->name, 0755) < 0 || fchmodat(tree, file->name, 0755, 0) < 0)
		return -errno;
	return 0;
}

static int make_files(const struct libns_tree_files *ask)
{
	_cleanup_close_ int tree = libns_tree_new_tmpfs(NULL);
	int r = tree < 0 ? tree : 0;

	for (size_t i = 0; i < ask->n_files && r == 0; i++) {
		r = add_file(tree, &ask->files[i]);
		/* Of several files of one name the first one counts. */
		if (r == -EEXIST)
			r = 0;
	}
	if (r == 0 && ask->flags)
		r = libns_tree_restrict(tree, ask->flags, NULL);
	return r < 0 ? r : TAKE_FD(tree);
}

static int make_files_as(void *data)
{
	const struct filling *filling = data;
	int r = elsewhere_join_user(filling->entry);

	if (r < 0)
		return r;
	setfsgid(filling->ask->gid);
	setfsuid(filling->ask->uid);
	return make_files(filling->ask);
}

LIBNS_PUBLIC int libns_tree_new_files(const struct libns_entry *entry,
				      const struct libns_tree_files *files, struct libns_error *err)
{
	struct libns_tree_files ask;
	struct filling filling = { entry, &ask };
	struct elsewhere job = { .work = make_files_as, .data = &filling, .gives_fd = true };
	int r = base_copy_sized(&ask, sizeof(ask), files, sizeof(ask), "the list of files", err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ask.n_files; i++)
		if (!*ask.files[i].name || strchr(ask.files[i].name, '/'))
			return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
					 "'%s' is not the name of a file in a directory",
					 ask.files[i].name);
	job.patience_ms = ask.patience_ms;
	/* Where no user namespace is joined, the caller's own ids are known inside. */
	r = entry && (entry->types & LIBNS_TYPE_USER) ? elsewhere_do(&job) : make_files(&ask);
	return r < 0 ? error_set(err, LIBNS_STEP_MOUNT, -r,
				 "cannot make a file system in memory with %zu files", ask.n_files)
		     : r;
}

/* Whether something is mounted there: a volume, which may hold what the user is looking for. */
static bool is_mount_point(int fd)
{
	struct stat here, above;
	struct statx about;

	/* The attribute exists since Linux 5.8. Devices alone do not tell: a bind mount may be of the
	 * same one. */
	if (statx(fd, "", AT_EMPTY_PATH, 0, &about) == 0 &&
	    (about.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT))
		return about.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	return fstat(fd, &here) < 0 || fstatat(fd, "..", &above, 0) < 0 ||
	       here.st_dev != above.st_dev;
}

static int is_there(const struct sys_dirent *entry, void *data)
{
	(void)entry;
	(void)data;
	return 1;
}

static bool is_empty(int place)
{
	_cleanup_close_ int fd = sys_open_at(place, ".", O_RDONLY | O_DIRECTORY);

	return fd >= 0 && sys_each_entry(fd, is_there, NULL) == 0;
}

struct choice {
	const struct libns_entry *entry;
	const char *const *places;
	size_t n;
};

static int choose(void *data)
{
	const struct choice *choice = data;
	int second = -ENOENT, r = elsewhere_join_root(choice->entry);

	if (r < 0)
		return r;
	for (size_t i = 0; i < choice->n; i++) {
		_cleanup_close_ int fd =
			open(choice->places[i], O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (fd < 0 || is_mount_point(fd))
			continue;
		if (is_empty(fd))
			return (int)i;
		if (second < 0)
			second = (int)i;
	}
	return second;
}

LIBNS_PUBLIC int libns_tree_choose_place(const struct libns_entry *entry, const char *const *places,
					 size_t n, unsigned int patience_ms,
					 struct libns_error *err)
{
	struct choice choice = { entry, places, n };
	const struct elsewhere job = {
		.work = choose,
		.data = &choice,
		.patience_ms = patience_ms,
	};
	int r = elsewhere_do(&job);

	return r < 0 ? error_set(err, LIBNS_STEP_MOUNT, -r, "cannot choose a directory to cover")
		     : r;
}
