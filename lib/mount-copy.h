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

/*
 * A copy in which nothing is mounted but a clone of the directory @dir_fd, which becomes
 * root and working directory. Nobody outside notices. What is a mount point elsewhere is
 * an ordinary file here.
 */
int mount_copy_empty(int dir_fd);

#endif
