/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_PERSIST_H
#define LIBNS_PERSIST_H

#include <stdbool.h>

#include "spawn/plan.h"

/*
 * Files that keep namespaces. They are opened while the caller still has its rights.
 * Either all namespaces are bound or none, and they are taken back unless the caller
 * keeps them.
 */

#define PERSIST_MAX 16

/* This is in memory that caller, keeper and worker share, so that it is known what has happened even
 * if a process could not say so. */
struct persist {
	int verdict;    /* enum persist_verdict; changes once, atomically */
	size_t n_tried; /* how many files may have been mounted on */
	struct {
		int fd;        /* the file, O_PATH; -1 once closed */
		int layers;    /* mounts known to lie on it */
		bool in_doubt; /* there may be one more, which is being made */
	} files[PERSIST_MAX];
};

/* Opens the files of @plan. Return: 0, or a negative errno with a sentence. */
int persist_open(const struct plan *plan, struct persist **ret, struct libns_error *err);

/* Closes the descriptors, in a process that does not bind. */
void persist_close(struct persist *persist);

/* Hides it from processes cloned later. */
void persist_hide(struct persist *persist);

/* Binds the namespaces of @pid. @how: enum libns_how. Async-signal-safe. */
int persist_bind(struct persist *persist, const struct plan *plan, pid_t pid, unsigned int how,
		 struct libns_error *err);

/* Lets all of it stay. Return: false if it was taken back before. */
bool persist_keep(struct persist *persist);

/* Removes what was bound, unless the caller has said that it stays. Async-signal-safe. */
void persist_take_back(struct persist *persist, const struct plan *plan);

/* Return: NULL. */
struct persist *persist_free(struct persist *persist);

#endif
