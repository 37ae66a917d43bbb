/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_NSFD_H
#define LIBNS_NSFD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <libns/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Facts about one open namespace. Every ns_fd is borrowed: it is never closed
 * and never kept. See ioctl_ns(2) and namespaces(7).
 */

/* The identity of a namespace while it lives: device and inode of nsfs. */
struct libns_id {
	uint64_t dev;
	uint64_t ino;
};

/**
 * libns_id_equal() - whether two identities name the same namespace
 * @a: first
 * @b: second
 *
 * Affects: nothing.
 * Return: true if device and inode are equal.
 * Since: 0.1
 */
bool libns_id_equal(const struct libns_id *a, const struct libns_id *b);

/**
 * libns_fd_open() - open a namespace file by path
 * @dir_fd: directory for a relative @path, or AT_FDCWD
 * @path: /proc/<pid>/ns/<name>, or a file that a namespace is bound on
 * @err: receives the sentence on failure, or NULL
 *
 * Refuses everything that is not on nsfs. Opening cannot hang on a FIFO.
 *
 * Ownership: the caller closes the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing outside the caller's descriptor table.
 * Return: descriptor, -EINVAL if @path is not a namespace, or the errno of
 *         open(2).
 * Since: 0.1
 */
int libns_fd_open(int dir_fd, const char *path, struct libns_error *err);

/**
 * libns_fd_query_id() - identity of a namespace
 * @ns_fd: namespace
 * @ret_id: receives device and inode
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: nothing.
 * Return: 0, -EINVAL if the descriptor is not on nsfs, -EBADF.
 * Since: 0.1
 */
int libns_fd_query_id(int ns_fd, struct libns_id *ret_id, struct libns_error *err);

/**
 * libns_fd_query_unique_id() - an identity that is unique until the next boot
 * @ns_fd: namespace
 * @ret_id: receives the kernel's 64-bit namespace id
 * @err: receives the sentence on failure, or NULL
 *
 * Needs NS_GET_ID of Linux 6.18, or for a mount namespace NS_GET_MNTNS_ID of
 * Linux 6.11.
 *
 * Affects: nothing.
 * Return: 0, or -EOPNOTSUPP if the kernel does not know this request.
 * Since: 0.1
 */
int libns_fd_query_unique_id(int ns_fd, uint64_t *ret_id, struct libns_error *err);

/**
 * libns_fd_query_type() - type of a namespace
 * @ns_fd: namespace
 * @ret_type: receives one LIBNS_TYPE_* bit
 * @err: receives the sentence on failure, or NULL
 *
 * Needs NS_GET_NSTYPE of Linux 4.11.
 *
 * Affects: nothing.
 * Return: 0, -EINVAL if the descriptor is not a namespace, -EBADF.
 * Since: 0.1
 */
int libns_fd_query_type(int ns_fd, uint64_t *ret_type, struct libns_error *err);

/**
 * libns_fd_query_owner_uid() - user id that created a user namespace
 * @ns_fd: user namespace
 * @ret_uid: receives the id as the caller's user namespace sees it
 * @err: receives the sentence on failure, or NULL
 *
 * Needs NS_GET_OWNER_UID of Linux 4.11.
 *
 * Affects: nothing.
 * Return: 0, -EINVAL if @ns_fd is not a user namespace.
 * Since: 0.1
 */
int libns_fd_query_owner_uid(int ns_fd, uid_t *ret_uid, struct libns_error *err);

/**
 * libns_fd_open_owner() - open the user namespace that owns a namespace
 * @ns_fd: namespace; for a user namespace this is its parent
 * @err: receives the sentence on failure, or NULL
 *
 * Needs NS_GET_USERNS of Linux 4.9.
 *
 * Ownership: the caller closes the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing outside the caller's descriptor table.
 * Return: descriptor, or -EPERM if there is no owner or it is above the
 *         caller's own user namespace.
 * Since: 0.1
 */
int libns_fd_open_owner(int ns_fd, struct libns_error *err);

/**
 * libns_fd_open_parent() - open the parent of a pid or user namespace
 * @ns_fd: namespace
 * @err: receives the sentence on failure, or NULL
 *
 * Needs NS_GET_PARENT of Linux 4.9.
 *
 * Ownership: the caller closes the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing outside the caller's descriptor table.
 * Return: descriptor, -EPERM if the parent is out of the caller's scope or
 *         there is none, -EINVAL if this type has no parents.
 * Since: 0.1
 */
int libns_fd_open_parent(int ns_fd, struct libns_error *err);

/**
 * libns_fd_same() - whether two descriptors refer to the same namespace
 * @ns_fd_a: first
 * @ns_fd_b: second
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: nothing.
 * Return: 1 or 0, or a negative errno.
 * Since: 0.1
 */
int libns_fd_same(int ns_fd_a, int ns_fd_b, struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
