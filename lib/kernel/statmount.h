/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_STATMOUNT_H
#define LIBNS_STATMOUNT_H

/*
 * statmount(2), listmount(2) (Linux 6.8; other mount namespaces 6.11) and the
 * walk over all mount namespaces (6.12). Headers of Debian 12 have none of it;
 * the layouts below are the kernel's.
 */

#include <linux/nsfs.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/types.h>

struct statmount_request {
	uint32_t size;
	uint32_t spare;
	uint64_t mnt_id;
	uint64_t param;     /* what to tell; the last id seen */
	uint64_t mnt_ns_id; /* 0: the caller's */
};

/* The size of the request in Linux 6.8, which had no field for the namespace. */
#define STATMOUNT_FIRST_SIZE 24

struct statmount_reply {
	uint32_t size;
	uint32_t mnt_opts;
	uint64_t mask; /* what it has told */
	uint32_t sb_dev_major, sb_dev_minor;
	uint64_t sb_magic;
	uint32_t sb_flags;
	uint32_t fs_type;
	uint64_t mnt_id, mnt_parent_id;
	uint32_t mnt_id_old, mnt_parent_id_old;
	uint64_t mnt_attr;
	uint64_t mnt_propagation;
	uint64_t mnt_peer_group, mnt_master, propagate_from;
	uint32_t mnt_root, mnt_point; /* offsets into the strings */
	uint64_t mnt_ns_id;
	uint64_t spare[49];
	char strings[];
};

_Static_assert(sizeof(struct statmount_reply) == 512, "the kernel's layout");

#ifndef SYS_statmount
#define SYS_statmount 457
#define SYS_listmount 458
#endif

#define STATMOUNT_SB_BASIC_  UINT64_C(0x01)
#define STATMOUNT_MNT_BASIC_ UINT64_C(0x02)
#define STATMOUNT_MNT_ROOT_  UINT64_C(0x08)
#define STATMOUNT_MNT_POINT_ UINT64_C(0x10)

/* Facts about one mount; -EOVERFLOW if the strings do not fit. */
int sys_statmount(const struct statmount_request *request, struct statmount_reply *reply,
		  size_t size);

/**
 * statmount_string() - a text of a reply
 * @reply: what sys_statmount() has filled
 * @size: of the buffer that it lies in
 * @which: STATMOUNT_MNT_ROOT_ or STATMOUNT_MNT_POINT_
 *
 * Return: text, ended within @size; NULL if it was not told or lies elsewhere.
 */
const char *statmount_string(const struct statmount_reply *reply, size_t size, uint64_t which);

/* The basics of the mount that a file lies on, named as for statx(2); -ENOSYS before Linux 6.8. */
int statmount_of(int dir_fd, const char *path, int flags, struct statmount_reply *ret);

/* MS_SHARED, MS_PRIVATE, ... of the mount that @path lies on; -ENOSYS before Linux 6.8. */
int statmount_propagation(const char *path, uint64_t *ret_propagation);

/**
 * statmount_each_ns() - bind mounts of namespaces
 * @from: the mount below which they are looked for, the mount namespace, and the size for that
 * @found: is called with each one's root, "net:[4026531840]", and with its place, or NULL if the
 *         kernel does not tell it; until it returns less than 0
 * @data: for @found
 *
 * Those that vanish meanwhile, or are denied, are passed over. Async-signal-safe. Return: 0, what
 * @found has returned, -EOVERFLOW if a path is longer than paths can be, or why it cannot be asked.
 */
int statmount_each_ns(const struct statmount_request *from,
		      int (*found)(void *data, const char *root, const char *point), void *data);

/* Ids of all mounts behind request->param; the number of @ids filled. */
ssize_t sys_listmount(const struct statmount_request *request, uint64_t *ids, size_t n);

#define LISTMOUNT_ROOT UINT64_MAX

struct mount_ns_info {
	uint32_t size;
	uint32_t n_mounts;
	uint64_t id;
};

/* The neighbour of a mount namespace: a descriptor with facts, -ENOENT at the end. */
#define MOUNT_NS_INFO _IOR(NSIO, 10, struct mount_ns_info)
#define MOUNT_NS_NEXT _IOR(NSIO, 11, struct mount_ns_info)
#define MOUNT_NS_PREV _IOR(NSIO, 12, struct mount_ns_info)

#endif
