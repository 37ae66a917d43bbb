/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Sockets inside a network namespace, for somebody who stays outside.
 *
 * Theory of operation
 *
 * A socket belongs to the network namespace of the thread that makes it, for good. So a child that
 * shares the table of descriptors enters, makes sockets and ends; the relay then finds them among
 * its own. It makes some in advance, ever more as long as they are used up, so that busy relays
 * seldom need a child.
 *
 * Who is root inside may trace whoever enters his user namespace. So the child has a memory of its
 * own, and is not dumpable before it enters: a right in the user namespace it comes from is needed
 * to trace it or to look at its descriptors. It enters no pid namespace. It can still be stopped
 * or killed by those inside who see it, so the wait for it is limited. What it has made is written
 * to a page that both share.
 */

#include <linux/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

#include <libns/netns.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/clone.h"
#include "relay/relay.h"

#define PATIENCE_MS 5000

struct relay_maker {
	struct libns_error err; /* code 0: all went well */
	uint32_t n;
	bool lo_was_down;
	int fds[RELAY_STOCK];
};

/* What the child is to do. */
struct order {
	int family, type;
	unsigned int n;
	const union relay_address *bind; /* NULL: it is only made */
	socklen_t bind_size;
	bool lo;
};

int relay_place_new(struct relay_place *place, int ns_fd, const char *name, struct libns_error *err)
{
	void *page;
	int r = libns_netns_entry_new(ns_fd, name, &place->entry, err);

	if (r < 0)
		return r;
	place->name = name;
	page = mmap(NULL, sizeof(struct relay_maker), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return error_set(err, LIBNS_STEP_NETNS, errno, "cannot make sockets in '%s'", name);
	place->maker = page;
	return 0;
}

void relay_place_done(struct relay_place *place)
{
	for (size_t i = 0; i < RELAY_N_KINDS; i++)
		while (place->stocks[i].n)
			base_close(place->stocks[i].fds[--place->stocks[i].n]);
	libns_entry_free(place->entry);
	if (place->maker)
		munmap(place->maker, sizeof(*place->maker));
}

/* ---------------------------------------------------------------- the child */

static int set_lo_up(struct relay_maker *maker, struct libns_error *err)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_name = "lo" };

	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0) {
		if (request.ifr_flags & IFF_UP)
			return 0;
		request.ifr_flags |= IFF_UP;
		if (ioctl(fd, SIOCSIFFLAGS, &request) == 0) {
			maker->lo_was_down = true;
			return 0;
		}
	}
	return error_set(err, LIBNS_STEP_NETNS, errno,
			 "cannot bring up the interface lo, which is down");
}

static int make_one(const struct order *order, struct relay_maker *maker, struct libns_error *err)
{
	int fd = relay_socket_make(order->family, order->type), r;

	if (fd < 0)
		return error_set(err, LIBNS_STEP_NETNS, -fd, "cannot make a socket");
	maker->fds[maker->n++] = fd;
	if (!order->bind)
		return 0;
	r = relay_socket_listen(fd, order->type, order->bind, order->bind_size);
	return r < 0 ? error_set(err, LIBNS_STEP_NETNS, -r, "cannot listen there") : 0;
}

static int fill_order(const struct relay_place *place, const struct order *order)
{
	struct relay_maker *maker = place->maker;
	int r = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);

	if (r < 0)
		return error_set(&maker->err, LIBNS_STEP_ENTER, errno,
				 "cannot become a process that nobody traces");
	r = libns_enter(place->entry, &maker->err);
	if (r == 0 && order->lo)
		r = set_lo_up(maker, &maker->err);
	for (unsigned int i = 0; r == 0 && i < order->n; i++)
		r = make_one(order, maker, &maker->err);
	return r;
}

/* ---------------------------------------------------------------- the relay */

/* Waits for a child that others may have stopped. */
static void wait_for(const struct clone_result *child)
{
	struct pollfd end = { child->pidfd, POLLIN, 0 };

	if (child->pidfd < 0)
		return;
	for (int64_t until = sys_now_ms() + PATIENCE_MS, now; (now = sys_now_ms()) < until;)
		if (poll(&end, 1, (int)(until - now)) >= 0 || errno != EINTR)
			return;
}

static int dispatch(struct relay_place *place, const struct order *order, struct libns_error *err)
{
	struct relay_maker *maker = place->maker;
	struct clone_result child;
	int r;

	*maker = (struct relay_maker){ .err = LIBNS_ERROR_INIT };
	r = clone_process(CLONE_FILES, 0, NULL, &child, err);
	if (r < 0)
		return r;
	if (child.pid == 0)
		_exit(fill_order(place, order) < 0);
	wait_for(&child);
	clone_end(child.pid, child.pidfd, child.pidfd >= 0);
	base_close(child.pidfd);
	/* What has been made counts, though the last one may have failed. */
	if (maker->err.code == 0 && maker->n == order->n)
		return 0;
	r = maker->err.code ? -maker->err.code : -ECHILD;
	if (err && maker->err.code)
		*err = maker->err;
	else
		error_say(err, LIBNS_STEP_ENTER, ECHILD, "a child that was to enter it has ended");
	error_prefix(err, "network namespace '%s'", place->name);
	return r;
}

static struct relay_stock *stock_of(struct relay_place *place, int family, int type)
{
	if (family == AF_UNIX)
		return &place->stocks[RELAY_UNIX];
	return &place->stocks[(family == AF_INET6) +
			      (type == SOCK_DGRAM ? RELAY_UDP4 : RELAY_TCP4)];
}

int relay_place_socket(struct relay_place *place, int family, int type, struct libns_error *err)
{
	struct relay_stock *stock = stock_of(place, family, type);
	struct order order = { .family = family, .type = type };
	int r;

	if (stock->n)
		return stock->fds[--stock->n];
	order.n = stock->next ? stock->next : 1;
	stock->next = order.n < RELAY_STOCK ? 2 * order.n : RELAY_STOCK;
	r = dispatch(place, &order, err);
	if (r < 0)
		stock->next = 1;
	stock->n = place->maker->n < order.n ? place->maker->n : order.n;
	memcpy(stock->fds, place->maker->fds, stock->n * sizeof(stock->fds[0]));
	return stock->n ? stock->fds[--stock->n] : r;
}

int relay_place_listen(struct relay_place *place, int type, const union relay_address *address,
		       socklen_t size, const char *text, bool *ret_lo, struct libns_error *err)
{
	struct order order = { address->any.sa_family,           type, 1, address, size,
			       address->any.sa_family != AF_UNIX };
	int r = dispatch(place, &order, err);

	*ret_lo = place->maker->lo_was_down;
	if (r == 0)
		return place->maker->fds[0];
	if (place->maker->n == 0)
		return r;
	base_close(place->maker->fds[0]);
	return error_set(err, LIBNS_STEP_NETNS, -r, "cannot listen on %s in network namespace '%s'",
			 text, place->name);
}

int relay_place_set_lo(struct relay_place *place, struct libns_error *err)
{
	const struct order order = { .lo = true };
	int r = dispatch(place, &order, err);

	return r < 0 ? r : place->maker->lo_was_down;
}
