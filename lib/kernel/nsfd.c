/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Questions about one open namespace, see ioctl_ns(2).
 *
 * Every descriptor is proved to be on nsfs before it is asked anything: the
 * same ioctl numbers mean something else to a terminal or a device. The only
 * identity all kernels have is the pair of device and inode of nsfs, which is
 * reused soon after a namespace dies.
 */

#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <libns/nsfd.h>
#include <libns/proc.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"

static int is_nsfs(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	return fs.f_type == SYS_NSFS_MAGIC;
}

static int require_nsfs(int fd, struct libns_error *err)
{
	int r = is_nsfs(fd);

	if (r < 0)
		return error_set(err, LIBNS_STEP_QUERY, -r, "cannot query descriptor %d", fd);
	if (r == 0)
		return error_say(err, LIBNS_STEP_QUERY, EINVAL, "descriptor %d is not a namespace",
				 fd);
	return 0;
}

/* "net", for a sentence about a namespace that was opened by somebody else. */
static const char *type_word(int ns_fd)
{
	int type = ioctl(ns_fd, NS_GET_NSTYPE);
	const char *name = type > 0 ? libns_type_name((unsigned int)type) : NULL;

	return name ? name : "unknown";
}

LIBNS_PUBLIC bool libns_id_equal(const struct libns_id *a, const struct libns_id *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

static int refuse_path(int fd, const char *path, struct libns_error *err)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return error_say(err, LIBNS_STEP_OPEN, EINVAL,
				 "'%s' is an ordinary file: no namespace is bound on it", path);
	return error_say(err, LIBNS_STEP_OPEN, EINVAL, "'%s' is not a namespace", path);
}

LIBNS_PUBLIC int libns_fd_open(int dir_fd, const char *path, struct libns_error *err)
{
	/* Opening a FIFO waits and opening a device can act; O_PATH does neither. */
	static const int modes[] = { O_PATH, O_RDONLY | O_NONBLOCK };
	_cleanup_close_ int fd = -1;

	if (!path)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no path of a namespace");
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		int r;

		base_close(fd);
		fd = sys_open_at(dir_fd, path, modes[i]);
		if (fd < 0)
			return error_set(err, LIBNS_STEP_OPEN, -fd, "cannot open namespace '%s'",
					 path);
		r = is_nsfs(fd);
		if (r < 0)
			return error_set(err, LIBNS_STEP_OPEN, -r, "cannot query '%s'", path);
		if (r == 0)
			return refuse_path(fd, path, err);
	}
	return TAKE_FD(fd);
}

LIBNS_PUBLIC int libns_fd_query_id(int ns_fd, struct libns_id *ret_id, struct libns_error *err)
{
	struct stat st;
	int r = require_nsfs(ns_fd, err);

	if (r < 0)
		return r;
	if (fstat(ns_fd, &st) < 0)
		return error_set(err, LIBNS_STEP_QUERY, errno, "cannot query descriptor %d", ns_fd);
	*ret_id = (struct libns_id){ st.st_dev, st.st_ino };
	return 0;
}

LIBNS_PUBLIC int libns_fd_query_unique_id(int ns_fd, uint64_t *ret_id, struct libns_error *err)
{
	uint64_t id;
	int r = require_nsfs(ns_fd, err);

	if (r < 0)
		return r;
	if (ioctl(ns_fd, NS_GET_ID, &id) < 0 && ioctl(ns_fd, NS_GET_MNTNS_ID, &id) < 0) {
		if (errno == EBADF)
			return error_set(err, LIBNS_STEP_QUERY, EBADF, "cannot query descriptor %d",
					 ns_fd);
		return error_say(err, LIBNS_STEP_QUERY, EOPNOTSUPP,
				 "this kernel has no unique ids for %s namespaces",
				 type_word(ns_fd));
	}
	*ret_id = id;
	return 0;
}

LIBNS_PUBLIC int libns_fd_query_type(int ns_fd, uint64_t *ret_type, struct libns_error *err)
{
	int type, r = require_nsfs(ns_fd, err);

	if (r < 0)
		return r;
	type = ioctl(ns_fd, NS_GET_NSTYPE);
	if (type < 0)
		return error_set(err, LIBNS_STEP_QUERY, errno,
				 "cannot query the type of the namespace on descriptor %d", ns_fd);
	*ret_type = (unsigned int)type;
	return 0;
}

LIBNS_PUBLIC int libns_fd_query_owner_uid(int ns_fd, uid_t *ret_uid, struct libns_error *err)
{
	uid_t uid;
	int r = require_nsfs(ns_fd, err);

	if (r < 0)
		return r;
	if (ioctl(ns_fd, NS_GET_OWNER_UID, &uid) < 0) {
		if (errno == EINVAL)
			return error_say(
				err, LIBNS_STEP_QUERY, EINVAL,
				"a %s namespace has no owner id, only a user namespace has",
				type_word(ns_fd));
		return error_set(err, LIBNS_STEP_QUERY, errno,
				 "cannot query the owner id of the namespace on descriptor %d",
				 ns_fd);
	}
	*ret_uid = uid;
	return 0;
}

LIBNS_PUBLIC int libns_fd_open_owner(int ns_fd, struct libns_error *err)
{
	int fd, r = require_nsfs(ns_fd, err);

	if (r < 0)
		return r;
	fd = ioctl(ns_fd, NS_GET_USERNS);
	if (fd < 0 && errno == EPERM)
		return error_say(
			err, LIBNS_STEP_QUERY, EPERM,
			"the owner of this %s namespace is not below the caller's user namespace",
			type_word(ns_fd));
	if (fd < 0)
		return error_set(err, LIBNS_STEP_QUERY, errno,
				 "cannot open the owner of the namespace on descriptor %d", ns_fd);
	return sys_fd_above_stdio(fd);
}

LIBNS_PUBLIC int libns_fd_open_parent(int ns_fd, struct libns_error *err)
{
	int fd, r = require_nsfs(ns_fd, err);

	if (r < 0)
		return r;
	fd = ioctl(ns_fd, NS_GET_PARENT);
	if (fd < 0 && errno == EPERM)
		return error_say(err, LIBNS_STEP_QUERY, EPERM,
				 "the parent of this %s namespace is not visible to the caller",
				 type_word(ns_fd));
	if (fd < 0 && errno == EINVAL)
		return error_say(err, LIBNS_STEP_QUERY, EINVAL, "a %s namespace has no parent",
				 type_word(ns_fd));
	if (fd < 0)
		return error_set(err, LIBNS_STEP_QUERY, errno,
				 "cannot open the parent of the namespace on descriptor %d", ns_fd);
	return sys_fd_above_stdio(fd);
}

LIBNS_PUBLIC int libns_fd_same(int ns_fd_a, int ns_fd_b, struct libns_error *err)
{
	struct libns_id a, b;
	int r = libns_fd_query_id(ns_fd_a, &a, err);

	if (r < 0)
		return r;
	r = libns_fd_query_id(ns_fd_b, &b, err);
	if (r < 0)
		return r;
	return libns_id_equal(&a, &b);
}

LIBNS_PUBLIC int libns_types_probe(int procfs_fd, uint64_t *ret_types, struct libns_error *err)
{
	_cleanup_close_ int dir_fd = -1;
	uint64_t types = 0;

	if (procfs_fd == LIBNS_PROCFS)
		dir_fd = sys_open_at(AT_FDCWD, "/proc/self/ns", O_PATH | O_DIRECTORY);
	else
		dir_fd = sys_open_at(procfs_fd, "self/ns", O_PATH | O_DIRECTORY);
	if (dir_fd < 0)
		return error_set(err, LIBNS_STEP_PROC, -dir_fd,
				 "cannot open the namespaces of the calling process in procfs");
	for (size_t i = 0; i < LIBNS_N_TYPES; i++) {
		uint64_t type = libns_type_at(i);
		struct stat st;

		if (fstatat(dir_fd, libns_type_name(type), &st, AT_SYMLINK_NOFOLLOW) == 0)
			types |= type;
	}
	*ret_types = types;
	return 0;
}
