/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_FAKE_HOST_H
#define TESTS_FAKE_HOST_H

/*
 * A host in a temporary directory: "proc" and "sys/fs/cgroup" beside the files that the
 * runtimes keep below "run" and "var", as they write them.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libns/container.h>
#include <libns/proc.h>

#include "tap.h"

#define ID_A "aaaaaaaaaaaa1111aaaaaaaaaaaa1111aaaaaaaaaaaa1111aaaaaaaaaaaa1111"
#define ID_B "aaaabbbbbbbb2222bbbbbbbbbbbb2222bbbbbbbbbbbb2222bbbbbbbbbbbb2222"
#define ID_D "dddddddddddd1111aaaaaaaaaaaa1111aaaaaaaaaaaa1111aaaaaaaaaaaa1111"
#define ID_C "cccccccccccc3333cccccccccccc3333cccccccccccc3333cccccccccccc3333"

static char root[64];
static pid_t owner;

static void clean(void)
{
	char command[96];

	if (getpid() != owner)
		return;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	if (system(command))
		perror(root);
}

/* Each case its own directory, which is gone however the case ends. */
static void on_signal(int signal_number)
{
	clean();
	_exit(128 + signal_number);
}

static void make_directory(const char *path)
{
	char whole[2048];

	snprintf(whole, sizeof(whole), "%s/%s/", root, path);
	for (char *slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		CHECK(mkdir(whole, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
}

/* A case may begin again, and has one host at a time. */
static void begin(void)
{
	umask(022);
	clean();
	snprintf(root, sizeof(root), "/tmp/libns-container-XXXXXX");
	signal(SIGALRM, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	CHECK(mkdtemp(root) != NULL);
	owner = getpid();
	atexit(clean);
	make_directory("proc");
}

__attribute__((format(printf, 2, 3))) static void put(const char *path, const char *format, ...)
{
	char whole[512];
	va_list ap;
	FILE *file;

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	for (char *slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		CHECK(mkdir(whole, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
	file = fopen(whole, "we");
	CHECK(file != NULL);
	va_start(ap, format);
	vfprintf(file, format, ap);
	va_end(ap);
	CHECK_INT(fclose(file), 0);
}

/* Where the kernel would show the groups of a line "4:memory:/path". */
static void make_groups(const char *cgroup)
{
	char text[1024], path[1200], *save = NULL;

	snprintf(text, sizeof(text), "%s", cgroup);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *hierarchy = strchr(line, ':') + 1, *group = strchr(hierarchy, ':');

		*group++ = '\0';
		snprintf(path, sizeof(path), "sys/fs/cgroup/%s%s", hierarchy, group);
		if (!strstr(path, "/.."))
			make_directory(path);
	}
}

static void process(int pid, const char *cgroup, unsigned int start, char state)
{
	char path[64];

	make_groups(cgroup);
	snprintf(path, sizeof(path), "proc/%d/cgroup", pid);
	put(path, "%s", cgroup);
	snprintf(path, sizeof(path), "proc/%d/stat", pid);
	put(path, "%d (a) b) %c 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %u 0 0\n", pid, state, start);
}

/* As if an ordinary user had written it. */
__attribute__((unused)) static void give_away(const char *path)
{
	char whole[512];

	if (geteuid() != 0)
		SKIP("needs root");
	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	CHECK_INT(chown(whole, 1000, 1000), 0);
}

static int open_below(const char *name)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	fd = tap_keep(open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
	CHECK(fd >= 0);
	return fd;
}

static void free_snapshot(void *containers)
{
	libns_containers_free(containers);
}

__attribute__((unused)) static struct libns_containers *snapshot(void)
{
	struct libns_containers *containers = NULL;
	struct libns_error err = LIBNS_ERROR_INIT;

	if (libns_containers_new(open_below("proc"), open_below("."), &containers, &err) < 0)
		TAP_FAIL("%s", err.text);
	tap_later(free_snapshot, containers);
	return containers;
}

__attribute__((unused)) static const struct libns_container *
find(const struct libns_containers *containers, const char *word)
{
	const struct libns_container *c = NULL;
	struct libns_error err = LIBNS_ERROR_INIT;

	if (libns_containers_find(containers, word, &c, &err) < 0)
		TAP_FAIL("%s", err.text);
	return c;
}

/* Something that is there, or is refused. */
__attribute__((unused)) static int look_for(const struct libns_containers *containers,
					    const char *word, struct libns_error *err)
{
	const struct libns_container *c = NULL;

	return libns_containers_find(containers, word, &c, err);
}

/* A helper beside a container: @args with '|' for each NUL, @ids as in its status file. */
__attribute__((unused)) static void helper(int pid, const char *comm, const char *ids,
					   const char *args, int child)
{
	char path[64], whole[512], text[1024];
	int fd;

	process(pid, "0::/system.slice/some.service\n", 3, 'S');
	snprintf(path, sizeof(path), "proc/%d/stat", pid);
	put(path, "%d (%s) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 3 0 0\n", pid, comm);
	snprintf(path, sizeof(path), "proc/%d/status", pid);
	put(path, "Name:\t%s\nUid:\t%s\n", comm, ids);
	snprintf(path, sizeof(path), "proc/%d/task/%d/children", pid, pid);
	if (child) {
		put(path, "%d ", child);
		snprintf(path, sizeof(path), "proc/%d/stat", child);
		put(path, "%d (a) S %d 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 77 0 0\n", child, pid);
	}
	snprintf(whole, sizeof(whole), "%s/proc/%d/cmdline", root, pid);
	snprintf(text, sizeof(text), "%s", args);
	fd = open(whole, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	CHECK(fd >= 0);
	for (char *c = text; *c; c++)
		if (*c == '|')
			CHECK_INT(dprintf(fd, "%c", 0), 1);
		else
			CHECK_INT(dprintf(fd, "%c", *c), 1);
	CHECK_INT(write(fd, "", 1), 1);
	close(fd);
}

#endif
