/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WG_CONF_H
#define LIBNS_WG_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libns/error.h>
#include <libns/ip.h>

/*
 * Files of wg-quick(8): one section [Interface], any number of [Peer]. Pure. What would run
 * commands or choose routing tables is refused, since nobody would do it.
 */

#define WG_KEY_SIZE  32
#define WG_HOST_SIZE 256

struct wg_peer {
	uint8_t public_key[WG_KEY_SIZE];
	uint8_t preshared_key[WG_KEY_SIZE]; /* all zero: none */
	char host[WG_HOST_SIZE];            /* of the endpoint; "": none */
	uint16_t port;
	struct libns_ip endpoint; /* family 0: @host is a name, or there is none */
	uint16_t keepalive;       /* seconds; 0: none */
	size_t allowed;           /* index of its first network in the list of all */
	size_t n_allowed;
};

struct wg_conf {
	uint8_t private_key[WG_KEY_SIZE];
	bool has_private_key;
	uint16_t listen_port; /* 0: any */
	uint32_t fwmark;      /* 0: none */
	uint32_t mtu;         /* 0: not said */
	struct libns_ip *addresses;
	size_t n_addresses;
	struct libns_ip *dns;
	size_t n_dns;
	struct wg_peer *peers;
	size_t n_peers;
	struct libns_ip *allowed; /* of all peers */
	size_t n_allowed;
};

/*
 * Reads the whole text. @name is what it is called in sentences, which name the line and never a
 * key. Return: 0; -EINVAL, -EOPNOTSUPP for what is refused, -ENOMEM. On failure there is nothing
 * to be done with @ret.
 */
int wg_conf_parse(const char *text, size_t size, const char *name, struct wg_conf *ret,
		  struct libns_error *err);

/* Overwrites the keys and frees the lists. */
void wg_conf_done(struct wg_conf *conf);

#endif
