/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_UNIT_HIDE_H
#define TESTS_UNIT_HIDE_H

/*
 * For tests that hide namespaces: a child makes one, tells its inode and waits;
 * it dies with the test case.
 */

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

static int report; /* the child's end of the pipe */

/* In the child: what the parent has to look for. */
static inline void tell(uint64_t ino)
{
	if (write(report, &ino, sizeof(ino)) != sizeof(ino))
		_exit(1);
}

static inline uint64_t inode(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? 0 : st.st_ino;
}

static inline void must(int r)
{
	if (r < 0) {
		tell(0);
		_exit(1);
	}
}

/* Runs a function in a thread that stays. */
static inline void *in_thread(void *data)
{
	void (*run)(void) = *(void (**)(void))data;

	run();
	for (;;)
		pause();
	return NULL;
}

static inline void start_thread(void (**run)(void))
{
	pthread_t thread;

	must(-pthread_create(&thread, NULL, in_thread, run));
}

struct hidden {
	pid_t pid;
	uint64_t ino[16];
	size_t n;
};

/*
 * The rest of the case runs as the first process of a pid namespace with a
 * procfs of its own: a scan then meets few others, and what is stuck ends with it.
 */
static inline void isolate(void)
{
	int status;
	pid_t pid;

	if (geteuid() != 0)
		SKIP("needs root");
	if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0)
		SKIP("may not create namespaces");
	pid = fork();
	CHECK(pid >= 0);
	if (pid > 0) {
		CHECK_INT(waitpid(pid, &status, 0), pid);
		exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(60);
	CHECK_INT(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	CHECK_INT(mount("proc", "/proc", "proc", 0, NULL), 0);
}

/* Runs @make in a child until it has told @n inodes; the child ends with the case. */
static inline struct hidden hide(void (*make)(void), size_t n)
{
	struct hidden hidden = { 0, { 0 }, n };
	int pipe_fds[2];

	isolate();
	CHECK_INT(pipe2(pipe_fds, O_CLOEXEC), 0);
	hidden.pid = fork();
	CHECK(hidden.pid >= 0);
	if (hidden.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pipe_fds[0]);
		report = pipe_fds[1];
		make();
		for (;;)
			pause();
	}
	close(pipe_fds[1]);
	for (size_t i = 0; i < n; i++)
		if (read(pipe_fds[0], &hidden.ino[i], 8) != 8 || !hidden.ino[i])
			SKIP("this kind cannot be made here");
	close(pipe_fds[0]);
	return hidden;
}

static const struct {
	int type;
	const char *path;
} kinds[] = {
	{ CLONE_NEWUSER, "user" },
	{ CLONE_NEWCGROUP, "cgroup" },
	{ CLONE_NEWIPC, "ipc" },
	{ CLONE_NEWUTS, "uts" },
	{ CLONE_NEWNET, "net" },
	{ CLONE_NEWNS, "mnt" },
	{ CLONE_NEWTIME, "time_for_children" },
};

/* A descriptor on a fresh namespace whose only process is gone. */
static inline int fresh(size_t kind)
{
	int sync[2], back[2], fd;
	char path[64], byte = 0;
	pid_t pid;

	must(pipe(sync));
	must(pipe(back));
	pid = fork();
	must(pid);
	if (pid == 0) {
		byte = unshare(kinds[kind].type) < 0;
		(void)!write(sync[1], &byte, 1);
		(void)!read(back[0], &byte, 1);
		_exit(0);
	}
	must(read(sync[0], &byte, 1) == 1 && !byte ? 0 : -1);
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, kinds[kind].path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	must(fd);
	must((int)write(back[1], "", 1));
	waitpid(pid, NULL, 0);
	close(sync[0]);
	close(sync[1]);
	close(back[0]);
	close(back[1]);
	return fd;
}

/* Leaves a descriptor in the queue at the other end of a socket. */
static inline void send_away(int to, int fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .header = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec iov = { (char[]){ 'x' }, 1 };
	struct msghdr msg = { NULL, 0, &iov, 1, control.bytes, sizeof(control.bytes), 0 };

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	must((int)sendmsg(to, &msg, 0));
	close(fd);
}

static inline void tell_fd(int fd)
{
	struct stat st;

	must(fstat(fd, &st));
	tell(st.st_ino);
}

/* Binds a fresh namespace on a new file below @dir, a tmpfs of our own. */
static inline void bind_fresh(size_t kind, const char *target)
{
	/* O_PATH: what is there already may be a namespace, which nobody may write to. */
	int fd = fresh(kind), file = access(target, F_OK) == 0
					     ? open(target, O_PATH)
					     : open(target, O_WRONLY | O_CREAT, 0600);
	char path[64];

	must(file);
	close(file);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	must(mount(path, target, NULL, MS_BIND, NULL));
	tell_fd(fd);
	close(fd);
}

static inline void private_tmpfs(void)
{
	must(unshare(CLONE_NEWNS));
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	must(mount("hide", "/mnt", "tmpfs", 0, NULL));
}

#endif
