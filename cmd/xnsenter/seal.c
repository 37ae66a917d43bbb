/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The running binary must not be within reach of what it enters.
 *
 * A process in a container sees this one in its pid namespace, or makes it run
 * "/proc/self/exe" again through a "#!" line, holds /proc/PID/exe open until
 * nobody runs that file any more, and then writes to it (CVE-2019-5736): the
 * next one to run the tool on the host runs what the container wrote. So the
 * tool goes on as a copy in memory that is sealed against everything.
 *
 * Where such memory cannot be had (a filter, vm.memfd_noexec, a limit of file sizes), it
 * goes on from a read-only mount of its file that is in no mount namespace: writing
 * through /proc/PID/exe is refused, and once execve(2) has closed the descriptor
 * nobody can change that mount or copy it, whatever capabilities he has.
 *
 * The copy costs about half a millisecond, and is left out where nothing is at
 * risk: neither a pid nor a mount namespace nor another root is entered; the
 * file is on a read-only mount; or all that is entered belongs to the user
 * namespace that is entered too, and the file's owner has no number in there:
 * then nobody inside has a right to write to it.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "xnsenter/xnsenter.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020 /* Linux 6.3 */
#endif

/* Carries the caller's LD_LIBRARY_PATH around our own. */
#define SAVED_PATH "XNSENTER_SAVED_LIBRARY_PATH"
/* The descriptor of the pinned target: its number may be another process's by now. */
#define SAVED_TARGET "XNSENTER_SAVED_TARGET"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static bool is_sealed(int exe)
{
	int seals = fcntl(exe, F_GET_SEALS);

	return seals >= 0 && (seals & SEALS) == SEALS;
}

static bool is_mapped(const struct job *job, enum libns_idmap_kind kind, uint32_t id)
{
	struct libns_idmap *map;
	uint32_t inner;
	bool found;

	if (libns_idmap_read(job->proc, kind, &map, NULL) < 0)
		return true;
	found = libns_idmap_to_inner(map, id, &inner);
	libns_idmap_free(map);
	return found;
}

/* Whether one of the entered namespaces belongs to the entered user namespace itself. */
static bool belongs_inside(const struct job *job, uint64_t type)
{
	int ns = libns_entry_get_fd(job->entry, type), owner;
	bool same;

	if (ns < 0)
		return true;
	owner = libns_fd_open_owner(ns, NULL);
	if (owner < 0)
		return false;
	same = libns_fd_same(owner, libns_entry_get_fd(job->entry, LIBNS_TYPE_USER), NULL) == 1;
	close(owner);
	return same;
}

static bool is_out_of_reach(const struct job *job, int exe)
{
	uint64_t types = libns_entry_get_types(job->entry);
	struct statvfs fs;
	struct stat st;

	if (is_sealed(exe) || (fstatvfs(exe, &fs) == 0 && fs.f_flag & ST_RDONLY))
		return true;
	if (!(types & LIBNS_TYPE_USER) || !job->proc || job->opts->user_parent ||
	    job->opts->file_types & LIBNS_TYPE_USER || fstat(exe, &st) < 0)
		return false;
	if (!belongs_inside(job, LIBNS_TYPE_PID) || !belongs_inside(job, LIBNS_TYPE_MNT))
		return false;
	return !(st.st_mode & (S_IWGRP | S_IWOTH)) && !is_mapped(job, LIBNS_IDMAP_UID, st.st_uid) &&
	       !is_mapped(job, LIBNS_IDMAP_GID, st.st_gid);
}

/* A limit of file sizes that could not be lifted must not end this program. */
static ssize_t send_all(int fd, int exe)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction before;
	ssize_t n;

	sigaction(SIGXFSZ, &ignore, &before);
	do
		n = sendfile(fd, exe, NULL, 1 << 20);
	while (n > 0 || (n < 0 && errno == EINTR));
	sigaction(SIGXFSZ, &before, NULL);
	return n;
}

/* @ret_is_refused: whether this machine does not let anybody have such a copy. */
static int copy(int exe, bool *ret_is_refused)
{
	int fd = memfd_create("xnsenter", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("xnsenter", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	*ret_is_refused = fd < 0 && (errno == EACCES || errno == EPERM || errno == ENOSYS);
	if (fd < 0)
		return -1;
	if (send_all(fd, exe) < 0) {
		*ret_is_refused = errno == EFBIG;
		goto fail;
	}
	if (fchmod(fd, 0555) < 0)
		goto fail;
	if (fcntl(fd, F_ADD_SEALS, SEALS | F_SEAL_EXEC) < 0 && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		goto fail;
	return fd;
fail:
	close(fd);
	return -1;
}

/* Close-on-exec for another reason too: as long as it is open, the mount could be changed. */
static int mount_read_only(int exe)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	int fd = (int)syscall(SYS_open_tree, exe, "",
			      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

	if (fd >= 0 && syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Something to execute that nobody inside can write to. Return: -1 with errno. */
static int open_safe(int exe)
{
	bool is_refused;
	int fd = copy(exe, &is_refused), code = errno;

	/* Other failures are no property of this machine, and not to be hidden. */
	if (fd >= 0 || !is_refused)
		return fd;
	fd = mount_read_only(exe);
	errno = code;
	return fd;
}

/* $ORIGIN of the copy is nowhere: say where the library is that is loaded now. */
static void keep_library(void)
{
	const char *old = getenv("LD_LIBRARY_PATH");
	char path[4096];
	Dl_info info;
	size_t n;

	if (!dladdr((void *)libns_version, &info) || !info.dli_fname || *info.dli_fname != '/')
		return;
	n = (size_t)(strrchr(info.dli_fname, '/') - info.dli_fname);
	snprintf(path, sizeof(path), "%.*s%s%s", (int)n, info.dli_fname, old ? ":" : "",
		 old ? old : "");
	setenv(SAVED_PATH, old ? old : "", 1);
	setenv("LD_LIBRARY_PATH", path, 1);
}

static void keep_target(int pinned)
{
	char number[16];

	if (pinned < 0 || fcntl(pinned, F_SETFD, 0) < 0)
		return;
	snprintf(number, sizeof(number), "%d", pinned);
	setenv(SAVED_TARGET, number, 1);
}

/* The file of a mount that is in no namespace: it has no path. */
static bool is_detached(int exe)
{
	struct statvfs fs;
	char path[8];

	return fstatvfs(exe, &fs) == 0 && fs.f_flag & ST_RDONLY &&
	       readlink("/proc/self/exe", path, sizeof(path)) == 1 && *path == '/';
}

/*
 * Whether this process is such a copy. Only one that is has been started by
 * job_seal(), so only then do the variables come from there and not from
 * whoever has made the environment.
 */
static bool is_copy(void)
{
	int exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	bool sealed = exe >= 0 && (is_sealed(exe) || is_detached(exe));

	if (exe >= 0)
		close(exe);
	return sealed;
}

int seal_unpack(void)
{
	const char *path = getenv(SAVED_PATH), *target = getenv(SAVED_TARGET);
	int pinned = -1;

	if (!path && !target)
		return -1;
	if (is_copy()) {
		if (path && *path)
			setenv("LD_LIBRARY_PATH", path, 1);
		else if (path)
			unsetenv("LD_LIBRARY_PATH");
		/* Executed by descriptor, the process would be called after its number. */
		prctl(PR_SET_NAME, "xnsenter");
		pinned = target ? atoi(target) : -1;
	}
	/* Also what is not ours: the copy would take it for ours. */
	unsetenv(SAVED_PATH);
	unsetenv(SAVED_TARGET);
	return pinned > 2 ? pinned : -1;
}

/* Nothing that could be within reach is joined, or --compat does not mind. */
static bool is_no_matter(const struct job *job)
{
	const uint64_t types = LIBNS_TYPE_PID | LIBNS_TYPE_MNT;

	return job->opts->compat ||
	       (!job->crosses_mnt && !(libns_entry_get_types(job->entry) & types));
}

bool job_needs_seal(const struct job *job)
{
	int exe;
	bool needed;

	if (is_no_matter(job))
		return false;
	exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	needed = exe < 0 || !is_out_of_reach(job, exe);
	if (exe >= 0)
		close(exe);
	return needed;
}

static void go_on_as(struct job *job, int fd, int pinned)
{
	keep_library();
	keep_target(pinned);
	/* The limits meant for the program come along with it. */
	limits_give_back(job->lifted);
	syscall(SYS_execveat, fd, "", job->all_argv, environ, AT_EMPTY_PATH);
}

int job_seal(struct job *job)
{
	int exe, fd, pinned;

	if (is_no_matter(job))
		return 0;
	/* Not asked again below: a copy that could not ask would copy itself for ever. */
	exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (exe < 0)
		return cli_error(job->cli, "cannot open the file of this program: %m");
	if (is_out_of_reach(job, exe)) {
		close(exe);
		return 0;
	}
	/* All but the target is found again; what is open now could be too much for a copy. */
	pinned = job->pinned < 0 ? -1 : fcntl(job->pinned, F_DUPFD_CLOEXEC, 3);
	job->whole_entry = libns_entry_free(job->whole_entry);
	job->entry = libns_entry_free(job->entry);
	job->proc = NULL;
	job->target = libns_target_free(job->target);
	fd = open_safe(exe);
	if (fd >= 0)
		go_on_as(job, fd, pinned);
	return cli_error(job->cli,
			 "cannot go on as a sealed copy of this program: %m (--compat goes "
			 "on without, within reach of who is inside)");
}
