/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * --like-target: as confined as the process that is followed; and the pieces of
 * it that can be had alone.
 *
 * The order is that of what takes rights away: label for execve, bounding set,
 * limits, ids, capabilities, no_new_privs last. A system call filter cannot be
 * copied without stopping the target, which may be stuck, so it is not.
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

#include "caps.h"
#include "xnsenter.h"

/* 65536 supplementary groups of ten digits, and the rest. */
#define STATUS_MAX (1u << 20)

static int read_file(const struct job *job, const char *name, char *buf, size_t size)
{
	int fd = openat(libns_proc_get_dir_fd(job->proc), name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (fd >= 0)
		close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return n < 0 ? -1 : 0;
}

/* The value behind "Name:\t", or "". Only where a line begins: the first one ends with a
 * word that the target chooses, its name. */
static const char *value_of(const char *status, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = status; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (!strncmp(line, name, n) && line[n] == ':')
			return line + n + 1 + strspn(line + n + 1, "\t ");
	return "";
}

static uint64_t hex_of(const char *status, const char *name)
{
	return strtoull(value_of(status, name), NULL, 16);
}

/* As numbers inside; what has none there is left out. */
static int translate_groups(struct job *job, const char *list)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_idmap *map = NULL;
	char *end;

	job->groups = calloc(strcspn(list, "\n") / 2 + 1, sizeof(gid_t));
	if (!job->groups)
		return cli_error(job->cli, "cannot take over the groups: %m");
	if (libns_entry_get_types(job->entry) & LIBNS_TYPE_USER &&
	    libns_idmap_read(job->proc, LIBNS_IDMAP_GID, &map, &err) < 0)
		return cli_fail(job->cli, &err);
	while (*list >= '0' && *list <= '9') {
		unsigned long id = strtoul(list, &end, 10);
		uint32_t inner = (uint32_t)id;

		list = end + strspn(end, " ");
		if (!map || libns_idmap_to_inner(map, (uint32_t)id, &inner))
			job->groups[job->n_groups++] = inner;
	}
	libns_idmap_free(map);
	job->set_groups = true;
	return 0;
}

static int take_status(struct job *job, const char *status)
{
	char text[64];

	/* A missing line must not read as a zero. */
	if (!*value_of(status, "CapBnd") || !*value_of(status, "Umask"))
		return cli_error(job->cli, "cannot read the status of process %d",
				 (int)libns_proc_get_pid(job->proc));
	job->keep_caps &= hex_of(status, "CapBnd");
	job->inheritable = hex_of(status, "CapInh");
	job->ambient = hex_of(status, "CapAmb");
	job->no_new_privs = *value_of(status, "NoNewPrivs") == '1';
	job->umask = (mode_t)strtoul(value_of(status, "Umask"), NULL, 8);
	if (read_file(job, "oom_score_adj", text, sizeof(text)) == 0)
		snprintf(job->oom, sizeof(job->oom), "%d", atoi(text));
	return translate_groups(job, value_of(status, "Groups"));
}

static int read_status(struct job *job)
{
	char *status = malloc(STATUS_MAX);
	int code;

	if (!status || read_file(job, "status", status, STATUS_MAX) < 0)
		code = cli_error(job->cli, "cannot read the status of process %d: %m",
				 (int)libns_proc_get_pid(job->proc));
	else
		code = take_status(job, status);
	free(status);
	return code;
}

static rlim_t limit_of(const char *text)
{
	return *text == 'u' ? RLIM_INFINITY : (rlim_t)strtoull(text, NULL, 10);
}

/* As text: prlimit(2) wants CAP_SYS_RESOURCE for a process of somebody else's. */
static void read_limits(struct job *job)
{
	char text[4096], *rest = text, *line;

	read_file(job, "limits", text, sizeof(text));
	strsep(&rest, "\n");
	/* One line for each RLIMIT_*, in columns of fixed width. */
	for (int i = 0; i < RLIM_NLIMITS && (line = strsep(&rest, "\n")); i++) {
		job->has_limit[i] = strlen(line) > 48;
		if (job->has_limit[i])
			job->limits[i] = (struct rlimit){ limit_of(line + 26), limit_of(line + 47) };
	}
}

/* The nineteenth field; the second is a name that may hold anything. */
static void read_nice(struct job *job)
{
	char text[1024], *pos;

	read_file(job, "stat", text, sizeof(text));
	pos = strrchr(text, ')');
	for (int field = 2; pos && field < 19; field++)
		pos = strchr(pos + 1, ' ');
	job->nice = pos ? atoi(pos) : 0;
}

/* A module's own file first; the common one is that of the first module. */
static void read_label(struct job *job, bool selinux_only)
{
	char path[48];

	if (access("/sys/fs/selinux/enforce", F_OK) == 0)
		snprintf(path, sizeof(path), "attr/current");
	else if (!selinux_only && access("/sys/module/apparmor/parameters/enabled", F_OK) == 0)
		snprintf(path, sizeof(path), "attr/apparmor/current");
	else
		return;
	if (read_file(job, path, job->label, sizeof(job->label)) < 0)
		return;
	job->label[strcspn(job->label, "\n")] = '\0';
	job->apparmor = strstr(path, "apparmor") != NULL;
	/* "profile (enforce)" */
	if (job->apparmor)
		job->label[strcspn(job->label, " ")] = '\0';
	if (!strcmp(job->label, "unconfined"))
		*job->label = '\0';
}

int like_read(struct job *job)
{
	if (!job->opts->context && !job->opts->like)
		return 0;
	/* One's own files are found through the host's procfs also from within. */
	job->proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	read_label(job, !job->opts->like);
	if (!job->opts->like)
		return 0;
	read_limits(job);
	read_nice(job);
	return read_status(job);
}

static int write_label(struct job *job)
{
	char text[300];
	int fd, n;

	if (!*job->label)
		return 0;
	fd = openat(job->proc_fd,
		    job->apparmor ? "thread-self/attr/apparmor/exec" : "thread-self/attr/exec",
		    O_WRONLY | O_CLOEXEC);
	n = snprintf(text, sizeof(text), "%s%s", job->apparmor ? "exec " : "", job->label);
	if (fd < 0 || write(fd, text, (size_t)n) < 0)
		return cli_error(job->cli, "cannot take over the label '%s': %m", job->label);
	close(fd);
	return 0;
}

static void write_oom(struct job *job)
{
	int fd;

	if (!*job->oom || job->proc_fd < 0)
		return;
	fd = openat(job->proc_fd, "thread-self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	/* Only a lower value than one's own needs a right: then ours stays, which is safer
	 * for the host. */
	if (fd >= 0) {
		(void)!write(fd, job->oom, strlen(job->oom));
		close(fd);
	}
}

int like_before_ids(struct job *job)
{
	int code = write_label(job);
	int r = 0;

	if (code)
		return code;
	if (job->keep_caps != UINT64_MAX)
		r = caps_limit_bounding(job->keep_caps);
	if (r)
		return cli_error(job->cli, "cannot limit the capabilities: %s", strerror(r));
	if (!job->opts->like)
		return 0;
	write_oom(job);
	setpriority(PRIO_PROCESS, 0, job->nice);
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit own;

		if (!job->has_limit[i] || setrlimit(i, &job->limits[i]) == 0 ||
		    getrlimit(i, &own) < 0)
			continue;
		/* A hard limit above one's own: as far as it goes. */
		own.rlim_cur = job->limits[i].rlim_cur < own.rlim_max ? job->limits[i].rlim_cur
								      : own.rlim_max;
		setrlimit(i, &own);
	}
	umask(job->umask);
	if (job->set_groups && setgroups(job->n_groups, job->groups) < 0 && errno != EPERM)
		return cli_error(job->cli, "cannot take over the groups: %m");
	return 0;
}

int like_after_ids(struct job *job)
{
	int r = 0;

	if (job->opts->like)
		r = caps_set_inherited(job->inheritable & job->keep_caps,
				       job->ambient & job->keep_caps);
	if (!r && job->keep_caps != UINT64_MAX)
		r = caps_limit(job->keep_caps);
	if (r)
		return cli_error(job->cli, "cannot limit the capabilities: %s", strerror(r));
	if (job->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return cli_error(job->cli, "cannot set no_new_privs: %m");
	return 0;
}
