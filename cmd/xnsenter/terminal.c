/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whether there is a terminal of the caller's, and whether the program could get at it. */

#include <fcntl.h>
#include <unistd.h>

#include "xnsenter/xnsenter.h"

bool terminal_is_ours(void)
{
	return isatty(0) && isatty(1) && tcgetpgrp(0) == getpgrp();
}

bool terminal_in_reach(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || isatty(0) || isatty(1) || isatty(2);
}
