/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_HOLDER_H
#define LIBNS_HOLDER_H

#include <stddef.h>
#include <sys/types.h>

#include <libns/error.h>
#include <libns/scan.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What keeps a namespace of a snapshot (libns/scan.h) alive: its members, open descriptors, bind
 * mounts and other namespaces.
 */

/* Why a namespace is alive. */
enum libns_holder_kind {
	LIBNS_HOLDER_PROCESS,      /* pid is a member */
	LIBNS_HOLDER_THREAD,       /* thread tid of pid is a member, its process is not */
	LIBNS_HOLDER_FOR_CHILDREN, /* children of thread tid of pid will be born in it */
	LIBNS_HOLDER_FD,           /* descriptor fd of thread tid of pid is open on it */
	LIBNS_HOLDER_SOCKET,       /* fd is a socket made in this net namespace */
	LIBNS_HOLDER_TUN,          /* fd is a tun device of this net namespace */
	LIBNS_HOLDER_QUEUED,       /* a descriptor waits to be received in the unix socket fd */
	LIBNS_HOLDER_IO_URING,     /* a descriptor is registered with the io_uring fd */
	LIBNS_HOLDER_MOUNT,        /* it is bound on path in the mount namespace node */
	LIBNS_HOLDER_CHILD,        /* node is its child */
	LIBNS_HOLDER_OWNED,        /* it owns node */
	LIBNS_HOLDER_TREE          /* it is bound on path in the detached tree behind fd */
};

struct libns_holder {
	enum libns_holder_kind kind;
	pid_t pid;                     /* 0 if no process is involved */
	pid_t tid;                     /* thread of pid; equal to pid for the main one */
	int fd;                        /* descriptor number of that process, or -1 */
	const struct libns_node *node; /* mount, child or owned namespace, or NULL */
	const char *path; /* as seen in that mount namespace, or from the root of the tree; NULL */
};

/**
 * libns_holder_kind_name() - a kind of holder as a stable lower-case word
 * @kind: one of enum libns_holder_kind
 *
 * Ownership: constant string.
 * Affects: nothing.
 * Return: "process", "for_children", ...; NULL for other values.
 * Since: 0.1
 */
const char *libns_holder_kind_name(enum libns_holder_kind kind);

struct libns_holders;

/**
 * libns_holders_new() - everything that keeps a namespace alive
 * @scan: snapshot, which must outlive the list
 * @node: namespace of @scan
 * @ret_holders: receives the list, ordered by kind
 * @err: receives the sentence on failure, or NULL
 *
 * Ownership: free with libns_holders_free(); what its entries point to belongs to @scan.
 * Affects: nothing.
 * Return: 0 or -ENOMEM.
 * Since: 0.1
 */
int libns_holders_new(const struct libns_scan *scan, const struct libns_node *node,
		      struct libns_holders **ret_holders, struct libns_error *err);

/**
 * libns_holders_free() - free a list of holders
 * @holders: list, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_holders *libns_holders_free(struct libns_holders *holders);

/* For __attribute__((cleanup(libns_holders_freep))). */
static inline void libns_holders_freep(struct libns_holders **holders)
{
	*holders = libns_holders_free(*holders);
}

/**
 * libns_holders_count() - how many holders there are
 * @holders: list
 *
 * Affects: nothing.
 * Return: number.
 * Since: 0.1
 */
size_t libns_holders_count(const struct libns_holders *holders);

/**
 * libns_holders_at() - one of the holders
 * @holders: list
 * @i: index from 0
 *
 * Ownership: belongs to @holders.
 * Affects: nothing.
 * Return: holder, or NULL beyond the end.
 * Since: 0.1
 */
const struct libns_holder *libns_holders_at(const struct libns_holders *holders, size_t i);

#ifdef __cplusplus
}
#endif

#endif
