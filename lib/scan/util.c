/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Small tools of the scan: reading numeric directory entries without the calls
 * that readdir(3) adds (fcntl, fstat, and a malloc for each directory), a map
 * of numbers, and threads.
 */

#include "scan/util.h"

#include <signal.h>
#include <sys/syscall.h>

#include "base/base.h"
#include "base/sys.h"

static bool parse_number(const char *name, unsigned int *ret)
{
	unsigned int value = 0;

	for (const char *c = name; *c; c++) {
		if (*c < '0' || *c > '9' || value > (INT32_MAX - 9) / 10)
			return false;
		value = value * 10 + (unsigned int)(*c - '0');
	}
	*ret = value;
	return *name != '\0';
}

static int add_number(struct scan_numbers *numbers, unsigned int value)
{
	if (numbers->n == numbers->max) {
		size_t n = numbers->max ? numbers->max * 2 : 256;
		unsigned int *more = realloc(numbers->list, n * sizeof(*more));

		if (!more)
			return -ENOMEM;
		numbers->list = more;
		numbers->max = n;
	}
	numbers->list[numbers->n++] = value;
	return 0;
}

int scan_list_numbers(int dir_fd, struct scan_numbers *numbers)
{
	_Alignas(struct sys_dirent) char buf[16384];

	numbers->n = 0;
	for (;;) {
		long got = syscall(SYS_getdents64, dir_fd, buf, sizeof(buf));

		if (got <= 0)
			return got < 0 ? -errno : 0;
		for (long at = 0; at < got;) {
			const struct sys_dirent *entry = (const void *)(buf + at);
			unsigned int value;

			if (parse_number(entry->name, &value) && add_number(numbers, value) < 0)
				return -ENOMEM;
			at += entry->size;
		}
	}
}

static size_t slot(const struct scan_map *map, uint64_t key)
{
	size_t i = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (map->max - 1);

	while (map->slots[i].key && map->slots[i].key != key)
		i = (i + 1) & (map->max - 1);
	return i;
}

bool scan_map_get(const struct scan_map *map, uint64_t key, uint64_t *ret_value)
{
	size_t i;

	if (!map->max)
		return false;
	i = slot(map, key);
	*ret_value = map->slots[i].value;
	return map->slots[i].key != 0;
}

int scan_map_put(struct scan_map *map, uint64_t key, uint64_t value)
{
	size_t i;

	if (2 * (map->n + 1) > map->max) {
		struct scan_map grown = { NULL, 0, map->max ? map->max * 2 : 64 };

		grown.slots = calloc(grown.max, sizeof(*grown.slots));
		if (!grown.slots)
			return -ENOMEM;
		for (i = 0; i < map->max; i++)
			if (map->slots[i].key)
				grown.slots[slot(&grown, map->slots[i].key)] = map->slots[i];
		grown.n = map->n;
		free(map->slots);
		*map = grown;
	}
	i = slot(map, key);
	map->n += !map->slots[i].key;
	map->slots[i].key = key;
	map->slots[i].value = value;
	return 0;
}

int scan_start_thread(pthread_t *ret_thread, void *(*run)(void *), void *data)
{
	sigset_t all, old;
	int r;

	/* The program's signal handlers must not run in threads that it does not know of. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(ret_thread, NULL, run, data);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}
