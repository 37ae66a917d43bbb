/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/base.h"
#include "kernel/slow-read.h"
#include "tap.h"

#define MAX 3000

struct job {
	size_t stuck[4], n_stuck, dies, with_fd, busy;
	ssize_t results[MAX];
	size_t next;
	ino_t ino;
};

static ssize_t read_item(void *data, size_t i, char *buf, size_t size, int *ret_fd)
{
	const struct job *job = data;

	for (size_t k = 0; k < job->n_stuck; k++)
		if (job->stuck[k] == i)
			pause();
	/* Longer than the patience with one item: neither waiting nor done. */
	if (job->busy && i == job->busy)
		for (clock_t end = clock() + CLOCKS_PER_SEC / 4; clock() < end;)
			;
	if (i == job->dies)
		_exit(3);
	if (i == job->with_fd)
		*ret_fd = open("/", O_PATH | O_CLOEXEC);
	if (i == 7)
		return -ENOENT;
	memset(buf, 'a' + (int)(i % 26), i % 100);
	return i % 100 <= size ? (ssize_t)(i % 100) : -E2BIG;
}

static int take_item(void *data, size_t i, const char *buf, ssize_t n, int fd)
{
	struct job *job = data;

	if (i != job->next++)
		return -EPROTO;
	job->results[i] = n;
	for (ssize_t at = 0; at < n; at++)
		if (buf[at] != 'a' + (int)(i % 26))
			return -EBADMSG;
	if (fd >= 0) {
		struct stat st;

		if (fstat(fd, &st) == 0)
			job->ino = st.st_ino;
		close(fd);
	}
	return 0;
}

static int run(struct job *job, size_t n, unsigned int total_ms)
{
	const struct slow_work work = { n, read_item, take_item, job, 60, total_ms };

	return slow_read(&work);
}

TEST(all_arrive_in_order)
{
	struct job job = { .dies = MAX, .with_fd = MAX };

	CHECK_INT(run(&job, MAX, 1000), 0);
	CHECK_INT(job.next, MAX);
	for (size_t i = 0; i < MAX; i++)
		CHECK_INT(job.results[i], i == 7 ? -ENOENT : (ssize_t)(i % 100));
}

TEST(nothing_to_do)
{
	struct job job = { .dies = MAX };

	CHECK_INT(run(&job, 0, 1000), 0);
}

TEST(stuck_items_are_named)
{
	struct job job = {
		.stuck = { 0, 500, 501, 2999 }, .n_stuck = 4, .dies = MAX, .with_fd = MAX
	};

	CHECK_INT(run(&job, MAX, 60000), 0);
	CHECK_INT(job.next, MAX);
	for (size_t i = 0; i < MAX; i++) {
		bool stuck = i == 0 || i == 500 || i == 501 || i == 2999;

		CHECK_INT(job.results[i], stuck    ? SLOW_STUCK
					  : i == 7 ? -ENOENT
						   : (ssize_t)(i % 100));
	}
}

TEST(patience_ends)
{
	struct job job = { .stuck = { 10, 11, 12, 13 }, .n_stuck = 4, .dies = MAX, .with_fd = MAX };

	CHECK_INT(run(&job, 100, 130), 0);
	CHECK_INT(job.next, 100);
	CHECK_INT(job.results[9], 9);
	CHECK_INT(job.results[10], SLOW_STUCK);
	CHECK_INT(job.results[99], SLOW_STUCK);
}

/* In the reading child: from now on it gets a turn only when nobody else wants one. */
static ssize_t fall_idle(void *data, size_t i, char *buf, size_t size, int *ret_fd)
{
	const struct sched_param none = { 0 };

	if (i == 0 && (sched_setaffinity(0, sizeof(cpu_set_t), data) < 0 ||
		       sched_setscheduler(0, SCHED_IDLE, &none) < 0))
		return -errno;
	return 0;
}

static int count(void *data, size_t i, const char *buf, ssize_t n, int fd)
{
	return (int)n;
}

TEST(no_zombie_on_a_busy_machine)
{
	cpu_set_t allowed, one;
	struct slow_work work = { 3, fall_idle, count, &one, 60000, 60000 };
	pid_t busy[3];
	int cpu = 0;

	CHECK_INT(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
	while (!CPU_ISSET(cpu, &allowed))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	for (int i = 0; i < 3; i++) {
		busy[i] = fork();
		if (busy[i] == 0) {
			sched_setaffinity(0, sizeof(one), &one);
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				;
		}
	}
	for (int i = 0; i < 5; i++)
		CHECK_INT(slow_read(&work), 0);
	for (int i = 0; i < 3; i++) {
		kill(busy[i], SIGKILL);
		CHECK_INT(waitpid(busy[i], NULL, 0), busy[i]);
	}
	CHECK_INT(waitpid(-1, NULL, __WALL | WNOHANG), -1);
	CHECK_INT(errno, ECHILD);
}

TEST(a_child_that_dies_is_no_hang)
{
	struct job job = { .dies = 20, .with_fd = MAX };

	CHECK_INT(run(&job, 100, 1000), 0);
	CHECK_INT(job.next, 100);
	CHECK_INT(job.results[19], 19);
	CHECK_INT(job.results[20], SLOW_STUCK);
	CHECK_INT(job.results[21], 21);
}

/* On a busy machine every child is as slow as that. */
TEST(slow_is_not_stuck)
{
	struct job job = { .dies = MAX, .with_fd = MAX, .busy = 42 };

	CHECK_INT(run(&job, 100, 1000), 0);
	CHECK_INT(job.results[42], 42);
	CHECK_INT(job.results[99], 99);
}

TEST(descriptor_comes_with_its_item)
{
	struct job job = { .dies = MAX, .with_fd = 42 };
	struct stat st;

	CHECK_INT(stat("/", &st), 0);
	CHECK_INT(run(&job, 100, 1000), 0);
	CHECK_INT(job.ino, st.st_ino);
}

TEST(no_child_and_no_descriptor_is_left)
{
	struct job job = { .stuck = { 3 }, .n_stuck = 1, .dies = 50, .with_fd = 42 };
	int before = dup(0), after;

	close(before);
	CHECK_INT(run(&job, 100, 1000), 0);
	after = tap_keep(dup(0));
	CHECK_INT(after, before);
	CHECK_INT(waitpid(-1, NULL, __WALL | WNOHANG), -1);
	CHECK_INT(errno, ECHILD);
}

TAP_MAIN
