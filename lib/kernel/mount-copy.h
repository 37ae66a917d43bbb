/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_MOUNT_COPY_H
#define LIBNS_MOUNT_COPY_H

/*
 * Copies of the calling thread's mount namespace, which it is in afterwards. All of this
 * is async-signal-safe. Return: 0 or a negative errno, after which the caller may be in
 * a copy that is half made: it ends, or touches no mount.
 */

/* A copy that takes part in what is mounted outside, and gives nothing back. */
int mount_copy_slave(void);

/* The propagation (MS_SLAVE, ...) of all mounts of a copy that was made already and that nobody
 * else is in; also in a chroot. */
int mount_copy_set(unsigned long propagation);

/* Makes the root of the mount namespace root and working directory. */
int mount_copy_leave_chroot(void);

/* A copy, with its own view of the directory @dir_fd as working directory. */
int mount_copy_enter(int dir_fd);

/* Afterwards, nothing that happens to a mount below "/" is seen outside. */
int mount_copy_part(void);

/*
 * Afterwards nothing is mounted but a clone of the working directory, which becomes root.
 * Nobody outside notices. What is a mount point elsewhere is an ordinary file here. Costs
 * much more than unmounting one thing: every process is looked at.
 */
int mount_copy_empty(void);

#endif
