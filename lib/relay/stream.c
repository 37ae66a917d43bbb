/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Connections of a relay.
 *
 * Theory of operation
 *
 * A pair is a connection that was accepted and one that was made for it, with a flow in each
 * direction. A flow carries what its source has until that has nothing more, or until its sink
 * takes nothing more; epoll(7) tells edges, so that nothing has to be changed there. What the sink
 * does not take stays in the flow, and nothing more is taken from the source meanwhile: that is the
 * bound of the memory, and the sender waits.
 *
 * Bytes go through a pipe by splice(2), without being copied. A flow has a pipe only while something
 * is in it. Idle connections cost two descriptors. Where no pipe is to be had the bytes are
 * copied through a buffer, so that a shortage of descriptors makes connections slow, and never stops
 * them.
 *
 * A pair that has carried much gives way to the others and goes on later.
 */

#include <limits.h>
#include <netinet/tcp.h>
#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "relay/relay.h"

#define ROUNDS      16 /* of a flow, before others have their turn */
#define ACCEPTS     64 /* of a listener, likewise */
#define CHUNK       (1024 * 1024)
#define PAIR_EVENTS (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)

struct flow {
	int pipe[2];  /* -1: none */
	size_t piped; /* bytes in the pipe */
	char *kept;   /* or what was copied and not taken yet */
	size_t kept_at, n_kept;
	bool ended;    /* the source has ended */
	bool finished; /* and the sink knows, or does not want to */
};

struct side {
	struct relay_source source; /* the first member */
	struct relay_pair *pair;
};

struct relay_pair {
	struct relay_pair *next, *prev; /* of all, or of the dead */
	struct relay_pair *next_again;
	struct relay_listener *listener;
	struct side client, server; /* who has connected, and who was connected to */
	struct flow up, down;       /* from client to server, and back */
	bool connecting, again, dead;
};

/* ---------------------------------------------------------------- pipes */

static bool take_pipe(struct libns_relay *relay, struct flow *flow)
{
	if (relay->n_pipes_in == RELAY_PIPES_IN || relay->no_splice)
		return false;
	if (relay->n_pipes) {
		memcpy(flow->pipe, relay->pipes[--relay->n_pipes], sizeof(flow->pipe));
	} else if (pipe2(flow->pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
		flow->pipe[0] = flow->pipe[1] = -1;
		return false;
	}
	relay->n_pipes_in++;
	return true;
}

static void give_pipe(struct libns_relay *relay, struct flow *flow)
{
	if (flow->pipe[0] < 0)
		return;
	relay->n_pipes_in--;
	if (!flow->piped && relay->n_pipes < RELAY_PIPES) {
		memcpy(relay->pipes[relay->n_pipes++], flow->pipe, sizeof(flow->pipe));
	} else {
		base_close(flow->pipe[0]);
		base_close(flow->pipe[1]);
	}
	flow->pipe[0] = flow->pipe[1] = -1;
	flow->piped = 0;
}

/* ---------------------------------------------------------------- one flow */

static ssize_t keep(struct flow *flow, const char *bytes, size_t n)
{
	flow->kept = malloc(n);
	if (!flow->kept)
		return -ENOMEM;
	memcpy(flow->kept, bytes, n);
	flow->kept_at = 0;
	flow->n_kept = n;
	return 0;
}

/* Gives the sink what the flow holds. Return: 0 when nothing is left, -EAGAIN, -errno. */
static int empty(struct flow *flow, int to)
{
	while (flow->piped) {
		ssize_t n = splice(flow->pipe[0], NULL, to, NULL, flow->piped,
				   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

		if (n <= 0)
			return n < 0 ? -errno : -EPIPE;
		flow->piped -= (size_t)n;
	}
	while (flow->kept) {
		ssize_t n = send(to, flow->kept + flow->kept_at, flow->n_kept - flow->kept_at,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0)
			return -errno;
		flow->kept_at += (size_t)n;
		if (flow->kept_at == flow->n_kept) {
			free(flow->kept);
			flow->kept = NULL;
		}
	}
	return 0;
}

/* Takes from the source into an empty flow. Return: bytes, 0 at the end, -EAGAIN, -errno. */
static ssize_t fill(struct libns_relay *relay, struct flow *flow, int from)
{
	ssize_t n;

	if (flow->pipe[0] >= 0 || take_pipe(relay, flow)) {
		n = splice(from, NULL, flow->pipe[1], NULL, CHUNK,
			   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
		if (n >= 0) {
			flow->piped = (size_t)n;
			return n;
		}
		if (errno != EINVAL && errno != ENOSYS)
			return -errno;
		/* A filter, or a kind of socket that the kernel cannot splice from. */
		relay->no_splice = true;
		give_pipe(relay, flow);
	}
	n = recv(from, relay->buffer, RELAY_BUFFER, MSG_DONTWAIT);
	if (n <= 0)
		return n < 0 ? -errno : 0;
	return keep(flow, relay->buffer, (size_t)n) < 0 ? -ENOMEM : n;
}

/* Lets go of what the flow holds. */
static void drop(struct libns_relay *relay, struct flow *flow)
{
	give_pipe(relay, flow);
	free(flow->kept);
	flow->kept = NULL;
}

/* Return: 1 if there is more, 0 if an event has to come first, -errno. */
static int carry(struct libns_relay *relay, struct flow *flow, int from, int to)
{
	for (int i = 0; i < ROUNDS && !flow->finished; i++) {
		ssize_t n = empty(flow, to);

		if (n == -EPIPE) {
			/* Nobody reads there any more. What comes from there still counts. */
			flow->finished = true;
			shutdown(from, SHUT_RD);
		} else if (n == 0 && flow->ended) {
			flow->finished = true;
			shutdown(to, SHUT_WR);
		} else if (n == 0) {
			n = fill(relay, flow, from);
			flow->ended = n == 0;
		}
		if (flow->finished || n == -EAGAIN) {
			if (flow->finished || (!flow->piped && !flow->kept))
				drop(relay, flow);
			return 0;
		}
		if (n < 0 && n != -EINTR)
			return (int)n;
	}
	return !flow->finished;
}

/* ---------------------------------------------------------------- a pair */

static void end_pair(struct relay_pair *pair, bool reset)
{
	const struct linger at_once = { .l_onoff = 1 };
	struct libns_relay *relay = pair->listener->relay;
	struct relay_source *sources[] = { &pair->client.source, &pair->server.source };

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		if (reset)
			(void)setsockopt(sources[i]->fd, SOL_SOCKET, SO_LINGER, &at_once,
					 sizeof(at_once));
		relay_unwatch(relay, sources[i]);
	}
	drop(relay, &pair->up);
	drop(relay, &pair->down);
	if (pair->prev)
		pair->prev->next = pair->next;
	else
		relay->pairs = pair->next;
	if (pair->next)
		pair->next->prev = pair->prev;
	pair->dead = true;
	pair->next = relay->dead;
	relay->dead = pair;
	/* There are descriptors again. */
	relay->resume_at = relay->now;
}

static void go_on(struct relay_pair *pair)
{
	struct libns_relay *relay = pair->listener->relay;
	int client = pair->client.source.fd, server = pair->server.source.fd;
	int up = carry(relay, &pair->up, client, server);
	int down = up < 0 ? 0 : carry(relay, &pair->down, server, client);

	if (up < 0 || down < 0) {
		end_pair(pair, true);
	} else if (pair->up.finished && pair->down.finished) {
		end_pair(pair, false);
	} else if ((up || down) && !pair->again) {
		pair->again = true;
		pair->next_again = relay->again;
		relay->again = pair;
	}
}

static void connected(struct relay_pair *pair)
{
	socklen_t size = sizeof(int);
	int code = 0;

	if (getsockopt(pair->server.source.fd, SOL_SOCKET, SO_ERROR, &code, &size) < 0)
		code = errno;
	if (code) {
		relay_fails(pair->listener, code);
		end_pair(pair, true);
		return;
	}
	pair->connecting = false;
	relay_works(pair->listener);
	go_on(pair);
}

static void ready(struct relay_source *source, uint32_t events)
{
	struct side *side = (struct side *)source;
	struct relay_pair *pair = side->pair;

	if (pair->dead)
		return;
	if (!pair->connecting)
		go_on(pair);
	else if (side == &pair->server && events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
		connected(pair);
}

static void set_options(int fd)
{
	const int one = 1;

	/* On a unix socket these fail, and are not needed. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
}

/* Consumes both descriptors. Return: 0, -errno. */
static int begin_pair(struct relay_listener *listener, int client, int server)
{
	struct libns_relay *relay = listener->relay;
	struct relay_pair *pair = calloc(1, sizeof(*pair));
	int r = pair ? 0 : -ENOMEM;

	if (!pair) {
		base_close(client);
		base_close(server);
		return r;
	}
	*pair = (struct relay_pair){
		.next = relay->pairs,
		.listener = listener,
		.client = { { ready, client }, pair },
		.server = { { ready, server }, pair },
		.up = { .pipe = { -1, -1 } },
		.down = { .pipe = { -1, -1 } },
		.connecting = true,
	};
	if (relay->pairs)
		relay->pairs->prev = pair;
	relay->pairs = pair;
	set_options(client);
	set_options(server);
	if (connect(server, &listener->to.any, listener->to_size) < 0 && errno != EINPROGRESS) {
		relay_fails(listener, errno);
		end_pair(pair, true);
		return 0;
	}
	/* The edge of what is true already comes as well. */
	r = relay_watch(relay, &pair->server.source, PAIR_EVENTS);
	if (r == 0)
		r = relay_watch(relay, &pair->client.source, PAIR_EVENTS);
	if (r < 0)
		end_pair(pair, true);
	return r;
}

/* ---------------------------------------------------------------- accepting */

/* What accept4(2) says of the one connection, which is gone with that: the errors of its network. */
static bool is_of_one(int code)
{
	switch (code) {
	case ECONNABORTED:
	case ECONNRESET:
	case EHOSTDOWN:
	case EHOSTUNREACH:
	case EINTR:
	case ENETDOWN:
	case ENETUNREACH:
	case ENONET:
	case ENOPROTOOPT:
	case EOPNOTSUPP:
	case EPROTO:
	case ETIMEDOUT:
		return true;
	default:
		return false;
	}
}

/* Whoever waits would wait on, and the listener be ready for ever: the relay ends. */
static int refuse(struct relay_listener *listener, int code, struct libns_error *err)
{
	int r = error_set(err, LIBNS_STEP_NETNS, code, "cannot accept a connection");

	if (!relay_is_short(-code)) {
		listener->relay->refused = *err;
		listener->relay->stopped = true;
	}
	return r;
}

/* Return: 1, 0 if nobody waits, -errno with a sentence. */
static int accept_one(struct relay_listener *listener, struct libns_error *err)
{
	int fd, r;

	/* First of all, so that nobody is accepted whom there is no socket for. */
	if (listener->to_fd < 0)
		listener->to_fd = relay_target_socket(listener, SOCK_STREAM, err);
	if (listener->to_fd < 0 && relay_is_short(listener->to_fd))
		return listener->to_fd;
	fd = accept4(listener->source.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (fd < 0)
		return is_of_one(errno) ? 1 : refuse(listener, errno, err);
	if (listener->to_fd < 0) {
		relay_fails(listener, -listener->to_fd);
		base_close(fd);
		return 1;
	}
	r = begin_pair(listener, fd, TAKE_FD(listener->to_fd));
	return r < 0 ? error_set(err, LIBNS_STEP_NETNS, -r, "cannot carry a connection") : 1;
}

void relay_accept(struct relay_source *source, uint32_t events)
{
	struct relay_listener *listener = (struct relay_listener *)source;
	struct libns_error err = LIBNS_ERROR_INIT;
	int r = 1;

	(void)events;
	for (int i = 0; i < ACCEPTS && r > 0; i++)
		r = accept_one(listener, &err);
	if (r < 0 && !listener->relay->refused.code)
		relay_pause(listener, &err);
}

bool relay_pairs_go_on(struct libns_relay *relay)
{
	struct relay_pair *pair = relay->again, *next;

	relay->again = NULL;
	for (; pair; pair = next) {
		next = pair->next_again;
		pair->again = false;
		if (!pair->dead)
			go_on(pair);
	}
	/* No event and no list names these any more. */
	for (; relay->dead; relay->dead = next) {
		next = relay->dead->next;
		free(relay->dead);
	}
	return relay->again;
}

void relay_pairs_done(struct libns_relay *relay)
{
	while (relay->pairs)
		end_pair(relay->pairs, false);
	relay->again = NULL;
	(void)relay_pairs_go_on(relay);
	while (relay->n_pipes) {
		base_close(relay->pipes[--relay->n_pipes][0]);
		base_close(relay->pipes[relay->n_pipes][1]);
	}
}
