/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_MOUNT_H
#define LIBNS_MOUNT_H

#include <stdint.h>

#include <libns/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The mounts a namespace tool makes, see mount_namespaces(7). Nothing here
 * allocates: all but the parsers may be called between clone(2) and execve(2).
 */

/**
 * libns_propagation_parse() - a propagation type by name
 * @name: "private", "shared", "slave", "unbindable", each also with a leading
 *        "r" for recursive; "unchanged" gives 0
 * @ret_flags: receives MS_* bits of mount(2)
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: nothing.
 * Return: 0, -EINVAL for another name.
 * Since: 0.1
 */
int libns_propagation_parse(const char *name, unsigned long *ret_flags,
			    struct libns_error *err);

/**
 * libns_propagation_name() - the name of a propagation type
 * @flags: MS_PRIVATE, MS_SHARED, MS_SLAVE or MS_UNBINDABLE, with or without
 *         MS_REC; or 0
 *
 * Ownership: constant string.
 * Affects: nothing.
 * Return: "rprivate", "unchanged", ...; NULL for other bits.
 * Since: 0.1
 */
const char *libns_propagation_name(unsigned long flags);

/**
 * libns_mount_set_propagation() - change the propagation type of a mount
 * @path: mount point
 * @flags: as from libns_propagation_parse(); 0 does nothing
 * @err: receives the sentence on failure, or NULL
 *
 * Async-signal-safe.
 *
 * Affects: the mount namespace of the calling process.
 * Return: 0, -EINVAL if @path is no mount point, -EPERM, -ENOENT.
 * Since: 0.1
 */
int libns_mount_set_propagation(const char *path, unsigned long flags,
				struct libns_error *err);

/**
 * libns_mount_proc() - mount a procfs that shows the caller's pid namespace
 * @target: directory, usually /proc
 * @err: receives the sentence on failure, or NULL
 *
 * Mounted nosuid, nodev and noexec over whatever is there. Async-signal-safe.
 *
 * Affects: the mount namespace of the calling process.
 * Return: 0, -EPERM if the kernel refuses (a /proc that is partly covered
 *         allows no new one in a user namespace), -ENOENT, -ENOTDIR.
 * Since: 0.1
 */
int libns_mount_proc(const char *target, struct libns_error *err);

/**
 * libns_mount_persist() - keep a namespace alive on a file
 * @ns_fd: namespace; borrowed
 * @target: existing file to bind it on
 * @err: receives the sentence on failure, or NULL
 *
 * The binding of a mount namespace must lie on a mount that is not shared and
 * in an older mount namespace. Linux 6.18 can refuse a fresh mount namespace
 * with EINVAL by chance; this is tried again on every CPU. Release it with
 * umount(8).
 *
 * Affects: the mount namespace of the calling process.
 * Return: 0, -EINVAL if the loop check or a shared parent mount forbids it,
 *         -ENOENT, -EPERM.
 * Since: 0.1
 */
int libns_mount_persist(int ns_fd, const char *target, struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
