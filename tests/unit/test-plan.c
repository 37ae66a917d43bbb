/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sys/mount.h>

#include <libns/type.h>

#include "spawn/plan.h"
#include "tap.h"

static char name[] = "true";
static char *const program[] = { name, NULL };

static int load_as(const struct libns_plan *ask, unsigned int how, uid_t id, struct plan *plan)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int r = plan_load(plan, ask, how, id, id, &err);

	CHECK_INT(r, -err.code);
	CHECK((r < 0) == (err.text[0] != '\0'));
	return r;
}

static int load(const struct libns_plan *ask, unsigned int how)
{
	struct plan plan;

	return load_as(ask, how, 0, &plan);
}

static struct libns_idmap *map_of(const char *spec)
{
	/* Held until the case ends, with its process. */
	static struct libns_idmap *maps[32];
	static size_t n_maps;
	struct libns_idmap *map;

	CHECK_INT(libns_idmap_new(&map, NULL), 0);
	CHECK_INT(libns_idmap_add_text(map, spec, NULL), 0);
	CHECK(n_maps < 32);
	return maps[n_maps++] = map;
}

/* A plan of a program that was compiled against another version. */
struct longer {
	struct libns_plan plan;
	uint64_t more;
};

TEST(size)
{
	struct longer ask = { .plan = LIBNS_PLAN_INIT };

	ask.plan.size = sizeof(ask);
	CHECK_INT(load(&ask.plan, LIBNS_HOW_UNSHARE), 0);
	ask.more = 1;
	CHECK_INT(load(&ask.plan, LIBNS_HOW_UNSHARE), -E2BIG);
	ask.plan.size = 0;
	CHECK_INT(load(&ask.plan, LIBNS_HOW_UNSHARE), -EINVAL);
	CHECK_INT(load(NULL, LIBNS_HOW_UNSHARE), -EINVAL);
}

TEST(shorter_plan_is_completed_with_zeros)
{
	struct libns_plan ask = LIBNS_PLAN_INIT;
	struct plan plan;

	ask.size = offsetof(struct libns_plan, hostname);
	ask.types = LIBNS_TYPE_UTS;
	ask.hostname = "beyond the end";
	CHECK_INT(load_as(&ask, LIBNS_HOW_UNSHARE, 0, &plan), 0);
	CHECK_INT(plan.ask.types, LIBNS_TYPE_UTS);
	CHECK(!plan.ask.hostname);
}

TEST(unknown_bits)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan ask = LIBNS_PLAN_INIT;
	struct plan plan;

	ask.flags = LIBNS_PLAN_UID | (UINT64_C(3) << 62);
	CHECK_INT(plan_load(&plan, &ask, LIBNS_HOW_UNSHARE, 0, 0, &err), -EINVAL);
	CHECK_STR(err.text, "this libns knows no flag of a plan with the value 1 << 62");
	ask.flags = 0;
	ask.types = LIBNS_TYPE_NET | 2;
	CHECK_INT(plan_load(&plan, &ask, LIBNS_HOW_UNSHARE, 0, 0, &err), -EINVAL);
	CHECK_STR(err.text, "this libns knows no namespace type with the value 1 << 1");
	ask.types = 0;
	ask.propagation = MS_PRIVATE | MS_SHARED;
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), -EINVAL);
}

TEST(what_needs_a_user_namespace)
{
	struct libns_plan ask = LIBNS_PLAN_INIT;

	ask.setgroups = LIBNS_SETGROUPS_DENY;
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), -EINVAL);
	ask.types = LIBNS_TYPE_USER;
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), 0);
	ask.types = 0;
	ask.setgroups = 0;
	ask.flags = LIBNS_PLAN_OWNER;
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), -EINVAL);
	ask.flags = LIBNS_PLAN_KEEP_CAPS;
	ask.types = LIBNS_TYPE_NET;
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), -EINVAL);
	/* The rest of a plan, after libns_enter(). */
	ask.types = 0;
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), 0);
	ask.flags = 0;
	ask.uid_map = map_of("0:0:1");
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), -EINVAL);
}

static int reach(const struct libns_plan *ask, uint64_t entered)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct plan plan;
	int r;

	CHECK_INT(plan_load(&plan, ask, LIBNS_HOW_UNSHARE, 0, 0, NULL), 0);
	r = plan_check_reach(&plan, entered, &err);
	CHECK_INT(r < 0, err.text[0] != '\0');
	return r;
}

/* What would change the machine of the caller. */
static void needs(struct libns_plan ask, uint64_t type)
{
	CHECK_INT(reach(&ask, 0), -EINVAL);
	CHECK_INT(reach(&ask, LIBNS_TYPES_ALL & ~type), -EINVAL);
	CHECK_INT(reach(&ask, type), 0);
	ask.types = LIBNS_TYPES_ALL & ~type;
	CHECK_INT(reach(&ask, 0), -EINVAL);
	ask.types = type;
	CHECK_INT(reach(&ask, 0), 0);
	ask.types = 0;
	ask.flags |= LIBNS_PLAN_CHANGE_OLD;
	CHECK_INT(reach(&ask, 0), 0);
}

TEST(what_needs_a_namespace_of_its_own)
{
	struct libns_plan ask = LIBNS_PLAN_INIT;

	needs((struct libns_plan){ .size = ask.size, .hostname = "x" }, LIBNS_TYPE_UTS);
	needs((struct libns_plan){ .size = ask.size, .domainname = "x" }, LIBNS_TYPE_UTS);
	needs((struct libns_plan){ .size = ask.size, .mount_proc = "/proc" }, LIBNS_TYPE_MNT);
	needs((struct libns_plan){ .size = ask.size, .mount_binfmt = "/mnt" }, LIBNS_TYPE_MNT);
	needs((struct libns_plan){ .size = ask.size, .propagation = MS_PRIVATE }, LIBNS_TYPE_MNT);
	/* A copy of the mounts is one. */
	ask.flags = LIBNS_PLAN_OWN_MOUNTS;
	ask.mount_proc = "/proc";
	CHECK_INT(reach(&ask, 0), 0);
	ask = (struct libns_plan){ .size = ask.size };
	needs((struct libns_plan){ .size = ask.size, .flags = LIBNS_PLAN_LOOPBACK },
	      LIBNS_TYPE_NET);
	CHECK_INT(reach(&ask, 0), 0);
}

TEST(mounts_of_its_own)
{
	struct libns_plan ask = LIBNS_PLAN_INIT;

	ask.flags = LIBNS_PLAN_OWN_MOUNTS;
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), 0);
	ask.types = LIBNS_TYPE_MNT;
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), -EINVAL);
}

TEST(a_plan_of_mounts)
{
	struct libns_plan ask = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_mount_plan *mounts;

	CHECK_INT(libns_mount_plan_new(&mounts, &err), 0);
	CHECK_INT(libns_mount_plan_add_tree(mounts, 2, "/mnt", &err), -EINVAL);
	CHECK_INT(libns_mount_plan_add_tree(mounts, 7, "", &err), -EINVAL);
	CHECK_STR(err.text, "the target of a mount is empty");
	CHECK_INT(libns_mount_plan_add_tree(mounts, 7, "/mnt", &err), 0);
	ask.mounts = mounts;
	CHECK_INT(reach(&ask, 0), -EINVAL);
	/* That is joined, and others are in it. */
	CHECK_INT(reach(&ask, LIBNS_TYPE_MNT), -EINVAL);
	ask.flags = LIBNS_PLAN_OWN_MOUNTS;
	CHECK_INT(reach(&ask, LIBNS_TYPE_MNT), 0);
	ask.root = "/srv";
	ask.mount_proc = "/proc";
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), 0);
	/* A source is a file of the caller's, not of whom is joined. */
	CHECK_INT(libns_mount_plan_add_bind(mounts, "", "/mnt", 0, &err), -EINVAL);
	CHECK_STR(err.text, "the source of a mount is empty");
	CHECK_INT(libns_mount_plan_add_bind(mounts, "/none/such", "/mnt", 0, &err), -ENOENT);
	CHECK_STR(err.text, "cannot open '/none/such': No such file or directory");
	CHECK_INT(libns_mount_plan_add_bind(mounts, "/", "/mnt", LIBNS_TREE_NOSYMFOLLOW << 1, &err),
		  -EINVAL);
	CHECK_INT(libns_mount_plan_add_bind(mounts, "/", "/mnt", LIBNS_TREE_READ_ONLY, &err), 0);
	CHECK_INT(reach(&ask, LIBNS_TYPE_MNT), -EINVAL);
	CHECK_INT(reach(&ask, 0), 0);
	CHECK_INT(libns_mount_plan_count(mounts), 2);
	CHECK_INT(libns_mount_plan_add_proc(mounts, "/proc", &err), 0);
	CHECK_INT(reach(&ask, LIBNS_TYPE_PID), -EINVAL);
	CHECK_INT(reach(&ask, 0), 0);
	/* With a new root there is no other one, and no procfs but in the plan. */
	CHECK_INT(libns_mount_plan_set_root(mounts, "/dev/null", 0, &err), -ENOTDIR);
	CHECK_INT(libns_mount_plan_set_root(mounts, "/", 0, &err), 0);
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), -EINVAL);
	ask.root = NULL;
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), -EINVAL);
	ask.mount_proc = NULL;
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), 0);
	CHECK(libns_mount_plan_free(mounts) == NULL);
}

TEST(a_final_user)
{
	struct libns_plan ask = LIBNS_PLAN_INIT;

	ask.flags = LIBNS_PLAN_FINAL_USER;
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), -EINVAL);
	ask.types = LIBNS_TYPE_USER;
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), 0);
	ask.final_gid = (gid_t)-1;
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), -EINVAL);
}

TEST(programs_of_the_set_up)
{
	struct libns_program setup = { "true", program };
	struct libns_plan ask = LIBNS_PLAN_INIT;

	ask.types = LIBNS_TYPE_MNT;
	ask.setups = &setup;
	ask.n_setups = 1;
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), -EINVAL);
	setup.path = "/bin/true";
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), 0);
	CHECK_INT(reach(&ask, LIBNS_TYPE_PID), -EINVAL);
	/* It would be the first process. */
	ask.types = LIBNS_TYPE_PID;
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), -EINVAL);
	ask.argv = program;
	CHECK_INT(load(&ask, LIBNS_HOW_SPAWN), 0);
	setup.argv = NULL;
	CHECK_INT(load(&ask, LIBNS_HOW_SPAWN), -EINVAL);
}

TEST(a_control_group_of_its_own)
{
	struct libns_persist persist = { LIBNS_TYPE_CGROUP, "/x" };
	struct libns_plan ask = LIBNS_PLAN_INIT;

	ask.flags = LIBNS_PLAN_CGROUP;
	ask.cgroup_fd = 3;
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), -EINVAL);
	ask.argv = program;
	CHECK_INT(load(&ask, LIBNS_HOW_SPAWN), 0);
	ask.cgroup_fd = 2;
	CHECK_INT(load(&ask, LIBNS_HOW_SPAWN), -EINVAL);
	ask.cgroup_fd = 3;
	ask.types = LIBNS_TYPE_CGROUP;
	CHECK_INT(load(&ask, LIBNS_HOW_SPAWN), 0);
	ask.persist = &persist;
	ask.n_persist = 1;
	CHECK_INT(load(&ask, LIBNS_HOW_SPAWN), -EINVAL);
}

TEST(what_only_a_child_can_have)
{
	struct libns_plan ask = LIBNS_PLAN_INIT;

	CHECK_INT(load(&ask, LIBNS_HOW_SPAWN), -EINVAL);
	ask.argv = program;
	CHECK_INT(load(&ask, LIBNS_HOW_SPAWN), 0);
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), -EINVAL);
	ask.flags = LIBNS_PLAN_PID1;
	CHECK_INT(load(&ask, LIBNS_HOW_SPAWN), -EINVAL);
	ask.types = LIBNS_TYPE_PID;
	CHECK_INT(load(&ask, LIBNS_HOW_SPAWN), 0);
	ask.death_signal = 1000;
	CHECK_INT(load(&ask, LIBNS_HOW_SPAWN), -EINVAL);
}

TEST(contradictions)
{
	struct libns_plan ask = LIBNS_PLAN_INIT;

	ask.flags = LIBNS_PLAN_BOOTTIME;
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), -EINVAL);
	ask.flags = LIBNS_PLAN_ROOT_FD;
	ask.root = "/";
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), -EINVAL);
	ask.flags = LIBNS_PLAN_CWD_FD;
	ask.root = NULL;
	ask.cwd = "/";
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), -EINVAL);
	ask.flags = 0;
	ask.load_interp = ":x";
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), -EINVAL);
}

TEST(persist_only_what_is_created)
{
	struct libns_persist persist[] = { { LIBNS_TYPE_NET, "/x" }, { LIBNS_TYPE_NET, "/y" } };
	struct libns_plan ask = LIBNS_PLAN_INIT;

	ask.persist = persist;
	ask.n_persist = 1;
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), -EINVAL);
	ask.types = LIBNS_TYPE_NET;
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), 0);
	ask.n_persist = 2;
	CHECK_INT(load(&ask, LIBNS_HOW_UNSHARE), -EINVAL);
}

/* Who writes the maps decides over setgroups, so it is worth a table. */
TEST(who_writes_the_maps)
{
	static const struct {
		const char *spec;
		unsigned int setgroups;
		uid_t id;
		bool uid, gid;
	} cases[] = {
		{ "0:1000:1", LIBNS_SETGROUPS_DEFAULT, 1000, true, true },
		{ "0:1000:2", LIBNS_SETGROUPS_DEFAULT, 1000, false, false },
		{ "0:1001:1", LIBNS_SETGROUPS_DEFAULT, 1000, false, false },
		{ "0:1000:1", LIBNS_SETGROUPS_ALLOW, 1000, true, false },
		{ "0:0:1", LIBNS_SETGROUPS_DEFAULT, 0, true, false },
		{ "0:0:1", LIBNS_SETGROUPS_DENY, 0, true, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct libns_plan ask = LIBNS_PLAN_INIT;
		struct plan plan;

		ask.types = LIBNS_TYPE_USER;
		ask.setgroups = cases[i].setgroups;
		ask.uid_map = ask.gid_map = map_of(cases[i].spec);
		CHECK_INT(load_as(&ask, LIBNS_HOW_UNSHARE, cases[i].id, &plan), 0);
		CHECK_INT(plan.self_uid, cases[i].uid);
		CHECK_INT(plan.self_gid, cases[i].gid);
		CHECK_INT(plan.outside_maps, !(cases[i].uid && cases[i].gid));
	}
}

TAP_MAIN
