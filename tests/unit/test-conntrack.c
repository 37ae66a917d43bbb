/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Flows that the kernel tracks, in a network of the case's own. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "kernel/conntrack.h"
#include "kernel/nft.h"
#include "own-net.h"

static struct libns_error err = LIBNS_ERROR_INIT;

static void set_lo_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = tap_keep(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));

	CHECK_INT(ioctl(fd, SIOCSIFFLAGS, &request), 0);
}

/* One packet makes a flow of it. Return: the socket; while it is open no other has its port. */
static int send_to(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK_INT(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
	return fd;
}

static bool has_port(const struct conntrack_flow *flow, void *data)
{
	static const uint8_t loopback[16] = { 127, 0, 0, 1 };

	CHECK_INT(flow->family, AF_INET);
	CHECK_INT(flow->protocol, IPPROTO_UDP);
	CHECK(!memcmp(flow->there.to, loopback, sizeof(loopback)));
	CHECK(!memcmp(flow->back.from, loopback, sizeof(loopback)));
	CHECK_INT(flow->back.from_port, flow->there.to_port);
	CHECK_INT(flow->back.to_port, flow->there.from_port);
	return flow->there.to_port == *(uint16_t *)data;
}

static size_t flush(uint16_t port)
{
	size_t n = 99;

	if (conntrack_flush(AF_INET, has_port, &port, &n, &err) < 0)
		TAP_FAIL("%s", err.text);
	return n;
}

TEST(flush_some)
{
	int fds[41], r;

	own_net();
	/* Without a rule that asks for it the kernel tracks nothing. */
	r = nft_run("table inet t { chain c { type filter hook output priority 0\n"
		    "ct state new accept\n }\n}\n",
		    &err);
	if (r < 0)
		SKIP(err.text);
	set_lo_up();
	for (int i = 0; i < 41; i++)
		fds[i] = send_to(i < 40 ? 5353 : 5354);
	CHECK_INT(flush(5353), 40);
	CHECK_INT(flush(5353), 0);
	CHECK_INT(flush(5354), 1);
	for (int i = 0; i < 41; i++)
		close(fds[i]);
}

TEST(nothing_is_tracked)
{
	own_net();
	CHECK_INT(flush(5353), 0);
}

TAP_MAIN
