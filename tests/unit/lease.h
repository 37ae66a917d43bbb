/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TEST_LEASE_H
#define TEST_LEASE_H

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"

/* A program that does not start: whoever executes it waits until the lease of it is given back,
 * for 45 seconds at most. The file is gone when @ret_fd is closed and its name removed. */
static inline const char *leased_program(int *ret_fd)
{
	static char path[] = "/tmp/test-lease.XXXXXX";
	int fd = mkstemp(path);

	CHECK(fd >= 0);
	CHECK_INT(fchmod(fd, 0700), 0);
	signal(SIGIO, SIG_IGN);
	if (fcntl(fd, F_SETLEASE, F_WRLCK) < 0) {
		unlink(path);
		SKIP("no leases of files in /tmp: %m");
	}
	*ret_fd = fd;
	return path;
}

#endif
