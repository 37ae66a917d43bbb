/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A host that is there shows it in some way: it answers a ping, refuses a port that nobody listens
 * on, or accepts. A firewall may refuse any of these, so they are tried beside each other.
 *
 * The sockets are made in the namespace and used from outside. Ordinary users may not ping where
 * net.ipv4.ping_group_range says so, which is the default of a new namespace; then a raw socket is
 * tried, and it is no failure if there is none.
 */

#include "wire/probe.h"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/net-visit.h"
#include "text/dns-msg.h"

/* How often whoever waits is asked, and when what may have been lost is sent again. */
#define IDLE_MS  50
#define AGAIN_MS 700

#define ECHO_SIZE 16

struct probes {
	struct probe *list;
	size_t n;
};

static int open_ping(struct probe *probe)
{
	int protocol = probe->ip.family == AF_INET ? IPPROTO_ICMP : (int)IPPROTO_ICMPV6;
	int fd = socket(probe->ip.family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

	if (fd >= 0)
		return fd;
	probe->raw = true;
	return socket(probe->ip.family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
}

/* What we cannot have says nothing about the others. */
static bool is_lack(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
}

/* In the namespace. Return: 0, or the errno of what is lacking. */
static int open_all(void *data)
{
	struct probes *probes = data;
	int lack = 0;

	for (size_t i = 0; i < probes->n; i++) {
		struct probe *probe = &probes->list[i];
		int type = probe->kind == PROBE_TCP ? SOCK_STREAM : SOCK_DGRAM;

		probe->fd =
			probe->kind == PROBE_PING
				? open_ping(probe)
				: socket(probe->ip.family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		probe->error = probe->fd < 0 ? errno : EINPROGRESS;
		if (probe->fd >= 0)
			probe->fd = sys_fd_above_stdio(probe->fd);
		if (is_lack(probe->error))
			lack = probe->error;
	}
	return lack;
}

static void connect_one(struct probe *probe)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(probe->port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(probe->port),
				   .sin6_scope_id = probe->link };
	int r;

	memcpy(&v4.sin_addr, probe->ip.bytes, sizeof(v4.sin_addr));
	memcpy(&v6.sin6_addr, probe->ip.bytes, sizeof(v6.sin6_addr));
	if (probe->ip.family == AF_INET)
		r = connect(probe->fd, (struct sockaddr *)&v4, sizeof(v4));
	else
		r = connect(probe->fd, (struct sockaddr *)&v6, sizeof(v6));
	/* A stream that is connected at once says so when it is polled. */
	if (r < 0 && errno != EINPROGRESS)
		probe->error = errno;
}

static uint16_t checksum(const uint8_t *data, size_t size)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)(data[i] << 8 | data[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* The id that the kernel gives to sockets of its own is not ours, so the sequence number tells. */
static size_t build_echo(const struct probe *probe, uint8_t echo[ECHO_SIZE])
{
	uint16_t sum;

	memset(echo, 0, ECHO_SIZE);
	echo[0] = probe->ip.family == AF_INET ? 8 : 128;
	echo[6] = (uint8_t)(probe->id >> 8);
	echo[7] = (uint8_t)probe->id;
	/* The kernel computes that of ICMPv6, which has addresses in it. */
	sum = checksum(echo, ECHO_SIZE);
	echo[2] = (uint8_t)(sum >> 8);
	echo[3] = (uint8_t)sum;
	return ECHO_SIZE;
}

static void send_one(struct probe *probe)
{
	uint8_t data[DNS_QUERY_SIZE > ECHO_SIZE ? DNS_QUERY_SIZE : ECHO_SIZE] = { 0 };
	size_t n = 1;

	if (probe->kind == PROBE_TCP || probe->error != EINPROGRESS)
		return;
	if (probe->kind == PROBE_DNS) {
		dns_query(probe->id, data);
		n = DNS_QUERY_SIZE;
	} else if (probe->kind == PROBE_PING) {
		n = build_echo(probe, data);
	}
	if (send(probe->fd, data, n, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
		probe->error = errno;
}

static bool is_echo(const struct probe *probe, const uint8_t *data, size_t n)
{
	/* IPv4 gives raw sockets the header. */
	if (probe->raw && probe->ip.family == AF_INET) {
		size_t header = n ? (size_t)(data[0] & 15) * 4 : 0;

		if (n < header)
			return false;
		data += header;
		n -= header;
	}
	return n >= 8 && data[0] == (probe->ip.family == AF_INET ? 0 : 129) &&
	       data[6] == probe->id >> 8 && data[7] == (probe->id & 0xff);
}

static void receive(struct probe *probe)
{
	uint8_t data[2048];
	ssize_t n;

	while (probe->error == EINPROGRESS) {
		n = recv(probe->fd, data, sizeof(data), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			probe->error = errno;
		} else if (probe->kind == PROBE_DNS) {
			probe->rcode = dns_answer(data, (size_t)n, probe->id);
			probe->error = probe->rcode < 0 ? EINPROGRESS : 0;
		} else if (probe->kind == PROBE_UDP || is_echo(probe, data, (size_t)n)) {
			probe->error = 0;
		}
	}
}

static void look(struct probe *probe)
{
	socklen_t size = sizeof(probe->error);

	if (probe->kind != PROBE_TCP)
		receive(probe);
	else if (getsockopt(probe->fd, SOL_SOCKET, SO_ERROR, &probe->error, &size) < 0)
		probe->error = errno;
	/* Only somebody who is there refuses. */
	if (probe->error == ECONNREFUSED && probe->kind != PROBE_DNS && !probe->must_connect)
		probe->error = 0;
}

/* Whether it is still to be waited for: nobody else has had an answer from the same. */
static bool is_waited_for(const struct probes *probes, const struct probe *probe)
{
	if (probe->error != EINPROGRESS)
		return false;
	for (size_t i = 0; i < probes->n; i++)
		if (probes->list[i].whom == probe->whom && !probes->list[i].error)
			return false;
	return true;
}

/* Return: 0 when nothing is to be waited for any more; 1; -errno. */
static int wait_some(struct probes *probes, struct pollfd *fds, int64_t begin,
		     struct libns_error *err)
{
	nfds_t n = 0;

	for (size_t i = 0; i < probes->n; i++) {
		struct probe *probe = &probes->list[i];

		if (!is_waited_for(probes, probe))
			continue;
		if (!probe->asked_again && sys_now_ms() - begin > AGAIN_MS) {
			probe->asked_again = true;
			send_one(probe);
		}
		fds[n++] = (struct pollfd){ probe->fd, probe->kind == PROBE_TCP ? POLLOUT : POLLIN,
					    0 };
	}
	if (!n)
		return 0;
	if (poll(fds, n, IDLE_MS) < 0)
		return errno == EINTR ? 1
				      : error_set(err, LIBNS_STEP_NETNS, errno,
						  "cannot wait for signs of life");
	for (nfds_t j = 0; j < n; j++)
		for (size_t i = 0; fds[j].revents && i < probes->n; i++)
			if (probes->list[i].fd == fds[j].fd)
				look(&probes->list[i]);
	return 1;
}

int probe_all(int ns_fd, struct probe *list, size_t n, int64_t until, bool (*idle)(void *data),
	      void *data, struct libns_error *err)
{
	_cleanup_free_ struct pollfd *fds = calloc(n ? n : 1, sizeof(*fds));
	struct probes probes = { list, n };
	int64_t begin = sys_now_ms();
	int done, r;

	if (!fds)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot ask for signs of life");
	for (size_t i = 0; i < n; i++) {
		list[i].fd = -1;
		if (getrandom(&list[i].id, sizeof(list[i].id), 0) < 0)
			list[i].id = (uint16_t)(begin + (int64_t)i);
	}
	r = net_visit(ns_fd, open_all, &probes, &done, err);
	if (r == 0 && done)
		r = error_set(err, LIBNS_STEP_NETNS, done, "cannot ask for signs of life");
	for (size_t i = 0; r == 0 && i < n; i++)
		if (list[i].fd >= 0) {
			connect_one(&list[i]);
			send_one(&list[i]);
		}
	while (r == 0 && (r = wait_some(&probes, fds, begin, err)) > 0) {
		r = 0;
		if (sys_now_ms() >= until || !idle(data))
			break;
	}
	for (size_t i = 0; i < n; i++)
		list[i].fd = base_close(list[i].fd);
	return r;
}
