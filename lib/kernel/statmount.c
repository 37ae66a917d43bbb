/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The two system calls that tell about mounts of any namespace, see statmount.h. */

#include "kernel/statmount.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"

int sys_statmount(const struct statmount_request *request, struct statmount_reply *reply,
		  size_t size)
{
	return syscall(SYS_statmount, request, reply, size, 0) < 0 ? -errno : 0;
}

const char *statmount_string(const struct statmount_reply *reply, size_t size, uint64_t which)
{
	size_t n = size - sizeof(*reply), at;

	if (size < sizeof(*reply) || !(reply->mask & which))
		return NULL;
	at = which == STATMOUNT_MNT_ROOT_ ? reply->mnt_root : reply->mnt_point;
	return at < n && memchr(reply->strings + at, '\0', n - at) ? reply->strings + at : NULL;
}

int statmount_of(int dir_fd, const char *path, int flags, struct statmount_reply *ret)
{
	struct statmount_request request = { .size = STATMOUNT_FIRST_SIZE,
					     .param = STATMOUNT_SB_BASIC_ | STATMOUNT_MNT_BASIC_ };
	struct sys_statx st;
	int r;

	r = sys_statx(dir_fd, path, flags | AT_STATX_DONT_SYNC, SYS_STATX_MNT_ID_UNIQUE, &st);
	if (r < 0)
		return r;
	if (!(st.mask & SYS_STATX_MNT_ID_UNIQUE))
		return -ENOSYS;
	request.mnt_id = st.mnt_id;
	return sys_statmount(&request, ret, sizeof(*ret));
}

int statmount_propagation(const char *path, uint64_t *ret_propagation)
{
	struct statmount_reply reply;
	int r = statmount_of(AT_FDCWD, path, 0, &reply);

	if (r == 0)
		*ret_propagation = reply.mnt_propagation;
	return r;
}

ssize_t sys_listmount(const struct statmount_request *request, uint64_t *ids, size_t n)
{
	long r = syscall(SYS_listmount, request, ids, n, 0);

	return r < 0 ? -errno : r;
}
