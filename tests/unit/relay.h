/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_UNIT_RELAY_H
#define TESTS_UNIT_RELAY_H

/* A relay between a network namespace of the case's own and one of a sandbox. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <libns/nsfd.h>

#include "may-create.h"
#include "relay/relay.h"
#include "tap.h"

static struct libns_error err = LIBNS_ERROR_INIT;
static struct relay_place inside;
static int inside_fd;

static inline void free_place(void *arg)
{
	(void)arg;
	relay_place_done(&inside);
}

static inline void set_lo_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CHECK_INT(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	close(fd);
}

/* The machine's network is left alone: an ordinary user goes into a sandbox. */
static inline void two_networks(void)
{
	int flags = CLONE_NEWNET | (geteuid() ? CLONE_NEWUSER : 0), ends[2];
	char path[64], byte;
	pid_t pid;

	may_create((uint64_t)flags);
	CHECK_INT(unshare(flags), 0);
	set_lo_up();
	CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWNET) < 0 || write(ends[1], "", 1) < 0)
			_exit(1);
		pause();
		_exit(0);
	}
	CHECK_INT(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	close(ends[1]);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	inside_fd = tap_keep(libns_fd_open(AT_FDCWD, path, NULL));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	CHECK_INT(relay_place_new(&inside, inside_fd, "it", &err), 0);
	tap_later(free_place, NULL);
}

/* ------------------------------------------------------------------ a relay in a thread */

static struct libns_relay *relay;
static pthread_t thread;
static int until_fd, n_failed, n_lo, n_paused;
static char last_error[512];

static inline void note_event(const struct libns_relay_event *event, void *data)
{
	(void)data;
	n_failed += event->state == LIBNS_RELAY_FAILED;
	n_lo += event->state == LIBNS_RELAY_LO_UP;
	n_paused += event->state == LIBNS_RELAY_PAUSED;
	if (event->error)
		snprintf(last_error, sizeof(last_error), "%s", event->error->text);
}

static inline void *run_relay(void *arg)
{
	(void)arg;
	return (void *)(intptr_t)libns_relay_run(relay, &until_fd, 1, NULL, NULL);
}

static inline void make_relay(void)
{
	struct libns_relay_options options = LIBNS_RELAY_OPTIONS_INIT;

	options.ns_fd = inside_fd;
	options.name = "it";
	options.event = note_event;
	CHECK_INT(libns_relay_new(&options, &relay, &err), 0);
	until_fd = tap_keep(eventfd(0, EFD_CLOEXEC));
}

/* Return: the port where it listens. */
static inline int forward(const char *word, uint64_t flags)
{
	struct libns_forward f = { .size = sizeof(f) };

	CHECK_INT(libns_forward_parse(word, flags, &f, &err), 0);
	if (libns_relay_add(relay, &f, &err) < 0)
		TAP_FAIL("%s: %s", word, err.text);
	return flags & LIBNS_FORWARD_IN ? f.inside.port : f.host.port;
}

static inline void start_relay(void)
{
	CHECK_INT(pthread_create(&thread, NULL, run_relay, NULL), 0);
}

static inline void pause_relay(void)
{
	eventfd_t value;
	void *result;

	CHECK_INT(eventfd_write(until_fd, 1), 0);
	CHECK_INT(pthread_join(thread, &result), 0);
	CHECK_INT((intptr_t)result, 0);
	CHECK_INT(eventfd_read(until_fd, &value), 0);
}

static inline void stop_relay(void)
{
	pause_relay();
	relay = libns_relay_free(relay);
}

/* ------------------------------------------------------------------ who talks through it */

static inline socklen_t loopback(int family, int port, union relay_address *ret)
{
	struct libns_forward_end end = { .port = (uint16_t)port };

	CHECK_INT(libns_ip_parse(family == AF_INET6 ? "::1" : "127.0.0.1", &end.address), 0);
	return relay_address_of(&end, ret);
}

static inline int blocking(int fd)
{
	CHECK(fd >= 0);
	CHECK_INT(fcntl(fd, F_SETFL, 0), 0);
	return fd;
}

static inline int port_of(int fd)
{
	union relay_address address;
	socklen_t size = sizeof(address);

	CHECK_INT(getsockname(fd, &address.any, &size), 0);
	return ntohs(address.v4.sin_port);
}

/* Listens inside, or in our own network. */
static inline int serve(bool in, int family, int type, int *ret_port)
{
	union relay_address address;
	socklen_t size = loopback(family, 0, &address);
	bool lo;
	int fd = in ? relay_place_listen(&inside, type, &address, size, "there", &lo, &err)
		    : relay_socket_make(family, type);

	CHECK(fd >= 0);
	if (!in)
		CHECK_INT(relay_socket_listen(fd, type, &address, size), 0);
	*ret_port = port_of(fd);
	return blocking(fd);
}

static inline int dial(bool in, int family, int type, int port)
{
	union relay_address address;
	socklen_t size = loopback(family, port, &address);
	int fd = in ? relay_place_socket(&inside, family, type, &err)
		    : relay_socket_make(family, type);

	CHECK_INT(connect(blocking(fd), &address.any, size), 0);
	return fd;
}

static inline int meet(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	CHECK(fd >= 0);
	return fd;
}

static inline void say(int fd, const char *text)
{
	CHECK_INT(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* "": the end. */
static inline void hear(int fd, const char *text)
{
	char got[64] = "";
	size_t n = 0, want = strlen(text);

	while (n < want + !want) {
		ssize_t more = recv(fd, got + n, sizeof(got) - n - 1, 0);

		CHECK(more >= 0);
		if (more == 0)
			break;
		n += (size_t)more;
	}
	got[n] = '\0';
	CHECK_STR(got, text);
}

static inline void hear_reset(int fd)
{
	char byte;

	CHECK_INT(recv(fd, &byte, 1, 0), -1);
	CHECK_INT(errno, ECONNRESET);
	close(fd);
}

#endif
