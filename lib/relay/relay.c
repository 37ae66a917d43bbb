/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A relay: what listens, and the loop.
 *
 * One thread waits for everything by epoll(7). What listens is a struct relay_listener; what it
 * leads to are pairs of connections (stream.c) or sessions (datagram.c). Sockets on the caller's
 * side are made here, those inside by a child (place.c).
 *
 * An event may end what a later event of the same round is about. So what has ended is kept in a
 * list until the round is over.
 */

#include "relay/relay.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sized.h"
#include "base/sys.h"

#define EVENTS        64
#define UDP_IDLE_MS   60000
#define OPTIONS_LEAST sizeof(struct libns_relay_options)

/* ---------------------------------------------------------------- making one */

LIBNS_PUBLIC int libns_relay_new(const struct libns_relay_options *options,
				 struct libns_relay **ret_relay, struct libns_error *err)
{
	_cleanup_(libns_relay_freep) struct libns_relay *relay = calloc(1, sizeof(*relay));
	int r;

	if (!relay)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot make a relay");
	relay->epoll_fd = -1;
	r = base_copy_sized(&relay->options, sizeof(relay->options), options, OPTIONS_LEAST,
			    "the relay", err);
	if (r < 0)
		return r;
	if (relay->options.flags)
		return error_unknown(err, "the relay", relay->options.flags);
	if (!relay->options.udp_idle_ms)
		relay->options.udp_idle_ms = UDP_IDLE_MS;
	relay->name = strdup(options->name ? options->name : "");
	relay->buffer = malloc(RELAY_BUFFER);
	relay->now = sys_now_ms();
	relay->told_at = relay->now - RELAY_TELL_MS;
	relay->epoll_fd = sys_fd_above_stdio(epoll_create1(EPOLL_CLOEXEC));
	if (!relay->name || !relay->buffer || relay->epoll_fd < 0)
		return error_set(err, LIBNS_STEP_NETNS,
				 relay->epoll_fd < 0 ? -relay->epoll_fd : ENOMEM,
				 "cannot make a relay");
	r = relay_place_new(&relay->place, options->ns_fd, relay->name, err);
	if (r < 0)
		return r;
	*ret_relay = TAKE_PTR(relay);
	return 0;
}

static void free_listener(struct relay_listener *listener)
{
	const struct libns_forward *f = &listener->forward;
	const struct libns_forward_end *own = f->flags & LIBNS_FORWARD_IN ? &f->inside : &f->host;

	relay_unwatch(listener->relay, &listener->source);
	base_close(listener->to_fd);
	if (listener->ino)
		relay_path_remove(own->path, listener->ino);
	free(listener);
}

LIBNS_PUBLIC struct libns_relay *libns_relay_free(struct libns_relay *relay)
{
	if (!relay)
		return NULL;
	relay_pairs_done(relay);
	relay_sessions_done(relay);
	while (relay->listeners) {
		struct relay_listener *next = relay->listeners->next;

		free_listener(relay->listeners);
		relay->listeners = next;
	}
	relay_place_done(&relay->place);
	base_close(relay->epoll_fd);
	free(relay->buffer);
	free(relay->name);
	free(relay);
	return NULL;
}

/* ---------------------------------------------------------------- listening */

static bool is_any(const union relay_address *address)
{
	if (address->any.sa_family == AF_INET6)
		return IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr);
	return address->any.sa_family == AF_INET && address->v4.sin_addr.s_addr == INADDR_ANY;
}

/* Return: descriptor, or -errno with a sentence. */
static int listen_here(const union relay_address *address, socklen_t size, int type, bool is_path,
		       const char *text, struct libns_error *err)
{
	_cleanup_close_ int fd = relay_socket_make(address->any.sa_family, type);
	int r = fd;

	if (r >= 0)
		r = is_path ? relay_path_listen(fd, address, size)
			    : relay_socket_listen(fd, type, address, size);
	if (r < 0)
		return error_set(err, LIBNS_STEP_NETNS, -r, "cannot listen on %s", text);
	return TAKE_FD(fd);
}

static int open_listener(struct relay_listener *l, struct libns_forward_end *own, int type,
			 struct libns_error *err)
{
	struct libns_relay *relay = l->relay;
	bool is_path = own->kind == LIBNS_FORWARD_PATH, lo = false;
	char text[LIBNS_FORWARD_TEXT];
	union relay_address address;
	socklen_t size = relay_address_of(own, &address);
	struct stat st;

	libns_forward_format(own, text);
	l->any = is_any(&address);
	if (relay_is_inside(&l->forward, own))
		l->source.fd =
			relay_place_listen(&relay->place, type, &address, size, text, &lo, err);
	else
		l->source.fd = listen_here(&address, size, type, is_path, text, err);
	if (lo)
		relay_tell(relay, LIBNS_RELAY_LO_UP, NULL, NULL);
	if (l->source.fd < 0)
		return l->source.fd;
	if (is_path && lstat(own->path, &st) == 0)
		l->ino = st.st_ino;
	size = sizeof(address);
	if (own->kind == LIBNS_FORWARD_PORT && getsockname(l->source.fd, &address.any, &size) == 0)
		/* The port is at the same place in both families. */
		own->port = ntohs(address.v4.sin_port);
	return 0;
}

/* The socket that is connected to has to be reachable: the first one is made now. */
static int prepare_target(struct relay_listener *l, int type, struct libns_error *err)
{
	const struct libns_forward_end *to = relay_target_of(&l->forward);
	struct libns_relay *relay = l->relay;
	int fd, r;

	l->to_size = relay_address_of(to, &l->to);
	if (relay_is_inside(&l->forward, to) && to->kind == LIBNS_FORWARD_PORT) {
		r = relay_place_set_lo(&relay->place, err);
		if (r < 0)
			return r;
		if (r)
			relay_tell(relay, LIBNS_RELAY_LO_UP, NULL, NULL);
	}
	fd = relay_target_socket(l, type, err);
	if (fd < 0)
		return fd;
	if (type == SOCK_STREAM)
		l->to_fd = fd;
	else
		base_close(fd);
	return 0;
}

static int check_forward(const struct libns_forward *f, struct libns_error *err)
{
	const uint64_t known = LIBNS_FORWARD_IN | LIBNS_FORWARD_UDP;
	const struct libns_forward_end *ends[] = { &f->host, &f->inside };

	if (f->flags & ~known)
		return error_unknown(err, "the forward", f->flags & ~known);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		const struct libns_forward_end *end = ends[i];
		bool is_port = end->kind == LIBNS_FORWARD_PORT;

		if (is_port ? end->address.family != AF_INET && end->address.family != AF_INET6
			    : f->flags & LIBNS_FORWARD_UDP || !end->path[0] ||
				      !memchr(end->path, '\0', sizeof(end->path)) ||
				      end->kind > LIBNS_FORWARD_ABSTRACT)
			return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
					 "a forward has no address, or no name");
	}
	return 0;
}

LIBNS_PUBLIC int libns_relay_add(struct libns_relay *relay, struct libns_forward *forward,
				 struct libns_error *err)
{
	struct libns_forward f = { 0 };
	struct libns_forward_end *own;
	struct relay_listener *l;
	int r = base_copy_sized(&f, sizeof(f), forward, sizeof(f), "the forward", err), type;

	if (r == 0)
		r = check_forward(&f, err);
	if (r < 0)
		return r;
	l = calloc(1, sizeof(*l));
	if (!l)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot listen");
	type = f.flags & LIBNS_FORWARD_UDP ? SOCK_DGRAM : SOCK_STREAM;
	*l = (struct relay_listener){ .relay = relay, .forward = f, .to_fd = -1 };
	l->source.fd = -1;
	l->source.ready = type == SOCK_DGRAM ? relay_datagrams : relay_accept;
	own = f.flags & LIBNS_FORWARD_IN ? &l->forward.inside : &l->forward.host;
	r = prepare_target(l, type, err);
	if (r == 0)
		r = open_listener(l, own, type, err);
	if (r == 0) {
		r = relay_watch(relay, &l->source, EPOLLIN);
		if (r < 0)
			error_set(err, LIBNS_STEP_NETNS, -r, "cannot watch a socket");
	}
	if (r < 0) {
		free_listener(l);
		return r;
	}
	l->next = relay->listeners;
	relay->listeners = l;
	base_fill_sized(forward, &l->forward, sizeof(l->forward));
	return 0;
}

/* ---------------------------------------------------------------- the loop */

struct until {
	struct relay_source source; /* the first member */
	struct libns_relay *relay;
	size_t index;
};

static void stop(struct relay_source *source, uint32_t events)
{
	struct until *until = (struct until *)source;

	(void)events;
	until->relay->stopped = true;
	until->relay->stopped_by = until->index;
}

static int loop(struct libns_relay *relay)
{
	struct epoll_event events[EVENTS];

	for (relay->stopped = false; !relay->stopped;) {
		int timeout, n;

		relay->now = sys_now_ms();
		timeout = relay_sessions_go_on(relay);
		if (relay_pairs_go_on(relay))
			timeout = 0;
		if (relay->n_paused && relay->resume_at <= relay->now)
			relay_resume(relay);
		if (relay->n_paused && (timeout < 0 || timeout > RELAY_RETRY_MS))
			timeout = RELAY_RETRY_MS;
		n = epoll_wait(relay->epoll_fd, events, EVENTS, timeout);
		if (n < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < n; i++) {
			struct relay_source *source = events[i].data.ptr;

			source->ready(source, events[i].events);
		}
	}
	return 0;
}

/* splice(2) to a socket that nobody reads has no way to say that it wants no signal. */
static void block_sigpipe(sigset_t *ret_old)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &set, ret_old);
}

static void restore_sigpipe(const sigset_t *old, bool was_pending)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	while (!was_pending && sigtimedwait(&set, NULL, &(struct timespec){ 0, 0 }) < 0 &&
	       errno == EINTR)
		continue;
	pthread_sigmask(SIG_SETMASK, old, NULL);
}

static int run(struct libns_relay *relay)
{
	sigset_t old, pending;
	bool was_pending;
	int r;

	sigpending(&pending);
	was_pending = sigismember(&pending, SIGPIPE) == 1;
	block_sigpipe(&old);
	r = loop(relay);
	restore_sigpipe(&old, was_pending);
	return r;
}

LIBNS_PUBLIC int libns_relay_run(struct libns_relay *relay, const int *until_fds,
				 size_t n_until_fds, size_t *ret_index, struct libns_error *err)
{
	_cleanup_free_ struct until *untils = calloc(n_until_fds + 1, sizeof(*untils));
	size_t n;
	int r = untils ? 0 : -ENOMEM;

	for (n = 0; r == 0 && n < n_until_fds; n++) {
		untils[n] = (struct until){ { stop, until_fds[n] }, relay, n };
		r = relay_watch(relay, &untils[n].source, EPOLLIN);
		if (r < 0)
			break;
	}
	if (r == 0)
		r = run(relay);
	while (n--)
		(void)epoll_ctl(relay->epoll_fd, EPOLL_CTL_DEL, until_fds[n], NULL);
	if (r < 0)
		return error_set(err, LIBNS_STEP_WAIT, -r, "cannot wait for connections");
	if (relay->refused.code) {
		if (err)
			*err = relay->refused;
		return -relay->refused.code;
	}
	if (ret_index)
		*ret_index = relay->stopped_by;
	return 0;
}
