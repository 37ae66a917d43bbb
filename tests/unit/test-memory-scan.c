/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Out of memory at every place of a scan, see memory.h. */

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include <libns/libns.h>

#include "memory.h"

static int scan(struct libns_error *err)
{
	struct libns_scan_options options = LIBNS_SCAN_OPTIONS_INIT;
	struct libns_scan *scan = NULL;
	int r;

	options.threads = 1;
	options.bpf = LIBNS_SCAN_BPF_NEVER;
	r = libns_scan_new(LIBNS_PROCFS, &options, &scan, err);
	for (size_t i = 0; r == 0 && i < libns_scan_count(scan); i++) {
		const struct libns_node *node = libns_scan_at(scan, i), *above;
		struct libns_holders *holders = NULL;

		note(libns_node_get_id(node), sizeof(struct libns_id));
		note_number(libns_node_count_tasks(node));
		above = libns_node_get_owner(node);
		note_number(above ? libns_node_get_id(above)->ino : 0);
		r = libns_holders_new(scan, node, &holders, err);
		note_number(r == 0 ? libns_holders_count(holders) : 0);
		libns_holders_free(holders);
	}
	for (size_t i = 0; r == 0 && i < libns_scan_count_tasks(scan); i++) {
		const struct libns_task *task = libns_scan_task_at(scan, i);

		r = libns_scan_read_details(scan, &task, 1, 7, err);
		note_text(libns_task_get_command(task));
	}
	libns_scan_free(scan);
	return r;
}

/* Without others: a bind mount of a namespace, a descriptor of one, a socket in another. */
static int alone(void)
{
	int net;

	CHECK_INT(mount("proc", "/proc", "proc", 0, NULL), 0);
	CHECK_INT(mount("tmpfs", "/tmp", "tmpfs", 0, NULL), 0);
	net = open("/proc/self/ns/net", O_RDONLY);
	CHECK(net >= 0);
	CHECK_INT(unshare(CLONE_NEWNET), 0);
	CHECK(socket(AF_INET, SOCK_STREAM, 0) >= 0);
	CHECK_INT(close(open("/tmp/kept", O_CREAT | O_WRONLY | O_CLOEXEC, 0644)), 0);
	CHECK_INT(mount("/proc/self/ns/net", "/tmp/kept", NULL, MS_BIND, NULL), 0);
	CHECK_INT(setns(net, CLONE_NEWNET), 0);
	each_allocation_fails(scan);
	/* As at the end of a case, which looks in its first namespaces only. */
	return __lsan_do_recoverable_leak_check ? __lsan_do_recoverable_leak_check() : 0;
}

/* The exit code of a child that does @what. */
static int in_child(int (*what)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		exit(what());
	CHECK_INT(waitpid(tap_keep_child(pid), &status, 0), pid);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Process 1 cannot be stopped, as the leak check does. */
static int begin_namespace(void)
{
	return in_child(alone);
}

TEST(a_scan)
{
	if (geteuid() != 0 || unshare(CLONE_NEWPID | CLONE_NEWNS) < 0)
		SKIP("needs root");
	CHECK_INT(mount("none", "/", NULL, MS_PRIVATE | MS_REC, NULL), 0);
	CHECK_INT(in_child(begin_namespace), 0);
}

static uint64_t hidden_uts, hidden_user;
static bool seen;

/* Elsewhere things come and go: only what is ours is noted. */
static int scan_mounts(struct libns_error *err)
{
	struct libns_scan_options options = LIBNS_SCAN_OPTIONS_INIT;
	struct libns_scan *scan = NULL;
	int r;

	options.sources = LIBNS_SCAN_PROCESSES | LIBNS_SCAN_OTHER_MOUNTS | LIBNS_SCAN_RELATIONS;
	options.types = LIBNS_TYPE_MNT | LIBNS_TYPE_UTS | LIBNS_TYPE_USER;
	options.threads = 1;
	options.bpf = LIBNS_SCAN_BPF_NEVER;
	r = libns_scan_new(LIBNS_PROCFS, &options, &scan, err);
	seen = r == 0 && libns_scan_find(scan, hidden_uts) && libns_scan_find(scan, hidden_user);
	note_number(seen);
	libns_scan_free(scan);
	return r;
}

static uint64_t inode(int dir_fd, const char *path)
{
	struct stat st;

	CHECK_INT(fstatat(dir_fd, path, &st, 0), 0);
	return st.st_ino;
}

/* Return: its mount namespace, which has lost its only process. A namespace is bound in it. */
static int make_hidden(void)
{
	int ready[2], ns, mnt;
	char byte, path[32];
	pid_t pid;

	CHECK_INT(pipe(ready), 0);
	pid = tap_keep_child(fork());
	if (pid == 0) {
		CHECK_INT(unshare(CLONE_NEWUSER | CLONE_NEWUTS | CLONE_NEWNS), 0);
		/* Any file will do: nobody else sees what covers it. */
		CHECK_INT(mount("/proc/self/ns/uts", "/etc/passwd", NULL, MS_BIND, NULL), 0);
		CHECK_INT(write(ready[1], "x", 1), 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	CHECK_INT(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	snprintf(path, sizeof(path), "/proc/%d/ns", pid);
	ns = open(path, O_PATH | O_DIRECTORY);
	hidden_uts = inode(ns, "uts");
	hidden_user = inode(ns, "user");
	mnt = openat(ns, "mnt", O_RDONLY);
	close(ns);
	CHECK(mnt >= 0);
	kill(pid, SIGKILL);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	return mnt;
}

/* Nothing but its neighbours leads to that mount namespace, and nothing but it to its owner. */
TEST(a_scan_of_mount_namespaces)
{
	struct libns_error err;

	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0)
		SKIP("needs root");
	CHECK_INT(mount("none", "/", NULL, MS_PRIVATE | MS_REC, NULL), 0);
	tap_keep(make_hidden());
	CHECK_INT(try(scan_mounts, 0, &err), 0);
	if (!seen)
		SKIP("the kernel has no list of mount namespaces for this process");
	each_allocation_fails(scan_mounts);
}

TAP_MAIN
