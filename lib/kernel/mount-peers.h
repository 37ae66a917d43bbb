/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_MOUNT_PEERS_H
#define LIBNS_MOUNT_PEERS_H

#include <stdbool.h>

/* To whom a mount gives what is mounted on it, and from whom it takes. */
struct mount_peers {
	bool shared;
	bool slave;
};

/* Of the mount that @fd lies on. Return: 0, or a negative errno. Not async-signal-safe. */
int mount_peers_read(int fd, struct mount_peers *ret);

/* The same from mountinfo alone, for kernels before Linux 6.8. */
int mount_peers_read_text(int fd, struct mount_peers *ret);

/*
 * The line of a descriptor's mount in the calling process's mountinfo. @ret_text receives
 * the file, which the words point into; free(3) it.
 */
struct mountinfo;
int mount_line_read(int fd, char **ret_text, struct mountinfo *ret);

#endif
