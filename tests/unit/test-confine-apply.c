/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Taking over what confines a process, as steps of a plan. */
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <libns/libns.h>

#include "confine/confine.h"
#include "spawn.h"

#define HIGHER_OOM 400

static int read_oom(void)
{
	FILE *file = fopen("/proc/self/oom_score_adj", "re");
	int value = -5000;

	CHECK(file != NULL);
	CHECK_INT(fscanf(file, "%d", &value), 1);
	fclose(file);
	return value;
}

/* As if a process like this had been read. */
static struct libns_confine *confinement(unsigned int parts, int own_oom)
{
	struct libns_confine *confine = NULL;

	CHECK_INT(libns_confine_new(NULL, LIBNS_USER_KEPT, &confine, NULL), 0);
	confine->parts = parts;
	confine->umask = 0027;
	confine->nice = 7;
	confine->no_new_privs = parts & LIBNS_CONFINE_NO_NEW_PRIVS;
	confine->oom = HIGHER_OOM;
	confine->own_oom = own_oom;
	if (parts & LIBNS_CONFINE_OOM) {
		confine->oom_fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
		CHECK(confine->oom_fd >= 0);
	}
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit now;

		CHECK_INT(getrlimit(i, &now), 0);
		confine->limits[i] = (struct libns_rlimit){ i, now.rlim_cur, now.rlim_max };
	}
	confine->limits[RLIMIT_CORE].soft = 0;
	return confine;
}

static int is_confined(void *data)
{
	struct rlimit core;

	(void)data;
	if (umask(0) != 0027)
		return 1;
	if (getpriority(PRIO_PROCESS, 0) < 7)
		return 2;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 3;
	if (getrlimit(RLIMIT_CORE, &core) < 0 || core.rlim_cur != 0)
		return 4;
	return read_oom() == HIGHER_OOM ? 0 : 5;
}

#define PARTS                                                                                      \
	(LIBNS_CONFINE_UMASK | LIBNS_CONFINE_NICE | LIBNS_CONFINE_NO_NEW_PRIVS |                   \
	 LIBNS_CONFINE_LIMITS | LIBNS_CONFINE_OOM)

TEST(a_child_is_confined_and_the_caller_is_not)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	int own_oom = read_oom();

	if (own_oom > HIGHER_OOM)
		SKIP("the oom score is high already");
	plan.confine = confinement(PARTS, own_oom);
	plan.main = is_confined;
	CHECK_INT(status_of_run(&plan), 0);
	CHECK_INT(read_oom(), own_oom);
	CHECK_INT(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
	libns_confine_free(plan.confine);
}

TEST(so_is_one_in_a_joined_pid_namespace)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_child *inside;
	struct libns_entry *entry;
	struct libns_proc *proc;

	may_create(LIBNS_TYPE_USER | LIBNS_TYPE_PID);
	inside = container(&proc, &entry);
	plan.entry = entry;
	plan.confine = confinement(PARTS & ~LIBNS_CONFINE_OOM, 0);
	plan.argv = ARGV("sh", "-c",
			 "test $(umask) = 0027 && test $(ulimit -c) = 0 && "
			 "grep -q '^NoNewPrivs:.1' /proc/self/status");
	CHECK_INT(status_of_run(&plan), 0);
	libns_confine_free(plan.confine);
	end_container(inside, proc, entry);
}

TEST(in_place)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	int own_oom = read_oom();

	if (own_oom > HIGHER_OOM)
		SKIP("the oom score is high already");
	plan.confine = confinement(PARTS, own_oom);
	CHECK_INT(libns_apply(&plan, &err), 0);
	CHECK_INT(is_confined(NULL), 0);
	libns_confine_free(plan.confine);
}

TEST(limits_of_the_plan_go_before)
{
	const struct libns_rlimit core = { RLIMIT_CORE, 4096, UINT64_MAX };
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct rlimit now;

	CHECK_INT(getrlimit(RLIMIT_CORE, &now), 0);
	if (now.rlim_max != RLIM_INFINITY)
		SKIP("core files are limited here");
	plan.confine = confinement(LIBNS_CONFINE_LIMITS, 0);
	plan.rlimits = &core;
	plan.n_rlimits = 1;
	CHECK_INT(libns_apply(&plan, &err), 0);
	CHECK_INT(getrlimit(RLIMIT_CORE, &now), 0);
	CHECK_INT(now.rlim_cur, 4096);
	libns_confine_free(plan.confine);
}

/* A label that nobody can have, since there is no file to write it to. */
static struct libns_confine *impossible_label(void)
{
	struct libns_confine *confine = confinement(LIBNS_CONFINE_LABEL, 0);

	confine->label = strdup("a\tlabel");
	confine->proc_fd = open("/", O_PATH | O_CLOEXEC);
	return confine;
}

static void check_label_fails(struct libns_plan *plan)
{
	struct libns_error err = LIBNS_ERROR_INIT, why = LIBNS_ERROR_INIT;
	struct libns_child *child = NULL;

	plan->argv = ARGV("true");
	plan->confine = impossible_label();
	CHECK_INT(libns_spawn(plan, &child, &err), -ENOENT);
	CHECK_INT(libns_confine_get_failed(plan->confine), LIBNS_CONFINE_LABEL);
	CHECK_STR(err.text, "cannot take over the label 'a\\x09label': No such file or directory");
	CHECK(!libns_confine_was_lost(plan->confine, LIBNS_CONFINE_LABEL, &why));
	libns_confine_set_optional(plan->confine, LIBNS_CONFINE_LABEL);
	CHECK_INT(status_of_run(plan), 0);
	CHECK_INT(libns_confine_get_failed(plan->confine), 0);
	CHECK(libns_confine_was_lost(plan->confine, LIBNS_CONFINE_LABEL, &why));
	CHECK_STR(why.text, err.text);
	CHECK_INT(libns_confine_get_parts(plan->confine), 0);
	libns_confine_free(plan->confine);
}

TEST(a_part_that_cannot_be_taken_over_is_named)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;

	check_label_fails(&plan);
}

TEST(and_by_the_helper_that_nobody_inside_can_see)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_child *inside;
	struct libns_entry *entry;
	struct libns_proc *proc;

	may_create(LIBNS_TYPE_USER | LIBNS_TYPE_PID);
	inside = container(&proc, &entry);
	plan.entry = entry;
	check_label_fails(&plan);
	end_container(inside, proc, entry);
}

static int write_there(void *data)
{
	*(volatile unsigned int *)data = LIBNS_CONFINE_NICE;
	return 0;
}

TEST(the_program_cannot_write_where_parts_are_named)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_child *inside;
	struct libns_entry *entry;
	struct libns_proc *proc;

#if defined(__SANITIZE_ADDRESS__)
	SKIP("the sanitizer catches the signal");
#endif
	may_create(LIBNS_TYPE_USER | LIBNS_TYPE_PID);
	inside = container(&proc, &entry);
	plan.entry = entry;
	plan.confine = confinement(0, 0);
	plan.main = write_there;
	plan.main_data = &plan.confine->said->failed;
	CHECK_INT(WTERMSIG(status_of_run(&plan)), SIGSEGV);
	CHECK_INT(libns_confine_get_failed(plan.confine), 0);
	libns_confine_free(plan.confine);
	end_container(inside, proc, entry);
}

TEST(groups_and_capabilities)
{
	const gid_t groups[] = { 6, 5 };
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_confine *confine;
	gid_t now[3];

	if (geteuid() != 0)
		SKIP("only root can set groups");
	CHECK_INT(libns_confine_new(NULL, LIBNS_USER_KEPT, &confine, NULL), 0);
	CHECK_INT(libns_confine_set_groups(confine, groups, 2, NULL), 0);
	libns_confine_limit_caps(confine, UINT64_C(1) << 5);
	libns_confine_limit_caps(confine, UINT64_C(3) << 5);
	plan.confine = confine;
	CHECK_INT(libns_apply(&plan, &err), 0);
	CHECK_INT(getgroups(3, now), 2);
	CHECK_INT(prctl(PR_CAPBSET_READ, 5, 0, 0, 0), 1);
	CHECK_INT(prctl(PR_CAPBSET_READ, 6, 0, 0, 0), 0);
	libns_confine_free(confine);
}

static int refuses(unsigned long request)
{
	char c = 'x';

	return ioctl(STDIN_FILENO, request, &c) < 0 && errno == EPERM;
}

static int cannot_type(void *data)
{
	(void)data;
	return refuses(TIOCSTI) && refuses(TIOCLINUX) && !refuses(FIONREAD) ? 0 : 1;
}

TEST(a_guarded_terminal_cannot_be_typed_into)
{
	struct libns_plan plan = rootless(0);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	may_create(LIBNS_TYPE_USER);
	/* Which is no terminal: without the filter it is ENOTTY. */
	CHECK_INT(dup2(null, STDIN_FILENO), STDIN_FILENO);
	close(null);
	CHECK_INT(cannot_type(NULL), 1);
	plan.confine = confinement(0, 0);
	libns_confine_guard_terminal(plan.confine);
	plan.main = cannot_type;
	CHECK_INT(status_of_run(&plan), 0);
	libns_confine_free(plan.confine);
}

struct lines {
	char text[2048];
};

static int add_line(void *data, const char *actor, const char *call, const char *why)
{
	struct lines *lines = data;
	size_t n = strlen(lines->text);

	(void)why;
	snprintf(lines->text + n, sizeof(lines->text) - n, "%s: %s\n", actor, call);
	return 0;
}

TEST(explained_in_the_order_in_which_it_is_done)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct lines lines = { "" };
	struct libns_error err = LIBNS_ERROR_INIT;

	plan.confine = confinement(PARTS & ~LIBNS_CONFINE_LIMITS, 0);
	libns_confine_limit_caps(plan.confine, 1);
	plan.flags = LIBNS_PLAN_UID;
	plan.argv = ARGV("true");
	CHECK_INT(libns_plan_explain(&plan, LIBNS_HOW_SPAWN, add_line, &lines, &err), 0);
	CHECK_CONTAINS(lines.text, "caller: write(\"/proc/self/oom_score_adj\")\n");
	CHECK_CONTAINS(lines.text, "child: prctl(PR_CAPBSET_DROP)\n"
				   "child: setpriority()\n"
				   "child: umask()\n"
				   "child: setuid(0)\n"
				   "child: capset()\n"
				   "child: prctl(PR_SET_NO_NEW_PRIVS, 1)\n");
	libns_confine_free(plan.confine);
}

TAP_MAIN
