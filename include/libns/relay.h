/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_RELAY_H
#define LIBNS_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libns/error.h>
#include <libns/ip.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Single ports that lead out of a network namespace, or into one, which needs no network for it: a
 * relay has a socket on either side and carries what arrives at the one to the other. Nothing is
 * configured, and no firewall is touched. With the relay all of it is gone.
 *
 * Sockets inside are made by a child that enters the network namespace for a moment (and before
 * that the user namespace that owns it, where this gives the right to do so). It cannot be traced
 * from inside, and enters no other namespace. The relay itself stays outside for good.
 */

/* What one end of a forward is. */
enum libns_forward_kind {
	LIBNS_FORWARD_PORT,    /* a port of an address */
	LIBNS_FORWARD_PATH,    /* a socket in the caller's file system, whichever side it is on */
	LIBNS_FORWARD_ABSTRACT /* an abstract unix socket of that side, see unix(7) */
};

/* One end of a forward: where is listened, or what is connected to. */
struct libns_forward_end {
	enum libns_forward_kind kind;
	struct libns_ip address;
	uint16_t port;
	char path[108]; /* or the abstract name, without '@' */
};

/* One port to be forwarded. */
struct libns_forward {
	size_t size;    /* sizeof(struct libns_forward) */
	uint64_t flags; /* LIBNS_FORWARD_* */
	struct libns_forward_end host, inside;
};

#define LIBNS_FORWARD_IN  (UINT64_C(1) << 0) /* listens inside, and connects to @host */
#define LIBNS_FORWARD_UDP (UINT64_C(1) << 1)

/* Room for the text of every end. */
#define LIBNS_FORWARD_TEXT 128

/**
 * libns_forward_parse() - a forward from a word
 * @word: "[HOST]:INSIDE[/udp|/tcp]"
 * @flags: LIBNS_FORWARD_IN, or 0
 * @ret_forward: receives the forward; its size must be set
 * @err: receives the sentence on failure, or NULL
 *
 * Either end is a port ("8080"), an address and a port ("192.0.2.1:8080", "[::1]:8080"), an absolute
 * path ("/run/x.sock"), or an abstract socket ("@name"). Paths and names end with the first ':'. A
 * single port is that of both sides. The address is 127.0.0.1 where none is given. Where is
 * listened, the port may be 0.
 *
 * Affects: nothing.
 * Return: 0, -EINVAL.
 * Since: 0.1
 */
int libns_forward_parse(const char *word, uint64_t flags, struct libns_forward *ret_forward,
			struct libns_error *err);

/**
 * libns_forward_format() - an end as text
 * @end: end
 * @buf: receives it
 *
 * Affects: nothing.
 * Return: @buf.
 * Since: 0.1
 */
const char *libns_forward_format(const struct libns_forward_end *end, char buf[LIBNS_FORWARD_TEXT]);

/* What a relay tells while it runs. */
enum libns_relay_state {
	LIBNS_RELAY_LO_UP,  /* the interface lo inside was down and has been set up */
	LIBNS_RELAY_FAILED, /* nobody could be connected to; not said again until it works */
	LIBNS_RELAY_PAUSED, /* no more descriptors or memory: who is not connected yet waits */
};

struct libns_relay_event {
	size_t size; /* sizeof(struct libns_relay_event) */
	enum libns_relay_state state;
	const struct libns_forward *forward; /* NULL: of the relay as a whole */
	const struct libns_error *error;
};

struct libns_relay_options {
	size_t size;          /* sizeof(struct libns_relay_options) */
	uint64_t flags;       /* none yet */
	int ns_fd;            /* the network namespace; borrowed */
	const char *name;     /* of the namespace, for sentences */
	uint32_t udp_idle_ms; /* who has sent nothing for so long is forgotten; 0: a minute */
	void (*event)(const struct libns_relay_event *event, void *data); /* or NULL */
	void *data;
};

#define LIBNS_RELAY_OPTIONS_INIT                                                                   \
	{                                                                                          \
		sizeof(struct libns_relay_options), 0, -1, NULL, 0, NULL, NULL                     \
	}

struct libns_relay;

/**
 * libns_relay_new() - prepare a relay
 * @options: which namespace, and who is told
 * @ret_relay: receives the relay
 * @err: receives the sentence on failure, or NULL
 *
 * The relay holds the namespace: as long as it is not freed, the namespace does not end.
 *
 * Ownership: free with libns_relay_free().
 * Affects: nothing outside the caller's descriptor table.
 * Return: 0; -EINVAL if @ns_fd is no network namespace, -EPERM if it may not be entered; -EMFILE,
 *         -ENOMEM.
 * Since: 0.1
 */
int libns_relay_new(const struct libns_relay_options *options, struct libns_relay **ret_relay,
		    struct libns_error *err);

/**
 * libns_relay_free() - end a relay with all of its connections
 * @relay: relay, or NULL
 *
 * Affects: removes the files of sockets that it listens on.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_relay *libns_relay_free(struct libns_relay *relay);

/* For __attribute__((cleanup(libns_relay_freep))). */
static inline void libns_relay_freep(struct libns_relay **relay)
{
	*relay = libns_relay_free(*relay);
}

/**
 * libns_relay_add() - listen for one forward
 * @relay: relay
 * @forward: what to forward; a port 0 where is listened is replaced by the one that was found
 * @err: receives the sentence on failure, or NULL
 *
 * Who connects from now on waits until libns_relay_run() is called. If an address inside is
 * concerned and the interface lo is down there, it is set up.
 *
 * A socket in the file system is made with the mode 0600. A socket that is there already is
 * replaced if nobody listens on it, as one is left by a relay that was killed.
 *
 * Affects: interface lo inside, the file system for a path.
 * Return: 0; -EINVAL for a forward that cannot be, -EADDRINUSE, -EADDRNOTAVAIL; -EACCES for a port
 *         below 1024 without the right to it; -EPERM if the namespace may not be entered; -ENAMETOOLONG
 *         for a path or a name that no socket can have; -EMFILE, -ENOMEM.
 * Since: 0.1
 */
int libns_relay_add(struct libns_relay *relay, struct libns_forward *forward,
		    struct libns_error *err);

/**
 * libns_relay_run() - carry, until one of some descriptors can be read
 * @relay: relay
 * @until_fds: such as a pidfd or a signalfd; borrowed, and not read
 * @n_until_fds: how many
 * @ret_index: receives which of them can be read; or NULL
 * @err: receives the sentence on failure, or NULL
 *
 * May be called again: connections are kept. Memory is bounded: of each connection at most one pipe
 * full of data waits in each direction, and who sends more waits. The end of what one side sends
 * reaches the other while the way back stays open. A reset is passed on as a reset, and who connects
 * where nobody listens on the other side is reset as well.
 *
 * Where descriptors or memory run out, no more connections are accepted until that is over. Of
 * UDP, each address that sends has a socket of its own on the other side; the one that has been idle
 * longest gives way where there are too many.
 *
 * SIGPIPE is blocked in the calling thread meanwhile.
 *
 * Affects: what is connected.
 * Return: 0, or the negative errno of epoll_wait(2), of accept4(2) where that is refused for good, and
 * the like.
 * Since: 0.1
 */
int libns_relay_run(struct libns_relay *relay, const int *until_fds, size_t n_until_fds,
		    size_t *ret_index, struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
