/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Why something failed. A failure selects, by step and errno, the probes that
 * bear on it, the surest first; the first one that sees something in the way
 * speaks. If none does, nothing is said: a wrong hint costs more than none.
 */

#include <string.h>

#include "base.h"
#include "diagnose.h"
#include "err.h"

#define MAX_CODES 4
#define MAX_PROBES 10

static const struct rule {
	unsigned int step;
	int codes[MAX_CODES];
	const struct diagnose_probe *probes[MAX_PROBES];
} rules[] = {
	{ LIBNS_STEP_UNSHARE,
	  { EPERM, EACCES },
	  { &diagnose_chroot, &diagnose_ids, &diagnose_unprivileged_userns, &diagnose_privilege,
	    &diagnose_apparmor, &diagnose_seccomp } },
	{ LIBNS_STEP_CLONE,
	  { EPERM, EACCES },
	  { &diagnose_chroot, &diagnose_ids, &diagnose_unprivileged_userns, &diagnose_privilege,
	    &diagnose_apparmor, &diagnose_seccomp } },
	{ LIBNS_STEP_UNSHARE, { ENOSPC, EUSERS }, { &diagnose_limits } },
	{ LIBNS_STEP_CLONE, { ENOSPC, EUSERS }, { &diagnose_limits } },
	{ LIBNS_STEP_UNSHARE,
	  { EINVAL, ENOSYS },
	  { &diagnose_kernel_types, &diagnose_threads, &diagnose_seccomp } },
	{ LIBNS_STEP_CLONE, { EINVAL, ENOSYS }, { &diagnose_kernel_types, &diagnose_seccomp } },
	{ LIBNS_STEP_UNSHARE, { ENOMEM, EAGAIN }, { &diagnose_dead_pid, &diagnose_processes } },
	{ LIBNS_STEP_CLONE, { ENOMEM, EAGAIN }, { &diagnose_dead_pid, &diagnose_processes } },
	{ LIBNS_STEP_ENTER,
	  { EPERM, EACCES },
	  { &diagnose_privilege, &diagnose_named_owner, &diagnose_apparmor, &diagnose_seccomp } },
	{ LIBNS_STEP_ENTER, { EINVAL }, { &diagnose_kernel_types, &diagnose_threads } },
	{ LIBNS_STEP_IDMAP,
	  { EPERM, EACCES },
	  { &diagnose_apparmor, &diagnose_gid_map, &diagnose_setfcap, &diagnose_own_map } },
	{ LIBNS_STEP_IDMAP, { ENOENT }, { &diagnose_subuid, &diagnose_subgid } },
	{ LIBNS_STEP_HELPER,
	  { ENOENT, EACCES },
	  { &diagnose_newuidmap, &diagnose_newgidmap, &diagnose_subuid, &diagnose_subgid } },
	{ LIBNS_STEP_HELPER,
	  { ECHILD },
	  { &diagnose_newuidmap, &diagnose_newgidmap, &diagnose_account, &diagnose_subuid,
	    &diagnose_subgid, &diagnose_apparmor } },
	{ LIBNS_STEP_MOUNT,
	  { EPERM, EACCES },
	  { &diagnose_pid_for_proc, &diagnose_proc_mount, &diagnose_privilege, &diagnose_apparmor,
	    &diagnose_seccomp } },
	{ LIBNS_STEP_MOUNT, { EINVAL }, { &diagnose_chroot } },
	{ LIBNS_STEP_PROC, { ESRCH, ENOENT }, { &diagnose_hidepid } },
	{ LIBNS_STEP_PROC, { EPERM, EACCES }, { &diagnose_ptrace } },
	{ LIBNS_STEP_OPEN, { EPERM, EACCES }, { &diagnose_ptrace } },
	{ LIBNS_STEP_CREDENTIALS, { EINVAL }, { &diagnose_own_map } },
	{ LIBNS_STEP_CREDENTIALS,
	  { EPERM },
	  { &diagnose_change_ids, &diagnose_setgroups, &diagnose_seccomp } },
	{ LIBNS_STEP_LIMITS, { EPERM }, { &diagnose_rlimit } },
	{ LIBNS_STEP_ROOT, { EPERM }, { &diagnose_change_root, &diagnose_seccomp } },
	{ LIBNS_STEP_ROOT, { EACCES }, { &diagnose_directory } },
	{ LIBNS_STEP_TIME, { EPERM }, { &diagnose_change_time, &diagnose_seccomp } },
	{ LIBNS_STEP_PERSIST, { EPERM }, { &diagnose_persist, &diagnose_seccomp } },
	{ LIBNS_STEP_PERSIST, { EACCES }, { &diagnose_directory } },
	{ LIBNS_STEP_NETNS, { EPERM, EACCES }, { &diagnose_mount_owner, &diagnose_names_dir } },
	{ LIBNS_STEP_NETLINK, { EPERM }, { &diagnose_network_owner } },
	{ LIBNS_STEP_EXEC, { EACCES, EPERM }, { &diagnose_program, &diagnose_seccomp } },
};

static bool applies(const struct rule *rule, const struct libns_error *err)
{
	if (rule->step != err->step)
		return false;
	for (size_t i = 0; i < MAX_CODES; i++)
		if (rule->codes[i] == err->code)
			return true;
	return false;
}

/* Asks the probes in turn. Whether one of them saw something. */
static bool explain(const struct rule *rule, const struct diagnose_question *question,
		    struct libns_finding *finding)
{
	for (size_t i = 0; i < MAX_PROBES && rule->probes[i]; i++)
		if (diagnose_ask(rule->probes[i], question, finding) != LIBNS_VERDICT_OK)
			return true;
	return false;
}

LIBNS_PUBLIC int libns_error_hint(const struct libns_error *err, char *buf, size_t size)
{
	struct diagnose_question question;
	struct libns_finding finding;

	if (size)
		buf[0] = '\0';
	if (!err || !err->code || !size)
		return 0;
	question = (struct diagnose_question){ err->types, err->text };
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (!applies(&rules[i], err) || !explain(&rules[i], &question, &finding))
			continue;
		/* Where the sentence is the failure's own, the way out is the news. */
		if (finding.way_out[0] && strstr(err->text, finding.sentence))
			error_format(buf, size, "%s", finding.way_out);
		else
			error_format(buf, size, "%s%s%s", finding.sentence,
				     finding.way_out[0] ? "; " : "", finding.way_out);
		return 1;
	}
	return 0;
}
