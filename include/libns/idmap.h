/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_IDMAP_H
#define LIBNS_IDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <libns/error.h>
#include <libns/proc.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Id mappings of a user namespace, see user_namespaces(7). Ids are 32-bit
 * unsigned; 4294967295 is no id. A range covers [first, first + count).
 */

enum libns_idmap_kind { LIBNS_IDMAP_UID, LIBNS_IDMAP_GID };

struct libns_idrange {
	uint32_t inner; /* first id inside the namespace */
	uint32_t outer; /* first id in the namespace of the writer */
	uint32_t count; /* at least 1 */
};

struct libns_idmap;

/**
 * libns_idmap_new() - an empty map
 * @ret_map: receives the handle
 * @err: receives the sentence on failure, or NULL
 *
 * Ownership: free with libns_idmap_free().
 * Affects: nothing.
 * Return: 0, -ENOMEM.
 * Since: 0.1
 */
int libns_idmap_new(struct libns_idmap **ret_map, struct libns_error *err);

/**
 * libns_idmap_free() - free a map
 * @map: handle, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_idmap *libns_idmap_free(struct libns_idmap *map);

/* For __attribute__((cleanup(libns_idmap_freep))). */
static inline void libns_idmap_freep(struct libns_idmap **map)
{
	*map = libns_idmap_free(*map);
}

/**
 * libns_idmap_add() - add a range
 * @map: handle
 * @range: range; copied
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: nothing.
 * Return: 0, -EINVAL for a count of 0, -EOVERFLOW if a range ends beyond
 *         4294967294, -EEXIST if it overlaps a range already there (ranges that
 *         merely touch do not overlap), -E2BIG beyond 340 ranges, -ENOMEM.
 * Since: 0.1
 */
int libns_idmap_add(struct libns_idmap *map, const struct libns_idrange *range,
		    struct libns_error *err);

/**
 * libns_idmap_add_text() - add a range written as text
 * @map: handle
 * @spec: "inner:outer:count", or the older "outer,inner,count"
 * @err: receives the sentence on failure, or NULL
 *
 * Decimal digits only: no sign, no blank, nothing that does not fit.
 *
 * Affects: nothing.
 * Return: 0, -EINVAL for malformed text, -ERANGE for a number above
 *         4294967295, or as libns_idmap_add().
 * Since: 0.1
 */
int libns_idmap_add_text(struct libns_idmap *map, const char *spec, struct libns_error *err);

/**
 * libns_idmap_add_single() - map one id and make room for it
 * @map: handle
 * @inner: id inside
 * @outer: id outside
 * @err: receives the sentence on failure, or NULL
 *
 * Ranges already there make room: @inner and @outer are taken out of them, and
 * the remaining ids of a range are paired again in order. So a range that held
 * only one of the two loses its last id on the other side. A range added by
 * libns_idmap_add_subids() with LIBNS_SUBIDS_FROM_ZERO loses none. The new
 * entry comes first.
 *
 * Affects: nothing.
 * Return: 0, -E2BIG, -ENOMEM, -EOVERFLOW.
 * Since: 0.1
 */
int libns_idmap_add_single(struct libns_idmap *map, uint32_t inner, uint32_t outer,
			   struct libns_error *err);

enum libns_subids {
	LIBNS_SUBIDS_FROM_ZERO, /* numbered from 0 inside ("auto") */
	LIBNS_SUBIDS_IDENTITY   /* the same numbers inside ("subids") */
};

/**
 * libns_idmap_add_subids() - add a user's first range of subordinate ids
 * @map: handle
 * @kind: users or groups
 * @owner: user whose range it is, also for groups: subgid(5) lists users too
 * @how: where it begins inside
 * @err: receives the sentence on failure, or NULL
 *
 * Reads /etc/subuid or /etc/subgid; where nsswitch.conf(5) has a "subid:"
 * line, getsubids(1) is asked instead.
 *
 * Runs a program; not async-signal-safe.
 *
 * Affects: nothing.
 * Return: 0, -ENOENT if the user has no range, or as libns_idmap_add().
 * Since: 0.1
 */
int libns_idmap_add_subids(struct libns_idmap *map, enum libns_idmap_kind kind, uid_t owner,
			   enum libns_subids how, struct libns_error *err);

/**
 * libns_idmap_add_all() - add every id the caller's user namespace has
 * @map: handle
 * @kind: users or groups
 * @err: receives the sentence on failure, or NULL
 *
 * Every id on the inner side of /proc/self/uid_map or gid_map is mapped to
 * itself.
 *
 * Affects: nothing.
 * Return: 0, or as libns_idmap_add() and open(2).
 * Since: 0.1
 */
int libns_idmap_add_all(struct libns_idmap *map, enum libns_idmap_kind kind,
			struct libns_error *err);

/**
 * libns_idmap_read() - the map of a process
 * @proc: pinned process
 * @kind: users or groups
 * @ret_map: receives the handle; empty if the map was never written
 * @err: receives the sentence on failure, or NULL
 *
 * The outer side is as seen from the caller's user namespace; 4294967295 stands
 * for ids it does not have.
 *
 * Ownership: free with libns_idmap_free().
 * Affects: nothing.
 * Return: 0, -ESRCH if the process is gone, -EBADMSG, -ENOMEM.
 * Since: 0.1
 */
int libns_idmap_read(const struct libns_proc *proc, enum libns_idmap_kind kind,
		     struct libns_idmap **ret_map, struct libns_error *err);

/**
 * libns_idmap_write() - write the map of a process's user namespace
 * @proc: pinned process, just put into a new user namespace
 * @kind: users or groups
 * @map: map with at least one range
 * @err: receives the sentence on failure, or NULL
 *
 * This is one write(2) to uid_map or gid_map where the caller is allowed to do
 * that: with CAP_SETUID (CAP_SETGID) in the parent user namespace, or if the
 * map is the caller's own id only. Otherwise newuidmap(1) or newgidmap(1) from
 * PATH writes it.
 *
 * May run a program; not async-signal-safe.
 *
 * Affects: the user namespace of @proc, once and for ever.
 * Return: 0, -EPERM if it may not be written or already is, -ENOENT if the
 *         helper is not installed, -E2BIG if the text does not fit one page,
 *         -EINVAL for an empty map, -ECHILD if the helper refused (its own
 *         words are in the sentence).
 * Since: 0.1
 */
int libns_idmap_write(const struct libns_proc *proc, enum libns_idmap_kind kind,
		      const struct libns_idmap *map, struct libns_error *err);

/**
 * libns_idmap_count() - number of ranges
 * @map: handle
 *
 * Affects: nothing.
 * Return: number.
 * Since: 0.1
 */
size_t libns_idmap_count(const struct libns_idmap *map);

/**
 * libns_idmap_at() - one range
 * @map: handle
 * @i: index below libns_idmap_count()
 *
 * Ownership: valid until @map is changed or freed.
 * Affects: nothing.
 * Return: range, or NULL beyond the end.
 * Since: 0.1
 */
const struct libns_idrange *libns_idmap_at(const struct libns_idmap *map, size_t i);

/**
 * libns_idmap_to_outer() - translate an inner id
 * @map: handle
 * @inner: id inside
 * @ret_outer: receives the id outside
 *
 * Affects: nothing.
 * Return: true, or false if it is not mapped.
 * Since: 0.1
 */
bool libns_idmap_to_outer(const struct libns_idmap *map, uint32_t inner, uint32_t *ret_outer);

/**
 * libns_idmap_to_inner() - translate an outer id
 * @map: handle
 * @outer: id outside
 * @ret_inner: receives the id inside
 *
 * Affects: nothing.
 * Return: true, or false if it is not mapped.
 * Since: 0.1
 */
bool libns_idmap_to_inner(const struct libns_idmap *map, uint32_t outer, uint32_t *ret_inner);

#ifdef __cplusplus
}
#endif

#endif
