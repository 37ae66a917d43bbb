/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The two system calls that tell about mounts of any namespace, see statmount.h. */

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "statmount.h"

#ifndef SYS_statmount
#define SYS_statmount 457
#define SYS_listmount 458
#endif

int sys_statmount(const struct statmount_request *request, struct statmount_reply *reply,
		  size_t size)
{
	return syscall(SYS_statmount, request, reply, size, 0) < 0 ? -errno : 0;
}

ssize_t sys_listmount(const struct statmount_request *request, uint64_t *ids, size_t n)
{
	long r = syscall(SYS_listmount, request, ids, n, 0);

	return r < 0 ? -errno : r;
}
