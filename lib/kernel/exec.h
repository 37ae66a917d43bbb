/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_EXEC_H
#define LIBNS_EXEC_H

#include <stddef.h>

#include <libns/error.h>

/* How many entries an array needs beside those of argv, so that /bin/sh can be given a file. */
#define EXEC_ROOM 3

/* Counts the words before the NULL. */
size_t exec_count(char *const argv[]);

/*
 * libns_exec(), for a child that shares the memory of its caller: what it allocated there would
 * be left behind. @room: exec_count() + EXEC_ROOM entries, zero; NULL: it is allocated.
 */
int exec_program(const char *path, char *const argv[], char *const envp[], const char **room,
		 struct libns_error *err);

/* Where libns_exec() looks for a program that has this environment. */
const char *exec_search_path(char *const envp[]);

#endif
