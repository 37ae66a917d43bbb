/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>

#include <libns/enter.h>
#include <libns/type.h>

#include "enter/entry.h"
#include "entry-to.h"

/* A child that did unshare(@flags), and then what @twist says; killed with the case. */
static pid_t victim(int flags, void (*twist)(void))
{
	int ready[2];
	char c = 0;
	pid_t pid;

	CHECK(pipe2(ready, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(flags) == 0) {
			if (twist)
				twist();
			c = 1;
		}
		if (write(ready[1], &c, 1) == 1)
			pause();
		_exit(0);
	}
	CHECK(pid > 0);
	CHECK(read(ready[0], &c, 1) == 1);
	if (!c)
		SKIP("namespaces cannot be created here");
	close(ready[0]);
	close(ready[1]);
	return tap_keep_child(pid);
}

TEST(what_the_caller_is_in_is_dropped)
{
	struct libns_entry *entry = entry_to(getpid(), LIBNS_ENTER_ROOT, LIBNS_TYPES_ALL);

	CHECK_INT(libns_entry_get_types(entry), 0);
	CHECK_INT(libns_entry_get_same(entry) | libns_entry_get_unreadable(entry), LIBNS_TYPES_ALL);
	CHECK(!libns_entry_has_root(entry));
	CHECK(!libns_entry_step_at(entry, 0));
	CHECK_INT(libns_entry_get_fd(entry, LIBNS_TYPE_NET), -1);
	CHECK(!libns_entry_free(entry));
}

TEST(what_differs_is_kept)
{
	pid_t pid = victim(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWUTS, NULL);
	struct libns_entry *entry = entry_to(pid, 0, LIBNS_TYPES_ALL);
	const struct libns_entry_step *step = libns_entry_step_at(entry, 0);

	CHECK_INT(libns_entry_get_types(entry), LIBNS_TYPE_USER | LIBNS_TYPE_NET | LIBNS_TYPE_UTS);
	CHECK(step && !strncmp(step->call, "setns(pidfd, ", 13));
	CHECK_INT(step->types, libns_entry_get_types(entry));
	CHECK(!libns_entry_step_at(entry, 1));
	libns_entry_leave_out(entry, LIBNS_TYPE_NET);
	CHECK_INT(libns_entry_get_types(entry), LIBNS_TYPE_USER | LIBNS_TYPE_UTS);
	CHECK_INT(libns_entry_step_at(entry, 0)->types, LIBNS_TYPE_USER | LIBNS_TYPE_UTS);
	libns_entry_free(entry);
}

TEST(only_what_was_asked_for)
{
	pid_t pid = victim(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWUTS, NULL);
	struct libns_entry *entry = entry_to(pid, 0, LIBNS_TYPE_UTS | LIBNS_TYPE_IPC);

	CHECK_INT(libns_entry_get_types(entry), LIBNS_TYPE_UTS);
	CHECK_INT(libns_entry_get_same(entry), LIBNS_TYPE_IPC);
	libns_entry_free(entry);
}

/* Returns once the child will die with us: it cannot see whether we are alive. */
static void give_birth(void)
{
	int ready[2];
	char c = 0;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return;
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(ready[1], &c, 1) == 1)
			pause();
		_exit(0);
	}
	(void)!read(ready[0], &c, 1);
}

TEST(a_parent_is_entered_where_its_children_are)
{
	pid_t pid = victim(CLONE_NEWUSER | CLONE_NEWPID, give_birth);
	struct libns_entry *entry = entry_to(pid, LIBNS_ENTER_FOR_CHILDREN, LIBNS_TYPES_ALL);

	CHECK_INT(libns_entry_get_types(entry), LIBNS_TYPE_USER | LIBNS_TYPE_PID);
	CHECK_INT(libns_entry_get_for_children(entry), LIBNS_TYPE_PID);
	libns_entry_free(entry);

	entry = entry_to(pid, 0, LIBNS_TYPES_ALL);
	CHECK_INT(libns_entry_get_types(entry), LIBNS_TYPE_USER);
	libns_entry_free(entry);
}

TEST(a_parent_is_entered_at_the_time_of_its_children)
{
	pid_t pid = victim(CLONE_NEWUSER | CLONE_NEWTIME, NULL);
	struct libns_entry *entry = entry_to(pid, LIBNS_ENTER_FOR_CHILDREN, LIBNS_TYPES_ALL);

	CHECK_INT(libns_entry_get_types(entry), LIBNS_TYPE_USER | LIBNS_TYPE_TIME);
	CHECK_INT(libns_entry_get_for_children(entry), LIBNS_TYPE_TIME);
	libns_entry_free(entry);
}

TEST(a_parent_whose_pid_namespace_has_no_process_yet)
{
	pid_t pid = victim(CLONE_NEWUSER | CLONE_NEWPID, NULL);
	struct libns_entry *entry = entry_to(pid, LIBNS_ENTER_FOR_CHILDREN, LIBNS_TYPES_ALL);

	CHECK(libns_entry_get_types(entry) & LIBNS_TYPE_USER);
	libns_entry_free(entry);
}

TEST(descriptors_win_over_the_process)
{
	pid_t pid = victim(CLONE_NEWUSER | CLONE_NEWNET, NULL);
	int own = tap_keep(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	struct libns_enter_plan plan = LIBNS_ENTER_PLAN_INIT;
	struct libns_entry *entry;

	plan.proc = pin(pid);
	plan.types = LIBNS_TYPES_ALL;
	plan.ns_fds = &own;
	plan.n_ns_fds = 1;
	CHECK_INT(libns_entry_new(&plan, &entry, NULL), 0);
	CHECK_INT(libns_entry_get_types(entry), LIBNS_TYPE_USER);
	CHECK(libns_entry_get_same(entry) & LIBNS_TYPE_NET);
	libns_entry_free(entry);
}

TEST(owner_instead_of_the_user_namespace)
{
	pid_t pid = victim(CLONE_NEWUSER | CLONE_NEWNET, NULL);
	struct libns_entry *entry = entry_to(pid, LIBNS_ENTER_USER_PARENT, LIBNS_TYPE_USER);

	/* Its parent is our own. */
	CHECK_INT(libns_entry_get_types(entry), 0);
	CHECK_INT(libns_entry_get_same(entry), LIBNS_TYPE_USER);
	libns_entry_free(entry);
}

TEST(contradictions_are_refused)
{
	int net[2] = { tap_keep(open("/proc/self/ns/net", O_RDONLY)),
		       tap_keep(open("/proc/self/ns/net", O_RDONLY)) };
	struct libns_enter_plan plan = LIBNS_ENTER_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_entry *entry;

	plan.types = LIBNS_TYPE_NET;
	CHECK_INT(libns_entry_new(&plan, &entry, &err), -EINVAL);
	CHECK_CONTAINS(err.text, "need a process");

	plan.types = 0;
	plan.ns_fds = net;
	plan.n_ns_fds = 2;
	CHECK_INT(libns_entry_new(&plan, &entry, &err), -EINVAL);
	CHECK_STR(err.text, "two net namespaces cannot be entered at once");
	CHECK_INT(err.types, LIBNS_TYPE_NET);

	net[0] = tap_keep(open("/dev/null", O_RDONLY));
	CHECK_INT(libns_entry_new(&plan, &entry, &err), -EINVAL);

	plan.flags = UINT64_C(1) << 60;
	CHECK_INT(libns_entry_new(&plan, &entry, &err), -EINVAL);
	plan.size = 0;
	CHECK_INT(libns_entry_new(&plan, &entry, &err), -EINVAL);
}

TEST(a_newer_plan_is_refused_only_if_it_uses_the_new)
{
	struct {
		struct libns_enter_plan plan;
		uint64_t future;
	} big = { LIBNS_ENTER_PLAN_INIT, 0 };
	struct libns_entry *entry;

	big.plan.size = sizeof(big);
	CHECK_INT(libns_entry_new(&big.plan, &entry, NULL), 0);
	libns_entry_free(entry);
	big.future = 1;
	CHECK_INT(libns_entry_new(&big.plan, &entry, NULL), -E2BIG);
}

TEST(a_target_that_is_gone)
{
	pid_t pid = victim(CLONE_NEWUSER, NULL);
	struct libns_enter_plan plan = LIBNS_ENTER_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_entry *entry;

	plan.proc = pin(pid);
	kill(pid, SIGKILL);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	plan.types = LIBNS_TYPES_ALL;
	CHECK_INT(libns_entry_new(&plan, &entry, &err), -ESRCH);
	CHECK(*err.text);
}

/* What libns_entry_query_ids() says of a user namespace with such a map. */
static struct libns_entry_ids ids_of(const char *map)
{
	struct libns_entry_ids ids = LIBNS_ENTRY_IDS_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_entry *entry;
	pid_t pid = victim(CLONE_NEWUSER, NULL);

	map_ids(pid, "uid_map", map);
	map_ids(pid, "gid_map", map);
	entry = entry_to(pid, 0, LIBNS_TYPE_USER);
	if (libns_entry_query_ids(entry, &ids, &err) < 0)
		TAP_FAIL("%s", err.text);
	libns_entry_free(entry);
	return ids;
}

TEST(ids_that_make_sense_inside)
{
	struct libns_entry_ids ids;

	if (geteuid() != 0)
		SKIP("only root may map other ids than his own");
	ids = ids_of("0 70000 10");
	CHECK(ids.has_uid && ids.has_gid && ids.setgroups && !ids.has_own_uid);
	CHECK_INT(ids.uid | ids.gid, 0);
	/* Root of the target, which the caller is as well, has the number 5 in there. */
	ids = ids_of("5 0 1");
	CHECK(ids.has_uid && ids.has_gid && ids.has_own_uid);
	CHECK_INT(ids.uid, 5);
	CHECK_INT(ids.gid, 5);
	CHECK_INT(ids.own_uid, 5);
	ids = ids_of("5 70000 1");
	CHECK(!ids.has_uid && !ids.has_gid && !ids.setgroups && !ids.has_own_uid);
	ids = ids_of("0 70000 1\n7 0 1");
	CHECK(ids.has_uid && ids.has_own_uid);
	CHECK_INT(ids.uid, 0);
	CHECK_INT(ids.own_uid, 7);
}

/* What libns_entry_query_target_id() says of such a map, in *@ret_id and in @err. */
static int target_id_of(const char *map, uint32_t *ret_id, struct libns_error *err)
{
	struct libns_entry *entry;
	pid_t pid = victim(CLONE_NEWUSER, NULL);
	int r;

	map_ids(pid, "uid_map", map);
	entry = entry_to(pid, 0, LIBNS_TYPE_USER);
	r = libns_entry_query_target_id(entry, LIBNS_IDMAP_UID, ret_id, err);
	libns_entry_free(entry);
	return r;
}

TEST(the_id_of_the_target_inside)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_enter_plan plan = LIBNS_ENTER_PLAN_INIT;
	struct libns_entry *entry;
	uint32_t id = 77;

	if (geteuid() != 0)
		SKIP("only root may map other ids than his own");
	CHECK_INT(target_id_of("5 0 1", &id, &err), 1);
	CHECK_INT(id, 5);
	/* Without a number, but the caller's as well: it is kept. */
	id = 77;
	CHECK_INT(target_id_of("5 70000 1", &id, &err), 0);
	CHECK_INT(id, 77);
	/* In the caller's own user namespace the number is the one that everybody sees. */
	entry = entry_to(getpid(), 0, 0);
	CHECK_INT(libns_entry_query_target_id(entry, LIBNS_IDMAP_GID, &id, &err), 1);
	CHECK_INT(id, getegid());
	libns_entry_free(entry);
	CHECK_INT(libns_entry_new(&plan, &entry, &err), 0);
	CHECK_INT(libns_entry_query_target_id(entry, LIBNS_IDMAP_UID, &id, &err), -ENODATA);
	libns_entry_free(entry);
}

static void become_somebody(void)
{
	if (setresuid(60000, 60000, 60000) < 0)
		_exit(1);
}

TEST(an_id_of_the_target_that_has_no_number_inside)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_entry *entry;
	uint32_t id;
	pid_t pid;

	if (geteuid() != 0)
		SKIP("only root may become somebody else");
	/* Nothing is mapped, so that it stays who it is out here. */
	pid = victim(0, become_somebody);
	entry = entry_to(pid, 0, LIBNS_TYPES_ALL);
	CHECK_INT(libns_entry_query_target_id(entry, LIBNS_IDMAP_UID, &id, &err), 1);
	CHECK_INT(id, 60000);
	libns_entry_free(entry);
	pid = victim(CLONE_NEWUSER, NULL);
	map_ids(pid, "uid_map", "5 70000 1");
	entry = entry_to(pid, 0, LIBNS_TYPE_USER);
	CHECK_INT(seteuid(60001), 0);
	CHECK_INT(libns_entry_query_target_id(entry, LIBNS_IDMAP_UID, &id, &err), -EOVERFLOW);
	CHECK_INT(seteuid(0), 0);
	CHECK_CONTAINS(err.text, "the user id of process");
	CHECK_CONTAINS(err.text, "has no number in its user namespace");
	libns_entry_free(entry);
}

TEST(an_id_inside_as_it_is_out_here)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_entry *entry;
	uint32_t id = 77;
	pid_t pid;

	if (geteuid() != 0)
		SKIP("only root may map other ids than his own");
	pid = victim(CLONE_NEWUSER, NULL);
	map_ids(pid, "gid_map", "5 70000 10");
	entry = entry_to(pid, 0, LIBNS_TYPE_USER);
	CHECK_INT(entry_to_outer(entry, LIBNS_IDMAP_GID, 7, &id, &err), 1);
	CHECK_INT(id, 70002);
	CHECK_INT(entry_to_outer(entry, LIBNS_IDMAP_GID, 15, &id, &err), 0);
	CHECK_INT(id, 70002);
	libns_entry_free(entry);
}

TAP_MAIN
