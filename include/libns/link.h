/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_LINK_H
#define LIBNS_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libns/error.h>
#include <libns/ip.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Links, addresses and routes of a network namespace, by rtnetlink(7). What the kernel says about
 * a request that it refuses becomes part of the sentence.
 *
 * rtnetlink has no transactions. Whoever makes several changes orders them so that what is left of
 * a half is harmless, or belongs to a namespace that ends with its last descriptor.
 */

/* The network namespace of the calling thread. */
#define LIBNS_LINK_HERE (-1)

struct libns_rtnl;

/**
 * libns_rtnl_new() - connect to a network namespace
 * @ns_fd: network namespace, or LIBNS_LINK_HERE; borrowed, and needed by this call only
 * @ret_rtnl: receives the connection
 * @err: receives the sentence on failure, or NULL
 *
 * The calling thread stays where it is: a child that shares its memory enters the namespace for a
 * moment, which takes the rights that setns(2) takes. Nobody is told of the end of that child. The
 * connection keeps the namespace alive. It must not be used by two threads at once.
 *
 * Ownership: free with libns_rtnl_free().
 * Affects: nothing.
 * Return: 0; -EINVAL if @ns_fd is no network namespace, -EBADF; -EPERM if it may not be entered,
 *         or a seccomp filter kills whoever calls setns(2); -EMFILE, -ENOMEM, -EAGAIN.
 * Since: 0.1
 */
int libns_rtnl_new(int ns_fd, struct libns_rtnl **ret_rtnl, struct libns_error *err);

/**
 * libns_rtnl_free() - end a connection
 * @rtnl: connection, or NULL
 *
 * What was made by it stays.
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_rtnl *libns_rtnl_free(struct libns_rtnl *rtnl);

/* For __attribute__((cleanup(libns_rtnl_freep))). */
static inline void libns_rtnl_freep(struct libns_rtnl **rtnl)
{
	*rtnl = libns_rtnl_free(*rtnl);
}

/*
 * What a new link is to be, or what of an existing one is to be changed. Zero or NULL: as the
 * kernel likes, or as it is. Begin with LIBNS_LINK_OPTIONS_INIT.
 */
struct libns_link_options {
	size_t size;       /* sizeof(struct libns_link_options) */
	uint64_t flags;    /* LIBNS_LINK_* */
	const char *kind;  /* new: "veth", "bridge", "dummy", "macvlan", "wireguard", ... */
	const char *name;  /* new: its name, or a pattern such as "xn%d"; change: the new name */
	uint32_t mtu;      /* bytes */
	uint32_t group;    /* with LIBNS_LINK_GROUP */
	const char *alias; /* change: words beside the name (ifalias), 255 bytes; "": none */
	int ns_fd;         /* where it is born, or moved to; -1: where the connection leads */
	const char *peer_name; /* veth: of the other end */
	int peer_ns_fd;        /* veth: where the other end is born; -1: beside this one */
	uint32_t peer_mtu;     /* veth: bytes */
	uint32_t master;       /* with LIBNS_LINK_MASTER: index of the bridge it is a port of */
	const uint8_t *mac;    /* six bytes */
	uint32_t lower;        /* macvlan: index of the link below, where the connection leads */
	uint32_t queues;       /* veth: of both ends, each way; 0: one for each processor */
};

#define LIBNS_LINK_UP     (UINT64_C(1) << 0) /* set up; a peer is set up by a request of its own */
#define LIBNS_LINK_DOWN   (UINT64_C(1) << 1)
#define LIBNS_LINK_GROUP  (UINT64_C(1) << 2) /* @group counts, also 0 */
#define LIBNS_LINK_MASTER (UINT64_C(1) << 3) /* @master counts; 0: of none any more */

/* clang-format off */
#define LIBNS_LINK_OPTIONS_INIT                                                                    \
	{                                                                                          \
		sizeof(struct libns_link_options), 0, NULL, NULL, 0, 0, NULL, -1, NULL, -1, 0, 0,  \
		NULL, 0, 0                                                                         \
	}
/* clang-format on */

/**
 * libns_link_add() - make a link
 * @rtnl: connection; borrowed
 * @options: what it is to be, with a kind and a name
 * @err: receives the sentence on failure, or NULL
 *
 * One request: a link, and the other end of a veth pair with it, are there as a whole or not at
 * all. A macvlan is in the mode "bridge". What the kernel would ignore without a word is refused:
 * an alias, which a link can be given by libns_link_change().
 *
 * Affects: the network namespace that the connection leads to, and those it is born in.
 * Return: 0; -EEXIST if a name is taken; -EOPNOTSUPP if the kernel has no such kind; -EINVAL,
 *         -ENAMETOOLONG for what cannot be; -E2BIG for options of a newer library; -EPERM; the
 *         kernel's errno.
 * Since: 0.1
 */
int libns_link_add(struct libns_rtnl *rtnl, const struct libns_link_options *options,
		   struct libns_error *err);

/**
 * libns_link_change() - change a link
 * @rtnl: connection; borrowed
 * @index: of the link
 * @options: what is to become of it; without a kind and a peer
 * @err: receives the sentence on failure, or NULL
 *
 * The kernel changes one thing after the other. When it refuses one, those before it stay changed.
 * A link that moves to another namespace is down there, and its addresses are gone.
 *
 * Affects: the network namespace that the connection leads to.
 * Return: 0; -ENODEV if there is no such link; -EEXIST if the new name is taken; -EINVAL,
 *         -ENAMETOOLONG for what cannot be; -E2BIG for options of a newer library; -EPERM; the
 *         kernel's errno.
 * Since: 0.1
 */
int libns_link_change(struct libns_rtnl *rtnl, uint32_t index,
		      const struct libns_link_options *options, struct libns_error *err);

/**
 * libns_link_delete() - delete a link
 * @rtnl: connection; borrowed
 * @index: of the link
 * @err: receives the sentence on failure, or NULL
 *
 * With it go its addresses, its routes, and the other end of a pair. The kernel needs some 20 ms
 * for that and answers when it is done.
 *
 * Affects: the network namespace that the connection leads to.
 * Return: 0; -ENODEV if there is no such link; -EOPNOTSUPP for one that cannot be deleted, such as
 *         hardware; -EPERM.
 * Since: 0.1
 */
int libns_link_delete(struct libns_rtnl *rtnl, uint32_t index, struct libns_error *err);

/* What the kernel says of a link. */
struct libns_link {
	size_t size; /* sizeof(struct libns_link) */
	uint32_t index;
	uint32_t flags; /* IFF_* of netdevice(7) */
	uint32_t mtu;   /* bytes */
	uint32_t group;
	uint32_t master;   /* index of its bridge; 0: none */
	uint32_t peer;     /* veth: index of the other end, where that is; else 0 */
	int32_t peer_nsid; /* number of the other end's namespace; LIBNS_NSID_NONE: this one;
			      LIBNS_NSID_UNKNOWN: one without, which is ending */
	uint8_t operstate; /* IF_OPER_* of <linux/if.h> */
	uint8_t mac[6];    /* zeros: none */
	char name[16];
	char kind[16]; /* "veth"; "" for lo and hardware */
	char alias[256];
};

/**
 * libns_link_get() - look a link up by its name
 * @rtnl: connection; borrowed
 * @name: of the link
 * @ret_link: receives it; the caller sets its size
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: nothing.
 * Return: 0; -ENODEV if there is none; -EINVAL, -ENAMETOOLONG for what is no name.
 * Since: 0.1
 */
int libns_link_get(struct libns_rtnl *rtnl, const char *name, struct libns_link *ret_link,
		   struct libns_error *err);

/**
 * libns_link_get_index() - look a link up by its number
 * @rtnl: connection; borrowed
 * @index: of the link
 * @ret_link: receives it; the caller sets its size
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: nothing.
 * Return: 0; -ENODEV if there is none; -EINVAL if @ret_link has no size.
 * Since: 0.1
 */
int libns_link_get_index(struct libns_rtnl *rtnl, uint32_t index, struct libns_link *ret_link,
			 struct libns_error *err);

struct libns_links;

/**
 * libns_links_new() - all links of the namespace
 * @rtnl: connection; borrowed
 * @ret_links: receives them, in the kernel's order
 * @err: receives the sentence on failure, or NULL
 *
 * Ownership: free with libns_links_free().
 * Affects: nothing.
 * Return: 0; -ENOMEM; -EINTR if they changed all the time while they were listed; the errno
 *         of the socket.
 * Since: 0.1
 */
int libns_links_new(struct libns_rtnl *rtnl, struct libns_links **ret_links,
		    struct libns_error *err);

/**
 * libns_links_free() - free a list of links
 * @links: list, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_links *libns_links_free(struct libns_links *links);

/* For __attribute__((cleanup(libns_links_freep))). */
static inline void libns_links_freep(struct libns_links **links)
{
	*links = libns_links_free(*links);
}

/**
 * libns_links_count() - how many there are
 * @links: list
 *
 * Affects: nothing.
 * Return: number.
 * Since: 0.1
 */
size_t libns_links_count(const struct libns_links *links);

/**
 * libns_links_at() - one of them
 * @links: list
 * @i: index from 0
 *
 * Ownership: belongs to @links.
 * Affects: nothing.
 * Return: the entry, or NULL beyond the end.
 * Since: 0.1
 */
const struct libns_link *libns_links_at(const struct libns_links *links, size_t i);

/* An address of a link. */
struct libns_address {
	size_t size;        /* sizeof(struct libns_address) */
	struct libns_ip ip; /* with the prefix of its network */
	uint32_t index;     /* of the link */
	uint32_t flags;     /* IFA_F_*: IFA_F_NODAD, IFA_F_NOPREFIXROUTE, IFA_F_TENTATIVE, ... */
	uint8_t scope;      /* RT_SCOPE_* */
};

/* clang-format off */
#define LIBNS_ADDRESS_INIT { sizeof(struct libns_address), { 0, 0, { 0 } }, 0, 0, 0 }
/* clang-format on */

/**
 * libns_address_add() - give a link an address
 * @rtnl: connection; borrowed
 * @address: with an ip and an index
 * @err: receives the sentence on failure, or NULL
 *
 * IPv4 accepts the same address on two links. Without IFA_F_NOPREFIXROUTE the kernel makes the
 * route to its network, and without IFA_F_NODAD an address of IPv6 is not usable for a second or
 * two.
 *
 * Affects: the network namespace that the connection leads to.
 * Return: 0; -EEXIST if the link has it; -ENODEV; -EACCES if IPv6 is disabled for the link;
 *         -EINVAL for what is no address, or without size; -E2BIG; -EPERM.
 * Since: 0.1
 */
int libns_address_add(struct libns_rtnl *rtnl, const struct libns_address *address,
		      struct libns_error *err);

/**
 * libns_address_delete() - take an address from a link
 * @rtnl: connection; borrowed
 * @address: ip and index; the rest does not count
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: the network namespace that the connection leads to.
 * Return: 0; -EADDRNOTAVAIL if the link has it not; -ENODEV; -EINVAL for what is no address, or
 *         without size; -E2BIG; -EPERM.
 * Since: 0.1
 */
int libns_address_delete(struct libns_rtnl *rtnl, const struct libns_address *address,
			 struct libns_error *err);

struct libns_addresses;

/**
 * libns_addresses_new() - all addresses of the namespace
 * @rtnl: connection; borrowed
 * @ret_addresses: receives them, in the kernel's order
 * @err: receives the sentence on failure, or NULL
 *
 * Ownership: free with libns_addresses_free().
 * Affects: nothing.
 * Return: 0; -ENOMEM; -EINTR if they changed all the time while they were listed; the errno
 *         of the socket.
 * Since: 0.1
 */
int libns_addresses_new(struct libns_rtnl *rtnl, struct libns_addresses **ret_addresses,
			struct libns_error *err);

/**
 * libns_addresses_free() - free a list of addresses
 * @addresses: list, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_addresses *libns_addresses_free(struct libns_addresses *addresses);

/* For __attribute__((cleanup(libns_addresses_freep))). */
static inline void libns_addresses_freep(struct libns_addresses **addresses)
{
	*addresses = libns_addresses_free(*addresses);
}

/**
 * libns_addresses_count() - how many there are
 * @addresses: list
 *
 * Affects: nothing.
 * Return: number.
 * Since: 0.1
 */
size_t libns_addresses_count(const struct libns_addresses *addresses);

/**
 * libns_addresses_at() - one of them
 * @addresses: list
 * @i: index from 0
 *
 * Ownership: belongs to @addresses.
 * Affects: nothing.
 * Return: the entry, or NULL beyond the end.
 * Since: 0.1
 */
const struct libns_address *libns_addresses_at(const struct libns_addresses *addresses, size_t i);

/* A route. */
struct libns_route {
	size_t size;        /* sizeof(struct libns_route) */
	struct libns_ip to; /* network; prefix 0: the default route; its family counts always */
	struct libns_ip gateway; /* family 0: none */
	struct libns_ip source;  /* preferred source address; family 0: none */
	uint32_t index;          /* of the link; 0: the kernel finds it by the gateway */
	uint32_t table;          /* 0: main */
	uint32_t metric;         /* 0: the kernel's */
	uint32_t mtu;            /* bytes; 0: that of the link */
	uint8_t type;            /* RTN_*; 0: unicast */
	uint8_t scope;           /* RT_SCOPE_*; 0: of the link if there is no gateway */
	bool onlink;             /* the gateway is on this link though no address says so */
};

/* clang-format off */
#define LIBNS_ROUTE_INIT                                                                           \
	{                                                                                          \
		sizeof(struct libns_route), { 0, 0, { 0 } }, { 0, 0, { 0 } }, { 0, 0, { 0 } },     \
		0, 0, 0, 0, 0, 0, false                                                            \
	}
/* clang-format on */

/**
 * libns_route_add() - make a route
 * @rtnl: connection; borrowed
 * @route: what it is to be
 * @err: receives the sentence on failure, or NULL
 *
 * Of two that ask for the same route at the same time only one gets it, whichever link it leads
 * to: so a route can be a claim to a network, which ends with the link.
 *
 * Affects: the network namespace that the connection leads to.
 * Return: 0; -EEXIST if that route is there; -ENETUNREACH if the gateway cannot be reached;
 *         -ENETDOWN, -ENODEV; -EINVAL for what cannot be, or without size; -E2BIG; -EPERM.
 * Since: 0.1
 */
int libns_route_add(struct libns_rtnl *rtnl, const struct libns_route *route,
		    struct libns_error *err);

/**
 * libns_route_delete() - delete a route
 * @rtnl: connection; borrowed
 * @route: whatever is given must match
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: the network namespace that the connection leads to.
 * Return: 0; -ESRCH if there is none; -EINVAL for what cannot be, or without size; -E2BIG;
 *         -EPERM.
 * Since: 0.1
 */
int libns_route_delete(struct libns_rtnl *rtnl, const struct libns_route *route,
		       struct libns_error *err);

struct libns_routes;

/**
 * libns_routes_new() - the routes of the namespace
 * @rtnl: connection; borrowed
 * @ret_routes: receives them, in the kernel's order
 * @err: receives the sentence on failure, or NULL
 *
 * Those of both families and of all tables, but for the local table and copies of routes that are
 * in use. A route with several ways is given once for each.
 *
 * Ownership: free with libns_routes_free().
 * Affects: nothing.
 * Return: 0; -ENOMEM; -EINTR if they changed all the time while they were listed; the errno
 *         of the socket.
 * Since: 0.1
 */
int libns_routes_new(struct libns_rtnl *rtnl, struct libns_routes **ret_routes,
		     struct libns_error *err);

/**
 * libns_routes_free() - free a list of routes
 * @routes: list, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_routes *libns_routes_free(struct libns_routes *routes);

/* For __attribute__((cleanup(libns_routes_freep))). */
static inline void libns_routes_freep(struct libns_routes **routes)
{
	*routes = libns_routes_free(*routes);
}

/**
 * libns_routes_count() - how many there are
 * @routes: list
 *
 * Affects: nothing.
 * Return: number.
 * Since: 0.1
 */
size_t libns_routes_count(const struct libns_routes *routes);

/**
 * libns_routes_at() - one of them
 * @routes: list
 * @i: index from 0
 *
 * Ownership: belongs to @routes.
 * Affects: nothing.
 * Return: the entry, or NULL beyond the end.
 * Since: 0.1
 */
const struct libns_route *libns_routes_at(const struct libns_routes *routes, size_t i);

/**
 * libns_route_find() - which way a packet would take
 * @rtnl: connection; borrowed
 * @to: its destination; the prefix does not count
 * @ret_route: receives the way, with @to as its network; the caller sets its size
 * @err: receives the sentence on failure, or NULL
 *
 * Affects: nothing.
 * Return: 0; -ENETUNREACH if there is no route; -EHOSTUNREACH, -EACCES or -EINVAL if a route
 *         says that it goes nowhere; -EINVAL for what is no address, or if @ret_route has no
 *         size.
 * Since: 0.1
 */
int libns_route_find(struct libns_rtnl *rtnl, const struct libns_ip *to,
		     struct libns_route *ret_route, struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
