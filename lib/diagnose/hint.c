/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Why something failed. There is one list of questions, the most basic first: is
 * there a procfs, does a filter refuse this very call, is this a chroot, may this
 * user at all? A failure takes from it the questions that bear on its step and
 * errno. Each is answered by a probe that looks; the first one that sees
 * something in the way speaks. If none does, nothing is said: a wrong hint costs
 * more than none.
 */

#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "diagnose/diagnose.h"

#define BIT(step) (UINT32_C(1) << LIBNS_STEP_##step)
#define MAX_CODES 7

/* clang-format off */
#define DENIED    { EPERM, EACCES }
/* clang-format on */
#define CREATES   (BIT(UNSHARE) | BIT(CLONE))
#define BY_PROCFS (BIT(IDMAP) | BIT(TIME) | BIT(PROC) | BIT(PERSIST) | BIT(CLONE))
#define FILTERED                                                                                   \
	(CREATES | BIT(ENTER) | BIT(MOUNT) | BIT(PERSIST) | BIT(ROOT) | BIT(CREDENTIALS) |         \
	 BIT(CAPS) | BIT(NETNS) | BIT(NETLINK) | BIT(NAMES) | BIT(LIMITS) | BIT(EXEC) | BIT(WAIT))

static const struct question {
	const struct diagnose_probe *probe;
	uint32_t steps; /* bits of enum libns_step */
	int codes[MAX_CODES];
	const char *about; /* a word of the sentence, where a step has failures of many kinds */
} questions[] = {
	/* Where is this? */
	{ &diagnose_procfs, BY_PROCFS, { ENOENT, ENOTDIR, ESRCH, ENODEV }, NULL },
	{ &diagnose_procfs, BIT(OPEN), { ENOENT, ENOTDIR, ESRCH, ENODEV }, "proc" },
	{ &diagnose_procfs, BIT(NETNS), { ENOENT, ENOTDIR, ESRCH, ENODEV }, "bind" },
	{ &diagnose_filter,
	  FILTERED,
	  { EPERM, EACCES, ENOSYS, EINVAL, EAFNOSUPPORT, EOPNOTSUPP, EIO },
	  NULL },
	{ &diagnose_chroot, CREATES, DENIED, NULL },
	{ &diagnose_root_mount, BIT(MOUNT), { EINVAL }, NULL },
	/* Are such namespaces to be had? */
	{ &diagnose_ids, CREATES, DENIED, NULL },
	{ &diagnose_unprivileged_userns, CREATES, DENIED, NULL },
	{ &diagnose_limits, CREATES, { ENOSPC, EUSERS }, NULL },
	{ &diagnose_kernel_types, CREATES | BIT(ENTER), { EINVAL, ENOSYS }, NULL },
	{ &diagnose_threads, BIT(UNSHARE) | BIT(ENTER), { EINVAL, EUSERS }, NULL },
	{ &diagnose_dead_pid, CREATES, { ENOMEM, EAGAIN }, NULL },
	{ &diagnose_processes, CREATES, { EAGAIN }, NULL },
	{ &diagnose_outer_pid, BIT(ENTER), { EINVAL }, NULL },
	/* Is it this kind of mount? */
	{ &diagnose_pid_for_proc, BIT(MOUNT), DENIED, "procfs" },
	{ &diagnose_proc_mount, BIT(MOUNT), DENIED, "procfs" },
	/* Has the caller the rights? */
	{ &diagnose_mount_owner, BIT(NETNS), DENIED, NULL },
	{ &diagnose_names_dir, BIT(NETNS), DENIED, NULL },
	{ &diagnose_network_owner, BIT(NETLINK), { EPERM }, NULL },
	{ &diagnose_net_admin, BIT(NETLINK), { EPERM }, NULL },
	{ &diagnose_network_owner, BIT(MOUNT), DENIED, "sysfs" },
	{ &diagnose_sys_mount, BIT(MOUNT), DENIED, "sysfs" },
	{ &diagnose_ipc_owner, BIT(MOUNT), DENIED, "mqueue" },
	{ &diagnose_named_owner, BIT(ENTER), DENIED, "network namespace '" },
	{ &diagnose_names, BIT(CLONE), DENIED, "create a network namespace" },
	{ &diagnose_privilege, CREATES | BIT(ENTER) | BIT(MOUNT), DENIED, NULL },
	{ &diagnose_apparmor, CREATES | BIT(ENTER) | BIT(IDMAP) | BIT(MOUNT), DENIED, NULL },
	{ &diagnose_perhaps_chroot, CREATES, { EPERM }, NULL },
	{ &diagnose_label, BIT(MOUNT) | BIT(PERSIST) | BIT(NETNS), DENIED, NULL },
	{ &diagnose_change_ids, BIT(CREDENTIALS), { EPERM }, NULL },
	{ &diagnose_change_root, BIT(ROOT), { EPERM }, NULL },
	{ &diagnose_change_time, BIT(TIME), { EPERM }, NULL },
	{ &diagnose_choose_caps, BIT(CAPS), { EPERM }, NULL },
	{ &diagnose_persist, BIT(PERSIST), { EPERM }, NULL },
	{ &diagnose_proc_sys, BIT(LIMITS), { EROFS }, "user namespaces" },
	{ &diagnose_rlimit, BIT(LIMITS), { EPERM }, NULL },
	{ &diagnose_landlock, BIT(LANDLOCK), { ENOSYS, EOPNOTSUPP, EPERM }, NULL },
	/* What may it map? */
	{ &diagnose_gid_map, BIT(IDMAP), DENIED, NULL },
	{ &diagnose_setfcap, BIT(IDMAP), DENIED, NULL },
	{ &diagnose_own_map, BIT(IDMAP), DENIED, NULL },
	{ &diagnose_own_map, BIT(CREDENTIALS), { EINVAL }, NULL },
	{ &diagnose_setgroups, BIT(CREDENTIALS), { EPERM }, NULL },
	{ &diagnose_newuidmap, BIT(HELPER), { ENOENT, EACCES, ECHILD }, NULL },
	{ &diagnose_newgidmap, BIT(HELPER), { ENOENT, EACCES, ECHILD }, NULL },
	{ &diagnose_account, BIT(HELPER), { ECHILD }, NULL },
	{ &diagnose_subuid, BIT(HELPER), { ENOENT, EACCES, ECHILD }, NULL },
	{ &diagnose_subgid, BIT(HELPER), { ENOENT, EACCES, ECHILD }, NULL },
	{ &diagnose_subuid, BIT(IDMAP), { ENOENT }, "sub" },
	{ &diagnose_subgid, BIT(IDMAP), { ENOENT }, "sub" },
	{ &diagnose_apparmor, BIT(HELPER), { ECHILD }, NULL },
	/* Is it the object? */
	{ &diagnose_hidepid, BIT(PROC), { ESRCH, ENOENT }, NULL },
	{ &diagnose_hidepid, BIT(PROC) | BIT(OPEN), DENIED, "hide" },
	{ &diagnose_ptrace, BIT(PROC), DENIED, NULL },
	{ &diagnose_ptrace, BIT(OPEN), DENIED, "proc" },
	{ &diagnose_tun, BIT(NETNS), { ECHILD }, "pasta" },
	{ &diagnose_missing, BIT(PERSIST), { ENOENT }, NULL },
	{ &diagnose_missing, BIT(OPEN), { ENOENT }, "namespace '" },
	{ &diagnose_directory, BIT(ROOT) | BIT(PERSIST) | BIT(OPEN), { EACCES }, NULL },
	{ &diagnose_program, BIT(EXEC), DENIED, NULL },
};

static bool applies(const struct question *q, const struct libns_error *err)
{
	if (err->step >= 32 || !(q->steps & UINT32_C(1) << err->step))
		return false;
	if (q->about && !strstr(err->text, q->about))
		return false;
	for (size_t i = 0; i < MAX_CODES; i++)
		if (q->codes[i] == err->code)
			return true;
	return false;
}

/* Asks one probe after the other. Return: whether one of them has seen something. */
static bool explain(const struct libns_error *err, struct libns_finding *finding)
{
	struct diagnose_question question = { err->types, err->text, err->step, err->code, NULL };
	struct diagnose_place place;

	for (size_t i = 0; i < ARRAY_SIZE(questions); i++) {
		if (!applies(&questions[i], err))
			continue;
		if (!question.place)
			diagnose_look_around(&place);
		question.place = &place;
		if (diagnose_ask(questions[i].probe, &question, finding) != LIBNS_VERDICT_OK)
			return true;
	}
	return false;
}

LIBNS_PUBLIC int libns_error_hint(const struct libns_error *err, char *buf, size_t size)
{
	struct libns_finding finding;

	if (size)
		buf[0] = '\0';
	if (!err || !err->code || !size || !explain(err, &finding))
		return 0;
	/* Where the failure has said the same, only the way out is new. */
	if (finding.way_out[0] && strstr(err->text, finding.sentence))
		error_format(buf, size, "%s", finding.way_out);
	else
		error_format(buf, size, "%s%s%s", finding.sentence, finding.way_out[0] ? "; " : "",
			     finding.way_out);
	return 1;
}
