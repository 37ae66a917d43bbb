/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The cases of tests/farm/hidden.c in which a mount holds the namespace. */

#include "hidden.h"

void own_dir(bool own_mounts)
{
	if (own_mounts) {
		MUST(unshare(CLONE_NEWNS));
		MUST(mount("", "/", NULL, MS_PRIVATE | MS_REC, NULL));
	}
	MUST(mount("tmpfs", dir, "tmpfs", 0, "mode=755"));
	MUST(mount("", dir, NULL, MS_PRIVATE, NULL));
}

static void path_of(char path[256], const char *file)
{
	snprintf(path, 256, "%s/%s", dir, file);
}

void bind_ns(int fd, const char *file)
{
	char source[64], target[256];

	snprintf(source, sizeof(source), "/proc/self/fd/%d", fd);
	path_of(target, file);
	close(MUST(open(target, O_RDONLY | O_CREAT | O_CLOEXEC, 0600)));
	MUST(mount(source, target, NULL, MS_BIND, NULL));
	close(fd);
}

static void make_dir(const char *file)
{
	char path[256];

	path_of(path, file);
	MUST(mkdir(path, 0755));
}

static void bind_new(const char *name, const char *file)
{
	int fd = new_ns(name);

	report(name, fd);
	bind_ns(fd, file);
}

void case_30(void)
{
	own_dir(true);
	for (int i = 0; i < N_KINDS; i++)
		bind_new(kinds[i].name, kinds[i].name);
}

void case_31(void)
{
	char path[256];

	own_dir(true);
	bind_new("net", "ns");
	make_dir("jail");
	path_of(path, "jail");
	MUST(chroot(path));
	MUST(chdir("/"));
}

static void mounts_with_net(void *data)
{
	own_dir(true);
	bind_new("net", "ns");
}

/* A mount namespace that no process is in, with a network namespace in it. */
static int mounts_without_process(void)
{
	pid_t pid = helper(mounts_with_net, NULL);
	int fd = open_of(pid, "mnt");

	report("mnt", fd);
	end_helper(pid);
	return fd;
}

void case_32(void)
{
	mounts_without_process();
}

void case_33(void)
{
	own_dir(true);
	bind_ns(mounts_without_process(), "mounts");
}

void case_34(void)
{
	own_dir(false);
	bind_new("net", "ns");
}

void case_35(void)
{
	own_dir(false);
	bind_new("net", "a b\tc\nd\\e\303\251");
}

void case_36(void)
{
	char path[256];

	own_dir(false);
	make_dir("below");
	bind_new("net", "below/ns");
	path_of(path, "below");
	MUST(mount("tmpfs", path, "tmpfs", 0, NULL));
}

void case_37(void)
{
	own_dir(false);
	bind_new("uts", "ns");
	bind_new("net", "ns");
}

/* A detached tree of @dir, with a network namespace at its top and others further down. */
static int make_tree(void)
{
	const unsigned int clone_recursive = 1 | 0x8000, empty_path = 0x1000;
	char path[256];
	int tree, copy;

	own_dir(false);
	bind_new("net", "ns");
	make_dir("below");
	path_of(path, "below");
	MUST(mount("tmpfs", path, "tmpfs", 0, "mode=755"));
	bind_new("uts", "below/a b\tc\nd");
	bind_new("ipc", "below/stack");
	bind_new("user", "below/stack");
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, dir, clone_recursive | O_CLOEXEC);
	if (tree < 0)
		cannot("open_tree");
	copy = (int)syscall(SYS_open_tree, tree, "", clone_recursive | empty_path | O_CLOEXEC);
	if (copy < 0)
		cannot("open_tree of a detached tree");
	close(copy);
	MUST(umount2(dir, MNT_DETACH));
	return tree;
}

void case_38(void)
{
	make_tree();
}

/* Two processes have it, of which one is in another mount namespace. */
static void in_other_mounts(void *data)
{
	MUST(unshare(CLONE_NEWNS));
}

void case_44(void)
{
	make_tree();
	helper(in_other_mounts, NULL);
}

/* The descriptor that it came with is closed, and it is in no mount namespace at all: another one
 * that is open in it keeps it. */
void case_93(void)
{
	int tree = make_tree();

	MUST(openat(tree, "below", O_PATH | O_CLOEXEC));
	close(tree);
}

/* Through a bind mount that is gone: the links read "/". One of them is a path only. */
void case_29(void)
{
	char path[256];

	own_dir(true);
	for (int i = 0; i < N_KINDS; i++) {
		bind_new(kinds[i].name, kinds[i].name);
		path_of(path, kinds[i].name);
		MUST(open(path, (i % 2 ? O_PATH : O_RDONLY) | O_CLOEXEC));
		MUST(umount2(path, MNT_DETACH));
	}
}

/* In a detached tree, by its name there. */
void case_39(void)
{
	int tree, fd;

	own_dir(false);
	bind_new("net", "ns");
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, dir, 1 | 0x8000 | O_CLOEXEC);
	if (tree < 0)
		cannot("open_tree");
	fd = MUST(openat(tree, "ns", O_RDONLY | O_CLOEXEC));
	MUST(umount2(dir, MNT_DETACH));
	(void)fd;
}

/* In the first process of a pid namespace, which ends. */
static void mount_proc_and_end(void *data)
{
	pid_t pid;
	int status;

	MUST(unshare(CLONE_NEWPID));
	pid = MUST(fork());
	if (pid == 0)
		_exit(mount("proc", dir, "proc", 0, NULL) < 0);
	MUST(waitpid(pid, &status, 0));
	if (status)
		die("mount proc");
}

void case_92(void)
{
	pid_t pid;
	int fd;

	own_dir(true);
	pid = helper(mount_proc_and_end, NULL);
	fd = open_of(pid, "pid_for_children");
	report("pid", fd);
	close(fd);
	end_helper(pid);
}
