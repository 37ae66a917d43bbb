/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Running a helper program inside somebody else's process.
 *
 * Theory of operation: execve(2) makes SIGCHLD the exit signal of every child.
 * A caller that ignores SIGCHLD, or reaps whatever it finds, would take our
 * helper's status. So there is a process in between, the keeper (helper-keep.c).
 * It is cloned with exit signal 0 and never executes anything, which keeps it
 * invisible: no SIGCHLD, and wait(-1) passes it over without __WALL. It starts
 * the program, waits, and sends the outcome through a pipe.
 *
 * The keeper also holds the reading end of a pipe nobody writes to. When that
 * one ends, the caller is dead, and the keeper kills the program. It may do so
 * even to a setuid program that the caller's user started, and at which
 * PR_SET_PDEATHSIG is lost.
 *
 * A service is such a program too, without a limit of time. Its keeper stays as long, so it lets go
 * of all descriptors of the caller but its own, and of the caller's session. Where the caller may make
 * a pid namespace the keeper is the first process of one. Should somebody kill the keeper, the kernel
 * kills the service, which nobody else would end: a signal for the death of the parent is lost at many
 * programs that change their ids or their user namespace.
 */

#include "kernel/helper.h"

#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/clone.h"
#include "kernel/helper-keep.h"

int helper_find(const char *name, char *buf, size_t size)
{
	const char *dir = getenv("PATH");
	int r = -ENOENT;

	if (!dir || !*dir)
		dir = "/usr/sbin:/usr/bin:/sbin:/bin";
	for (;; dir++) {
		size_t n = strcspn(dir, ":");

		if (*dir == '/' && n + strlen(name) + 2 <= size) {
			memcpy(buf, dir, n);
			buf[n] = '/';
			strcpy(buf + n + 1, name);
			if (access(buf, X_OK) == 0)
				return 0;
			if (errno != ENOENT && errno != ENOTDIR)
				r = -errno;
		}
		dir += n;
		if (!*dir)
			return r;
	}
}

static void close_theirs(struct helper *helper)
{
	helper->stdin_fd = base_close(helper->stdin_fd);
	helper->out[1] = base_close(helper->out[1]);
	helper->words[1] = base_close(helper->words[1]);
	helper->outcome[1] = base_close(helper->outcome[1]);
	helper->life[1] = base_close(helper->life[1]);
}

static void close_all(struct helper *helper)
{
	close_theirs(helper);
	helper->out[0] = base_close(helper->out[0]);
	helper->words[0] = base_close(helper->words[0]);
	helper->outcome[0] = base_close(helper->outcome[0]);
	helper->life[0] = base_close(helper->life[0]);
}

/* @reader and @writer are closed by close_all() in any case. */
static int make_pipe(int *reader, int *writer)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	*reader = sys_fd_above_stdio(ends[0]);
	*writer = sys_fd_above_stdio(ends[1]);
	return *reader < 0 ? *reader : *writer < 0 ? *writer : 0;
}

static int open_all(struct helper *helper)
{
	int r;

	helper->stdin_fd = sys_open_at(AT_FDCWD, "/dev/null", O_RDONLY);
	if (helper->stdin_fd < 0)
		return helper->stdin_fd;
	r = make_pipe(&helper->out[0], &helper->out[1]);
	if (r == 0)
		r = make_pipe(&helper->words[0], &helper->words[1]);
	if (r == 0)
		r = make_pipe(&helper->outcome[0], &helper->outcome[1]);
	if (r == 0)
		r = make_pipe(&helper->life[1], &helper->life[0]);
	if (r == 0 && (fcntl(helper->out[0], F_SETFL, O_NONBLOCK) < 0 ||
		       fcntl(helper->words[0], F_SETFL, O_NONBLOCK) < 0))
		r = -errno;
	return r;
}

struct sink {
	char *buf;
	size_t size;
	size_t n;
};

/* Reads what is there and drops what does not fit. Return: 1 at the end of the file, 0 if more
 * may come, or a negative errno. */
static int drain(int fd, struct sink *sink)
{
	char chunk[1024];
	ssize_t got;

	while ((got = read(fd, chunk, sizeof(chunk))) > 0) {
		size_t room = sink->size - 1 - sink->n;
		size_t n = (size_t)got < room ? (size_t)got : room;

		memcpy(sink->buf + sink->n, chunk, n);
		sink->n += n;
	}
	sink->buf[sink->n] = '\0';
	if (got == 0)
		return 1;
	return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

/*
 * Reads everything until the keeper reports. Not until the pipes end: a stray
 * grandchild may keep them open for ever.
 */
static int collect(const struct helper *helper, struct sink *out, struct sink *words)
{
	struct pollfd fds[] = {
		{ helper->out[0], POLLIN, 0 },
		{ helper->words[0], POLLIN, 0 },
		{ helper->outcome[0], POLLIN, 0 },
	};
	bool ended = false;
	int outcome;

	while (!ended) {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0) {
			if (errno != EINTR)
				return -errno;
			continue;
		}
		/* This comes first, so that what was written before the end is read below. */
		ended = fds[2].revents != 0;
		for (size_t i = 0; i < 2; i++) {
			int r = fds[i].fd < 0 ? 0 : drain(fds[i].fd, i ? words : out);

			if (r < 0)
				return r;
			if (r)
				fds[i].fd = -1;
		}
	}
	if (read(helper->outcome[0], &outcome, sizeof(outcome)) != (ssize_t)sizeof(outcome))
		return -ECHILD;
	return outcome;
}

static void init(struct helper *helper, const char *path)
{
	*helper = (struct helper){ .stdin_fd = -1,
				   .out = { -1, -1 },
				   .words = { -1, -1 },
				   .outcome = { -1, -1 },
				   .life = { -1, -1 },
				   .until_fd = -1 };
	error_format(helper->path, sizeof(helper->path), "%s", path);
}

/* Where it is to be, and may be, the first of a pid namespace. */
static int start_keeper(struct helper *helper, struct clone_result *ret)
{
	int r = -EPERM;

	if (helper->stays && sys_has_cap(CAP_SYS_ADMIN))
		r = clone_process(LIBNS_TYPE_PID, 0, NULL, ret, NULL);
	helper->is_sole = r == 0;
	return r == 0 ? 0 : clone_process(0, 0, NULL, ret, NULL);
}

/* @r: whether the descriptors could be opened. */
static int start(struct helper *helper, char *const *argv, int r, struct libns_error *err)
{
	struct clone_result clone;

	if (r == 0)
		r = start_keeper(helper, &clone);
	if (r == 0 && clone.pid == 0)
		helper_keep(helper, argv, clone.handlers);
	if (r < 0) {
		close_all(helper);
		return error_set(err, LIBNS_STEP_HELPER, -r, "cannot run '%s'", helper->path);
	}
	close_theirs(helper);
	base_close(clone.pidfd);
	helper->keeper = clone.pid;
	return 0;
}

int helper_start(struct helper *helper, const char *path, char *const *argv,
		 struct libns_error *err)
{
	init(helper, path);
	return start(helper, argv, open_all(helper), err);
}

/* In place of @own, which is closed. */
static int replace(int *own, int fd)
{
	base_close(*own);
	*own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return *own < 0 ? -errno : 0;
}

int helper_start_service(struct helper *helper, const char *path, char *const *argv,
			 const struct helper_service *service, struct libns_error *err)
{
	int r;

	init(helper, path);
	helper->stays = true;
	r = open_all(helper);
	if (r == 0)
		r = replace(&helper->stdin_fd, service->stdin_fd);
	if (r == 0)
		r = replace(&helper->out[1], service->stdout_fd);
	/* It must not wait for somebody to read its words. */
	if (r == 0 && fcntl(helper->words[1], F_SETFL, O_NONBLOCK) < 0)
		r = -errno;
	helper->until_fd = service->until_fd;
	helper->guard = service->guard;
	return start(helper, argv, r, err);
}

int helper_hear(struct helper *helper, char *buf, size_t size, int patience_ms)
{
	struct pollfd fds[] = { { helper->words[0], POLLIN, 0 },
				{ helper->outcome[0], POLLIN, 0 } };
	struct sink words = { buf, size, 0 };
	int r, outcome;

	*buf = '\0';
	do
		r = poll(fds, ARRAY_SIZE(fds), patience_ms);
	while (r < 0 && errno == EINTR);
	if (r <= 0)
		return r < 0 ? -errno : -ETIMEDOUT;
	r = drain(helper->words[0], &words);
	if (r < 0)
		return r;
	if (words.n > 0 || (r == 0 && !fds[1].revents))
		return 1;
	if (read(helper->outcome[0], &outcome, sizeof(outcome)) != (ssize_t)sizeof(outcome))
		return -ECHILD;
	return outcome < 0 ? outcome : 0;
}

void helper_stop(struct helper *helper)
{
	close_all(helper);
	clone_wait(helper->keeper, NULL);
}

/* The signal that a pipe without a reader sends must not end the caller. */
static int write_quietly(int fd)
{
	const struct timespec now = { 0, 0 };
	sigset_t pipe, old, pending;
	int r;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &pipe, &old);
	r = write(fd, "", 1) == 1 ? 0 : -errno;
	if (r == -EPIPE && !sigismember(&pending, SIGPIPE))
		(void)sigtimedwait(&pipe, NULL, &now);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

int helper_let_go(struct helper *helper)
{
	int outcome = -EPIPE, r = write_quietly(helper->life[0]);
	ssize_t got = 0;

	if (r == 0)
		do
			got = read(helper->outcome[0], &outcome, sizeof(outcome));
		while (got < 0 && errno == EINTR);
	close_all(helper);
	/* What is more than 0 is the status of a program that had ended just before. */
	return r < 0 ? r : got == (ssize_t)sizeof(outcome) && outcome <= 0 ? outcome : -EPIPE;
}

int helper_finish(struct helper *helper, struct helper_output *ret, struct libns_error *err)
{
	struct sink out = { ret->text, sizeof(ret->text), 0 };
	struct sink words = { ret->words, sizeof(ret->words), 0 };
	int r;

	ret->text[0] = ret->words[0] = '\0';
	r = collect(helper, &out, &words);
	close_all(helper);
	clone_wait(helper->keeper, NULL);
	if (r < 0)
		return error_set(err, LIBNS_STEP_HELPER, -r, "cannot run '%s'", helper->path);
	ret->status = r;
	ret->words[strcspn(ret->words, "\n")] = '\0';
	return 0;
}

int helper_run(const char *path, char *const *argv, struct helper_output *ret,
	       struct libns_error *err)
{
	struct helper helper;
	int r = helper_start(&helper, path, argv, err);

	return r < 0 ? r : helper_finish(&helper, ret, err);
}

int helper_run_on(const char *path, char *const *argv, int stdin_fd, int stdout_fd,
		  struct helper_output *ret, struct libns_error *err)
{
	struct helper helper;
	int r;

	init(&helper, path);
	r = open_all(&helper);
	if (r == 0 && stdin_fd >= 0)
		r = replace(&helper.stdin_fd, stdin_fd);
	if (r == 0 && stdout_fd >= 0)
		r = replace(&helper.out[1], stdout_fd);
	r = start(&helper, argv, r, err);
	return r < 0 ? r : helper_finish(&helper, ret, err);
}
