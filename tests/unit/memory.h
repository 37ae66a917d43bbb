/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEST_MEMORY_H
#define TEST_MEMORY_H

/*
 * Out of memory at every place: an operation is carried out again and again, and one
 * allocation of the library fails each time, the first, then the second, until none is left
 * to fail. It may end with -ENOMEM and say so, or do without and find all the same; it
 * never ends with success and less than there is, and never leaks (tap.h).
 *
 * malloc(3) and its kin are replaced by the linker, in the library and here, not in the C
 * library.
 */

#include <dirent.h>
#include <errno.h>
#include <stdint.h>

#include <libns/libns.h>

#include "tap.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t n, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size);
char *__wrap_strdup(const char *text);
DIR *__real_fdopendir(int fd);
DIR *__wrap_fdopendir(int fd);

/* How many allocations there were, and which of them fails; 0: none. */
static size_t n_asked, failing;
/* The process in which it does; 0: in children, too, which then say so first. */
static pid_t failing_in;

static bool fails(void)
{
	errno = ENOMEM;
	return ++n_asked == failing && (!failing_in || failing_in == getpid());
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
	return fails() ? NULL : __real_reallocarray(old, n, size);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

/* A directory stream is memory, too. */
DIR *__wrap_fdopendir(int fd)
{
	return fails() ? NULL : __real_fdopendir(fd);
}

/* ------------------------------------------------------------------ what was found */

static uint64_t found;

static void note(const void *what, size_t size)
{
	const unsigned char *byte = what;

	for (size_t i = 0; i < size; i++)
		found = (found ^ byte[i]) * UINT64_C(0x100000001b3);
}

static void note_number(uint64_t number)
{
	note(&number, sizeof(number));
}

static void note_text(const char *text)
{
	note(text ? text : "", text ? strlen(text) + 1 : 0);
}

/* Return: what @operation returned; what it found is in found. */
static int try(int (*operation)(struct libns_error *err), size_t which, struct libns_error *err)
{
	int r;

	*err = (struct libns_error)LIBNS_ERROR_INIT;
	found = UINT64_C(0xcbf29ce484222325);
	n_asked = 0;
	failing = which;
	r = operation(err);
	failing = 0;
	return r;
}

static void each_fails(int (*operation)(struct libns_error *err), pid_t where)
{
	struct libns_error err;
	uint64_t all;
	size_t n;

	failing_in = where;
	if (try(operation, 0, &err) < 0)
		TAP_FAIL("%s", err.text);
	all = found;
	CHECK(n_asked > 0);
	for (n = 1;; n++) {
		int r = try(operation, n, &err);

		/* One of a child fails as well, and is not counted here. */
		if (n_asked < n && r == 0)
			break;
		printf("# allocation %zu: %d %s\n", n, r, r < 0 ? err.text : "");
		if (r < 0) {
			CHECK_INT(r, -ENOMEM);
			CHECK(err.text[0]);
		} else {
			CHECK(found == all);
		}
	}
}

static void each_allocation_fails(int (*operation)(struct libns_error *err))
{
	each_fails(operation, 0);
	each_fails(operation, getpid());
}

#endif
