/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The few mounts that belong to namespaces. Everything here is called between
 * clone(2) and execve(2): no allocation, only system calls.
 *
 * Mount namespaces and their age: to keep reference loops out, the kernel binds
 * a mount namespace only inside one that is older, and takes the id for the
 * age. Linux 6.18 hands out ids from a stock of 4096 for each CPU, so of two
 * namespaces made on two CPUs the younger can have the lower id, for ever;
 * trying the binding again does not help. On each CPU ids only grow, so a fresh
 * copy of the younger one, made on the CPU where the older was made, has a
 * higher id: libns_mount_renew().
 */

#include <string.h>
#include <sys/mount.h>

#include <libns/mount.h>
#include <libns/nsfd.h>
#include <libns/type.h>

#include "base.h"
#include "err.h"
#include "statmount.h"
#include "sys.h"

/* Room for 8192 CPUs: a smaller mask than the kernel's is refused. */
#define CPU_SETS (8192 / CPU_SETSIZE)

LIBNS_PUBLIC int libns_mount_set_propagation(const char *path, unsigned long flags,
					     struct libns_error *err)
{
	unsigned long type = flags & ~(unsigned long)MS_REC;

	if (!flags)
		return 0;
	if (!path ||
	    (type != MS_PRIVATE && type != MS_SHARED && type != MS_SLAVE && type != MS_UNBINDABLE))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "not one type of mount propagation");
	if (mount("none", path, NULL, flags, NULL) == 0)
		return 0;
	if (errno == EINVAL)
		return error_say(err, LIBNS_STEP_MOUNT, EINVAL,
				 "cannot change the propagation of '%s': it is not a mount point",
				 path);
	return error_set(err, LIBNS_STEP_MOUNT, errno, "cannot change the propagation of '%s'",
			 path);
}

LIBNS_PUBLIC int libns_mount_proc(const char *target, struct libns_error *err)
{
	if (mount("proc", target, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return error_set(err, LIBNS_STEP_MOUNT, errno, "cannot mount a procfs on '%s'",
				 target);
	return 0;
}

/*
 * The calling thread's mount namespace, without procfs, which may not be there.
 * Kernels that cannot tell (before Linux 6.11) have no ids to compare either.
 */
static int open_own_mnt(void)
{
	_cleanup_close_ int pidfd = sys_pidfd_open(gettid(), PIDFD_THREAD);
	int fd;

	if (pidfd < 0)
		return pidfd;
	fd = ioctl(pidfd, PIDFD_GET_MNT_NAMESPACE, 0);
	return fd < 0 ? -errno : sys_fd_above_stdio(fd);
}

/* 1 if the kernel takes @a to be made after @b, 0 if not, negative if it cannot tell. */
static int is_newer(int a, int b)
{
	uint64_t id_a, id_b;
	int r = libns_fd_query_unique_id(a, &id_a, NULL);

	if (r == 0)
		r = libns_fd_query_unique_id(b, &id_b, NULL);
	return r < 0 ? r : id_a > id_b;
}

/* One attempt on @cpu. Return: as is_newer(). */
static int renew_on(size_t cpu, int older_fd)
{
	_cleanup_close_ int own = -1;
	cpu_set_t set[CPU_SETS] = { 0 };

	CPU_SET_S(cpu, sizeof(set), set);
	if (sched_setaffinity(0, sizeof(set), set) < 0)
		return 0;
	if (unshare(CLONE_NEWNS) < 0)
		return -errno;
	own = open_own_mnt();
	return own < 0 ? own : is_newer(own, older_fd);
}

LIBNS_PUBLIC int libns_mount_renew(int older_fd, struct libns_error *err)
{
	_cleanup_close_ int own = open_own_mnt();
	cpu_set_t allowed[CPU_SETS] = { 0 };
	uint64_t type;
	int r = libns_fd_query_type(older_fd, &type, err);

	if (r < 0)
		return r;
	if (type != LIBNS_TYPE_MNT)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "descriptor %d is not a mount namespace", older_fd);
	if (own < 0 || is_newer(own, older_fd) != 0)
		return 0;
	if (sched_getaffinity(0, sizeof(allowed), allowed) < 0)
		return error_set(err, LIBNS_STEP_UNSHARE, errno, "cannot read the allowed CPUs");
	for (size_t cpu = 0; cpu < CPU_SETSIZE * CPU_SETS && r == 0; cpu++)
		if (CPU_ISSET_S(cpu, sizeof(allowed), allowed))
			r = renew_on(cpu, older_fd);
	sched_setaffinity(0, sizeof(allowed), allowed);
	if (r < 0)
		return error_types(err, LIBNS_TYPE_MNT,
				   error_set(err, LIBNS_STEP_UNSHARE, -r,
					     "cannot make a newer mount namespace"));
	if (r == 0)
		return error_say(err, LIBNS_STEP_UNSHARE, EAGAIN,
				 "cannot make a newer mount namespace: this kernel numbers them by "
				 "CPU, and none of the allowed CPUs gives a higher number");
	return 0;
}

/* Why the kernel answered EINVAL; NULL if it is not known. */
static const char *explain_invalid(int ns_fd, uint64_t type, const char *target)
{
	_cleanup_close_ int own = open_own_mnt();
	uint64_t propagation;

	if (type == LIBNS_TYPE_MNT && own >= 0) {
		if (libns_fd_same(own, ns_fd, NULL) == 1)
			return "a mount namespace cannot be kept inside itself";
		if (is_newer(ns_fd, own) == 0)
			return "the kernel does not take it for newer than the mount namespace "
			       "that would hold it";
	}
	if (type == LIBNS_TYPE_MNT && statmount_propagation(target, &propagation) == 0 &&
	    (propagation & MS_SHARED))
		return "that file lies on a shared mount";
	return NULL;
}

LIBNS_PUBLIC int libns_mount_persist(int ns_fd, const char *target, struct libns_error *err)
{
	const char *reason = NULL, *name;
	char source[48];
	uint64_t type;
	int code, r = libns_fd_query_type(ns_fd, &type, err);

	if (r < 0)
		return r;
	/* A thread may have descriptors of its own, and outlive the main thread. */
	error_format(source, sizeof(source), "/proc/thread-self/fd/%d", ns_fd);
	if (mount(source, target, NULL, MS_BIND, NULL) == 0)
		return 0;
	code = errno;
	name = libns_type_name(type);
	if (code == EINVAL)
		reason = explain_invalid(ns_fd, type, target);
	else if (code == ENOTDIR && faccessat(AT_FDCWD, target, F_OK, 0) == 0)
		reason = "that is a directory, not a file";
	else if (code == ENOENT && faccessat(AT_FDCWD, target, F_OK, 0) == 0)
		reason = "/proc does not show the calling process";
	if (reason)
		r = error_say(err, LIBNS_STEP_PERSIST, code,
			      "cannot keep the %s namespace on '%s': %s", name, target, reason);
	else
		r = error_set(err, LIBNS_STEP_PERSIST, code, "cannot keep the %s namespace on '%s'",
			      name, target);
	return error_types(err, type, r);
}
