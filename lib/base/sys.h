/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SYS_H
#define LIBNS_SYS_H

/*
 * System calls the C library does not wrap (or wraps in a way that is wrong
 * here), and kernel constants newer than the headers we build with (Debian 12:
 * Linux 6.1). What the running kernel has is found out by trying.
 *
 * Functions return 0 or a value >= 0, or a negative errno. All are
 * async-signal-safe unless they say otherwise.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/types.h>

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
/* The same numbers on all architectures, but for Alpha. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

#define SYS_NSFS_MAGIC 0x6e736673L /* <linux/magic.h> */
#define SYS_PROC_MAGIC 0x9fa0L

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef NS_GET_MNTNS_ID /* Linux 6.11 */
#define NS_GET_MNTNS_ID _IOR(NSIO, 0x5, uint64_t)
#endif
#define SYS_NS_GET_TGID_FROM_PIDNS _IOR(NSIO, 0x7, int) /* Linux 6.11 */
#ifndef NS_GET_ID                                       /* Linux 6.18 */
#define NS_GET_ID _IOR(NSIO, 13, uint64_t)
#endif
#ifndef SIOCGSKNS /* of <linux/sockios.h>, which clashes with headers of C libraries */
#define SIOCGSKNS 0x894C
#endif
#ifndef PIDFD_THREAD /* Linux 6.9 */
#define PIDFD_THREAD O_EXCL
#endif
#ifndef PIDFD_GET_MNT_NAMESPACE /* Linux 6.11 */
#define PIDFD_GET_MNT_NAMESPACE _IO(0xFF, 3)
#define PIDFD_GET_NET_NAMESPACE _IO(0xFF, 4)
#endif

int sys_pidfd_open(pid_t pid, unsigned int flags);
int sys_pidfd_send_signal(int pidfd, int sig);
int sys_pidfd_getfd(int pidfd, int target_fd);
/* Gives the status of a process that was reaped, as waitpid(2) encodes it. Return: 0, -ESRCH, or
 * -ENOTTY before Linux 6.15. */
int sys_pidfd_exit_status(int pidfd, int *ret_status);
int sys_close_range(unsigned int first, unsigned int last, unsigned int flags);

/* Before Linux 5.9, and where a filter refuses close_range(2), descriptors are closed one by one. */
#define SYS_MAX_WALK 65536u
void sys_close_between(unsigned int first, unsigned int last);

/* struct statx of the kernel: C libraries lack it (musl before 1.2.4) or its newer parts. */
struct sys_statx {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, spare_mode;
	uint64_t ino, size, blocks, attributes_mask;
	uint64_t times[8];
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t mnt_id;
	uint64_t spare[13];
};

#define SYS_STATX_BASIC           0x07ffU
#define SYS_STATX_INO             0x0100U
#define SYS_STATX_MNT_ID          0x1000U          /* Linux 5.8 */
#define SYS_STATX_MNT_ID_UNIQUE   0x4000U          /* Linux 6.8 */
#define SYS_STATX_ATTR_MOUNT_ROOT UINT64_C(0x2000) /* Linux 5.8 */

int sys_statx(int dir_fd, const char *path, int flags, unsigned int mask, struct sys_statx *ret);

/* Whether both are the same file, and on the same mount if the kernel tells that: a bind mount
 * shows the same file. */
bool sys_statx_same(const struct sys_statx *a, const struct sys_statx *b);

/* Raw, so that no other thread is involved: glibc's setxid broadcast would wait
 * for threads that a cloned child does not have. */
int sys_setuid(uid_t uid);
int sys_setgid(gid_t gid);
int sys_setgroups(size_t n, const gid_t *groups);

/*
 * Mounts by descriptor (Linux 5.2, attributes 5.12), which older C libraries do
 * not know. A tree from sys_open_tree() is a detached copy until it is moved.
 */
#define SYS_TREE_RECURSIVE 0x8000u /* AT_RECURSIVE */
#define SYS_TREE_RDONLY    1u      /* MOUNT_ATTR_RDONLY */
#define SYS_TREE_NOSUID    2u
#define SYS_TREE_NODEV     4u
#define SYS_TREE_NOEXEC    8u
#define SYS_TREE_NOFOLLOW  0x200000u /* MOUNT_ATTR_NOSYMFOLLOW, Linux 5.14 */
int sys_open_tree(int dir_fd, const char *path, unsigned int flags);
/* With an empty @target it is moved to what @dir_fd itself stands for. */
int sys_move_tree(int tree_fd, int dir_fd, const char *target);
/* A file system is set up key by key (@value NULL: the key alone), and then a tree is made of
 * it. */
int sys_fs_open(const char *type);
int sys_fs_set(int fs_fd, const char *key, const char *value);
int sys_fs_mount(int fs_fd, uint64_t attr);
/* Makes a file system in memory, as a tree of one mount. */
int sys_new_tmpfs(void);
/* Makes a procfs of the pid namespace @ns_fd (Linux 6.17), or with -1 of the own one, as a tree of
 * one mount. Return: -EOPNOTSUPP if the kernel cannot. */
int sys_new_proc(int ns_fd);
/* The same on @target. */
int sys_mount_proc(int ns_fd, const char *target);
/* @flags: 0 or SYS_TREE_RECURSIVE; @set: MOUNT_ATTR_*; @propagation: MS_*, or 0 to keep it. */
int sys_tree_change(int tree_fd, unsigned int flags, uint64_t set, uint64_t propagation);

/* Milliseconds of a clock that nobody sets. */
int64_t sys_now_ms(void);

/* The kernel's signal mask: bit n-1 stands for signal n. */
int sys_sigprocmask(uint64_t mask, uint64_t *ret_old);

/* Whether the calling thread has a capability (CAP_*) in effect. */
bool sys_has_cap(int cap);

/* The inode numbers that these initial namespaces have on every system. */
#define SYS_INITIAL_USER_INO 0xEFFFFFFDu
#define SYS_INITIAL_PID_INO  0xEFFFFFFCu

/* Whether the calling thread is in another user namespace than the initial one. Where that cannot be
 * told it is not. */
bool sys_is_in_user_ns(void);

/* openat(2) with O_CLOEXEC, O_NOCTTY, and a result that is never 0, 1 or 2. */
int sys_open_at(int dir_fd, const char *path, int flags);

/* Moves a fresh descriptor above 2, as close-on-exec. Consumes @fd. */
int sys_fd_above_stdio(int fd);

/* Reads until @buf is full or the file ends; from the offset @at, or from where the file stands
 * if that is negative. Return: bytes. */
ssize_t sys_read_full(int fd, char *buf, size_t size, off_t at);

/* Reads a whole small file into @buf and terminates it; -E2BIG if it does not fit. */
ssize_t sys_read_at(int dir_fd, const char *path, char *buf, size_t size);

/* Reads a whole file of any size; free(3) the result. Not async-signal-safe. */
int sys_read_alloc_at(int dir_fd, const char *path, char **ret_text, size_t *ret_size);

/* The same of a file that somebody else may have put there: of a FIFO, or a device, nobody knows when
 * it ends. Return: 0; -EINVAL if it is not a regular file; or -errno. */
int sys_read_regular_at(int dir_fd, const char *path, char **ret_text, size_t *ret_size);

/* An entry as getdents64(2) has it, for where nothing may be allocated. */
struct sys_dirent {
	uint64_t ino;
	int64_t off;
	unsigned short size; /* of the entry */
	unsigned char type;
	char name[];
};

/* Calls @one for each entry of an open directory but "." and "..", until it returns something else
 * than 0. Async-signal-safe. Return: that, or 0, or -errno if not all could be read. */
int sys_each_entry(int dir_fd, int (*one)(const struct sys_dirent *entry, void *data), void *data);

/* Calls @one for each descriptor that an open /proc/self/fd lists, but that one. Async-signal-safe.
 * Return: 0, or -errno if not all of them could be found out. */
int sys_each_fd(int list_fd, void (*one)(int fd, void *data), void *data);

/*
 * The first opens a directory; "." is the one behind @dir_fd. The second returns 1 and an entry,
 * without "." and "..", 0 at the end, or a negative errno. readdir(3) itself returns NULL for both
 * of the latter, so that a loop takes a failure for the end of the directory. Not
 * async-signal-safe.
 */
int sys_open_dir(int dir_fd, const char *path, DIR **ret_dir);
int sys_next_entry(DIR *dir, struct dirent **ret_entry);

/*
 * Whether a result of looking at one of many objects is a failure. It is normal that objects vanish
 * while they are looked at, and that some may not be looked at. Anything else, a shortage of
 * descriptors for example, makes the answer incomplete.
 */
static inline bool sys_is_failure(ssize_t r)
{
	return r < 0 && r != -ENOENT && r != -ESRCH && r != -EACCES && r != -EPERM && r != -ENOTDIR;
}

/*
 * Whether such a failure concerns this process, such as a shortage of memory, so that everything
 * that follows would fail as well.
 */
static inline bool sys_is_shortage(ssize_t r)
{
	return r == -EMFILE || r == -ENFILE || r == -ENOMEM;
}

/* Opens a file, writes everything with one write(2), and closes it. */
int sys_write_at(int dir_fd, const char *path, const char *text, size_t size);

/*
 * "dir/name" in @buf, byte for byte: error_format() is for people, and writes control characters so
 * that they can be seen. Without @dir it is a copy of @name. Return: @buf, or NULL where it is too
 * long. Async-signal-safe.
 */
char *sys_join_path(char *buf, size_t size, const char *dir, const char *name);

#endif
