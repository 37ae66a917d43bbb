/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The floor below --container: floor ROOT PROGRAM...
 *
 * Makes the system calls that a minimal container needs and no other: nothing is checked, nothing
 * is explained, no right is taken away, nobody is told what failed but by the status, and ROOT must
 * have proc, dev, sys, tmp and run. What a tool costs above this is its own doing.
 */

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SPACES                                                                                     \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | \
	 CLONE_NEWCGROUP)

/* The number says which step it was. */
static long must(long result, int step)
{
	if (result < 0)
		_exit(step);
	return result;
}

static void put(const char *path, const char *text)
{
	int fd = (int)must(open(path, O_WRONLY | O_CLOEXEC), 10);

	must(write(fd, text, strlen(text)), 11);
	close(fd);
}

static void map(const char *path, unsigned int id)
{
	char text[32];

	snprintf(text, sizeof(text), "0 %u 1\n", id);
	put(path, text);
}

static int tree(const char *path)
{
	return (int)must(syscall(SYS_open_tree, AT_FDCWD, path,
				 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE),
			 20);
}

static void attach(int fd, int root, const char *target)
{
	must(syscall(SYS_move_mount, fd, "", root, target, MOVE_MOUNT_F_EMPTY_PATH), 21);
}

/* A new file system of @type, with one option, at @target. */
static void new_fs(int root, const char *type, const char *key, const char *value,
		   unsigned int attributes, const char *target)
{
	int fs = (int)must(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC), 30);
	int fd;

	if (key)
		must(syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0), 31);
	must(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0), 32);
	fd = (int)must(syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attributes), 33);
	attach(fd, root, target);
	close(fs);
	close(fd);
}

static void make_dev(int root)
{
	static const char *const nodes[] = { "null", "zero", "full", "random", "urandom", "tty" };
	static const char *const links[][2] = { { "pts/ptmx", "ptmx" },
						{ "/proc/self/fd", "fd" },
						{ "/proc/self/fd/0", "stdin" },
						{ "/proc/self/fd/1", "stdout" },
						{ "/proc/self/fd/2", "stderr" } };
	int dev;

	new_fs(root, "tmpfs", "mode", "0755", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, "dev");
	dev = (int)must(openat(root, "dev", O_PATH | O_CLOEXEC), 40);
	for (size_t i = 0; i < sizeof(nodes) / sizeof(*nodes); i++) {
		char path[16];
		int fd;

		snprintf(path, sizeof(path), "/dev/%s", nodes[i]);
		fd = tree(path);
		close((int)must(openat(dev, nodes[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0644), 41));
		attach(fd, dev, nodes[i]);
		close(fd);
	}
	must(mkdirat(dev, "pts", 0755), 42);
	must(mkdirat(dev, "shm", 0755), 43);
	new_fs(dev, "devpts", "ptmxmode", "0666", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, "pts");
	new_fs(dev, "tmpfs", "mode", "1777", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, "shm");
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		must(symlinkat(links[i][0], dev, links[i][1]), 44);
	close(dev);
}

static void make_root(const char *path)
{
	const unsigned int plain = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	int root;

	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 50);
	root = tree(path);
	must(syscall(SYS_move_mount, root, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH), 51);
	new_fs(root, "proc", NULL, NULL, plain | MOUNT_ATTR_NOEXEC, "proc");
	make_dev(root);
	new_fs(root, "sysfs", NULL, NULL, plain | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY, "sys");
	new_fs(root, "tmpfs", "mode", "1777", plain, "tmp");
	new_fs(root, "tmpfs", "mode", "0755", plain, "run");
	must(fchdir(root), 52);
	must(syscall(SYS_pivot_root, ".", "."), 53);
	must(umount2(".", MNT_DETACH), 54);
	must(chdir("/"), 55);
	close(root);
}

static void bring_up_lo(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = (int)must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), 60);

	must(ioctl(fd, SIOCSIFFLAGS, &lo), 61);
	close(fd);
}

int main(int argc, char **argv)
{
	struct clone_args how = { .flags = SPACES, .exit_signal = SIGCHLD };
	unsigned int uid = geteuid(), gid = getegid();
	int status;
	long pid;

	if (argc < 3)
		return 2;
	pid = must(syscall(SYS_clone3, &how, sizeof(how)), 3);
	if (pid == 0) {
		map("/proc/self/uid_map", uid);
		put("/proc/self/setgroups", "deny");
		map("/proc/self/gid_map", gid);
		must(sethostname("localhost", strlen("localhost")), 4);
		bring_up_lo();
		make_root(argv[1]);
		execv(argv[2], argv + 2);
		_exit(127);
	}
	must(waitpid((pid_t)pid, &status, 0), 5);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
