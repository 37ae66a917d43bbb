/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libns/nsfd.h>
#include <libns/proc.h>
#include <libns/type.h>

#include "tap.h"

static int own(const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	fd = libns_fd_open(AT_FDCWD, path, NULL);
	CHECK(fd >= 3);
	return tap_keep(fd);
}

TEST(open_refuses_what_is_no_namespace)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	char dir[] = "/tmp/libns-nsfd-XXXXXX", fifo[64];

	CHECK_INT(libns_fd_open(AT_FDCWD, "/proc/self/status", &err), -EINVAL);
	CHECK_STR(err.text, "'/proc/self/status' is an ordinary file: no namespace is bound on it");
	CHECK_INT(libns_fd_open(AT_FDCWD, "/dev/null", &err), -EINVAL);
	CHECK_STR(err.text, "'/dev/null' is not a namespace");
	CHECK_INT(libns_fd_open(AT_FDCWD, "/nonexistent", &err), -ENOENT);
	CHECK_STR(err.text, "cannot open namespace '/nonexistent': No such file or directory");
	CHECK_INT(err.step, LIBNS_STEP_OPEN);
	CHECK_INT(libns_fd_open(AT_FDCWD, NULL, &err), -EINVAL);
	CHECK_INT(libns_fd_open(AT_FDCWD, "/nonexistent", NULL), -ENOENT);

	/* Without a writer, open(2) for reading would wait for ever. */
	CHECK(mkdtemp(dir) != NULL);
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	CHECK_INT(mkfifo(fifo, 0600), 0);
	CHECK_INT(libns_fd_open(AT_FDCWD, fifo, &err), -EINVAL);
	unlink(fifo);
	rmdir(dir);
}

TEST(open_is_relative_and_close_on_exec)
{
	int dir = tap_keep(open("/proc/self/ns", O_RDONLY | O_DIRECTORY)), fd, fd2 = own("net");

	fd = tap_keep(libns_fd_open(dir, "net", NULL));
	CHECK(fd >= 3);
	CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_INT(libns_fd_same(fd, fd2, NULL), 1);
	/* setns(2) takes no O_PATH descriptor. */
	CHECK_INT(fcntl(fd, F_GETFL) & O_PATH, 0);
}

TEST(open_never_gives_a_standard_descriptor)
{
	int fd;

	close(0);
	fd = tap_keep(libns_fd_open(AT_FDCWD, "/proc/self/ns/net", NULL));
	CHECK(fd >= 3);
	CHECK_INT(fcntl(0, F_GETFD), -1);
	CHECK_INT(open("/dev/null", O_RDONLY), 0);
}

TEST(questions_to_every_type)
{
	for (size_t i = 0; i < LIBNS_N_TYPES; i++) {
		int fd = own(libns_type_name(libns_type_at(i)));
		struct libns_id id;
		uint64_t type = 0;
		struct stat st;

		CHECK_INT(libns_fd_query_type(fd, &type, NULL), 0);
		CHECK_INT(type, libns_type_at(i));
		CHECK_INT(libns_fd_query_id(fd, &id, NULL), 0);
		CHECK_INT(fstat(fd, &st), 0);
		CHECK_INT(id.ino, st.st_ino);
		CHECK_INT(id.dev, st.st_dev);
		CHECK_INT(libns_fd_same(fd, fd, NULL), 1);
		CHECK_INT(libns_fd_same(fd, own(i ? "user" : "net"), NULL), 0);
	}
}

TEST(unique_ids)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	uint64_t a = 0, b = 0, mnt = 0;
	int r = libns_fd_query_unique_id(own("net"), &a, &err);

	if (r == -EOPNOTSUPP)
		SKIP("the kernel has no NS_GET_ID (before Linux 6.18)");
	CHECK_INT(r, 0);
	CHECK_INT(libns_fd_query_unique_id(own("net"), &b, &err), 0);
	CHECK(a == b && a != 0);
	CHECK_INT(libns_fd_query_unique_id(own("mnt"), &mnt, &err), 0);
	CHECK(mnt != a);
}

TEST(wrong_descriptors)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int null = tap_keep(open("/dev/null", O_RDONLY | O_CLOEXEC));
	struct libns_id id = { 1, 2 };
	uint64_t type = 7, unique = 7;
	uid_t uid = 7;
	char text[64];

	snprintf(text, sizeof(text), "descriptor %d is not a namespace", null);
	CHECK_INT(libns_fd_query_id(null, &id, &err), -EINVAL);
	CHECK_STR(err.text, text);
	CHECK_INT(libns_fd_query_type(null, &type, &err), -EINVAL);
	CHECK_INT(libns_fd_query_unique_id(null, &unique, &err), -EINVAL);
	CHECK_INT(libns_fd_query_owner_uid(null, &uid, &err), -EINVAL);
	CHECK_INT(libns_fd_open_owner(null, &err), -EINVAL);
	CHECK_INT(libns_fd_open_parent(null, &err), -EINVAL);
	CHECK_INT(libns_fd_same(null, null, &err), -EINVAL);
	CHECK_INT(libns_fd_query_id(-1, &id, &err), -EBADF);
	CHECK_STR(err.text, "cannot query descriptor -1: Bad file descriptor");
	CHECK_INT(libns_fd_query_type(1023, &type, &err), -EBADF);
	CHECK_INT(libns_fd_open_owner(1023, &err), -EBADF);
	CHECK_INT(libns_fd_same(own("net"), 1023, &err), -EBADF);
	/* Results are written on success only. */
	CHECK_INT(id.dev, 1);
	CHECK_INT(type, 7);
	CHECK_INT(unique, 7);
	CHECK_INT(uid, 7);
}

TEST(path_descriptors_have_an_identity_only)
{
	int fd = tap_keep(open("/proc/self/ns/net", O_PATH | O_CLOEXEC));
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_id id;
	uint64_t n;

	CHECK_INT(libns_fd_query_id(fd, &id, &err), 0);
	CHECK_INT(libns_fd_query_type(fd, &n, &err), -EBADF);
	CHECK_INT(libns_fd_query_unique_id(fd, &n, &err), -EBADF);
}

TEST(owner_and_parent)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int outer = own("user"), inner, owner;
	uid_t uid = 12345;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID) < 0)
		SKIP("no user namespaces here");
	inner = own("user");
	owner = tap_keep(libns_fd_open_owner(own("net"), &err));
	CHECK(owner >= 3);
	CHECK_INT(fcntl(owner, F_GETFD), FD_CLOEXEC);
	CHECK_INT(libns_fd_same(owner, inner, NULL), 1);
	/* Out of reach from inside. */
	CHECK_INT(libns_fd_open_parent(inner, &err), -EPERM);
	CHECK_STR(err.text, "the parent of this user namespace is not visible to the caller");
	CHECK_INT(libns_fd_open_owner(outer, &err), -EPERM);
	CHECK_CONTAINS(err.text, "the owner of this user namespace is not below");
	CHECK_INT(libns_fd_open_parent(own("net"), &err), -EINVAL);
	CHECK_STR(err.text, "a net namespace has no parent");
	CHECK_INT(libns_fd_query_owner_uid(own("net"), &uid, &err), -EINVAL);
	CHECK_STR(err.text, "a net namespace has no owner id, only a user namespace has");
	CHECK_INT(uid, 12345);
	/* Unmapped inside: the overflow id. */
	CHECK_INT(libns_fd_query_owner_uid(inner, &uid, &err), 0);
	CHECK_INT(uid, 65534);
}

TEST(parent_from_outside)
{
	int to_parent[2], to_child[2], inner, parent;
	uid_t uid = 12345;
	char path[64], c;
	pid_t pid;

	CHECK(pipe(to_parent) == 0 && pipe(to_child) == 0);
	for (size_t i = 0; i < 2; i++) {
		tap_keep(to_parent[i]);
		tap_keep(to_child[i]);
	}
	pid = fork();
	if (pid == 0) {
		c = unshare(CLONE_NEWUSER) == 0 ? 'y' : 'n';
		if (write(to_parent[1], &c, 1) == 1)
			_exit(read(to_child[0], &c, 1) < 0);
		_exit(1);
	}
	CHECK_INT(read(to_parent[0], &c, 1), 1);
	if (c != 'y')
		SKIP("no user namespaces here");
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	inner = tap_keep(libns_fd_open(AT_FDCWD, path, NULL));
	CHECK(inner >= 3);
	parent = tap_keep(libns_fd_open_parent(inner, NULL));
	CHECK_INT(libns_fd_same(parent, own("user"), NULL), 1);
	CHECK_INT(libns_fd_query_owner_uid(inner, &uid, NULL), 0);
	CHECK_INT(uid, geteuid());
	CHECK_INT(write(to_child[1], "x", 1), 1);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
}

TEST(probe)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int procfs = tap_keep(open("/proc", O_PATH | O_CLOEXEC));
	int tmp = tap_keep(open("/tmp", O_PATH | O_CLOEXEC));
	uint64_t a = 0, b = 0;

	CHECK_INT(libns_types_probe(LIBNS_PROCFS, &a, &err), 0);
	CHECK((a & LIBNS_TYPE_MNT) && (a & LIBNS_TYPE_PID) && !(a & ~LIBNS_TYPES_ALL));
	CHECK_INT(libns_types_probe(procfs, &b, &err), 0);
	CHECK(a == b);
	CHECK_INT(libns_types_probe(tmp, &b, &err), -ENOENT);
	CHECK_CONTAINS(err.text, "cannot open the namespaces of the calling process");
}

TAP_MAIN
