/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_RTNL_H
#define LIBNS_RTNL_H

#include <libns/link.h>

#include "kernel/netlink.h"
#include "text/rtnl-msg.h"

/* A connection counts its requests, so that no answer is taken for that to another. */
struct libns_rtnl {
	struct netlink_call call;
};

/* Consumes @socket_fd, which may be a negative errno. Return: NULL if there is no connection. */
struct libns_rtnl *rtnl_new_from_socket(int socket_fd);

/*
 * Sends a request. @answer is called for what comes back, and is NULL where only the verdict
 * counts; @again forgets what it has reported, because a dump begins anew.
 */
int rtnl_ask(struct libns_rtnl *rtnl, struct netlink_msg *msg,
	     int (*answer)(const struct netlink_item *item, void *data), void (*again)(void *data),
	     void *data);

/* "cannot <words>: <the kernel's words, else errno>". Return: @r, a negative errno. */
int rtnl_fail(const struct libns_rtnl *rtnl, int r, struct libns_error *err, const char *format,
	      ...) __attribute__((format(printf, 4, 5)));

/* Room for "the link with the number 4294967295", or with a name that is printed as numbers. */
#define RTNL_LINK_WORDS 96

/*
 * "the link 'eth0'", or "the link with the number 7" where there is none, for the sentence about
 * a request that has failed. Return: @buf.
 */
const char *rtnl_link_words(struct libns_rtnl *rtnl, uint32_t index, char buf[RTNL_LINK_WORDS]);

/* Says what is wrong with an address that is not ip_is_sound(). Return: -EINVAL. */
int rtnl_not_sound(const struct libns_ip *ip, struct libns_error *err);

/* Objects of one size that follow each other. */
struct rtnl_list {
	char *bytes;
	size_t n, room;
};

/* Deletes all links of a group, and waits once for all of them. Return: 0 or -errno. */
int rtnl_delete_group(struct libns_rtnl *rtnl, uint32_t group);

/*
 * Asks for all objects of a kind (RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE). @take adds to the list.
 * @list may be NULL, where memory was short. Return: 0, or a negative errno with the sentence.
 */
int rtnl_dump(struct libns_rtnl *rtnl, uint16_t type,
	      int (*take)(const struct netlink_item *item, void *data), struct rtnl_list *list,
	      struct libns_error *err);

/* Copies an object to the end. Return: 0, -ENOMEM. */
int rtnl_list_add(struct rtnl_list *list, const void *object, size_t size);
void rtnl_list_done(struct rtnl_list *list);
/* Return: NULL beyond the end. */
const void *rtnl_list_at(const struct rtnl_list *list, size_t i, size_t size);

#endif
