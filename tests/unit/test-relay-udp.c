/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Datagrams through a relay, sockets in the file system, and what cannot be forwarded. */
#include <sys/stat.h>

#include "relay.h"

static char text[256];

static const char *word(const char *format, int port)
{
	snprintf(text, sizeof(text), format, port);
	return text;
}

/* Who has sent it is the one to be answered. */
static int hear_from(int fd, const char *want, union relay_address *ret_from)
{
	socklen_t size = sizeof(*ret_from);
	char got[64] = "";

	CHECK(recvfrom(fd, got, sizeof(got) - 1, 0, &ret_from->any, &size) >= 0);
	CHECK_STR(got, want);
	return ntohs(ret_from->v4.sin_port);
}

static void answer(int fd, const union relay_address *to, const char *bytes)
{
	socklen_t size = to->any.sa_family == AF_INET6 ? sizeof(to->v6) : sizeof(to->v4);

	CHECK_INT(sendto(fd, bytes, strlen(bytes), 0, &to->any, size), strlen(bytes));
}

static void datagrams(int family, const char *format, bool in)
{
	int port, server, from, a, b, port_a, port_b;
	union relay_address of_a, of_b;

	two_networks();
	server = serve(!in, family, SOCK_DGRAM, &port);
	make_relay();
	from = forward(word(format, port), in ? LIBNS_FORWARD_IN : 0);
	start_relay();
	a = dial(in, family, SOCK_DGRAM, from);
	b = dial(in, family, SOCK_DGRAM, from);
	say(a, "from a");
	port_a = hear_from(server, "from a", &of_a);
	say(b, "from b");
	port_b = hear_from(server, "from b", &of_b);
	CHECK(port_a != port_b);
	/* Each gets its own answer, whatever the order, and keeps its session. */
	answer(server, &of_b, "to b");
	answer(server, &of_a, "to a");
	hear(a, "to a");
	hear(b, "to b");
	say(a, "again");
	CHECK_INT(hear_from(server, "again", &of_a), port_a);
	CHECK_INT(send(a, "", 0, 0), 0);
	CHECK_INT(hear_from(server, "", &of_a), port_a);
	stop_relay();
	close(a);
	close(b);
	close(server);
}

TEST(udp_out)
{
	datagrams(AF_INET, "0:%d/udp", false);
}

TEST(udp_in)
{
	datagrams(AF_INET, "%d:0/udp", true);
}

TEST(udp_ipv6)
{
	datagrams(AF_INET6, "[::1]:0:[::1]:%d/udp", false);
}

/* On every address: the answer comes from the one that was sent to. */
TEST(udp_on_every_address)
{
	union relay_address to = { 0 }, of;
	int port, server, from, client;

	two_networks();
	server = serve(true, AF_INET, SOCK_DGRAM, &port);
	make_relay();
	from = forward(word("0.0.0.0:0:%d/udp", port), 0);
	start_relay();
	client = blocking(relay_socket_make(AF_INET, SOCK_DGRAM));
	loopback(AF_INET, from, &to);
	to.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 6);
	/* A connected socket takes nothing from elsewhere. */
	CHECK_INT(connect(client, &to.any, sizeof(to.v4)), 0);
	say(client, "question");
	hear_from(server, "question", &of);
	answer(server, &of, "answer");
	hear(client, "answer");
	stop_relay();
	close(client);
	close(server);
}

TEST(idle_sessions_end)
{
	int port, server, from, client, first;
	union relay_address of;

	two_networks();
	server = serve(true, AF_INET, SOCK_DGRAM, &port);
	make_relay();
	relay->options.udp_idle_ms = 1;
	from = forward(word("0:%d/udp", port), 0);
	start_relay();
	client = dial(false, AF_INET, SOCK_DGRAM, from);
	say(client, "one");
	first = hear_from(server, "one", &of);
	/* Once it has ended, another socket carries what comes. */
	do {
		poll(NULL, 0, 5);
		say(client, "two");
	} while (hear_from(server, "two", &of) == first);
	poll(NULL, 0, 20);
	stop_relay();
	close(client);
	close(server);
}

TEST(udp_nobody_listens)
{
	int port, from, client;

	two_networks();
	close(serve(true, AF_INET, SOCK_DGRAM, &port));
	make_relay();
	from = forward(word("0:%d/udp", port), 0);
	start_relay();
	client = dial(false, AF_INET, SOCK_DGRAM, from);
	for (int i = 0; i < 500 && !__atomic_load_n(&n_failed, __ATOMIC_RELAXED); i++) {
		say(client, "anybody?");
		poll(NULL, 0, 10);
	}
	stop_relay();
	CHECK_INT(n_failed, 1);
	CHECK_CONTAINS(last_error, "Connection refused");
	close(client);
}

TEST(more_senders_than_descriptors)
{
	int port, server, clients[60];
	struct rlimit few = { 120, 120 };
	union relay_address of;

	two_networks();
	server = serve(true, AF_INET, SOCK_DGRAM, &port);
	make_relay();
	port = forward(word("0:%d/udp", port), 0);
	start_relay();
	for (int i = 0; i < 60; i++)
		clients[i] = dial(false, AF_INET, SOCK_DGRAM, port);
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &few), 0);
	/* All are heard, and the last of them is answered. */
	for (int i = 0; i < 60; i++) {
		say(clients[i], "hello");
		hear_from(server, "hello", &of);
	}
	answer(server, &of, "answer");
	hear(clients[59], "answer");
	stop_relay();
	for (int i = 0; i < 60; i++)
		close(clients[i]);
	close(server);
}

/* ------------------------------------------------------------------ in the file system */

static char dir[] = "/tmp/libns-relay-XXXXXX", path[64];

static void remove_dir(void *arg)
{
	(void)arg;
	unlink(path);
	rmdir(dir);
}

static void make_dir(void)
{
	CHECK(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sock", dir);
	tap_later(remove_dir, NULL);
}

static int dial_path(void)
{
	struct libns_forward_end end = { .kind = LIBNS_FORWARD_PATH };
	union relay_address address;
	socklen_t size;
	int fd = blocking(relay_socket_make(AF_UNIX, SOCK_STREAM));

	snprintf(end.path, sizeof(end.path), "%s", path);
	size = relay_address_of(&end, &address);
	CHECK_INT(connect(fd, &address.any, size), 0);
	return fd;
}

TEST(a_path)
{
	int port, listener, client, server;
	struct stat st;

	two_networks();
	make_dir();
	listener = serve(true, AF_INET, SOCK_STREAM, &port);
	for (int i = 0; i < 2; i++) {
		make_relay();
		snprintf(text, sizeof(text), "%s:%d", path, port);
		forward(text, 0);
		CHECK_INT(lstat(path, &st), 0);
		CHECK_INT(st.st_mode, S_IFSOCK | 0600);
		start_relay();
		client = dial_path();
		server = meet(listener);
		say(client, "question");
		hear(server, "question");
		close(server);
		hear(client, "");
		close(client);
		stop_relay();
		CHECK_INT(lstat(path, &st), -1);
	}
	close(listener);
}

TEST(a_path_that_is_there)
{
	struct libns_forward f = { .size = sizeof(f) };
	struct libns_relay *first;
	FILE *file;
	struct stat st;
	pid_t pid;

	two_networks();
	make_dir();
	snprintf(text, sizeof(text), "%s:80", path);
	CHECK_INT(libns_forward_parse(text, 0, &f, &err), 0);
	/* Of a relay that is killed; taken over. */
	pid = fork();
	if (pid == 0) {
		make_relay();
		forward(text, 0);
		kill(getpid(), SIGKILL);
	}
	waitpid(pid, NULL, 0);
	CHECK_INT(lstat(path, &st), 0);
	make_relay();
	CHECK_INT(libns_relay_add(relay, &f, &err), 0);
	/* In use. */
	first = relay;
	make_relay();
	CHECK_INT(libns_relay_add(relay, &f, &err), -EADDRINUSE);
	CHECK_CONTAINS(err.text, "cannot listen on /tmp/libns-relay-");
	libns_relay_free(relay);
	CHECK_INT(lstat(path, &st), 0);
	libns_relay_free(first);
	/* Something else. */
	CHECK(file = fopen(path, "we"));
	fclose(file);
	make_relay();
	CHECK_INT(libns_relay_add(relay, &f, &err), -EADDRINUSE);
	relay = libns_relay_free(relay);
	CHECK_INT(lstat(path, &st), 0);
	CHECK(S_ISREG(st.st_mode));
}

TEST(abstract_sockets)
{
	int listener, client, server;
	struct libns_forward_end end = { .kind = LIBNS_FORWARD_ABSTRACT, .path = "it" };
	union relay_address address;
	socklen_t size = relay_address_of(&end, &address);
	bool lo;

	two_networks();
	listener = relay_place_listen(&inside, SOCK_STREAM, &address, size, "@it", &lo, &err);
	CHECK(blocking(listener) > 2);
	make_relay();
	forward("@here:@it", 0);
	CHECK_INT(n_lo, 0);
	start_relay();
	snprintf(end.path, sizeof(end.path), "here");
	size = relay_address_of(&end, &address);
	client = blocking(relay_socket_make(AF_UNIX, SOCK_STREAM));
	CHECK_INT(connect(client, &address.any, size), 0);
	server = meet(listener);
	say(server, "answer");
	/* Nobody reads there any more, but something has still been said. */
	close(server);
	hear(client, "answer");
	hear(client, "");
	stop_relay();
	close(client);
	close(listener);
}

/* ------------------------------------------------------------------ what cannot be */

TEST(refused)
{
	struct libns_relay_options options = LIBNS_RELAY_OPTIONS_INIT;
	struct libns_forward f = { .size = sizeof(f) };
	struct libns_relay *none = NULL;
	int port, server;

	two_networks();
	options.ns_fd = tap_keep(open("/dev/null", O_RDONLY | O_CLOEXEC));
	options.name = "it";
	CHECK_INT(libns_relay_new(&options, &none, &err), -EINVAL);
	options.size = 0;
	CHECK_INT(libns_relay_new(&options, &none, &err), -EINVAL);
	options = (struct libns_relay_options)LIBNS_RELAY_OPTIONS_INIT;
	options.flags = 1;
	CHECK_INT(libns_relay_new(&options, &none, &err), -EINVAL);
	CHECK(!none);

	make_relay();
	CHECK_INT(libns_relay_add(relay, &f, &err), -EINVAL);
	server = serve(true, AF_INET, SOCK_STREAM, &port);
	snprintf(text, sizeof(text), "80:%d", port);
	CHECK_INT(libns_forward_parse(text, LIBNS_FORWARD_IN, &f, &err), 0);
	CHECK_INT(libns_relay_add(relay, &f, &err), -EADDRINUSE);
	snprintf(text, sizeof(text),
		 "cannot listen on 127.0.0.1:%d in network namespace 'it': Address already in use",
		 port);
	CHECK_STR(err.text, text);
	CHECK_INT(libns_forward_parse("192.0.2.1:80:80", 0, &f, &err), 0);
	CHECK_INT(libns_relay_add(relay, &f, &err), -EADDRNOTAVAIL);
	CHECK_STR(err.text, "cannot listen on 192.0.2.1:80: Cannot assign requested address");
	relay = libns_relay_free(relay);
	close(server);
}

static void check_parse(const char *given, uint64_t flags, const char *host, const char *in)
{
	struct libns_forward f = { .size = sizeof(f) };
	char buf[LIBNS_FORWARD_TEXT];

	CHECK_INT(libns_forward_parse(given, flags, &f, &err), 0);
	CHECK_STR(libns_forward_format(&f.host, buf), host);
	CHECK_STR(libns_forward_format(&f.inside, buf), in);
	CHECK_INT(f.flags & LIBNS_FORWARD_UDP, strstr(given, "/udp") ? LIBNS_FORWARD_UDP : 0);
}

TEST(words)
{
	static const char *const bad[] = {
		"",
		":",
		"80:",
		":80",
		"65536",
		"080:80",
		"80:0",
		"a:80",
		"80/sctp",
		"80:80/udp/tcp",
		"1.2.3:80:80",
		"/x",
		"@x",
		"80:/",
		"80:@",
		"80:[::1]",
		"::1:80:80",
		"[::1:80:80",
		"/x:80/udp",
		"1.2.3.4/8:80:80",
		"[fe80::1%lo]:1:1",
		"80:80:80",
		" 80",
		"80 ",
		"-1",
		"+80",
	};
	struct libns_forward f = { .size = sizeof(f) };

	check_parse("8080", 0, "127.0.0.1:8080", "127.0.0.1:8080");
	check_parse("8080/udp", 0, "127.0.0.1:8080", "127.0.0.1:8080");
	check_parse("0:80/tcp", 0, "127.0.0.1:0", "127.0.0.1:80");
	check_parse("80:0", LIBNS_FORWARD_IN, "127.0.0.1:80", "127.0.0.1:0");
	check_parse("0.0.0.0:8080:80", 0, "0.0.0.0:8080", "127.0.0.1:80");
	check_parse("[2001:db8::1]:53:10.0.0.1:53/udp", 0, "[2001:db8::1]:53", "10.0.0.1:53");
	check_parse("/run/x.sock:80", 0, "/run/x.sock", "127.0.0.1:80");
	check_parse("5432:/run/x/.s.5432", LIBNS_FORWARD_IN, "127.0.0.1:5432", "/run/x/.s.5432");
	check_parse("@a b:@c", 0, "@a b", "@c");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (libns_forward_parse(bad[i], 0, &f, &err) != -EINVAL)
			TAP_FAIL("'%s' was taken", bad[i]);
		CHECK_INT(err.step, LIBNS_STEP_ARGUMENT);
	}
}

TAP_MAIN
