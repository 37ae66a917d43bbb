/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <libns/error.h>
#include <libns/type.h>

#include "hint.h"

static void accounts(const char *subids)
{
	private_mounts();
	cover("/etc/passwd", "root:x:0:0::/:/bin/sh\nsomebody:x:65533:65533::/:/bin/sh\n");
	cover("/etc/subuid", subids);
	cover("/etc/subgid", subids);
	cover("/etc/nsswitch.conf", "passwd: files\n");
	CHECK_INT(mkdir("/mnt/bin", 0755), 0);
	setenv("PATH", "/mnt/bin", 1);
}

static const char refusal[] = "cannot write uid_map: newuidmap: uid range [0-10) -> [1-11) not "
			      "allowed";

TEST(no_subordinate_ids)
{
	accounts("other:165536:65536\nother:1:x\n");
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_IDMAP, ENOENT, 0,
		       "user somebody has no range of ids in /etc/subuid"),
		  1);
	CHECK_STR(line, "as root: usermod --add-subuids 231072-296607 somebody");
	CHECK_INT(hint(LIBNS_STEP_IDMAP, ENOENT, 0,
		       "user somebody has no range of ids in /etc/subgid"),
		  1);
}

TEST(newuidmap_missing)
{
	accounts("somebody:100000:65536\n");
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_HELPER, ENOENT, 0, "newuidmap is not in PATH"), 1);
	CHECK_CONTAINS(line, "install it (Debian: uidmap");
	CHECK_INT(hint(LIBNS_STEP_HELPER, ENOENT, 0, "newgidmap is not in PATH"), 1);
	CHECK_CONTAINS(line, "install it");
}

static void put_newuidmap(mode_t mode)
{
	put("/mnt/bin/newuidmap", "#!/bin/sh\n");
	CHECK_INT(chmod("/mnt/bin/newuidmap", mode), 0);
}

TEST(newuidmap_not_privileged)
{
	accounts("somebody:100000:65536\n");
	put_newuidmap(0755);
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0, "cannot write uid_map: x"), 1);
	CHECK_CONTAINS(line, "/mnt/bin/newuidmap is neither setuid root nor has file capabilities");
}

TEST(newuidmap_with_file_capabilities)
{
	struct vfs_cap_data data = { VFS_CAP_REVISION_2 | 1, { { 1U << CAP_SETUID, 0 } } };

	accounts("somebody:100000:65536\n");
	put_newuidmap(0755);
	if (syscall(SYS_setxattr, "/mnt/bin/newuidmap", "security.capability", &data, sizeof(data),
		    0) < 0)
		SKIP("no file capabilities on tmpfs");
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0, "cannot write uid_map: x"), 0);
}

TEST(newuidmap_on_nosuid)
{
	accounts("somebody:100000:65536\n");
	put_newuidmap(04755);
	CHECK_INT(mount("none", "/mnt", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID, NULL), 0);
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0, "cannot write uid_map: x"), 1);
	CHECK_CONTAINS(line, "mounted nosuid");
}

TEST(newuidmap_under_no_new_privs)
{
	accounts("somebody:100000:65536\n");
	put_newuidmap(04755);
	CHECK_INT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0, "cannot write uid_map: x"), 1);
	CHECK_CONTAINS(line, "no_new_privs is set");
}

TEST(range_not_owned)
{
	accounts("somebody:100000:65536\n");
	put_newuidmap(04755);
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0, refusal), 1);
	CHECK_STR(line, "user somebody may map the own user id and 65536 others from 100000 on");
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0, "cannot write uid_map: x"), 0);
}

TEST(group_changed)
{
	accounts("somebody:100000:65536\n");
	cover("/etc/login.defs", "X\n# GRANT_AUX_GROUP_SUBIDS yes\nGRANT_AUX_GROUP_SUBIDS no\n");
	put_newuidmap(04755);
	CHECK_INT(setgid(65532), 0);
	CHECK_INT(setuid(SOMEBODY), 0);
	prctl(PR_SET_DUMPABLE, 1);
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0,
		       "cannot write uid_map: newuidmap: Target process 1 is owned by a different "
		       "user: uid:65533 pw_uid:65533 st_uid:65533, gid:65532 pw_gid:65533"),
		  1);
	CHECK_CONTAINS(line, "the group was changed to 65532");
	CHECK_CONTAINS(line,
		       "/mnt/bin/newuidmap serves user somebody only in the login group, 65533");
	CHECK_CONTAINS(line, "return to group 65533");
}

TEST(group_changed_where_it_may)
{
	accounts("somebody:100000:65536\n");
	cover("/etc/login.defs", "GRANT_AUX_GROUP_SUBIDS\tyes\n");
	put_newuidmap(04755);
	CHECK_INT(setgid(65532), 0);
	CHECK_INT(setuid(SOMEBODY), 0);
	prctl(PR_SET_DUMPABLE, 1);
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0, "cannot write uid_map: x"), 0);
}

/* What he may not read says nothing about him. */
TEST(files_unreadable)
{
	accounts("somebody:100000:65536\n");
	cover("/etc/login.defs", "X\n");
	CHECK_INT(chmod("/etc/login.defs", 0600), 0);
	put_newuidmap(04755);
	CHECK_INT(setgid(65532), 0);
	CHECK_INT(chmod("/etc/passwd", 0644), 0);
	CHECK_INT(seteuid(SOMEBODY), 0);
	prctl(PR_SET_DUMPABLE, 1);
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0, "cannot write uid_map: x"), 0);
	CHECK_INT(seteuid(0), 0);
	CHECK_INT(chmod("/etc/subuid", 0600), 0);
	CHECK_INT(setuid(SOMEBODY), 0);
	prctl(PR_SET_DUMPABLE, 1);
	CHECK_INT(hint(LIBNS_STEP_IDMAP, ENOENT, 0,
		       "user somebody has no range of ids in /etc/subuid"),
		  1);
	CHECK_CONTAINS(line, "as root: look why /etc/subuid cannot be read");
	CHECK(!strstr(line, "no account"));
}

TEST(no_account)
{
	accounts("65532:100000:65536\n");
	put_newuidmap(04755);
	CHECK_INT(setuid(65532), 0);
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0, "cannot write uid_map: x"), 1);
	CHECK_CONTAINS(line, "user 65532 has no account");
}

/* Where a failed libns_unshare() leaves the caller: all capabilities, and no ids. */
TEST(inside_the_unmapped_namespace)
{
	accounts("root:100000:65536\n");
	CHECK_INT(unshare(CLONE_NEWUSER), 0);
	CHECK_INT(hint(LIBNS_STEP_HELPER, ENOENT, 0, "newuidmap is not in PATH"), 1);
	CHECK_CONTAINS(line, "install it");
	CHECK_INT(hint(LIBNS_STEP_IDMAP, EPERM, 0, "cannot write uid_map"), 0);
	CHECK_INT(hint(LIBNS_STEP_IDMAP, EPERM, 0, "cannot write gid_map"), 1);
	CHECK_CONTAINS(line, "only once setgroups is denied");
}

TEST(helper_seen_from_the_unmapped_namespace)
{
	accounts("root:100000:65536\n");
	put_newuidmap(04755);
	CHECK_INT(unshare(CLONE_NEWUSER), 0);
	/* All files look like nobody's there. */
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0, "cannot write uid_map: x"), 0);
	/* The user is the one who started the program, not nobody. */
	CHECK_INT(hint(LIBNS_STEP_HELPER, ECHILD, 0, refusal), 1);
	CHECK_CONTAINS(line, "user root may map the own user id and 65536 others");
}

TEST(outer_ids_missing)
{
	enter_userns(0);
	CHECK_INT(hint(LIBNS_STEP_IDMAP, EPERM, 0, "cannot write uid_map"), 1);
	CHECK_CONTAINS(line, "this user namespace has no user ids but 0;");
	CHECK_INT(hint(LIBNS_STEP_CREDENTIALS, EINVAL, 0, "cannot change to user 5"), 1);
	CHECK_CONTAINS(line, "no user ids but 0");
	CHECK_INT(hint(LIBNS_STEP_CREDENTIALS, EINVAL, 0, "cannot change to group id 5"), 1);
	CHECK_CONTAINS(line, "no group ids but 0");
	CHECK_INT(hint(LIBNS_STEP_CREDENTIALS, EPERM, 0, "cannot drop groups"), 1);
	CHECK_CONTAINS(line, "setgroups is denied for ever");
}

/* Another reason then: a capability is missing. */
TEST(groups_where_setgroups_is_allowed)
{
	become_somebody();
	if (hint(LIBNS_STEP_CREDENTIALS, EPERM, 0, "cannot drop groups") > 0)
		CHECK(strstr(line, "denied for ever") == NULL);
	CHECK_INT(unshare(CLONE_NEWUSER), 0);
	if (hint(LIBNS_STEP_CREDENTIALS, EPERM, 0, "cannot drop groups") > 0)
		CHECK(strstr(line, "denied for ever") == NULL);
}

TEST(group_map_without_denial)
{
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_IDMAP, EPERM, 0, "cannot write gid_map"), 1);
	CHECK_CONTAINS(line, "only once setgroups is denied");
}

TEST(ids_without_privilege)
{
	become_somebody();
	CHECK_INT(hint(LIBNS_STEP_CREDENTIALS, EPERM, 0, "cannot change to user id 5"), 1);
	CHECK_CONTAINS(line, "without CAP_SETUID");
	CHECK_INT(hint(LIBNS_STEP_ROOT, EPERM, 0, "cannot change the root to '/tmp'"), 1);
	CHECK_CONTAINS(line, "without CAP_SYS_CHROOT");
	CHECK_INT(hint(LIBNS_STEP_TIME, EPERM, 0, "cannot set the clock offsets"), 1);
	CHECK_CONTAINS(line, "without CAP_SYS_TIME");
	CHECK_INT(hint(LIBNS_STEP_PERSIST, EPERM, 0, "x"), 1);
	CHECK_CONTAINS(line, "CAP_SYS_ADMIN there");
}

TAP_MAIN
