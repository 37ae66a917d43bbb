/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/resolve.h"
#include "base/sys.h"
#include "tap.h"

/* Without a writer open(2) of a pipe does not come back. */
TEST(a_pipe_is_no_directory)
{
	DIR *dir = NULL;
	char path[32];
	int ends[2];

	CHECK_INT(pipe(ends), 0);
	close(ends[1]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", tap_keep(ends[0]));
	CHECK_INT(sys_open_dir(AT_FDCWD, path, &dir), -ENOTDIR);
	CHECK(!dir);
}

TEST(what_cannot_be_read_is_not_empty)
{
	char buf[16], *text = NULL;

	CHECK_INT(sys_read_at(AT_FDCWD, "/", buf, sizeof(buf)), -EISDIR);
	CHECK_INT(sys_read_alloc_at(AT_FDCWD, "/", &text, NULL), -EISDIR);
	CHECK(!text);
}

/* Of a process that leads a session without one, any terminal would become its own. */
TEST(a_terminal_is_opened_and_not_taken)
{
	int master = tap_keep(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
	int root = tap_keep(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
	char path[64];

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
	    ptsname_r(master, path, sizeof(path)) != 0)
		SKIP("the kernel has no pseudo terminals here");
	CHECK(setsid() > 0);
	CHECK(tap_keep(resolve_in_root(root, path, O_RDWR, true)) >= 3);
	CHECK(tap_keep(sys_open_at(AT_FDCWD, path, O_RDWR)) >= 3);
	CHECK_INT(open("/dev/tty", O_RDWR | O_CLOEXEC), -1);
	CHECK_INT(errno, ENXIO);
}

TAP_MAIN
