/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_RELAY_RELAY_H
#define LIBNS_RELAY_RELAY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <libns/enter.h>
#include <libns/relay.h>

/* What the files of a relay share. See relay.c for how it works. */

union relay_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un un;
};

/* Something with a descriptor that epoll(7) watches. */
struct relay_source {
	void (*ready)(struct relay_source *source, uint32_t events);
	int fd;
};

/* ---------------------------------------------------------------- place.c: sockets inside */

/* Sockets that were made inside in advance, of one kind. */
#define RELAY_STOCK 64
struct relay_stock {
	int fds[RELAY_STOCK];
	unsigned int n;
	unsigned int next; /* how many to make when it is empty */
};

enum { RELAY_TCP4, RELAY_TCP6, RELAY_UDP4, RELAY_UDP6, RELAY_UNIX, RELAY_N_KINDS };

struct relay_maker; /* what a child that makes sockets says */

struct relay_place {
	struct libns_entry *entry;
	const char *name;
	struct relay_maker *maker;
	struct relay_stock stocks[RELAY_N_KINDS];
};

int relay_place_new(struct relay_place *place, int ns_fd, const char *name,
		    struct libns_error *err);
void relay_place_done(struct relay_place *place);

/* A socket inside, that is to be connected. Return: descriptor, or -errno with a sentence. */
int relay_place_socket(struct relay_place *place, int family, int type, struct libns_error *err);

/* A socket inside that is bound to @address, which is called @text, and listens unless it is of UDP.
 * @ret_lo: whether lo was down and has been set up. Return: descriptor, or -errno with a sentence. */
int relay_place_listen(struct relay_place *place, int type, const union relay_address *address,
		       socklen_t size, const char *text, bool *ret_lo, struct libns_error *err);

/* Sets lo up inside if it is down. Return: 1 if it was, 0, or -errno with a sentence. */
int relay_place_set_lo(struct relay_place *place, struct libns_error *err);

/* ---------------------------------------------------------------- socket.c: either side */

/* Return: the size of the address. */
socklen_t relay_address_of(const struct libns_forward_end *end, union relay_address *ret);

/* A socket of one side that nobody blocks in. Return: descriptor, or -errno without a sentence. */
int relay_socket_make(int family, int type);

/* Binds it, and listens unless it is of UDP. Async-signal-safe. Return: 0, -errno. */
int relay_socket_listen(int fd, int type, const union relay_address *address, socklen_t size);

/* As relay_socket_listen(), for a path; a file that nobody listens on is replaced. */
int relay_path_listen(int fd, const union relay_address *address, socklen_t size);

/* Removes the file of a socket if it is still the one of @fd. */
void relay_path_remove(const char *path, uint64_t ino);

/* ---------------------------------------------------------------- a relay and what listens */

struct relay_pair;
struct relay_session;

/* What listens for one forward. */
struct relay_listener {
	struct relay_source source; /* the first member */
	struct libns_relay *relay;
	struct relay_listener *next;
	struct libns_forward forward;
	union relay_address to;
	socklen_t to_size;
	int to_fd;    /* stream: the socket for the next connection; -1 */
	bool paused;  /* stream: nobody is accepted now */
	bool failing; /* it has been told that nobody can be connected to */
	bool any;     /* UDP: bound to every address, so an answer says from which */
	uint64_t ino; /* of a socket in the file system; 0 */
};

#define RELAY_PIPES    32  /* kept for reuse */
#define RELAY_PIPES_IN 256 /* in use at most, further connections are copied */
#define RELAY_BUFFER   (64 * 1024)
#define RELAY_BUCKETS  4096
#define RELAY_SESSIONS 8192

struct libns_relay {
	int epoll_fd;
	char *name;
	struct relay_place place;
	struct libns_relay_options options;
	struct relay_listener *listeners;
	int64_t now;       /* milliseconds */
	size_t n_paused;   /* listeners */
	int64_t resume_at; /* when they are tried again */
	int64_t told_at;   /* when it was told that descriptors are short */
	bool stopped;      /* one of the caller's descriptors can be read */
	size_t stopped_by;
	struct libns_error refused; /* nobody can be accepted, for good */
	/* Streams. */
	struct relay_pair *pairs; /* all but the dead ones */
	struct relay_pair *again; /* have more to carry, and others had to have their turn */
	struct relay_pair *dead;  /* to be freed when no event can name them any more */
	int pipes[RELAY_PIPES][2];
	size_t n_pipes, n_pipes_in;
	bool no_splice;
	char *buffer; /* RELAY_BUFFER bytes that nothing stays in */
	/* UDP. */
	struct relay_session *buckets[RELAY_BUCKETS];
	struct relay_session *newest, *oldest;
	struct relay_session *ended; /* to be freed as @dead */
	size_t n_sessions;
};

/* ---------------------------------------------------------------- listener.c */

#define RELAY_RETRY_MS 1000  /* a shortage may end without our help */
#define RELAY_TELL_MS  60000 /* how often a shortage is told */

/* The end that is connected to. */
const struct libns_forward_end *relay_target_of(const struct libns_forward *forward);

/* Whether an end is a socket of the namespace, and not of the caller's. */
bool relay_is_inside(const struct libns_forward *forward, const struct libns_forward_end *end);

void relay_tell(struct libns_relay *relay, enum libns_relay_state state,
		const struct libns_forward *forward, const struct libns_error *error);

/* Has @source watched for @events. Return: 0, -errno. */
int relay_watch(struct libns_relay *relay, struct relay_source *source, uint32_t events);

/*
 * Closes the descriptor of @source, of which no further event is told. close(2) alone does not see to
 * that: while anybody else has the same open file, a child for instance or whoever looks at it through
 * /proc, epoll goes on.
 */
void relay_unwatch(struct libns_relay *relay, struct relay_source *source);

/* A socket for the side that is connected to. Return: descriptor, or -errno with a sentence. */
int relay_target_socket(struct relay_listener *listener, int type, struct libns_error *err);

/* Tells that nobody could be connected to, once until relay_works() was called. */
void relay_fails(struct relay_listener *listener, int code);
void relay_works(struct relay_listener *listener);

/* Descriptors or memory are short: the listener waits. */
void relay_pause(struct relay_listener *listener, const struct libns_error *error);
void relay_resume(struct libns_relay *relay);

/* A shortage that ends when others give something back. */
bool relay_is_short(int r);

/* ---------------------------------------------------------------- stream.c, datagram.c */

/* Streams: accepts who waits. */
void relay_accept(struct relay_source *source, uint32_t events);
/* Goes on with those that had more than their share; frees the dead. Return: whether more wait. */
bool relay_pairs_go_on(struct libns_relay *relay);
void relay_pairs_done(struct libns_relay *relay);

/* UDP: what has arrived at the listener. */
void relay_datagrams(struct relay_source *source, uint32_t events);
/* Ends sessions that have been idle for too long. Return: milliseconds to the next, or -1. */
int relay_sessions_go_on(struct libns_relay *relay);
void relay_sessions_done(struct libns_relay *relay);

#endif
