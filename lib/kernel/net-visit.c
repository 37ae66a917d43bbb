/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A child that shares the memory (as with vfork(2)) and the table of descriptors enters the
 * namespace, so nothing can go wrong on a way back. Nobody is told of its end, so that it can be
 * waited for also where the caller ignores SIGCHLD.
 */

#include "kernel/net-visit.h"

#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libns/nsfd.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "kernel/attempt.h"
#include "kernel/clone.h"

struct visit {
	int ns_fd;
	int (*main)(void *data);
	void *data;
	bool inside; /* it has entered the namespace */
	int result;
};

static int enter(void *data)
{
	struct visit *visit = data;

	if (setns(visit->ns_fd, CLONE_NEWNET) < 0) {
		visit->result = -errno;
		return 0;
	}
	visit->inside = true;
	visit->result = visit->main(visit->data);
	return 0;
}

/* Whoever is in a namespace needs no right to enter it. Without /proc that cannot be told. */
static bool is_here(int ns_fd)
{
	struct stat there, here;

	return fstat(ns_fd, &there) == 0 && stat("/proc/thread-self/ns/net", &here) == 0 &&
	       there.st_dev == here.st_dev && there.st_ino == here.st_ino;
}

/* As a person knows it: where it is bound, or its number. A descriptor that is none has no link. */
static const char *name_of(int ns_fd, char *buf, size_t size)
{
	char path[32];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", ns_fd);
	n = readlink(path, buf, size - 1);
	if (n > 0)
		buf[n] = '\0';
	else
		snprintf(buf, size, "fd:%d", ns_fd);
	return buf;
}

static int enter_failed(const struct visit *visit, struct libns_error *err)
{
	int r = visit->result;
	uint64_t type = 0;
	char name[320];

	if (r == -EINVAL &&
	    (libns_fd_query_type(visit->ns_fd, &type, NULL) < 0 || type != LIBNS_TYPE_NET))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "descriptor %d is no network namespace", visit->ns_fd);
	error_set(err, LIBNS_STEP_ENTER, -r, "cannot enter network namespace '%s'",
		  name_of(visit->ns_fd, name, sizeof(name)));
	return error_types(err, LIBNS_TYPE_NET, r);
}

static int go_there(struct visit *visit, struct libns_error *err)
{
	static const struct attempt_call call = { SYS_setns, "setns", 0, 0 };
	uint64_t mask = ~UINT64_C(0);
	int r = attempt_survive(&call, 1, LIBNS_STEP_ENTER, err);
	pid_t pid;

	if (r < 0)
		return r;
	pid = clone_vfork(CLONE_FILES, enter, visit, &mask, NULL);
	if (pid < 0)
		return error_set(err, LIBNS_STEP_CLONE, -pid,
				 "cannot make a child for another network namespace");
	clone_wait(pid, NULL);
	return visit->inside ? 0 : enter_failed(visit, err);
}

int net_visit(int ns_fd, int (*main)(void *data), void *data, int *ret_result,
	      struct libns_error *err)
{
	struct visit visit = { ns_fd, main, data, false, -EIO };
	int r = 0;

	if (ns_fd == NET_VISIT_HERE || is_here(ns_fd))
		visit.result = main(data);
	else
		r = go_there(&visit, err);
	if (r == 0)
		*ret_result = visit.result;
	return r;
}
