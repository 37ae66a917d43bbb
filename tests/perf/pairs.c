/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Times two programs in alternating pairs: pairs COUNT A... -- B...
 *
 * Each side is one or more commands separated by an argument ";". The wall time
 * of a side, from before vfork(2) to after wait4(2), and the processor time of it
 * and of all its descendants go to standard output in nanoseconds: one line a
 * pair, "A B A-CPU B-CPU". Which side goes first changes from pair to pair, so
 * that drift of the machine, and whatever one side leaves in the caches, hits
 * both. Output of the programs is thrown away. A pair in which one
 * fails is timed again, since a fast failure would look like a good result (lsns
 * fails when a process ends while it looks); too many failures end the run.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WARM_UP      3
#define MAX_FAILURES 20

static int failures;

struct side {
	char **argv;
	int argc;
};

/* In nanoseconds. */
struct spent {
	long long wall, cpu;
};

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long cpu_of(const struct rusage *usage)
{
	const struct timeval *user = &usage->ru_utime, *kernel = &usage->ru_stime;

	return (user->tv_sec + kernel->tv_sec) * 1000000000LL +
	       (user->tv_usec + kernel->tv_usec) * 1000LL;
}

/* Adds the processor time to @cpu. */
static bool run(char **argv, long long *cpu)
{
	struct rusage usage;
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) {
		dprintf(STDERR_FILENO, "pairs: %s: %s\n", argv[0], strerror(errno));
		exit(1);
	}
	*cpu += cpu_of(&usage);
	if (status) {
		if (++failures < MAX_FAILURES)
			return false;
		dprintf(STDERR_FILENO, "pairs: %s failed: status 0x%x\n", argv[0], status);
		exit(1);
	}
	return true;
}

/* Wall time is -1 if a command failed. */
static struct spent time_side(const struct side *side)
{
	struct spent spent = { 0, 0 };
	struct rusage usage;
	long long began = now();
	bool good = true;
	int first = 0;

	for (int i = 0; i <= side->argc; i++)
		if (!side->argv[i]) {
			good = run(side->argv + first, &spent.cpu) && good;
			first = i + 1;
		}
	spent.wall = good ? now() - began : -1;
	/* What a program did not wait for has become a child of this one. */
	while (wait4(-1, NULL, 0, &usage) > 0)
		spent.cpu += cpu_of(&usage);
	return spent;
}

/* Ends the words of each command with NULL, in place; argv[argc] must be writable. */
static struct side side_of(char **argv, int argc)
{
	for (int i = 0; i < argc; i++)
		if (!strcmp(argv[i], ";"))
			argv[i] = NULL;
	argv[argc] = NULL;
	return (struct side){ argv, argc };
}

int main(int argc, char **argv)
{
	struct side sides[2];
	int out, null, middle, count = argc > 1 ? atoi(argv[1]) : 0;

	for (middle = 2; middle < argc && strcmp(argv[middle], "--"); middle++)
		;
	if (count < 1 || middle == 2 || middle >= argc - 1) {
		fprintf(stderr, "usage: pairs COUNT A... [; A...] -- B... [; B...]\n");
		return 2;
	}
	sides[0] = side_of(argv + 2, middle - 2);
	sides[1] = side_of(argv + middle + 1, argc - middle - 1);

	out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 || out < 0 || null < 0 ||
	    dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0) {
		perror("pairs");
		return 1;
	}
	for (int i = -WARM_UP; i < count; i++) {
		struct spent t[2];
		int first = i & 1;

		t[first] = time_side(&sides[first]);
		t[!first] = time_side(&sides[!first]);
		if (t[0].wall < 0 || t[1].wall < 0)
			i--;
		else if (i >= 0)
			dprintf(out, "%lld %lld %lld %lld\n", t[0].wall, t[1].wall, t[0].cpu,
				t[1].cpu);
	}
	return 0;
}
