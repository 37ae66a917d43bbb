/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SCAN_LINK_H
#define LIBNS_SCAN_LINK_H

/* What the texts of procfs tell about one namespace: the text of a link and that of a fdinfo. */

#include <stdint.h>
#include <sys/types.h>

#include <libns/type.h>

/* Paths of the links relative to /proc/<pid>, in the order of types. */
extern const char *const scan_ns_paths[LIBNS_N_TYPES];

/*
 * Reads the link of a namespace. Return: the type's index, -EBADMSG if the link leads to
 * something else, or the errno of readlinkat(2), negative.
 */
int scan_read_link(int dir_fd, const char *path, uint64_t *ret_ino);

/*
 * Opens the directory of a process, and proves by one of its links that it is still a member
 * of the namespace @ino: the number may be another process's by now. Return: descriptor
 * (O_PATH), -ESRCH if it is not, or a negative errno.
 */
int scan_open_member(int procfs_fd, pid_t pid, const char *link, uint64_t ino);

/*
 * Reads the beginning of the fdinfo of a descriptor of this process, which says what the file is;
 * what follows are its locks, of which there are any number. Async-signal-safe. Return: 0 or -errno.
 */
#define SCAN_FDINFO_ROOM 512
int scan_own_fdinfo(int procfs_fd, int fd, char ret[SCAN_FDINFO_ROOM]);

/* Return: the inode number in the text of a fdinfo if it can be one of a namespace, or else 0. */
uint64_t scan_fdinfo_ino(const char *fdinfo);

#endif
