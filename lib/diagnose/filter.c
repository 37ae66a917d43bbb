/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Probes of what refuses a system call before it is judged by the kernel's own
 * rules: seccomp filters, and security modules.
 *
 * A filter is blamed only for what it was seen to refuse. Each call is made in
 * a child with arguments that the kernel itself answers at once, before it
 * asks for rights, and always alike. Another answer comes from a filter; and
 * only if it is the one that the failure had, this filter was in the way.
 */

#include <linux/capability.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "diagnose/diagnose.h"
#include "kernel/attempt.h"

/* A flag that unshare(2) does not know, and with which clone(2) refuses to make a thread. */
#define NOT_FOR_UNSHARE CLONE_PTRACE
#define NOT_FOR_CLONE   CLONE_THREAD

#ifndef SYS_clone3
#define SYS_clone3 435
#endif

static int answer(long r)
{
	return r < 0 ? -errno : 0;
}

static int call_unshare(uint64_t types)
{
	return answer(syscall(SYS_unshare, types | NOT_FOR_UNSHARE));
}

static int call_clone(uint64_t types)
{
	uint64_t flags = (types & ~(uint64_t)LIBNS_TYPE_TIME) | NOT_FOR_CLONE;

#if defined(__s390__) || defined(__CRIS__)
	return answer(syscall(SYS_clone, NULL, flags, NULL, NULL, NULL));
#else
	return answer(syscall(SYS_clone, flags, NULL, NULL, NULL, NULL));
#endif
}

static int call_clone3(uint64_t types)
{
	return answer(syscall(SYS_clone3, NULL, 0));
}

static int call_setns(uint64_t types)
{
	return answer(syscall(SYS_setns, -1, types));
}

static int call_mount(uint64_t types)
{
	return answer(syscall(SYS_mount, NULL, NULL, NULL, 0, NULL));
}

static int call_umount(uint64_t types)
{
	return answer(syscall(SYS_umount2, NULL, ~0U));
}

static int call_chroot(uint64_t types)
{
	return answer(syscall(SYS_chroot, NULL));
}

static int call_setuid(uint64_t types)
{
	return sys_setuid((uid_t)-1);
}

static int call_setgid(uint64_t types)
{
	return sys_setgid((gid_t)-1);
}

static int call_capset(uint64_t types)
{
	return answer(syscall(SYS_capset, NULL, NULL));
}

static int call_execve(uint64_t types)
{
	return answer(syscall(SYS_execve, NULL, NULL, NULL));
}

static int call_netlink(uint64_t types)
{
	return answer(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}

/* For calls at which the kernel asks for rights first: this child gets them, and a namespace of its
 * own. */
static bool get_rights(uint64_t type)
{
	uint64_t with = sys_has_cap(CAP_SYS_ADMIN) ? 0 : LIBNS_TYPE_USER;

	return unshare((int)(with | type)) == 0;
}

/* Return: the answer; -EAGAIN if the rights could not be had. So do the others. */
static int call_name(long number)
{
	return get_rights(LIBNS_TYPE_UTS) ? answer(syscall(number, "", -1)) : -EAGAIN;
}

static int call_pivot_root(uint64_t types)
{
	return get_rights(LIBNS_TYPE_MNT) ? answer(syscall(SYS_pivot_root, NULL, NULL)) : -EAGAIN;
}

static int call_sethostname(uint64_t types)
{
	return call_name(SYS_sethostname);
}

static int call_setdomainname(uint64_t types)
{
	return call_name(SYS_setdomainname);
}

static int call_prlimit(uint64_t types)
{
	return answer(syscall(SYS_prlimit64, 0, ~0U, NULL, NULL));
}

static const struct call {
	unsigned int step;
	const char *name;
	int (*make)(uint64_t types);
	int usual;           /* the kernel's answer */
	const char *about;   /* words of a failure of this one, where a step has several */
	const char *setting; /* of systemd.exec(5), beside SystemCallFilter= */
	const char *without; /* how to do without, or NULL */
} calls[] = {
	{ LIBNS_STEP_UNSHARE, "unshare", call_unshare, -EINVAL, "", "RestrictNamespaces" },
	{ LIBNS_STEP_CLONE, "clone", call_clone, -EINVAL, "", "RestrictNamespaces" },
	{ LIBNS_STEP_CLONE, "clone3", call_clone3, -EINVAL, "time", NULL },
	{ LIBNS_STEP_ENTER, "setns", call_setns, -EBADF, "", "RestrictNamespaces" },
	{ LIBNS_STEP_MOUNT, "mount", call_mount, -EFAULT, "", NULL },
	{ LIBNS_STEP_PERSIST, "mount", call_mount, -EFAULT, "", NULL },
	{ LIBNS_STEP_NETNS, "mount", call_mount, -EFAULT, "", NULL },
	{ LIBNS_STEP_NETNS, "umount2", call_umount, -EINVAL, "", NULL },
	{ LIBNS_STEP_ROOT, "chroot", call_chroot, -EFAULT, "root", NULL },
	{ LIBNS_STEP_ROOT, "pivot_root", call_pivot_root, -EFAULT, "pivot_root", NULL },
	{ LIBNS_STEP_CREDENTIALS, "setgid", call_setgid, -EINVAL, "group", NULL },
	{ LIBNS_STEP_CREDENTIALS, "setuid", call_setuid, -EINVAL, "user", NULL },
	{ LIBNS_STEP_CAPS, "capset", call_capset, -EFAULT, "", NULL },
	{ LIBNS_STEP_NETLINK, "socket(AF_NETLINK)", call_netlink, 0, "socket",
	  "RestrictAddressFamilies" },
	{ LIBNS_STEP_NAMES, "sethostname", call_sethostname, -EINVAL, "host", "ProtectHostname",
	  "leave the name as it is (of a preset: --without=uts)" },
	{ LIBNS_STEP_NAMES, "setdomainname", call_setdomainname, -EINVAL, "domain",
	  "ProtectHostname" },
	{ LIBNS_STEP_LIMITS, "prlimit64", call_prlimit, -EINVAL, "", NULL },
	{ LIBNS_STEP_EXEC, "execve", call_execve, -EFAULT, "", NULL },
};

static bool is_for_namespaces(const char *setting)
{
	return setting && !strcmp(setting, "RestrictNamespaces");
}

/*
 * The types of a call that the filter answers with @code; 0 if it looks at none. What
 * tells is unshare(2): systemd also refuses setns(2) for "whatever it is".
 */
static uint64_t find_refused_types(const struct call *call, uint64_t types, int code)
{
	uint64_t refused = 0, type;

	if (!is_for_namespaces(call->setting) || attempt_try(call_unshare, 0) != -EINVAL ||
	    attempt_try(call_unshare, types) == -EINVAL)
		return 0;
	for (size_t i = 0; (type = libns_type_at(i)); i++)
		if ((types & type) && attempt_try(call->make, type) == code)
			refused |= type;
	return refused;
}

static void advise_unit(const struct diagnose_place *place, const char *setting, const char *call,
			struct libns_finding *finding)
{
	const char *unit = place->unit_name[0] ? place->unit_name : "the systemd unit it runs in";

	if (!setting)
		diagnose_advise(finding, "let %s have %s: SystemCallFilter=%s in the unit", unit,
				call, call);
	else if (!strcmp(setting, "RestrictAddressFamilies"))
		diagnose_advise(finding,
				"let %s have it: RestrictAddressFamilies=AF_NETLINK in the "
				"unit",
				unit);
	else
		diagnose_advise(finding, "let %s have it: %s=no in the unit%s", unit, setting,
				is_for_namespaces(setting) ? ", or the types that it needs" : "");
}

void diagnose_advise_filter(const struct diagnose_place *place, const char *setting,
			    const char *call, struct libns_finding *finding)
{
	const char *manager = place->manager;

	/* Of a unit inside a container and that container, the unit is nearer. */
	if (place->unit == FACT_YES)
		advise_unit(place, setting, call, finding);
	else if (!strcmp(manager, "docker") || !strcmp(manager, "podman"))
		diagnose_advise(finding,
				"start the container with a profile that allows %s, or with "
				"--security-opt seccomp=unconfined",
				call);
	else if (!strcmp(manager, "systemd-nspawn"))
		diagnose_advise(finding, "start the container with --system-call-filter=%s", call);
	else if (!strcmp(manager, "lxc"))
		diagnose_advise(finding, "have lxc.seccomp.profile allow %s", call);
	else if (!strcmp(manager, "kubernetes"))
		diagnose_advise(finding,
				"give the pod a securityContext.seccompProfile that allows "
				"%s",
				call);
	else
		diagnose_advise(finding,
				"have whoever put the filter there allow %s (a systemd unit: "
				"SystemCallFilter=, RestrictNamespaces=; docker, podman: "
				"--security-opt seccomp=unconfined)",
				call);
}

static bool say_killed(const struct call *call, const struct diagnose_question *question,
		       struct libns_finding *finding)
{
	if (attempt_try(call->make, question->types) != ATTEMPT_KILLED)
		return false;
	diagnose_say(finding, LIBNS_VERDICT_NO, ATTEMPT_KILLS "%s", call->name);
	diagnose_advise_filter(question->place, NULL, call->name, finding);
	return true;
}

static bool say_refused(const struct call *call, const struct diagnose_question *question,
			struct libns_finding *finding)
{
	int r = attempt_try(call->make, question->types);
	const char *setting = call->setting;
	uint64_t refused;
	char names[64];

	/* No answer is neither of the two, and the EAGAIN of an attempt is not from a filter. */
	if (r == call->usual || r != -question->code)
		return false;
	refused = find_refused_types(call, question->types, r);
	if (refused) {
		diagnose_say(finding, LIBNS_VERDICT_NO,
			     "a seccomp filter refuses %s for namespaces of type %s", call->name,
			     libns_types_format(refused, names, sizeof(names)));
	} else {
		diagnose_say(finding, LIBNS_VERDICT_NO, "a seccomp filter refuses %s", call->name);
		/* RestrictNamespaces= makes a filter that looks at types, which this one does not. */
		if (is_for_namespaces(setting))
			setting = NULL;
	}
	diagnose_advise_filter(question->place, setting, call->name, finding);
	if (call->without) {
		char advice[sizeof(finding->way_out)];

		strcpy(advice, finding->way_out);
		diagnose_advise(finding, "%s, or %s", call->without, advice);
	}
	return true;
}

static void look_filter(const struct diagnose_question *question, struct libns_finding *finding)
{
	/* Who has waited for a process that ended does not know at which call that was. */
	bool ended = question->step == LIBNS_STEP_WAIT;
	bool foreseen = strstr(question->text, ATTEMPT_KILLS);

	if (question->place->filter == FACT_NO)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		const struct call *call = &calls[i];

		if (foreseen && !strstr(question->text, call->name))
			continue;
		if (ended || foreseen
			    ? say_killed(call, question, finding)
			    : call->step == question->step && strstr(question->text, call->about) &&
				      say_refused(call, question, finding))
			return;
	}
}

/* For a list of all findings: the calls that are not answered as usual. */
static void look_seccomp(const struct diagnose_question *question, struct libns_finding *finding)
{
	char list[200] = "";

	if (question->place->filter == FACT_NO) {
		diagnose_say(finding, LIBNS_VERDICT_OK, "no seccomp filter is active");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		int r = attempt_try(calls[i].make, LIBNS_TYPES_ALL);
		size_t n = strlen(list);

		if (r == calls[i].usual || r == ATTEMPT_UNKNOWN || r == -EAGAIN ||
		    strstr(list, calls[i].name))
			continue;
		error_format(list + n, sizeof(list) - n, "%s%s%s", n ? ", " : "", calls[i].name,
			     r == ATTEMPT_KILLED ? " (it kills)" : "");
	}
	if (!*list && question->place->filter == FACT_UNKNOWN) {
		diagnose_say(
			finding, LIBNS_VERDICT_LIMITED,
			"whether a seccomp filter is active cannot be looked at; none was met");
	} else if (!*list) {
		diagnose_say(
			finding, LIBNS_VERDICT_OK,
			"a seccomp filter is active, and refuses no call that namespaces need");
	} else {
		diagnose_say(finding, LIBNS_VERDICT_LIMITED,
			     "a seccomp filter is active and refuses %s", list);
		diagnose_advise_filter(question->place, NULL, "them", finding);
	}
}

/* Makes the mounts of a fresh copy slaves, which nobody else notices. Return: the answer; -EAGAIN
 * if there is no copy to be had. */
static int attempt_any_mount(uint64_t arg)
{
	uint64_t with = sys_has_cap(CAP_SYS_ADMIN) ? 0 : LIBNS_TYPE_USER;

	if (unshare((int)(with | LIBNS_TYPE_MNT)) < 0)
		return -EAGAIN;
	return mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ? -errno : 0;
}

static void look_label(const struct diagnose_question *question, struct libns_finding *finding)
{
	const struct diagnose_place *place = question->place;
	bool engine = !strcmp(place->manager, "docker") || !strcmp(place->manager, "podman");

	/* Only where every mount is refused in this way, even in a mount namespace of one's own, is it
	 * not for lack of rights. */
	if (attempt_try(attempt_any_mount, 0) != -question->code)
		return;
	if (place->labelled != FACT_YES) {
		diagnose_say(finding, LIBNS_VERDICT_NO,
			     "every mount is refused to this process, even in a mount namespace of "
			     "its own: a security module does that, Landlock for one");
		diagnose_advise(finding, "run it from outside of the sandbox that it is in");
		return;
	}
	diagnose_say(finding, LIBNS_VERDICT_NO,
		     "the security module that confines this process as '%s' refuses every mount",
		     place->label);
	if (strstr(place->label, " ("))
		diagnose_advise(finding, "have the AppArmor profile allow mount%s",
				place->container == FACT_YES || engine
					? ", or start the container with --security-opt "
					  "apparmor=unconfined"
					: "");
	else
		diagnose_advise(
			finding, "have the policy of that domain allow it%s",
			place->container == FACT_YES || engine
				? ", or start the container with --security-opt label=disable"
				: "");
}

const struct diagnose_probe diagnose_filter = { "filter", look_filter };
const struct diagnose_probe diagnose_seccomp = { "seccomp", look_seccomp };
const struct diagnose_probe diagnose_label = { "label", look_label };
