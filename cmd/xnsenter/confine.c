/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Making the program as confined as --like-target, --caps and --follow-context
 * ask for, in the process that nobody inside can see.
 *
 * The order is that of what takes rights away: label for execve, bounding set, nice
 * value, umask and groups with the rights in the namespaces; then ids (by the library); then capabilities and no_new_privs. A filter needs either
 * no_new_privs or CAP_SYS_ADMIN: it comes last with the former, else before the
 * capabilities go, which is with the ids unless the program is root.
 */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xnsenter/xnsenter.h"

static int write_label(struct job *job)
{
	size_t size;
	char *text;
	int fd, n = -1;

	if (!job->label)
		return 0;
	size = strlen(job->label) + sizeof("exec ");
	text = malloc(size);
	fd = openat(job->proc_fd,
		    job->apparmor ? "thread-self/attr/apparmor/exec" : "thread-self/attr/exec",
		    O_WRONLY | O_CLOEXEC);
	if (text)
		n = snprintf(text, size, "%s%s", job->apparmor ? "exec " : "", job->label);
	if (fd < 0 || n < 0 || write(fd, text, (size_t)n) != n)
		n = -1;
	free(text);
	if (fd >= 0)
		close(fd);
	return n < 0 ? like_lost(job, LIKE_LABEL, "cannot take over the label '%s': %s", job->label,
				 strerror(errno))
		     : 0;
}

static int write_oom(struct job *job)
{
	ssize_t n = pwrite(job->oom_fd, job->oom, strlen(job->oom), 0);

	/* Only a lower value than the caller's needs a right; his own is killed sooner, which
	 * is safer for the host. */
	if (n >= 0 || errno == EACCES)
		return 0;
	return like_lost(job, LIKE_OOM, "cannot set oom_score_adj to %s: %s", job->oom,
			 strerror(errno));
}

static int set_nice(struct job *job)
{
	/* A lower value than the caller's needs a right: his own is the weaker one. */
	if (setpriority(PRIO_PROCESS, 0, job->nice) == 0 || errno == EACCES || errno == EPERM)
		return 0;
	return like_lost(job, LIKE_NICE, "cannot set the nice value to %d: %s", job->nice,
			 strerror(errno));
}

static int set_groups(struct job *job)
{
	if (setgroups(job->n_groups, job->groups) == 0)
		return 0;
	return like_lost(job, LIKE_GROUPS, "cannot take over the groups: %s", strerror(errno));
}

/* The score is set here and inherited: nobody whom others may not look into, as the process
 * that joins, can write files of its own in procfs, unless he is root. */
int like_before_join(struct job *job)
{
	int code = job->like & LIKE_OOM ? write_oom(job) : 0;

	if (!code && (job->like & LIKE_GROUPS) && job->groups_how == GROUPS_BEFORE)
		code = set_groups(job);
	return code;
}

void like_after_start(const struct job *job)
{
	if (job->like & LIKE_OOM)
		(void)!pwrite(job->oom_fd, job->own_oom, strlen(job->own_oom), 0);
}

/* When the filters are set: the later, the less of our own work they can refuse. */
enum { BEFORE_IDS, BEFORE_CAPS, AT_THE_END };

static int when_filter(const struct job *job)
{
	if (job->no_new_privs)
		return AT_THE_END;
	return job->set_uid && job->uid != 0 ? BEFORE_IDS : BEFORE_CAPS;
}

static int set_filter(struct job *job, int when)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (!(job->like & LIKE_FILTER) || when_filter(job) != when ||
	    libns_seccomp_apply(job->filter, &err) == 0)
		return 0;
	return like_lost(job, LIKE_FILTER, "%s", libns_error_text(&err));
}

int like_before_ids(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int code = write_label(job);

	if (!code && job->keep_caps != UINT64_MAX &&
	    libns_caps_limit_bounding(job->keep_caps, &err) < 0)
		return cli_error(job->cli, "%s", libns_error_text(&err));
	if (!code && (job->like & LIKE_NICE))
		code = set_nice(job);
	if (job->like & LIKE_UMASK)
		umask(job->umask);
	if (!code && (job->like & LIKE_GROUPS) && job->groups_how == GROUPS_INSIDE)
		code = set_groups(job);
	if (!code)
		code = account_set_groups(job);
	return code ? code : set_filter(job, BEFORE_IDS);
}

int like_after_ids(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int r = 0, code = set_filter(job, BEFORE_CAPS);

	if (code)
		return code;
	if (job->like & LIKE_CAPS)
		r = libns_caps_set_inherited(job->inheritable & job->keep_caps,
					     job->ambient & job->keep_caps, &err);
	if (r == 0 && job->keep_caps != UINT64_MAX)
		r = libns_caps_limit(job->keep_caps, &err);
	if (r < 0)
		return cli_error(job->cli, "%s", libns_error_text(&err));
	if (!job->no_new_privs)
		return 0;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return cli_error(job->cli, "cannot set no_new_privs: %m");
	return set_filter(job, AT_THE_END);
}
