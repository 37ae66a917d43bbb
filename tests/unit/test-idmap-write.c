/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "kernel/idmap-write.h"
#include "tap.h"
#include "text/idmap.h"

/* An id without an account. */
#define SOMEBODY 65533

static struct libns_error err = LIBNS_ERROR_INIT;

static struct libns_idmap *map_of(const char *spec)
{
	struct libns_idmap *map = NULL;

	CHECK_INT(libns_idmap_new(&map, NULL), 0);
	if (*spec)
		CHECK_INT(libns_idmap_add_text(map, spec, NULL), 0);
	return map;
}

/* A child in a new user namespace that waits to be killed. */
static struct libns_proc *child_in_userns(void)
{
	struct libns_proc *proc = NULL;
	int ready[2];
	pid_t pid;
	char byte = 0;

	CHECK_INT(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ready[0]);
		byte = unshare(CLONE_NEWUSER) == 0 ? 'y' : 'n';
		if (write(ready[1], &byte, 1) == 1)
			pause();
		_exit(0);
	}
	close(ready[1]);
	CHECK_INT(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	if (byte != 'y')
		SKIP("no user namespaces here");
	CHECK_INT(libns_proc_new(LIBNS_PROCFS, pid, &proc, &err), 0);
	return proc;
}

static void end(struct libns_proc *proc)
{
	kill(libns_proc_get_pid(proc), SIGKILL);
	CHECK_INT(waitpid(libns_proc_get_pid(proc), NULL, 0), libns_proc_get_pid(proc));
	libns_proc_free(proc);
}

static void check_read(struct libns_proc *proc, enum libns_idmap_kind kind, const char *expected)
{
	struct libns_idmap *map = NULL;
	char text[IDMAP_TEXT_SIZE];

	CHECK_INT(libns_idmap_read(proc, kind, &map, &err), 0);
	CHECK(idmap_format(map, text, sizeof(text)) >= 0);
	CHECK_STR(text, expected);
	libns_idmap_free(map);
}

static void need_root(void)
{
	if (geteuid() != 0)
		SKIP("needs root");
}

static void become_somebody(void)
{
	if (geteuid() != 0)
		return;
	CHECK_INT(setgid(SOMEBODY), 0);
	CHECK_INT(setuid(SOMEBODY), 0);
	/* Or /proc/PID would belong to root. */
	prctl(PR_SET_DUMPABLE, 1);
}

TEST(privileged_writes_ranges)
{
	struct libns_idmap *map = map_of("0:100000:65536");
	struct libns_proc *proc;

	need_root();
	proc = child_in_userns();
	check_read(proc, LIBNS_IDMAP_UID, "");
	CHECK(idmap_may_write(LIBNS_IDMAP_UID, map));
	CHECK(!idmap_may_write_self(LIBNS_IDMAP_UID, map));
	CHECK_INT(libns_idmap_add_single(map, 0, 5, NULL), 0);
	CHECK_INT(libns_idmap_write(proc, LIBNS_IDMAP_UID, map, &err), 0);
	CHECK_INT(libns_idmap_write(proc, LIBNS_IDMAP_GID, map, &err), 0);
	check_read(proc, LIBNS_IDMAP_UID, "0 5 1\n1 100000 65535\n");
	check_read(proc, LIBNS_IDMAP_GID, "0 5 1\n1 100000 65535\n");
	/* Once and for ever. */
	CHECK_INT(libns_idmap_write(proc, LIBNS_IDMAP_UID, map, &err), -EPERM);
	CHECK_CONTAINS(err.text, "cannot write uid_map: Operation not permitted");
	CHECK_INT(err.step, LIBNS_STEP_IDMAP);
	end(proc);
	libns_idmap_free(map);
}

TEST(a_page_of_ranges)
{
	struct libns_idmap *map = map_of("");
	struct libns_proc *proc;
	char text[IDMAP_TEXT_SIZE];

	need_root();
	proc = child_in_userns();
	for (uint32_t i = 0; i < 340; i++)
		CHECK_INT(libns_idmap_add(map, &(struct libns_idrange){ i, 2 * i, 1 }, NULL), 0);
	CHECK(idmap_format(map, text, sizeof(text)) < 4096);
	CHECK_INT(libns_idmap_write(proc, LIBNS_IDMAP_UID, map, &err), 0);
	libns_idmap_free(map);

	map = map_of("");
	for (uint32_t i = 0; i < 340; i++)
		CHECK_INT(
			libns_idmap_add(map, &(struct libns_idrange){ i, 100000 + 2 * i, 1 }, NULL),
			0);
	if (idmap_format(map, text, sizeof(text)) < sysconf(_SC_PAGESIZE))
		SKIP("a page holds more than 340 ranges here");
	CHECK_INT(libns_idmap_write(proc, LIBNS_IDMAP_GID, map, &err), -E2BIG);
	CHECK_CONTAINS(err.text, "do not fit one page");
	end(proc);
	libns_idmap_free(map);
}

TEST(empty_map)
{
	struct libns_proc *proc = child_in_userns();
	struct libns_idmap *map = map_of("");

	CHECK_INT(libns_idmap_write(proc, LIBNS_IDMAP_UID, map, &err), -EINVAL);
	CHECK_STR(err.text, "uid_map would be empty");
	CHECK_INT(libns_idmap_write(NULL, LIBNS_IDMAP_UID, map, &err), -EINVAL);
	end(proc);
	libns_idmap_free(map);
}

TEST(dead_process)
{
	struct libns_proc *proc = child_in_userns();
	struct libns_idmap *map = map_of("0:0:1"), *read_map = NULL;

	kill(libns_proc_get_pid(proc), SIGKILL);
	waitpid(libns_proc_get_pid(proc), NULL, 0);
	CHECK_INT(
		idmap_write_text(libns_proc_get_dir_fd(proc), LIBNS_IDMAP_UID, "0 0 1\n", 6, &err),
		-ESRCH);
	CHECK_INT(libns_idmap_read(proc, LIBNS_IDMAP_UID, &read_map, &err), -ESRCH);
	CHECK_CONTAINS(err.text, "cannot read uid_map: No such process");
	libns_proc_free(proc);
	libns_idmap_free(map);
}

TEST(ordinary_user_maps_himself)
{
	struct libns_idmap *uids, *gids, *other;
	struct libns_proc *proc;
	char spec[64], text[64];
	ssize_t n;
	pid_t pid;
	int status;

	become_somebody();
	snprintf(spec, sizeof(spec), "0:%u:1", geteuid());
	uids = map_of(spec);
	snprintf(spec, sizeof(spec), "7:%u:1", getegid());
	gids = map_of(spec);
	other = map_of("0:0:1");
	CHECK(idmap_may_write_self(LIBNS_IDMAP_UID, uids));
	CHECK(idmap_may_write_self(LIBNS_IDMAP_GID, gids));
	CHECK(!idmap_may_write_self(LIBNS_IDMAP_UID, other) || geteuid() == 0);

	/* From outside ... */
	proc = child_in_userns();
	CHECK_INT(libns_idmap_write(proc, LIBNS_IDMAP_UID, uids, &err), 0);
	CHECK_INT(libns_idmap_write(proc, LIBNS_IDMAP_GID, gids, &err), -EPERM);
	CHECK_INT(idmap_write_setgroups(libns_proc_get_dir_fd(proc), false, &err), 0);
	CHECK_INT(libns_idmap_write(proc, LIBNS_IDMAP_GID, gids, &err), 0);
	CHECK_INT(idmap_write_setgroups(libns_proc_get_dir_fd(proc), true, &err), -EPERM);
	CHECK_CONTAINS(err.text, "cannot write 'allow' to setgroups");
	end(proc);

	/* ... and for oneself. */
	n = idmap_format(uids, text, sizeof(text));
	pid = fork();
	if (pid == 0) {
		CHECK_INT(unshare(CLONE_NEWUSER), 0);
		CHECK_INT(idmap_write_text(IDMAP_SELF, LIBNS_IDMAP_UID, text, (size_t)n, &err), 0);
		CHECK_INT(getuid(), 0);
		CHECK_INT(idmap_write_setgroups(IDMAP_SELF, false, &err), 0);
		n = idmap_format(gids, text, sizeof(text));
		CHECK_INT(idmap_write_text(IDMAP_SELF, LIBNS_IDMAP_GID, text, (size_t)n, &err), 0);
		CHECK_INT(getgid(), 7);
		exit(0);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
	libns_idmap_free(uids);
	libns_idmap_free(gids);
	libns_idmap_free(other);
}

TEST(helper_missing)
{
	struct libns_idmap *map = map_of("0:100000:10");
	struct libns_proc *proc;

	become_somebody();
	proc = child_in_userns();
	setenv("PATH", "/nonexistent", 1);
	CHECK_INT(libns_idmap_write(proc, LIBNS_IDMAP_UID, map, &err), -ENOENT);
	CHECK_INT(err.step, LIBNS_STEP_HELPER);
	CHECK_STR(err.text, "cannot write uid_map without privilege: newuidmap is not in PATH");
	end(proc);
	libns_idmap_free(map);
}

static void put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	CHECK(fd >= 0);
	CHECK_INT(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Lays @text over a file of /etc, for this process and its children only. */
static void cover(const char *path, const char *text)
{
	static int n;
	char own[64];

	if (n++ == 0) {
		CHECK_INT(unshare(CLONE_NEWNS), 0);
		CHECK_INT(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
		CHECK_INT(mount("tmpfs", "/mnt", "tmpfs", 0, NULL), 0);
	}
	snprintf(own, sizeof(own), "/mnt/%d", n);
	put_file(own, text);
	if (mount(own, path, NULL, MS_BIND, NULL) < 0)
		SKIP("a file of /etc is missing to be covered");
}

static void cover_accounts(const char *subuid)
{
	need_root();
	cover("/etc/passwd", "root:x:0:0::/:/bin/sh\nsomebody:x:65533:65533::/:/bin/sh\n");
	cover("/etc/subuid", subuid);
	cover("/etc/subgid", subuid);
	cover("/etc/nsswitch.conf", "passwd: files\n");
}

TEST(subordinate_ids)
{
	struct libns_idmap *map = map_of("");

	cover_accounts("other:1:1\nsomebody:100000:65536\n65533:7:1\n65532:9:2\n");
	CHECK_INT(libns_idmap_add_subids(map, LIBNS_IDMAP_UID, SOMEBODY, LIBNS_SUBIDS_FROM_ZERO,
					 &err),
		  0);
	CHECK_INT(libns_idmap_at(map, 0)->inner, 0);
	CHECK_INT(libns_idmap_at(map, 0)->outer, 100000);
	CHECK_INT(libns_idmap_at(map, 0)->count, 65536);
	CHECK_INT(libns_idmap_add_single(map, 0, SOMEBODY, NULL), 0);
	CHECK_INT(libns_idmap_at(map, 1)->count, 65536);
	libns_idmap_free(map);

	/* A number needs no account. */
	map = map_of("");
	CHECK_INT(libns_idmap_add_subids(map, LIBNS_IDMAP_GID, 65532, LIBNS_SUBIDS_IDENTITY, &err),
		  0);
	CHECK_INT(libns_idmap_at(map, 0)->inner, 9);
	CHECK_INT(libns_idmap_at(map, 0)->outer, 9);
	libns_idmap_free(map);

	map = map_of("");
	CHECK_INT(libns_idmap_add_subids(map, LIBNS_IDMAP_UID, 0, LIBNS_SUBIDS_IDENTITY, &err),
		  -ENOENT);
	CHECK_STR(err.text, "user root has no range of ids in /etc/subuid");
	libns_idmap_free(map);
}

/* That a file cannot be read is neither that it is silent, nor that it is not there. */
TEST(subordinate_ids_unreadable)
{
	static const char *const paths[] = { "/etc/subuid", "/etc/nsswitch.conf", "/etc/passwd" };
	struct libns_idmap *map = map_of("");
	char text[256];

	cover_accounts("somebody:100000:65536\n");
	setenv("PATH", "/mnt", 1);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		/* Whose first byte is no memory of ours. */
		CHECK_INT(mount("/proc/self/mem", paths[i], NULL, MS_BIND, NULL), 0);
		CHECK_INT(libns_idmap_add_subids(map, LIBNS_IDMAP_UID, SOMEBODY,
						 LIBNS_SUBIDS_FROM_ZERO, &err),
			  -EIO);
		snprintf(text, sizeof(text), "%s: Input/output error", paths[i]);
		CHECK_CONTAINS(err.text, text);
	}
	libns_idmap_free(map);
}

TEST(getsubids_is_asked)
{
	struct libns_idmap *map = map_of("");

	cover_accounts("");
	cover("/etc/nsswitch.conf", "passwd: files\nsubid: sss\n");
	CHECK_INT(mkdir("/mnt/bin", 0755), 0);
	put_file("/mnt/bin/getsubids", "#!/bin/sh\n"
				       "case \"$*\" in somebody) echo 0: somebody 300000 10;;\n"
				       "'-g somebody') echo 0: somebody 400000 20;;\n"
				       "*) echo no such luck >&2; exit 1;; esac\n");
	CHECK_INT(chmod("/mnt/bin/getsubids", 0755), 0);
	setenv("PATH", "/mnt/bin:/usr/bin:/bin", 1);
	CHECK_INT(libns_idmap_add_subids(map, LIBNS_IDMAP_UID, SOMEBODY, LIBNS_SUBIDS_FROM_ZERO,
					 &err),
		  0);
	CHECK_INT(libns_idmap_at(map, 0)->outer, 300000);
	libns_idmap_free(map);
	map = map_of("");
	CHECK_INT(libns_idmap_add_subids(map, LIBNS_IDMAP_GID, SOMEBODY, LIBNS_SUBIDS_FROM_ZERO,
					 &err),
		  0);
	CHECK_INT(libns_idmap_at(map, 0)->count, 20);
	CHECK_INT(libns_idmap_add_subids(map, LIBNS_IDMAP_UID, 65532, LIBNS_SUBIDS_FROM_ZERO, &err),
		  -ENOENT);
	CHECK_STR(err.text,
		  "getsubids knows no subordinate user ids of user '65532': no such luck");
	setenv("PATH", "/nonexistent", 1);
	CHECK_INT(libns_idmap_add_subids(map, LIBNS_IDMAP_UID, SOMEBODY, LIBNS_SUBIDS_FROM_ZERO,
					 &err),
		  -ENOENT);
	CHECK_INT(err.step, LIBNS_STEP_HELPER);
	libns_idmap_free(map);
}

TEST(newuidmap_writes)
{
	struct libns_idmap *map = map_of("");
	struct libns_proc *proc;

	if (access("/usr/bin/newuidmap", X_OK) < 0)
		SKIP("newuidmap is not installed");
	cover_accounts("somebody:100000:65536\n");
	become_somebody();
	CHECK_INT(libns_idmap_add_subids(map, LIBNS_IDMAP_UID, SOMEBODY, LIBNS_SUBIDS_FROM_ZERO,
					 &err),
		  0);
	CHECK_INT(libns_idmap_add_single(map, 0, SOMEBODY, NULL), 0);
	CHECK(!idmap_may_write(LIBNS_IDMAP_UID, map));
	proc = child_in_userns();
	CHECK_INT(libns_idmap_write(proc, LIBNS_IDMAP_UID, map, &err), 0);
	CHECK_INT(libns_idmap_write(proc, LIBNS_IDMAP_GID, map, &err), 0);
	check_read(proc, LIBNS_IDMAP_UID, "0 65533 1\n1 100000 65536\n");
	check_read(proc, LIBNS_IDMAP_GID, "0 65533 1\n1 100000 65536\n");
	end(proc);

	/* Its refusal comes out in its own words. */
	libns_idmap_free(map);
	map = map_of("0:1:10");
	proc = child_in_userns();
	CHECK_INT(libns_idmap_write(proc, LIBNS_IDMAP_UID, map, &err), -ECHILD);
	CHECK_CONTAINS(err.text, "cannot write uid_map: newuidmap: uid range [0-10) -> [1-11)");
	end(proc);
	libns_idmap_free(map);
}

TEST(both_at_once)
{
	struct libns_idmap *map = map_of("0:100000:65536"), *bad = map_of("0:1:10"),
			   *empty = map_of("");
	struct libns_proc *proc;
	int fd;

	if (access("/usr/bin/newuidmap", X_OK) < 0)
		SKIP("newuidmap is not installed");
	cover_accounts("somebody:100000:65536\n");
	become_somebody();
	proc = child_in_userns();
	fd = libns_proc_get_dir_fd(proc);
	CHECK_INT(idmap_write_at(fd, libns_proc_get_pid(proc), map, map, &err), 0);
	check_read(proc, LIBNS_IDMAP_UID, "0 100000 65536\n");
	check_read(proc, LIBNS_IDMAP_GID, "0 100000 65536\n");
	end(proc);

	proc = child_in_userns();
	fd = libns_proc_get_dir_fd(proc);
	CHECK_INT(idmap_write_at(fd, libns_proc_get_pid(proc), bad, bad, &err), -ECHILD);
	CHECK_CONTAINS(err.text, "cannot write uid_map: newuidmap: uid range");
	CHECK_INT(idmap_write_at(fd, libns_proc_get_pid(proc), map, bad, &err), -ECHILD);
	CHECK_CONTAINS(err.text, "cannot write gid_map: newgidmap: gid range");
	check_read(proc, LIBNS_IDMAP_UID, "0 100000 65536\n");
	CHECK_INT(idmap_write_at(fd, libns_proc_get_pid(proc), bad, empty, &err), -EINVAL);
	CHECK_STR(err.text, "gid_map would be empty");
	/* Nobody is left running. */
	end(proc);
	CHECK_INT(waitpid(-1, NULL, __WALL), -1);
	libns_idmap_free(map);
	libns_idmap_free(bad);
	libns_idmap_free(empty);
}

TEST(all_ids)
{
	struct libns_idmap *map = map_of("");
	struct libns_proc *self = NULL;
	struct libns_idmap *own = NULL;

	CHECK_INT(libns_idmap_add_all(map, LIBNS_IDMAP_UID, &err), 0);
	CHECK_INT(libns_proc_new(LIBNS_PROCFS, getpid(), &self, &err), 0);
	CHECK_INT(libns_idmap_read(self, LIBNS_IDMAP_UID, &own, &err), 0);
	CHECK_INT(libns_idmap_count(map), libns_idmap_count(own));
	for (size_t i = 0; i < libns_idmap_count(map); i++) {
		CHECK_INT(libns_idmap_at(map, i)->inner, libns_idmap_at(own, i)->inner);
		CHECK_INT(libns_idmap_at(map, i)->outer, libns_idmap_at(own, i)->inner);
		CHECK_INT(libns_idmap_at(map, i)->count, libns_idmap_at(own, i)->count);
	}
	libns_proc_free(self);
	libns_idmap_free(own);
	libns_idmap_free(map);
}

TAP_MAIN
