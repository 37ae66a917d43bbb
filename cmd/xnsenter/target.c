/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The forms of --target: all lead to a pinned process, or to one namespace that
 * no process need be in.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <libns/container.h>

#include "common/file.h"
#include "common/text.h"
#include "xnsenter/xnsenter.h"

#define PIDFS_MAGIC 0x50494446 /* <linux/magic.h> */

static int pin(struct job *job, pid_t pid)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (libns_proc_new(LIBNS_PROCFS, pid, &job->proc, &err) < 0)
		return cli_fail(job->cli, &err);
	return 0;
}

static int pin_number(struct job *job, const char *text)
{
	pid_t pid;

	return cli_pid(job->cli, "--target", text, &pid) ? pin(job, pid) : CLI_FAILURE;
}

/* The inode of a pidfd is never used again until reboot, a process id is. */
static int check_inode(struct job *job, const char *text)
{
	int pidfd = libns_proc_get_pidfd(job->proc);
	struct statfs fs;
	struct stat st;
	char *end;
	unsigned long long wanted;

	errno = 0;
	wanted = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno)
		return cli_error(job->cli, "--target: '%s' is not an inode number", text);
	if (pidfd < 0 || fstatfs(pidfd, &fs) < 0 || fs.f_type != PIDFS_MAGIC ||
	    fstat(pidfd, &st) < 0)
		return cli_error(job->cli, "this kernel gives processes no inode (Linux 6.9 does)");
	if (st.st_ino != wanted)
		return cli_error(
			job->cli, "process %d has inode %llu, not %llu: it is another process",
			(int)libns_proc_get_pid(job->proc), (unsigned long long)st.st_ino, wanted);
	return 0;
}

static int pin_pid(struct job *job, const char *text)
{
	const char *colon = strchr(text, ':');
	char number[16];
	int code;

	if (!colon)
		return pin_number(job, text);
	snprintf(number, sizeof(number), "%.*s", (int)(colon - text), text);
	code = pin_number(job, number);
	return code ? code : check_inode(job, colon + 1);
}

/* A pidfd, or a namespace. */
static int pin_fd(struct job *job, const char *text)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	uint64_t type;
	int fd, r;

	if (!cli_fd(job->cli, "--target", text, &fd))
		return CLI_FAILURE;
	if (libns_fd_query_type(fd, &type, NULL) == 0) {
		job->target_ns = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		return 0;
	}
	r = libns_proc_new_from_pidfd(LIBNS_PROCFS, fd, &job->proc, &err);
	return r < 0 ? cli_fail(job->cli, &err) : 0;
}

static int find_ns(struct job *job, const char *text)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	const struct libns_node *node;
	struct libns_scan *scan;
	uint32_t inode;
	int fd;

	if (!cli_u32(job->cli, "--target", text, &inode))
		return CLI_FAILURE;
	if (libns_scan_new(LIBNS_PROCFS, NULL, &scan, &err) < 0)
		return cli_fail(job->cli, &err);
	node = libns_scan_find(scan, inode);
	if (!node) {
		size_t unseen = libns_scan_count_unseen(scan, LIBNS_UNSEEN_PROCESSES);

		bool hidden = libns_scan_hides_processes(scan);

		libns_scan_free(scan);
		if (hidden)
			return cli_error(job->cli,
					 "no namespace %u found (processes of others are hidden by "
					 "the mount option hidepid)",
					 inode);
		if (unseen)
			return cli_error(job->cli,
					 "no namespace %u found (%zu processes not readable)",
					 inode, unseen);
		return cli_error(job->cli, "there is no namespace %u", inode);
	}
	fd = libns_scan_open(scan, node, &err);
	libns_scan_free(scan);
	if (fd < 0)
		return cli_fail(job->cli, &err);
	job->target_ns = fd;
	return 0;
}

static int find_netns(struct job *job, const char *name)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	job->target_ns = libns_netns_open(LIBNS_NETNS_RUN, name, &err);
	return job->target_ns < 0 ? cli_fail(job->cli, &err) : 0;
}

/* ---------------------------------------------------------------- cgroups */

/* Of a list of numbers, one a line, the first that is not 0: that stands for processes of
 * another pid namespace. Return: 0 if there is none. */
static pid_t first_number(const char *text)
{
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		long pid = strtol(text, NULL, 10);

		if (pid > 0)
			return (pid_t)pid;
	}
	return 0;
}

/* The first process in a cgroup directory or below. Return: 0 if there is none, -1 with errno. */
static pid_t first_member(int dir_fd, int depth)
{
	char *text = file_read_at(dir_fd, "cgroup.procs", NULL);
	pid_t pid = text ? first_number(text) : -1;
	struct dirent *entry;
	DIR *dir;

	free(text);
	if (pid)
		return pid;
	if (depth == 0) {
		errno = ELOOP;
		return -1;
	}
	dir = file_open_dir(dir_fd, ".");
	if (!dir)
		return -1;
	while (!pid && (entry = file_next_entry(dir))) {
		int fd;

		if (entry->d_type != DT_DIR)
			continue;
		fd = openat(dir_fd, entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		pid = fd < 0 ? -1 : first_member(fd, depth - 1);
		if (fd >= 0)
			file_close(fd);
		/* A group that was removed meanwhile. */
		if (pid < 0 && (errno == ENOENT || errno == ENODEV))
			pid = 0;
		else if (pid < 0)
			break;
	}
	if (!pid && errno)
		pid = -1;
	file_close_dir(dir);
	return pid;
}

/* A path as it stands, or as /proc/PID/cgroup shows it: below one of the hierarchies. */
static int open_cgroup(const char *path)
{
	const char *root = "/sys/fs/cgroup";
	struct dirent *entry;
	char full[4096];
	int fd;
	DIR *dir;

	if (!strncmp(path, root, strlen(root)))
		return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (strlen(path) > sizeof(full) - 300) {
		errno = ENAMETOOLONG;
		return -1;
	}
	snprintf(full, sizeof(full), "%s/%s", root, path);
	fd = open(full, O_PATH | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 && errno == ENOENT ? file_open_dir(AT_FDCWD, root) : NULL;
	if (!dir)
		return fd;
	while (fd < 0 && (entry = file_next_entry(dir))) {
		snprintf(full, sizeof(full), "%s/%s/%s", root, entry->d_name, path);
		fd = open(full, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
			break;
	}
	/* The end of the list has no errno. */
	if (fd < 0 && !errno)
		errno = ENOENT;
	file_close_dir(dir);
	return fd;
}

static int pin_cgroup(struct job *job, const char *path)
{
	int fd = open_cgroup(path);
	pid_t pid;

	if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
		return cli_error(job->cli, "cannot open cgroup '%s': %m", path);
	if (fd < 0)
		return cli_error(job->cli, "there is no cgroup '%s'", path);
	pid = first_member(fd, 32);
	file_close(fd);
	if (pid < 0)
		return cli_error(job->cli, "cannot read which processes are in cgroup '%s': %m",
				 path);
	if (pid == 0)
		return cli_error(job->cli, "there is no process in cgroup '%s'", path);
	return pin(job, pid);
}

/* ---------------------------------------------------------------- containers */

/* What a user should know before he relies on what the word has led to. */
static void say_which_container(const struct job *job, const char *word,
				const struct libns_container *c)
{
	const char *last = strrchr(word, '/');
	char *shown = text_clean(c->word, true), *pod = text_clean(c->pod, true);

	last = last ? last + 1 : word;
	if (shown && pod && *c->pod && !strcmp(last, c->pod) && strcmp(last, c->name) &&
	    strcmp(last, c->id))
		fprintf(stderr, "%s: note: '%s' is a pod; entering its first container, '%s'\n",
			job->cli->name, pod, shown);
	if (shown && c->flags & LIBNS_CONTAINER_CREATED)
		fprintf(stderr,
			"%s: note: container '%s' was created and not started: its process "
			"waits for that\n",
			job->cli->name, shown);
	free(shown);
	free(pod);
}

/* For --plan: whose word has led there. */
static void keep_origin(struct job *job, const struct libns_container *c)
{
	snprintf(job->container, sizeof(job->container), "%s", c->word);
	snprintf(job->container_origin, sizeof(job->container_origin), "%s", c->origin);
	job->container_owner = c->owner;
}

static int pin_container(struct job *job, const char *word)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	const struct libns_container *found;
	struct libns_containers *all;
	int r = libns_containers_new(LIBNS_PROCFS, LIBNS_ROOT, &all, &err);

	if (r < 0)
		return cli_fail(job->cli, &err);
	r = libns_containers_find(all, word, &found, &err);
	if (r == 0)
		r = libns_proc_new(LIBNS_PROCFS, found->pid, &job->proc, &err);
	if (r == 0)
		r = libns_containers_verify(all, found, job->proc, &err);
	if (r == 0) {
		say_which_container(job, word, found);
		keep_origin(job, found);
	}
	libns_containers_free(all);
	return r < 0 ? cli_fail(job->cli, &err) : 0;
}

/* ---------------------------------------------------------------- all of them */

static const struct form {
	const char *prefix;
	int (*resolve)(struct job *job, const char *rest);
} forms[] = {
	{ "tid:", pin_number },   { "fd:", pin_fd },         { "ns:", find_ns },
	{ "netns:", find_netns }, { "cgroup:", pin_cgroup }, { "container:", pin_container },
};

static int pin_by_word(struct job *job, const char *text)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t n = strlen(forms[i].prefix);

		if (!strncmp(text, forms[i].prefix, n))
			return forms[i].resolve(job, text + n);
	}
	return pin_pid(job, text);
}

/* In the sealed copy: what the word has led to before. */
static int pin_again(struct job *job)
{
	uint64_t type;
	int code = 0;

	if (libns_fd_query_type(job->pinned_before, &type, NULL) == 0)
		job->target_ns = fcntl(job->pinned_before, F_DUPFD_CLOEXEC, 3);
	else if (libns_proc_new_from_pidfd(LIBNS_PROCFS, job->pinned_before, &job->proc, NULL) < 0)
		code = cli_error(job->cli, "target '%s' has ended meanwhile", job->opts->target);
	close(job->pinned_before);
	return code;
}

int job_pin_target(struct job *job)
{
	int fd, code;

	if (!job->opts->target)
		return 0;
	code = job->pinned_before >= 0 ? pin_again(job) : pin_by_word(job, job->opts->target);
	if (code)
		return code;
	fd = job->proc ? libns_proc_get_pidfd(job->proc) : job->target_ns;
	if (fd >= 0)
		job->pinned = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return 0;
}
