/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SEALED_H
#define LIBNS_SEALED_H

#include <stdbool.h>

/* Files in memory that can be executed, and that nobody can change once they are written. */

/* Makes an empty one, close-on-exec and above 2. @name is shown in /proc/PID/exe. Return: a
 * descriptor, or a negative errno. */
int sealed_new(const char *name);

/* Forbids all further changes. Return: 0 or a negative errno. */
int sealed_close(int fd);

/* Whether a file is one of these. */
bool sealed_is(int fd);

#endif
