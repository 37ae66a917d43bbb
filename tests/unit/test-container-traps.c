/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What an ordinary user can put on the way of a reader that is root: file systems of his
 * own that never answer, or lie; files that cannot be opened at once; more of them than
 * anybody wants to see.
 */

#include <linux/fuse.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "fake-host.h"

static void roots_container(void)
{
	process(20, "0::/system.slice/docker-" ID_A ".scope\n", 500, 'S');
	put("var/lib/docker/containers/" ID_A "/config.v2.json",
	    "{\"ID\":\"" ID_A "\",\"Name\":\"/web\",\"State\":{\"Pid\":20}}");
}

static void users_crun(const char *id)
{
	char path[128];

	snprintf(path, sizeof(path), "run/user/1000/crun/%s/status", id);
	put(path, "{\"pid\":80,\"process-start-time\":9}");
}

/* A file system of user 1000 with everybody let in, as "fusermount -o allow_other" makes it. */
static int mount_of_user(const char *path, unsigned int mode)
{
	char whole[512], options[128];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		SKIP("no /dev/fuse here");
	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=%o,user_id=1000,group_id=1000,allow_other", fd, mode);
	if (mount("traps", whole, "fuse.traps", MS_NOSUID | MS_NODEV, options) < 0)
		SKIP("cannot mount FUSE here");
	return fd;
}

/* Answers what the kernel asks by itself; a question of anybody else's it tells, and dies. */
static void serve(int fd, int told_fd)
{
	char request[65536];
	const struct fuse_in_header *in = (const void *)request;
	struct {
		struct fuse_out_header header;
		struct fuse_init_out init;
	} reply = { { sizeof(reply), 0, 0 }, { .major = FUSE_KERNEL_VERSION, .minor = 31 } };

	while (read(fd, request, sizeof(request)) > 0 && in->opcode == FUSE_INIT) {
		reply.header.unique = in->unique;
		reply.init.max_write = 4096;
		if (write(fd, &reply, sizeof(reply)) < 0)
			break;
	}
	(void)!write(told_fd, "x", 1);
	_exit(0);
}

/* Whether a snapshot asks the file system that lies on @path; it must know root's container. */
static bool is_asked(const char *path, unsigned int mode, size_t unread)
{
	struct libns_containers *s;
	int pipes[2], status;
	char whole[512], byte;
	pid_t server;
	ssize_t n;
	int fd;

	CHECK_INT(pipe2(pipes, O_CLOEXEC), 0);
	fd = mount_of_user(path, mode);
	server = fork();
	CHECK(server >= 0);
	if (server == 0)
		serve(fd, pipes[1]);
	close(pipes[1]);
	close(fd);
	s = snapshot();
	CHECK_INT(kill(server, SIGKILL), 0);
	CHECK_INT(waitpid(server, &status, 0), server);
	n = read(pipes[0], &byte, 1);
	close(pipes[0]);
	CHECK_INT(find(s, "web")->pid, 20);
	CHECK_INT(libns_containers_count_unread(s), unread);
	if (unread)
		CHECK_CONTAINS(libns_containers_get_unread(s),
			       "on a file system that an ordinary user has mounted, or that lies");
	/* The server is dead now, which is an errno of its own. */
	s = snapshot();
	CHECK_INT(find(s, "web")->pid, 20);
	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	CHECK_INT(umount2(whole, MNT_DETACH), 0);
	return n != 0;
}

TEST(file_systems_of_users)
{
	if (geteuid() != 0)
		SKIP("needs root");
	begin();
	roots_container();
	process(80, "0::/\n", 9, 'S');
	give_away("proc/80");
	users_crun("below");
	give_away("run/user/1000");
	CHECK_INT(unshare(CLONE_NEWNS), 0);
	CHECK_INT(mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	CHECK(!is_asked("run/user/1000/crun/below", S_IFDIR | 0755, 1));
	CHECK(!is_asked("run/user/1000/crun/below/status", S_IFREG | 0644, 1));
	/* In each place that is looked into. */
	CHECK(!is_asked("run/user/1000/crun", S_IFDIR | 0755, 1));
	CHECK(!is_asked("run/user/1000", S_IFDIR | 0755, 4));
	/* The control: there is something to be read. */
	CHECK_INT(find(snapshot(), "1000/below")->owner, 1000);
}

TEST(groups_below_a_file_system_of_a_user)
{
	if (geteuid() != 0)
		SKIP("needs root");
	begin();
	roots_container();
	process(80, "0::/own/docker-" ID_B ".scope\n", 9, 'S');
	give_away("sys/fs/cgroup/own");
	CHECK_INT(unshare(CLONE_NEWNS), 0);
	CHECK_INT(mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	CHECK(!is_asked("sys/fs/cgroup/own", S_IFDIR | 0755, 0));
	CHECK(!is_asked("sys/fs/cgroup/own/docker-" ID_B ".scope", S_IFDIR | 0755, 0));
}

#define TASK "run/user/1000/docker/containerd/daemon/io.containerd.runtime.v2.task/moby/" ID_B

/* containerd's note of the first process is a FIFO, or a link to what blocks. */
TEST(notes_that_cannot_be_opened)
{
	char whole[512], link[512];

	if (geteuid() != 0)
		SKIP("needs root");
	begin();
	roots_container();
	put(TASK "/config.json", "{\"hostname\":\"x\"}");
	give_away("run/user/1000");
	snprintf(whole, sizeof(whole), "%s/" TASK "/init.pid", root);
	CHECK_INT(mkfifo(whole, 0644), 0);
	CHECK_INT(find(snapshot(), "web")->pid, 20);
	snprintf(link, sizeof(link), "%s/" TASK "/fifo", root);
	CHECK_INT(rename(whole, link), 0);
	CHECK_INT(symlink("fifo", whole), 0);
	CHECK_INT(find(snapshot(), "web")->pid, 20);
}

/* Names that are passed over cost as much as others. */
TEST(hidden_entries_count)
{
	char path[128];

	if (geteuid() != 0)
		SKIP("needs root");
	begin();
	roots_container();
	for (int i = 0; i < 1500; i++) {
		snprintf(path, sizeof(path), "run/user/1000/crun/.c%d", i);
		put(path, "%s", "");
	}
	give_away("run/user/1000");
	CHECK_INT(libns_containers_count_unread(snapshot()), 1);
}

/* A backup that links files does not make root's names anybody's. */
TEST(second_link)
{
	char whole[512], link[512];
	struct libns_error err = LIBNS_ERROR_INIT;

	begin();
	roots_container();
	make_directory("backup");
	snprintf(whole, sizeof(whole), "%s/var/lib/docker/containers/" ID_A "/config.v2.json",
		 root);
	snprintf(link, sizeof(link), "%s/backup/file", root);
	CHECK_INT(linkat(AT_FDCWD, whole, AT_FDCWD, link, 0), 0);
	CHECK_INT(find(snapshot(), "web")->pid, 20);
	/* The control: where everybody could have put the second one. */
	snprintf(whole, sizeof(whole), "%s/var/lib/docker/containers/" ID_A, root);
	CHECK_INT(chmod(whole, 01777), 0);
	CHECK_INT(look_for(snapshot(), "web", &err), -ENOENT);
}

/* A program of root's that a user has started under the name of a helper. */
TEST(helper_by_another_name)
{
	char whole[512];
	struct libns_error err = LIBNS_ERROR_INIT;

	begin();
	helper(40, "conmon", "0 0 0 0", "conmon|-g|-nweb|-S|true|", 41);
	snprintf(whole, sizeof(whole), "%s/proc/40/exe", root);
	CHECK_INT(symlink("/usr/bin/sudo", whole), 0);
	CHECK_INT(look_for(snapshot(), "web", &err), -ENOENT);
	/* The control: also when its package was upgraded meanwhile. */
	CHECK_INT(unlink(whole), 0);
	CHECK_INT(symlink("/usr/bin/conmon (deleted)", whole), 0);
	CHECK_INT(find(snapshot(), "web")->pid, 41);
}

/* Of no process there is no number to be named. */
TEST(nobodys_and_not_running)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	char whole[512];

	begin();
	put("var/lib/docker/containers/" ID_A "/config.v2.json",
	    "{\"ID\":\"" ID_A "\",\"Name\":\"/web\"}");
	snprintf(whole, sizeof(whole), "%s/var/lib/docker/containers", root);
	CHECK_INT(chmod(whole, 0777), 0);
	CHECK_INT(look_for(snapshot(), "web", &err), -ENOENT);
	CHECK_CONTAINS(err.text, "cannot be told, since others can write there");
	CHECK_CONTAINS(err.text, "; it has no running process");
}

TAP_MAIN
