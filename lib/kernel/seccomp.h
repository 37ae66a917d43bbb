/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SECCOMP_PRIVATE_H
#define LIBNS_SECCOMP_PRIVATE_H

#include <linux/filter.h>

#include <libns/seccomp.h>

/* BPF_MAXINSNS instructions of eight bytes; longer programs do not exist. */
#define SECCOMP_PROGRAM_MAX 4096

struct seccomp_filter {
	uint64_t flags; /* SECCOMP_FILTER_FLAG_* */
	char *name;     /* what the user calls it; NULL: it was read from a process */
	unsigned short n;
	struct sock_filter *program;
};

struct libns_seccomp {
	struct seccomp_filter *filters; /* in the order in which they are loaded */
	size_t n;
};

/* Adds a copy of @n instructions, which need not be aligned. Return: 0, -ENOMEM. */
int seccomp_set_add(struct libns_seccomp *all, const char *name, uint64_t flags,
		    const char *program, size_t n);

/* Adds copies of all that @others has. Return: 0, -ENOMEM. */
int seccomp_set_add_all(struct libns_seccomp *all, const struct libns_seccomp *others);

/* Loads one filter into the calling thread. Async-signal-safe. */
int seccomp_set_load(const struct seccomp_filter *filter, struct libns_error *err);

#endif
