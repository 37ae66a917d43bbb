/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_LISTNS_H
#define LIBNS_LISTNS_H

/*
 * listns(2) (Linux 6.19), and namespaces by file handle (6.18), which need no
 * path and no holder. Layouts are the kernel's; headers of Debian 12 have neither.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>

#ifndef SYS_listns
#define SYS_listns 470
#endif

/*
 * Ids of the namespaces behind @after (0: from the first one) whose type is among
 * @types, as many as the caller may know of. Return: their number, 0 at the end.
 */
ssize_t listns_read(uint64_t after, uint64_t types, uint64_t *ids, size_t n);

/* How nsfs names a namespace in a file handle. */
struct listns_handle {
	uint64_t id;   /* never reused since boot */
	uint32_t type; /* if this and ino are 0, any namespace (6.19); ESTALE before */
	uint32_t ino;
};

/* Opens that namespace. Return: a descriptor; -ESTALE if it is gone or out of reach. */
int listns_open(const struct listns_handle *handle);

#endif
