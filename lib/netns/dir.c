/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The directory of names.
 *
 * Theory of operation
 *
 * /run/netns must lie on a mount with shared propagation, so that a name bound now appears in the
 * mount namespaces that exist already. Where /run is shared, as under systemd, this is the case and
 * nothing is done: a separate mount would only cover the names that others (CNI, podman) have bound
 * there before and could then not remove any more. Elsewhere the directory becomes a shared mount
 * point. It is prepared detached and attached last, so that one system call makes it appear,
 * complete from the start. It includes the names that are bound already, and those below it are
 * unbound. Where /run is a slave (in a service with mounts of its own), the new mount is a slave
 * too, and still shows names of the host.
 *
 * The set-up is done under flock(2) on the directory, as ip-netns(8) does it; otherwise two first
 * calls at the same time would stack one mount upon the other. Anybody who may read the directory
 * can hold that lock for ever, so the wait for it is limited.
 */

#include "netns/dir.h"

#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/mount-peers.h"
#include "netns/own-run.h"

/* ip(8) takes microseconds between making the file and the mount, but a machine may be slow. */
#define FRESH_MILLISECONDS 1000

#define LOCK_MILLISECONDS 3000

int netns_check_name(const char *name, struct libns_error *err)
{
	if (name && base_is_entry_name(name, NAME_MAX))
		return 0;
	return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "invalid netns name '%s'",
			 name ? name : "");
}

int netns_open_dir(int run_fd)
{
	if (run_fd == LIBNS_NETNS_RUN)
		return sys_open_at(AT_FDCWD, NETNS_RUN, O_RDONLY | O_DIRECTORY);
	return sys_open_at(run_fd, ".", O_RDONLY | O_DIRECTORY);
}

void netns_pause(void)
{
	nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
}

static bool is_fresh(const struct timespec *made)
{
	int64_t age;
	struct timespec now;

	/* The coarse clock is not used, because it lags behind the timestamps of some file
	 * systems. */
	clock_gettime(CLOCK_REALTIME, &now);
	age = (now.tv_sec - made->tv_sec) * INT64_C(1000) + (now.tv_nsec - made->tv_nsec) / 1000000;
	/* A file with a time in the future counts as old: the clock was set back. */
	return age >= 0 && age < FRESH_MILLISECONDS;
}

static enum netns_state unbound(const struct stat *st)
{
	if (!S_ISREG(st->st_mode) || st->st_size)
		return NETNS_FOREIGN;
	if (!is_fresh(&st->st_ctim))
		return NETNS_STALE;
	return st->st_mode & 07777 ? NETNS_OURS : NETNS_FRESH;
}

int netns_state(int dir_fd, const char *name, struct libns_id *ret_id)
{
	_cleanup_close_ int fd = -1;
	struct statfs fs;
	struct stat st;

	/* O_PATH does not open the file itself, whatever the name leads to. */
	fd = sys_open_at(dir_fd, name, O_PATH);
	if (fd == -ENOENT)
		return NETNS_MISSING;
	if (fd < 0)
		return fd;
	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (fs.f_type != SYS_NSFS_MAGIC)
		return unbound(&st);
	if (ret_id)
		*ret_id = (struct libns_id){ st.st_dev, st.st_ino };
	return NETNS_BOUND;
}

bool netns_lock(int dir_fd)
{
	for (int i = 0; i < LOCK_MILLISECONDS; i++) {
		if (flock(dir_fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		netns_pause();
	}
	return false;
}

/* Linux before 5.12. */
static int bind_in_steps(void)
{
	if (mount(NETNS_RUN, NETNS_RUN, NULL, MS_BIND | MS_REC, NULL) < 0 ||
	    mount("", NETNS_RUN, NULL, MS_SHARED, NULL) < 0)
		return -errno;
	return 0;
}

static int bind_at_once(int dir_fd)
{
	_cleanup_close_ int tree = sys_open_tree(dir_fd, "", AT_EMPTY_PATH | SYS_TREE_RECURSIVE);
	int r;

	if (tree < 0)
		return tree;
	r = sys_tree_change(tree, 0, 0, MS_SHARED);
	return r < 0 ? r : sys_move_tree(tree, AT_FDCWD, NETNS_RUN);
}

/*
 * Unbinds what lies below the new mount and is bound on it as well. A mount that was
 * left below would make a name busy for everybody who unmounts and unlinks it.
 */
static void unbind_below(int below_fd)
{
	_cleanup_close_ int above_fd = netns_open_dir(LIBNS_NETNS_RUN);
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;

	if (above_fd < 0 || sys_open_dir(below_fd, ".", &dir) < 0)
		return;
	while (sys_next_entry(dir, &entry) > 0) {
		struct libns_id above, below;
		char path[320];

		if (netns_state(above_fd, entry->d_name, &above) != NETNS_BOUND ||
		    netns_state(below_fd, entry->d_name, &below) != NETNS_BOUND ||
		    !libns_id_equal(&above, &below))
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", below_fd, entry->d_name);
		(void)umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
	}
}

static int make_mount(int dir_fd, struct libns_error *err)
{
	struct mount_peers peers;
	int r;

	if (mount("", NETNS_RUN, NULL, MS_SHARED, NULL) == 0)
		return 0;
	r = -errno;
	if (r == -EINVAL) {
		/* It is not a mount point. */
		if (mount_peers_read(dir_fd, &peers) == 0 && peers.shared)
			return 0;
		r = bind_at_once(dir_fd);
		if (r == -ENOSYS)
			r = bind_in_steps();
		if (r == 0)
			unbind_below(dir_fd);
	}
	if (r < 0)
		return error_set(err, LIBNS_STEP_NETNS, -r,
				 "cannot make '" NETNS_RUN "' a shared mount");
	return 0;
}

static int open_or_make(struct libns_error *err)
{
	int fd = netns_open_dir(LIBNS_NETNS_RUN);

	if (fd == -ENOENT) {
		bool made = mkdir(NETNS_RUN, 0755) == 0;

		if (!made && errno != EEXIST)
			return error_set(err, LIBNS_STEP_NETNS, errno,
					 "cannot create directory '" NETNS_RUN "'");
		fd = netns_open_dir(LIBNS_NETNS_RUN);
		/* Everybody may list names, whatever the umask is. */
		if (made && fd >= 0)
			(void)fchmod(fd, 0755);
	}
	if (fd < 0)
		return error_set(err, LIBNS_STEP_NETNS, -fd, "cannot open '" NETNS_RUN "'");
	return fd;
}

static int lock_run(struct netns_dir *dir, struct libns_error *err)
{
	int r = own_run_make(err);

	if (r < 0)
		return r;
	dir->lock_fd = open_or_make(err);
	if (dir->lock_fd < 0)
		return dir->lock_fd;
	dir->locked = netns_lock(dir->lock_fd);
	r = make_mount(dir->lock_fd, err);
	if (r < 0)
		return r;
	/* The first descriptor may lie below the mount that was just made. */
	dir->fd = netns_open_dir(LIBNS_NETNS_RUN);
	if (dir->fd < 0)
		return error_set(err, LIBNS_STEP_NETNS, -dir->fd, "cannot open '" NETNS_RUN "'");
	return 0;
}

int netns_lock_dir(struct netns_dir *dir, int run_fd, struct libns_error *err)
{
	if (run_fd == LIBNS_NETNS_RUN)
		return lock_run(dir, err);
	dir->fd = netns_open_dir(run_fd);
	if (dir->fd < 0)
		return error_set(err, LIBNS_STEP_NETNS, -dir->fd,
				 "cannot open the directory of names");
	dir->locked = netns_lock(dir->fd);
	return 0;
}

void netns_dir_done(struct netns_dir *dir)
{
	dir->lock_fd = base_close(dir->lock_fd);
	dir->fd = base_close(dir->fd);
}

LIBNS_PUBLIC int libns_netns_query_reach(int run_fd, bool *ret_reaches, struct libns_error *err)
{
	_cleanup_close_ int fd = netns_open_dir(run_fd);
	struct mount_peers peers;
	int r = fd < 0 ? fd : mount_peers_read(fd, &peers);

	if (r < 0)
		return error_set(err, LIBNS_STEP_NETNS, -r,
				 "cannot query the propagation of the directory of names");
	*ret_reaches = !peers.slave;
	return 0;
}

LIBNS_PUBLIC int libns_netns_open_run(struct libns_error *err)
{
	_cleanup_(netns_dir_done) struct netns_dir dir = NETNS_DIR_INIT;
	int r = lock_run(&dir, err);

	return r < 0 ? r : TAKE_FD(dir.fd);
}
