/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_H
#define LIBNS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <libns/error.h>
#include <libns/link.h>
#include <libns/netns.h>
#include <libns/pasta.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Named network namespaces that are wired: a pair of links, addresses, routes, forwarding,
 * masquerading and name servers, made at once and taken away at once.
 *
 * The name is bound last. Until then the namespace belongs to the descriptor of whoever makes it,
 * and the kernel removes all of it with that. Nothing is remembered that the kernel can be asked:
 * addresses are claimed by routes, links are told by their group and their alias.
 */

/* What became of one step. */
enum libns_wire_state {
	LIBNS_WIRE_WOULD,   /* it would be done: LIBNS_WIRE_DRY_RUN */
	LIBNS_WIRE_DONE,    /* it was done */
	LIBNS_WIRE_ALREADY, /* it was so before */
	LIBNS_WIRE_NOTE,    /* no step: something to know, such as what could not be had */
	LIBNS_WIRE_FAILED   /* one more thing that failed, after the one that the error tells of */
};

struct libns_wire_event {
	size_t size;
	enum libns_wire_state state;
	const char *what;    /* "give 'eth0' of 'web' the address 10.171.0.2/30" */
	const char *command; /* the same by other tools, ready for a shell; NULL: there is none */
};

/* Is told of each step in order. The strings of an event are valid during the call only. */
struct libns_wire_watch {
	void (*event)(const struct libns_wire_event *event, void *data);
	void *data;
};

/* What a namespace is connected with. */
enum libns_wire_net {
	LIBNS_WIRE_NAT,      /* the host, and through it the world, with its address */
	LIBNS_WIRE_ISOLATED, /* the host only */
	LIBNS_WIRE_NONE,     /* nothing but lo */
	LIBNS_WIRE_BRIDGE,   /* a bridge of the host: @with */
	LIBNS_WIRE_PEER,     /* another named namespace: @with */
	LIBNS_WIRE_PASTA,    /* pasta(1) */
	LIBNS_WIRE_HOST_DEV, /* a link of the host, which moves in: @with */
	LIBNS_WIRE_WG        /* a WireGuard interface and nothing else: @with is its file */
};

/* A port of the host that leads into the namespace. */
struct libns_wire_port {
	struct libns_ip address; /* of the host; family 0: each of its addresses */
	uint16_t host, inside;
	bool udp;
};

/* What is wanted of an address family. */
enum libns_wire_family { LIBNS_WIRE_AUTO, LIBNS_WIRE_OFF, LIBNS_WIRE_GIVEN };

enum libns_wire_dns { LIBNS_WIRE_DNS_HOST, LIBNS_WIRE_DNS_NONE, LIBNS_WIRE_DNS_GIVEN };

struct libns_wire_options {
	size_t size;      /* sizeof(struct libns_wire_options) */
	uint64_t flags;   /* LIBNS_WIRE_DRY_RUN */
	int run_fd;       /* directory of names, or LIBNS_NETNS_RUN */
	const char *name; /* NULL: a namespace without a name */
	enum libns_wire_net net;
	const char *with;
	enum libns_wire_family ip4, ip6;
	struct libns_ip ip4_inside, ip6_inside; /* GIVEN: address and prefix inside */
	uint32_t mtu;                           /* 0: that of the way out */
	enum libns_wire_dns dns;
	const struct libns_ip *name_servers; /* GIVEN */
	size_t n_name_servers;
	const struct libns_wire_port *ports;
	size_t n_ports;
	const struct libns_wire_watch *watch; /* or NULL */
};

/* Nothing is changed; the watcher is told what would be. */
#define LIBNS_WIRE_DRY_RUN (UINT64_C(1) << 0)

/* All other fields are zero. */
/* clang-format off */
#define LIBNS_WIRE_OPTIONS_INIT                                                                    \
	{                                                                                          \
		sizeof(struct libns_wire_options), 0, LIBNS_NETNS_RUN, NULL, LIBNS_WIRE_NAT, NULL, \
		LIBNS_WIRE_AUTO, LIBNS_WIRE_AUTO, { 0, 0, { 0 } }, { 0, 0, { 0 } }, 0,             \
		LIBNS_WIRE_DNS_HOST, NULL, 0, NULL, 0, NULL                                        \
	}
/* clang-format on */

/**
 * libns_wire_parse_net() - what a namespace is to be connected with, from a word
 * @text: "nat", "isolated", "none", "pasta", "bridge=LINK", "peer=NAME", "host-dev=LINK" or
 *        "wg=FILE"
 * @ret_net: receives which it is
 * @ret_with: receives what is behind the "=", a part of @text, or NULL
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: nothing.
 * Return: 0, -EINVAL.
 * Since: 0.1
 */
int libns_wire_parse_net(const char *text, enum libns_wire_net *ret_net, const char **ret_with,
			 struct libns_error *err);

/**
 * libns_wire_parse_port() - a port that leads into a namespace, from a word
 * @text: "8080:80", "127.0.0.1:8080:80", "[fd00::1]:53:53/udp"
 * @ret_port: receives it
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: nothing.
 * Return: 0, -EINVAL.
 * Since: 0.1
 */
int libns_wire_parse_port(const char *text, struct libns_wire_port *ret_port,
			  struct libns_error *err);

/**
 * libns_wire_pasta() - give a namespace without a name a way out by pasta(1)
 * @options: @ports lead into it; @mtu, and @ip4 and @ip6 as far as they are off, count too
 * @ns_fd: the namespace; borrowed
 * @until_fd: pasta is ended when this can be read, such as a pidfd; borrowed; or -1
 * @ret_pasta: receives the running program
 * @err: receives the sentence on failure, or NULL
 *
 * The program is looked for in PATH, and started as libns_pasta_start() does it: see there who may
 * run in the namespace meanwhile.
 *
 * Ownership: free with libns_pasta_free().
 * Affects: the namespace.
 * Return: 0, -EINVAL for options that do not go together, or as libns_pasta_find() and
 *         libns_pasta_start().
 * Since: 0.1
 */
int libns_wire_pasta(const struct libns_wire_options *options, int ns_fd, int until_fd,
		     struct libns_pasta **ret_pasta, struct libns_error *err);

/**
 * libns_wire_resolv_conf() - what /etc/resolv.conf is to say in a namespace
 * @options: @net, @dns and @name_servers count; @watch is told if the host has no name server that
 *           can be reached from inside
 * @ret_text: receives the text; or NULL where it is as well to leave the file as it is
 * @err: receives the sentence on failure, or NULL
 *
 * This is for a namespace without a name, for libns_netns_enter_with(); for one with a name,
 * libns_wire_up() writes it to a file.
 *
 * Ownership: free @ret_text with free(3).
 * Affects: nothing.
 * Return: 0, -ENOMEM, or why the host's file cannot be read.
 * Since: 0.1
 */
int libns_wire_resolv_conf(const struct libns_wire_options *options, char **ret_text,
			   struct libns_error *err);

/**
 * libns_wire_up() - a namespace with all its wiring
 * @options: what it is to be
 * @ret_ns_fd: receives the namespace; NULL where it has a name
 * @err: receives the sentence on failure, or NULL
 *
 * One that has its name already, perhaps without any wiring, gets what it lacks. What contradicts
 * the options (another net, another address) is not changed but refused. Without a name it is
 * called "run:PID" where a word is needed, and libns_wire_down() of that takes it down, called in the
 * same pid namespace. Names that begin with "run:" are refused.
 *
 * All that was made is undone on failure. SIGINT, SIGTERM, SIGHUP and SIGQUIT are held back
 * meanwhile: one that comes ends the work, all is undone, and then it takes effect. Who is killed
 * leaves nothing that is in the way of the next call. Others who wire are waited for, at most half
 * a minute.
 *
 * Ownership: the caller closes the descriptor; it is close-on-exec and >= 3.
 * Affects: the network namespace of the calling thread, @run_fd, /run/xnetns and /etc/netns.
 * Return: 0; -EEXIST for what contradicts the options; -EADDRINUSE, -EADDRNOTAVAIL for addresses;
 *         -EHOSTUNREACH for ports of what is isolated;
 *         -ENODEV, -ENOENT if what it is to be connected with is not there; -EINTR; -ETIMEDOUT;
 *         -EOPNOTSUPP; -EROFS where sysctls cannot be written; -EPERM; -EINVAL.
 * Since: 0.1
 */
int libns_wire_up(const struct libns_wire_options *options, int *ret_ns_fd,
		  struct libns_error *err);

/**
 * libns_wire_down() - take away what there is of a wired namespace
 * @run_fd: directory of names, or LIBNS_NETNS_RUN
 * @name: its name
 * @flags: LIBNS_WIRE_DRY_RUN or 0
 * @watch: is told of each step, or NULL
 * @err: receives the sentence on failure, or NULL
 *
 * However much is left of it, and if nothing was there as well. Its links are gone when this
 * returns, so that the same can be made again at once. Links of others are left alone: what is
 * deleted has the group and the alias of this namespace. Processes inside go on, without a network.
 *
 * What cannot be taken away does not keep the rest: all of it is tried. The sentence of the first that
 * failed goes to @err, those of others to @watch. A second call tries what is left.
 *
 * Affects: the network namespace of the calling thread, @run_fd, /run/xnetns and /etc/netns.
 * Return: 0, -EPERM, -EINVAL, -ETIMEDOUT, or the errno of what could not be taken away.
 * Since: 0.1
 */
int libns_wire_down(int run_fd, const char *name, uint64_t flags,
		    const struct libns_wire_watch *watch, struct libns_error *err);

/**
 * libns_wire_down_many() - the same for many namespaces, faster than one after the other
 * @run_fd: directory of names, or LIBNS_NETNS_RUN
 * @names: their names
 * @n: how many
 * @flags: LIBNS_WIRE_DRY_RUN or 0
 * @watch: is told of each step, and of all that fails but for the first; or NULL
 * @err: receives the sentence about the first thing that failed, or NULL
 *
 * Affects: as libns_wire_down().
 * Return: as libns_wire_down(); for what failed first.
 * Since: 0.1
 */
int libns_wire_down_many(int run_fd, const char *const *names, size_t n, uint64_t flags,
			 const struct libns_wire_watch *watch, struct libns_error *err);

/**
 * libns_wire_end() - send a signal to all processes in a named network namespace
 * @run_fd: directory of names, or LIBNS_NETNS_RUN
 * @name: its name; that nothing is bound on it, or that it is not there, is no failure
 * @sig: number of the signal
 * @wait_ms: how long to wait for their end, in milliseconds; 0: not at all
 * @flags: LIBNS_WIRE_DRY_RUN or 0
 * @watch: is told of it, or NULL
 * @err: receives the sentence on failure, or NULL
 *
 * Each is pinned and looked at before, so that no other process is hit. The caller is spared. Those
 * that are born meanwhile are looked for until there are no new ones. Processes whose namespace may
 * not be read are left alone.
 *
 * Affects: the processes.
 * Return: 0, -ETIMEDOUT, -EPERM, -EINVAL, -ENOMEM.
 * Since: 0.1
 */
int libns_wire_end(int run_fd, const char *name, int sig, int64_t wait_ms, uint64_t flags,
		   const struct libns_wire_watch *watch, struct libns_error *err);

struct libns_wire_names;

/**
 * libns_wire_names_new() - the names of all namespaces that are wired
 * @run_fd: directory of names, or LIBNS_NETNS_RUN
 * @ret_names: receives them
 * @err: receives the sentence on failure, or NULL
 *
 * Those of which only a link is left are among them; those without a name are not.
 *
 * Ownership: free with libns_wire_names_free().
 * Affects: nothing.
 * Return: 0, -ENOMEM, or the errno of a socket.
 * Since: 0.1
 */
int libns_wire_names_new(int run_fd, struct libns_wire_names **ret_names, struct libns_error *err);

/**
 * libns_wire_names_free() - free the names
 * @names: handle, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_wire_names *libns_wire_names_free(struct libns_wire_names *names);

/* For __attribute__((cleanup(libns_wire_names_freep))). */
static inline void libns_wire_names_freep(struct libns_wire_names **names)
{
	*names = libns_wire_names_free(*names);
}

/**
 * libns_wire_names_count() - how many there are
 * @names: handle
 *
 * Affects: nothing.
 * Return: number of names.
 * Since: 0.1
 */
size_t libns_wire_names_count(const struct libns_wire_names *names);

/**
 * libns_wire_names_at() - one of the names
 * @names: handle
 * @i: number, from 0
 *
 * Ownership: the string belongs to @names.
 * Affects: nothing.
 * Return: the name, or NULL beyond the end.
 * Since: 0.1
 */
const char *libns_wire_names_at(const struct libns_wire_names *names, size_t i);

#ifdef __cplusplus
}
#endif

#endif
