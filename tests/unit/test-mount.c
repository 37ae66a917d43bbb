/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libns/mount.h>
#include <libns/nsfd.h>
#include <libns/proc.h>
#include <libns/type.h>

#include "base/sys.h"
#include "kernel/mount-copy.h"
#include "kernel/mount-peers.h"
#include "kernel/statmount.h"
#include "tap.h"

static void put(const char *path, const char *format, unsigned int id)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	CHECK(fd >= 0 && dprintf(fd, format, id) > 0);
	close(fd);
}

/* A private mount namespace with a tmpfs on /tmp, /tmp/file in it; also as ordinary user. */
static void private_mounts(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(uid == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) < 0)
		SKIP("no private mount namespace here");
	if (uid != 0) {
		put("/proc/self/setgroups", "deny", 0);
		put("/proc/self/uid_map", "0 %u 1", uid);
		put("/proc/self/gid_map", "0 %u 1", gid);
	}
	CHECK_INT(mount("none", "/", NULL, MS_PRIVATE | MS_REC, NULL), 0);
	CHECK_INT(mount("tmpfs", "/tmp", "tmpfs", 0, NULL), 0);
	close(open("/tmp/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	CHECK_INT(mkdir("/tmp/dir", 0700), 0);
}

static int own(const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	fd = tap_keep(libns_fd_open(AT_FDCWD, path, NULL));
	CHECK(fd >= 3);
	return fd;
}

static uint64_t propagation(const char *path)
{
	uint64_t flags = 0;
	int r = statmount_propagation(path, &flags);

	if (r == -ENOSYS)
		SKIP("the kernel has no statmount(2) (before Linux 6.8)");
	CHECK_INT(r, 0);
	return flags;
}

TEST(propagation_is_set)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	private_mounts();
	CHECK_INT(libns_mount_set_propagation("/tmp", MS_SHARED, &err), 0);
	CHECK_INT(propagation("/tmp"), MS_SHARED);
	CHECK_INT(propagation("/tmp/file"), MS_SHARED);
	CHECK_INT(libns_mount_set_propagation("/tmp", 0, &err), 0);
	CHECK_INT(propagation("/tmp"), MS_SHARED);
	CHECK_INT(libns_mount_set_propagation("/", MS_PRIVATE | MS_REC, &err), 0);
	CHECK_INT(propagation("/tmp"), MS_PRIVATE);
	CHECK_INT(libns_mount_set_propagation("/tmp", MS_UNBINDABLE, &err), 0);
	CHECK_INT(propagation("/tmp"), MS_UNBINDABLE);
	CHECK_INT(err.code, 0);
}

/* Both ways of asking give the same, of a mount point and of what lies on it. */
TEST(peers)
{
	static const struct {
		unsigned long flags;
		struct mount_peers peers;
	} steps[] = {
		{ MS_SHARED, { true, false } },
		{ MS_SLAVE, { false, true } },
		{ MS_SHARED, { true, true } },
		{ MS_PRIVATE, { false, false } },
	};
	int held;

	private_mounts();
	CHECK_INT(mount("none", "/tmp", NULL, MS_SHARED, NULL), 0);
	/* Somebody to be a slave of. */
	held = sys_open_tree(AT_FDCWD, "/tmp", 0);
	CHECK(held >= 0);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct mount_peers peers = { false, false }, text = { false, false };
		int fd;

		CHECK_INT(mount("none", "/tmp", NULL, steps[i].flags, NULL), 0);
		fd = open("/tmp/dir", O_PATH | O_CLOEXEC);
		CHECK_INT(mount_peers_read(fd, &peers), 0);
		CHECK_INT(mount_peers_read_text(fd, &text), 0);
		CHECK_INT(peers.shared, steps[i].peers.shared);
		CHECK_INT(peers.slave, steps[i].peers.slave);
		CHECK_INT(text.shared, steps[i].peers.shared);
		CHECK_INT(text.slave, steps[i].peers.slave);
		close(fd);
	}
	close(held);
	CHECK(mount_peers_read(-1, &(struct mount_peers){ false, false }) < 0);
}

/* In a child, since it does not come back. Return: its exit status. */
static int in_child(int (*what)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(what());
	CHECK(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int empty_copy(void)
{
	int fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (mount_copy_enter(fd) < 0 || mount_copy_part() < 0 || mount_copy_empty() < 0)
		return 1;
	/* Nothing but the directory, as root and as working directory. */
	return access("/covered", F_OK) < 0 || access("covered", F_OK) < 0 ||
	       access("/proc/self", F_OK) == 0 || unlinkat(fd, "covered", 0) < 0;
}

/* A mount point in here only is an ordinary file in the copy, and goes with it. */
TEST(empty_copies)
{
	struct stat st;

	private_mounts();
	CHECK_INT(mount("none", "/", NULL, MS_SHARED | MS_REC, NULL), 0);
	close(open("/tmp/covered", O_CREAT | O_RDONLY | O_CLOEXEC, 0600));
	CHECK_INT(mount("/proc/self/ns/uts", "/tmp/covered", NULL, MS_BIND, NULL), 0);
	CHECK_INT(mount("/proc/self/ns/uts", "/tmp/covered", NULL, MS_BIND, NULL), 0);
	CHECK_INT(unlink("/tmp/covered"), -1);
	CHECK_INT(errno, EBUSY);
	CHECK_INT(in_child(empty_copy), 0);
	CHECK_INT(stat("/tmp/covered", &st), -1);
	CHECK_INT(access("/proc/self/mountinfo", F_OK), 0);
}

static int slave_copy(void)
{
	return mount_copy_slave() < 0 || mount("tmpfs", "/tmp", "tmpfs", 0, NULL) < 0 ||
	       access("/tmp/mark", F_OK) == 0;
}

static int slave_copy_in_chroot(void)
{
	return mkdir("/tmp/root", 0755) < 0 || mkdir("/tmp/root/tmp", 0755) < 0 ||
	       chroot("/tmp/root") < 0 || chdir("/tmp") < 0 || mount_copy_slave() < 0 ||
	       access("/tmp", F_OK) < 0 || access("/proc", F_OK) == 0 ||
	       mount("tmpfs", "/tmp", "tmpfs", 0, NULL) < 0;
}

TEST(slave_copies_give_nothing_back)
{
	private_mounts();
	CHECK_INT(mount("none", "/", NULL, MS_SHARED | MS_REC, NULL), 0);
	CHECK_INT(mkdir("/tmp/mark", 0755), 0);
	CHECK_INT(in_child(slave_copy), 0);
	CHECK_INT(access("/tmp/mark", F_OK), 0);
	CHECK_INT(in_child(slave_copy_in_chroot), 0);
	CHECK_INT(rmdir("/tmp/root/tmp"), 0);
}

TEST(propagation_refusals)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	private_mounts();
	CHECK_INT(libns_mount_set_propagation("/tmp/dir", MS_SHARED, &err), -EINVAL);
	CHECK_STR(err.text, "cannot change the propagation of '/tmp/dir': it is not a mount point");
	CHECK_INT(libns_mount_set_propagation("/nonexistent", MS_SHARED, &err), -ENOENT);
	CHECK_STR(err.text,
		  "cannot change the propagation of '/nonexistent': No such file or directory");
	CHECK_INT(err.step, LIBNS_STEP_MOUNT);
	CHECK_INT(libns_mount_set_propagation("/tmp", MS_SHARED | MS_SLAVE, &err), -EINVAL);
	CHECK_INT(libns_mount_set_propagation("/tmp", MS_RDONLY, &err), -EINVAL);
	CHECK_INT(libns_mount_set_propagation("/tmp", MS_BIND | MS_REC, &err), -EINVAL);
	CHECK_INT(libns_mount_set_propagation(NULL, MS_SHARED, &err), -EINVAL);
	CHECK_INT(err.step, LIBNS_STEP_ARGUMENT);
}

TEST(proc_shows_the_new_pid_namespace)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	char self[16] = "";
	int status;
	pid_t pid;

	private_mounts();
	CHECK_INT(unshare(CLONE_NEWPID), 0);
	pid = fork();
	if (pid == 0) {
		CHECK_INT(libns_mount_proc("/tmp/dir", &err), 0);
		CHECK(readlink("/tmp/dir/self", self, sizeof(self) - 1) > 0);
		CHECK_STR(self, "1");
		CHECK_INT(libns_mount_proc("/nonexistent", &err), -ENOENT);
		CHECK_STR(err.text,
			  "cannot mount a procfs on '/nonexistent': No such file or directory");
		CHECK_INT(libns_mount_proc("/tmp/file", &err), -ENOTDIR);
		exit(0);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
}

TEST(proc_without_rights)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (geteuid() == 0 && setuid(65533) < 0)
		SKIP("cannot become an ordinary user");
	CHECK_INT(libns_mount_proc("/proc", &err), -EPERM);
	CHECK_STR(err.text, "cannot mount a procfs on '/proc': Operation not permitted");
}

TEST(persist_outlives_its_processes)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_id before, after;
	int fd;

	private_mounts();
	CHECK_INT(unshare(CLONE_NEWUTS), 0);
	fd = own("uts");
	CHECK_INT(libns_fd_query_id(fd, &before, NULL), 0);
	CHECK_INT(libns_mount_persist(fd, "/tmp/file", &err), 0);
	close(fd);
	CHECK_INT(unshare(CLONE_NEWUTS), 0);
	fd = libns_fd_open(AT_FDCWD, "/tmp/file", &err);
	CHECK(fd >= 3);
	CHECK_INT(libns_fd_query_id(fd, &after, NULL), 0);
	CHECK(libns_id_equal(&before, &after));
	close(fd);
	CHECK_INT(umount("/tmp/file"), 0);
}

TEST(persist_refusals)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int uts, null;

	private_mounts();
	uts = own("uts");
	null = tap_keep(open("/dev/null", O_RDONLY | O_CLOEXEC));
	CHECK_INT(libns_mount_persist(null, "/tmp/file", &err), -EINVAL);
	CHECK_CONTAINS(err.text, "is not a namespace");
	CHECK_INT(libns_mount_persist(-1, "/tmp/file", &err), -EBADF);
	CHECK_INT(libns_mount_persist(uts, "/tmp/none", &err), -ENOENT);
	CHECK_STR(err.text,
		  "cannot keep the uts namespace on '/tmp/none': No such file or directory");
	CHECK_INT(err.step, LIBNS_STEP_PERSIST);
	CHECK_INT(err.types, LIBNS_TYPE_UTS);
	CHECK_INT(libns_mount_persist(uts, "/tmp/dir", &err), -ENOTDIR);
	CHECK_STR(err.text,
		  "cannot keep the uts namespace on '/tmp/dir': that is a directory, not a file");
	CHECK_INT(symlink("file", "/tmp/link"), 0);
	CHECK_INT(libns_mount_persist(uts, "/tmp/link", &err), -ELOOP);
	CHECK_CONTAINS(err.text, "that is a symbolic link");
	CHECK_INT(libns_mount_persist(own("mnt"), "/tmp/file", &err), -EINVAL);
	CHECK_STR(err.text, "cannot keep the mnt namespace on '/tmp/file': "
			    "a mount namespace cannot be kept inside itself");
	CHECK_INT(mount("tmpfs", "/proc", "tmpfs", 0, NULL), 0);
	CHECK_INT(libns_mount_persist(uts, "/tmp/file", &err), -ENOENT);
	CHECK_STR(err.text, "cannot keep the uts namespace on '/tmp/file': "
			    "/proc does not show the calling process");
}

static void pin(size_t cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* A child on @cpu makes a mount namespace, renews it if asked to, and hands it over. */
static int mnt_made_on(size_t cpu, int renew_for, pid_t *ret_pid)
{
	int ready[2];
	char path[64], c;

	CHECK_INT(pipe2(ready, O_CLOEXEC), 0);
	*ret_pid = fork();
	if (*ret_pid == 0) {
		cpu_set_t before, after;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pin(cpu);
		sched_getaffinity(0, sizeof(before), &before);
		c = unshare(CLONE_NEWNS) == 0 ? 'y' : 'n';
		if (renew_for >= 0) {
			CPU_SET(0, &before);
			CPU_SET(1, &before);
			sched_setaffinity(0, sizeof(before), &before);
			sched_getaffinity(0, sizeof(before), &before);
			if (libns_mount_renew(renew_for, NULL) < 0)
				c = 'n';
			sched_getaffinity(0, sizeof(after), &after);
			if (!CPU_EQUAL(&before, &after))
				c = 'n';
		}
		if (write(ready[1], &c, 1) == 1)
			pause();
		_exit(1);
	}
	CHECK_INT(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	CHECK(c == 'y');
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", *ret_pid);
	return libns_fd_open(AT_FDCWD, path, NULL);
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* The outer mount namespace on every CPU, the inner one on every CPU. */
TEST(persist_of_mount_namespaces_on_all_cpus)
{
	long n_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int refused = 0;

	for (long outer = 0; outer < n_cpus && outer < 4; outer++) {
		pin((size_t)outer);
		private_mounts();
		for (long inner = 0; inner < n_cpus && inner < 4; inner++) {
			struct libns_error err = LIBNS_ERROR_INIT;
			pid_t pid;
			int fd = mnt_made_on((size_t)inner, -1, &pid), r;

			r = libns_mount_persist(fd, "/tmp/file", &err);
			CHECK(r == 0 || r == -EINVAL);
			if (r < 0)
				CHECK_CONTAINS(err.text, "the kernel does not take it for newer");
			refused += r < 0;
			close(fd);
			end(pid);
			umount("/tmp/file");

			fd = mnt_made_on((size_t)inner, own("mnt"), &pid);
			r = libns_mount_persist(fd, "/tmp/file", &err);
			if (r < 0)
				TAP_FAIL("%s", err.text);
			end(pid);
			CHECK_INT(umount("/tmp/file"), 0);
			close(fd);
		}
		umount("/tmp");
	}
	printf("# refused without renewal: %d\n", refused);
}

TEST(persist_on_a_shared_mount)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	pid_t pid;
	int fd;

	private_mounts();
	CHECK_INT(mount("none", "/tmp", NULL, MS_SHARED, NULL), 0);
	fd = tap_keep(mnt_made_on(0, own("mnt"), &pid));
	propagation("/tmp");
	CHECK_INT(libns_mount_persist(fd, "/tmp/file", &err), -EINVAL);
	end(pid);
	CHECK_STR(err.text, "cannot keep the mnt namespace on '/tmp/file': "
			    "that file lies on a shared mount");
}

TEST(renew_refusals)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	CHECK_INT(libns_mount_renew(own("net"), &err), -EINVAL);
	CHECK_CONTAINS(err.text, "is not a mount namespace");
	CHECK_INT(libns_mount_renew(-1, &err), -EBADF);
}

TAP_MAIN
