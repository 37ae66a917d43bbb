/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_IDMAP_WRITE_H
#define LIBNS_IDMAP_WRITE_H

#include <libns/idmap.h>

/*
 * Writing id maps, for the code that makes user namespaces. Where a dir_fd is
 * asked for, it is the /proc/PID directory of a process in the new namespace.
 */

/* Stands for the calling process where a dir_fd is asked for. */
#define IDMAP_SELF (-1)

/**
 * idmap_may_write_self() - whether a process may write this map for itself
 * @kind: users or groups
 * @map: map
 *
 * The kernel lets the creator of a user namespace map one id, his own effective
 * one, from inside; a group only once setgroups is denied. Judges by the
 * caller's ids: call it before the namespace is made. Async-signal-safe.
 */
bool idmap_may_write_self(enum libns_idmap_kind kind, const struct libns_idmap *map);

/**
 * idmap_may_write() - whether the caller may write this map from outside
 * @kind: users or groups
 * @map: map
 *
 * If not, idmap_write_at() goes through newuidmap(1) or newgidmap(1).
 */
bool idmap_may_write(enum libns_idmap_kind kind, const struct libns_idmap *map);

/**
 * idmap_write_text() - write a map that was formatted before
 * @dir_fd: directory, or IDMAP_SELF
 * @kind: users or groups
 * @text: from idmap_format()
 * @n: its length
 * @err: receives the sentence on failure, or NULL
 *
 * Async-signal-safe.
 *
 * Return: 0, -E2BIG if it does not fit one page, -EPERM, -ESRCH, ...
 */
int idmap_write_text(int dir_fd, enum libns_idmap_kind kind, const char *text, size_t n,
		     struct libns_error *err);

/**
 * idmap_write_setgroups() - allow or deny setgroups(2) in a user namespace
 * @dir_fd: directory, or IDMAP_SELF
 * @allow: which
 * @err: receives the sentence on failure, or NULL
 *
 * Does nothing on kernels without the file (before Linux 3.19), which ask for
 * nothing either. Async-signal-safe.
 *
 * Return: 0, -EPERM if it was denied before, or if it is to be denied after
 *         gid_map was written.
 */
int idmap_write_setgroups(int dir_fd, bool allow, struct libns_error *err);

/**
 * idmap_write_at() - write both maps of a process's user namespace
 * @dir_fd: directory
 * @pid: process id, for the helper programs and for sentences
 * @uid_map: map, or NULL
 * @gid_map: map, or NULL
 * @err: receives the sentence on failure, or NULL
 *
 * Where both need a helper program, the two run side by side.
 *
 * Return: as libns_idmap_write().
 */
int idmap_write_at(int dir_fd, pid_t pid, const struct libns_idmap *uid_map,
		   const struct libns_idmap *gid_map, struct libns_error *err);

/* libns_idmap_read() by descriptor, into an empty map. */
int idmap_read_at(int dir_fd, enum libns_idmap_kind kind, struct libns_idmap *map,
		  struct libns_error *err);

#endif
