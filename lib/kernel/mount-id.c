/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which mount a descriptor lies on, and whether two lie at the same place. */

#include "kernel/mount-id.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "text/procfile.h"

int mount_id_read(int fd, uint64_t *ret)
{
	char path[64], text[1024];
	struct sys_statx place;
	ssize_t n;

	/* Since Linux 5.8; a filter may refuse it with any errno. */
	if (sys_statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, SYS_STATX_MNT_ID, &place) == 0 &&
	    (place.mask & SYS_STATX_MNT_ID)) {
		*ret = place.mnt_id;
		return 0;
	}
	error_format(path, sizeof(path), "/proc/thread-self/fdinfo/%d", fd);
	n = sys_read_at(AT_FDCWD, path, text, sizeof(text));
	return n < 0 ? (int)n : procfile_find_u64(text, "mnt_id", ret);
}

int mount_is_same_place(int a_fd, int b_fd)
{
	struct stat a, b;
	uint64_t a_id, b_id;
	int r;

	if (fstat(a_fd, &a) < 0 || fstat(b_fd, &b) < 0)
		return -errno;
	if (a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		return 0;
	r = mount_id_read(a_fd, &a_id);
	if (r == 0)
		r = mount_id_read(b_fd, &b_id);
	return r < 0 ? r : a_id == b_id;
}
