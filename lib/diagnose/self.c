/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Probes of the caller itself and of the switches distributions have put
 * before unprivileged user namespaces.
 */

#include <linux/capability.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>

#include <libns/caps.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/sys.h"
#include "diagnose/diagnose.h"
#include "kernel/attempt.h"
#include "kernel/idmap-write.h"
#include "text/procfile.h"

static bool concerns(const struct diagnose_question *question, uint64_t type)
{
	return question->types == 0 || (question->types & type);
}

static void look_unprivileged_userns(const struct diagnose_question *question,
				     struct libns_finding *finding)
{
	char enable[8] = "";

	if (!concerns(question, LIBNS_TYPE_USER))
		return;
	/* The kernels of Debian and Arch have this one by a patch. */
	if (diagnose_number("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0) {
		diagnose_say(finding,
			     sys_has_cap(CAP_SYS_ADMIN) ? LIBNS_VERDICT_OK : LIBNS_VERDICT_NO,
			     "kernel.unprivileged_userns_clone is 0: only root may create user "
			     "namespaces");
		diagnose_advise(finding, "as root: sysctl kernel.unprivileged_userns_clone=1");
		return;
	}
	/* RHEL 7 has this one. */
	if (sys_read_at(AT_FDCWD, "/sys/module/user_namespace/parameters/enable", enable,
			sizeof(enable)) > 0 &&
	    enable[0] == 'N') {
		diagnose_say(finding, LIBNS_VERDICT_NO,
			     "user namespaces are switched off in the kernel "
			     "(user_namespace.enable is N)");
		diagnose_advise(finding, "boot with user_namespace.enable=1");
		return;
	}
	diagnose_say(finding, LIBNS_VERDICT_OK, "no switch forbids unprivileged user namespaces");
}

/* Whether the capabilities that one holds in a new user namespace count there. */
static int attempt_use_of_caps(uint64_t in_new_one)
{
	/* From a user namespace without maps no other one can be made; it is a new one itself. */
	if (!in_new_one && unshare(CLONE_NEWUSER) < 0)
		return 0;
	return diagnose_attempt_unshare(CLONE_NEWUTS);
}

static void look_apparmor(const struct diagnose_question *question, struct libns_finding *finding)
{
	static const char key[] = "kernel.apparmor_restrict_unprivileged_userns";

	if (diagnose_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) == 0) {
		diagnose_say(finding, LIBNS_VERDICT_OK,
			     "AppArmor does not restrict user namespaces");
		return;
	}
	/* It does not restrict root, nor programs whose profile says "userns,". */
	if (attempt_try(attempt_use_of_caps, diagnose_is_unmapped()) == 0) {
		diagnose_say(finding, LIBNS_VERDICT_OK,
			     "AppArmor restricts user namespaces, but not for this program");
		return;
	}
	diagnose_say(finding, LIBNS_VERDICT_NO,
		     "AppArmor takes away all capabilities in new user namespaces (%s is 1)", key);
	diagnose_advise(finding,
			"give the program an AppArmor profile with a 'userns,' rule, or as root: "
			"sysctl %s=0",
			key);
}

static void look_no_new_privs(const struct diagnose_question *question,
			      struct libns_finding *finding)
{
	if (diagnose_status("NoNewPrivs", 0) == 0) {
		diagnose_say(finding, LIBNS_VERDICT_OK, "no_new_privs is not set");
		return;
	}
	diagnose_say(finding, sys_has_cap(CAP_SETUID) ? LIBNS_VERDICT_OK : LIBNS_VERDICT_LIMITED,
		     "no_new_privs is set, so newuidmap, newgidmap and other setuid programs gain "
		     "nothing");
	diagnose_advise(finding, "map only the own id, or start from a process without "
				 "no_new_privs (systemd: NoNewPrivileges=no)");
}

static void look_threads(const struct diagnose_question *question, struct libns_finding *finding)
{
	uint64_t threads = diagnose_status("Threads", 1);

	if (threads <= 1 || !concerns(question, LIBNS_TYPE_USER | LIBNS_TYPE_TIME))
		return;
	diagnose_say(finding, LIBNS_VERDICT_NO,
		     "this process has %llu threads, and a user or time namespace is entered or "
		     "created by processes with one",
		     (unsigned long long)threads);
	diagnose_advise(finding, "do it in a child: libns_spawn()");
}

static void look_privilege(const struct diagnose_question *question, struct libns_finding *finding)
{
	if (sys_has_cap(CAP_SYS_ADMIN) || (question->types & LIBNS_TYPE_USER))
		return;
	diagnose_say(finding, LIBNS_VERDICT_NO,
		     "without CAP_SYS_ADMIN only a user namespace can be had, and what belongs to "
		     "it");
	if (geteuid() == 0)
		diagnose_advise(finding, "add the user namespace, or keep CAP_SYS_ADMIN (docker, "
					 "podman: --cap-add=SYS_ADMIN)");
	else
		diagnose_advise(finding, "add the user namespace, or be root");
}

static void look_change_ids(const struct diagnose_question *question, struct libns_finding *finding)
{
	if (sys_has_cap(CAP_SETUID) && sys_has_cap(CAP_SETGID))
		return;
	diagnose_say(finding, LIBNS_VERDICT_NO,
		     "without CAP_SETUID and CAP_SETGID a process keeps its ids and groups");
	diagnose_advise(finding, "be root, or do it in a user namespace that maps the ids wanted");
}

static void say_missing_cap(struct libns_finding *finding, int cap, const char *consequence)
{
	if (sys_has_cap(cap))
		return;
	diagnose_say(finding, LIBNS_VERDICT_NO, "%s", consequence);
	diagnose_advise(finding, "be root with all capabilities, or do it in a user namespace");
}

static void look_change_root(const struct diagnose_question *question,
			     struct libns_finding *finding)
{
	say_missing_cap(finding, CAP_SYS_CHROOT,
			"without CAP_SYS_CHROOT the root directory cannot be changed");
}

static void look_change_time(const struct diagnose_question *question,
			     struct libns_finding *finding)
{
	say_missing_cap(finding, CAP_SYS_TIME, "without CAP_SYS_TIME no clock can be set off");
}

static void look_choose_caps(const struct diagnose_question *question,
			     struct libns_finding *finding)
{
	say_missing_cap(finding, CAP_SETPCAP,
			"without CAP_SETPCAP the capabilities of a program cannot be chosen");
}

static void look_persist(const struct diagnose_question *question, struct libns_finding *finding)
{
	/* What counts is who the process was when it was started, since by now it may hold all
	 * capabilities in a new user namespace. */
	if (getauxval(AT_EUID) == 0 && sys_has_cap(CAP_SYS_ADMIN))
		return;
	diagnose_say(finding, LIBNS_VERDICT_NO,
		     "a namespace is kept on a file by a mount outside of it, which needs "
		     "CAP_SYS_ADMIN there");
	diagnose_advise(finding, "be root, or run it in a user and mount namespace of your own");
}

/* Looking at a process takes every capability that it may use itself, see ptrace(2). */
static void look_ptrace(const struct diagnose_question *question, struct libns_finding *finding)
{
	uint64_t last = diagnose_number("/proc/sys/kernel/cap_last_cap", 40), permitted = 0;
	char text[8192];

	if (!sys_has_cap(CAP_SYS_PTRACE)) {
		diagnose_say(finding, LIBNS_VERDICT_LIMITED,
			     "without CAP_SYS_PTRACE only the namespaces of own processes can be "
			     "looked at, and of those only the dumpable ones");
		diagnose_advise(finding, "be root, or the user the process belongs to");
		return;
	}
	if (sys_read_at(AT_FDCWD, "/proc/self/status", text, sizeof(text)) < 0 ||
	    procfile_find_hex(text, "CapPrm", &permitted) < 0)
		return;
	for (unsigned int cap = 0; cap <= last && cap < 64; cap++) {
		if (permitted >> cap & 1)
			continue;
		diagnose_say(finding, LIBNS_VERDICT_LIMITED,
			     "a process that holds a capability the caller lacks cannot be looked "
			     "at, and the caller lacks %s",
			     libns_caps_format(UINT64_C(1) << cap, text, sizeof(text)));
		diagnose_advise(finding, "use a caller with all capabilities");
		return;
	}
}

/* All that is wanted of this child is that it can be made. */
static int attempt_nothing(uint64_t arg)
{
	return 0;
}

static void look_processes(const struct diagnose_question *question, struct libns_finding *finding)
{
	struct rlimit limit;

	/* The kernel does not count the processes of whoever holds one of these. */
	if (sys_has_cap(CAP_SYS_RESOURCE) || sys_has_cap(CAP_SYS_ADMIN) ||
	    getrlimit(RLIMIT_NPROC, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY) {
		if (attempt_try(attempt_nothing, 0) != ATTEMPT_UNKNOWN)
			return;
		diagnose_say(
			finding, LIBNS_VERDICT_LIMITED,
			"no process can be made here at all: a cgroup is full, or the machine");
		diagnose_advise(finding, "raise pids.max of the cgroup, or end some processes");
		return;
	}
	diagnose_say(finding, LIBNS_VERDICT_LIMITED,
		     "user %u may have %llu processes (RLIMIT_NPROC), and the cgroup may have a "
		     "limit of its own",
		     getuid(), (unsigned long long)limit.rlim_cur);
	diagnose_advise(finding, "raise it (ulimit -u, pids.max) or end some processes");
}

static void look_ids(const struct diagnose_question *question, struct libns_finding *finding)
{
	struct libns_idmap *uids = NULL, *gids = NULL;
	uint32_t id;

	if (libns_idmap_new(&uids, NULL) < 0 || libns_idmap_new(&gids, NULL) < 0 ||
	    idmap_read_at(IDMAP_SELF, LIBNS_IDMAP_UID, uids, NULL) < 0 ||
	    idmap_read_at(IDMAP_SELF, LIBNS_IDMAP_GID, gids, NULL) < 0) {
		diagnose_say(finding, LIBNS_VERDICT_LIMITED, "the own id maps cannot be read");
	} else if (!libns_idmap_to_outer(uids, geteuid(), &id) ||
		   !libns_idmap_to_outer(gids, getegid(), &id)) {
		diagnose_say(finding, LIBNS_VERDICT_NO,
			     "user %u or group %u is not mapped in this user namespace, and "
			     "nobody may create one from it",
			     geteuid(), getegid());
		diagnose_advise(finding, "become an id that is mapped, see /proc/self/uid_map");
	} else {
		diagnose_say(finding, LIBNS_VERDICT_OK, "user %u and group %u are mapped here",
			     geteuid(), getegid());
	}
	libns_idmap_free(uids);
	libns_idmap_free(gids);
}

static void look_setgroups(const struct diagnose_question *question, struct libns_finding *finding)
{
	char word[16] = "";

	if (sys_read_at(AT_FDCWD, "/proc/self/setgroups", word, sizeof(word)) < 0 ||
	    strcmp(word, "deny\n"))
		return;
	diagnose_say(finding, LIBNS_VERDICT_LIMITED,
		     "setgroups is denied for ever in this user namespace");
	diagnose_advise(finding, "keep the supplementary groups, or map groups through newgidmap, "
				 "which needs no such denial");
}

static void look_rlimit(const struct diagnose_question *question, struct libns_finding *finding)
{
	diagnose_say(finding, LIBNS_VERDICT_LIMITED,
		     "a hard limit is raised only with CAP_SYS_RESOURCE outside of user "
		     "namespaces, nofile not beyond fs.nr_open (%llu)",
		     (unsigned long long)diagnose_number("/proc/sys/fs/nr_open", 0));
	diagnose_advise(finding, "ask for less, or raise it before (ulimit -H)");
}

const struct diagnose_probe diagnose_unprivileged_userns = { "unprivileged-userns",
							     look_unprivileged_userns };
const struct diagnose_probe diagnose_apparmor = { "apparmor", look_apparmor };
const struct diagnose_probe diagnose_no_new_privs = { "no-new-privs", look_no_new_privs };
const struct diagnose_probe diagnose_threads = { "threads", look_threads };
const struct diagnose_probe diagnose_privilege = { "privilege", look_privilege };
const struct diagnose_probe diagnose_change_ids = { "change-ids", look_change_ids };
const struct diagnose_probe diagnose_change_time = { "change-time", look_change_time };
const struct diagnose_probe diagnose_change_root = { "change-root", look_change_root };
const struct diagnose_probe diagnose_choose_caps = { "choose-caps", look_choose_caps };
const struct diagnose_probe diagnose_persist = { "persist", look_persist };
const struct diagnose_probe diagnose_ptrace = { "ptrace", look_ptrace };
const struct diagnose_probe diagnose_processes = { "processes", look_processes };
const struct diagnose_probe diagnose_ids = { "ids", look_ids };
const struct diagnose_probe diagnose_setgroups = { "setgroups", look_setgroups };
const struct diagnose_probe diagnose_rlimit = { "rlimit", look_rlimit };
