/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The peer groups of the mount that a descriptor lies on, from statmount(2) or from mountinfo. */

#include "kernel/mount-peers.h"

#include <sys/mount.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/mount-id.h"
#include "kernel/statmount.h"
#include "text/mountinfo.h"

int mount_line_read(int fd, char **ret_text, struct mountinfo *ret)
{
	_cleanup_free_ char *text = NULL;
	uint64_t id;
	int r = mount_id_read(fd, &id);

	if (r == 0)
		r = sys_read_alloc_at(AT_FDCWD, "/proc/thread-self/mountinfo", &text, NULL);
	if (r >= 0)
		r = mountinfo_find(text, id, ret);
	if (r == 0)
		*ret_text = TAKE_PTR(text);
	return r;
}

int mount_peers_read_text(int fd, struct mount_peers *ret)
{
	_cleanup_free_ char *text = NULL;
	struct mountinfo mount;
	int r = mount_line_read(fd, &text, &mount);

	if (r == 0)
		*ret = (struct mount_peers){ mountinfo_tag(mount.tags, "shared") != 0,
					     mountinfo_tag(mount.tags, "master") != 0 };
	return r;
}

int mount_peers_read(int fd, struct mount_peers *ret)
{
	struct statmount_reply reply;

	/* A seccomp filter may return any errno, so after every failure mountinfo is read. */
	if (statmount_of(fd, "", AT_EMPTY_PATH, &reply) < 0)
		return mount_peers_read_text(fd, ret);
	*ret = (struct mount_peers){ reply.mnt_propagation & MS_SHARED, reply.mnt_master != 0 };
	return 0;
}
