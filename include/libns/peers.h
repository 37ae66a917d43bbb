/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_PEERS_H
#define LIBNS_PEERS_H

#include <stddef.h>
#include <stdint.h>

#include <libns/error.h>
#include <libns/scan.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Which mount namespaces have a mount in which peer group, see mount_namespaces(7). What is mounted
 * below one mount of a group appears below all mounts of that group.
 */
struct libns_peers;

/**
 * libns_peers_new() - read the peer groups in all mount namespaces of a snapshot
 * @scan: snapshot, with tasks; it has to outlive the result
 * @ret_peers: receives them
 * @err: receives the sentence on failure, or NULL
 *
 * A mount namespace is read through one of its processes. If it has none, or its processes have
 * ended meanwhile, it has no groups here.
 *
 * Ownership: free with libns_peers_free().
 * Affects: nothing.
 * Return: 0, -EACCES if a mount namespace may not be read, -ENOMEM.
 * Since: 0.1
 */
int libns_peers_new(const struct libns_scan *scan, struct libns_peers **ret_peers,
		    struct libns_error *err);

/**
 * libns_peers_count() - number of mount namespaces with a mount in a peer group
 * @peers: groups
 * @group: number of the group
 *
 * This counts mount namespaces with a mount that is shared in the group, and those with a mount
 * whose master is the group.
 *
 * Affects: nothing.
 * Return: the number.
 * Since: 0.1
 */
size_t libns_peers_count(const struct libns_peers *peers, uint64_t group);

/**
 * libns_peers_at() - a mount namespace with a mount in a peer group
 * @peers: groups
 * @group: number of the group
 * @i: index from 0
 *
 * Ownership: the node belongs to the snapshot.
 * Affects: nothing.
 * Return: the namespace, in the order of their inodes, or NULL beyond the last one.
 * Since: 0.1
 */
const struct libns_node *libns_peers_at(const struct libns_peers *peers, uint64_t group, size_t i);

/**
 * libns_peers_free() - free the groups
 * @peers: groups, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_peers *libns_peers_free(struct libns_peers *peers);

/* For __attribute__((cleanup(libns_peers_freep))). */
static inline void libns_peers_freep(struct libns_peers **peers)
{
	*peers = libns_peers_free(*peers);
}

#ifdef __cplusplus
}
#endif

#endif
