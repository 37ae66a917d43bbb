/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Datagrams of a relay.
 *
 * Every address that sends to a listener gets a session: a socket on the other side that is
 * connected, so that an answer finds its way back. Nothing says when it is over, so sessions that
 * are idle end after a while, and the one idle longest ends where descriptors run out or there
 * are too many: whoever sends from ever new addresses cannot keep others out.
 *
 * An answer leaves by the address that was sent to. A listener on every address cannot know that but
 * from what came with the datagram.
 */

#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "relay/relay.h"

#define ROUNDS 64

union control {
	char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	struct cmsghdr align;
};

struct relay_session {
	struct relay_source source; /* the first member: on the other side */
	struct relay_listener *listener;
	struct relay_session *next_in_bucket; /* or of those that have ended */
	struct relay_session *newer, *older;
	union relay_address peer;
	socklen_t peer_size;
	struct in6_addr local; /* that it has sent to; IPv4 uses the first four bytes */
	unsigned int local_if; /* for an address that depends on it */
	int64_t used;
};

/* Who has sent a datagram, and where to. */
struct sender {
	union relay_address peer;
	socklen_t size;
	struct in6_addr local;
	unsigned int local_if;
};

static struct relay_session **bucket_of(struct libns_relay *relay,
					const struct relay_listener *listener,
					const struct sender *sender)
{
	const unsigned char *bytes = (const unsigned char *)&sender->peer;
	uint32_t hash = 2166136261U ^ (uint32_t)(uintptr_t)listener;

	for (size_t i = 0; i < sender->size; i++)
		hash = (hash ^ bytes[i]) * 16777619U;
	return &relay->buckets[(hash ^ hash >> 16) % RELAY_BUCKETS];
}

/* ---------------------------------------------------------------- sessions, by their age */

static void unlink_age(struct libns_relay *relay, struct relay_session *session)
{
	if (session->newer)
		session->newer->older = session->older;
	else
		relay->newest = session->older;
	if (session->older)
		session->older->newer = session->newer;
	else
		relay->oldest = session->newer;
}

static void link_newest(struct libns_relay *relay, struct relay_session *session)
{
	session->used = relay->now;
	session->newer = NULL;
	session->older = relay->newest;
	if (relay->newest)
		relay->newest->newer = session;
	else
		relay->oldest = session;
	relay->newest = session;
}

static void use(struct relay_session *session)
{
	struct libns_relay *relay = session->listener->relay;

	unlink_age(relay, session);
	link_newest(relay, session);
}

static void end_session(struct libns_relay *relay, struct relay_session *session)
{
	const struct sender sender = { .peer = session->peer, .size = session->peer_size };
	struct relay_session **at = bucket_of(relay, session->listener, &sender);

	while (*at != session)
		at = &(*at)->next_in_bucket;
	*at = session->next_in_bucket;
	unlink_age(relay, session);
	relay_unwatch(relay, &session->source);
	session->next_in_bucket = relay->ended;
	relay->ended = session;
	relay->n_sessions--;
}

/* ---------------------------------------------------------------- one datagram */

static void note_local(struct msghdr *message, struct sender *sender)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			memcpy(&sender->local, &info.ipi_spec_dst, sizeof(info.ipi_spec_dst));
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			sender->local = info.ipi6_addr;
			if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
				sender->local_if = info.ipi6_ifindex;
		}
	}
}

static ssize_t receive(struct relay_listener *listener, struct sender *sender)
{
	struct iovec bytes = { listener->relay->buffer, RELAY_BUFFER };
	union control control;
	struct msghdr message = {
		.msg_name = &sender->peer,
		.msg_namelen = sizeof(sender->peer),
		.msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = listener->any ? &control : NULL,
		.msg_controllen = listener->any ? sizeof(control) : 0,
	};
	ssize_t n;

	memset(sender, 0, sizeof(*sender));
	n = recvmsg(listener->source.fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n >= 0) {
		sender->size = message.msg_namelen;
		note_local(&message, sender);
	}
	return n;
}

static void add_control(const struct relay_session *session, struct msghdr *message,
			union control *control)
{
	bool v6 = session->peer.any.sa_family == AF_INET6;
	struct in6_pktinfo info6 = { session->local, session->local_if };
	struct in_pktinfo info4 = { 0 };
	struct cmsghdr *c = &control->align;
	size_t size = v6 ? sizeof(info6) : sizeof(info4);

	memset(control, 0, sizeof(*control));
	memcpy(&info4.ipi_spec_dst, &session->local, sizeof(info4.ipi_spec_dst));
	message->msg_control = control;
	message->msg_controllen = CMSG_SPACE(size);
	c->cmsg_level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	c->cmsg_type = v6 ? IPV6_PKTINFO : IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(c), v6 ? (void *)&info6 : (void *)&info4, size);
}

/* An answer. What cannot be sent is lost, as datagrams are. */
static void answer(struct relay_session *session, size_t n)
{
	struct iovec bytes = { session->listener->relay->buffer, n };
	union control control;
	struct msghdr message = {
		.msg_name = &session->peer,
		.msg_namelen = session->peer_size,
		.msg_iov = &bytes,
		.msg_iovlen = 1,
	};

	if (session->listener->any)
		add_control(session, &message, &control);
	(void)sendmsg(session->listener->source.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void session_ready(struct relay_source *source, uint32_t events)
{
	struct relay_session *session = (struct relay_session *)source;
	struct libns_relay *relay = session->listener->relay;

	(void)events;
	for (int i = 0; i < ROUNDS && source->fd >= 0; i++) {
		ssize_t n = recv(source->fd, relay->buffer, RELAY_BUFFER, MSG_DONTWAIT);

		if (n < 0) {
			/* Reading has taken the error of an earlier datagram from the socket. */
			if (errno == ECONNREFUSED)
				relay_fails(session->listener, ECONNREFUSED);
			return;
		}
		relay_works(session->listener);
		use(session);
		answer(session, (size_t)n);
	}
}

/* ---------------------------------------------------------------- sessions, by their peer */

static struct relay_session *find(struct relay_listener *listener, const struct sender *sender)
{
	struct relay_session *s = *bucket_of(listener->relay, listener, sender);

	for (; s; s = s->next_in_bucket)
		if (s->listener == listener && s->peer_size == sender->size &&
		    !memcmp(&s->peer, &sender->peer, sender->size) &&
		    !memcmp(&s->local, &sender->local, sizeof(s->local)) &&
		    s->local_if == sender->local_if)
			break;
	return s;
}

static int make_socket(struct relay_listener *listener, struct libns_error *err)
{
	struct libns_relay *relay = listener->relay;
	int fd = -1;

	if (relay->n_sessions == RELAY_SESSIONS)
		end_session(relay, relay->oldest);
	for (;;) {
		fd = relay_target_socket(listener, SOCK_DGRAM, err);
		if (fd >= 0 || !relay_is_short(fd) || !relay->oldest)
			return fd;
		end_session(relay, relay->oldest);
	}
}

static int begin_session(struct relay_listener *listener, const struct sender *sender,
			 struct relay_session **ret, struct libns_error *err)
{
	struct libns_relay *relay = listener->relay;
	struct relay_session **bucket = bucket_of(relay, listener, sender);
	struct relay_session *session = calloc(1, sizeof(*session));
	int r = session ? make_socket(listener, err) : -ENOMEM;

	if (r >= 0) {
		session->source = (struct relay_source){ session_ready, r };
		r = connect(r, &listener->to.any, listener->to_size) < 0 ? -errno : 0;
	}
	if (r == 0)
		r = relay_watch(relay, &session->source, EPOLLIN);
	if (r < 0) {
		if (session)
			base_close(session->source.ready ? session->source.fd : -1);
		free(session);
		return r;
	}
	session->listener = listener;
	session->peer = sender->peer;
	session->peer_size = sender->size;
	session->local = sender->local;
	session->local_if = sender->local_if;
	session->next_in_bucket = *bucket;
	*bucket = session;
	link_newest(relay, session);
	relay->n_sessions++;
	*ret = session;
	return 0;
}

static void forward(struct relay_listener *listener, const struct sender *sender, size_t n)
{
	struct relay_session *session = find(listener, sender);
	struct libns_error err = LIBNS_ERROR_INIT;
	int r = session ? 0 : begin_session(listener, sender, &session, &err);

	if (r < 0) {
		relay_fails(listener, -r);
		return;
	}
	use(session);
	if (send(session->source.fd, listener->relay->buffer, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
	    errno == ECONNREFUSED) {
		/* That was the answer to the one before. */
		relay_fails(listener, ECONNREFUSED);
		(void)send(session->source.fd, listener->relay->buffer, n,
			   MSG_DONTWAIT | MSG_NOSIGNAL);
	}
}

void relay_datagrams(struct relay_source *source, uint32_t events)
{
	struct relay_listener *listener = (struct relay_listener *)source;
	struct sender sender;

	(void)events;
	for (int i = 0; i < ROUNDS; i++) {
		ssize_t n = receive(listener, &sender);

		if (n < 0)
			return;
		forward(listener, &sender, (size_t)n);
	}
}

static void free_ended(struct libns_relay *relay)
{
	while (relay->ended) {
		struct relay_session *next = relay->ended->next_in_bucket;

		free(relay->ended);
		relay->ended = next;
	}
}

int relay_sessions_go_on(struct libns_relay *relay)
{
	while (relay->oldest &&
	       relay->oldest->used + (int64_t)relay->options.udp_idle_ms <= relay->now)
		end_session(relay, relay->oldest);
	free_ended(relay);
	if (!relay->oldest)
		return -1;
	return (int)(relay->oldest->used + (int64_t)relay->options.udp_idle_ms - relay->now);
}

void relay_sessions_done(struct libns_relay *relay)
{
	while (relay->oldest)
		end_session(relay, relay->oldest);
	free_ended(relay);
}
