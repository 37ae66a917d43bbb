/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One case for each way in which a namespace can live on without a process that
 * is a member of it. A child makes the namespace, hides it, tells its inode and
 * waits; the snapshot must show it, and who holds it.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/io_uring.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <libns/libns.h>

#include "hide.h"
#include "tap.h"

/* Where 0 is free, a descriptor that is handed out is another one all the same. */
static void open_without_stdin(const struct libns_scan *scan, const struct libns_node *node)
{
	int keep = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3), fd;

	CHECK_INT(close(STDIN_FILENO), 0);
	fd = libns_scan_open(scan, node, NULL);
	CHECK_INT(dup2(keep, STDIN_FILENO), 0);
	CHECK(tap_keep(fd) >= 3);
	close(keep);
}

/* Finds it and checks that a holder of @kind is named; related: its owner too. */
static void find(const struct hidden *hidden, size_t i, enum libns_holder_kind kind, bool related)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_holders *holders = NULL;
	const struct libns_holder *holder;
	struct libns_scan *scan = NULL;
	const struct libns_node *node;
	size_t good = 0;

	if (libns_scan_new(LIBNS_PROCFS, NULL, &scan, &err) < 0)
		TAP_FAIL("%s", err.text);
	node = libns_scan_find(scan, hidden->ino[i]);
	if (!node)
		TAP_FAIL("%llu is not found", (unsigned long long)hidden->ino[i]);
	CHECK_INT(libns_holders_new(scan, node, &holders, NULL), 0);
	for (size_t k = 0; (holder = libns_holders_at(holders, k)); k++)
		good += holder->kind == kind;
	if (!good)
		TAP_FAIL("%zu holders, none is a %s", libns_holders_count(holders),
			 libns_holder_kind_name(kind));
	if (related)
		CHECK(libns_node_get_owner(node) != NULL);
	/* Through a mount namespace that nobody is in, too. */
	if (kind == LIBNS_HOLDER_MOUNT || kind == LIBNS_HOLDER_SOCKET || kind == LIBNS_HOLDER_FD)
		open_without_stdin(scan, node);
	libns_holders_free(holders);
	libns_scan_free(scan);
	kill(hidden->pid, SIGKILL);
	waitpid(hidden->pid, NULL, 0);
}

static void thread_net(void)
{
	must(unshare(CLONE_NEWNET));
	tell(inode("/proc/thread-self/ns/net"));
}

static void make_thread(void)
{
	static void (*run)(void) = thread_net;

	start_thread(&run);
}

TEST(thread)
{
	struct hidden hidden = hide(make_thread, 1);

	find(&hidden, 0, LIBNS_HOLDER_THREAD, true);
}

static void survivor(void)
{
	must(unshare(CLONE_NEWUTS));
	/* The main thread's links are gone once it is a zombie. */
	while (access("/proc/self/ns/uts", F_OK) == 0)
		usleep(1000);
	tell(inode("/proc/thread-self/ns/uts"));
}

static void make_headless(void)
{
	static void (*run)(void) = survivor;

	start_thread(&run);
	syscall(SYS_exit, 0);
}

TEST(main_thread_has_exited)
{
	struct hidden hidden = hide(make_headless, 1);

	find(&hidden, 0, LIBNS_HOLDER_PROCESS, true);
}

static void thread_time(void)
{
	must(unshare(CLONE_NEWTIME));
	tell(inode("/proc/thread-self/ns/time_for_children"));
}

static void make_thread_time(void)
{
	static void (*run)(void) = thread_time;

	start_thread(&run);
}

TEST(time_for_children_of_a_thread)
{
	struct hidden hidden = hide(make_thread_time, 1);

	find(&hidden, 0, LIBNS_HOLDER_FOR_CHILDREN, true);
}

static void make_pid_for_children(void)
{
	pid_t pid;

	must(unshare(CLONE_NEWPID));
	pid = fork();
	must(pid);
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	tell(inode("/proc/self/ns/pid_for_children"));
}

TEST(pid_for_children_whose_init_is_dead)
{
	struct hidden hidden = hide(make_pid_for_children, 1);

	find(&hidden, 0, LIBNS_HOLDER_FOR_CHILDREN, true);
}

static void make_fds(void)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		tell_fd(fresh(i));
}

TEST(descriptors_of_all_types)
{
	struct hidden hidden = hide(make_fds, sizeof(kinds) / sizeof(kinds[0]));

	for (size_t i = 1; i < hidden.n; i++) {
		struct libns_scan *scan = NULL;

		CHECK_INT(libns_scan_new(LIBNS_PROCFS, NULL, &scan, NULL), 0);
		CHECK(libns_scan_find(scan, hidden.ino[i]) != NULL);
		libns_scan_free(scan);
	}
	find(&hidden, 0, LIBNS_HOLDER_FD, true);
}

static void make_path_fd(void)
{
	int fd = fresh(3), tag;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	tag = open(path, O_PATH);
	must(tag);
	close(fd);
	tell_fd(tag);
}

TEST(path_descriptor)
{
	struct hidden hidden = hide(make_path_fd, 1);

	find(&hidden, 0, LIBNS_HOLDER_FD, true);
}

static void thread_fd(void)
{
	must(unshare(CLONE_FILES));
	tell_fd(fresh(3));
}

static void make_thread_fd(void)
{
	static void (*run)(void) = thread_fd;

	start_thread(&run);
}

TEST(descriptor_of_a_thread_with_its_own_table)
{
	struct hidden hidden = hide(make_thread_fd, 1);

	find(&hidden, 0, LIBNS_HOLDER_FD, true);
}

/* In a network namespace that nothing but what @hold returns will keep. */
static void in_fresh_net(int (*hold)(void))
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	uint64_t ino;

	must(unshare(CLONE_NEWNET));
	ino = inode("/proc/thread-self/ns/net");
	must(hold());
	must(setns(home, CLONE_NEWNET));
	close(home);
	tell(ino);
}

static int hold_inet(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0);
}

static int hold_packet(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static int hold_unix(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

static int hold_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0);
}

static void make_sockets(void)
{
	in_fresh_net(hold_inet);
	in_fresh_net(hold_packet);
	in_fresh_net(hold_unix);
	in_fresh_net(hold_netlink);
}

TEST(sockets_of_four_families)
{
	struct hidden hidden = hide(make_sockets, 4);

	for (size_t i = 1; i < hidden.n; i++) {
		struct libns_scan *scan = NULL;

		CHECK_INT(libns_scan_new(LIBNS_PROCFS, NULL, &scan, NULL), 0);
		CHECK(libns_scan_find(scan, hidden.ino[i]) != NULL);
		libns_scan_free(scan);
	}
	find(&hidden, 0, LIBNS_HOLDER_SOCKET, true);
}

static void thread_socket(void)
{
	must(unshare(CLONE_FILES));
	in_fresh_net(hold_inet);
}

static void make_thread_socket(void)
{
	static void (*run)(void) = thread_socket;

	start_thread(&run);
}

TEST(socket_of_a_thread_with_its_own_table)
{
	struct hidden hidden = hide(make_thread_socket, 1);

	find(&hidden, 0, LIBNS_HOLDER_SOCKET, true);
}

static int hold_tun(void)
{
	struct ifreq request = { .ifr_flags = IFF_TUN };
	int fd = open("/dev/net/tun", O_RDWR);

	return fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0 ? -1 : fd;
}

static void make_tun(void)
{
	in_fresh_net(hold_tun);
}

TEST(tun_device)
{
	struct hidden hidden = hide(make_tun, 1);

	find(&hidden, 0, LIBNS_HOLDER_TUN, true);
}

static void make_queued(void)
{
	int pair[2], fd = fresh(4);

	struct stat st;

	must(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	must(fstat(fd, &st));
	send_away(pair[0], fd);
	tell(st.st_ino);
}

TEST(descriptor_in_flight)
{
	struct hidden hidden = hide(make_queued, 1);

	find(&hidden, 0, LIBNS_HOLDER_QUEUED, true);
}

static void make_io_uring(void)
{
	struct io_uring_params params = { 0 };
	struct stat st;
	int ring = (int)syscall(SYS_io_uring_setup, 2, &params), fd = fresh(3);

	must(ring);
	must((int)syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, &fd, 1));
	must(fstat(fd, &st));
	close(fd);
	tell(st.st_ino);
}

TEST(registered_with_io_uring)
{
	struct hidden hidden = hide(make_io_uring, 1);

	find(&hidden, 0, LIBNS_HOLDER_IO_URING, false);
}

static void make_mounts(void)
{
	private_tmpfs();
	bind_fresh(3, "/mnt/odd \t\n\\\xc3\xa4");
	bind_fresh(2, "/mnt/stack");
	bind_fresh(3, "/mnt/stack");
	must(mkdir("/mnt/dir", 0700));
	bind_fresh(2, "/mnt/dir/covered");
	must(mount("over", "/mnt/dir", "tmpfs", 0, NULL));
	must(mkdir("/mnt/root", 0700));
	must(chroot("/mnt/root"));
	/* Not an inode: all of it is in place now. */
	tell(1);
}

TEST(mounts_elsewhere_stacked_covered_and_behind_a_chroot)
{
	struct hidden hidden = hide(make_mounts, 5);
	struct libns_scan *scan = NULL;

	CHECK_INT(libns_scan_new(LIBNS_PROCFS, NULL, &scan, NULL), 0);
	for (size_t i = 0; i < 4; i++)
		CHECK(libns_scan_find(scan, hidden.ino[i]) != NULL);
	/* The lower one of the stack keeps its own type. */
	CHECK_INT(libns_node_get_type(libns_scan_find(scan, hidden.ino[1])), LIBNS_TYPE_IPC);
	CHECK_INT(libns_node_get_type(libns_scan_find(scan, hidden.ino[2])), LIBNS_TYPE_UTS);
	libns_scan_free(scan);
	find(&hidden, 0, LIBNS_HOLDER_MOUNT, true);
}

static void make_mount_ns(void)
{
	int sync[2], back[2], fd;
	char path[64], byte;
	pid_t pid;

	must(pipe(sync));
	must(pipe(back));
	pid = fork();
	must(pid);
	if (pid == 0) {
		private_tmpfs();
		bind_fresh(4, "/mnt/net");
		(void)!write(sync[1], "", 1);
		(void)!read(back[0], &byte, 1);
		_exit(0);
	}
	must(read(sync[0], &byte, 1) == 1 ? 0 : -1);
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	must(fd);
	tell_fd(fd);
	must((int)write(back[1], "", 1));
	waitpid(pid, NULL, 0);
}

TEST(mount_in_a_mount_namespace_without_processes)
{
	struct hidden hidden = hide(make_mount_ns, 2);

	find(&hidden, 0, LIBNS_HOLDER_MOUNT, true);
}

static void make_parent_user(void)
{
	/* Two levels; nobody is left in the first one. */
	uint64_t ino;
	int map;

	must(unshare(CLONE_NEWUSER));
	ino = inode("/proc/self/ns/user");
	/* Without an id nobody may make the next one. */
	map = open("/proc/self/uid_map", O_WRONLY);
	must((int)write(map, "0 0 1", 5));
	map = open("/proc/self/setgroups", O_WRONLY);
	must((int)write(map, "deny", 4));
	map = open("/proc/self/gid_map", O_WRONLY);
	must((int)write(map, "0 0 1", 5));
	must(unshare(CLONE_NEWUSER));
	tell(ino);
}

TEST(parent_user_namespace)
{
	struct hidden hidden = hide(make_parent_user, 1);

	find(&hidden, 0, LIBNS_HOLDER_CHILD, true);
}

static void make_owner(void)
{
	int sync[2], back[2], net, user;
	struct stat st;
	char path[64], byte;
	pid_t pid;

	must(pipe(sync));
	must(pipe(back));
	pid = fork();
	must(pid);
	if (pid == 0) {
		must(unshare(CLONE_NEWUSER | CLONE_NEWNET));
		(void)!write(sync[1], "", 1);
		(void)!read(back[0], &byte, 1);
		_exit(0);
	}
	must(read(sync[0], &byte, 1) == 1 ? 0 : -1);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	user = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	net = open(path, O_RDONLY | O_CLOEXEC);
	must(user);
	must(net);
	must(fstat(user, &st));
	close(user);
	must(setns(net, CLONE_NEWNET));
	close(net);
	must((int)write(back[1], "", 1));
	waitpid(pid, NULL, 0);
	tell(st.st_ino);
}

TEST(owner_of_an_occupied_network)
{
	struct hidden hidden = hide(make_owner, 1);

	find(&hidden, 0, LIBNS_HOLDER_OWNED, true);
}

TAP_MAIN
