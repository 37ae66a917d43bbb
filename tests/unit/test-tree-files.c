/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <libns/enter.h>
#include <libns/run.h>
#include <libns/tree.h>
#include <libns/type.h>

#include "entry-to.h"
#include "may-create.h"

static void need_mounts(void)
{
	if (geteuid() != 0)
		SKIP("only root may mount");
	if (syscall(SYS_mount_setattr, -1, "", 0, NULL, 0) < 0 && errno == ENOSYS)
		SKIP("the kernel has no mount_setattr(2)");
}

static struct stat stat_of(int dir_fd, const char *name)
{
	struct stat st;

	CHECK_INT(fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

/* A file of 300,000 bytes, more than one pipe holds, a link and a directory. */
static struct libns_tree_files some_files(struct libns_tree_file list[4])
{
	struct libns_tree_files files = LIBNS_TREE_FILES_INIT;
	int fd = memfd_create("content", MFD_CLOEXEC);

	CHECK_INT(ftruncate(fd, 299997), 0);
	CHECK_INT(pwrite(fd, "end", 3, 299997), 3);
	list[0] = (struct libns_tree_file){ "program", fd, NULL };
	list[1] = (struct libns_tree_file){ "name", -1, "program" };
	list[2] = (struct libns_tree_file){ "directory", -1, NULL };
	list[3] = (struct libns_tree_file){ "name", -1, "directory" };
	files.files = list;
	files.n_files = 4;
	return files;
}

static void check_files(int tree, uid_t uid)
{
	char text[8] = "";
	int fd = openat(tree, "name", O_RDONLY | O_CLOEXEC);

	CHECK(tree > 2 && fcntl(tree, F_GETFD) == FD_CLOEXEC);
	CHECK_INT(pread(fd, text, 7, 299997), 3);
	CHECK_STR(text, "end");
	close(fd);
	CHECK_INT(stat_of(tree, "program").st_mode, S_IFREG | 0755);
	CHECK_INT(stat_of(tree, "program").st_uid, uid);
	CHECK_INT(stat_of(tree, "directory").st_mode, S_IFDIR | 0755);
	CHECK(S_ISLNK(stat_of(tree, "name").st_mode));
}

TEST(files_for_whoever_makes_them)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_tree_file list[4];
	struct libns_tree_files files = some_files(list);
	int tree;

	need_mounts();
	umask(077);
	files.flags = LIBNS_TREE_READ_ONLY;
	tree = libns_tree_new_files(NULL, &files, &err);
	if (tree < 0)
		TAP_FAIL("%s", err.text);
	check_files(tree, 0);
	CHECK_INT(mkdirat(tree, "more", 0755), -1);
	CHECK_INT(errno, EROFS);
	close(tree);
	list[1].name = "../name";
	CHECK_INT(libns_tree_new_files(NULL, &files, &err), -EINVAL);
	CHECK_STR(err.text, "'../name' is not the name of a file in a directory");
	list[1].name = "";
	CHECK_INT(libns_tree_new_files(NULL, &files, &err), -EINVAL);
	list[1].name = "name";
	close(list[0].fd);
	CHECK_INT(libns_tree_new_files(NULL, &files, &err), -EBADF);
	CHECK_STR(err.text,
		  "cannot make a file system in memory with 4 files: Bad file descriptor");
	files.size = 0;
	CHECK_INT(libns_tree_new_files(NULL, &files, &err), -EINVAL);
}

static void to_user_namespace(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		_exit(1);
}

/* The caller has no number in there, and could make nothing. */
TEST(files_of_somebody_who_has_a_number_inside)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_tree_file list[4];
	struct libns_tree_files files = some_files(list);
	struct libns_entry *entry;
	pid_t pid;
	int tree;

	need_mounts();
	may_create(CLONE_NEWUSER);
	pid = start(to_user_namespace);
	map_ids(pid, "uid_map", "0 70000 10");
	map_ids(pid, "gid_map", "0 70000 10");
	entry = entry_to(pid, LIBNS_ENTER_ROOT, LIBNS_TYPES_ALL);
	files.uid = 7;
	files.gid = 8;
	tree = libns_tree_new_files(entry, &files, &err);
	if (tree < 0)
		TAP_FAIL("%s", err.text);
	check_files(tree, 70007);
	CHECK_INT(stat_of(tree, "name").st_gid, 70008);
	close(tree);
	close(list[0].fd);
	libns_entry_free(entry);
}

/* Nothing there but a full directory, an empty one, a link and a mount. */
static void furnish(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("inside", "/mnt", "tmpfs", 0, NULL) < 0 || mkdir("/mnt/full", 0755) < 0 ||
	    mkdir("/mnt/full/some", 0755) < 0 || mkdir("/mnt/empty", 0755) < 0 ||
	    symlink("empty", "/mnt/link") < 0 || mkdir("/mnt/volume", 0755) < 0 ||
	    mount("/mnt/empty", "/mnt/volume", NULL, MS_BIND, NULL) < 0 || chroot("/mnt") < 0)
		_exit(1);
}

TEST(the_place_that_is_least_missed)
{
	static const char *const places[] = { "/none", "/link", "/volume", "/full", "/empty" };
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_entry *entry;

	need_mounts();
	entry = entry_to(start(furnish), LIBNS_ENTER_ROOT, LIBNS_TYPES_ALL);
	CHECK_INT(libns_tree_choose_place(entry, places, 5, 0, &err), 4);
	CHECK_INT(libns_tree_choose_place(entry, places, 4, 0, &err), 3);
	CHECK_INT(libns_tree_choose_place(entry, places, 3, 0, &err), -ENOENT);
	CHECK_STR(err.text, "cannot choose a directory to cover: No such file or directory");
	libns_entry_free(entry);
}

static int run_program(void *data)
{
	char name[] = "true";
	char *const argv[] = { name, NULL };

	CHECK_INT(fchdir(*(const int *)data), 0);
	CHECK_INT(chroot("."), 0);
	libns_exec("/true", argv, NULL, NULL);
	return 1;
}

TEST(a_busybox_under_all_its_names)
{
	struct libns_tree_files files = LIBNS_TREE_FILES_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_child *child;
	int tree, status;

	need_mounts();
	files.flags = LIBNS_TREE_READ_ONLY;
	tree = libns_tree_new_busybox(NULL, &files, &err);
	if (tree == -ENOENT)
		SKIP("busybox is not a static one here");
	if (tree < 0)
		TAP_FAIL("%s", err.text);
	CHECK_INT(stat_of(tree, "busybox").st_mode, S_IFREG | 0755);
	CHECK(S_ISLNK(stat_of(tree, "sh").st_mode));
	plan.main = run_program;
	plan.main_data = &tree;
	CHECK_INT(libns_spawn(&plan, &child, &err), 0);
	CHECK_INT(libns_child_wait(child, 0, &status, &err), 0);
	libns_child_free(child);
	CHECK_INT(status, 0);
	close(tree);
}

static int look_around(void *data)
{
	(void)data;
	if (access("/old/etc", F_OK) < 0 || access("/program", F_OK) < 0)
		return 1;
	return access("/etc", F_OK) == 0 ? 2 : 0;
}

/* The names of a directory of tools for the program, from its point of view. */
static int look_for_tools(void *data)
{
	const char *place = data;
	char path[64];

	snprintf(path, sizeof(path), "%s/bin/true", place);
	if (access(path, X_OK) < 0)
		return 1;
	snprintf(path, sizeof(path), "%s/new", place);
	if (creat(path, 0644) >= 0 || errno != EROFS)
		return 2;
	return strcmp(place, "/tools") || access("/container/old", F_OK) == 0 ? 0 : 3;
}

static void furnish_mnt(void)
{
	furnish();
	if (mkdir("/mnt", 0755) < 0)
		_exit(1);
}

static void furnish_nothing(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("root", "/mnt", "tmpfs", 0, NULL) < 0 || mkdir("/mnt/old", 0755) < 0 ||
	    chroot("/mnt") < 0)
		_exit(1);
}

/* Shows the tools of @dir to a program inside, which looks for them. */
static void show_tools(void (*inside)(void), const char *dir, const char *wanted)
{
	struct libns_tree_files files = LIBNS_TREE_FILES_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_mount_plan *mounts;
	struct libns_child *child;
	const char *place = NULL;
	int status, next, r;

	plan.entry = entry_to(start(inside), LIBNS_ENTER_ROOT, LIBNS_TYPES_ALL);
	next = open("/", O_PATH | O_CLOEXEC);
	close(next);
	CHECK_INT(libns_mount_plan_new(&mounts, &err), 0);
	r = libns_tree_show_tools(plan.entry, &files, dir, mounts, &place, &err);
	if (r < 0)
		TAP_FAIL("%s", err.text);
	CHECK_INT(r, !strcmp(wanted, "/tools"));
	CHECK_STR(place, wanted);
	plan.flags = LIBNS_PLAN_OWN_MOUNTS;
	plan.mounts = mounts;
	plan.main = look_for_tools;
	plan.main_data = (void *)(uintptr_t)place;
	if (libns_spawn(&plan, &child, &err) < 0 || libns_child_wait(child, 0, &status, &err) < 0)
		TAP_FAIL("%s", err.text);
	CHECK_INT(status, 0);
	libns_child_free(child);
	libns_mount_plan_free(mounts);
	/* The trees were the plan's. */
	CHECK_INT(open("/", O_PATH | O_CLOEXEC), next);
	close(next);
	libns_entry_free((struct libns_entry *)(uintptr_t)plan.entry);
}

static void remove_tools(void *data)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/bin/true", (const char *)data);
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	rmdir(data);
}

TEST(tools_where_there_is_room)
{
	static char dir[] = "/tmp/tools-XXXXXX";
	char path[64];

	need_mounts();
	CHECK(mkdtemp(dir));
	tap_later(remove_tools, dir);
	snprintf(path, sizeof(path), "%s/bin", dir);
	CHECK_INT(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/bin/true", dir);
	CHECK_INT(close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755)), 0);
	show_tools(furnish_mnt, dir, "/mnt");
	show_tools(furnish_nothing, dir, "/tools");
}

TEST(a_tree_that_covers_the_root_becomes_the_root)
{
	struct libns_tree_file list[4];
	struct libns_tree_files files = some_files(list);
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_mount_plan *mounts;
	struct libns_child *child;
	int status, trees[2];

	need_mounts();
	list[2].name = "old";
	trees[0] = libns_tree_new_files(NULL, &files, &err);
	trees[1] = libns_tree_open("/", LIBNS_TREE_PRIVATE, &err);
	if (trees[0] < 0 || trees[1] < 0 || libns_mount_plan_new(&mounts, &err) < 0)
		TAP_FAIL("%s", err.text);
	CHECK_INT(libns_mount_plan_add_tree(mounts, trees[0], "/", &err), 0);
	CHECK_INT(libns_mount_plan_add_tree(mounts, trees[1], "/old", &err), 0);
	plan.flags = LIBNS_PLAN_OWN_MOUNTS;
	plan.mounts = mounts;
	plan.main = look_around;
	if (libns_spawn(&plan, &child, &err) < 0)
		TAP_FAIL("%s", err.text);
	CHECK_INT(libns_child_wait(child, 0, &status, &err), 0);
	libns_child_free(child);
	CHECK_INT(status, 0);
	libns_mount_plan_free(mounts);
	close(trees[0]);
	close(trees[1]);
	close(list[0].fd);
}

TAP_MAIN
