/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Containers without a shell: --tools brings programs in, --host-root brings the
 * container's tree out. Either is seen by the program only: it gets a mount
 * namespace of its own, a copy whose mounts do not propagate back.
 *
 *   --tools      copy of the container's mounts, our tree on one of its
 *                directories
 *   --host-root  copy of the host's mounts, the container's tree on one of its
 *                directories; the container's other namespaces
 *
 * A tree that is not attached anywhere (open_tree, Linux 5.2) carries the files
 * across. It is made where the right to make it is: by the caller if it may, else
 * by a child that joins the user namespace first, takes a copy of the host's
 * mounts along, and sends the tree back.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/file.h"
#include "xnsenter/xnsenter.h"

/* <linux/mount.h> and <sys/mount.h> cannot be had together everywhere. */
#define TREE_CLONE     1u
#define TREE_RECURSIVE 0x8000u
#define MOVE_FROM_FD   4u
#define SET_RDONLY     UINT64_C(1)
#define SET_NOSUID     UINT64_C(2)
#define SET_NODEV      UINT64_C(4)
#define CREATE_TMPFS   6u /* FSCONFIG_CMD_CREATE */

struct set_mount {
	uint64_t set, clear, propagation, userns_fd;
};

static int clone_tree(const char *path, bool harmless)
{
	const struct set_mount set = { .set = SET_RDONLY | SET_NOSUID | SET_NODEV,
				       .propagation = MS_PRIVATE };
	int fd = (int)syscall(SYS_open_tree, AT_FDCWD, path,
			      TREE_CLONE | TREE_RECURSIVE | O_CLOEXEC);

	if (fd >= 0 && harmless &&
	    syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | (int)TREE_RECURSIVE, &set,
		    sizeof(set)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int send_fd(int sock, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	char code = fd < 0 ? (char)errno : 0;
	struct iovec iov = { &code, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (fd >= 0) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	return sendmsg(sock, &msg, MSG_NOSIGNAL) == 1 ? 0 : 1;
}

static int receive_fd(int sock)
{
	char control[CMSG_SPACE(sizeof(int))];
	char code = 0;
	struct iovec iov = { &code, 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	int fd = -1;

	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) != 1) {
		errno = EIO;
		return -1;
	}
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(int));
	else
		errno = (unsigned char)code;
	return fd;
}

/* A tree that only a process elsewhere can make. */
static int tree_of_child(struct job *job, int (*make)(struct job *job))
{
	int ends[2], fd, code;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		/* Somebody inside may share the pid namespace, and take what is open here. */
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
		_exit(send_fd(ends[1], make(job)));
	}
	close(ends[1]);
	fd = pid < 0 ? -1 : receive_fd(ends[0]);
	code = errno;
	close(ends[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	errno = code;
	return fd;
}

/* ---------------------------------------------------------------- --tools */

static int tools_from_userns(struct job *job)
{
	int user = libns_entry_get_fd(job->entry, LIBNS_TYPE_USER);

	if (user < 0 || setns(user, CLONE_NEWUSER) < 0 || unshare(CLONE_NEWNS) < 0)
		return -1;
	return clone_tree(job->opts->tools_dir, true);
}

static int make_tmpfs(void)
{
	int fs = (int)syscall(SYS_fsopen, "tmpfs", 1 /* FSOPEN_CLOEXEC */), mnt;

	if (fs < 0 || syscall(SYS_fsconfig, fs, CREATE_TMPFS, NULL, NULL, 0) < 0)
		return -1;
	mnt = (int)syscall(SYS_fsmount, fs, 1 /* FSMOUNT_CLOEXEC */, 0);
	close(fs);
	return mnt;
}

/* Objects belong to whoever makes them, and the caller need not have a number in a user
 * namespace that was joined (EOVERFLOW): the program's ids do. */
struct maker {
	bool changed;
	int uid, gid;
};

static struct maker become_maker(const struct job *job)
{
	struct maker before = { libns_entry_get_types(job->entry) & LIBNS_TYPE_USER, 0, 0 };

	if (before.changed) {
		before.gid = setfsgid(job->set_gid ? job->gid : 0);
		before.uid = setfsuid(job->set_uid ? job->uid : 0);
	}
	return before;
}

/* Keeps errno. An id without a number is left by the change of ids that follows. */
static void leave_maker(struct maker before)
{
	int code = errno;

	if (before.changed) {
		setfsuid((uid_t)before.uid);
		setfsgid((gid_t)before.gid);
	}
	errno = code;
}

static int copy_busybox(const struct job *job, int mnt)
{
	int file = openat(mnt, "busybox", O_WRONLY | O_CREAT | O_CLOEXEC, 0755), code;
	ssize_t n;

	if (file < 0)
		return -1;
	/* The mode may have lost bits to the umask. */
	n = fchmod(file, 0755);
	while (n >= 0 && (n = sendfile(file, job->tools_fd, NULL, 1 << 20)) > 0)
		;
	code = errno;
	if (close(file) < 0 && n == 0)
		return -1;
	errno = code;
	return (int)n;
}

/* After the join: a file system in memory with busybox under all its names. */
static int fill_tmpfs(struct job *job)
{
	const struct set_mount set = { .set = SET_RDONLY | SET_NOSUID | SET_NODEV };
	char *rest = job->applets, *name;
	int mnt = make_tmpfs(), r;

	r = mnt < 0 ? -1 : copy_busybox(job, mnt);
	while (r == 0 && (name = strsep(&rest, "\n")))
		if (*name && !strchr(name, '/') && symlinkat("busybox", mnt, name) < 0 &&
		    errno != EEXIST)
			r = -1;
	if (r == 0)
		r = (int)syscall(SYS_mount_setattr, mnt, "", AT_EMPTY_PATH, &set, sizeof(set));
	return r < 0 ? -1 : mnt;
}

/* A volume may be there, and what it holds may be what the tools are wanted for. */
static bool is_mount_point(int fd)
{
	struct stat here, above;
	struct statx about;

	/* Linux 5.8. A bind mount may be of the same device. */
	if (statx(fd, "", AT_EMPTY_PATH, 0, &about) == 0 &&
	    (about.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT))
		return about.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	return fstat(fd, &here) < 0 || fstatat(fd, "..", &above, 0) < 0 ||
	       here.st_dev != above.st_dev;
}

static bool is_empty(int fd)
{
	DIR *dir = file_open_dir(fd, ".");
	bool empty = dir && !file_next_entry(dir) && !errno;

	if (dir)
		closedir(dir);
	return empty;
}

/* Some directory of the container that is least missed: an empty one if there is one. */
static const char *find_place(void)
{
	const char *second = NULL;
	static const char *const places[] = { "/mnt",  "/media",     "/srv", "/opt", "/home",
					      "/boot", "/usr/local", "/tmp", "/var", "/sys" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int fd = open(places[i], O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		bool usable = fd >= 0 && !is_mount_point(fd), empty = usable && is_empty(fd);

		if (fd >= 0)
			close(fd);
		if (empty)
			return places[i];
		if (usable && !second)
			second = places[i];
	}
	return second;
}

/* A root without any such directory: a new one, with the container's tree on one of its
 * directories and a place for the tools on the other. */
static const char *make_place(const struct job *job)
{
	int root = make_tmpfs(), old = clone_tree("/", false);

	if (root < 0 || old < 0 || mkdirat(root, "tools", 0755) < 0 ||
	    mkdirat(root, "container", 0755) < 0 ||
	    syscall(SYS_move_mount, root, "", AT_FDCWD, "/", MOVE_FROM_FD) < 0 ||
	    fchdir(root) < 0 || chroot(".") < 0 ||
	    syscall(SYS_move_mount, old, "", AT_FDCWD, "/container", MOVE_FROM_FD) < 0)
		return NULL;
	fprintf(stderr,
		"%s: note: no directory inside to show the tools on: the container's "
		"tree is on /container\n",
		job->cli->name);
	return "/tools";
}

static int attach_tools(struct job *job)
{
	struct maker before = become_maker(job);
	int tree = job->opts->tools_dir ? job->tools_fd : fill_tmpfs(job), code = errno;
	const char *place = find_place();

	if (tree >= 0 && !place) {
		place = make_place(job);
		code = errno;
	}
	errno = code;
	leave_maker(before);
	if (tree < 0)
		return cli_error(job->cli, "cannot make a file system for the tools: %m");
	if (!place)
		return cli_error(job->cli, "cannot make a directory to show the tools on: %m");
	if (syscall(SYS_move_mount, tree, "", AT_FDCWD, place, MOVE_FROM_FD) < 0)
		return cli_error(job->cli, "cannot show the tools on '%s': %m", place);
	job->tools_place = place;
	return 0;
}

/* ---------------------------------------------------------------- --host-root */

/*
 * The right to copy mounts is held in the user namespace that owns them, which
 * need not be the one that the target is in: a sandbox may make its mounts first
 * and then put itself into another user namespace. So the owner is joined, not
 * what the rest of the entry joins.
 */
static int tree_of_container(struct job *job)
{
	int mnt = libns_entry_get_fd(job->whole_entry, LIBNS_TYPE_MNT);
	int owner = libns_fd_open_owner(mnt, NULL);
	int root =
		libns_entry_has_root(job->whole_entry) ? libns_proc_open_root(job->proc, NULL) : -1;

	/* Refused where it is the caller's own. */
	if (owner >= 0)
		(void)!setns(owner, CLONE_NEWUSER);
	if (setns(mnt, CLONE_NEWNS) < 0)
		return -1;
	if (root >= 0 && (fchdir(root) < 0 || chroot(".") < 0))
		return -1;
	return clone_tree("/", false);
}

static int attach_container(struct job *job)
{
	const char *place = job->opts->host_root;

	if (syscall(SYS_move_mount, job->tools_fd, "", AT_FDCWD, place, MOVE_FROM_FD) < 0)
		return cli_error(job->cli, "cannot show the container's tree on '%s': %m", place);
	return 0;
}

/* ---------------------------------------------------------------- both */

int tools_open(struct job *job)
{
	const struct options *o = job->opts;

	if (o->host_root) {
		job->tools_fd = tree_of_child(job, tree_of_container);
		if (job->tools_fd < 0)
			return cli_error(job->cli, "cannot copy the target's mounts: %m");
		return 0;
	}
	if (!o->tools)
		return 0;
	if (!o->tools_dir)
		return busybox_find(job);
	job->tools_fd = clone_tree(o->tools_dir, true);
	if (job->tools_fd < 0 && errno == EPERM)
		job->tools_fd = tree_of_child(job, tools_from_userns);
	return job->tools_fd < 0 ? cli_error(job->cli, "cannot copy '%s': %m", o->tools_dir) : 0;
}

/* From the root of the mount namespace: a root that is a mere directory cannot be marked. */
static int mark_from_above(void)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int self = (int)syscall(SYS_pidfd_open, getpid(), 0);

	if (root < 0 || cwd < 0 || self < 0 || setns(self, CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0 || fchdir(root) < 0)
		return -1;
	return chroot(".") < 0 ? -1 : fchdir(cwd);
}

static int copy_mounts(void)
{
	if (unshare(CLONE_NEWNS) < 0)
		return -1;
	if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) == 0)
		return 0;
	return errno == EINVAL ? mark_from_above() : -1;
}

int tools_attach(struct job *job)
{
	if (!job->opts->tools && !job->opts->host_root)
		return 0;
	if (copy_mounts() < 0)
		return cli_error(job->cli, "cannot copy the mounts for the program alone: %m");
	return job->opts->host_root ? attach_container(job) : attach_tools(job);
}

/* First on the path, whatever has become of the environment before. */
void tools_environment(const struct job *job)
{
	const char *place = job->tools_place, *old = getenv("PATH");
	char path[8192];

	if (!place)
		return;
	snprintf(path, sizeof(path), "%s:%s/bin:%s/sbin:%s", place, place, place,
		 old && *old ? old : "/usr/sbin:/usr/bin:/sbin:/bin");
	setenv("PATH", path, 1);
}
