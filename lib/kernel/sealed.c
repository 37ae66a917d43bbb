/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Whoever can open such a file through /proc/PID/exe can only read it, whatever
 * their capabilities: the seals belong to the file and cannot be removed.
 */

#include "kernel/sealed.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <libns/seal.h>

#include "base/base.h"
#include "base/sys.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020 /* Linux 6.3 */
#endif

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

int sealed_new(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd < 0 ? -errno : sys_fd_above_stdio(fd);
}

int sealed_close(int fd)
{
	if (fchmod(fd, 0555) < 0)
		return -errno;
	if (fcntl(fd, F_ADD_SEALS, SEALS | F_SEAL_EXEC) < 0 && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return -errno;
	return 0;
}

bool sealed_is(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & SEALS) == SEALS;
}

LIBNS_PUBLIC bool libns_seal_is_needless(void)
{
	struct stat st;

	return geteuid() != 0 && stat("/proc/self/exe", &st) == 0 && st.st_uid != geteuid() &&
	       faccessat(AT_FDCWD, "/proc/self/exe", W_OK, AT_EACCESS) < 0 &&
	       (errno == EACCES || errno == EROFS);
}
