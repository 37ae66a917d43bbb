/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections and datagrams through a relay. */
#include "base/base.h"
#include "base/sys.h"
#include "relay.h"

static char text[128];

static const char *word(const char *format, int port)
{
	snprintf(text, sizeof(text), format, port);
	return text;
}

/* Both ways, each end by itself, and what is still said after the other one has ended. */
static void talk(int client, int server)
{
	say(client, "question");
	hear(server, "question");
	say(server, "answer");
	hear(client, "answer");
	shutdown(client, SHUT_WR);
	hear(server, "");
	say(server, "late");
	hear(client, "late");
	close(server);
	hear(client, "");
	close(client);
}

static void talk_through(int family, const char *format, bool in)
{
	int port, listener, from;

	two_networks();
	listener = serve(!in, family, SOCK_STREAM, &port);
	make_relay();
	from = forward(word(format, port), in ? LIBNS_FORWARD_IN : 0);
	/* Where a server listens inside lo is up already, but as a socket of ours has set it. */
	CHECK_INT(n_lo, in);
	start_relay();
	for (int i = 0; i < 3; i++) {
		int client = dial(in, family, SOCK_STREAM, from);

		talk(client, meet(listener));
	}
	stop_relay();
	close(listener);
}

TEST(out)
{
	talk_through(AF_INET, "0:%d", false);
}

TEST(in)
{
	talk_through(AF_INET, "%d:0", true);
}

TEST(out_ipv6)
{
	talk_through(AF_INET6, "[::1]:0:[::1]:%d", false);
}

TEST(in_ipv6)
{
	talk_through(AF_INET6, "[::1]:%d:[::1]:0", true);
}

TEST(sockets_are_made_inside)
{
	struct libns_id want, got;
	int fd, ns_fd;

	two_networks();
	fd = relay_place_socket(&inside, AF_INET, SOCK_STREAM, &err);
	CHECK(fd > 2);
	ns_fd = ioctl(fd, SIOCGSKNS);
	if (ns_fd < 0)
		SKIP("the network of a socket may not be opened here");
	CHECK_INT(libns_fd_query_id(ns_fd, &got, NULL), 0);
	CHECK_INT(libns_fd_query_id(inside_fd, &want, NULL), 0);
	CHECK(libns_id_equal(&want, &got));
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	close(ns_fd);
}

TEST(nobody_listens)
{
	int port, from;

	two_networks();
	close(serve(true, AF_INET, SOCK_STREAM, &port));
	make_relay();
	from = forward(word("0:%d", port), 0);
	start_relay();
	for (int i = 0; i < 3; i++)
		hear_reset(dial(false, AF_INET, SOCK_STREAM, from));
	stop_relay();
	/* It is said once. */
	CHECK_INT(n_failed, 1);
	CHECK_CONTAINS(last_error, word("cannot connect to 127.0.0.1:%d in network namespace 'it': "
					"Connection refused",
					port));
}

TEST(a_reset_is_passed_on)
{
	const struct linger at_once = { .l_onoff = 1 };
	int port, listener, from, client, server;

	two_networks();
	listener = serve(true, AF_INET, SOCK_STREAM, &port);
	make_relay();
	from = forward(word("0:%d", port), 0);
	start_relay();
	client = dial(false, AF_INET, SOCK_STREAM, from);
	server = meet(listener);
	say(client, "question");
	hear(server, "question");
	CHECK_INT(setsockopt(server, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
	close(server);
	hear_reset(client);
	stop_relay();
	close(listener);
}

/* ------------------------------------------------------------------ much */

#define MUCH (48 * 1024 * 1024)

static unsigned char byte_at(size_t i)
{
	return (unsigned char)(i * 31 + (i >> 10) * 7 + (i >> 20));
}

static void *write_much(void *arg)
{
	int fd = (int)(intptr_t)arg;
	unsigned char bytes[10007];

	for (size_t at = 0; at < MUCH;) {
		size_t n = MUCH - at < sizeof(bytes) ? MUCH - at : sizeof(bytes);

		for (size_t i = 0; i < n; i++)
			bytes[i] = byte_at(at + i);
		if (send(fd, bytes, n, MSG_NOSIGNAL) != (ssize_t)n)
			return NULL;
		at += n;
	}
	shutdown(fd, SHUT_WR);
	return fd < 0 ? NULL : text;
}

static void read_much(int fd)
{
	unsigned char bytes[7919];
	size_t at = 0;
	ssize_t n;

	while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		for (ssize_t i = 0; i < n; i++, at++)
			CHECK(bytes[i] == byte_at(at));
	CHECK_INT(n, 0);
	CHECK_INT(at, MUCH);
}

static void carry_much(bool splice)
{
	pthread_t up, down;
	int port, listener, from, client, server;
	void *sent;

	two_networks();
	listener = serve(true, AF_INET, SOCK_STREAM, &port);
	make_relay();
	relay->no_splice = !splice;
	from = forward(word("0:%d", port), 0);
	start_relay();
	client = dial(false, AF_INET, SOCK_STREAM, from);
	server = meet(listener);
	CHECK_INT(pthread_create(&up, NULL, write_much, (void *)(intptr_t)client), 0);
	read_much(server);
	CHECK_INT(pthread_create(&down, NULL, write_much, (void *)(intptr_t)server), 0);
	read_much(client);
	CHECK_INT(pthread_join(up, &sent), 0);
	CHECK(sent);
	CHECK_INT(pthread_join(down, &sent), 0);
	CHECK(sent);
	stop_relay();
	close(client);
	close(server);
	close(listener);
}

TEST(much_by_splice)
{
	carry_much(true);
}

TEST(much_by_copies)
{
	carry_much(false);
}

/* Sends until nobody takes any more. Return: how many bytes. */
static size_t send_all(int fd)
{
	static const char bytes[65536];
	size_t sent = 0;
	ssize_t n;

	while (poll(&(struct pollfd){ fd, POLLOUT, 0 }, 1, 500) > 0 && sent < SIZE_MAX / 2) {
		n = send(fd, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_NOSIGNAL);
		sent += n > 0 ? (size_t)n : 0;
		/* Far more than all the buffers on the way. */
		CHECK(sent < 1024 * 1024 * 1024);
	}
	return sent;
}

static void nobody_reads(bool splice)
{
	int port, listener, from, client, server, other;
	char bytes[65536];
	size_t sent, got = 0;
	ssize_t n;

	two_networks();
	listener = serve(true, AF_INET, SOCK_STREAM, &port);
	make_relay();
	relay->no_splice = !splice;
	from = forward(word("0:%d", port), 0);
	start_relay();
	client = dial(false, AF_INET, SOCK_STREAM, from);
	server = meet(listener);
	sent = send_all(client);
	/* Another connection is not held up by that one. */
	other = dial(false, AF_INET, SOCK_STREAM, from);
	talk(other, meet(listener));
	shutdown(client, SHUT_WR);
	while ((n = recv(server, bytes, sizeof(bytes), 0)) > 0)
		got += (size_t)n;
	CHECK_INT(got, sent);
	close(server);
	close(client);
	stop_relay();
	close(listener);
}

TEST(who_does_not_read_holds_the_sender)
{
	nobody_reads(true);
}

TEST(who_does_not_read_holds_the_sender_of_copies)
{
	nobody_reads(false);
}

/* Connections that are made at the same time need not arrive in their order, so each says whose it is:
 * the number of its descriptor. */
static void dial_with_number(int port)
{
	int client = dial(false, AF_INET, SOCK_STREAM, port);

	CHECK_INT(send(client, &client, sizeof(client), MSG_NOSIGNAL), sizeof(client));
}

/* Return: a server; @ret_client: whom it has met. */
static int meet_whom(int listener, int *ret_client)
{
	int server = meet(listener);

	CHECK_INT(recv(server, ret_client, sizeof(*ret_client), MSG_WAITALL), sizeof(*ret_client));
	return server;
}

TEST(a_thousand_connections)
{
	struct rlimit files = { 0, 0 };
	int n = 1000, port, listener, from, *clients, *servers;

	CHECK_INT(getrlimit(RLIMIT_NOFILE, &files), 0);
	if (files.rlim_max < 6000)
		SKIP("needs 6000 descriptors");
	files.rlim_cur = 6000;
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &files), 0);
	two_networks();
	clients = calloc((size_t)n, sizeof(int));
	servers = calloc((size_t)n, sizeof(int));
	listener = serve(true, AF_INET, SOCK_STREAM, &port);
	make_relay();
	from = forward(word("0:%d", port), 0);
	start_relay();
	for (int i = 0; i < n; i++)
		dial_with_number(from);
	for (int i = 0; i < n; i++) {
		servers[i] = meet_whom(listener, &clients[i]);
		say(servers[i], "hello");
	}
	for (int i = n - 1; i >= 0; i--)
		hear(clients[i], "hello");
	/* Idle, no pipe is in use. It can stop, and go on. */
	pause_relay();
	CHECK_INT(relay->n_pipes_in, 0);
	CHECK(relay->n_pipes > 0);
	start_relay();
	for (int i = 0; i < n; i++) {
		close(clients[i]);
		hear(servers[i], "");
		close(servers[i]);
	}
	stop_relay();
	close(listener);
	free(clients);
	free(servers);
}

static bool is_in(int fd, const int *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == fd)
			return true;
	return false;
}

/* Gives the sockets of the relay a second descriptor. @own: those that are not its. */
static void hold_sockets(const int *own, size_t n_own)
{
	int type, n = 0;
	socklen_t size = sizeof(type);

	for (int fd = 3; fd < 256; fd++)
		if (!is_in(fd, own, n_own) &&
		    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
		    tap_keep(fcntl(fd, F_DUPFD_CLOEXEC, 256)) >= 0)
			n++;
	CHECK(n >= 16);
}

/* Whoever looks into /proc/PID/fd has the files there for a moment, and a child has them for longer:
 * then they are not gone when the relay has closed them. */
TEST(sockets_that_somebody_else_has_as_well)
{
	const struct linger at_once = { .l_onoff = 1 };
	int own[17], *clients = own, *servers = own + 8, port, from, listener;
	bool all_ended = false;

	two_networks();
	listener = own[16] = serve(true, AF_INET, SOCK_STREAM, &port);
	make_relay();
	from = forward(word("0:%d", port), 0);
	start_relay();
	for (int i = 0; i < 8; i++) {
		clients[i] = dial(false, AF_INET, SOCK_STREAM, from);
		servers[i] = meet(listener);
		say(clients[i], "hello");
		hear(servers[i], "hello");
	}
	hold_sockets(own, ARRAY_SIZE(own));
	for (int i = 0; i < 8; i++) {
		CHECK_INT(setsockopt(clients[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)),
			  0);
		close(clients[i]);
	}
	while (!all_ended) {
		pause_relay();
		all_ended = !relay->pairs;
		start_relay();
	}
	for (int i = 0; i < 8; i++)
		say(servers[i], "to nobody");
	clients[0] = dial(false, AF_INET, SOCK_STREAM, from);
	say(clients[0], "hello");
	clients[1] = meet(listener);
	hear(clients[1], "hello");
	stop_relay();
	close(clients[0]);
	close(clients[1]);
	for (int i = 0; i < 8; i++)
		close(servers[i]);
	close(listener);
}

/* ------------------------------------------------------------------ few descriptors */

static void tell_paused(const struct libns_relay_event *event, void *data)
{
	if (event->state == LIBNS_RELAY_PAUSED && write((int)(intptr_t)data, "", 1) < 0)
		_exit(1);
}

/* A relay in a process of its own that can open few more files. A byte comes from @ret_told when it
 * can open none any more. Return: where it listens. */
static int relay_process(const char *of, pid_t *ret_pid, int *ret_told)
{
	int ends[2], from;

	CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
	*ret_pid = tap_keep_child(fork());
	if (*ret_pid == 0) {
		struct rlimit few = { 40, 40 };

		make_relay();
		relay->options.event = tell_paused;
		relay->options.data = (void *)(intptr_t)ends[1];
		from = forward(of, 0);
		syscall(SYS_close_range, 60, ~0U, 0);
		setrlimit(RLIMIT_NOFILE, &few);
		if (write(ends[1], &from, sizeof(from)) < 0)
			_exit(1);
		libns_relay_run(relay, &until_fd, 1, NULL, NULL);
		_exit(0);
	}
	close(ends[1]);
	CHECK_INT(read(ends[0], &from, sizeof(from)), sizeof(from));
	*ret_told = tap_keep(ends[0]);
	return from;
}

static long cpu_ticks(pid_t pid)
{
	char path[64], line[512] = "", *at;
	unsigned long user = 0, kernel = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(read(fd, line, sizeof(line) - 1) > 0);
	close(fd);
	at = strrchr(line, ')');
	CHECK(at && sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
			   &kernel) == 2);
	return (long)(user + kernel);
}

TEST(descriptors_run_out)
{
	int port, listener, from, told, clients[60], servers[60], n = 0;
	long ticks;
	char byte;
	pid_t pid;

	two_networks();
	listener = serve(true, AF_INET, SOCK_STREAM, &port);
	from = relay_process(word("0:%d", port), &pid, &told);
	for (int i = 0; i < 60; i++)
		dial_with_number(from);
	CHECK_INT(read(told, &byte, 1), 1);
	/* Some are served, and carry something, the others wait. */
	for (; poll(&(struct pollfd){ listener, POLLIN, 0 }, 1, 700) == 1; n++) {
		servers[n] = meet_whom(listener, &clients[n]);
		say(servers[n], "hello");
		hear(clients[n], "hello");
	}
	CHECK(n > 5 && n < 30);
	/* Meanwhile it sleeps. */
	ticks = cpu_ticks(pid);
	poll(NULL, 0, 500);
	CHECK(cpu_ticks(pid) - ticks < sysconf(_SC_CLK_TCK) / 5);
	/* Those that end make way for all of them. */
	for (int i = 0; i < 60; i++) {
		close(clients[i]);
		hear(servers[i], "");
		close(servers[i]);
		if (n == 60)
			continue;
		servers[n] = meet_whom(listener, &clients[n]);
		say(servers[n], "hello");
		hear(clients[n++], "hello");
	}
	close(listener);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

TAP_MAIN
