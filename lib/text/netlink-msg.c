/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The format of netlink(7), without any socket. The parser compares every
 * length with the bytes that are really there, so it can be given anything. It
 * copies headers out, because a buffer need not be aligned.
 */

#include "text/netlink-msg.h"

#include <errno.h>
#include <string.h>

#include "base/base.h"

static void grow(struct netlink_msg *msg, size_t n)
{
	msg->used += n;
	msg->header.nlmsg_len = (uint32_t)msg->used;
}

/* Room for @size bytes, padded. Return: where they go, or NULL. */
static char *append(struct netlink_msg *msg, size_t size)
{
	char *to = msg->bytes + msg->used;

	if (size > sizeof(msg->bytes) || NLA_ALIGN(size) > sizeof(msg->bytes) - msg->used) {
		msg->overflow = true;
		return NULL;
	}
	memset(to + size, 0, NLA_ALIGN(size) - size);
	grow(msg, NLA_ALIGN(size));
	return to;
}

void netlink_msg_init(struct netlink_msg *msg, uint16_t type, uint16_t flags, const void *fixed,
		      size_t size)
{
	memset(&msg->header, 0, sizeof(msg->header));
	msg->header.nlmsg_type = type;
	msg->header.nlmsg_flags = flags;
	msg->used = 0;
	msg->overflow = false;
	assert(NLMSG_SPACE(size) <= sizeof(msg->bytes));
	grow(msg, NLMSG_HDRLEN);
	memcpy(append(msg, size), fixed, size);
}

void netlink_msg_put(struct netlink_msg *msg, uint16_t type, const void *data, size_t size)
{
	struct nlattr attr = { (uint16_t)(NLA_HDRLEN + size), type };
	char *to = size > sizeof(msg->bytes) ? NULL : append(msg, NLA_HDRLEN + size);

	if (!to) {
		msg->overflow = true;
		return;
	}
	memcpy(to, &attr, sizeof(attr));
	if (size)
		memcpy(to + NLA_HDRLEN, data, size);
}

void netlink_msg_put_u8(struct netlink_msg *msg, uint16_t type, uint8_t value)
{
	netlink_msg_put(msg, type, &value, sizeof(value));
}

void netlink_msg_put_u16(struct netlink_msg *msg, uint16_t type, uint16_t value)
{
	netlink_msg_put(msg, type, &value, sizeof(value));
}

void netlink_msg_put_u32(struct netlink_msg *msg, uint16_t type, uint32_t value)
{
	netlink_msg_put(msg, type, &value, sizeof(value));
}

void netlink_msg_put_string(struct netlink_msg *msg, uint16_t type, const char *text)
{
	netlink_msg_put(msg, type, text, strlen(text) + 1);
}

size_t netlink_msg_nest(struct netlink_msg *msg, uint16_t type, const void *fixed, size_t size)
{
	size_t nest = msg->used;

	netlink_msg_put(msg, type | NLA_F_NESTED, fixed, size);
	return nest;
}

void netlink_msg_nest_end(struct netlink_msg *msg, size_t nest)
{
	uint16_t size = (uint16_t)(msg->used - nest);

	/* Where it did not fit there is no attribute. */
	if (!msg->overflow)
		memcpy(msg->bytes + nest + offsetof(struct nlattr, nla_len), &size, sizeof(size));
}

static void skip(struct netlink_view *rest, size_t n)
{
	/* The padding of the last element may be missing. */
	if (n > rest->size)
		n = rest->size;
	rest->data += n;
	rest->size -= n;
}

bool netlink_next(struct netlink_view *rest, struct netlink_item *ret_item)
{
	struct nlmsghdr header;

	if (rest->size < sizeof(header))
		return false;
	memcpy(&header, rest->data, sizeof(header));
	if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > rest->size)
		return false;
	ret_item->header = header;
	ret_item->body.data = rest->data + NLMSG_HDRLEN;
	ret_item->body.size = header.nlmsg_len - NLMSG_HDRLEN;
	skip(rest, NLMSG_ALIGN((size_t)header.nlmsg_len));
	return true;
}

bool netlink_next_attr(struct netlink_view *rest, struct netlink_attr *ret_attr)
{
	struct nlattr header;

	if (rest->size < sizeof(header))
		return false;
	memcpy(&header, rest->data, sizeof(header));
	if (header.nla_len < sizeof(header) || header.nla_len > rest->size)
		return false;
	ret_attr->type = header.nla_type & NLA_TYPE_MASK;
	ret_attr->value.data = rest->data + NLA_HDRLEN;
	ret_attr->value.size = header.nla_len - (size_t)NLA_HDRLEN;
	skip(rest, NLA_ALIGN((size_t)header.nla_len));
	return true;
}

struct netlink_view netlink_attrs(const struct netlink_item *item, size_t size)
{
	struct netlink_view rest = item->body;

	skip(&rest, NLMSG_ALIGN(size));
	return rest;
}

bool netlink_fixed(const struct netlink_item *item, void *ret_fixed, size_t size)
{
	if (item->body.size < size)
		return false;
	memcpy(ret_fixed, item->body.data, size);
	return true;
}

bool netlink_attr_u8(const struct netlink_attr *attr, uint8_t *ret_value)
{
	if (attr->value.size != sizeof(*ret_value))
		return false;
	memcpy(ret_value, attr->value.data, sizeof(*ret_value));
	return true;
}

bool netlink_attr_u32(const struct netlink_attr *attr, uint32_t *ret_value)
{
	if (attr->value.size != sizeof(*ret_value))
		return false;
	memcpy(ret_value, attr->value.data, sizeof(*ret_value));
	return true;
}

bool netlink_attr_string(const struct netlink_attr *attr, char *ret_text, size_t size)
{
	size_t n = strnlen(attr->value.data, attr->value.size);
	bool fits = n < size;

	if (!fits)
		n = size - 1;
	memcpy(ret_text, attr->value.data, n);
	ret_text[n] = '\0';
	return fits;
}

/* Drops the full stop, since the kernel's words become the end of a sentence of ours. */
static void copy_words(const struct netlink_view *words, char *text, size_t size)
{
	size_t n = strnlen(words->data, words->size);

	if (n >= size)
		n = size - 1;
	memcpy(text, words->data, n);
	while (n && (text[n - 1] == '.' || text[n - 1] == '\n'))
		n--;
	text[n] = '\0';
}

int netlink_verdict(const struct netlink_item *item, char *text, size_t size)
{
	struct netlink_view rest = item->body;
	struct netlink_attr attr;
	struct nlmsghdr request;
	int code;

	text[0] = '\0';
	if (rest.size < sizeof(code))
		return -EBADMSG;
	memcpy(&code, rest.data, sizeof(code));
	skip(&rest, sizeof(code));
	if (code > 0 || code < -4095)
		return -EBADMSG;
	if (item->header.nlmsg_type == NLMSG_ERROR) {
		/* The answer repeats the request: its header, or all of it unless it is capped. */
		if (rest.size < sizeof(request))
			return code;
		memcpy(&request, rest.data, sizeof(request));
		if (item->header.nlmsg_flags & NLM_F_CAPPED)
			skip(&rest, sizeof(request));
		else
			skip(&rest, NLMSG_ALIGN((size_t)request.nlmsg_len));
	}
	if (!(item->header.nlmsg_flags & NLM_F_ACK_TLVS))
		return code;
	while (netlink_next_attr(&rest, &attr))
		if (attr.type == NLMSGERR_ATTR_MSG)
			copy_words(&attr.value, text, size);
	return code;
}

/* Return: as netlink_take(). */
static int take_one(struct netlink_reply *reply, const struct netlink_item *item)
{
	const struct nlmsghdr *header = &item->header;
	int r;

	if (header->nlmsg_seq != reply->seq)
		return 0;
	if (reply->dump && header->nlmsg_flags & NLM_F_DUMP_INTR)
		reply->interrupted = true;
	switch (header->nlmsg_type) {
	case NLMSG_NOOP:
		return 0;
	case NLMSG_OVERRUN:
		return -ENOBUFS;
	case NLMSG_ERROR:
	case NLMSG_DONE:
		r = netlink_verdict(item, reply->text, sizeof(reply->text));
		/* An acknowledgement is not the end of a dump. */
		if (r == 0 && header->nlmsg_type == NLMSG_DONE && reply->interrupted)
			r = -EINTR;
		return r < 0 ? r : !reply->dump || header->nlmsg_type == NLMSG_DONE;
	default:
		return reply->answer ? reply->answer(item, reply->data) : 0;
	}
}

int netlink_take(struct netlink_reply *reply, const char *data, size_t size)
{
	struct netlink_view rest = { data, size };
	struct netlink_item item;
	int r = 0;

	while (r == 0 && rest.size) {
		if (!netlink_next(&rest, &item))
			return -EBADMSG;
		r = take_one(reply, &item);
	}
	return r;
}
