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

#include "kernel/mount.h"

#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <libns/mount.h>
#include <libns/nsfd.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/statmount.h"

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

static int refused_file(uint64_t type, const char *path, int code, const char *reason,
			struct libns_error *err)
{
	const char *name = libns_type_name(type);
	int r;

	if (reason)
		r = error_say(err, LIBNS_STEP_PERSIST, code,
			      "cannot keep the %s namespace on '%s': %s", name, path, reason);
	else
		r = error_set(err, LIBNS_STEP_PERSIST, code, "cannot keep the %s namespace on '%s'",
			      name, path);
	return error_types(err, type, r);
}

int mount_file_open(uint64_t type, const char *path, struct libns_error *err)
{
	_cleanup_close_ int fd = sys_open_at(AT_FDCWD, path, O_PATH | O_NOFOLLOW);
	struct stat st;

	if (fd < 0)
		return refused_file(type, path, -fd, NULL, err);
	if (fstat(fd, &st) < 0)
		return refused_file(type, path, errno, NULL, err);
	/* Whoever made the link would choose which file is covered. */
	if (S_ISLNK(st.st_mode))
		return refused_file(type, path, ELOOP, "that is a symbolic link", err);
	if (S_ISDIR(st.st_mode))
		return refused_file(type, path, ENOTDIR, "that is a directory, not a file", err);
	return TAKE_FD(fd);
}

const char *mount_fd_link(int fd, char buf[MOUNT_LINK_SIZE])
{
	return error_format(buf, MOUNT_LINK_SIZE, "/proc/thread-self/fd/%d", fd);
}

int mount_file_bind(int ns_fd, int file_fd, const char *path, struct libns_error *err)
{
	char source[MOUNT_LINK_SIZE], target[MOUNT_LINK_SIZE];
	const char *reason = NULL;
	uint64_t type;
	int code, r = libns_fd_query_type(ns_fd, &type, err);

	if (r < 0)
		return r;
	if (mount(mount_fd_link(ns_fd, source), mount_fd_link(file_fd, target), NULL, MS_BIND,
		  NULL) == 0)
		return 0;
	code = errno;
	if (code == EINVAL)
		reason = explain_invalid(ns_fd, type, path);
	else if (code == ENOENT && faccessat(AT_FDCWD, target, F_OK, 0) < 0)
		reason = "/proc does not show the calling process";
	return refused_file(type, path, code, reason, err);
}

int mount_file_on_itself(int file_fd)
{
	char link[MOUNT_LINK_SIZE];

	mount_fd_link(file_fd, link);
	return mount(link, link, NULL, MS_BIND, NULL) < 0 ? -errno : 0;
}

/* What lies uppermost, if it is the same file still: the name may lead elsewhere now. */
static int open_uppermost(int file_fd, const char *path)
{
	_cleanup_close_ int fd = sys_open_at(AT_FDCWD, path, O_PATH | O_NOFOLLOW);
	struct stat below, above;

	if (fd < 0)
		return fd;
	if (fstat(file_fd, &below) < 0 || fstat(fd, &above) < 0)
		return -errno;
	if (below.st_dev != above.st_dev || below.st_ino != above.st_ino)
		return -ESTALE;
	return TAKE_FD(fd);
}

int mount_file_make_private(int file_fd, const char *path)
{
	_cleanup_close_ int fd = open_uppermost(file_fd, path);
	char link[MOUNT_LINK_SIZE];

	if (fd < 0)
		return fd;
	return mount(NULL, mount_fd_link(fd, link), NULL, MS_PRIVATE, NULL) < 0 ? -errno : 0;
}

bool mount_file_is_covered(int file_fd, const char *path)
{
	_cleanup_close_ int fd = -1;
	struct sys_statx below, above;

	if (sys_statx(file_fd, "", AT_EMPTY_PATH, SYS_STATX_INO | SYS_STATX_MNT_ID, &below) < 0)
		return false;
	/* Nothing happens to a file that is no mount when it is uncovered in vain. */
	if ((below.attributes_mask & SYS_STATX_ATTR_MOUNT_ROOT) &&
	    !(below.attributes & SYS_STATX_ATTR_MOUNT_ROOT))
		return true;
	fd = sys_open_at(AT_FDCWD, path, O_PATH | O_NOFOLLOW);
	return fd >= 0 &&
	       sys_statx(fd, "", AT_EMPTY_PATH, SYS_STATX_INO | SYS_STATX_MNT_ID, &above) == 0 &&
	       !sys_statx_same(&below, &above);
}

void mount_file_uncover(int file_fd)
{
	char link[MOUNT_LINK_SIZE];

	umount2(mount_fd_link(file_fd, link), MNT_DETACH);
}

LIBNS_PUBLIC int libns_mount_persist(int ns_fd, const char *target, struct libns_error *err)
{
	_cleanup_close_ int file_fd = -1;
	uint64_t type;
	int r = libns_fd_query_type(ns_fd, &type, err);

	if (r < 0)
		return r;
	file_fd = mount_file_open(type, target, err);
	return file_fd < 0 ? file_fd : mount_file_bind(ns_fd, file_fd, target, err);
}
