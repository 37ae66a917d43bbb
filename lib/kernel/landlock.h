/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_LANDLOCK_KERNEL_H
#define LIBNS_LANDLOCK_KERNEL_H

#include <stdint.h>

/*
 * The three system calls of Landlock (Linux 5.13), which no C library wraps. Functions return 0 or
 * a value >= 0, or a negative errno. All are async-signal-safe.
 */

#define LANDLOCK_ASK_ABI    1U /* LANDLOCK_CREATE_RULESET_VERSION */
#define LANDLOCK_ASK_ERRATA 2U /* Linux 6.15 */

/* Return: the version, or bits of errata. */
int landlock_ask(unsigned int what);

/* Begins a set of rules that refuses these rights. Return: a descriptor above 2. */
int landlock_create(uint64_t fs, uint64_t net, uint64_t scopes);

/* What is granted: beneath what @fd stands for, and on a port. */
int landlock_add_beneath(int ruleset_fd, int fd, uint64_t rights);
int landlock_add_port(int ruleset_fd, uint16_t port, uint64_t rights);

/* For the calling thread and all that comes of it. Needs no_new_privs or CAP_SYS_ADMIN. */
int landlock_restrict_self(int ruleset_fd);

#endif
