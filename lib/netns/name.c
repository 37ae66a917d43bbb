/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Making names of network namespaces.
 *
 * Theory of operation
 *
 * Add: the namespace is made first, without a name, and held by a descriptor; until it is named,
 * the kernel removes it if we die. Then, under the lock, the empty file is made and the namespace
 * bound on it. Only if we are killed between these two, something is left: a file that nothing is
 * bound on. Its mode tells it from a file that ip(8) has just made and is about to bind, so the
 * next call takes it over at once (a file of ip(8) only when it is old enough to be sure), unless
 * it turns out to be bound in another mount namespace.
 *
 * Somebody has to be in the other namespace for a moment. A child that shares the memory (as with
 * vfork(2)) does that. So the caller's own namespaces are never changed, nothing can go wrong on
 * the way back, and no fork has to copy the memory.
 */

#include <linux/netlink.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <libns/nsfd.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/hold.h"
#include "base/sys.h"
#include "kernel/attempt.h"
#include "kernel/clone.h"
#include "kernel/rtnl.h"
#include "netns/create.h"
#include "netns/dir.h"
#include "netns/where.h"

/* What a helper finds. */
struct made {
	int result;
	int socket_fd; /* 0: none is wanted */
};

int netns_helper(int (*main)(void *), unsigned long flags, void *data, int *result)
{
	uint64_t mask = ~UINT64_C(0);
	pid_t pid;

	*result = -EIO;
	pid = clone_vfork(flags, main, data, &mask, NULL);
	if (pid < 0)
		return pid;
	clone_wait(pid, NULL);
	return *result;
}

/* Linux 6.11 */
static int open_own_netns_without_proc(void)
{
	_cleanup_close_ int pidfd = sys_pidfd_open(getpid(), 0);
	int fd = pidfd < 0 ? pidfd : ioctl(pidfd, PIDFD_GET_NET_NAMESPACE, 0);

	if (pidfd < 0 || fd < 0)
		return -ENOENT;
	return sys_fd_above_stdio(fd);
}

/*
 * The helper shares the table of descriptors (CLONE_FILES), so the descriptors are the caller's too.
 */
static int open_own_netns(void *data)
{
	struct made *made = data;

	made->result = sys_open_at(AT_FDCWD, "/proc/self/ns/net", O_RDONLY);
	if (made->result == -ENOENT)
		made->result = open_own_netns_without_proc();
	if (made->result >= 0 && made->socket_fd)
		made->socket_fd = netlink_open(NETLINK_ROUTE, NETLINK_HERE, NULL);
	return 0;
}

/* It cannot be found out why this process died. */
static int survive(uint64_t types, struct libns_error *err)
{
	const struct attempt_call calls[] = {
		{ SYS_mount, "mount", 0, 0 },
		{ SYS_unshare, "unshare", types | CLONE_PTRACE, 0 },
	};

	return attempt_survive(calls, types ? 2 : 1, LIBNS_STEP_NETNS, err);
}

int netns_create(struct libns_rtnl **ret_rtnl, struct libns_error *err)
{
	struct made made = { .socket_fd = ret_rtnl ? -1 : 0 };
	int fd = survive(CLONE_NEWNET, err);

	if (fd < 0)
		return fd;
	fd = netns_helper(open_own_netns, CLONE_FILES | CLONE_NEWNET, &made, &made.result);
	if (fd >= 0 && ret_rtnl)
		*ret_rtnl = rtnl_new_from_socket(made.socket_fd);
	if (fd >= 0)
		return fd;
	if (fd == -ENOENT)
		return error_say(err, LIBNS_STEP_NETNS, ENOENT,
				 "cannot create a network namespace: this kernel tells it by its "
				 "file in /proc, and that is not there");
	error_set(err, LIBNS_STEP_CLONE, -fd, "cannot create a network namespace");
	return error_types(err, LIBNS_TYPE_NET, fd);
}

static int open_name(int dir_fd, const char *name, int flags)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | flags, NETNS_FILE_MODE);

	return fd < 0 ? -errno : fd;
}

static int is_taken(int run_fd, const char *name, struct libns_error *err)
{
	return error_set(err, LIBNS_STEP_NETNS, EEXIST, "cannot create namespace file '%s%s'",
			 NETNS_PREFIX(run_fd), name);
}

/*
 * Whether nobody uses a file that is unbound in our own mount namespace. Return: 0, or -EEXIST with
 * the sentence if it is, or may be, in use elsewhere, since it must not be taken away then.
 */
static int check_unused(const struct netns_dir *dir, int run_fd, const char *name,
			struct libns_error *err)
{
	struct netns_where where;
	char words[128];
	int r = netns_find(dir->fd, &name, &where, 1);

	if (r == 0 && where.found)
		return error_say(err, LIBNS_STEP_NETNS, EEXIST,
				 "cannot create namespace file '%s%s': File exists, and a network "
				 "namespace is bound on it %s",
				 NETNS_PREFIX(run_fd), name,
				 netns_where_words(&where, words, sizeof(words)));
	if (r < 0)
		return error_say(err, LIBNS_STEP_NETNS, EEXIST,
				 "cannot create namespace file '%s%s': File exists, and whether it "
				 "is used in another mount namespace cannot be told: %s",
				 NETNS_PREFIX(run_fd), name, error_describe(-r));
	if (where.n_unreadable)
		return error_say(err, LIBNS_STEP_NETNS, EEXIST,
				 "cannot create namespace file '%s%s': File exists, and whether it "
				 "is used in another mount namespace cannot be told: the mounts of "
				 "%zu process%s not readable",
				 NETNS_PREFIX(run_fd), name, where.n_unreadable,
				 where.n_unreadable == 1 ? " are" : "es are");
	return 0;
}

/*
 * Makes the file that will carry the namespace, or takes over a stale one.
 * Return: 0, or a negative errno with the sentence.
 */
static int claim_name(const struct netns_dir *dir, int run_fd, const char *name,
		      struct libns_error *err)
{
	int fd = open_name(dir->fd, name, O_CREAT | O_EXCL);

	while (fd == -EEXIST && dir->locked) {
		int state = netns_state(dir->fd, name, NULL);
		struct stat st;

		if (state == NETNS_MISSING && fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			/* Somebody has deleted it just now. */
			fd = open_name(dir->fd, name, O_CREAT | O_EXCL);
		else if (state == NETNS_STALE || state == NETNS_OURS)
			return check_unused(dir, run_fd, name, err);
		else if (state == NETNS_FRESH)
			netns_pause();
		else
			return is_taken(run_fd, name, err);
	}
	if (fd < 0)
		return error_set(err, LIBNS_STEP_NETNS, -fd, "cannot create namespace file '%s%s'",
				 NETNS_PREFIX(run_fd), name);
	base_close(fd);
	return 0;
}

/* This way does not need /proc, but needs Linux 5.2. */
static int bind_by_fd(int dir_fd, const char *name, int ns_fd)
{
	_cleanup_close_ int tree = sys_open_tree(ns_fd, "", AT_EMPTY_PATH);

	return tree < 0 ? tree : sys_move_tree(tree, dir_fd, name);
}

/* Binds the namespace on the file, by paths that lead through descriptors. */
static int bind_name(int dir_fd, const char *name, int ns_fd)
{
	char source[64], target[320];

	snprintf(source, sizeof(source), "/proc/self/fd/%d", ns_fd);
	snprintf(target, sizeof(target), "/proc/self/fd/%d/%s", dir_fd, name);
	if (mount(source, target, NULL, MS_BIND, NULL) == 0)
		return 0;
	return errno == ENOENT ? bind_by_fd(dir_fd, name, ns_fd) : -errno;
}

static int put_name(const struct netns_dir *dir, int run_fd, const char *name, int ns_fd,
		    struct libns_error *err)
{
	/* A signal between the two would leave a name that nothing is bound on. */
	_cleanup_(hold_end) struct hold hold = { .is = false };
	int r = hold_begin(&hold, err);

	if (r == 0)
		r = claim_name(dir, run_fd, name, err);
	if (r < 0)
		return r;
	r = bind_name(dir->fd, name, ns_fd);
	if (r < 0) {
		(void)unlinkat(dir->fd, name, 0);
		return error_set(err, LIBNS_STEP_NETNS, -r,
				 "cannot bind the network namespace on '%s%s'",
				 NETNS_PREFIX(run_fd), name);
	}
	return 0;
}

LIBNS_PUBLIC int libns_netns_add(int run_fd, const char *name, struct libns_error *err)
{
	_cleanup_(netns_dir_done) struct netns_dir dir = NETNS_DIR_INIT;
	_cleanup_close_ int ns_fd = -1;
	int r = netns_check_name(name, err);

	if (r < 0)
		return r;
	ns_fd = netns_create(NULL, err);
	if (ns_fd < 0)
		return ns_fd;
	r = netns_lock_dir(&dir, run_fd, err);
	return r < 0 ? r : put_name(&dir, run_fd, name, ns_fd, err);
}

LIBNS_PUBLIC int libns_netns_attach(int run_fd, const char *name, int ns_fd,
				    struct libns_error *err)
{
	_cleanup_(netns_dir_done) struct netns_dir dir = NETNS_DIR_INIT;
	uint64_t type;
	int r = netns_check_name(name, err);

	if (r == 0)
		r = survive(0, err);
	if (r < 0)
		return r;
	r = libns_fd_query_type(ns_fd, &type, err);
	if (r < 0)
		return r;
	if (type != LIBNS_TYPE_NET)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "'%s' can name a network namespace only, not one of type %s", name,
				 libns_type_name(type));
	r = netns_lock_dir(&dir, run_fd, err);
	return r < 0 ? r : put_name(&dir, run_fd, name, ns_fd, err);
}
