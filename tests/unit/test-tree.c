/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include <libns/run.h>
#include <libns/tree.h>
#include <libns/type.h>

#include "entry-to.h"
#include "may-create.h"

static void need_trees(void)
{
	if (geteuid() != 0)
		SKIP("only root may mount");
	if (syscall(SYS_mount_setattr, -1, "", 0, NULL, 0) < 0 && errno == ENOSYS)
		SKIP("the kernel has no mount_setattr(2)");
}

#define PLACE "/tmp/place"

static void remove_place(void *data)
{
	(void)data;
	while (umount2(PLACE, MNT_DETACH) == 0)
		;
	umount2("/tmp", MNT_DETACH);
}

/* An empty directory that nobody else sees. */
static const char *make_place(void)
{
	CHECK_INT(mount("place", "/tmp", "tmpfs", 0, NULL), 0);
	tap_later(remove_place, NULL);
	CHECK_INT(mkdir(PLACE, 0755), 0);
	return PLACE;
}

static int new_tmpfs(void)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int fd = libns_tree_new_tmpfs(&err);

	if (fd < 0)
		TAP_FAIL("%s", err.text);
	CHECK(fd > 2 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	return fd;
}

static void make_file(int dir_fd, const char *path)
{
	int fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	CHECK(fd >= 0);
	close(fd);
}

static bool exists(int dir_fd, const char *path)
{
	return faccessat(dir_fd, path, F_OK, 0) == 0;
}

static unsigned long flags_of(int dir_fd, const char *path)
{
	int fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statvfs fs;

	CHECK(fd >= 0);
	CHECK_INT(fstatvfs(fd, &fs), 0);
	close(fd);
	return fs.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV);
}

TEST(a_file_system_in_memory)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	const char *dir;
	int fd;

	need_trees();
	dir = make_place();
	fd = new_tmpfs();
	make_file(fd, "file");
	CHECK(!exists(AT_FDCWD, "/tmp/file"));
	CHECK_INT(libns_tree_attach(fd, dir, &err), 0);
	CHECK_INT(chdir(dir), 0);
	CHECK(exists(AT_FDCWD, "file"));
	CHECK_INT(chdir("/"), 0);
	CHECK_INT(libns_tree_attach(fd, "/tmp/test-tree.none", &err), -ENOENT);
	CHECK_INT(err.step, LIBNS_STEP_MOUNT);
	CHECK_STR(err.text, "cannot attach a tree of mounts to '/tmp/test-tree.none': No such file "
			    "or directory");
	close(fd);
}

TEST(flags_one_by_one)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int fd;

	need_trees();
	fd = new_tmpfs();
	CHECK_INT(flags_of(fd, "."), 0);
	CHECK_INT(libns_tree_restrict(fd, LIBNS_TREE_NODEV, &err), 0);
	CHECK_INT(flags_of(fd, "."), ST_NODEV);
	CHECK_INT(libns_tree_restrict(fd, LIBNS_TREE_NOSUID, &err), 0);
	CHECK_INT(flags_of(fd, "."), ST_NODEV | ST_NOSUID);
	CHECK_INT(libns_tree_restrict(fd, LIBNS_TREE_READ_ONLY, &err), 0);
	CHECK_INT(flags_of(fd, "."), ST_NODEV | ST_NOSUID | ST_RDONLY);
	CHECK_INT(libns_tree_restrict(fd, LIBNS_TREE_NOSYMFOLLOW << 1, &err), -EINVAL);
	CHECK_STR(err.text, "this libns knows no flag of a tree with the value 1 << 6");
	CHECK_INT(libns_tree_open("/", LIBNS_TREE_NOSYMFOLLOW << 1, &err), -EINVAL);
	close(fd);
	CHECK_INT(libns_tree_restrict(-1, LIBNS_TREE_NODEV, &err), -EBADF);
}

/* A file system in memory at @dir, and another one on its directory "sub". */
static void mount_two(const char *dir)
{
	CHECK_INT(mount("a", dir, "tmpfs", 0, NULL), 0);
	CHECK_INT(mount(NULL, dir, NULL, MS_SHARED, NULL), 0);
	CHECK_INT(chdir(dir), 0);
	CHECK_INT(mkdir("sub", 0755) | mkdir("copy", 0755) | mkdir("late", 0755), 0);
	CHECK_INT(mount("b", "sub", "tmpfs", 0, NULL), 0);
	make_file(AT_FDCWD, "sub/file");
}

TEST(a_copy_has_all_mounts_and_flags_on_all)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int fd;

	need_trees();
	mount_two(make_place());
	fd = libns_tree_open(".", LIBNS_TREE_READ_ONLY, &err);
	if (fd < 0)
		TAP_FAIL("%s", err.text);
	CHECK(fd > 2 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(exists(fd, "sub/file"));
	CHECK_INT(flags_of(fd, "."), ST_RDONLY);
	CHECK_INT(flags_of(fd, "sub"), ST_RDONLY);
	CHECK_INT(flags_of(AT_FDCWD, "sub"), 0);
	close(fd);
	CHECK_INT(libns_tree_open("none", 0, &err), -ENOENT);
	CHECK_STR(err.text, "cannot copy the mounts of 'none': No such file or directory");
	CHECK_INT(chdir("/"), 0);
}

TEST(a_private_copy_sees_nothing_new)
{
	need_trees();
	mount_two(make_place());
	for (int i = 0; i < 2; i++) {
		int fd = libns_tree_open(".", i ? LIBNS_TREE_PRIVATE : 0, NULL);

		CHECK(fd >= 0);
		CHECK_INT(libns_tree_attach(fd, "/mnt", NULL), 0);
		CHECK_INT(mount("c", "late", "tmpfs", 0, NULL), 0);
		make_file(AT_FDCWD, "late/file");
		CHECK_INT(exists(fd, "late/file"), !i);
		CHECK_INT(umount2("late", MNT_DETACH), 0);
		CHECK_INT(umount2("/mnt", MNT_DETACH), 0);
		close(fd);
	}
	CHECK_INT(chdir("/"), 0);
}

TEST(whoever_may_not_mount)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (geteuid() == 0)
		CHECK_INT(setresuid(65533, 65533, 65533), 0);
	CHECK_INT(libns_tree_open("/", 0, &err), -EPERM);
	CHECK_INT(libns_tree_new_tmpfs(&err), -EPERM);
	CHECK_STR(err.text, "cannot make a file system in memory: Operation not permitted");
}

/* ------------------------------------------------------------------ made elsewhere */

static void to_sandbox(void)
{
	if (unshare(CLONE_NEWUSER) < 0)
		_exit(1);
}

TEST(an_ordinary_user_with_the_rights_of_his_sandbox)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_entry *entry;
	int fd;

	if (geteuid() == 0) {
		need_trees();
		CHECK_INT(setresgid(65533, 65533, 65533) | setresuid(65533, 65533, 65533), 0);
		/* Its descriptors of /proc belong to it again. */
		prctl(PR_SET_DUMPABLE, 1);
	}
	may_create(CLONE_NEWUSER);
	entry = entry_to(start(to_sandbox), 0, LIBNS_TYPES_ALL);
	fd = libns_tree_open_as(entry, "/usr", LIBNS_TREE_READ_ONLY, &err);
	if (fd < 0)
		TAP_FAIL("%s", err.text);
	CHECK(fd > 2 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(exists(fd, "bin"));
	CHECK(flags_of(fd, ".") & ST_RDONLY);
	close(fd);
	CHECK_INT(libns_tree_open_as(entry, "/usr/none", 0, &err), -ENOENT);
	CHECK_STR(err.text, "cannot copy the mounts of '/usr/none': No such file or directory");
	CHECK_INT(libns_tree_open_root(entry, 0, &err), -ENODATA);
	CHECK_STR(err.text, "no mount namespace is entered");
	libns_entry_leave_out(entry, LIBNS_TYPE_USER);
	CHECK_INT(libns_tree_open_as(entry, "/usr", 0, &err), -EPERM);
	libns_entry_free(entry);
}

static void mount_inside(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("inside", "/mnt", "tmpfs", 0, NULL) < 0 || mkdir("/mnt/below", 0755) < 0 ||
	    mkdir("/mnt/below/marker", 0755) < 0)
		_exit(1);
}

static void mount_inside_and_leave(void)
{
	mount_inside();
	/* In this order: no user namespace is made in a chroot. */
	if (unshare(CLONE_NEWUSER) < 0 || chroot("/mnt/below") < 0)
		_exit(1);
}

TEST(the_root_of_a_mount_namespace)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_entry *entry;
	int fd;

	need_trees();
	entry = entry_to(start(mount_inside), LIBNS_ENTER_ROOT, LIBNS_TYPES_ALL);
	fd = libns_tree_open_root(entry, 0, &err);
	if (fd < 0)
		TAP_FAIL("%s", err.text);
	CHECK(fd > 2 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(exists(fd, "mnt/below/marker"));
	CHECK(!exists(AT_FDCWD, "/mnt/below"));
	close(fd);
	libns_entry_free(entry);
}

static void enter_chroot(void)
{
	mount_inside();
	if (chroot("/mnt") < 0)
		_exit(1);
}

/* The root of whoever enters: with and without the one of the target. */
TEST(the_root_that_a_program_will_have)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_entry *entry;
	pid_t pid;

	need_trees();
	pid = start(enter_chroot);
	for (int adopts = 0; adopts < 2; adopts++) {
		int fd;

		entry = entry_to(pid, adopts ? LIBNS_ENTER_ROOT : 0, LIBNS_TYPES_ALL);
		fd = libns_entry_open_root(entry, &err);
		if (fd < 0)
			TAP_FAIL("%s", err.text);
		CHECK(fd > 2 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
		CHECK_INT(exists(fd, "below/marker"), adopts);
		CHECK_INT(exists(fd, "mnt/below/marker"), !adopts);
		close(fd);
		libns_entry_free(entry);
	}
	entry = entry_to(getpid(), LIBNS_ENTER_ROOT, LIBNS_TYPES_ALL);
	CHECK_INT(libns_entry_open_root(entry, &err), -ENODATA);
	libns_entry_free(entry);
}

TEST(the_root_of_a_process_that_is_in_another_user_namespace_than_its_mounts)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_entry *entry;
	int fd;

	need_trees();
	entry = entry_to(start(mount_inside_and_leave), LIBNS_ENTER_ROOT, LIBNS_TYPES_ALL);
	fd = libns_tree_open_root(entry, 0, &err);
	if (fd < 0)
		TAP_FAIL("%s", err.text);
	CHECK(exists(fd, "marker"));
	close(fd);
	libns_entry_free(entry);
}

/* ------------------------------------------------------------------ steps of a plan */

static int look(void *data)
{
	const char *path = data;

	if (!exists(AT_FDCWD, path))
		return 1;
	/* What is mounted here stays here. */
	return mount("here", "/tmp", "tmpfs", 0, NULL) < 0 ? 2 : 0;
}

static struct libns_mount_plan *plan_tree(int tree, const char *target)
{
	struct libns_mount_plan *mounts;

	CHECK_INT(libns_mount_plan_new(&mounts, NULL), 0);
	CHECK_INT(libns_mount_plan_add_tree(mounts, tree, target, NULL), 0);
	return mounts;
}

TEST(a_tree_in_mounts_of_its_own)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_child *child;
	const char *place;
	char path[128];
	int status, tree;

	need_trees();
	tree = new_tmpfs();
	place = make_place();
	make_file(tree, "file");
	snprintf(path, sizeof(path), "%s/file", place);
	/* Where all is shared, as below systemd. */
	CHECK_INT(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL), 0);
	plan.main = look;
	plan.main_data = path;
	plan.mounts = plan_tree(tree, place);
	CHECK_INT(libns_spawn(&plan, &child, &err), -EINVAL);
	plan.flags = LIBNS_PLAN_OWN_MOUNTS;
	if (libns_spawn(&plan, &child, &err) < 0)
		TAP_FAIL("%s", err.text);
	CHECK_INT(libns_child_wait(child, 0, &status, &err), 0);
	libns_child_free(child);
	CHECK_INT(status, 0);
	CHECK(!exists(AT_FDCWD, path));
	CHECK(exists(AT_FDCWD, PLACE));
	libns_mount_plan_free(plan.mounts);
	close(tree);
}

TEST(a_place_that_is_not_there)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_child *child;
	char path[] = "/";
	int tree;

	need_trees();
	tree = new_tmpfs();
	plan.flags = LIBNS_PLAN_OWN_MOUNTS;
	plan.main = look;
	plan.main_data = path;
	plan.mounts = plan_tree(tree, "/tmp/test-tree.none");
	CHECK_INT(libns_spawn(&plan, &child, &err), -ENOENT);
	CHECK_CONTAINS(err.text, "'/tmp/test-tree.none' does not exist");
	libns_mount_plan_free(plan.mounts);
	close(tree);
}

TAP_MAIN
