/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_UNIT_RTNL_H
#define TESTS_UNIT_RTNL_H

/* What the tests of links, addresses and routes share. */

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <libns/link.h>

#include "own-net.h"

static struct libns_error err = LIBNS_ERROR_INIT;

#define CHECK_OK(call)                                                                             \
	do {                                                                                       \
		int tap_r = (call);                                                                \
		if (tap_r < 0)                                                                     \
			TAP_FAIL("%s: %d: %s", #call, tap_r, err.text);                            \
	} while (0)

/* A failure and its whole sentence. */
#define CHECK_FAILS(call, number, sentence)                                                        \
	do {                                                                                       \
		CHECK_INT(call, -(number));                                                        \
		CHECK_INT(err.code, number);                                                       \
		CHECK_STR(err.text, sentence);                                                     \
	} while (0)

static inline void end_connection(void *rtnl)
{
	libns_rtnl_free(rtnl);
}

static inline struct libns_rtnl *connect_to(int ns_fd)
{
	struct libns_rtnl *rtnl;

	CHECK_OK(libns_rtnl_new(ns_fd, &rtnl, &err));
	tap_later(end_connection, rtnl);
	return rtnl;
}

static inline struct libns_link get(struct libns_rtnl *rtnl, const char *name)
{
	struct libns_link link = { .size = sizeof(link) };

	CHECK_OK(libns_link_get(rtnl, name, &link, &err));
	return link;
}

static inline struct libns_ip ip_of(const char *text)
{
	struct libns_ip ip;

	CHECK_INT(libns_ip_parse(text, &ip), 0);
	return ip;
}

/* Return: the index of a new link, which is up. */
static inline uint32_t add(struct libns_rtnl *rtnl, const char *kind, const char *name)
{
	struct libns_link_options options = LIBNS_LINK_OPTIONS_INIT;

	options.kind = kind;
	options.name = name;
	options.flags = LIBNS_LINK_UP;
	CHECK_OK(libns_link_add(rtnl, &options, &err));
	return get(rtnl, name).index;
}

/* A pair that is up at both ends, called "a" and "b". Return: the index of the first. */
static inline uint32_t add_pair(struct libns_rtnl *rtnl)
{
	struct libns_link_options options = LIBNS_LINK_OPTIONS_INIT;

	options.kind = "veth";
	options.name = "a";
	options.peer_name = "b";
	options.flags = LIBNS_LINK_UP;
	CHECK_OK(libns_link_add(rtnl, &options, &err));
	options = (struct libns_link_options)LIBNS_LINK_OPTIONS_INIT;
	options.flags = LIBNS_LINK_UP;
	CHECK_OK(libns_link_change(rtnl, get(rtnl, "b").index, &options, &err));
	return get(rtnl, "a").index;
}

static inline int give(struct libns_rtnl *rtnl, uint32_t index, const char *ip, uint32_t flags)
{
	struct libns_address address = LIBNS_ADDRESS_INIT;

	address.ip = ip_of(ip);
	address.index = index;
	address.flags = flags;
	return libns_address_add(rtnl, &address, &err);
}

static inline struct libns_route route_to(const char *to, const char *gateway, uint32_t index)
{
	struct libns_route route = LIBNS_ROUTE_INIT;

	route.to = ip_of(to);
	if (gateway)
		route.gateway = ip_of(gateway);
	route.index = index;
	return route;
}

static inline int lead(struct libns_rtnl *rtnl, const char *to, const char *gateway, uint32_t index)
{
	const struct libns_route route = route_to(to, gateway, index);

	return libns_route_add(rtnl, &route, &err);
}

/* From here on nothing may be changed any more. */
static inline void drop_rights(void)
{
	struct {
		uint32_t version;
		int pid;
	} header = { 0x20080522, 0 };
	uint32_t none[6] = { 0 };

	CHECK_INT(syscall(SYS_capset, &header, none), 0);
}

/* What ip(8) prints, without white space, until it has been asked twice more. */
static inline const char *ask_ip(const char *command)
{
	static char texts[2][1 << 20];
	static unsigned int which;
	char *text = texts[which++ % 2];
	FILE *from = popen(command, "r");
	size_t n = 0;
	int c;

	CHECK(from);
	while ((c = fgetc(from)) != EOF && n < sizeof(texts[0]) - 1)
		if (c != ' ' && c != '\n')
			text[n++] = (char)c;
	text[n] = '\0';
	if (pclose(from) != 0)
		SKIP("ip is not installed");
	return text;
}

static inline size_t count_words(const char *text, const char *word)
{
	size_t n = 0;

	while ((text = strstr(text, word))) {
		n++;
		text += strlen(word);
	}
	return n;
}

#endif
