/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Probes of namespace types: does the kernel know them, how many may there be,
 * and what does it say when one is made.
 *
 * Every user namespace has limits of its own on what is created below it, and
 * all of them up to the first one count. Those of the ancestors cannot be read,
 * nor how many are in use: which type is exhausted is found out by trying.
 */

#include <linux/capability.h>
#include <string.h>

#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "diagnose/diagnose.h"
#include "enter/entry.h"
#include "kernel/attempt.h"

/* User and pid namespaces can be nested so deep. */
#define MAX_DEPTH 32

static const char *limit_name(uint64_t type, char *buf, size_t size)
{
	return error_format(buf, size, "max_%s_namespaces", libns_type_name(type));
}

static uint64_t read_limit(uint64_t type)
{
	char name[48], path[80];

	return diagnose_number(error_format(path, sizeof(path), "/proc/sys/user/%s",
					    limit_name(type, name, sizeof(name))),
			       UINT64_MAX);
}

static bool kernel_has(uint64_t type)
{
	char path[32], target[2];

	/* There is no procfs to ask, and the trial will tell. */
	if (access("/proc/self/ns", F_OK) < 0)
		return true;
	error_format(path, sizeof(path), "/proc/self/ns/%s", libns_type_name(type));
	return readlink(path, target, sizeof(target)) > 0;
}

static void say_not_in_kernel(uint64_t type, struct libns_finding *finding)
{
	diagnose_say(finding, LIBNS_VERDICT_NO, "this kernel has no %s namespaces",
		     libns_type_name(type));
	diagnose_advise(finding, "leave them out, or use a kernel that was built with them");
}

/* Whether the number of namespaces of @type is what stands in the way. */
static bool say_limit(uint64_t type, int r, struct libns_finding *finding)
{
	char name[48];
	uint64_t limit = read_limit(type);

	limit_name(type, name, sizeof(name));
	if (limit == 0) {
		diagnose_say(finding, LIBNS_VERDICT_NO, "user.%s is 0", name);
		diagnose_advise(finding, "as root of this user namespace: sysctl user.%s=10000",
				name);
		return true;
	}
	/* Before Linux 4.9 that was EUSERS. */
	if (r != -ENOSPC && r != -EUSERS)
		return false;
	if (type == LIBNS_TYPE_USER || type == LIBNS_TYPE_PID)
		diagnose_say(finding, LIBNS_VERDICT_NO,
			     "no further %s namespace may be made: they are nested %d deep, or "
			     "user.%s of an outer user namespace is used up (here it is %llu)",
			     libns_type_name(type), MAX_DEPTH, name, (unsigned long long)limit);
	else
		diagnose_say(finding, LIBNS_VERDICT_NO,
			     "no further %s namespace may be made: user.%s is used up, here (%llu) "
			     "or in an outer user namespace",
			     libns_type_name(type), name, (unsigned long long)limit);
	diagnose_advise(finding,
			"end what holds old ones, or as root of the outer user "
			"namespace: raise user.%s",
			name);
	return true;
}

/* What unshare(2) says to @type, in a user namespace of its own if need be. */
static int try_type(uint64_t type)
{
	uint64_t with = sys_has_cap(CAP_SYS_ADMIN) ? 0 : LIBNS_TYPE_USER;

	return attempt_try(diagnose_attempt_unshare, type | with);
}

static void look_limits(const struct diagnose_question *question, struct libns_finding *finding)
{
	uint64_t types = question->types ? question->types : LIBNS_TYPES_ALL, type;

	for (size_t i = 0; (type = libns_type_at(i)); i++)
		if ((types & type) && read_limit(type) == 0 && say_limit(type, 0, finding))
			return;
	for (size_t i = 0; (type = libns_type_at(i)); i++)
		if ((types & type) && say_limit(type, try_type(type), finding))
			return;
}

static void look_kernel_types(const struct diagnose_question *question,
			      struct libns_finding *finding)
{
	uint64_t type;

	for (size_t i = 0; (type = libns_type_at(i)); i++) {
		if (!(question->types & type) || kernel_has(type))
			continue;
		say_not_in_kernel(type, finding);
		return;
	}
}

static int attempt_fork(uint64_t arg)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 ? -errno : 0;
}

static void look_dead_pid(const struct diagnose_question *question, struct libns_finding *finding)
{
	char own[64] = "", children[64] = "";

	if (readlink("/proc/self/ns/pid", own, sizeof(own) - 1) < 0 ||
	    readlink("/proc/self/ns/pid_for_children", children, sizeof(children) - 1) < 0 ||
	    !strcmp(own, children) || attempt_try(attempt_fork, 0) != ATTEMPT_UNKNOWN)
		return;
	diagnose_say(finding, LIBNS_VERDICT_NO,
		     "children would be born in another pid namespace, whose first process has "
		     "ended: it is dead and takes no new ones");
	diagnose_advise(finding, "leave the pid namespace out, or make a new one");
}

/* Whoever has failed has looked at the namespace. Here there is no descriptor of it, so his
 * sentence is repeated. */
static void look_outer_pid(const struct diagnose_question *question, struct libns_finding *finding)
{
	if (!(question->types & LIBNS_TYPE_PID) || !strstr(question->text, ENTER_NOT_BELOW))
		return;
	diagnose_say(finding, LIBNS_VERDICT_NO, "%s", ENTER_NOT_BELOW);
	diagnose_advise(finding, "leave it out and name the other namespaces (-m -n ...), or start "
				 "from the pid namespace that it is in");
}

static void say_available(uint64_t type, struct libns_finding *finding)
{
	bool alone = sys_has_cap(CAP_SYS_ADMIN) || type == LIBNS_TYPE_USER;
	uint64_t limit = read_limit(type);
	char name[48], number[80] = "";

	/* Before Linux 4.9 there are no limits. */
	if (limit != UINT64_MAX)
		error_format(number, sizeof(number), ", at most %llu (user.%s)",
			     (unsigned long long)limit, limit_name(type, name, sizeof(name)));
	diagnose_say(finding, LIBNS_VERDICT_OK, "%s namespaces can be created%s%s",
		     libns_type_name(type), alone ? "" : " together with a user namespace", number);
}

/* Says why the trial has failed, where no limit was the reason. */
static void say_refused(uint64_t type, int r, const struct diagnose_place *place,
			struct libns_finding *finding)
{
	const struct diagnose_question question = { type, "", LIBNS_STEP_UNSHARE, -r, place };
	const char *topic = finding->topic, *name = libns_type_name(type);

	if (r == ATTEMPT_UNKNOWN) {
		diagnose_say(finding, LIBNS_VERDICT_LIMITED,
			     "whether a %s namespace can be created cannot be tried", name);
	} else if (r == ATTEMPT_KILLED) {
		diagnose_say(finding, LIBNS_VERDICT_NO,
			     "whoever creates a %s namespace is killed by a filter", name);
		diagnose_advise_filter(place, NULL, "unshare", finding);
	} else if (diagnose_ask(&diagnose_filter, &question, finding) == LIBNS_VERDICT_OK) {
		diagnose_say(finding, LIBNS_VERDICT_NO, "cannot create a %s namespace: %s", name,
			     error_describe(-r));
		diagnose_advise(finding, "see the other findings for what refuses it");
	}
	finding->topic = topic;
}

static void look_one_type(const struct diagnose_question *question, struct libns_finding *finding)
{
	uint64_t type = question->types;
	int r;

	if (!kernel_has(type)) {
		say_not_in_kernel(type, finding);
		return;
	}
	r = try_type(type);
	if (say_limit(type, r, finding))
		return;
	if (r < 0)
		say_refused(type, r, question->place, finding);
	else
		say_available(type, finding);
}

void diagnose_one_type(uint64_t type, const struct diagnose_place *place,
		       struct libns_finding *finding)
{
	const struct diagnose_question question = { type, "", LIBNS_STEP_NONE, 0, place };
	const struct diagnose_probe probe = { libns_type_name(type), look_one_type };

	diagnose_ask(&probe, &question, finding);
}

const struct diagnose_probe diagnose_limits = { "limits", look_limits };
const struct diagnose_probe diagnose_kernel_types = { "kernel", look_kernel_types };
const struct diagnose_probe diagnose_dead_pid = { "dead-pid", look_dead_pid };
const struct diagnose_probe diagnose_outer_pid = { "outer-pid", look_outer_pid };
