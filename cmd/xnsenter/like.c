/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * --like-target: reading how confined the process is that is followed.
 *
 * It is a promise: the program gets every part that was asked for, or does not
 * run. What cannot be read, or cannot be had, is an error that names the word
 * which leaves the part out; with --best-effort it is left out and said. Only what
 * would make the program freer than the caller may make it is cut down without a
 * word: a limit, a nice value or an oom score then stay stricter than the target's.
 *
 * Everything here happens before the first join. Setting it is the business of
 * xnsenter/confine.c.
 */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/file.h"
#include "xnsenter/status.h"
#include "xnsenter/xnsenter.h"

/* How long a target may take to stand still while its filters are read. */
#define PATIENCE_MS 2000

/* By the number of their bit. */
static const char *const part_names[] = {
	"ids", "groups", "caps",  "no-new-privs", "limits", "nice",
	"oom", "umask",  "label", "cgroup",       "filter",
};

#define N_PARTS (sizeof(part_names) / sizeof(part_names[0]))

const char *like_part_at(unsigned int i)
{
	return i < N_PARTS ? part_names[i] : NULL;
}

bool like_parse(const struct cli *cli, const char *text, unsigned int *ret)
{
	/* A list that begins by leaving something out means all but that. */
	unsigned int parts = !text || *text == '-' ? LIKE_ALL : 0;

	while (text) {
		bool out = *text == '-';
		const char *word = text + out;
		size_t n = strcspn(word, ","), i;

		for (i = 0; i < N_PARTS; i++)
			if (strlen(part_names[i]) == n && !strncmp(part_names[i], word, n))
				break;
		if (i == N_PARTS) {
			cli_usage(cli, "--like-target: there is no part '%.*s'", (int)n, word);
			return false;
		}
		if (out)
			parts &= ~(1u << i);
		else
			parts |= 1u << i;
		text = word[n] ? word + n + 1 : NULL;
	}
	*ret = parts;
	return true;
}

int like_lost(struct job *job, unsigned int part, const char *format, ...)
{
	char why[400];
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	if (!job->opts->best_effort)
		return cli_error(job->cli, "%s (--like-target=-%s leaves that out)", why,
				 part_names[__builtin_ctz(part)]);
	fprintf(stderr, "%s: note: left out the target's %s: %s\n", job->cli->name,
		part_names[__builtin_ctz(part)], why);
	job->like &= ~part;
	return 0;
}

/* The whole of a file of the target; free(3). NULL with errno. */
static char *read_file(const struct job *job, const char *name)
{
	return file_read_at(libns_proc_get_dir_fd(job->proc), name, NULL);
}

/* ---------------------------------------------------------------- groups */

static int compare_ids(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

	return (x > y) - (x < y);
}

bool like_are_own_groups(const gid_t *groups, size_t n)
{
	int count = getgroups(0, NULL);
	gid_t *own = calloc((size_t)count + 1, sizeof(*own)), *theirs = calloc(n + 1, sizeof(*own));
	bool same =
		own && theirs && count >= 0 && (size_t)count == n && getgroups(count, own) == count;

	if (same) {
		memcpy(theirs, groups, n * sizeof(*groups));
		qsort(own, n, sizeof(*own), compare_ids);
		qsort(theirs, n, sizeof(*own), compare_ids);
		same = !memcmp(own, theirs, n * sizeof(*own));
	}
	free(own);
	free(theirs);
	return same;
}

/* As numbers inside; what has none there is left out: no process in there can have it. */
static int translate_groups(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_idmap *map = NULL;
	size_t n = 0;

	if (libns_idmap_read(job->proc, LIBNS_IDMAP_GID, &map, &err) < 0)
		return cli_fail(job->cli, &err);
	for (size_t i = 0; i < job->n_groups; i++)
		if (libns_idmap_to_inner(map, job->groups[i], &job->groups[n]))
			n++;
	libns_idmap_free(map);
	job->n_groups = n;
	return 0;
}

static int read_groups(struct job *job, const char *status)
{
	bool joins_user = libns_entry_get_types(job->entry) & LIBNS_TYPE_USER;

	if (!status_groups(status, &job->groups, &job->n_groups))
		return like_lost(job, LIKE_GROUPS, "cannot read the groups of process %d",
				 (int)libns_proc_get_pid(job->proc));
	if (like_are_own_groups(job->groups, job->n_groups)) {
		job->groups_how = GROUPS_KEPT;
		return 0;
	}
	/* Where setgroups(2) is denied for ever, they are set before the join. */
	job->groups_how = joins_user && !job->clear_groups ? GROUPS_BEFORE : GROUPS_INSIDE;
	return joins_user && job->groups_how == GROUPS_INSIDE ? translate_groups(job) : 0;
}

/* ---------------------------------------------------------------- the other parts */

static int read_caps(struct job *job, const char *status)
{
	uint64_t bounding;

	/* A missing line must not read as a zero, nor as a full set. */
	if (!status_number(status, "CapBnd", 16, &bounding) ||
	    !status_number(status, "CapInh", 16, &job->inheritable) ||
	    !status_number(status, "CapAmb", 16, &job->ambient))
		return like_lost(job, LIKE_CAPS, "cannot read the capabilities of process %d",
				 (int)libns_proc_get_pid(job->proc));
	job->keep_caps &= bounding;
	return 0;
}

/* A hard limit above the caller's: as far as he may raise his own. */
static void cut_limit(int resource, struct libns_rlimit *limit)
{
	struct rlimit own;

	if (getrlimit(resource, &own) < 0 || limit->hard <= own.rlim_max)
		return;
	own.rlim_max = limit->hard;
	/* Before the join: it may take a right of the first user namespace. */
	if (setrlimit(resource, &own) == 0 || getrlimit(resource, &own) < 0)
		return;
	limit->hard = own.rlim_max;
	if (limit->soft > limit->hard)
		limit->soft = limit->hard;
}

/* As text: prlimit(2) wants CAP_SYS_RESOURCE for a process of somebody else's. */
static int read_limits(struct job *job)
{
	char *text = read_file(job, "limits");
	bool good = text && limits_parse(text, job->limits);

	free(text);
	if (!good)
		return like_lost(job, LIKE_LIMITS, "cannot read the resource limits of process %d",
				 (int)libns_proc_get_pid(job->proc));
	for (int i = 0; i < RLIM_NLIMITS; i++)
		cut_limit(i, &job->limits[i]);
	job->n_limits = RLIM_NLIMITS;
	return 0;
}

static int read_nice(struct job *job)
{
	char *text = read_file(job, "stat");
	bool good = text && stat_nice(text, &job->nice);

	free(text);
	return good ? 0
		    : like_lost(job, LIKE_NICE, "cannot read the nice value of process %d",
				(int)libns_proc_get_pid(job->proc));
}

static bool take_oom(char *text, char *ret, size_t size)
{
	int value = 0;
	bool good = text && oom_parse(text, &value);

	free(text);
	snprintf(ret, size, "%d", value);
	return good;
}

static int read_oom(struct job *job)
{
	if (!take_oom(read_file(job, "oom_score_adj"), job->oom, sizeof(job->oom)))
		return like_lost(job, LIKE_OOM, "cannot read oom_score_adj of process %d",
				 (int)libns_proc_get_pid(job->proc));
	job->oom_fd = openat(job->proc_fd, "self/oom_score_adj", O_RDWR | O_CLOEXEC);
	if (job->oom_fd < 0 || !take_oom(file_read_at(job->proc_fd, "self/oom_score_adj", NULL),
					 job->own_oom, sizeof(job->own_oom)))
		return like_lost(job, LIKE_OOM, "cannot open the caller's own oom_score_adj");
	return 0;
}

/* A module's own file first; the common one is that of the first module. */
static int read_label(struct job *job, bool selinux_only)
{
	const char *path;
	char *text;

	if (access("/sys/fs/selinux/enforce", F_OK) == 0)
		path = "attr/current";
	else if (!selinux_only && access("/sys/module/apparmor/parameters/enabled", F_OK) == 0)
		path = "attr/apparmor/current";
	else
		return 0;
	text = read_file(job, path);
	if (!text)
		return like_lost(job, LIKE_LABEL, "cannot read the label of process %d: %m",
				 (int)libns_proc_get_pid(job->proc));
	text[strcspn(text, "\n")] = '\0';
	job->apparmor = strstr(path, "apparmor") != NULL;
	/* "profile (enforce)": a name may hold blanks, the mode is the last word. */
	if (job->apparmor && *text && text[strlen(text) - 1] == ')' && strrchr(text, '('))
		strrchr(text, '(')[-1] = '\0';
	if (!*text || !strcmp(text, "unconfined"))
		free(text);
	else
		job->label = text;
	return 0;
}

static int read_filter(struct job *job)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	unsigned int patience =
		job->opts->timeout_ms ? (unsigned int)job->opts->timeout_ms : PATIENCE_MS;

	if (libns_seccomp_read(job->proc, patience, &job->filter, &err) < 0)
		return like_lost(job, LIKE_FILTER, "%s", libns_error_text(&err));
	if (libns_seccomp_needs_supervisor(job->filter))
		fprintf(stderr,
			"%s: note: a filter of the target leaves some system calls to a supervisor, "
			"which the program has not: they fail with ENOSYS\n",
			job->cli->name);
	return 0;
}

/* One number of the status, if its part is asked for. */
static int read_number(struct job *job, unsigned int part, const char *status, const char *name,
		       int base, uint64_t *ret)
{
	if (!(job->like & part) || status_number(status, name, base, ret))
		return 0;
	return like_lost(job, part, "cannot read %s of process %d", name,
			 (int)libns_proc_get_pid(job->proc));
}

static int read_status(struct job *job)
{
	char *status = read_file(job, "status");
	uint64_t no_new_privs = 0, mask = 0;
	int code = 0;

	if (!status)
		return cli_error(job->cli, "cannot read the status of process %d: %m",
				 (int)libns_proc_get_pid(job->proc));
	if (job->like & LIKE_CAPS)
		code = read_caps(job, status);
	if (!code)
		code = read_number(job, LIKE_NNP, status, "NoNewPrivs", 10, &no_new_privs);
	if (!code)
		code = read_number(job, LIKE_UMASK, status, "Umask", 8, &mask);
	job->no_new_privs = no_new_privs;
	job->umask = (mode_t)mask;
	if (!code && (job->like & LIKE_GROUPS))
		code = read_groups(job, status);
	free(status);
	return code;
}

/* Without being asked for: a program that is freer than the target should surprise nobody. */
static void note_filter(struct job *job)
{
	char *status = read_file(job, "status");
	uint64_t mode = 0;

	/* A kernel without filters has no such line. */
	if (!status)
		fprintf(stderr,
			"%s: note: cannot tell whether the target is under a system call "
			"filter: %s; the program is not\n",
			job->cli->name, strerror(errno));
	else if (status_number(status, "Seccomp", 10, &mode) && mode)
		fprintf(stderr,
			"%s: note: the target is under a system call filter, the program is "
			"not\n",
			job->cli->name);
	free(status);
}

int like_read(struct job *job)
{
	unsigned int parts = job->opts->like;
	int code = 0;

	if (!job->opts->context && !parts)
		return 0;
	/* One's own files are found through the host's procfs also from within. */
	job->proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (job->proc_fd < 0)
		return cli_error(job->cli, "cannot open '/proc': %m");
	if (job->opts->context || (parts & LIKE_LABEL))
		code = read_label(job, !(parts & LIKE_LABEL));
	if (!code && parts)
		code = read_status(job);
	if (!code && (parts & LIKE_LIMITS))
		code = read_limits(job);
	if (!code && (parts & LIKE_NICE))
		code = read_nice(job);
	if (!code && (parts & LIKE_OOM))
		code = read_oom(job);
	if (!code && (parts & LIKE_FILTER))
		code = read_filter(job);
	else if (!code && parts)
		note_filter(job);
	return code;
}
