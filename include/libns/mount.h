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
int libns_propagation_parse(const char *name, unsigned long *ret_flags, struct libns_error *err);

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
int libns_mount_set_propagation(const char *path, unsigned long flags, struct libns_error *err);

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
 * libns_mount_renew() - make sure the mount namespace can be kept in another
 * @older_fd: mount namespace in which libns_mount_persist() will be called;
 *            borrowed
 * @err: receives the sentence on failure, or NULL
 *
 * A mount namespace can only be kept in an older one, and the kernel judges
 * that by an id. Linux 6.18 hands out these ids separately on each CPU, so a
 * namespace that was just made may count as older, and then always will. If the
 * calling thread's mount namespace does not count as newer than @older_fd, it
 * is replaced by a copy made on another CPU; otherwise this costs a few system
 * calls. Call it right after the mount namespace was made, before anybody else
 * is in it.
 *
 * Async-signal-safe.
 *
 * Affects: calling thread: its mount namespace; the CPU affinity is restored.
 * Return: 0, -EAGAIN if no allowed CPU gives a higher id, -EPERM, -ENOSPC,
 *         -EINVAL or -EBADF if @older_fd is not a mount namespace.
 * Since: 0.1
 */
int libns_mount_renew(int older_fd, struct libns_error *err);

/**
 * libns_mount_persist() - keep a namespace alive on a file
 * @ns_fd: namespace; borrowed
 * @target: existing file to bind it on; not a symbolic link
 * @err: receives the sentence on failure, or NULL
 *
 * A mount namespace can only be kept in an older one (see libns_mount_renew())
 * and on a mount that is not shared. Needs /proc. Release it with umount(8).
 * Async-signal-safe.
 *
 * Affects: the mount namespace of the calling process.
 * Return: 0, -EINVAL if @ns_fd is not a namespace, or a mount namespace that is
 *         not newer than the caller's, or @target lies on a shared mount;
 *         -ENOTDIR if @target is a directory, -ELOOP if it is a symbolic link,
 *         -ENOENT, -EPERM, -EBADF.
 * Since: 0.1
 */
int libns_mount_persist(int ns_fd, const char *target, struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
