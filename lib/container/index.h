/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CONTAINER_INDEX_H
#define LIBNS_CONTAINER_INDEX_H

#include <stddef.h>
#include <stdint.h>

/*
 * A table of numbers by keys of a few bytes each. With it the time for a
 * snapshot of many containers stays linear. Keys may come from anybody, so they
 * are hashed with a secret.
 */

struct container_index {
	struct container_index_slot *slots;
	size_t n_slots; /* a power of two, or 0 */
	size_t n;
	uint64_t secret;
};

#define CONTAINER_INDEX_NONE SIZE_MAX

/*
 * Looks a key up, which is a number and some bytes. Return: what was put under it, or
 * CONTAINER_INDEX_NONE.
 */
size_t container_index_get(const struct container_index *index, uint64_t number, const char *s,
			   size_t n);

/* Puts a number under a key, replacing the one before. Return: 0, or -ENOMEM. */
int container_index_put(struct container_index *index, uint64_t number, const char *s, size_t n,
			size_t value);

void container_index_clear(struct container_index *index);

#endif
