/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Links. What the kernel would ignore, or refuse without saying why, is refused before it is asked.
 */

#include <linux/rtnetlink.h>
#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sized.h"
#include "kernel/rtnl.h"

#define SIZE_MIN   sizeof(struct libns_link_options)
#define SIZE_LEAST sizeof(struct libns_link)

#define FLAGS (LIBNS_LINK_UP | LIBNS_LINK_DOWN | LIBNS_LINK_GROUP | LIBNS_LINK_MASTER)

/* The most that the kernel keeps: IFALIASZ without the byte that terminates it. */
#define ALIAS_MAX 255

static int refuse(struct libns_error *err, const char *words)
{
	return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "%s", words);
}

static int check_name(const char *name, struct libns_error *err)
{
	const char *wrong = rtnl_check_name(name);

	if (!wrong)
		return 0;
	return error_say(err, LIBNS_STEP_ARGUMENT, strlen(name) > 15 ? ENAMETOOLONG : EINVAL,
			 "the name '%s' of a link %s", name, wrong);
}

static int check_options(struct libns_link_options *to, const struct libns_link_options *from,
			 struct libns_error *err)
{
	int r = base_copy_sized(to, sizeof(*to), from, SIZE_MIN, "what a link is to be", err);

	if (r < 0)
		return r;
	if (to->flags & ~FLAGS)
		return error_unknown(err, "what a link is to be", to->flags & ~FLAGS);
	if (to->flags & LIBNS_LINK_UP && to->flags & LIBNS_LINK_DOWN)
		return refuse(err, "a link cannot be both up and down");
	if (to->name && (r = check_name(to->name, err)) < 0)
		return r;
	if (to->peer_name && (r = check_name(to->peer_name, err)) < 0)
		return r;
	if (to->alias && strlen(to->alias) > ALIAS_MAX)
		return error_say(err, LIBNS_STEP_ARGUMENT, ENAMETOOLONG,
				 "the alias of a link is longer than %d bytes", ALIAS_MAX);
	return 0;
}

static bool has_peer(const struct libns_link_options *options)
{
	return options->peer_name || options->peer_ns_fd >= 0 || options->peer_mtu;
}

static int check_new(const struct libns_link_options *options, struct libns_error *err)
{
	if (!options->kind || !options->kind[0] || !options->name)
		return refuse(err, "a new link needs a kind and a name");
	if (options->alias)
		return refuse(err, "a link can be given an alias only when it is there");
	if ((has_peer(options) || options->queues) && strcmp(options->kind, "veth") != 0)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "a link of the kind '%s' is no pair", options->kind);
	return 0;
}

static int take_one(const struct netlink_item *item, void *data)
{
	struct libns_link one;

	if (rtnl_parse_link(item, &one))
		*(struct libns_link *)data = one;
	return 0;
}

/* Return: 0; -EBADMSG if the answer was none. */
static int look_up(struct libns_rtnl *rtnl, uint32_t index, const char *name,
		   struct libns_link *ret_link)
{
	struct libns_link found = { .index = 0 };
	struct netlink_msg msg;
	int r;

	rtnl_build_which(&msg, RTM_GETLINK, index, name);
	r = rtnl_ask(rtnl, &msg, take_one, NULL, &found);
	if (r == 0 && !found.index)
		r = -EBADMSG;
	if (r == 0)
		base_fill_sized(ret_link, &found, sizeof(found));
	return r;
}

const char *rtnl_link_words(struct libns_rtnl *rtnl, uint32_t index, char buf[RTNL_LINK_WORDS])
{
	struct libns_link link = { .size = sizeof(link) };
	char text[sizeof(rtnl->call.reply.text)];

	/* What the kernel has said of the failure is still to be said. */
	memcpy(text, rtnl->call.reply.text, sizeof(text));
	if (index && look_up(rtnl, index, NULL, &link) == 0)
		error_format(buf, RTNL_LINK_WORDS, "the link '%s'", link.name);
	else
		error_format(buf, RTNL_LINK_WORDS, "the link with the number %u", index);
	memcpy(rtnl->call.reply.text, text, sizeof(text));
	return buf;
}

/* Which of two names is taken can only be told of the one that is seen from here. */
static int is_taken(struct libns_rtnl *rtnl, const struct libns_link_options *options,
		    struct libns_error *err)
{
	struct libns_link link = { .size = sizeof(link) };

	if (options->ns_fd < 0 && look_up(rtnl, 0, options->name, &link) == 0)
		return error_say(err, LIBNS_STEP_NETLINK, EEXIST,
				 "cannot make the link '%s': there is one of that name",
				 options->name);
	if (options->ns_fd < 0 && options->peer_name)
		return error_say(err, LIBNS_STEP_NETLINK, EEXIST,
				 "cannot make the link '%s': there is one called '%s' where its "
				 "other end is to be",
				 options->name, options->peer_name);
	return rtnl_fail(rtnl, -EEXIST, err, "make the link '%s'", options->name);
}

static int add_failed(struct libns_rtnl *rtnl, int r, const struct libns_link_options *options,
		      struct libns_error *err)
{
	const char *text = rtnl->call.reply.text;

	if (r == -EEXIST)
		return is_taken(rtnl, options, err);
	if (r == -EOPNOTSUPP && (!text[0] || !strcmp(text, "Unknown device type")))
		return error_say(err, LIBNS_STEP_NETLINK, EOPNOTSUPP,
				 "cannot make the link '%s': this kernel has no links of the kind "
				 "'%s'",
				 options->name, options->kind);
	return rtnl_fail(rtnl, r, err, "make the link '%s'", options->name);
}

LIBNS_PUBLIC int libns_link_add(struct libns_rtnl *rtnl, const struct libns_link_options *options,
				struct libns_error *err)
{
	struct libns_link_options own;
	struct netlink_msg msg;
	int r = check_options(&own, options, err);

	if (r == 0)
		r = check_new(&own, err);
	if (r < 0)
		return r;
	rtnl_build_link(&msg, 0, &own);
	r = rtnl_ask(rtnl, &msg, NULL, NULL, NULL);
	return r < 0 ? add_failed(rtnl, r, &own, err) : 0;
}

/* Links are numbered from 1; a request about number 0 would be one about any. */
static int check_index(uint32_t index, struct libns_error *err)
{
	if (index && index <= INT32_MAX)
		return 0;
	return error_say(err, LIBNS_STEP_ARGUMENT, ENODEV, "there is no link with the number %u",
			 index);
}

LIBNS_PUBLIC int libns_link_change(struct libns_rtnl *rtnl, uint32_t index,
				   const struct libns_link_options *options,
				   struct libns_error *err)
{
	char words[RTNL_LINK_WORDS];
	struct libns_link_options own;
	struct netlink_msg msg;
	int r = check_options(&own, options, err);

	if (r == 0)
		r = check_index(index, err);
	if (r < 0)
		return r;
	if (own.kind || has_peer(&own) || own.lower || own.queues)
		return refuse(err, "the kind of a link, and what it is connected with, cannot be "
				   "changed");
	rtnl_build_link(&msg, index, &own);
	r = rtnl_ask(rtnl, &msg, NULL, NULL, NULL);
	return r < 0 ? rtnl_fail(rtnl, r, err, "change %s", rtnl_link_words(rtnl, index, words))
		     : 0;
}

int rtnl_delete_group(struct libns_rtnl *rtnl, uint32_t group)
{
	struct netlink_msg msg;

	rtnl_build_which(&msg, RTM_DELLINK, 0, NULL);
	netlink_msg_put_u32(&msg, IFLA_GROUP, group);
	return rtnl_ask(rtnl, &msg, NULL, NULL, NULL);
}

LIBNS_PUBLIC int libns_link_delete(struct libns_rtnl *rtnl, uint32_t index, struct libns_error *err)
{
	char words[RTNL_LINK_WORDS];
	struct netlink_msg msg;
	int r = check_index(index, err);

	if (r < 0)
		return r;
	rtnl_build_which(&msg, RTM_DELLINK, index, NULL);
	r = rtnl_ask(rtnl, &msg, NULL, NULL, NULL);
	return r < 0 ? rtnl_fail(rtnl, r, err, "delete %s", rtnl_link_words(rtnl, index, words))
		     : 0;
}

LIBNS_PUBLIC int libns_link_get(struct libns_rtnl *rtnl, const char *name,
				struct libns_link *ret_link, struct libns_error *err)
{
	int r = base_check_sized(ret_link, SIZE_LEAST, "the link", err);

	if (r == 0)
		r = check_name(name, err);
	if (r < 0)
		return r;
	r = look_up(rtnl, 0, name, ret_link);
	if (r == -ENODEV)
		return error_say(err, LIBNS_STEP_NETLINK, ENODEV, "there is no link '%s'", name);
	return r < 0 ? rtnl_fail(rtnl, r, err, "look the link '%s' up", name) : 0;
}

LIBNS_PUBLIC int libns_link_get_index(struct libns_rtnl *rtnl, uint32_t index,
				      struct libns_link *ret_link, struct libns_error *err)
{
	int r = base_check_sized(ret_link, SIZE_LEAST, "the link", err);

	if (r == 0)
		r = check_index(index, err);
	if (r < 0)
		return r;
	r = look_up(rtnl, index, NULL, ret_link);
	if (r == -ENODEV)
		return error_say(err, LIBNS_STEP_NETLINK, ENODEV,
				 "there is no link with the number %u", index);
	return r < 0 ? rtnl_fail(rtnl, r, err, "look the link with the number %u up", index) : 0;
}

struct libns_links {
	struct rtnl_list all;
};

static int add_link(const struct netlink_item *item, void *data)
{
	struct libns_link one;

	return rtnl_parse_link(item, &one) ? rtnl_list_add(data, &one, sizeof(one)) : 0;
}

LIBNS_PUBLIC int libns_links_new(struct libns_rtnl *rtnl, struct libns_links **ret_links,
				 struct libns_error *err)
{
	_cleanup_(libns_links_freep) struct libns_links *links = calloc(1, sizeof(*links));
	int r = rtnl_dump(rtnl, RTM_GETLINK, add_link, links ? &links->all : NULL, err);

	if (r == 0)
		*ret_links = TAKE_PTR(links);
	return r;
}

LIBNS_PUBLIC struct libns_links *libns_links_free(struct libns_links *links)
{
	if (links)
		rtnl_list_done(&links->all);
	free(links);
	return NULL;
}

LIBNS_PUBLIC size_t libns_links_count(const struct libns_links *links)
{
	return links->all.n;
}

LIBNS_PUBLIC const struct libns_link *libns_links_at(const struct libns_links *links, size_t i)
{
	return rtnl_list_at(&links->all, i, sizeof(struct libns_link));
}
