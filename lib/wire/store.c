/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Files that say what is to be undone, /run/xnetns/KIND/NAMESPACE/FILE. The namespace is a number
 * that the kernel gives only once, so that what is left of one that has ended is never taken for
 * that of another.
 *
 * A file is written beside its place and moved there, so that it is there as a whole or not at all.
 * The directories are made when they are needed and go with the last file in them.
 */

#include "wire/store.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <libns/nsfd.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "wire/state.h"
#include "wire/wire.h"

#ifndef SO_NETNS_COOKIE /* Linux 5.14 */
#define SO_NETNS_COOKIE 71
#endif

/* Where a file is on its way. The lock is held, so there is one. */
#define ON_ITS_WAY "new"

#define SPACE_NAME 24

static int name_space(char buf[SPACE_NAME])
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t cookie = 0;
	socklen_t size = sizeof(cookie);
	struct stat st;
	int r;

	if (fd < 0)
		return -errno;
	r = getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) < 0 ? -errno : 0;
	base_close(fd);
	if (r == 0)
		snprintf(buf, SPACE_NAME, "%llu", (unsigned long long)cookie);
	/* Whatever else fails must not lead to other files. */
	if (r != -ENOPROTOOPT)
		return r;
	if (stat("/proc/thread-self/ns/net", &st) < 0)
		return -errno;
	snprintf(buf, SPACE_NAME, "i%llu", (unsigned long long)st.st_ino);
	return 0;
}

/* Opens a directory, and makes it if that is wanted. Everybody may look, whatever the umask is. */
static int open_dir(int dir_fd, const char *name, bool make)
{
	if (make && mkdirat(dir_fd, name, 0755) == 0)
		(void)fchmodat(dir_fd, name, 0755, 0);
	else if (make && errno != EEXIST)
		return -errno;
	return sys_open_at(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

/* The directory of a kind, and those it is in. */
struct place {
	char space[SPACE_NAME];
	int state_fd, kind_fd, fd;
};

#define PLACE_INIT                                                                                 \
	{                                                                                          \
		"", -1, -1, -1                                                                     \
	}

static void place_done(struct place *place)
{
	base_close(place->state_fd);
	base_close(place->kind_fd);
	base_close(place->fd);
}

/* @file: which one in there is meant; NULL: all. It is that of a namespace or a link, and never leads
 * to another directory, whoever asks. */
static int check_file(const char *file, struct libns_error *err)
{
	if (!file || base_is_entry_name(file, NAME_MAX))
		return 0;
	return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "'%s' cannot be the name of a file",
			 file);
}

static int go(struct place *place, const char *kind, const char *file, bool make,
	      struct libns_error *err)
{
	int r = check_file(file, err);

	if (r < 0)
		return r;
	r = name_space(place->space);
	if (r < 0)
		return error_set(err, LIBNS_STEP_NETNS, -r, "cannot tell the network namespace");
	place->state_fd = wire_state_dir(make, err);
	if (place->state_fd < 0)
		return place->state_fd;
	place->kind_fd = open_dir(place->state_fd, kind, make);
	place->fd =
		place->kind_fd < 0 ? place->kind_fd : open_dir(place->kind_fd, place->space, make);
	if (place->fd == -ENOENT)
		return -ENOENT;
	if (place->fd < 0)
		return error_set(err, LIBNS_STEP_NETNS, -place->fd,
				 "cannot open the directory '%s' of the state", kind);
	return 0;
}

int wire_store_read(const char *kind, const char *file, char **ret_text, size_t *ret_size,
		    struct libns_error *err)
{
	_cleanup_(place_done) struct place place = PLACE_INIT;
	int r = go(&place, kind, file, false, err);

	if (r < 0)
		return r;
	r = sys_read_regular_at(place.fd, file, ret_text, ret_size);
	if (r == -EINVAL)
		return wire_store_damaged(kind, file, err);
	if (r < 0 && r != -ENOENT)
		error_set(err, LIBNS_STEP_NETNS, -r, "cannot read '%s/%s/%s'", kind, place.space,
			  file);
	return r < 0 ? r : 0;
}

int wire_store_damaged(const char *kind, const char *file, struct libns_error *err)
{
	char space[SPACE_NAME] = "?";

	(void)name_space(space);
	return error_say(err, LIBNS_STEP_NETNS, EBADMSG,
			 "the file '" WIRE_STATE "/%s/%s/%s' is damaged", kind, space, file);
}

int wire_store_write_all(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		text += n;
		size -= (size_t)n;
	}
	return 0;
}

static int write_new(int dir_fd, const char *text, size_t size)
{
	int fd, r;

	/* Of who was killed. */
	if (unlinkat(dir_fd, ON_ITS_WAY, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(dir_fd, ON_ITS_WAY, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	fd = fd < 0 ? -errno : sys_fd_above_stdio(fd);
	if (fd < 0)
		return fd;
	r = fchmod(fd, 0644) < 0 ? -errno : wire_store_write_all(fd, text, size);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

int wire_store_write(const char *kind, const char *file, const char *text, size_t size,
		     struct libns_error *err)
{
	_cleanup_(place_done) struct place place = PLACE_INIT;
	int r = go(&place, kind, file, true, err);

	if (r < 0)
		return r;
	r = write_new(place.state_fd, text, size);
	if (r == 0 && renameat(place.state_fd, ON_ITS_WAY, place.fd, file) < 0)
		r = -errno;
	if (r == 0)
		return 0;
	(void)unlinkat(place.state_fd, ON_ITS_WAY, 0);
	return error_set(err, LIBNS_STEP_NETNS, -r, "cannot write '%s/%s/%s'", kind, place.space,
			 file);
}

static void remove_empty(const struct place *place, const char *kind)
{
	if (unlinkat(place->kind_fd, place->space, AT_REMOVEDIR) == 0)
		(void)unlinkat(place->state_fd, kind, AT_REMOVEDIR);
}

int wire_store_remove(const char *kind, const char *file, struct libns_error *err)
{
	_cleanup_(place_done) struct place place = PLACE_INIT;
	int r = go(&place, kind, file, false, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (unlinkat(place.fd, file, 0) < 0 && errno != ENOENT)
		return error_set(err, LIBNS_STEP_NETNS, errno, "cannot remove '%s/%s/%s'", kind,
				 place.space, file);
	remove_empty(&place, kind);
	return 0;
}

int wire_store_each(const char *kind,
		    int (*one)(const char *file, void *data, struct libns_error *err), void *data,
		    struct libns_error *err)
{
	_cleanup_(place_done) struct place place = PLACE_INIT;
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;
	int r = go(&place, kind, NULL, false, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = sys_open_dir(place.fd, ".", &dir);
	while (r >= 0 && (r = sys_next_entry(dir, &entry)) > 0) {
		r = one(entry->d_name, data, err);
		if (r)
			return r;
	}
	if (r < 0)
		return error_set(err, LIBNS_STEP_NETNS, -r, "cannot list '%s/%s'", kind,
				 place.space);
	return 0;
}

int wire_going_text(int ns_fd, char ret[WIRE_GOING_ROOM])
{
	struct libns_id id;
	int r = libns_fd_query_id(ns_fd, &id, NULL);

	if (r < 0)
		return r;
	snprintf(ret, WIRE_GOING_ROOM, "%llu:%llu\n", (unsigned long long)id.dev,
		 (unsigned long long)id.ino);
	return 0;
}
