/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Making the calling process as confined as was read, part by part. spawn/setup-confine.c decides
 * in which order.
 */

#include <linux/keyctl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <libns/caps.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "confine/confine.h"

static ssize_t write_oom(const struct libns_confine *confine, int value)
{
	char text[16];

	error_format(text, sizeof(text), "%d", value);
	return pwrite(confine->oom_fd, text, strlen(text), 0);
}

int confine_set_oom(struct libns_confine *confine, struct libns_error *err)
{
	/* Only a value below the caller's own needs a right. Without it the program keeps the caller's:
	 * it is killed sooner than the target, which is safer for the host. */
	if (write_oom(confine, confine->oom) >= 0 || errno == EACCES)
		return 0;
	return error_set(err, LIBNS_STEP_LIMITS, errno, "cannot set oom_score_adj to %d",
			 confine->oom);
}

void confine_restore_oom(struct libns_confine *confine)
{
	if (confine->oom_fd >= 0)
		write_oom(confine, confine->own_oom);
}

/* Lowers a limit of the target to what the caller may set, where its hard limit is above the
 * caller's own. */
static int cut_limit(struct libns_rlimit *limit)
{
	struct rlimit64 own;

	if (prlimit64(0, limit->resource, NULL, &own) < 0)
		return -errno;
	if (limit->hard <= own.rlim_max)
		return 0;
	own.rlim_max = limit->hard;
	/* This happens before the join, because it may need a right in the initial user namespace. */
	if (prlimit64(0, limit->resource, &own, NULL) == 0)
		return 0;
	if (prlimit64(0, limit->resource, NULL, &own) < 0)
		return -errno;
	limit->hard = own.rlim_max;
	if (limit->soft > limit->hard)
		limit->soft = limit->hard;
	return 0;
}

int confine_cut_limits(struct libns_confine *confine, struct libns_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(confine->limits); i++) {
		int r = cut_limit(&confine->limits[i]);

		if (r < 0)
			return error_set(err, LIBNS_STEP_LIMITS, -r,
					 "cannot read the caller's resource limits");
	}
	return 0;
}

int confine_set_groups(struct libns_confine *confine, struct libns_error *err)
{
	int r = sys_setgroups(confine->n_groups, confine->groups);

	if (r == -EINVAL)
		return error_say(
			err, LIBNS_STEP_CREDENTIALS, EINVAL,
			"cannot set the supplementary groups: not all of the %zu groups have a number "
			"in the user namespace",
			confine->n_groups);
	return r < 0 ? error_set(err, LIBNS_STEP_CREDENTIALS, -r,
				 "cannot set the supplementary groups")
		     : 0;
}

/* Writes the label by a single write(2): the kernel takes no label in parts. */
static int write_label(const struct libns_confine *confine)
{
	const char *path =
		confine->apparmor ? "thread-self/attr/apparmor/exec" : "thread-self/attr/exec";
	char text[4096];

	/* The kernel does not take a longer one. */
	if (strlen(confine->label) + sizeof("exec ") > sizeof(text))
		return -E2BIG;
	error_format(text, sizeof(text), "%s", confine->apparmor ? "exec " : "");
	strcat(text, confine->label);
	return sys_write_at(confine->proc_fd, path, text, strlen(text));
}

int confine_set_label(struct libns_confine *confine, struct libns_error *err)
{
	int r = confine->label ? write_label(confine) : 0;

	return r < 0 ? error_set(err, LIBNS_STEP_CREDENTIALS, -r, "cannot take over the label '%s'",
				 confine->label)
		     : 0;
}

int confine_set_nice(struct libns_confine *confine, struct libns_error *err)
{
	/* A value below the caller's own needs a right. Without it the program keeps the caller's,
	 * which gives it less of the processor than the target has. */
	if (setpriority(PRIO_PROCESS, 0, confine->nice) == 0 || errno == EACCES || errno == EPERM)
		return 0;
	return error_set(err, LIBNS_STEP_LIMITS, errno, "cannot set the nice value to %d",
			 confine->nice);
}

int confine_set_umask(struct libns_confine *confine, struct libns_error *err)
{
	(void)err;
	umask(confine->umask);
	return 0;
}

int confine_set_caps(struct libns_confine *confine, struct libns_error *err)
{
	return libns_caps_set_inherited(confine->inheritable & confine->keep_caps,
					confine->ambient & confine->keep_caps, err);
}

int confine_set_no_new_privs(struct libns_confine *confine, struct libns_error *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set(err, LIBNS_STEP_CREDENTIALS, errno, "cannot set no_new_privs");
	return 0;
}

LIBNS_PUBLIC void libns_confine_own_keyring(struct libns_confine *confine)
{
	confine->own_keyring = true;
}

int confine_leave_keyring(struct libns_error *err)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0 || errno == ENOSYS ||
	    errno == EPERM)
		return 0;
	return error_set(err, LIBNS_STEP_CREDENTIALS, errno,
			 "cannot leave the session keyring of the caller");
}

int confine_set_filters(struct libns_confine *confine, struct libns_error *err)
{
	return libns_seccomp_apply(confine->filters, err);
}
