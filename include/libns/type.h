/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_TYPE_H
#define LIBNS_TYPE_H

#include <stddef.h>
#include <stdint.h>

#include <libns/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Namespace types are the kernel's own CLONE_NEW* bits, and a set of types is
 * their OR, as unshare(2), setns(2) and NS_GET_NSTYPE use them. The values are
 * repeated here because <sched.h> defines them only with _GNU_SOURCE.
 */
#define LIBNS_TYPE_TIME   UINT64_C(0x00000080)
#define LIBNS_TYPE_MNT    UINT64_C(0x00020000)
#define LIBNS_TYPE_CGROUP UINT64_C(0x02000000)
#define LIBNS_TYPE_UTS    UINT64_C(0x04000000)
#define LIBNS_TYPE_IPC    UINT64_C(0x08000000)
#define LIBNS_TYPE_USER   UINT64_C(0x10000000)
#define LIBNS_TYPE_PID    UINT64_C(0x20000000)
#define LIBNS_TYPE_NET    UINT64_C(0x40000000)
#define LIBNS_TYPES_ALL   UINT64_C(0x7e020080)
#define LIBNS_N_TYPES     8

/**
 * libns_type_name() - the name of a type, as in /proc/<pid>/ns
 * @type: exactly one LIBNS_TYPE_* bit
 *
 * Ownership: constant string.
 * Affects: nothing.
 * Return: "mnt", "net", ...; NULL if @type is not one known bit.
 * Since: 0.1
 */
const char *libns_type_name(uint64_t type);

/**
 * libns_type_at() - iterate over all types
 * @i: index from 0
 *
 * The order is the one in which a process with privileges outside joins them
 * one by one: user first, mnt and time last.
 *
 * Affects: nothing.
 * Return: one bit, or 0 from LIBNS_N_TYPES on.
 * Since: 0.1
 */
uint64_t libns_type_at(size_t i);

/**
 * libns_types_parse() - read a comma-separated list of type names
 * @list: such as "net,mnt"; "mount" and "network" are accepted for "mnt", "net"
 * @ret_types: receives the set
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: nothing.
 * Return: 0, or -EINVAL for an unknown or empty name.
 * Since: 0.1
 */
int libns_types_parse(const char *list, uint64_t *ret_types, struct libns_error *err);

/**
 * libns_types_format() - write a set of types as words
 * @types: set; unknown bits are ignored
 * @buf: receives "user,mnt,net", in the order of libns_type_at()
 * @size: bytes at @buf; 48 are always enough
 *
 * Affects: nothing.
 * Return: @buf.
 * Since: 0.1
 */
const char *libns_types_format(uint64_t types, char *buf, size_t size);

/**
 * libns_types_probe() - the types this kernel knows
 * @procfs_fd: directory descriptor of a procfs, or LIBNS_PROCFS
 * @ret_types: receives the set
 * @err: receives the sentence on failure, or NULL
 *
 * Looks which of the links of proc_pid_ns(5) the calling process has.
 *
 * Affects: nothing.
 * Return: 0, or a negative errno if procfs cannot be read.
 * Since: 0.1
 */
int libns_types_probe(int procfs_fd, uint64_t *ret_types, struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
