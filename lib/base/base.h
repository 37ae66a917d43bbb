/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_BASE_H
#define LIBNS_BASE_H

/*
 * Macros that every file uses: cleanup at the end of a scope, handing over of ownership, and the
 * mark of an exported function.
 */

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Everything else is hidden, see -fvisibility in meson.build. */
#define LIBNS_PUBLIC __attribute__((visibility("default")))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define _cleanup_(f)    __attribute__((cleanup(f)))
#define _cleanup_free_  _cleanup_(base_freep)
#define _cleanup_close_ _cleanup_(base_closep)
#define _cleanup_dir_   _cleanup_(base_closedirp)
#define _cleanup_file_  _cleanup_(base_fclosep)

#define TAKE_PTR(p)                                                                                \
	({                                                                                         \
		__typeof__(p) take_ptr_ = (p);                                                     \
		(p) = NULL;                                                                        \
		take_ptr_;                                                                         \
	})

#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int take_fd_ = (fd);                                                               \
		(fd) = -1;                                                                         \
		take_fd_;                                                                          \
	})

static inline void base_freep(void *p)
{
	free(*(void **)p);
}

/* Always returns -1, keeps errno: `fd = base_close(fd)`. */
static inline int base_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return -1;
}

static inline void base_closep(int *fd)
{
	*fd = base_close(*fd);
}

static inline void base_closedirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static inline void base_fclosep(FILE **file)
{
	if (*file)
		fclose(*file);
}

static inline bool base_one_bit(uint64_t x)
{
	return x && !(x & (x - 1));
}

/*
 * Whether @name can only mean an entry of the directory that it is looked up in, of at most @max
 * bytes: it is neither empty nor "." or "..", and has no slash. What comes from elsewhere is asked
 * this before a path is made of it. Async-signal-safe.
 */
static inline bool base_is_entry_name(const char *name, size_t max)
{
	return *name && strlen(name) <= max && !strchr(name, '/') && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

#endif
