/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The two calls that scan/listns.c consists of. */

#include "kernel/listns.h"

#include <fcntl.h>
#include <string.h>

#include "base/base.h"
#include "base/sys.h"

#define NSFS_ROOT   (-10003) /* FD_NSFS_ROOT, instead of a descriptor on nsfs */
#define HANDLE_NSFS 0xf1     /* FILEID_NSFS */

ssize_t listns_read(uint64_t after, uint64_t types, uint64_t *ids, size_t n)
{
	const struct {
		uint32_t size, spare;
		uint64_t after;
		uint32_t types, spare2;
		uint64_t user_ns; /* 0: whoever owns it */
	} request = { sizeof(request), 0, after, (uint32_t)types, 0, 0 };
	long r = syscall(SYS_listns, &request, ids, n, 0);

	return r < 0 ? -errno : r;
}

int listns_open(const struct listns_handle *handle)
{
	union {
		struct file_handle handle;
		char bytes[sizeof(struct file_handle) + sizeof(*handle)];
	} u = { .handle = { .handle_bytes = sizeof(*handle), .handle_type = HANDLE_NSFS } };
	int fd;

	memcpy(u.handle.f_handle, handle, sizeof(*handle));
	fd = open_by_handle_at(NSFS_ROOT, &u.handle, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : sys_fd_above_stdio(fd);
}
