/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A child that goes ahead of the caller: it joins what the caller will join, looks or makes
 * something there, and hands it over. slow_read() makes it, and kills it should a file system
 * not answer.
 */

#include "enter/elsewhere.h"

#include <string.h>
#include <sys/prctl.h>

#include <libns/nsfd.h>

#include "base/base.h"
#include "base/sys.h"
#include "enter/entry.h"
#include "kernel/slow-read.h"

#define PATIENCE_MS 30000

struct call {
	const struct elsewhere *job;
	int result;
};

static ssize_t do_in_child(void *data, size_t i, char *buf, size_t size, int *ret_fd)
{
	const struct call *call = data;
	int r;

	(void)i;
	(void)size;
	/* A process inside that shares the pid namespace must not take what is open here. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	r = call->job->work(call->job->data);
	if (r < 0)
		return r;
	if (call->job->gives_fd)
		*ret_fd = r;
	memcpy(buf, &r, sizeof(r));
	return sizeof(r);
}

static int take(void *data, size_t i, const char *buf, ssize_t n, int fd)
{
	struct call *call = data;

	(void)i;
	if (n < 0)
		return (int)n;
	if (!call->job->gives_fd) {
		memcpy(&call->result, buf, sizeof(call->result));
		return 0;
	}
	call->result = fd;
	/* A descriptor was sent and did not arrive, because there was no room for it. */
	return fd < 0 ? -EMFILE : 0;
}

int elsewhere_do(const struct elsewhere *job)
{
	unsigned int patience_ms = job->patience_ms ? job->patience_ms : PATIENCE_MS;
	struct call call = { job, -1 };
	const struct slow_work work = {
		.n = 1,
		.read = do_in_child,
		.deliver = take,
		.data = &call,
		.item_ms = patience_ms,
		.total_ms = patience_ms,
	};
	int r = slow_read(&work);

	return r < 0 ? r : call.result;
}

/*
 * The mounts need not belong to the user namespace that the target is in: a sandbox may make its
 * mounts first and then put itself into another user namespace. So their owner is joined, and not
 * the user namespace of the entry.
 */
int elsewhere_join_root(const struct libns_entry *entry)
{
	int mnt = entry_fd(entry, LIBNS_TYPE_MNT);
	int owner = mnt < 0 ? entry_fd(entry, LIBNS_TYPE_USER) : libns_fd_open_owner(mnt, NULL);

	/* The kernel refuses to join the caller's own, and then there is nothing to do. */
	if (owner >= 0)
		(void)!setns(owner, CLONE_NEWUSER);
	if (mnt >= 0 && setns(mnt, CLONE_NEWNS) < 0)
		return -errno;
	if (entry->root_fd >= 0 && (fchdir(entry->root_fd) < 0 || chroot(".") < 0))
		return -errno;
	return 0;
}

int elsewhere_join_user(const struct libns_entry *entry)
{
	int user = entry_fd(entry, LIBNS_TYPE_USER);

	if (user < 0)
		return -EPERM;
	return setns(user, CLONE_NEWUSER) < 0 || unshare(CLONE_NEWNS) < 0 ? -errno : 0;
}
