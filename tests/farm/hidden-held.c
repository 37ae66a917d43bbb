/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The cases of tests/farm/hidden.c in which a descriptor holds the namespace, or
 * something that no interface shows.
 */

#include <linux/io_uring.h>
#include <sys/shm.h>
#include <sys/socket.h>

#include "hidden.h"

void case_20(void)
{
	for (int i = 0; i < N_KINDS; i++)
		report(kinds[i].name, new_ns(kinds[i].name));
}

void case_21(void)
{
	char path[64];

	for (int i = 0; i < N_KINDS; i++) {
		int fd = new_ns(kinds[i].name);

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		report(kinds[i].name, MUST(open(path, O_PATH | O_CLOEXEC)));
		close(fd);
	}
}

static void own_table(void *data)
{
	MUST(unshare(CLONE_FILES));
	report("net", new_ns("net"));
}

void case_22(void)
{
	in_thread(own_table, NULL);
}

/* A descriptor made by @make inside a network namespace that nothing else holds. */
static int made_inside(int (*make)(int), int argument)
{
	int here = MUST(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
	int there = new_ns("net");
	int fd;

	MUST(setns(there, CLONE_NEWNET));
	fd = make(argument);
	if (fd < 0)
		cannot("descriptor");
	MUST(setns(here, CLONE_NEWNET));
	report("net", there);
	close(there);
	close(here);
	return fd;
}

int make_socket(int family)
{
	return socket(family, (family == AF_NETLINK ? SOCK_RAW : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
}

void case_23(void)
{
	made_inside(make_socket, AF_INET);
}

void case_24(void)
{
	made_inside(make_socket, AF_UNIX);
	made_inside(make_socket, AF_NETLINK);
	made_inside(make_socket, AF_PACKET);
}

static void socket_in_own_table(void *data)
{
	MUST(unshare(CLONE_FILES));
	made_inside(make_socket, AF_INET);
}

void case_25(void)
{
	in_thread(socket_in_own_table, NULL);
}

static int make_tun(int flags)
{
	return open("/dev/net/tun", O_RDWR | O_CLOEXEC);
}

void case_26(void)
{
	made_inside(make_tun, 0);
}

static void send_fd(int through, int fd)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec one = { (char[]){ 'f' }, 1 };
	struct msghdr msg = {
		.msg_iov = &one,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	MUST(sendmsg(through, &msg, 0));
}

void case_27(void)
{
	int pair[2], fd = new_ns("net");

	MUST(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair));
	report("net", fd);
	send_fd(pair[0], fd);
	close(fd);
}

void case_28(void)
{
	struct io_uring_params params = { 0 };
	int fd = new_ns("net");
	int ring = (int)syscall(SYS_io_uring_setup, 1, &params);

	if (ring < 0)
		cannot("io_uring_setup");
	MUST(syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, &fd, 1));
	report("net", fd);
	close(fd);
}

static int make_context(int flags)
{
	return (int)syscall(SYS_fsopen, "sysfs", 1);
}

void case_90(void)
{
	made_inside(make_context, 0);
}

void case_91(void)
{
	int here = MUST(open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC));
	int there = new_ns("ipc");
	int id;

	MUST(setns(there, CLONE_NEWIPC));
	id = MUST(shmget(IPC_PRIVATE, 4096, 0600));
	if (shmat(id, NULL, 0) == (void *)-1)
		die("shmat");
	MUST(setns(here, CLONE_NEWIPC));
	report("ipc", there);
	close(there);
	close(here);
}
