/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <libns/libns.h>

#include "may-create.h"
#include "tap.h"

#define NSFS_MAGIC 0x6e736673L

static struct libns_idmap *map_of(uint32_t inner, uint32_t outer, uint32_t count)
{
	struct libns_idrange range = { inner, outer, count };
	/* Held until the case ends, with its process. */
	static struct libns_idmap *maps[32];
	static size_t n_maps;
	struct libns_idmap *map;

	CHECK_INT(libns_idmap_new(&map, NULL), 0);
	CHECK_INT(libns_idmap_add(map, &range, NULL), 0);
	CHECK(n_maps < 32);
	return maps[n_maps++] = map;
}

static void do_unshare(const struct libns_plan *plan)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (libns_unshare(plan, &err) < 0)
		TAP_FAIL("unshare: %s", libns_error_text(&err));
	/* No helper is left to be waited for. */
	CHECK_INT(waitpid(-1, NULL, __WALL | WNOHANG), -1);
	CHECK_INT(errno, ECHILD);
}

static int fail(const struct libns_plan *plan, struct libns_error *err)
{
	int r = libns_unshare(plan, err);

	CHECK(r < 0);
	CHECK_INT(r, -err->code);
	CHECK(err->text[0] != '\0');
	CHECK_INT(waitpid(-1, NULL, __WALL | WNOHANG), -1);
	return r;
}

static bool same_ns(const char *name, const struct stat *before)
{
	struct stat now;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	CHECK_INT(stat(path, &now), 0);
	return now.st_ino == before->st_ino;
}

TEST(nothing_asked_for)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct stat user;

	CHECK_INT(stat("/proc/self/ns/user", &user), 0);
	CHECK_INT(fail(&plan, &err), -EINVAL);
	CHECK_STR(err.text, "the plan names no type of namespace to create");
	plan.cwd = "/proc";
	CHECK_INT(libns_apply(&plan, NULL), 0);
	CHECK(same_ns("user", &user));
	CHECK_INT(access("self/status", F_OK), 0);
	plan.types = LIBNS_TYPE_USER;
	CHECK_INT(libns_apply(&plan, &err), -EINVAL);
	CHECK_STR(err.text, "the plan creates namespaces, and is only to be applied");
	CHECK(same_ns("user", &user));
}

TEST(own_ids)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct stat user, uts;

	plan.types = LIBNS_TYPE_USER | LIBNS_TYPE_UTS;
	may_create(plan.types);
	CHECK_INT(stat("/proc/self/ns/user", &user), 0);
	CHECK_INT(stat("/proc/self/ns/uts", &uts), 0);
	plan.uid_map = map_of(5, geteuid(), 1);
	plan.gid_map = map_of(6, getegid(), 1);
	plan.setgroups = LIBNS_SETGROUPS_DENY;
	plan.hostname = "inside";
	do_unshare(&plan);
	CHECK_INT(geteuid(), 5);
	CHECK_INT(getegid(), 6);
	CHECK(!same_ns("user", &user) && !same_ns("uts", &uts));
}

TEST(ranges_through_the_keeper)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_idmap *map;
	struct libns_proc *self;
	bool allowed;

	if (geteuid() != 0)
		SKIP("needs root");
	plan.types = LIBNS_TYPE_USER;
	may_create(plan.types);
	plan.uid_map = plan.gid_map = map_of(0, 0, 1000);
	do_unshare(&plan);
	CHECK_INT(libns_proc_new(LIBNS_PROCFS, getpid(), &self, NULL), 0);
	CHECK_INT(libns_idmap_read(self, LIBNS_IDMAP_GID, &map, NULL), 0);
	CHECK_INT(libns_idmap_at(map, 0)->count, 1000);
	CHECK_INT(libns_proc_read_setgroups(self, &allowed, NULL), 0);
	CHECK(allowed);
	libns_idmap_free(map);
	libns_proc_free(self);
}

/* A limit of 0 makes unshare(2) fail after the keeper was started. */
TEST(keeper_does_not_outlive_a_failure)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct stat before;
	int fd;

	if (geteuid() != 0)
		SKIP("needs root");
	may_create(LIBNS_TYPE_USER);
	plan.types = LIBNS_TYPE_USER;
	plan.uid_map = plan.gid_map = map_of(0, 0, 1000);
	CHECK_INT(stat("/proc/self/ns/user", &before), 0);
	do_unshare(&plan);
	/* Should it claim what it did not do, this would be the limit of the machine. */
	CHECK(!same_ns("user", &before));
	fd = open("/proc/sys/user/max_user_namespaces", O_WRONLY | O_CLOEXEC);
	CHECK(fd >= 0 && write(fd, "0", 1) == 1);
	close(fd);
	CHECK_INT(fail(&plan, &err), -ENOSPC);
	CHECK_INT(err.step, LIBNS_STEP_UNSHARE);
	CHECK_INT(err.types, LIBNS_TYPE_USER);
}

TEST(kept_and_taken_back)
{
	struct libns_persist persist = { LIBNS_TYPE_NET, NULL };
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct statfs fs;

	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0)
		SKIP("needs the right to mount");
	CHECK_INT(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL), 0);
	/* A file that goes with the mount namespace, also if the test fails. */
	CHECK_INT(mount("tmpfs", "/mnt", "tmpfs", 0, NULL), 0);
	persist.path = "/mnt/net";
	close(open(persist.path, O_CREAT | O_CLOEXEC, 0600));
	plan.types = LIBNS_TYPE_NET;
	plan.persist = &persist;
	plan.n_persist = 1;
	plan.cwd = "/no/such/dir";
	CHECK_INT(fail(&plan, &err), -ENOENT);
	CHECK_INT(statfs(persist.path, &fs), 0);
	CHECK(fs.f_type != NSFS_MAGIC);
	plan.cwd = NULL;
	do_unshare(&plan);
	CHECK_INT(statfs(persist.path, &fs), 0);
	CHECK(fs.f_type == NSFS_MAGIC);
}

TEST(steps_without_namespaces)
{
	struct libns_rlimit limit = { RLIMIT_CORE, 0, 0 };
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct rlimit now;
	char cwd[64];

	plan.cwd = "/usr";
	plan.rlimits = &limit;
	plan.n_rlimits = 1;
	CHECK_INT(libns_apply(&plan, NULL), 0);
	CHECK_STR(getcwd(cwd, sizeof(cwd)), "/usr");
	CHECK_INT(getrlimit(RLIMIT_CORE, &now), 0);
	CHECK_INT(now.rlim_max, 0);
}

TEST(contradiction_changes_nothing)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct stat uts;

	CHECK_INT(stat("/proc/self/ns/uts", &uts), 0);
	plan.types = LIBNS_TYPE_UTS;
	plan.death_signal = SIGKILL;
	CHECK_INT(fail(&plan, &err), -EINVAL);
	CHECK(same_ns("uts", &uts));
}

TAP_MAIN
