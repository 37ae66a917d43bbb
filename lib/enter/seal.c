/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Keeping the file of the running program out of reach of what it enters.
 *
 * A process in a container sees this one in its pid namespace, or makes it run
 * "/proc/self/exe" once more through a "#!" line. It holds /proc/PID/exe open
 * until nobody runs that file any more, and then writes to it (CVE-2019-5736).
 * Whoever runs the program on the host next runs what the container has written.
 * So the program goes on as a copy in memory that is sealed against every change.
 *
 * Where such memory cannot be had (because of a filter, vm.memfd_noexec or a limit
 * of file sizes), it goes on from a read-only mount of its file that is in no mount
 * namespace. Then writing through /proc/PID/exe is refused, and once execve(2) has
 * closed the descriptor nobody can change that mount or copy it, whatever
 * capabilities they have.
 *
 * The copy takes about half a millisecond. It is not made where nothing is at
 * risk: if neither a pid nor a mount namespace nor another root is entered; if the
 * file is on a read-only mount; or if all that is entered belongs to the user
 * namespace that is entered too, and the file's owner has no number in there, so
 * that nobody inside has a right to write to it.
 */

#include <signal.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

#include <libns/nsfd.h>
#include <libns/seal.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "enter/entry.h"
#include "kernel/sealed.h"

static int open_self(void)
{
	return sys_open_at(AT_FDCWD, "/proc/self/exe", O_RDONLY);
}

static bool is_read_only(int exe)
{
	struct statvfs fs;

	return fstatvfs(exe, &fs) == 0 && fs.f_flag & ST_RDONLY;
}

/* Whether the file is on a mount that is in no mount namespace: then its path is just "/". */
static bool is_detached(int exe)
{
	char path[8];

	return is_read_only(exe) && readlink("/proc/self/exe", path, sizeof(path)) == 1 &&
	       *path == '/';
}

LIBNS_PUBLIC bool libns_seal_is_active(void)
{
	_cleanup_close_ int exe = open_self();

	return exe >= 0 && (sealed_is(exe) || is_detached(exe));
}

static bool is_mapped(const struct libns_proc *proc, enum libns_idmap_kind kind, uint32_t id)
{
	struct libns_idmap *map;
	uint32_t inner;
	bool found;

	if (libns_idmap_read(proc, kind, &map, NULL) < 0)
		return true;
	found = libns_idmap_to_inner(map, id, &inner);
	libns_idmap_free(map);
	return found;
}

/* Whether one of the entered namespaces belongs to the entered user namespace itself. */
static bool belongs_inside(const struct libns_entry *entry, uint64_t type)
{
	_cleanup_close_ int owner = -1;
	int ns = entry_fd(entry, type);

	if (ns < 0)
		return true;
	owner = libns_fd_open_owner(ns, NULL);
	return owner >= 0 && libns_fd_same(owner, entry_fd(entry, LIBNS_TYPE_USER), NULL) == 1;
}

static bool is_out_of_reach(const struct libns_entry *entry, int exe)
{
	struct stat st;

	if (sealed_is(exe) || is_read_only(exe))
		return true;
	/* The maps that are read below are those of the target's own user namespace. */
	if (!(entry->of_proc & LIBNS_TYPE_USER) || fstat(exe, &st) < 0)
		return false;
	if (!belongs_inside(entry, LIBNS_TYPE_PID) || !belongs_inside(entry, LIBNS_TYPE_MNT))
		return false;
	return !(st.st_mode & (S_IWGRP | S_IWOTH)) &&
	       !is_mapped(entry->proc, LIBNS_IDMAP_UID, st.st_uid) &&
	       !is_mapped(entry->proc, LIBNS_IDMAP_GID, st.st_gid);
}

LIBNS_PUBLIC int libns_seal_query(const struct libns_entry *entry, uint64_t flags,
				  struct libns_error *err)
{
	_cleanup_close_ int exe = -1;

	if (flags & ~LIBNS_SEAL_OTHER_ROOT)
		return error_unknown(err, "flag of libns_seal_query()",
				     flags & ~LIBNS_SEAL_OTHER_ROOT);
	/* The file cannot be reached from what is joined. */
	if (!flags && entry->root_fd < 0 && !(entry->types & (LIBNS_TYPE_PID | LIBNS_TYPE_MNT)))
		return 0;
	/* A failure does not mean yes: a copy that cannot find out would copy itself again and again. */
	exe = open_self();
	if (exe < 0)
		return error_set(err, LIBNS_STEP_QUERY, -exe,
				 "cannot open the file of this program");
	return !is_out_of_reach(entry, exe);
}

/*
 * A limit of file sizes that the caller could not lift must not end the program. The kernel sends
 * its signal to this thread, which blocks it and takes it away.
 */
static int send_all(int fd, int exe)
{
	const struct timespec now = { 0, 0 };
	sigset_t limit, before, pending;
	ssize_t n;
	int r;

	sigemptyset(&limit);
	sigaddset(&limit, SIGXFSZ);
	sigprocmask(SIG_BLOCK, &limit, &before);
	sigpending(&pending);
	do
		n = sendfile(fd, exe, NULL, 1 << 20);
	while (n > 0 || (n < 0 && errno == EINTR));
	r = n < 0 ? -errno : 0;
	if (r == -EFBIG && !sigismember(&pending, SIGXFSZ))
		while (sigtimedwait(&limit, NULL, &now) < 0 && errno == EINTR)
			;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

/* @ret_is_refused: whether this machine does not let anybody have such a copy. */
static int copy(const char *name, int exe, bool *ret_is_refused)
{
	_cleanup_close_ int fd = sealed_new(name);
	int r;

	*ret_is_refused = fd == -EACCES || fd == -EPERM || fd == -ENOSYS;
	if (fd < 0)
		return fd;
	r = send_all(fd, exe);
	if (r < 0) {
		*ret_is_refused = r == -EFBIG;
		return r;
	}
	r = sealed_close(fd);
	return r < 0 ? r : TAKE_FD(fd);
}

/* That the descriptor is close-on-exec matters here: as long as it is open, the mount could be
 * changed through it. */
static int mount_read_only(int exe)
{
	_cleanup_close_ int fd = sys_open_tree(exe, "", AT_EMPTY_PATH);
	int r = fd < 0 ? fd : sys_tree_change(fd, 0, SYS_TREE_RDONLY, 0);

	return r < 0 ? r : TAKE_FD(fd);
}

LIBNS_PUBLIC int libns_seal_open(const char *name, struct libns_error *err)
{
	_cleanup_close_ int exe = open_self();
	bool is_refused;
	int fd, code;

	if (exe < 0)
		return error_set(err, LIBNS_STEP_EXEC, -exe,
				 "cannot open the file of this program");
	fd = copy(name, exe, &is_refused);
	code = -fd;
	/* Other failures, such as a lack of memory, must not be hidden by a second way. */
	if (fd < 0 && is_refused)
		fd = mount_read_only(exe);
	return fd < 0 ? error_set(err, LIBNS_STEP_EXEC, code,
				  "cannot go on as a sealed copy of this program")
		      : fd;
}

LIBNS_PUBLIC int libns_seal_exec(int fd, char *const argv[], char *const envp[],
				 struct libns_error *err)
{
	syscall(SYS_execveat, fd, "", argv, envp ? envp : environ, AT_EMPTY_PATH);
	return error_set(err, LIBNS_STEP_EXEC, errno,
			 "cannot go on as a sealed copy of this program");
}
