/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Reading what may never answer.
 *
 * /proc/<pid>/cmdline waits for the memory lock of that process; a path may
 * lead through a dead FUSE or NFS server. Neither can be asked beforehand, and
 * a thread that waits in the kernel keeps its process from exiting. So a child
 * does the reading.
 *
 * Theory of operation:
 *  1. One child for all items; it sends records of {item, result, bytes} over a
 *     socket pair, many in one message, a descriptor with the record it
 *     belongs to.
 *  2. No record within item_ms: the child is killed. A record that it had not
 *     sent yet is lost, so a new child starts at the first item that did not
 *     arrive and sends each record at once for a while. If that gets stuck too,
 *     that item is the culprit: it is reported as stuck and skipped.
 *     A child that could run and is given no time by a busy machine is not stuck.
 *  3. When stuck items have cost total_ms, all the rest are reported as stuck.
 *
 * A killed child that is stuck beyond the reach of SIGKILL is not waited for:
 * it becomes its parent's zombie once the kernel lets it go. The child is made
 * without a SIGCHLD, so that programs do not see it.
 */

#include "kernel/slow-read.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"

#define ITEM_MAX (64 * 1024) /* bytes of one result */
/* Records are collected until a message has this many bytes. */
#define MESSAGE_FULL (16 * 1024)
#define MESSAGE_MAX  (ITEM_MAX + MESSAGE_FULL + 64)
/* Records sent one by one after a child got stuck, to find the culprit. */
#define CAREFUL 64
/* How often a child may use up the patience with one item as processor time. */
#define MAX_EXTENSIONS 20

struct record {
	uint64_t item;
	int64_t result; /* bytes that follow, or a negative errno */
};

struct message {
	size_t used;
	char bytes[MESSAGE_MAX];
};

struct child {
	pid_t pid;
	int fd;
	bool careful; /* sends CAREFUL records from first on one by one */
	size_t first;
};

static bool send_message(int to_fd, struct message *message, int fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { message->bytes, message->used };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t r;

	if (!message->used)
		return true;
	if (fd >= 0) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		control.header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
						   .cmsg_level = SOL_SOCKET,
						   .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
	}
	do
		r = sendmsg(to_fd, &msg, MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	message->used = 0;
	return r >= 0;
}

_Noreturn static void run_child(const struct slow_work *work, const struct child *self,
				struct message *message)
{
	for (size_t i = self->first; i < work->n; i++) {
		struct record record = { .item = i };
		bool at_once = self->careful && i < self->first + CAREFUL;
		char *head, *body;
		int fd = -1;

		if (message->used + sizeof(record) + ITEM_MAX > MESSAGE_MAX &&
		    !send_message(self->fd, message, -1))
			_exit(1);
		head = message->bytes + message->used;
		body = head + sizeof(record);
		record.result = work->read(work->data, i, body, ITEM_MAX, &fd);
		memcpy(head, &record, sizeof(record));
		message->used += sizeof(record) + (record.result > 0 ? (size_t)record.result : 0);
		if ((fd >= 0 || at_once || message->used >= MESSAGE_FULL) &&
		    !send_message(self->fd, message, fd))
			_exit(1);
		base_close(fd);
	}
	send_message(self->fd, message, -1);
	_exit(0);
}

static int start_child(const struct slow_work *work, struct child *child, struct message *message)
{
	int pair[2];
	pid_t parent = getpid();
	uint64_t mask = 0;
	int on = 2 * MESSAGE_MAX;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	pair[0] = sys_fd_above_stdio(pair[0]);
	pair[1] = sys_fd_above_stdio(pair[1]);
	/* By default a message has at most about 200 KiB, which is enough. So a refusal is no failure. */
	(void)setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &on, sizeof(on));
	message->used = 0;
	/* Handlers of the program must not run in its copy. */
	sys_sigprocmask(UINT64_MAX, &mask);
	/* fork() without its handlers and without SIGCHLD: other threads' locks do not matter. */
	child->pid = (pid_t)syscall(SYS_clone, 0UL, NULL, NULL, NULL, 0UL);
	if (child->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		child->fd = pair[1];
		close(pair[0]);
		/* A child that not even SIGKILL ends must not hold a pipe open that somebody reads to
		 * its end. */
		for (int fd = 0; fd <= 2; fd++)
			close(fd);
		run_child(work, child, message);
	}
	sys_sigprocmask(mask, NULL);
	close(pair[1]);
	if (child->pid < 0) {
		close(pair[0]);
		return -EAGAIN;
	}
	child->fd = pair[0];
	return 0;
}

/* Returns the letter of the state of a process, or 0 if there is no procfs. */
static char state_of(pid_t pid)
{
	char path[32], text[512], *state;
	ssize_t n;

	error_format(path, sizeof(path), "/proc/%d/stat", pid);
	n = sys_read_at(AT_FDCWD, path, text, sizeof(text));
	state = n > 0 ? strrchr(text, ')') : NULL;
	return state && state[1] ? state[2] : '\0';
}

/* Whether it waits uninterruptibly; without a procfs, whether that is likely after @tries. */
static bool is_beyond_reach(pid_t pid, int tries)
{
	char state = state_of(pid);

	return state ? state == 'D' : tries > 500;
}

static void end_child(struct child *child)
{
	if (child->pid <= 0)
		return;
	child->fd = base_close(child->fd);
	kill(child->pid, SIGKILL);
	/*
	 * The child normally ends at once, and on a busy machine when it gets processor time. It is
	 * given up only if it waits in the kernel, beyond the reach of SIGKILL, for a second: a
	 * busy disk can make it wait for some 200 ms, and so can leaving a mount namespace while
	 * all processors are busy.
	 */
	for (int stuck = 0, i = 0; stuck < 500; i++) {
		pid_t r = waitpid(child->pid, NULL, WNOHANG | __WALL);

		if (r == child->pid || (r < 0 && errno != EINTR))
			break;
		nanosleep(&(struct timespec){ 0, i < 10 ? 200000 : 2000000 }, NULL);
		stuck = is_beyond_reach(child->pid, i) ? stuck + 1 : 0;
	}
	child->pid = 0;
}

/* Returns how many milliseconds of processor time a process has used. */
static uint64_t used_ms(pid_t pid)
{
	struct timespec used;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) < 0)
		return 0;
	return (uint64_t)used.tv_sec * 1000 + (uint64_t)used.tv_nsec / 1000000;
}

/*
 * Waits for a message. A child that can run is not stuck, unless it has used a processor for a long
 * time; while it waits for a processor it uses none. Return: false if stuck.
 */
static bool wait_for(const struct child *child, unsigned int ms)
{
	struct pollfd poll_fd = { child->fd, POLLIN, 0 };
	uint64_t limit = used_ms(child->pid) + (uint64_t)ms * MAX_EXTENSIONS;
	int r;

	for (;;) {
		do
			r = poll(&poll_fd, 1, (int)ms);
		while (r < 0 && errno == EINTR);
		if (r != 0)
			return true;
		if (state_of(child->pid) != 'R' || used_ms(child->pid) > limit)
			/* A message may have arrived in between. */
			return poll(&poll_fd, 1, 0) > 0;
	}
}

/* Return: -ETIMEDOUT, 0 at the end of the child, or the size of a message. */
static ssize_t receive(const struct child *child, unsigned int ms, struct message *message,
		       int *ret_fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { message->bytes, sizeof(message->bytes) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.bytes,
			      .msg_controllen = sizeof(control.bytes) };
	ssize_t n;

	*ret_fd = -1;
	if (!wait_for(child, ms))
		return -ETIMEDOUT;
	do
		n = recvmsg(child->fd, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (msg.msg_controllen >= CMSG_LEN(sizeof(int)) && control.header.cmsg_type == SCM_RIGHTS) {
		memcpy(ret_fd, CMSG_DATA(&control.header), sizeof(int));
		*ret_fd = sys_fd_above_stdio(*ret_fd);
	}
	return n;
}

/* Hands on the records of one message; the last one owns @fd. */
static int deliver(const struct slow_work *work, const struct message *message, size_t size, int fd,
		   size_t *next)
{
	size_t at = 0;
	int r = 0;

	while (r >= 0 && at + sizeof(struct record) <= size) {
		struct record record;
		const char *body = message->bytes + at + sizeof(record);

		memcpy(&record, message->bytes + at, sizeof(record));
		at += sizeof(record) + (record.result > 0 ? (size_t)record.result : 0);
		r = work->deliver(work->data, (size_t)record.item, body, (ssize_t)record.result,
				  at >= size ? TAKE_FD(fd) : -1);
		*next = (size_t)record.item + 1;
	}
	base_close(fd);
	return r;
}

static int run(const struct slow_work *work, struct child *child, struct message *message)
{
	unsigned int lost_ms = 0;
	size_t next = 0;
	int r = 0;

	while (next < work->n && r >= 0) {
		ssize_t n;
		int fd;

		if (lost_ms >= work->total_ms) {
			r = work->deliver(work->data, next, "", SLOW_STUCK, -1);
			next++;
			continue;
		}
		if (child->pid <= 0) {
			child->first = next;
			r = start_child(work, child, message);
			if (r < 0)
				break;
		}
		n = receive(child, work->item_ms, message, &fd);
		if (n > 0) {
			r = deliver(work, message, (size_t)n, fd, &next);
			continue;
		}
		end_child(child);
		lost_ms += n == -ETIMEDOUT ? work->item_ms : work->total_ms / 8 + 1;
		if (child->careful && next < child->first + CAREFUL) {
			r = work->deliver(work->data, next, "", SLOW_STUCK, -1);
			next++;
		}
		child->careful = true;
	}
	return r;
}

int slow_read(const struct slow_work *work)
{
	_cleanup_free_ struct message *message = malloc(sizeof(*message));
	struct child child = { 0, -1, false, 0 };
	int r;

	if (!message)
		return -ENOMEM;
	if (!work->n)
		return 0;
	r = run(work, &child, message);
	end_child(&child);
	return r;
}
