/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/resolve.h"
#include "refuse.h"
#include "tap.h"

/* A root directory that its owner has filled with traps. Return: O_PATH. */
static int make_root(char dir[64])
{
	int fd;

	snprintf(dir, 64, "/tmp/test-resolve.XXXXXX");
	CHECK(mkdtemp(dir) != NULL);
	CHECK(chdir(dir) == 0);
	CHECK_INT(mkdir("out", 0755) | mkdir("root", 0755), 0);
	CHECK_INT(mkdir("root/a", 0755) | mkdir("root/a/b", 0755) | mkdir("root/run", 0755), 0);
	close(open("root/a/b/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	close(open("root/run/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	close(open("out/secret", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	CHECK_INT(symlink("../../../../../..", "root/up"), 0);
	CHECK_INT(symlink(dir, "root/host"), 0);
	CHECK_INT(symlink("/run", "root/var"), 0);
	CHECK_INT(symlink("../a/b/../b/file", "root/a/link"), 0);
	CHECK_INT(symlink("loop", "root/loop"), 0);
	CHECK_INT(symlink("/none", "root/dangling"), 0);
	CHECK_INT(symlink("var", "root/twice"), 0);
	fd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(fd >= 0);
	return fd;
}

static void remove_root(const char *dir)
{
	static const char *const files[] = { "root/a/b/file", "root/run/file", "out/secret",
					     "root/up",       "root/host",     "root/var",
					     "root/a/link",   "root/loop",     "root/dangling",
					     "root/twice" };
	static const char *const dirs[] = { "root/a/b", "root/a", "root/run", "root", "out" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		CHECK_INT(unlink(files[i]), 0);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		CHECK_INT(rmdir(dirs[i]), 0);
	CHECK_INT(chdir("/") | rmdir(dir), 0);
}

/* What a path leads to, as seen by the caller; @want NULL: the result is @code. */
static void leads(int root, const char *path, int flags, bool links, const char *want, int code)
{
	int fd = resolve_in_root(root, path, flags, links);
	struct stat found, wanted;

	if (!want) {
		if (fd != code)
			TAP_FAIL("%s: %d instead of %d", path, fd, code);
		return;
	}
	if (fd < 3 || fcntl(fd, F_GETFD) != FD_CLOEXEC)
		TAP_FAIL("%s: %s", path, strerror(-fd));
	CHECK_INT(fstat(fd, &found) | lstat(want, &wanted), 0);
	close(fd);
	if (found.st_ino != wanted.st_ino || found.st_dev != wanted.st_dev)
		TAP_FAIL("%s does not lead to %s", path, want);
}

static void check_all(void)
{
	char dir[64], path[128], longer[5000];
	int root = make_root(dir);

	leads(root, "/", O_PATH, true, "root", 0);
	leads(root, "/..", O_PATH, true, "root", 0);
	leads(root, "../../out/secret", O_PATH, true, NULL, -ENOENT);
	leads(root, "up", O_PATH, true, "root", 0);
	leads(root, "up/a//b/./file", O_RDONLY, true, "root/a/b/file", 0);
	leads(root, "host", O_PATH, true, NULL, -ENOENT);
	snprintf(path, sizeof(path), "host/out/secret");
	leads(root, path, O_RDONLY, true, NULL, -ENOENT);
	leads(root, "host", O_PATH | O_NOFOLLOW, true, "root/host", 0);
	leads(root, "var/file", O_RDONLY, true, "root/run/file", 0);
	leads(root, "twice/../a/link", O_RDONLY, true, "root/a/b/file", 0);
	leads(root, "/twice/", O_PATH | O_DIRECTORY, true, "root/run", 0);
	leads(root, "a/b/../../run/file", O_PATH, false, "root/run/file", 0);
	leads(root, "var/file", O_RDONLY, false, NULL, -ELOOP);
	leads(root, "var", O_PATH, false, NULL, -ELOOP);
	leads(root, "loop", O_PATH, true, NULL, -ELOOP);
	leads(root, "dangling", O_PATH, true, NULL, -ENOENT);
	leads(root, "a/b/file/x", O_PATH, true, NULL, -ENOTDIR);
	leads(root, "a/b/file/", O_PATH, true, NULL, -ENOTDIR);
	leads(root, "a/b/file", O_PATH | O_DIRECTORY, true, NULL, -ENOTDIR);
	leads(root, "", O_PATH, true, NULL, -ENOENT);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	leads(root, longer, O_PATH, true, NULL, -ENAMETOOLONG);
	longer[300] = '\0';
	leads(root, longer, O_PATH, true, NULL, -ENAMETOOLONG);
	close(root);
	remove_root(dir);
}

TEST(by_the_kernel)
{
	check_all();
}

TEST(step_by_step_where_the_kernel_has_no_openat2)
{
	refuse(SYS_openat2, ENOSYS);
	check_all();
}

TEST(step_by_step_where_a_filter_refuses_openat2)
{
	refuse(SYS_openat2, EPERM);
	check_all();
}

TAP_MAIN
