/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Control groups of one's own; all below one that the case makes. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <libns/libns.h>

#include "spawn.h"
#include "tap.h"

static char top[128];

static void remove_top(void *data)
{
	(void)data;
	rmdir(top);
}

/* Makes the group of the case; its path. */
static const char *make_top(void)
{
	static const char *const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

	for (size_t i = 0; i < 2; i++) {
		char file[160];

		snprintf(top, sizeof(top), "%s/libns-test.XXXXXX", places[i]);
		if (!mkdtemp(top))
			continue;
		snprintf(file, sizeof(file), "%s/cgroup.subtree_control", top);
		if (access(file, F_OK) == 0) {
			tap_later(remove_top, NULL);
			return top;
		}
		/* A file system in memory, with those of version 1 below. */
		CHECK_INT(rmdir(top), 0);
	}
	SKIP("no control group of version 2 can be made here");
}

static struct libns_cgroup *make_group(void)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_cgroup *group = NULL;
	int r = libns_cgroup_new(make_top(), "case", &group, &err);

	if (r < 0)
		TAP_FAIL("%s", libns_error_text(&err));
	return group;
}

static char *content(const struct libns_cgroup *group, const char *name, char *buf, size_t size)
{
	int fd = openat(libns_cgroup_get_fd(group), name, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, buf, size - 1);

	CHECK(n >= 0);
	buf[n] = '\0';
	close(fd);
	return buf;
}

TEST(a_group_is_made_set_and_removed)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_cgroup *group = make_group();
	char buf[64], below[512];

	CHECK_CONTAINS(libns_cgroup_get_path(group), top);
	CHECK_CONTAINS(libns_cgroup_get_path(group), "/case.");
	CHECK_INT(libns_cgroup_set(group, "cgroup.max.depth", "5", &err), 0);
	CHECK_STR(content(group, "cgroup.max.depth", buf, sizeof(buf)), "5\n");
	/* With what was made in it. */
	snprintf(below, sizeof(below), "%s/a", libns_cgroup_get_path(group));
	CHECK_INT(mkdir(below, 0755), 0);
	strcat(below, "/b");
	CHECK_INT(mkdir(below, 0755), 0);
	CHECK_INT(libns_cgroup_remove(group, 0, &err), 0);
	CHECK(access(libns_cgroup_get_path(group), F_OK) < 0);
	CHECK_INT(libns_cgroup_remove(group, 0, &err), 0);
	libns_cgroup_free(group);
}

TEST(what_cannot_be_set)
{
	static const char *const bad[] = { "", ".", "..", "../cgroup.max.depth", "/etc/passwd" };
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_cgroup *group = make_group();

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CHECK_INT(libns_cgroup_set(group, bad[i], "1", &err), -EINVAL);
		CHECK_INT(err.step, LIBNS_STEP_ARGUMENT);
	}
	CHECK_INT(libns_cgroup_set(group, "cgroup.max.depth", "", &err), -EINVAL);
	CHECK_INT(libns_cgroup_set(group, "cgroup.max.depth", "x", &err), -EINVAL);
	CHECK_CONTAINS(err.text, "cannot set 'cgroup.max.depth' of the control group to 'x'");
	CHECK_INT(libns_cgroup_set(group, "nothing.max", "1", &err), -ENOENT);
	CHECK_CONTAINS(err.text, "has no 'nothing.max': the controllers of '");
	CHECK_INT(err.step, LIBNS_STEP_CGROUP);
	CHECK_INT(libns_cgroup_remove(group, 0, &err), 0);
	libns_cgroup_free(group);
}

TEST(where_none_can_be_made)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_cgroup *group;

	CHECK_INT(libns_cgroup_new("/tmp", "case", &group, &err), -EINVAL);
	CHECK_STR(err.text, "'/tmp' is no control group of version 2");
	CHECK_INT(libns_cgroup_new("/nowhere", "case", &group, &err), -ENOENT);
	CHECK_INT(libns_cgroup_new("", "case", &group, &err), -EINVAL);
	CHECK_INT(libns_cgroup_new(NULL, "", &group, &err), -EINVAL);
	CHECK_INT(libns_cgroup_new(NULL, "a/b", &group, &err), -EINVAL);
	CHECK_INT(libns_cgroup_new(NULL, NULL, &group, &err), -EINVAL);
}

TEST(a_leftover_is_removed_and_one_in_use_is_not)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_cgroup *first = make_group(), *second;
	char left[256];

	snprintf(left, sizeof(left), "%s/case.left", top);
	CHECK_INT(mkdir(left, 0755), 0);
	CHECK_INT(libns_cgroup_new(top, "case", &second, &err), 0);
	CHECK(access(left, F_OK) < 0);
	CHECK_INT(access(libns_cgroup_get_path(first), F_OK), 0);
	CHECK_INT(libns_cgroup_remove(second, 0, &err), 0);
	libns_cgroup_free(second);
	/* Left behind by the first. */
	libns_cgroup_free(first);
	CHECK_INT(libns_cgroup_new(top, "case", &second, &err), 0);
	CHECK_INT(libns_cgroup_remove(second, 0, &err), 0);
	libns_cgroup_free(second);
	CHECK_INT(rmdir(top), 0);
}

TEST(a_child_is_born_in_it_and_killed_with_it)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_cgroup *group = make_group();
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_child *child;
	char buf[64];
	int status;

	plan.argv = ARGV("sleep", "1000");
	plan.flags = LIBNS_PLAN_CGROUP;
	plan.cgroup_fd = libns_cgroup_get_fd(group);
	CHECK_INT(libns_spawn(&plan, &child, &err), 0);
	CHECK_INT(atoi(content(group, "cgroup.procs", buf, sizeof(buf))),
		  libns_child_get_pid(child));
	CHECK_INT(libns_cgroup_remove(group, 0, &err), -EBUSY);
	CHECK_CONTAINS(err.text, "there are processes in it");
	if (libns_cgroup_kill(group, &err) == -EOPNOTSUPP)
		libns_child_kill(child, SIGKILL, NULL);
	CHECK_INT(libns_cgroup_remove(group, 5000, &err), 0);
	CHECK_INT(libns_child_wait(child, 0, &status, &err), 0);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	libns_child_free(child);
	/* It is gone. */
	CHECK_INT(libns_spawn(&plan, &child, &err), -ENOENT);
	CHECK_CONTAINS(err.text, "a process cannot begin in the control group");
	libns_cgroup_free(group);
}

TEST(only_a_child_can_begin_in_a_group)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;

	plan.flags = LIBNS_PLAN_CGROUP;
	plan.cgroup_fd = 3;
	plan.types = LIBNS_TYPE_UTS;
	CHECK_INT(libns_unshare(&plan, &err), -EINVAL);
	CHECK_CONTAINS(err.text, "only a child can have");
}

TAP_MAIN
