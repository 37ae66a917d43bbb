/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * An /etc of which the host can take nothing away.
 *
 * Theory of operation
 *
 * The upper layer is a file system in memory. The kernel refuses a layer that lies in another one, so
 * /etc/netns/NAME cannot be it. It has the files that are made here, and for each file of the
 * namespace an empty one, so that there is something to bind it on: those of the host may be missing,
 * or be links that lead to nothing. What is bound on a file of the overlay stays, whatever becomes of
 * the file below: only this mount namespace has the overlay.
 *
 * The overlay shows the file system of /etc alone. What is mounted below /etc, as container managers
 * mount /etc/hosts, is bound on it again.
 *
 * The kernel refuses an overlay to an ordinary user where root has mounted something below /etc, and
 * to everybody where /etc is an overlay on an overlay. Then links in the memory lead to the files of
 * the host.
 *
 * The order: memory covers /etc, and the overlay covers that. The directory that they cover is
 * reached by a descriptor, and so are the files of the namespace: a link of it may lead into /etc. All
 * is done by mount(2), which every kernel has, and filters do not distinguish.
 */

#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/tree.h"
#include "netns/etc.h"
#include "text/mountinfo.h"
#include "text/resolv.h"

#define ETC       "/etc"
#define NSSWITCH  "nsswitch.conf"
#define HOST      ".host" /* where the host's files are without an overlay */
#define RESOLV    "resolv.conf"
#define FD_PATH   "/proc/thread-self/fd/%d"
#define PATH_SIZE (PATH_MAX + 64)

/* A file of the namespace. */
struct file {
	char *name;
	int fd;
};

struct overlay {
	const struct libns_netns_enter_options *options;
	struct libns_error *err;
	struct file *files; /* of the namespace */
	size_t n_files;
	int etc_fd;   /* what is covered */
	int layer_fd; /* what is above it */
	int tree_fd;  /* a copy of what is covered, and of all that is mounted below it */
	char *mounts; /* the table, as it was before */
};

static void overlay_done(struct overlay *o)
{
	o->etc_fd = base_close(o->etc_fd);
	o->layer_fd = base_close(o->layer_fd);
	o->tree_fd = base_close(o->tree_fd);
	free(o->mounts);
	while (o->n_files--) {
		base_close(o->files[o->n_files].fd);
		free(o->files[o->n_files].name);
	}
	free(o->files);
}

static int failed(int code, const char *what, struct libns_error *err)
{
	return error_set(err, LIBNS_STEP_MOUNT, code,
			 "cannot give the program an " ETC " of its own: %s", what);
}

/* ------------------------------------------------------------------ the upper layer */

int etc_make_file(int dir_fd, const char *name, const char *text, size_t size)
{
	_cleanup_close_ int fd =
		openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	size_t done = 0;

	if (fd < 0)
		return -errno;
	while (done < size) {
		ssize_t n = write(fd, text + done, size - done);

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += (size_t)n;
	}
	return fchmod(fd, 0644) < 0 ? -errno : 0;
}

/* Something of the same kind, to be covered. */
static int make_place(const struct overlay *o, const struct file *file)
{
	struct stat st;

	if (fstat(file->fd, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return etc_make_file(o->layer_fd, file->name, "", 0);
	return mkdirat(o->layer_fd, file->name, 0755) < 0 ? -errno : 0;
}

static int file_failed(const struct overlay *o, int code, const char *name)
{
	return error_set(o->err, LIBNS_STEP_MOUNT, code,
			 "cannot give the program an " ETC " of its own: its file '%s'", name);
}

static int open_file(struct overlay *o, int dir_fd, const char *name)
{
	struct file *more = realloc(o->files, (o->n_files + 1) * sizeof(*more));
	char *copy = more ? strdup(name) : NULL;
	int fd = copy ? sys_open_at(dir_fd, name, O_PATH) : -ENOMEM;

	o->files = more ? more : o->files;
	if (fd >= 0) {
		o->files[o->n_files++] = (struct file){ copy, fd };
		return 0;
	}
	free(copy);
	return file_failed(o, -fd, name);
}

static int open_files(struct overlay *o, int names_fd)
{
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;
	int r = sys_open_dir(names_fd, ".", &dir);

	while (r >= 0 && (r = sys_next_entry(dir, &entry)) > 0) {
		r = open_file(o, names_fd, entry->d_name);
		if (r < 0)
			return r;
	}
	return r < 0 ? failed(-r, "the files of the namespace", o->err) : 0;
}

/* Calls @one for each file of the namespace, until that fails. */
static int each_file(const struct overlay *o,
		     int (*one)(const struct overlay *, const struct file *))
{
	int r = 0;

	for (size_t i = 0; i < o->n_files && r == 0; i++) {
		r = one(o, &o->files[i]);
		if (r < 0)
			file_failed(o, -r, o->files[i].name);
	}
	return r;
}

static bool is_own(const struct overlay *o, const char *name)
{
	return faccessat(o->layer_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Programs would wait in vain for services that are masked. */
static int make_nsswitch(const struct overlay *o)
{
	_cleanup_free_ char *text = NULL, *own = NULL;
	size_t size;
	int r;

	if (is_own(o, NSSWITCH))
		return 0;
	r = sys_read_regular_at(o->etc_fd, NSSWITCH, &text, &size);
	if (r == -ENOENT)
		return 0;
	own = r < 0 ? NULL : malloc(size + 8);
	if (!own)
		return r < 0 ? r : -ENOMEM;
	return etc_make_file(o->layer_fd, NSSWITCH, own, nsswitch_filter(text, size, own));
}

static int fill_layer(const struct overlay *o)
{
	const char *text = o->options->resolv_conf;
	int r = each_file(o, make_place);

	if (r < 0)
		return r;
	if (text && !is_own(o, RESOLV))
		r = etc_make_file(o->layer_fd, RESOLV, text, strlen(text));
	if (r < 0)
		return failed(-r, ETC "/" RESOLV, o->err);
	r = make_nsswitch(o);
	return r < 0 ? failed(-r, ETC "/" NSSWITCH, o->err) : 0;
}

static int mount_memory(struct overlay *o)
{
	if (mount("tmpfs", ETC, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755,size=4m") < 0)
		return -errno;
	o->layer_fd = sys_open_at(AT_FDCWD, ETC, O_PATH | O_DIRECTORY);
	return o->layer_fd < 0 ? o->layer_fd : 0;
}

/* ------------------------------------------------------------------------ the overlay */

/* A new mount has no restriction of the one that it shows. */
static unsigned long flags_of(int fd)
{
	uint64_t flags = 0;

	/* Without knowledge nothing is allowed that need not be. */
	if (tree_flags_of(fd, &flags) < 0)
		flags = LIBNS_TREE_NOSUID | LIBNS_TREE_NODEV;
	return tree_mount_flags(flags) | MS_RDONLY;
}

static int mount_overlay(const struct overlay *o)
{
	unsigned long flags = flags_of(o->etc_fd);
	char options[160];
	size_t n;

	error_format(options, sizeof(options), "lowerdir=" FD_PATH ":" FD_PATH, o->layer_fd,
		     o->etc_fd);
	n = strlen(options);
	/* An ordinary user needs this (Linux 5.11), and with it nothing changes for root. */
	error_format(options + n, sizeof(options) - n, ",userxattr");
	if (mount("overlay", ETC, "overlay", flags, options) == 0)
		return 0;
	if (errno != EINVAL)
		return -errno;
	options[n] = '\0';
	return mount("overlay", ETC, "overlay", flags, options) < 0 ? -errno : 0;
}

/* Links from the files of the host to where they are shown; those of the namespace are there. */
static int link_host(const struct overlay *o, const char *name)
{
	char target[NAME_MAX + sizeof(HOST) + 2];

	if (is_own(o, name) || !sys_join_path(target, sizeof(target), HOST, name))
		return 0;
	return symlinkat(target, o->layer_fd, name) < 0 ? -errno : 0;
}

static int link_all(const struct overlay *o)
{
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;
	int r = sys_open_dir(o->etc_fd, ".", &dir);

	while (r >= 0 && (r = sys_next_entry(dir, &entry)) > 0) {
		r = link_host(o, entry->d_name);
		if (r < 0)
			return r;
	}
	return r;
}

/*
 * Without an overlay: what was covered is shown below, and links lead there. The program finds the
 * same, but for the kind of file.
 */
static int show_host(const struct overlay *o)
{
	_cleanup_close_ int layer = sys_open_at(AT_FDCWD, ETC, O_PATH | O_DIRECTORY);
	int r = link_all(o);

	if (r < 0 || layer < 0)
		return r < 0 ? r : layer;
	/* As in an overlay, nothing of the host is changed from inside. */
	r = tree_restrict(o->tree_fd, LIBNS_TREE_READ_ONLY, true);
	if (r == 0 && mkdirat(o->layer_fd, HOST, 0755) < 0)
		r = -errno;
	if (r < 0)
		return r;
	r = sys_move_tree(o->tree_fd, AT_FDCWD, ETC "/" HOST);
	return r < 0 ? r : tree_restrict_mounted(layer, LIBNS_TREE_READ_ONLY, false);
}

static int make_read_only(const char *path)
{
	_cleanup_close_ int fd = sys_open_at(AT_FDCWD, path, O_PATH);

	return fd < 0 ? fd : tree_restrict_mounted(fd, LIBNS_TREE_READ_ONLY, false);
}

static int bind_on(const char *source, const char *name)
{
	char target[PATH_SIZE];

	if (!sys_join_path(target, sizeof(target), ETC, name))
		return -ENAMETOOLONG;
	return mount(source, target, NULL, MS_BIND | MS_REC, NULL) < 0 ? -errno : 0;
}

static int bind_file(const struct overlay *o, const struct file *file)
{
	char source[64], path[PATH_SIZE];
	int r;

	(void)o;
	error_format(source, sizeof(source), FD_PATH, file->fd);
	r = bind_on(source, file->name);
	if (r < 0)
		return r;
	return sys_join_path(path, sizeof(path), ETC, file->name) ? make_read_only(path)
								  : -ENAMETOOLONG;
}

/* What is covered, where it was. */
static int bind_again(const struct overlay *o, const char *name)
{
	char source[PATH_SIZE], dir[64];

	error_format(dir, sizeof(dir), FD_PATH, o->etc_fd);
	return sys_join_path(source, sizeof(source), dir, name) ? bind_on(source, name)
								: -ENAMETOOLONG;
}

/* ----------------------------------------------------------- what was mounted below /etc */

/* Whether it is, or is below, something that the namespace has a file of its own for. */
static bool is_replaced(const struct overlay *o, const char *point)
{
	char first[NAME_MAX + 1];
	size_t n = strcspn(point, "/");

	if (n >= sizeof(first))
		return false;
	memcpy(first, point, n);
	first[n] = '\0';
	return is_own(o, first);
}

/* Whether the line before has brought it: a mount is bound with all that is below it. */
static bool is_below(const char *point, const char *last)
{
	size_t n = strlen(last);

	return n && !strncmp(point, last, n) && (point[n] == '/' || !point[n]);
}

static int bind_mounts(const struct overlay *o)
{
	char last[PATH_MAX] = "", point[PATH_MAX];
	const char *text = o->mounts;
	struct procfile_word line;
	struct mountinfo mount;
	int r = 0;

	while (r == 0 && (line = procfile_next_line(&text)).s) {
		if (mountinfo_parse(line, &mount) < 0 || mount.point.n >= sizeof(point))
			continue;
		mountinfo_unescape(mount.point, point);
		if (strncmp(point, ETC "/", 5) != 0 || is_below(point + 5, last) ||
		    is_replaced(o, point + 5))
			continue;
		r = bind_again(o, point + 5);
		/* Another mount may cover the place. */
		if (r == -ENOENT || r == -ENOTDIR)
			r = 0;
		else
			memcpy(last, point + 5, strlen(point + 5) + 1);
	}
	return r;
}

/* Opens all that is to be covered. */
static int open_all(struct overlay *o, int names_fd)
{
	int r = sys_read_alloc_at(AT_FDCWD, "/proc/thread-self/mountinfo", &o->mounts, NULL);

	if (r < 0)
		return failed(-r, "the table of mounts", o->err);
	o->etc_fd = sys_open_at(AT_FDCWD, ETC, O_PATH | O_DIRECTORY);
	if (o->etc_fd < 0)
		return failed(-o->etc_fd, "the directory", o->err);
	/* Once it is covered, a copy would have the cover, too. Only the second way needs it. */
	o->tree_fd = sys_open_tree(o->etc_fd, "", AT_EMPTY_PATH | SYS_TREE_RECURSIVE);
	return names_fd < 0 ? 0 : open_files(o, names_fd);
}

int etc_overlay(const struct libns_netns_enter_options *options, int names_fd,
		struct libns_error *err)
{
	_cleanup_(overlay_done) struct overlay o = {
		.options = options,
		.err = err,
		.etc_fd = -1,
		.layer_fd = -1,
		.tree_fd = -1,
	};
	int r = open_all(&o, names_fd);
	bool shown;

	if (r < 0)
		return r;
	r = mount_memory(&o);
	if (r < 0)
		return failed(-r, "a file system in memory", err);
	r = fill_layer(&o);
	if (r < 0)
		return r;
	r = mount_overlay(&o);
	shown = r < 0 && o.tree_fd >= 0;
	if (shown && show_host(&o) == 0)
		r = 0;
	if (r < 0)
		return failed(-r, "an overlay", err);
	r = each_file(&o, bind_file);
	if (r < 0)
		return r;
	r = shown ? 0 : bind_mounts(&o);
	return r < 0 ? failed(-r, "what is mounted below " ETC, err) : 0;
}
