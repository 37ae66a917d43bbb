/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <libns/confine.h>

#include "confine/confine.h"
#include "process.h"

/* What a process that is read has taken on. */
#define NICE 7
#define OOM  300

static void write_oom(const char *text)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	CHECK_INT(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void confine_self(void)
{
	const struct rlimit few = { 77, 99 };
	const gid_t groups[] = { 5, 6 };

	umask(0027);
	CHECK_INT(setpriority(PRIO_PROCESS, 0, NICE), 0);
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &few), 0);
	write_oom("300");
	if (geteuid() == 0)
		CHECK_INT(setgroups(2, groups), 0);
	CHECK_INT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
}

/* Of the machine nothing is covered. */
static void need_own_mounts(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0)
		SKIP("only root may mount");
	CHECK_INT(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
}

static struct libns_confine *new_of(const struct libns_proc *proc)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_confine *confine = NULL;

	if (libns_confine_new(proc, LIBNS_USER_KEPT, &confine, &err) < 0)
		TAP_FAIL("%s", err.text);
	return confine;
}

TEST(begins_with_nothing)
{
	struct libns_confine *confine = new_of(NULL);
	struct libns_error err = LIBNS_ERROR_INIT;

	CHECK_INT(libns_confine_get_parts(confine), 0);
	CHECK_INT(libns_confine_get_failed(confine), 0);
	CHECK(!libns_confine_was_lost(confine, LIBNS_CONFINE_NICE, NULL));
	CHECK(!libns_confine_was_lost(confine, 0, NULL));
	CHECK(!libns_confine_was_lost(confine, 1u << 31, NULL));
	CHECK(!libns_confine_sets_groups(confine));
	CHECK_INT(libns_confine_count_groups(confine), 0);
	CHECK_INT(libns_confine_count_cgroups(confine), 0);
	CHECK(libns_confine_group_at(confine, 0) == (gid_t)-1);
	CHECK(!libns_confine_get_filters(confine));
	CHECK_INT(libns_confine_read(confine, 0, 0, &err), 0);
	CHECK_INT(libns_confine_read(confine, LIBNS_CONFINE_NICE, 0, &err), -EINVAL);
	CHECK_STR(err.text, "there is no process to read what confines it");
	CHECK_INT(libns_confine_read(confine, 1u << 30, 0, &err), -EINVAL);
	CHECK_CONTAINS(err.text, "1 << 30");
	CHECK_INT(libns_confine_read(confine, 1u << 30, 0, NULL), -EINVAL);
	CHECK(!libns_confine_free(confine));
	CHECK(!libns_confine_free(NULL));
}

TEST(reads_what_confines_a_process)
{
	const unsigned int parts =
		LIBNS_CONFINE_ALL & ~(LIBNS_CONFINE_FILTERS | LIBNS_CONFINE_LABEL);
	struct libns_error err = LIBNS_ERROR_INIT;
	pid_t pid = start(confine_self);
	struct libns_confine *confine = new_of(pin(pid));

	if (libns_confine_read(confine, parts, 0, &err) < 0)
		TAP_FAIL("%s", err.text);
	CHECK_INT(libns_confine_get_parts(confine), parts);
	CHECK_INT(confine->umask, 0027);
	CHECK_INT(confine->nice, NICE);
	CHECK_INT(confine->oom, OOM);
	CHECK_INT(confine->limits[RLIMIT_NOFILE].soft, 77);
	CHECK_INT(confine->limits[RLIMIT_NOFILE].hard, 99);
	CHECK(confine->no_new_privs);
	/* It is in the caller's control groups. */
	CHECK_INT(libns_confine_count_cgroups(confine), 0);
	if (geteuid() == 0) {
		CHECK(libns_confine_sets_groups(confine));
		CHECK_INT(libns_confine_count_groups(confine), 2);
		CHECK_INT(libns_confine_group_at(confine, 1), 6);
		CHECK(libns_confine_group_at(confine, 2) == (gid_t)-1);
	}
	libns_confine_free(confine);
	end(pid);
}

TEST(what_cannot_be_read_is_an_error_or_lost)
{
	struct libns_error err = LIBNS_ERROR_INIT, why;
	pid_t pid = start(NULL);
	struct libns_confine *confine = new_of(pin(pid));

	end(pid);
	CHECK_INT(libns_confine_read(confine, LIBNS_CONFINE_NICE | LIBNS_CONFINE_UMASK, 0, &err),
		  -ESRCH);
	CHECK_CONTAINS(err.text, "cannot read the umask of process ");
	CHECK_INT(libns_confine_get_failed(confine), LIBNS_CONFINE_UMASK);
	libns_confine_set_optional(confine, LIBNS_CONFINE_UMASK);
	CHECK_INT(libns_confine_read(confine, LIBNS_CONFINE_NICE | LIBNS_CONFINE_UMASK, 0, &err),
		  -ESRCH);
	CHECK_INT(libns_confine_get_failed(confine), LIBNS_CONFINE_NICE);
	CHECK(!libns_confine_was_lost(confine, LIBNS_CONFINE_NICE, &why));
	CHECK(libns_confine_was_lost(confine, LIBNS_CONFINE_UMASK, &why));
	CHECK_CONTAINS(why.text, "cannot read the umask of process ");
	CHECK_INT(why.code, ESRCH);
	CHECK_INT(libns_confine_get_parts(confine), 0);
	for (unsigned int part = 1; part <= LIBNS_CONFINE_MOUNTED_CGROUPS; part <<= 1) {
		/* Without a module there is no label to be read. */
		if (part & (LIBNS_CONFINE_LABEL | LIBNS_CONFINE_SELINUX | LIBNS_CONFINE_FILTERS))
			continue;
		libns_confine_set_optional(confine, 0);
		CHECK_INT(libns_confine_read(confine, part, 0, NULL), -ESRCH);
		CHECK_INT(libns_confine_get_failed(confine), part);
	}
	libns_confine_free(confine);
}

TEST(groups_that_the_caller_has_are_kept)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	pid_t pid = start(NULL);
	struct libns_confine *confine = new_of(pin(pid));

	CHECK_INT(libns_confine_read(confine, LIBNS_CONFINE_GROUPS, 0, &err), 0);
	CHECK_INT(libns_confine_get_parts(confine), LIBNS_CONFINE_GROUPS);
	CHECK(!libns_confine_sets_groups(confine));
	libns_confine_free(confine);
	end(pid);
}

static void be_in_a_user_namespace(void)
{
	const gid_t groups[] = { 5, 70005, 70007 };

	if (setgroups(3, groups) < 0 || unshare(CLONE_NEWUSER) < 0)
		_exit(1);
}

/* The one that has no number inside is left out. */
TEST(groups_as_they_are_inside)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_confine *confine;
	pid_t pid;

	if (geteuid() != 0)
		SKIP("only root may map other ids than his own");
	pid = start(be_in_a_user_namespace);
	map_ids(pid, "gid_map", "5 70000 10");
	CHECK_INT(libns_confine_new(pin(pid), LIBNS_USER_JOINED, &confine, &err), 0);
	CHECK_INT(libns_confine_read(confine, LIBNS_CONFINE_GROUPS, 0, &err), 0);
	CHECK_INT(libns_confine_count_groups(confine), 2);
	CHECK_INT(libns_confine_group_at(confine, 0), 10);
	CHECK_INT(libns_confine_group_at(confine, 1), 12);
	libns_confine_free(confine);
	end(pid);
}

TEST(groups_of_the_callers_choice)
{
	const gid_t groups[] = { 70001, 5 };
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_confine *confine = new_of(NULL);

	CHECK_INT(libns_confine_set_groups(confine, groups, 2, &err), 0);
	CHECK(libns_confine_sets_groups(confine));
	CHECK_INT(libns_confine_count_groups(confine), 2);
	CHECK_INT(libns_confine_set_groups(confine, NULL, 0, &err), 0);
	CHECK_INT(libns_confine_count_groups(confine), 0);
	libns_confine_free(confine);
	CHECK_INT(libns_confine_new(NULL, LIBNS_USER_NO_SETGROUPS, &confine, &err), 0);
	CHECK_INT(libns_confine_set_groups(confine, groups, 2, &err), -EPERM);
	CHECK_CONTAINS(err.text, "setgroups is denied");
	libns_confine_free(confine);
}

TEST(nothing_that_others_have_written_is_believed)
{
	struct libns_confine *confine = new_of(NULL);
	struct libns_error why = LIBNS_ERROR_INIT;

	confine->said->failed = LIBNS_CONFINE_NICE | LIBNS_CONFINE_OOM;
	CHECK_INT(libns_confine_get_failed(confine), 0);
	confine->said->failed = 1u << 31;
	CHECK_INT(libns_confine_get_failed(confine), 0);
	memset(&confine->said->lost[1], 0x1b, sizeof(confine->said->lost[1]));
	CHECK(!libns_confine_was_lost(confine, LIBNS_CONFINE_CAPS, &why));
	confine->said->lost[1].code = EPERM;
	confine->said->lost[1].step = LIBNS_STEP_CAPS;
	CHECK(libns_confine_was_lost(confine, LIBNS_CONFINE_CAPS, &why));
	CHECK(!strchr(why.text, 0x1b));
	libns_confine_free(confine);
}

TEST(words_of_parts)
{
	static const struct {
		const char *list;
		unsigned int parts;
	} lists[] = {
		{ NULL, LIBNS_CONFINE_ALL | LIBNS_CONFINE_IDS },
		{ "caps,limits", LIBNS_CONFINE_CAPS | LIBNS_CONFINE_LIMITS },
		{ "-nice,-ids", LIBNS_CONFINE_ALL & ~LIBNS_CONFINE_NICE },
		{ "label,cgroup,-label", LIBNS_CONFINE_CGROUPS },
		{ "-cgroup,cgroup", LIBNS_CONFINE_ALL | LIBNS_CONFINE_IDS },
	};
	static const char *const wrong[] = { "", "-", "cap", "caps,", ",caps", "capss", "--caps" };
	struct libns_error err = LIBNS_ERROR_INIT;
	unsigned int parts = 7, again;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK_INT(libns_confine_parse(wrong[i], &parts, &err), -EINVAL);
	CHECK_INT(parts, 7);
	CHECK_INT(libns_confine_parse("caps,none,nice", &parts, &err), -EINVAL);
	CHECK_STR(err.text, "there is no part 'none'");
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		CHECK_INT(libns_confine_parse(lists[i].list, &parts, &err), 0);
		CHECK_INT(parts, lists[i].parts);
	}
	for (unsigned int part = 1; part <= LIBNS_CONFINE_FILTERS; part <<= 1) {
		CHECK_INT(libns_confine_parse(libns_confine_part_name(part), &again, &err), 0);
		CHECK_INT(again, part);
	}
	CHECK_STR(libns_confine_part_name(LIBNS_CONFINE_SELINUX), "label");
	CHECK_STR(libns_confine_part_name(LIBNS_CONFINE_IDS), "ids");
	CHECK(!libns_confine_part_name(0) && !libns_confine_part_name(LIBNS_CONFINE_ALL));
}

TEST(parts_in_their_order)
{
	unsigned int all = 0, part = 0;

	CHECK_INT(libns_confine_next_part(0), LIBNS_CONFINE_IDS);
	while ((part = libns_confine_next_part(part))) {
		CHECK(libns_confine_part_name(part) && !(all & part));
		all |= part;
	}
	CHECK_INT(all, LIBNS_CONFINE_ALL | LIBNS_CONFINE_IDS);
	CHECK_INT(libns_confine_next_part(LIBNS_CONFINE_SELINUX), 0);
}

/* -------------------------------------------------- labels, of modules that need not be there */

static void put(const char *dir, const char *name, const char *text)
{
	char path[128];
	int fd;

	for (const char *slash = dir; slash; slash = strchr(slash + 1, '/')) {
		snprintf(path, sizeof(path), "%.*s", (int)(slash - dir), dir);
		CHECK(!*path || mkdir(path, 0755) == 0 || errno == EEXIST);
	}
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	CHECK(mkdir(dir, 0755) == 0 || errno == EEXIST);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	CHECK_INT(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* Whether a process has @label below the one module, if @text is what its file says. */
static void label_is(const char *module, const char *file, unsigned int part, const char *text,
		     const char *label)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	pid_t pid = start(NULL);
	struct libns_confine *confine = new_of(pin(pid));
	char path[64];

	CHECK_INT(mount("none", "/sys", "tmpfs", 0, NULL), 0);
	put(module, "enforce", "1");
	put(module, "enabled", "Y");
	snprintf(path, sizeof(path), "/proc/%d/attr", (int)pid);
	CHECK_INT(mount("none", path, "tmpfs", 0, NULL), 0);
	snprintf(path, sizeof(path), "/proc/%d/attr%s", (int)pid, file);
	put(path, "current", text);
	if (libns_confine_read(confine, part, 0, &err) < 0)
		TAP_FAIL("%s", err.text);
	if (label)
		CHECK_STR(confine->label, label);
	else
		CHECK(!confine->label);
	libns_confine_free(confine);
	snprintf(path, sizeof(path), "/proc/%d/attr", (int)pid);
	CHECK_INT(umount2(path, MNT_DETACH), 0);
	CHECK_INT(umount2("/sys", MNT_DETACH), 0);
	end(pid);
}

TEST(label_of_a_process)
{
	static const char apparmor[] = "/sys/module/apparmor/parameters";
	static const char selinux[] = "/sys/fs/selinux", context[] = "u:r:t:s0 (x)";

	need_own_mounts();
	label_is(apparmor, "/apparmor", LIBNS_CONFINE_LABEL, "docker-default (enforce)\n",
		 "docker-default");
	label_is(apparmor, "/apparmor", LIBNS_CONFINE_LABEL, "a b (x) (complain)", "a b (x)");
	label_is(apparmor, "/apparmor", LIBNS_CONFINE_LABEL, "unconfined\n", NULL);
	label_is(apparmor, "/apparmor", LIBNS_CONFINE_LABEL, "", NULL);
	label_is(selinux, "", LIBNS_CONFINE_SELINUX, context, context);
	/* It has not been asked for: there is no such label to be asked for by that. */
	label_is(apparmor, "/apparmor", LIBNS_CONFINE_SELINUX, "docker-default (enforce)", NULL);
	label_is("/sys/none", "", LIBNS_CONFINE_LABEL, "docker-default (enforce)", NULL);
}

TAP_MAIN
