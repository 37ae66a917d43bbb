/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SCAN_UTIL_H
#define LIBNS_SCAN_UTIL_H

/* Numbers of a directory, a map of numbers, and a thread that takes no signals. */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The numeric names in a directory: processes, threads, descriptors. */
struct scan_numbers {
	unsigned int *list;
	size_t n, max;
};

/* Replaces the contents of @numbers. Return: 0 or a negative errno. */
int scan_list_numbers(int dir_fd, struct scan_numbers *numbers);

/* A map from numbers to numbers. It never shrinks, and key 0 does not occur. */
struct scan_map {
	struct {
		uint64_t key, value;
	} * slots;
	size_t n, max;
};

bool scan_map_get(const struct scan_map *map, uint64_t key, uint64_t *ret_value);
int scan_map_put(struct scan_map *map, uint64_t key, uint64_t value);

/* Starts a reading thread that takes no signals. Return: 0 or a negative errno. */
int scan_start_thread(pthread_t *ret_thread, void *(*run)(void *), void *data);

#endif
