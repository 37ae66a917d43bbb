/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_MOUNT_H_PRIVATE
#define LIBNS_MOUNT_H_PRIVATE

#include <stdbool.h>
#include <stdint.h>

#include <libns/error.h>

/*
 * Mounts on a file that is held by a descriptor (O_PATH): whoever can exchange
 * files in its directory chooses neither what is covered nor what is uncovered.
 * All of this is async-signal-safe and needs /proc.
 */

/* The name of a descriptor in /proc. A thread may have descriptors of its own, and outlive the
 * main thread. Return: @buf. */
#define MOUNT_LINK_SIZE 48
const char *mount_fd_link(int fd, char buf[MOUNT_LINK_SIZE]);

/* For a namespace of @type. Not through a symbolic link, no directory. */
int mount_file_open(uint64_t type, const char *path, struct libns_error *err);

/* Binds a namespace on it; @path is for the sentence. */
int mount_file_bind(int ns_fd, int file_fd, const char *path, struct libns_error *err);

/* Binds the file on itself, and makes that mount private. */
int mount_file_on_itself(int file_fd);
int mount_file_make_private(int file_fd, const char *path);

/* Whether something is mounted over it; @path is looked at where nothing else tells. */
bool mount_file_is_covered(int file_fd, const char *path);

/* Removes the uppermost mount over it. */
void mount_file_uncover(int file_fd);

#endif
