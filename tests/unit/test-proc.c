/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libns/nsfd.h>
#include <libns/proc.h>
#include <libns/type.h>

#include "base/sys.h"
#include "process.h"

TEST(self)
{
	struct libns_proc *proc = NULL;

	CHECK_INT(libns_proc_new(LIBNS_PROCFS, getpid(), &proc, NULL), 0);
	CHECK_INT(libns_proc_get_pid(proc), getpid());
	CHECK(libns_proc_get_pidfd(proc) >= 3);
	CHECK(libns_proc_get_dir_fd(proc) >= 3);
	CHECK_INT(fcntl(libns_proc_get_pidfd(proc), F_GETFD), FD_CLOEXEC);
	CHECK_INT(fcntl(libns_proc_get_dir_fd(proc), F_GETFD), FD_CLOEXEC);
	CHECK(libns_proc_is_alive(proc));
	CHECK(libns_proc_free(proc) == NULL);
	CHECK(libns_proc_free(NULL) == NULL);
}

TEST(numbers_that_are_no_process)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_proc *proc = NULL;

	CHECK_INT(libns_proc_new(LIBNS_PROCFS, INT_MAX, &proc, &err), -ESRCH);
	CHECK_STR(err.text, "there is no process 2147483647");
	CHECK_INT(err.step, LIBNS_STEP_PROC);
	CHECK_INT(libns_proc_new(LIBNS_PROCFS, 0, &proc, &err), -EINVAL);
	CHECK_STR(err.text, "0 is not a process id");
	CHECK_INT(libns_proc_new(LIBNS_PROCFS, -1, &proc, &err), -EINVAL);
	CHECK_INT(libns_proc_new(1023, getpid(), &proc, &err), -EBADF);
	CHECK_INT(libns_proc_new(LIBNS_PROCFS, INT_MAX, &proc, NULL), -ESRCH);
	CHECK(proc == NULL);
}

TEST(failures_leave_no_descriptor)
{
	struct libns_proc *proc = NULL;
	int before = dup(0), after;

	close(before);
	CHECK_INT(libns_proc_new(LIBNS_PROCFS, INT_MAX, &proc, NULL), -ESRCH);
	CHECK_INT(libns_proc_new_from_pidfd(LIBNS_PROCFS, 0, &proc, NULL), -EINVAL);
	CHECK_INT(libns_proc_new(LIBNS_PROCFS, getpid(), &proc, NULL), 0);
	libns_proc_free(proc);
	after = tap_keep(dup(0));
	CHECK_INT(after, before);
}

TEST(ids_agree_with_descriptors)
{
	struct libns_proc *proc = pin(getpid());

	for (size_t i = 0; i < LIBNS_N_TYPES; i++) {
		struct libns_id by_fd, by_name;
		int fd = libns_proc_open_ns(proc, libns_type_at(i), NULL);

		CHECK(fd >= 3);
		CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC);
		CHECK_INT(libns_fd_query_id(fd, &by_fd, NULL), 0);
		CHECK_INT(libns_proc_read_id(proc, libns_type_at(i), &by_name, NULL), 0);
		CHECK(libns_id_equal(&by_fd, &by_name));
		close(fd);
	}
}

TEST(types_are_one_bit)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_proc *proc = pin(getpid());
	struct libns_id id;

	CHECK_INT(libns_proc_open_ns(proc, 0, &err), -EINVAL);
	CHECK_INT(libns_proc_open_ns(proc, LIBNS_TYPE_NET | LIBNS_TYPE_PID, &err), -EINVAL);
	CHECK_STR(err.text, "1610612736 is not one namespace type");
	CHECK_INT(libns_proc_read_id(proc, 1, &id, &err), -EINVAL);
	CHECK_INT(libns_proc_open_ns_for_children(proc, LIBNS_TYPE_NET, &err), -EINVAL);
	CHECK_STR(err.text, "only pid and time namespaces can differ for children");
}

TEST(ended)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	pid_t pid = start(NULL), *pids;
	struct libns_proc *proc = pin(pid);
	struct libns_proc_ids ids = LIBNS_PROC_IDS_INIT;
	char text[128];
	bool allowed;
	size_t n;

	end(pid);
	CHECK(!libns_proc_is_alive(proc));
	CHECK_INT(libns_proc_open_ns(proc, LIBNS_TYPE_NET, &err), -ESRCH);
	snprintf(text, sizeof(text), "cannot open the net namespace of process %d: it has ended",
		 pid);
	CHECK_STR(err.text, text);
	CHECK_INT(err.types, LIBNS_TYPE_NET);
	CHECK_INT(libns_proc_read_nspid(proc, &pids, &n, &err), -ESRCH);
	CHECK_CONTAINS(err.text, "it has ended");
	CHECK_INT(libns_proc_read_nstgid(proc, &pids, &n, &err), -ESRCH);
	CHECK_INT(libns_proc_read_ids(proc, &ids, &err), -ESRCH);
	CHECK_INT(libns_proc_read_setgroups(proc, &allowed, &err), -ESRCH);
	CHECK_INT(libns_proc_open_root(proc, &err), -ESRCH);
	CHECK_INT(libns_proc_open_cwd(proc, &err), -ESRCH);
	snprintf(text, sizeof(text),
		 "cannot open the working directory of process %d: it has ended", pid);
	CHECK_STR(err.text, text);
}

TEST(zombie)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	pid_t pid = start(NULL);
	struct libns_proc *proc = pin(pid);
	struct libns_proc_ids ids = LIBNS_PROC_IDS_INIT;
	struct libns_id id;

	end_as_zombie(pid);
	CHECK(libns_proc_is_alive(proc));
	CHECK_INT(libns_proc_open_ns(proc, LIBNS_TYPE_NET, &err), -ESRCH);
	CHECK_CONTAINS(err.text, "it has ended and is a zombie");
	CHECK_INT(libns_proc_read_id(proc, LIBNS_TYPE_MNT, &id, &err), -ESRCH);
	CHECK_INT(libns_proc_open_root(proc, &err), -ESRCH);
	CHECK_CONTAINS(err.text, "is a zombie");
	CHECK_INT(libns_proc_read_ids(proc, &ids, &err), 0);
	CHECK_INT(ids.state, 'Z');
	/* A zombie can still be pinned. */
	pin(pid);
	waitpid(pid, NULL, 0);
}

static void *own_net_and_root(void *ready)
{
	char c = unshare(CLONE_FS) == 0 && unshare(CLONE_NEWUTS) == 0 && chroot("/dev") == 0 &&
				 chdir("/") == 0
			 ? 'y'
			 : 'n';

	if (write((int)(intptr_t)ready, &c, 1) == 1)
		pause();
	return NULL;
}

TEST(main_thread_ended)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_proc *proc;
	struct libns_proc_ids ids = LIBNS_PROC_IDS_INIT;
	struct libns_id mine, its;
	struct stat root, dev;
	int ready[2], fd, status;
	pid_t pid;
	char c;

	if (geteuid() != 0)
		SKIP("needs root");
	CHECK_INT(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		pthread_t thread;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* Nothing on the stack of a thread that ends. */
		pthread_create(&thread, NULL, own_net_and_root, (void *)(intptr_t)ready[1]);
		pthread_exit(NULL);
	}
	tap_keep_child(pid);
	tap_keep(ready[0]);
	close(ready[1]);
	CHECK_INT(read(ready[0], &c, 1), 1);
	CHECK_INT(c, 'y');
	proc = pin(pid);
	/* The main thread may still be on its way out. */
	do
		CHECK_INT(libns_proc_read_ids(proc, &ids, &err), 0);
	while (ids.state != 'Z');

	fd = tap_keep(libns_proc_open_ns(proc, LIBNS_TYPE_UTS, &err));
	if (fd < 0)
		TAP_FAIL("%s", err.text);
	CHECK_INT(libns_fd_query_id(fd, &its, NULL), 0);
	CHECK_INT(libns_proc_read_id(pin(getpid()), LIBNS_TYPE_UTS, &mine, NULL), 0);
	CHECK(!libns_id_equal(&its, &mine));
	CHECK_INT(libns_proc_read_id(proc, LIBNS_TYPE_UTS, &mine, &err), 0);
	CHECK(libns_id_equal(&its, &mine));
	CHECK(tap_keep(libns_proc_open_ns_for_children(proc, LIBNS_TYPE_PID, &err)) >= 3);

	fd = tap_keep(libns_proc_open_root(proc, &err));
	CHECK_INT(fstat(fd, &root), 0);
	CHECK_INT(stat("/dev", &dev), 0);
	CHECK(root.st_dev == dev.st_dev && root.st_ino == dev.st_ino);
	fd = tap_keep(libns_proc_open_cwd(proc, &err));
	CHECK_INT(fstat(fd, &root), 0);
	CHECK(root.st_ino == dev.st_ino);
	CHECK(libns_proc_is_alive(proc));

	kill(pid, SIGKILL);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(libns_proc_open_ns(proc, LIBNS_TYPE_UTS, &err), -ESRCH);
}

TEST(not_allowed_to_look)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_proc *proc;
	struct libns_proc_ids ids = LIBNS_PROC_IDS_INIT;
	struct libns_id id;
	pid_t pid = start(NULL);
	char text[128];

	if (geteuid() != 0)
		SKIP("needs root");
	CHECK_INT(setgid(65533), 0);
	CHECK_INT(setuid(65533), 0);
	proc = pin(pid);
	CHECK(libns_proc_is_alive(proc));
	CHECK_INT(libns_proc_open_ns(proc, LIBNS_TYPE_NET, &err), -EACCES);
	snprintf(text, sizeof(text),
		 "cannot open the net namespace of process %d: Permission denied", pid);
	CHECK_STR(err.text, text);
	CHECK_INT(err.types, LIBNS_TYPE_NET);
	CHECK_INT(libns_proc_read_id(proc, LIBNS_TYPE_NET, &id, &err), -EACCES);
	CHECK_INT(libns_proc_open_root(proc, &err), -EACCES);
	CHECK_INT(libns_proc_read_ids(proc, &ids, &err), 0);
	CHECK_INT(ids.euid, 0);
}

TEST(by_pidfd)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_proc *proc = NULL;
	pid_t pid = start(NULL);
	int fd = tap_keep(sys_pidfd_open(pid, 0));

	CHECK_INT(libns_proc_new_from_pidfd(LIBNS_PROCFS, fd, &proc, &err), 0);
	tap_later(unpin, proc);
	CHECK_INT(libns_proc_get_pid(proc), pid);
	CHECK(libns_proc_get_pidfd(proc) != fd);
	CHECK(tap_keep(libns_proc_open_ns(proc, LIBNS_TYPE_NET, &err)) >= 3);
	CHECK_INT(libns_proc_new_from_pidfd(LIBNS_PROCFS, -1, &proc, &err), -EBADF);
	CHECK_INT(libns_proc_new_from_pidfd(LIBNS_PROCFS, 1, &proc, &err), -EINVAL);
	CHECK_STR(err.text, "descriptor 1 is not a pidfd");
	/* A directory that is no procfs does not show it. */
	CHECK(libns_proc_new_from_pidfd(tap_keep(open("/tmp", O_PATH | O_CLOEXEC)), fd, &proc,
					&err) < 0);
	CHECK(err.text[0] != '\0');
	end(pid);
	CHECK_INT(libns_proc_new_from_pidfd(LIBNS_PROCFS, fd, &proc, &err), -ESRCH);
	CHECK_CONTAINS(err.text, "has ended");
}

TEST(by_thread)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_proc *proc = NULL;
	struct libns_proc_ids ids = LIBNS_PROC_IDS_INIT;
	int ready[2];
	pthread_t thread;
	char path[64], c;
	pid_t tid = 0;
	DIR *dir;
	struct dirent *entry;

	CHECK_INT(pipe(ready), 0);
	CHECK_INT(pthread_create(&thread, NULL, own_net_and_root, (void *)(intptr_t)ready[1]), 0);
	CHECK_INT(read(ready[0], &c, 1), 1);
	snprintf(path, sizeof(path), "/proc/%d/task", getpid());
	dir = opendir(path);
	while ((entry = readdir(dir)))
		if (atoi(entry->d_name) && atoi(entry->d_name) != getpid())
			tid = atoi(entry->d_name);
	closedir(dir);
	CHECK(tid > 0);
	proc = pin(tid);
	CHECK_INT(libns_proc_read_ids(proc, &ids, &err), 0);
	CHECK_INT(ids.tgid, getpid());
	CHECK_INT(ids.threads, 2);
	CHECK(tap_keep(libns_proc_open_ns(proc, LIBNS_TYPE_UTS, &err)) >= 3);
	close(ready[0]);
	close(ready[1]);
}

TEST(credentials_and_setgroups)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_proc *proc = pin(getpid());
	struct libns_proc_ids ids = LIBNS_PROC_IDS_INIT;
	bool allowed = false;

	CHECK_INT(libns_proc_read_ids(proc, &ids, &err), 0);
	CHECK_INT(ids.ruid, getuid());
	CHECK_INT(ids.euid, geteuid());
	CHECK_INT(ids.rgid, getgid());
	CHECK_INT(ids.egid, getegid());
	CHECK_INT(ids.tgid, getpid());
	CHECK_INT(ids.ppid, getppid());
	CHECK_INT(ids.threads, 1);
	CHECK_INT(ids.state, 'R');
	CHECK_INT(libns_proc_read_setgroups(proc, &allowed, &err), 0);
	if (unshare(CLONE_NEWUSER) < 0)
		SKIP("no user namespaces here");
	allowed = false;
	CHECK_INT(libns_proc_read_setgroups(proc, &allowed, &err), 0);
	CHECK(allowed);
	CHECK_INT(sys_write_at(AT_FDCWD, "/proc/self/setgroups", "deny", 4), 0);
	CHECK_INT(libns_proc_read_setgroups(proc, &allowed, &err), 0);
	CHECK(!allowed);
}

static void open_marker(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (dup2(fd, 77) < 0)
		_exit(1);
}

TEST(a_descriptor_that_it_has_open)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	pid_t pid = start(open_marker);
	struct libns_proc *proc = pin(pid);
	struct stat here, there;
	char expected[96];
	int fd = libns_proc_open_fd(proc, 77, &err);

	if (fd == -ENOSYS || fd == -EPERM)
		SKIP("needs the right to trace");
	CHECK(fd > 2 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK_INT(fstat(fd, &there) | stat("/dev/null", &here), 0);
	CHECK_INT(here.st_rdev, there.st_rdev);
	close(fd);
	CHECK_INT(libns_proc_open_fd(proc, 78, &err), -EBADF);
	snprintf(expected, sizeof(expected),
		 "cannot take over descriptor 78 of process %d: Bad file descriptor", (int)pid);
	CHECK_STR(err.text, expected);
	end(pid);
	CHECK_INT(libns_proc_open_fd(proc, 77, &err), -ESRCH);
}

static void open_socket_elsewhere(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	open_marker();
	if (dup2(fd, 78) < 0)
		_exit(1);
}

TEST(the_network_of_a_socket_that_it_has_open)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	pid_t pid = start(open_socket_elsewhere);
	struct libns_proc *proc = pin(pid);
	struct stat here, there;
	int fd = libns_proc_open_socket_net(proc, 78, &err);

	if (fd == -ENOSYS || fd == -EPERM)
		SKIP("needs the right to trace");
	CHECK(fd > 2 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK_INT(fstat(fd, &there) | stat("/proc/self/ns/net", &here), 0);
	CHECK_INT(here.st_ino, there.st_ino);
	close(fd);
	CHECK_INT(libns_proc_open_socket_net(proc, 77, &err), -ENOTTY);
	CHECK_CONTAINS(err.text, "descriptor 77 of process ");
	CHECK_CONTAINS(err.text, " is no socket");
	CHECK_INT(libns_proc_open_socket_net(proc, 79, &err), -EBADF);
	end(pid);
}

TEST(fixture_tree)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	char dir[] = "/tmp/libns-proc-XXXXXX";
	struct libns_proc *proc = NULL;
	struct libns_id a = { 1, 1 }, b;
	pid_t pid = getpid();
	char path[64];
	int fd;

	CHECK(mkdtemp(dir) != NULL);
	fd = tap_keep(open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC));
	/* Our own number: a pidfd of it would be a real process, not the fixture's. */
	snprintf(path, sizeof(path), "%d", pid);
	CHECK_INT(mkdirat(fd, path, 0700), 0);
	snprintf(path, sizeof(path), "%d/ns", pid);
	CHECK_INT(mkdirat(fd, path, 0700), 0);
	snprintf(path, sizeof(path), "%d/ns/net", pid);
	CHECK_INT(symlinkat("net:[4026531840]", fd, path), 0);
	snprintf(path, sizeof(path), "%d/ns/user", pid);
	CHECK_INT(symlinkat("user:[x]", fd, path), 0);
	snprintf(path, sizeof(path), "%d/ns/uts", pid);
	CHECK_INT(symlinkat("uts:4026531838]", fd, path), 0);
	snprintf(path, sizeof(path), "%d/ns/ipc", pid);
	CHECK_INT(symlinkat("ipc:[4026531839", fd, path), 0);

	CHECK_INT(libns_proc_new(fd, pid, &proc, &err), 0);
	tap_later(unpin, proc);
	CHECK_INT(libns_proc_get_pidfd(proc), -1);
	CHECK_INT(libns_proc_read_id(proc, LIBNS_TYPE_NET, &a, &err), 0);
	CHECK_INT(a.ino, 4026531840);
	CHECK_INT(a.dev, 0);
	CHECK_INT(libns_proc_read_id(proc, LIBNS_TYPE_NET, &b, &err), 0);
	CHECK(libns_id_equal(&a, &b));
	CHECK_INT(libns_proc_read_id(proc, LIBNS_TYPE_USER, &b, &err), -EBADMSG);
	CHECK_INT(libns_proc_read_id(proc, LIBNS_TYPE_UTS, &b, &err), -EBADMSG);
	CHECK_INT(libns_proc_read_id(proc, LIBNS_TYPE_IPC, &b, &err), -EBADMSG);
	CHECK_INT(libns_proc_read_id(proc, LIBNS_TYPE_MNT, &b, &err), -ENOENT);
	CHECK_INT(libns_proc_open_ns(proc, LIBNS_TYPE_NET, &err), -ENOENT);
	CHECK_INT(libns_proc_new(fd, pid + 1, &proc, &err), -ESRCH);

	snprintf(path, sizeof(path), "rm -r %s", dir);
	CHECK_INT(system(path), 0);
}

TAP_MAIN
