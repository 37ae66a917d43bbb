/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * hidden CASE [DIR]: makes namespaces that are held by something other than an
 * ordinary process, each case in its own way, prints "TYPE INODE" for each that
 * a lister should find and then "ready". All ends when standard input closes,
 * or after two minutes. Exit status 77: this system cannot make the case.
 *
 * One child, the holder, carries the case out. All processes die with the one
 * that started them, so that ending the main process ends everything.
 */

#include "hidden.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>

const struct kind kinds[N_KINDS] = {
	{ "cgroup", CLONE_NEWCGROUP, "cgroup" },
	{ "ipc", CLONE_NEWIPC, "ipc" },
	{ "mnt", CLONE_NEWNS, "mnt" },
	{ "net", CLONE_NEWNET, "net" },
	{ "pid", CLONE_NEWPID, "pid_for_children" },
	{ "time", CLONE_NEWTIME, "time_for_children" },
	{ "user", CLONE_NEWUSER, "user" },
	{ "uts", CLONE_NEWUTS, "uts" },
};

const char *dir = "/mnt";

/* To the main process: a byte when the case is made. */
static int ready_fd = -1;

_Noreturn void die(const char *what)
{
	fprintf(stderr, "hidden: %s: %s\n", what, strerror(errno));
	_exit(1);
}

_Noreturn void cannot(const char *what)
{
	fprintf(stderr, "hidden: %s: %s\n", what, strerror(errno));
	_exit(77);
}

const struct kind *kind_of(const char *name)
{
	for (int i = 0; i < N_KINDS; i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	errno = EINVAL;
	die(name);
}

_Noreturn void stay(void)
{
	for (;;)
		pause();
}

void ready(void)
{
	MUST(write(ready_fd, "r", 1));
}

pid_t helper(void (*run)(void *), void *data)
{
	int told[2];
	pid_t pid;
	char c;

	MUST(pipe2(told, O_CLOEXEC));
	pid = MUST(fork());
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(told[0]);
		run(data);
		MUST(write(told[1], "t", 1));
		stay();
	}
	close(told[1]);
	if (read(told[0], &c, 1) != 1) {
		errno = ECHILD;
		die("helper");
	}
	close(told[0]);
	return pid;
}

void end_helper(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

int open_of(pid_t pid, const char *link)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, link);
	return MUST(open(path, O_RDONLY | O_CLOEXEC));
}

static void unshare_kind(void *data)
{
	const struct kind *kind = data;
	pid_t pid;

	MUST(unshare(kind->flag));
	if (kind->flag != CLONE_NEWPID)
		return;
	/* Without a first process there is no namespace to be seen. */
	pid = MUST(fork());
	if (pid == 0)
		_exit(0);
	MUST(waitpid(pid, NULL, 0));
}

int new_ns(const char *name)
{
	struct kind kind = *kind_of(name);
	pid_t pid = helper(unshare_kind, &kind);
	int fd = open_of(pid, kind.link);

	end_helper(pid);
	return fd;
}

void report(const char *name, int fd)
{
	struct stat st;

	MUST(fstat(fd, &st));
	printf("%s %lu\n", name, (unsigned long)st.st_ino);
	fflush(stdout);
}

void report_link(const char *name, const char *link)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/thread-self/ns/%s", link);
	fd = MUST(open(path, O_RDONLY | O_CLOEXEC));
	report(name, fd);
	close(fd);
}

struct errand {
	void (*run)(void *);
	void *data;
	int told;
};

static void *thread_main(void *data)
{
	struct errand errand = *(struct errand *)data;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	errand.run(errand.data);
	MUST(write(errand.told, "t", 1));
	stay();
}

void in_thread(void (*run)(void *), void *data)
{
	struct errand errand = { run, data, -1 };
	pthread_t thread;
	int told[2];
	char c;

	MUST(pipe2(told, O_CLOEXEC));
	errand.told = told[1];
	if (pthread_create(&thread, NULL, thread_main, &errand) || read(told[0], &c, 1) != 1)
		die("thread");
}

/* ------------------------------------------------------------ processes, threads */

static void case_01(void)
{
	MUST(unshare(CLONE_NEWNET));
	report_link("net", "net");
}

static void other_namespaces(void *data)
{
	static const char *const names[] = { "cgroup", "ipc", "mnt", "net", "uts" };

	MUST(unshare(CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		report_link(names[i], names[i]);
}

static void case_10(void)
{
	in_thread(other_namespaces, NULL);
}

static void nothing(void *data)
{
}

static void case_11(void)
{
	case_01();
	in_thread(nothing, NULL);
	ready();
	pthread_exit(NULL);
}

static void own_time(void *data)
{
	MUST(unshare(CLONE_NEWTIME));
	report_link("time", "time_for_children");
}

static void case_12(void)
{
	in_thread(own_time, NULL);
}

static void case_13(void)
{
	struct kind kind = *kind_of("pid");

	unshare_kind(&kind);
	report_link("pid", "pid_for_children");
}

static void case_14(void)
{
	own_time(NULL);
}

/* ------------------------------------------------------------ owners, parents */

static void map_root(void)
{
	static const char *const files[][2] = {
		{ "/proc/self/setgroups", "deny" },
		{ "/proc/self/uid_map", "0 0 1" },
		{ "/proc/self/gid_map", "0 0 1" },
	};

	for (int i = 0; i < 3; i++) {
		int fd = MUST(open(files[i][0], O_WRONLY | O_CLOEXEC));

		MUST(write(fd, files[i][1], strlen(files[i][1])));
		close(fd);
	}
}

static void case_40(void)
{
	MUST(unshare(CLONE_NEWUSER));
	map_root();
	report_link("user", "user");
	MUST(unshare(CLONE_NEWUSER));
}

static void user_and_net(void *data)
{
	MUST(unshare(CLONE_NEWUSER | CLONE_NEWNET));
}

/* A network namespace and its owner, which no process is in. */
static int owned_net(void)
{
	pid_t pid = helper(user_and_net, NULL);
	int user = open_of(pid, "user"), net = open_of(pid, "net");

	report("user", user);
	close(user);
	end_helper(pid);
	return net;
}

static void case_41(void)
{
	int net = owned_net();

	MUST(setns(net, CLONE_NEWNET));
	close(net);
}

static void case_42(void)
{
	int here = MUST(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	int net = owned_net();

	report("net", net);
	MUST(setns(net, CLONE_NEWNET));
	MUST(make_socket(AF_INET));
	MUST(setns(here, CLONE_NEWNET));
	close(net);
	close(here);
}

/* The first process of a pid namespace, which makes a second one inside. */
static void first_process(void *data)
{
	struct kind kind = *kind_of("pid");

	unshare_kind(&kind);
}

static void nested_pids(void *data)
{
	pid_t *first = data;

	MUST(unshare(CLONE_NEWPID));
	*first = helper(first_process, NULL);
}

static void case_43(void)
{
	pid_t *first = mmap(NULL, sizeof(*first), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = helper(nested_pids, first);
	int outer = open_of(*first, "pid");

	report("pid", open_of(*first, "pid_for_children"));
	report("pid", outer);
	close(outer);
	end_helper(pid);
}

/* ------------------------------------------------------------ all of them */

static const struct {
	int number;
	void (*make)(void);
} cases[] = {
	{ 1, case_01 },  { 10, case_10 }, { 11, case_11 }, { 12, case_12 }, { 13, case_13 },
	{ 14, case_14 }, { 20, case_20 }, { 21, case_21 }, { 22, case_22 }, { 23, case_23 },
	{ 24, case_24 }, { 25, case_25 }, { 26, case_26 }, { 27, case_27 }, { 28, case_28 },
	{ 29, case_29 }, { 30, case_30 }, { 31, case_31 }, { 32, case_32 }, { 33, case_33 },
	{ 34, case_34 }, { 35, case_35 }, { 36, case_36 }, { 37, case_37 }, { 38, case_38 },
	{ 39, case_39 }, { 40, case_40 }, { 41, case_41 }, { 42, case_42 }, { 43, case_43 },
	{ 44, case_44 }, { 60, case_60 }, { 61, case_61 }, { 90, case_90 }, { 91, case_91 },
	{ 92, case_92 }, { 93, case_93 },
};

/*
 * Linux 6.18 takes the ids of namespaces from a stock of each CPU, and a mount
 * namespace can be bound only in one with a smaller id: stay on one CPU.
 */
static void keep_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

static pid_t hold(void (*make)(void), int told)
{
	pid_t pid = MUST(fork());

	if (pid)
		return pid;
	keep_cpu();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Threads of the main process there are none: nobody else dies with it. */
	ready_fd = told;
	make();
	ready();
	stay();
}

/* Waits for the byte that says "made"; otherwise ends as the holder did. */
static void await(int told, pid_t holder)
{
	int status;
	char c;

	if (read(told, &c, 1) == 1)
		return;
	while (waitpid(holder, &status, 0) < 0 && errno == EINTR)
		continue;
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

int main(int argc, char **argv)
{
	int number = argc > 1 ? atoi(argv[1]) : 0;
	void (*make)(void) = NULL;
	char rest[64];
	int told[2];
	pid_t holder;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (cases[i].number == number)
			make = cases[i].make;
	if (!make) {
		fprintf(stderr, "usage: hidden CASE [DIR]\n");
		return 2;
	}
	if (argc > 2)
		dir = argv[2];
	alarm(120);
	MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
	MUST(pipe2(told, O_CLOEXEC));
	holder = hold(make, told[1]);
	close(told[1]);
	await(told[0], holder);
	printf("ready %d\n", holder);
	fflush(stdout);
	while (read(STDIN_FILENO, rest, sizeof(rest)) > 0)
		continue;
	end_helper(holder);
	/* Its helpers, which died with it. */
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		continue;
	/* These mount where the caller is. */
	if ((number >= 34 && number <= 39) || number == 44 || number == 93)
		umount2(dir, MNT_DETACH);
	return 0;
}
