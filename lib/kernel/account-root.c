/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A file of somebody else's root directory, read with the caller's rights.
 *
 * Whoever lives there can make it a link, a pipe, a device, a file without end, or put
 * it on a server that does not answer. Links are followed inside that root only. The
 * file is looked at before it is opened, since opening a device or a pipe has effects
 * of its own. All of it happens in a child that is killed when it gets stuck.
 */

#include "kernel/account-root.h"

#include <string.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/resolve.h"
#include "base/sys.h"
#include "kernel/slow-read.h"

#define FILE_MAX ((size_t)16 << 20)
#define CHUNK    ((size_t)32 << 10)

struct reading {
	int root_fd;
	const char *path;
	int fd;      /* used by the child only */
	bool at_end; /* used by the child only: the file has ended, but more of it is asked for */
	char *bytes;
	size_t size, room;
	int64_t deadline_ms;
};

static int check(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (!S_ISREG(st.st_mode))
		return -EMEDIUMTYPE;
	return st.st_size > (off_t)FILE_MAX ? -EFBIG : 0;
}

/* Runs in the child. The second opening gives the very file that was looked at. */
static int open_file(const struct reading *reading)
{
	_cleanup_close_ int place = resolve_in_root(reading->root_fd, reading->path, O_PATH, true);
	char link[32];
	int fd, r;

	if (place < 0)
		return place;
	r = check(place);
	if (r < 0)
		return r;
	error_format(link, sizeof(link), "/proc/self/fd/%d", place);
	fd = sys_open_at(AT_FDCWD, link, O_RDONLY | O_NONBLOCK);
	/* Without a procfs it could be another file by now, so it is looked at once more. */
	if (fd == -ENOENT || fd == -ENOTDIR)
		fd = resolve_in_root(reading->root_fd, reading->path, O_RDONLY | O_NONBLOCK, true);
	r = fd < 0 ? fd : check(fd);
	if (r < 0)
		base_close(fd);
	return r < 0 ? r : fd;
}

static ssize_t read_chunk(void *data, size_t i, char *buf, size_t size, int *ret_fd)
{
	struct reading *reading = data;
	ssize_t n;

	(void)size;
	(void)ret_fd;
	if (reading->fd < 0)
		reading->fd = open_file(reading);
	if (reading->fd < 0)
		return reading->fd;
	if (reading->at_end)
		return 0;
	n = sys_read_full(reading->fd, buf, CHUNK, (off_t)(i * CHUNK));
	reading->at_end = n >= 0 && (size_t)n < CHUNK;
	return n;
}

/* Stops the reading with -ECANCELED at the end of the file. */
static int take_chunk(void *data, size_t i, const char *buf, ssize_t n, int fd)
{
	struct reading *reading = data;

	(void)i;
	base_close(fd);
	if (n < 0)
		return (int)n;
	if (sys_now_ms() > reading->deadline_ms)
		return -ETIMEDOUT;
	if (reading->size + (size_t)n > FILE_MAX)
		return -EFBIG;
	if (reading->size + (size_t)n >= reading->room) {
		size_t room = reading->room ? reading->room * 4 : CHUNK;
		char *more = realloc(reading->bytes, room);

		if (!more)
			return -ENOMEM;
		reading->bytes = more;
		reading->room = room;
	}
	memcpy(reading->bytes + reading->size, buf, (size_t)n);
	reading->size += (size_t)n;
	return (size_t)n < CHUNK ? -ECANCELED : 0;
}

static int say(struct libns_error *err, const char *path, int code)
{
	switch (code) {
	case EMEDIUMTYPE:
		return error_say(err, LIBNS_STEP_OPEN, code, "'%s' is not a regular file", path);
	case EFBIG:
		return error_say(err, LIBNS_STEP_OPEN, code, "'%s' is larger than 16 MiB", path);
	case ETIMEDOUT:
		return error_say(err, LIBNS_STEP_OPEN, code,
				 "'%s' cannot be read: its file system "
				 "does not answer in time",
				 path);
	case ELOOP:
		return error_say(err, LIBNS_STEP_OPEN, code, "'%s' is a link that is not followed",
				 path);
	default:
		return error_set(err, LIBNS_STEP_OPEN, code, "cannot read '%s'", path);
	}
}

int account_read_in(int root_fd, const char *path, unsigned int patience_ms, char **ret_bytes,
		    size_t *ret_size, struct libns_error *err)
{
	/* The child closes 0, 1 and 2. */
	_cleanup_close_ int root = fcntl(root_fd, F_DUPFD_CLOEXEC, 3);
	struct reading reading = { .root_fd = root,
				   .path = path,
				   .fd = -1,
				   .deadline_ms = sys_now_ms() + (int64_t)4 * patience_ms };
	struct slow_work work = { .n = FILE_MAX / CHUNK + 1,
				  .read = read_chunk,
				  .deliver = take_chunk,
				  .data = &reading,
				  .item_ms = patience_ms,
				  .total_ms = 2 * patience_ms };
	int r = root < 0 ? -errno : slow_read(&work);

	/* The total time is limited, too, because a server may send a few bytes now and then. */
	if (r != -ECANCELED) {
		free(reading.bytes);
		return say(err, path, r < 0 ? -r : EFBIG);
	}
	*ret_bytes = reading.bytes;
	*ret_size = reading.size;
	return 0;
}
