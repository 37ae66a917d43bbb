/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * farm: many processes in many namespaces, for xlsns to be timed on. Prints
 * "ready" when all are there; ends and reaps all when standard input closes.
 *
 *   farm [-p PROCESSES] [-s SETS] [-t THREADS] [-f DESCRIPTORS] [-k SOCKETS] [-m MOUNTS]
 *
 * A set is a net, uts, ipc, mnt and cgroup namespace of its own; processes are
 * shared out evenly. Threads, descriptors and sockets are those of each process,
 * mounts are bound namespaces in each set. With no sets all stay where they are.
 *
 * Every process dies with its parent, orphans come to the main process.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES, SETS, THREADS, DESCRIPTORS, SOCKETS, MOUNTS, N_AMOUNTS };

static int amount[N_AMOUNTS] = { [PROCESSES] = 100 };

/* A byte for every process that is complete. */
static int ready_fd;

static void die(const char *what)
{
	fprintf(stderr, "farm: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static void stay(void)
{
	for (;;)
		pause();
}

static void *thread_main(void *data)
{
	stay();
	return data;
}

static void make_threads(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	for (int i = 0; i < amount[THREADS]; i++) {
		errno = pthread_create(&thread, &attr, thread_main, NULL);
		if (errno)
			die("thread");
	}
}

/* What each process has; does not return. */
static void live(void)
{
	for (int i = 0; i < amount[DESCRIPTORS]; i++)
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
			die("descriptor");
	for (int i = 0; i < amount[SOCKETS]; i++)
		if (socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) < 0)
			die("socket");
	make_threads();
	if (write(ready_fd, "r", 1) != 1)
		die("write");
	stay();
}

static void make_mounts(void)
{
	char path[64];

	if (mount("", "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0 ||
	    mount("tmpfs", "/mnt", "tmpfs", 0, NULL) < 0)
		die("mount");
	for (int i = 0; i < amount[MOUNTS]; i++) {
		snprintf(path, sizeof(path), "/mnt/%d", i);
		close(open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0600));
		if (mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL) < 0)
			die("bind mount");
	}
}

static pid_t child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/* The first process of a set, parent of the others. */
static void make_set(int processes)
{
	const int types =
		CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS | CLONE_NEWCGROUP;

	if (amount[SETS] && unshare(types) < 0)
		die("unshare");
	if (amount[SETS] && amount[MOUNTS])
		make_mounts();
	for (int i = 1; i < processes; i++)
		if (child() == 0)
			live();
	live();
}

static int parse(int argc, char **argv)
{
	static const char letters[] = "pstfkm";
	int option;

	while ((option = getopt(argc, argv, "p:s:t:f:k:m:")) != -1) {
		const char *letter = strchr(letters, option);

		if (!letter || option == '?')
			return 0;
		amount[letter - letters] = atoi(optarg);
	}
	return optind == argc && amount[PROCESSES] >= 1 && amount[SETS] <= amount[PROCESSES];
}

static void await(int told)
{
	char bytes[4096];

	for (int missing = amount[PROCESSES]; missing > 0;) {
		ssize_t n = read(told, bytes, sizeof(bytes));

		if (n <= 0) {
			errno = ECHILD;
			die("a process did not get ready");
		}
		missing -= (int)n;
	}
}

static void end(const pid_t *first, int n)
{
	for (int i = 0; i < n; i++)
		kill(first[i], SIGKILL);
	/* The others follow their parents, and come here to be reaped. */
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		continue;
}

int main(int argc, char **argv)
{
	int sets, told[2];
	char rest[64];
	pid_t *first;

	if (!parse(argc, argv)) {
		fprintf(stderr, "usage: farm [-p N] [-s N] [-t N] [-f N] [-k N] [-m N]\n");
		return 2;
	}
	sets = amount[SETS] > 1 ? amount[SETS] : 1;
	first = calloc((size_t)sets, sizeof(*first));
	if (!first || pipe2(told, O_CLOEXEC) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		die("start");
	ready_fd = told[1];
	for (int i = 0; i < sets; i++) {
		int share = amount[PROCESSES] / sets + (i < amount[PROCESSES] % sets);

		first[i] = child();
		if (first[i] == 0)
			make_set(share);
	}
	close(told[1]);
	/* Should one of them fail. */
	alarm(60);
	await(told[0]);
	alarm(0);
	printf("ready\n");
	fflush(stdout);
	while (read(STDIN_FILENO, rest, sizeof(rest)) > 0)
		continue;
	end(first, sets);
	return 0;
}
