/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A namespace as procfs writes it: the text of a link, "net:[4026531840]", and the inode
 * number in the fdinfo of a descriptor.
 */

#include "scan/link.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "scan/model.h"
#include "text/procfile.h"

/* Inode numbers of namespaces are above 2^32 - 2^28, or are the fixed ones just below it. */
#define FIRST_INO UINT64_C(0xeffffff0)

const char *const scan_ns_paths[LIBNS_N_TYPES] = {
	"ns/user", "ns/cgroup", "ns/ipc", "ns/uts", "ns/net", "ns/pid", "ns/mnt", "ns/time",
};

int scan_read_link(int dir_fd, const char *path, uint64_t *ret_ino)
{
	char text[64];
	ssize_t n = readlinkat(dir_fd, path, text, sizeof(text));
	int type;

	if (n < 0)
		return -errno;
	if ((size_t)n == sizeof(text))
		return -EBADMSG;
	text[n] = '\0';
	type = model_parse_link(text, ret_ino);
	return type < 0 ? -EBADMSG : type;
}

int scan_open_member(int procfs_fd, pid_t pid, const char *link, uint64_t ino)
{
	_cleanup_close_ int dir_fd = -1;
	uint64_t now;
	char name[16];
	int r;

	error_format(name, sizeof(name), "%d", pid);
	dir_fd = sys_open_at(procfs_fd, name, O_PATH | O_DIRECTORY);
	if (dir_fd < 0)
		return dir_fd;
	r = scan_read_link(dir_fd, link, &now);
	if (r < 0)
		return r;
	return now == ino ? TAKE_FD(dir_fd) : -ESRCH;
}

int scan_own_fdinfo(int procfs_fd, int fd, char ret[SCAN_FDINFO_ROOM])
{
	_cleanup_close_ int info_fd = -1;
	char path[32];
	ssize_t n;

	error_format(path, sizeof(path), "self/fdinfo/%d", fd);
	info_fd = sys_open_at(procfs_fd, path, O_RDONLY);
	if (info_fd < 0)
		return info_fd;
	n = sys_read_full(info_fd, ret, SCAN_FDINFO_ROOM - 1, 0);
	if (n < 0)
		return (int)n;
	ret[n] = '\0';
	return 0;
}

uint64_t scan_fdinfo_ino(const char *fdinfo)
{
	uint64_t ino;

	/* Linux 5.14 */
	if (procfile_find_u64(fdinfo, "ino", &ino) < 0 || ino < FIRST_INO || ino > UINT32_MAX)
		return 0;
	return ino;
}
