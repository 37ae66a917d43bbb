/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * probe: what a program sees of its confinement, a line a fact, in words that are the same in
 * every run. It looks, and tries what should be refused, and undoes what was not.
 *
 *   probe CONFINEMENT OUTSIDE [w:FILE|r:FILE]...
 *
 * CONFINEMENT is "container" or "sandbox", which has no capabilities. OUTSIDE are the namespaces of the caller as `readlink /proc/self/ns/...` prints them,
 * in one word with spaces. Files are opened for writing (made and removed if need be) or reading.
 * What is not as it must be is a line "OPEN: ...", and the exit status 1.
 */

#define _GNU_SOURCE 1
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self  446
#endif

static bool open_to_the_host;

static void must(bool is_so, const char *what)
{
	if (is_so)
		return;
	printf("OPEN: %s\n", what);
	open_to_the_host = true;
}

static void stop(const char *what)
{
	printf("OPEN: %s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(1);
}

static void show_namespaces(const char *outside)
{
	static const char *const names[] = { "cgroup", "ipc", "mnt", "net", "pid", "user", "uts" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64], link[64];
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		n = readlink(path, link, sizeof(link) - 1);
		if (n < 0)
			stop(path);
		link[n] = '\0';
		must(!strstr(outside, link), path);
	}
}

static void show_file(const char *path)
{
	char line[4096];
	FILE *f = fopen(path, "re");

	if (!f)
		stop(path);
	while (fgets(line, sizeof(line), f))
		printf("%s: %s", path, line);
	fclose(f);
}

/* A line of status is the same in every run but for numbers that count or name something. */
static void show_status(bool no_caps)
{
	static const char *const keys[] = {
		"Uid:",        "Gid:",     "Groups:", "CapInh:",         "CapPrm:",
		"CapEff:",     "CapBnd:",  "CapAmb:", "NSpid:",          "SigBlk:",
		"NoNewPrivs:", "Seccomp:", "SigIgn:", "Seccomp_filters:"
	};
	char line[4096];
	FILE *f = fopen("/proc/self/status", "re");

	if (!f)
		stop("/proc/self/status");
	while (fgets(line, sizeof(line), f)) {
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (!strncmp(line, keys[i], strlen(keys[i])))
				fputs(line, stdout);
		if (!strncmp(line, "NoNewPrivs:", 11))
			must(!strcmp(line, "NoNewPrivs:\t1\n"), "no_new_privs");
		if (!strncmp(line, "Seccomp:", 8))
			must(!strcmp(line, "Seccomp:\t2\n"), "system calls");
		if (!strncmp(line, "Cap", 3))
			must(strstr(line, no_caps ? "\t0000000000000000\n" : "\t00000000"),
			     "capabilities");
	}
	fclose(f);
}

/* What holds for a file there, whatever is mounted below. */
static void show_visible(const char *path)
{
	struct statvfs fs;

	if (statvfs(path, &fs) < 0)
		printf("visible %s: %s\n", path, strerror(errno));
	else
		printf("visible %s: %lx\n", path, fs.f_flag);
}

/* Mount point, flags, propagation, type; the kernel's numbers and the options of types are not. */
static void show_mounts(void)
{
	char line[4096];
	FILE *f = fopen("/proc/self/mountinfo", "re");

	if (!f)
		stop("/proc/self/mountinfo");
	while (fgets(line, sizeof(line), f)) {
		char *rest = line, *word, *root = NULL;
		bool type_next = false;

		for (int i = 0; (word = strsep(&rest, " \n")); i++) {
			if (i == 3)
				root = word;
			if (i == 4) {
				show_visible(word);
				printf("mount %s of %s", word, root);
			}
			if (i == 5)
				printf(" %s", word);
			if (i > 5 && !strncmp(word, "shared:", 7))
				printf(" shared");
			if (i > 5 && !strncmp(word, "master:", 7))
				printf(" slave");
			if (type_next)
				printf(" %s", word);
			type_next = i > 5 && !strcmp(word, "-");
		}
		printf("\n");
	}
	fclose(f);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void show_environment(void)
{
	size_t n = 0;

	while (environ[n])
		n++;
	qsort(environ, n, sizeof(*environ), by_name);
	for (size_t i = 0; i < n; i++)
		printf("environment %s\n", environ[i]);
}

static void show_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	if (!dir)
		stop("/proc/self/fd");
	while (errno = 0, (entry = readdir(dir))) {
		int fd = atoi(entry->d_name);

		if (*entry->d_name != '.' && fd != dirfd(dir))
			must(fd <= STDERR_FILENO, "a descriptor of the caller");
	}
	if (errno)
		stop("/proc/self/fd");
	closedir(dir);
}

static void show_self(void)
{
	char name[256] = "", cwd[4096] = "";
	int death = -1;

	must(getppid() == 1 || getpid() == 1, "the parent is not that of the pid namespace");
	gethostname(name, sizeof(name) - 1);
	prctl(PR_GET_PDEATHSIG, &death);
	printf("host %s, directory %s, session %s, dies with parent by %d, dumpable %d\n", name,
	       getcwd(cwd, sizeof(cwd)) ? cwd : "?", getsid(0) > 0 ? "new" : "of the host", death,
	       prctl(PR_GET_DUMPABLE));
	for (int i = 0; i < RLIMIT_NLIMITS; i++) {
		struct rlimit limit;

		if (getrlimit((unsigned int)i, &limit) == 0)
			printf("limit %d: %llu %llu\n", i, (unsigned long long)limit.rlim_cur,
			       (unsigned long long)limit.rlim_max);
	}
}

static void try(const char *what, long result)
{
	printf("%s: %s\n", what, result < 0 ? strerror(errno) : "done");
}

/* Process 1 is a copy of who started it. */
static void try_first(void)
{
	char text[4096];
	int fd = open("/proc/1/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	text[n < 0 ? 0 : n] = '\0';
	printf("first process: %s\n", text);
	try("its memory", open("/proc/1/mem", O_RDONLY | O_CLOEXEC));
	try("its environment", open("/proc/1/environ", O_RDONLY | O_CLOEXEC));
	try("its directory", readlink("/proc/1/cwd", text, sizeof(text)));
	must(getpid() == 1 || readlink("/proc/1/root", text, sizeof(text)) < 0,
	     "the root of process 1");
	close(fd);
}

static void try_calls(void)
{
	char c = 'x';

	try("signal to the first process", kill(1, 0));
	try("typing into the terminal", ioctl(STDIN_FILENO, TIOCSTI, &c));
	try("keys", syscall(SYS_keyctl, 0, -3, 0));
	try("mount namespace", unshare(CLONE_NEWNS));
	try("user namespace", unshare(CLONE_NEWUSER));
	try("host name", sethostname("other", 5));
}

/* A domain has room for a fixed number of rule sets: those that are there take theirs. */
static void show_landlock(void)
{
	const unsigned long long executing[] = { 1 };
	long fd = syscall(SYS_landlock_create_ruleset, executing, sizeof(executing), 0);
	int n = 0;

	if (fd < 0) {
		printf("no Landlock: %s\n", strerror(errno));
		return;
	}
	while (syscall(SYS_landlock_restrict_self, (int)fd, 0) == 0)
		n++;
	printf("room for %d rule sets of Landlock: %s\n", n, strerror(errno));
}

static void try_file(const char *word)
{
	const char *path = word + 2;
	bool was = access(path, F_OK) == 0;
	int fd = open(path, *word == 'w' ? O_WRONLY | O_CREAT | O_CLOEXEC : O_RDONLY | O_CLOEXEC,
		      0600);

	try(word, fd);
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && !was)
		unlink(path);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: probe CONFINEMENT OUTSIDE [w:FILE|r:FILE]...\n");
		return 125;
	}
	/* Whoever is ended has shown all of it or nothing. */
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	show_namespaces(argv[2]);
	show_self();
	show_status(!strcmp(argv[1], "sandbox"));
	show_file("/proc/self/uid_map");
	show_file("/proc/self/gid_map");
	show_file("/proc/self/setgroups");
	show_file("/proc/sys/user/max_user_namespaces");
	show_descriptors();
	show_environment();
	show_mounts();
	for (int i = 3; i < argc; i++)
		try_file(argv[i]);
	try_first();
	try_calls();
	show_landlock();
	return open_to_the_host;
}
