/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The files of /etc that a program in a network namespace gets, by binding each on the file of the
 * same name, as ip-netns(8) does. A mount lies on the file, not on the name: where the host renames a
 * new file over it, the mount is gone. The way that lasts is in etc-overlay.c.
 */

#include "netns/etc.h"

#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "netns/dir.h"

static int cannot_bind(const char *source, const char *target, int code, struct libns_error *err)
{
	return error_set(err, LIBNS_STEP_MOUNT, code, "cannot bind '%s' on '%s'", source, target);
}

/* As ip-netns(8), what fails is a warning. Otherwise it is a failure. */
static int lost(const struct libns_netns_enter_options *options, const struct libns_error *warning,
		struct libns_error *err)
{
	if (options->etc != LIBNS_NETNS_ETC_AS_IP) {
		if (err)
			*err = *warning;
		return -warning->code;
	}
	if (options->warn)
		options->warn(warning, options->warn_data);
	return 0;
}

/* Files of the namespace. */
struct names {
	int fd; /* directory; or -1 */
	char path[300];
};

static int bind_file(const struct libns_netns_enter_options *options, const struct names *names,
		     const char *file, struct libns_error *err)
{
	struct libns_error warning = LIBNS_ERROR_INIT;
	char source[600], target[300];

	snprintf(source, sizeof(source), "%s/%s", names->path, file);
	snprintf(target, sizeof(target), "/etc/%s", file);
	if (mount(source, target, "none", MS_BIND, NULL) == 0)
		return 0;
	cannot_bind(source, target, errno, &warning);
	return lost(options, &warning, err);
}

static int bind_files(const struct libns_netns_enter_options *options, const struct names *names,
		      struct libns_error *err)
{
	struct libns_error warning = LIBNS_ERROR_INIT;
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;
	int r = sys_open_dir(names->fd, ".", &dir);

	while (r >= 0 && (r = sys_next_entry(dir, &entry)) > 0) {
		int bound = bind_file(options, names, entry->d_name, err);

		if (bound < 0)
			return bound;
	}
	if (r >= 0)
		return 0;
	error_set(&warning, LIBNS_STEP_MOUNT, -r, "cannot list '%s'", names->path);
	return lost(options, &warning, err);
}

/* A file that has a name for a moment only: the file system is taken away again at once. */
static int bind_text_in(int etc_fd, const char *text)
{
	_cleanup_close_ int memory = sys_open_at(AT_FDCWD, "/etc", O_PATH | O_DIRECTORY);
	char target[64];
	int r = memory < 0 ? memory : etc_make_file(memory, "resolv.conf", text, strlen(text));

	error_format(target, sizeof(target), "/proc/thread-self/fd/%d/resolv.conf", etc_fd);
	if (r == 0 && mount("/etc/resolv.conf", target, NULL, MS_BIND, NULL) < 0)
		r = -errno;
	return r;
}

static int bind_text(const char *text, struct libns_error *err)
{
	_cleanup_close_ int etc = sys_open_at(AT_FDCWD, "/etc", O_PATH | O_DIRECTORY);
	int r = etc;

	if (r >= 0 && mount("tmpfs", "/etc", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m") < 0)
		r = -errno;
	if (r < 0)
		return error_set(err, LIBNS_STEP_MOUNT, -r,
				 "cannot make a file for the name servers");
	r = bind_text_in(etc, text);
	if (umount2("/etc", MNT_DETACH) < 0 && r == 0)
		r = -errno;
	return r < 0 ? cannot_bind("the name servers", "/etc/resolv.conf", -r, err) : 0;
}

static int bind_all(const struct libns_netns_enter_options *options, const struct names *names,
		    struct libns_error *err)
{
	struct libns_error warning = LIBNS_ERROR_INIT;
	bool has_own = names->fd >= 0 && faccessat(names->fd, "resolv.conf", F_OK, 0) == 0;
	int r = names->fd < 0 ? 0 : bind_files(options, names, err);

	if (r < 0 || has_own || !options->resolv_conf)
		return r;
	return bind_text(options->resolv_conf, &warning) < 0 ? lost(options, &warning, err) : 0;
}

/* @ret_none: whether there is nothing of that name. Return: descriptor or -errno. */
static int open_dir(const char *path, bool *ret_none)
{
	int fd = sys_open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
	struct stat st;

	/* A file, or a link to nowhere, is not the same as nothing: somebody has meant something. */
	*ret_none = (fd == -ENOENT || fd == -ENOTDIR) && lstat(path, &st) < 0 &&
		    (errno == ENOENT || errno == ENOTDIR);
	return fd;
}

/* Return: 0, with -1 for the descriptor if there is no such directory. */
static int open_names(const struct libns_netns_enter_options *options, struct names *ret,
		      struct libns_error *err)
{
	static const char *const places[] = { NETNS_ETC, NETNS_ETC_OWN };
	struct libns_error warning = LIBNS_ERROR_INIT;
	bool none = true;
	int fd = -1;

	for (size_t i = 0; options->name && i < ARRAY_SIZE(places) && none; i++) {
		snprintf(ret->path, sizeof(ret->path), "%s/%s", places[i], options->name);
		fd = open_dir(ret->path, &none);
	}
	ret->fd = fd < 0 ? -1 : fd;
	if (fd >= 0 || none)
		return 0;
	error_set(&warning, LIBNS_STEP_MOUNT, -fd, "cannot list '%s'", ret->path);
	return lost(options, &warning, err);
}

int etc_install(const struct libns_netns_enter_options *options, struct libns_error *err)
{
	struct names names = { .fd = -1 };
	int r = open_names(options, &names, err);

	if (r == 0 && options->etc != LIBNS_NETNS_ETC_OVERLAY)
		r = bind_all(options, &names, err);
	else if (r == 0)
		r = etc_overlay(options, names.fd, err);
	base_close(names.fd);
	return r < 0 || options->etc != LIBNS_NETNS_ETC_OVERLAY ? r : etc_mask(err);
}
