/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_RESOLV_H
#define LIBNS_RESOLV_H

#include <stdbool.h>
#include <stddef.h>

#include <libns/ip.h>

/*
 * What of resolv.conf(5) and nsswitch.conf(5) is of no use, or does harm, in a network namespace of
 * its own. Pure.
 */

/* A name server that can be asked. */
struct resolv_server {
	struct libns_ip ip;
	char zone[16]; /* "fe80::1%eth0": "eth0"; "": none */
};

/*
 * Takes the lines up to the next name server off *@text, which has *@size bytes. What is no address
 * is passed over. Return: whether there is one.
 */
bool resolv_next(const char **text, size_t *size, struct resolv_server *ret);

/* Name servers of a resolv.conf. */
struct resolv_servers {
	size_t n;     /* all of them */
	size_t local; /* those that only the host itself reaches: 127.0.0.53, ::1, fe80::1%eth0 */
};

void resolv_count(const char *text, size_t size, struct resolv_servers *ret);

/*
 * Copies a resolv.conf without the name servers that only the host reaches, and without comments.
 * @buf has room for @size + 2 bytes. Return: the length, without the '\0'.
 */
size_t resolv_filter(const char *text, size_t size, char *buf);

/*
 * Copies an nsswitch.conf, in which hosts are not looked up by services that the host answers from
 * outside of the namespace (resolve, mymachines, mdns...), and are looked up by dns where resolve
 * did that. @buf has room for @size + 8 bytes. Return: the length, without the '\0'.
 */
size_t nsswitch_filter(const char *text, size_t size, char *buf);

#endif
