/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * System calls by number, and the few ways of using files that everything else
 * is built on: descriptors that are close-on-exec and above 2 from the start,
 * reading whole files relative to a directory descriptor, and writing in a
 * single call, which the id map files demand.
 */

#include "base/sys.h"

#include <linux/capability.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/base.h"

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef SYS_move_mount
#define SYS_move_mount 429
#endif
#ifndef SYS_fsopen
#define SYS_fsopen 430
#endif
#ifndef SYS_fsconfig
#define SYS_fsconfig 431
#endif
#ifndef SYS_fsmount
#define SYS_fsmount 432
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* On 32-bit systems the plain names are calls with 16-bit ids. */
#ifdef SYS_setuid32
#define SYS_SETUID    SYS_setuid32
#define SYS_SETGID    SYS_setgid32
#define SYS_SETGROUPS SYS_setgroups32
#else
#define SYS_SETUID    SYS_setuid
#define SYS_SETGID    SYS_setgid
#define SYS_SETGROUPS SYS_setgroups
#endif

static int result(long r)
{
	return r < 0 ? -errno : (int)r;
}

int sys_pidfd_open(pid_t pid, unsigned int flags)
{
	int fd = result(syscall(SYS_pidfd_open, pid, flags));

	return fd < 0 ? fd : sys_fd_above_stdio(fd);
}

int sys_pidfd_send_signal(int pidfd, int sig)
{
	return result(syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0));
}

int sys_pidfd_getfd(int pidfd, int target_fd)
{
	int fd = result(syscall(SYS_pidfd_getfd, pidfd, target_fd, 0));

	return fd < 0 ? fd : sys_fd_above_stdio(fd);
}

/* struct pidfd_info as in Linux 6.13; later kernels have a longer one. */
struct info_v0 {
	uint64_t mask, cgroup_id;
	uint32_t pid, tgid, ppid, ids[8];
	int32_t exit_code;
};

int sys_pidfd_exit_status(int pidfd, int *ret_status)
{
	const uint64_t with_exit = 8; /* PIDFD_INFO_EXIT */
	struct info_v0 info = { .mask = with_exit };

	if (ioctl(pidfd, _IOWR(0xFF, 11, struct info_v0), &info) < 0)
		return -errno;
	if (!(info.mask & with_exit))
		return -ESRCH;
	*ret_status = info.exit_code;
	return 0;
}

int sys_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	return result(syscall(SYS_close_range, first, last, flags));
}

void sys_close_between(unsigned int first, unsigned int last)
{
	if (first > last || sys_close_range(first, last, 0) == 0)
		return;
	for (unsigned int fd = first; fd <= last && fd < SYS_MAX_WALK; fd++)
		close((int)fd);
}

static int number_of(const char *name)
{
	int n = 0;

	if (*name < '0' || *name > '9')
		return -1;
	while (*name)
		n = n * 10 + (*name++ - '0');
	return n;
}

int sys_each_entry(int dir_fd, int (*one)(const struct sys_dirent *entry, void *data), void *data)
{
	_Alignas(struct sys_dirent) char buf[4096];
	long n;
	int r = 0;

	while (r == 0 && (n = syscall(SYS_getdents64, dir_fd, buf, sizeof(buf))) > 0)
		for (long at = 0; r == 0 && at < n;) {
			const struct sys_dirent *entry = (const void *)(buf + at);

			if (strcmp(entry->name, ".") != 0 && strcmp(entry->name, "..") != 0)
				r = one(entry, data);
			at += entry->size;
		}
	return r ? r : result(n);
}

struct fds {
	int list_fd;
	void (*one)(int fd, void *data);
	void *data;
};

static int take_fd(const struct sys_dirent *entry, void *data)
{
	const struct fds *fds = data;
	int fd = number_of(entry->name);

	if (fd >= 0 && fd != fds->list_fd)
		fds->one(fd, fds->data);
	return 0;
}

int sys_each_fd(int list_fd, void (*one)(int fd, void *data), void *data)
{
	struct fds fds = { list_fd, one, data };

	return sys_each_entry(list_fd, take_fd, &fds);
}

int sys_statx(int dir_fd, const char *path, int flags, unsigned int mask, struct sys_statx *ret)
{
	return result(syscall(SYS_statx, dir_fd, path, flags, mask, ret));
}

bool sys_statx_same(const struct sys_statx *a, const struct sys_statx *b)
{
	return a->dev_major == b->dev_major && a->dev_minor == b->dev_minor && a->ino == b->ino &&
	       (!(a->mask & b->mask & SYS_STATX_MNT_ID) || a->mnt_id == b->mnt_id);
}

int sys_open_tree(int dir_fd, const char *path, unsigned int flags)
{
	const unsigned int clone = 1; /* OPEN_TREE_CLONE */
	int fd = result(syscall(SYS_open_tree, dir_fd, path, flags | clone | O_CLOEXEC));

	return fd < 0 ? fd : sys_fd_above_stdio(fd);
}

int sys_move_tree(int tree_fd, int dir_fd, const char *target)
{
	/* MOVE_MOUNT_F_EMPTY_PATH, MOVE_MOUNT_T_EMPTY_PATH */
	const unsigned int flags = *target ? 0x04 : 0x44;

	return result(syscall(SYS_move_mount, tree_fd, "", dir_fd, target, flags));
}

#define FS_CLOEXEC 1u

int sys_fs_open(const char *type)
{
	int fd = result(syscall(SYS_fsopen, type, FS_CLOEXEC));

	return fd < 0 ? fd : sys_fd_above_stdio(fd);
}

int sys_fs_set(int fs_fd, const char *key, const char *value)
{
	const unsigned int flag = 0, string = 1; /* FSCONFIG_SET_* */

	return result(syscall(SYS_fsconfig, fs_fd, value ? string : flag, key, value, 0));
}

int sys_fs_mount(int fs_fd, uint64_t attr)
{
	const unsigned int create = 6; /* FSCONFIG_CMD_CREATE */
	int mnt;

	if (syscall(SYS_fsconfig, fs_fd, create, NULL, NULL, 0) < 0)
		return -errno;
	mnt = result(syscall(SYS_fsmount, fs_fd, FS_CLOEXEC, (unsigned int)attr));
	return mnt < 0 ? mnt : sys_fd_above_stdio(mnt);
}

int sys_new_tmpfs(void)
{
	_cleanup_close_ int fs = sys_fs_open("tmpfs");

	return fs < 0 ? fs : sys_fs_mount(fs, 0);
}

int sys_new_proc(int ns_fd)
{
	const unsigned int set_fd = 5; /* FSCONFIG_SET_FD */
	_cleanup_close_ int fs = sys_fs_open("proc");

	if (fs < 0)
		return -EOPNOTSUPP;
	if (ns_fd >= 0 && syscall(SYS_fsconfig, fs, set_fd, "pidns", NULL, ns_fd) < 0)
		return errno == EINVAL ? -EOPNOTSUPP : -errno;
	return sys_fs_mount(fs, SYS_TREE_NOSUID | SYS_TREE_NODEV | SYS_TREE_NOEXEC);
}

int sys_mount_proc(int ns_fd, const char *target)
{
	_cleanup_close_ int mnt = sys_new_proc(ns_fd);

	return mnt < 0 ? mnt : sys_move_tree(mnt, AT_FDCWD, target);
}

int sys_tree_change(int tree_fd, unsigned int flags, uint64_t set, uint64_t propagation)
{
	/* struct mount_attr: set, clear, propagation, userns_fd */
	uint64_t attr[4] = { set, 0, propagation, 0 };

	return result(
		syscall(SYS_mount_setattr, tree_fd, "", AT_EMPTY_PATH | flags, attr, sizeof(attr)));
}

int sys_setuid(uid_t uid)
{
	return result(syscall(SYS_SETUID, uid));
}

int sys_setgid(gid_t gid)
{
	return result(syscall(SYS_SETGID, gid));
}

int sys_setgroups(size_t n, const gid_t *groups)
{
	return result(syscall(SYS_SETGROUPS, n, groups));
}

int64_t sys_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int sys_sigprocmask(uint64_t mask, uint64_t *ret_old)
{
	return result(
		syscall(SYS_rt_sigprocmask, 2 /* SIG_SETMASK */, &mask, ret_old, sizeof(mask)));
}

bool sys_has_cap(int cap)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (cap < 0 || cap >= 64 || syscall(SYS_capget, &header, data) < 0)
		return false;
	return data[cap / 32].effective & (1U << (cap % 32));
}

bool sys_is_in_user_ns(void)
{
	struct stat st;

	return stat("/proc/thread-self/ns/user", &st) == 0 && st.st_ino != SYS_INITIAL_USER_INO;
}

int sys_fd_above_stdio(int fd)
{
	int moved;

	if (fd > 2)
		return fd;
	moved = result(fcntl(fd, F_DUPFD_CLOEXEC, 3));
	close(fd);
	return moved;
}

int sys_open_at(int dir_fd, const char *path, int flags)
{
	int fd = result(openat(dir_fd, path, flags | O_CLOEXEC | O_NOCTTY, 0));

	return fd < 0 ? fd : sys_fd_above_stdio(fd);
}

ssize_t sys_read_full(int fd, char *buf, size_t size, off_t at)
{
	size_t n = 0;

	while (n < size) {
		ssize_t got = at < 0 ? read(fd, buf + n, size - n)
				     : pread(fd, buf + n, size - n, at + (off_t)n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

ssize_t sys_read_at(int dir_fd, const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = sys_open_at(dir_fd, path, O_RDONLY);
	ssize_t n = fd < 0 ? fd : sys_read_full(fd, buf, size, -1);

	if (n < 0)
		return n;
	if ((size_t)n == size)
		return -E2BIG;
	buf[n] = '\0';
	return n;
}

static int read_alloc(int fd, char **ret_text, size_t *ret_size)
{
	_cleanup_free_ char *text = NULL;
	size_t n = 0, size = 0;

	/* Room for the terminator is kept. If the rest is filled, the file may be longer. */
	while (n + 1 >= size) {
		char *more = realloc(text, size ? size * 2 : 4096);
		ssize_t got;

		if (!more)
			return -ENOMEM;
		text = more;
		size = size ? size * 2 : 4096;
		got = sys_read_full(fd, text + n, size - n - 1, -1);
		if (got < 0)
			return (int)got;
		n += (size_t)got;
	}
	text[n] = '\0';
	*ret_text = TAKE_PTR(text);
	if (ret_size)
		*ret_size = n;
	return 0;
}

int sys_read_alloc_at(int dir_fd, const char *path, char **ret_text, size_t *ret_size)
{
	_cleanup_close_ int fd = sys_open_at(dir_fd, path, O_RDONLY);

	return fd < 0 ? fd : read_alloc(fd, ret_text, ret_size);
}

int sys_read_regular_at(int dir_fd, const char *path, char **ret_text, size_t *ret_size)
{
	_cleanup_close_ int fd = sys_open_at(dir_fd, path, O_RDONLY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? read_alloc(fd, ret_text, ret_size) : -EINVAL;
}

int sys_open_dir(int dir_fd, const char *path, DIR **ret_dir)
{
	int fd = sys_open_at(dir_fd, path, O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	int r = fd < 0 ? fd : -errno;

	if (dir) {
		*ret_dir = dir;
		return 0;
	}
	base_close(fd);
	return r;
}

int sys_next_entry(DIR *dir, struct dirent **ret_entry)
{
	const char *name;

	do {
		errno = 0;
		*ret_entry = readdir(dir);
		if (!*ret_entry)
			return -errno;
		name = (*ret_entry)->d_name;
	} while (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2])));
	return 1;
}

int sys_write_at(int dir_fd, const char *path, const char *text, size_t size)
{
	_cleanup_close_ int fd = sys_open_at(dir_fd, path, O_WRONLY);
	ssize_t r;

	if (fd < 0)
		return fd;
	do
		r = write(fd, text, size);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	return (size_t)r == size ? 0 : -EIO;
}

char *sys_join_path(char *buf, size_t size, const char *dir, const char *name)
{
	size_t n_dir = dir ? strlen(dir) + 1 : 0, n_name = strlen(name) + 1;

	if (n_dir + n_name > size)
		return NULL;
	memmove(buf + n_dir, name, n_name);
	if (dir) {
		memmove(buf, dir, n_dir - 1);
		buf[n_dir - 1] = '/';
	}
	return buf;
}
