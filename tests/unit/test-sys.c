/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
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

TEST(only_a_regular_file_is_read_where_others_may_have_put_one)
{
	char dir[] = "/tmp/libns-sys.XXXXXX", *text = NULL;
	size_t size = 0;
	int fd;

	CHECK(mkdtemp(dir));
	fd = tap_keep(open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	CHECK_INT(mkfifoat(fd, "pipe", 0600), 0);
	CHECK_INT(sys_read_regular_at(fd, "pipe", &text, &size), -EINVAL);
	CHECK_INT(sys_read_regular_at(fd, ".", &text, &size), -EINVAL);
	CHECK_INT(sys_read_regular_at(fd, "none", &text, &size), -ENOENT);
	CHECK(!text);
	CHECK_INT(unlinkat(fd, "pipe", 0), 0);
	CHECK_INT(rmdir(dir), 0);
	CHECK_INT(sys_read_regular_at(AT_FDCWD, "/proc/self/comm", &text, &size), 0);
	CHECK(size > 0 && strlen(text) == size);
	free(text);
}

TEST(a_name_is_an_entry_of_one_directory)
{
	static const char *const paths[] = { "",   ".",  "..",   "/",   "a/b",
					     "/a", "a/", "../a", "./a", "four\nfive" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		CHECK(!base_is_entry_name(paths[i], 8));
	CHECK(base_is_entry_name("four\nive", 8));
	CHECK(base_is_entry_name("...", 3));
	CHECK(base_is_entry_name(".a", 2));
	CHECK(!base_is_entry_name("a", 0));
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
