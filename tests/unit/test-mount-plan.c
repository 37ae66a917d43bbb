/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "refuse.h"
#include "spawn.h"

#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef SYS_move_mount
#define SYS_move_mount 429
#endif
#ifndef SYS_fsopen
#define SYS_fsopen 430
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

#define PLACE "/tmp/place"

static void make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	CHECK(fd >= 0);
	close(fd);
}

static void put(const char *path, const char *format, unsigned int id)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	char text[64];

	snprintf(text, sizeof(text), format, id);
	CHECK(write(fd, text, strlen(text)) > 0);
	close(fd);
}

/*
 * In a mount namespace of the test's own: "root" and "out", side by side. Somebody has filled
 * the root with links that lead out of it.
 */
static void make_place(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	may_create(CLONE_NEWUSER | CLONE_NEWNS);
	CHECK_INT(unshare(uid ? CLONE_NEWUSER | CLONE_NEWNS : CLONE_NEWNS), 0);
	if (uid) {
		put("/proc/self/setgroups", "deny", 0);
		put("/proc/self/uid_map", "0 %u 1", uid);
		put("/proc/self/gid_map", "0 %u 1", gid);
	}
	CHECK_INT(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	CHECK_INT(mount("place", "/tmp", "tmpfs", 0, NULL), 0);
	CHECK_INT(mkdir(PLACE, 0755) | chdir(PLACE), 0);
	CHECK_INT(mkdir("root", 0755) | mkdir("out", 0755) | mkdir("out/below", 0755), 0);
	CHECK_INT(mkdir("root/dir", 0755) | mkdir("root/run", 01777) | mkdir("root/real", 0755), 0);
	make_file("root/file");
	make_file("out/file");
	CHECK_INT(symlink(PLACE "/out", "root/etc"), 0);
	CHECK_INT(symlink("../../../../.." PLACE "/out", "root/dev"), 0);
	CHECK_INT(symlink("/real", "root/proc"), 0);
	CHECK_INT(symlink("/run", "root/var"), 0);
}

static struct libns_mount_plan *new_plan(const char *root, uint64_t flags)
{
	struct libns_mount_plan *mounts;

	CHECK_INT(libns_mount_plan_new(&mounts, NULL), 0);
	if (root)
		CHECK_INT(libns_mount_plan_set_root(mounts, root, flags, NULL), 0);
	return mounts;
}

/* Carries it out around @look. Return: what that returned, or a negative errno. */
static int carry_out(struct libns_mount_plan *mounts, int (*look)(void *data),
		     struct libns_error *err)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_child *child;
	int r, status;

	plan.types = LIBNS_TYPE_MNT;
	plan.propagation = MS_PRIVATE | MS_REC;
	plan.mounts = mounts;
	plan.main = look;
	r = libns_spawn(&plan, &child, err);
	libns_mount_plan_free(mounts);
	if (r < 0)
		return r;
	status = status_of(child);
	libns_child_free(child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int nothing(void *data)
{
	(void)data;
	return 0;
}

static bool has(const char *path, mode_t type)
{
	struct stat st;

	return lstat(path, &st) == 0 && (st.st_mode & S_IFMT) == type;
}

static unsigned long flags_of(const char *path)
{
	struct statvfs fs;

	return statvfs(path, &fs) == 0 ? fs.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC)
				       : ~0ul;
}

static int look_at_root(void *data)
{
	(void)data;
	if (!has("/dir/file", S_IFREG) || !has("/file", S_IFREG) || has(PLACE, S_IFDIR))
		return 1;
	/* By the link /var: of the new root, with the mode of what is covered. */
	if (!has("/run/a/b", S_IFDIR) || !has("/run/link", S_IFLNK) || has("/var/none", S_IFDIR))
		return 2;
	if (flags_of("/run") != (ST_NOSUID | ST_RDONLY) || flags_of("/dir") != ST_RDONLY)
		return 3;
	if (flags_of("/") != ST_NODEV || chdir("/..") < 0 || !has("dir", S_IFDIR))
		return 4;
	return 0;
}

static int build_root(struct libns_error *err)
{
	struct libns_mount_plan *mounts = new_plan("root", LIBNS_TREE_NODEV);

	CHECK_INT(libns_mount_plan_add_bind(mounts, "out", "/dir", LIBNS_TREE_READ_ONLY, err), 0);
	CHECK_INT(libns_mount_plan_add_tmpfs(mounts, "var/",
					     LIBNS_TREE_NOSUID | LIBNS_TREE_READ_ONLY, NULL, err),
		  0);
	CHECK_INT(libns_mount_plan_add_dir(mounts, "/run/a//b/", err), 0);
	CHECK_INT(libns_mount_plan_add_dir(mounts, "/var/a", err), 0);
	CHECK_INT(libns_mount_plan_add_symlink(mounts, "/none", "/run/link", err), 0);
	CHECK_INT(libns_mount_plan_add_symlink(mounts, "/none", "/run/link", err), 0);
	return carry_out(mounts, look_at_root, err);
}

static void check_build_root(void)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int r = build_root(&err);

	if (r)
		TAP_FAIL("%d: %s", r, err.text);
	/* Nothing of it is seen here. */
	CHECK(!has("root/dir/file", S_IFREG) && !has("root/run/a", S_IFDIR));
}

TEST(a_root_with_mounts_in_it)
{
	make_place();
	check_build_root();
}

TEST(whatever_call_is_missing)
{
	static const long calls[] = { SYS_open_tree, SYS_move_mount, SYS_fsopen,
				      SYS_mount_setattr };

	make_place();
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			refuse(calls[i], i % 2 ? ENOSYS : EPERM);
			check_build_root();
			_exit(0);
		}
		CHECK_INT(waitpid(pid, &status, 0), pid);
		if (status)
			TAP_FAIL("without call %ld", calls[i]);
	}
}

/* One operation that is refused, and how. */
static void refuses(struct libns_mount_plan *mounts, int r, int code, const char *text)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	CHECK_INT(r, 0);
	CHECK_INT(carry_out(mounts, nothing, &err), code);
	CHECK_STR(err.text, text);
	CHECK_INT(err.step, LIBNS_STEP_MOUNT);
}

TEST(links_lead_nowhere_else)
{
	struct libns_mount_plan *mounts;

	make_place();
	for (int i = 0; i < 2; i++) {
		if (i)
			refuse(437 /* openat2 */, ENOSYS);
		mounts = new_plan("root", 0);
		refuses(mounts, libns_mount_plan_add_tmpfs(mounts, "/etc", 0, NULL, NULL), -ENOENT,
			"'/etc' does not exist, and nothing is made on a file system of the host");
		mounts = new_plan("root", 0);
		refuses(mounts, libns_mount_plan_add_tmpfs(mounts, "/dev/below", 0, NULL, NULL),
			-ENOENT,
			"'/dev/below' does not exist, and nothing is made on a file system of the "
			"host");
		mounts = new_plan("root", 0);
		refuses(mounts, libns_mount_plan_add_proc(mounts, "/proc", NULL), -ELOOP,
			"cannot use '/proc': a symbolic link is on the way to it");
		mounts = new_plan("root", 0);
		refuses(mounts, libns_mount_plan_add_bind(mounts, "out", "//proc/", 0, NULL),
			-ELOOP, "cannot use '//proc/': a symbolic link is on the way to it");
		mounts = new_plan("root", 0);
		refuses(mounts, libns_mount_plan_add_dir(mounts, "../../out/made", NULL), -ENOENT,
			"'../../out/made' does not exist, and nothing is made on a file system of "
			"the host");
	}
	CHECK(has("root/etc", S_IFLNK) && !has("out/made", S_IFDIR) && !has("root/out", S_IFDIR));
}

TEST(what_does_not_fit)
{
	struct libns_mount_plan *mounts;

	make_place();
	mounts = new_plan("root", 0);
	refuses(mounts, libns_mount_plan_add_bind(mounts, "out", "/file", 0, NULL), -ENOTDIR,
		"'/file' is to be a directory, and is none");
	mounts = new_plan("root", 0);
	refuses(mounts, libns_mount_plan_add_bind(mounts, "out/file", "/dir", 0, NULL), -EISDIR,
		"a file cannot be mounted on '/dir', which is a directory");
	mounts = new_plan("root", 0);
	CHECK_INT(libns_mount_plan_add_tmpfs(mounts, "/run", 0, NULL, NULL), 0);
	CHECK_INT(libns_mount_plan_add_symlink(mounts, "a", "/run/link", NULL), 0);
	refuses(mounts, libns_mount_plan_add_symlink(mounts, "b", "/run/link", NULL), -EEXIST,
		"cannot make the symbolic link '/run/link': File exists");
	mounts = new_plan("root", 0);
	refuses(mounts, libns_mount_plan_add_tmpfs(mounts, "dir/..", 0, NULL, NULL), -EBUSY,
		"'dir/..' leads to the root itself, which is written '/'");
	/* Another directory of the same name is not what was meant. */
	mounts = new_plan("root", 0);
	CHECK_INT(libns_mount_plan_add_bind(mounts, "out/below", "/dir", 0, NULL), 0);
	CHECK_INT(rename("out/below", "out/other") | mkdir("out/below", 0755), 0);
	refuses(mounts, 0, -ESTALE,
		"cannot mount 'out/below': another file has taken its place meanwhile");
}

static int look_at_flags(void *data)
{
	(void)data;
	if (flags_of("/dir") != (ST_RDONLY | ST_NOSUID) ||
	    flags_of("/dir/below") != (ST_RDONLY | ST_NODEV))
		return 1;
	return open("/dir/below/new", O_WRONLY | O_CREAT | O_CLOEXEC, 0644) < 0 && errno == EROFS
		       ? 0
		       : 2;
}

TEST(flags_of_a_source_are_kept_and_new_ones_hold_for_all_of_it)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_mount_plan *mounts;

	make_place();
	CHECK_INT(mount("out", "out", NULL, MS_BIND, NULL), 0);
	CHECK_INT(mount(NULL, "out", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID, NULL), 0);
	CHECK_INT(mount("sub", "out/below", "tmpfs", MS_NODEV, NULL), 0);
	for (int i = 0; i < 3; i++) {
		/* The second time with a bind by path, and then without a way to do it for all. */
		if (i)
			refuse(i == 1 ? SYS_open_tree : SYS_mount_setattr, ENOSYS);
		mounts = new_plan("root", 0);
		CHECK_INT(libns_mount_plan_add_bind(mounts, "out", "/dir", LIBNS_TREE_READ_ONLY,
						    NULL),
			  0);
		CHECK_INT(carry_out(mounts, look_at_flags, &err), i < 2 ? 0 : -EOPNOTSUPP);
	}
	CHECK_STR(err.text, "cannot restrict 'out' with all that is mounted below it: "
			    "mount_setattr(2) is missing or refused");
}

static int look_at_empty_root(void *data)
{
	(void)data;
	return has("/a/b/file", S_IFREG) && has("/bin", S_IFLNK) && !has("/tmp", S_IFDIR) ? 0 : 1;
}

TEST(a_root_of_nothing)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	make_place();
	for (int i = 0; i < 2; i++) {
		struct libns_mount_plan *mounts = new_plan(NULL, 0);

		if (i)
			refuse(SYS_move_mount, ENOSYS);
		CHECK_INT(libns_mount_plan_add_tmpfs(mounts, "/", 0, NULL, &err), 0);
		CHECK_INT(libns_mount_plan_add_bind(mounts, "out", "a/b", 0, &err), 0);
		CHECK_INT(libns_mount_plan_add_bind(mounts, "out/file", "/a/file", 0, &err), 0);
		CHECK_INT(libns_mount_plan_add_symlink(mounts, "usr/bin", "bin", &err), 0);
		if (carry_out(mounts, look_at_empty_root, &err) != 0)
			TAP_FAIL("%s", err.text);
	}
}

static bool can_make(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int look_at_covers(void *data)
{
	(void)data;
	if (can_make("/dir/below/new") || can_make("/dir/file") || can_make("/dir/gone"))
		return 1;
	if (flags_of("/dir/below") != (ST_RDONLY | ST_NODEV) || rename("/dir", "/other") == 0)
		return 2;
	/* What has nothing to do with it is as it was. */
	return can_make("/run/new") && can_make("/dir/free/new") ? 0 : 3;
}

TEST(covers_win_over_binds_with_all_that_is_mounted_below)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	make_place();
	CHECK_INT(mkdir("out/free", 0755), 0);
	CHECK_INT(mount("sub", "out/below", "tmpfs", MS_NODEV, NULL), 0);
	for (int i = 0; i < 3; i++) {
		struct libns_mount_plan *mounts = new_plan("root", 0);

		if (i)
			refuse(i == 1 ? SYS_move_mount : SYS_mount_setattr, ENOSYS);
		/* The same where it is bound before and after that. */
		CHECK_INT(libns_mount_plan_protect(mounts, "out/below/", &err), 0);
		CHECK_INT(libns_mount_plan_protect(mounts, PLACE "/./out//file", &err), 0);
		CHECK_INT(libns_mount_plan_add_bind(mounts, "out", "/dir", 0, &err), 0);
		CHECK_INT(libns_mount_plan_hide(mounts, "root/../out/gone/too", &err), 1);
		CHECK_INT((long)libns_mount_plan_count(mounts), 4);
		CHECK_INT(carry_out(mounts, look_at_covers, &err), 0);
		CHECK(!has("out/gone", S_IFREG));
	}
}

/* The caller is a program of many, and goes on. */
TEST(nothing_stays_open_in_a_caller)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_mount_plan *mounts;

	make_place();
	mounts = new_plan("root", 0);
	CHECK_INT(libns_mount_plan_add_bind(mounts, "/proc", "/real", 0, &err), 0);
	CHECK_INT(libns_mount_plan_add_bind(mounts, "out", "/dir", 0, &err), 0);
	CHECK_INT(libns_mount_plan_add_tmpfs(mounts, "/run", 0, NULL, &err), 0);
	CHECK_INT(libns_mount_plan_protect(mounts, "root/gone", &err), 1);
	CHECK_INT(libns_mount_plan_protect(mounts, "out/below/gone", &err), 1);
	CHECK_INT(libns_mount_plan_hide(mounts, "out/file", &err), 0);
	plan.types = LIBNS_TYPE_MNT;
	plan.propagation = MS_PRIVATE | MS_REC;
	plan.mounts = mounts;
	if (libns_unshare(&plan, &err) < 0)
		TAP_FAIL("%s", err.text);
	libns_mount_plan_free(mounts);
	CHECK(!can_make("/gone") && !can_make("/dir/below/gone"));
	CHECK(!can_make("/dir/file") && can_make("/run/new"));
}

TEST(a_memory_of_changes_that_is_not_as_it_should_be)
{
	struct libns_mount_plan *mounts;
	struct libns_error err = LIBNS_ERROR_INIT;

	make_place();
	mounts = new_plan("root", 0);
	CHECK_INT(libns_mount_plan_add_tmp_overlay(mounts, "/dir", &err), 0);
	/* The mode of the directory cannot be given to it. */
	refuse(SYS_fchmodat, EPERM);
	CHECK_INT(carry_out(mounts, nothing, &err), -EPERM);
	CHECK_STR(err.text, "cannot mount an overlay on '/dir': Operation not permitted");
}

TEST(what_cannot_be_covered)
{
	static const struct {
		const char *path;
		int code;
	} cases[] = {
		{ "", EINVAL },
		{ "/", EINVAL },
		{ "/..", EINVAL },
		{ "root/file/", ENOTDIR },
		{ "root/file/x", ENOTDIR },
		{ "gone/..", ENOENT },
		{ "circle", ELOOP },
	};
	struct libns_mount_plan *mounts;

	make_place();
	CHECK_INT(symlink("circle", "circle"), 0);
	mounts = new_plan(NULL, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct libns_error err = LIBNS_ERROR_INIT;

		CHECK_INT(libns_mount_plan_protect(mounts, cases[i].path, &err), -cases[i].code);
		CHECK_INT(err.code, cases[i].code);
		CHECK_INT(libns_mount_plan_hide(mounts, cases[i].path, NULL), -cases[i].code);
	}
	libns_mount_plan_free(mounts);
}

TEST(options_in_words)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	uint64_t flags = LIBNS_TREE_NODEV | LIBNS_TREE_NOSUID;
	char *rest = NULL;
	int r = libns_mount_options_parse("ro,dev,size=10m,noexec,mode=700", &flags, &rest, &err);

	if (r == -ELIBACC || r == -EOPNOTSUPP)
		SKIP("libmount is not installed");
	CHECK_INT(r, 0);
	CHECK_STR(rest, "size=10m,mode=700");
	CHECK(flags == (LIBNS_TREE_READ_ONLY | LIBNS_TREE_NOSUID | LIBNS_TREE_NOEXEC));
	free(rest);
	CHECK_INT(libns_mount_options_parse("rw", &flags, &rest, &err), 0);
	CHECK(!rest && flags == (LIBNS_TREE_NOSUID | LIBNS_TREE_NOEXEC));
	CHECK_INT(libns_mount_options_parse("remount", &flags, &rest, &err), -EINVAL);
	CHECK_CONTAINS(err.text, "'remount' has an option other than ro");
	/* Of mount(8), which would make a loop device. */
	CHECK_INT(libns_mount_options_parse("ro,loop", &flags, &rest, &err), -EINVAL);
	CHECK_STR(err.text, "'ro,loop' are no options of a mount");
}

TAP_MAIN
