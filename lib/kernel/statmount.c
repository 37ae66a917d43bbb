/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The two system calls that tell about mounts of any namespace, see statmount.h. */

#include "kernel/statmount.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
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

static int look_at_mount(struct statmount_request request,
			 int (*found)(void *data, const char *root, const char *point), void *data)
{
	union {
		struct statmount_reply reply;
		char bytes[sizeof(struct statmount_reply) + 2 * 4096 + 64];
	} u;
	const char *root;
	int r;

	/* The cheap question comes first, because hardly any mount is one of nsfs. */
	request.param = STATMOUNT_SB_BASIC_;
	u.reply.sb_magic = 0;
	r = sys_statmount(&request, &u.reply, sizeof(u.reply));
	if (r < 0 || u.reply.sb_magic != (uint64_t)SYS_NSFS_MAGIC)
		return sys_is_failure(r) ? r : 0;
	request.param = STATMOUNT_MNT_ROOT_ | STATMOUNT_MNT_POINT_;
	r = sys_statmount(&request, &u.reply, sizeof(u));
	if (r < 0)
		return sys_is_failure(r) ? r : 0;
	root = statmount_string(&u.reply, sizeof(u), STATMOUNT_MNT_ROOT_);
	return root ? found(data, root, statmount_string(&u.reply, sizeof(u), STATMOUNT_MNT_POINT_))
		    : 0;
}

int statmount_each_ns(const struct statmount_request *from,
		      int (*found)(void *data, const char *root, const char *point), void *data)
{
	struct statmount_request below = *from, one = *from;
	uint64_t ids[512];
	ssize_t n;

	do {
		n = sys_listmount(&below, ids, ARRAY_SIZE(ids));
		for (ssize_t i = 0; i < n; i++) {
			int r;

			one.mnt_id = ids[i];
			r = look_at_mount(one, found, data);
			if (r < 0)
				return r;
		}
		if (n > 0)
			below.param = ids[n - 1];
	} while (n == (ssize_t)ARRAY_SIZE(ids));
	return n < 0 ? (int)n : 0;
}
