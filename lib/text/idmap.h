/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_IDMAP_PRIVATE_H
#define LIBNS_IDMAP_PRIVATE_H

#include <libns/idmap.h>

/*
 * The texts around id maps. Pure; what may be called between clone(2) and
 * execve(2) says so.
 */

/* UID_GID_MAP_MAX_EXTENTS of the kernel, since Linux 4.15; 5 before. */
#define IDMAP_MAX 340

/* What the kernel writes for an id that the reader's namespace lacks. */
#define IDMAP_NO_ID UINT32_MAX

/* Room for the text of the largest map: three numbers of ten digits a line. */
#define IDMAP_TEXT_SIZE (IDMAP_MAX * 33 + 1)

/* Adds a range whose inner side may grow, see libns_idmap_add_single(). */
int idmap_add_from_zero(struct libns_idmap *map, uint32_t outer, uint32_t count,
			struct libns_error *err);

/**
 * idmap_format() - a map as the text for uid_map or gid_map
 * @map: map
 * @buf: receives the text, terminated
 * @size: bytes at @buf
 *
 * Async-signal-safe.
 *
 * Return: length without the terminator, -E2BIG if it does not fit.
 */
ssize_t idmap_format(const struct libns_idmap *map, char *buf, size_t size);

/**
 * idmap_format_argv() - a map as the arguments of newuidmap(1)
 * @map: map
 * @program: first argument
 * @pid: process
 *
 * Return: NULL-terminated array with its strings in one allocation, free(3) it;
 *         NULL without memory.
 */
char **idmap_format_argv(const struct libns_idmap *map, const char *program, pid_t pid);

/**
 * idmap_parse() - the text of a uid_map or gid_map file into an empty map
 * @map: map
 * @text: whole file; "" gives an empty map
 *
 * Keeps ranges whose outer side is IDMAP_NO_ID.
 *
 * Return: 0, -EBADMSG, -ENOMEM.
 */
int idmap_parse(struct libns_idmap *map, const char *text);

struct idmap_subid {
	uint32_t first;
	uint32_t count;
};

/**
 * idmap_find_subid() - the first range of a user in a subuid(5) text
 * @text: whole file
 * @name: login name, or NULL if unknown
 * @uid: number, which may stand there instead of the name
 * @ret: receives the range
 *
 * Malformed lines are passed over, and so are ranges that do not fit 32 bits.
 *
 * Return: 0, -ENOENT.
 */
int idmap_find_subid(const char *text, const char *name, uid_t uid, struct idmap_subid *ret);

/* As idmap_find_subid(), in what getsubids(1) prints. */
int idmap_find_getsubids(const char *text, struct idmap_subid *ret);

/* Whether nsswitch.conf(5) names other sources of subordinate ids than files. */
bool idmap_nsswitch_has_subid(const char *text);

#endif
