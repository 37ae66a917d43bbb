/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CONTAINER_OWNER_H
#define LIBNS_CONTAINER_OWNER_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "text/cgroup-path.h"

/*
 * The owner of a piece of information is whoever could have written it: a user's id, 0 if only root
 * can write it, or one of these two.
 */
#define OWNER_ANYBODY  ((uid_t)-1) /* more than one user could have written it */
#define OWNER_UNPROVEN ((uid_t)-2) /* it could not be found out */

/*
 * Whether the caller trusts this owner without being told to. Only root and the caller are trusted.
 */
bool owner_is_trusted(uid_t owner);

/* Takes one more file or directory of a path into account, from the top, to find out who could
 * have written the end of the path. */
void owner_fold(uid_t *owner, const struct stat *st);

/**
 * owner_open() - open a directory by components, none of them a symbolic link
 * @dir_fd: where @path begins
 * @path: "a/b/c"; slashes before and behind it do not matter
 * @n: bytes of @path
 * @owner: in: who could have written @dir_fd; out: who could have written the directory
 *
 * Return: descriptor (O_PATH), or a negative errno: -ELOOP for a link, -EINVAL
 *         for a path with "..", -EXDEV as owner_look().
 */
int owner_open(int dir_fd, const char *path, size_t n, uid_t *owner);

/**
 * owner_look() - fstat(2) that no file system of an ordinary user can delay or deceive
 * @fd: an O_PATH descriptor of it
 * @owner: who could have written the directory that it was opened in
 * @ret: receives its mode, user, number of links and size; nothing else
 *
 * A file system that an ordinary user has mounted (FUSE) can give any answer, for example that all
 * its files are root's, and can delay it as long as it likes.
 *
 * Return: 0, or a negative errno: -EXDEV for the root of such a mount, and for that of
 *         any mount where @owner is not root.
 */
int owner_look(int fd, uid_t owner, struct stat *ret);

/* Opens whatever @name is, also a link, and calls owner_look(). Return: an O_PATH descriptor. */
int owner_open_file(int dir_fd, const char *name, uid_t owner, struct stat *ret);

/* Finds out who could have written the directory @root_fd itself. */
uid_t owner_of_fd(int fd);

/**
 * owner_of_cgroup() - who could have given a control group its name
 * @cgroup_fd: /sys/fs/cgroup, or -1
 * @found: as cgroup_file_parse() has found it, or with @path, @parent and
 *         @hierarchy alone
 *
 * That is whoever can write to the directory that it is in, or to those above. The group itself may
 * belong to the root of the container.
 *
 * Return: owner; OWNER_UNPROVEN if it cannot be found there.
 */
uid_t owner_of_cgroup(int cgroup_fd, const struct cgroup_container *found);

/**
 * owner_has_process() - whether a process runs for a user
 * @procfs_fd: procfs
 * @pid: process
 * @owner: user
 *
 * The safe test is the owner of the process's user namespace, or of one around it, because the
 * process itself may have any id that the user was given.
 *
 * Return: true if so. Where a procfs has no namespaces (a saved one), the owner
 *         of the process's directory decides.
 */
bool owner_has_process(int procfs_fd, pid_t pid, uid_t owner);

/*
 * Finds out who could have made the mounts that a process sees. That is the first user who is
 * neither root nor the caller among those who made the user namespace of its mount namespace and
 * the ones around that, or else root or the caller. Return: OWNER_UNPROVEN if it may not be looked
 * at.
 */
uid_t owner_of_mount_ns(int procfs_fd, pid_t pid);

#endif
