/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The format of netlink, with answers written by hand, also false ones. */
#include <errno.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>

#include "netlink.h"
#include "tap.h"

/* An answer under construction. */
struct answer {
	_Alignas(8) char bytes[256];
	size_t n;
};

static void append(struct answer *answer, const void *data, size_t n)
{
	CHECK(answer->n + n + 3 <= sizeof(answer->bytes));
	memcpy(answer->bytes + answer->n, data, n);
	answer->n += NLMSG_ALIGN(n);
}

static void append_attr(struct answer *answer, uint16_t type, const void *data, size_t n)
{
	struct nlattr attr = { (uint16_t)(NLA_HDRLEN + n), type };

	append(answer, &attr, sizeof(attr));
	append(answer, data, n);
}

/* Message header for what was appended since @at. */
static void finish(struct answer *answer, size_t at, uint16_t type, uint16_t flags)
{
	struct nlmsghdr header = { (uint32_t)(answer->n - at), type, flags, 1, 0 };

	memcpy(answer->bytes + at, &header, sizeof(header));
}

static struct netlink_item only_item(const struct answer *answer)
{
	struct netlink_view rest = { answer->bytes, answer->n };
	struct netlink_item item;

	CHECK(netlink_next(&rest, &item));
	CHECK_INT(rest.size, 0);
	return item;
}

/* An NLMSG_ERROR with the request's header and the kernel's words. */
static struct answer refusal(int code, const char *words, uint16_t flags)
{
	struct nlmsghdr request = { NLMSG_HDRLEN, RTM_NEWNSID, 0, 1, 0 };
	struct answer answer = { .n = NLMSG_HDRLEN };

	append(&answer, &code, sizeof(code));
	append(&answer, &request, sizeof(request));
	if (words)
		append_attr(&answer, NLMSGERR_ATTR_MSG, words, strlen(words) + 1);
	finish(&answer, 0, NLMSG_ERROR, flags);
	return answer;
}

TEST(build)
{
	static const unsigned char expected[] = {
		28, 0, 0, 0, 90, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, /* header */
		0,  0, 0, 0,					  /* struct rtgenmsg, padded */
		8,  0, 3, 0, 7,	 0, 0, 0,			  /* NETNSA_FD = 7 */
	};
	struct rtgenmsg fixed = { .rtgen_family = 0 };
	struct netlink_msg msg;

	netlink_msg_init(&msg, RTM_GETNSID, NLM_F_DUMP, &fixed, sizeof(fixed));
	netlink_msg_put_u32(&msg, NETNSA_FD, 7);
	CHECK(!msg.overflow);
	CHECK_INT(msg.header.nlmsg_len, sizeof(expected));
	CHECK(!memcmp(msg.bytes, expected, sizeof(expected)));
}

TEST(attribute_that_does_not_fit)
{
	struct rtgenmsg fixed = { .rtgen_family = 0 };
	char big[300] = "";
	struct netlink_msg msg;

	netlink_msg_init(&msg, RTM_GETNSID, 0, &fixed, sizeof(fixed));
	netlink_msg_put(&msg, 1, big, sizeof(msg.bytes) - 24);
	CHECK(!msg.overflow);
	netlink_msg_put(&msg, 1, big, 0);
	CHECK(msg.overflow);
	netlink_msg_init(&msg, RTM_GETNSID, 0, &fixed, sizeof(fixed));
	netlink_msg_put(&msg, 1, big, sizeof(big));
	CHECK(msg.overflow);
	CHECK_INT(msg.header.nlmsg_len, 20);
}

TEST(attributes)
{
	struct answer answer = { .n = NLMSG_HDRLEN };
	struct netlink_attr attr;
	struct netlink_view rest;
	struct netlink_item item;
	uint32_t value = 5;

	append(&answer, "", 1);
	append_attr(&answer, NETNSA_NSID | NLA_F_NESTED, &value, sizeof(value));
	append_attr(&answer, NETNSA_PID, "abc", 3);
	finish(&answer, 0, RTM_NEWNSID, 0);
	item = only_item(&answer);
	CHECK_INT(item.header.nlmsg_type, RTM_NEWNSID);
	rest = netlink_attrs(&item, sizeof(struct rtgenmsg));
	CHECK(netlink_next_attr(&rest, &attr));
	CHECK_INT(attr.type, NETNSA_NSID);
	value = 0;
	CHECK(netlink_attr_u32(&attr, &value));
	CHECK_INT(value, 5);
	CHECK(netlink_next_attr(&rest, &attr));
	CHECK_INT(attr.type, NETNSA_PID);
	CHECK_INT(attr.value.size, 3);
	CHECK(!netlink_attr_u32(&attr, &value));
	CHECK(!netlink_next_attr(&rest, &attr));
}

TEST(verdict)
{
	char text[160];
	struct answer answer = refusal(-EEXIST, "Peer netns already has a nsid assigned.",
				       NLM_F_CAPPED | NLM_F_ACK_TLVS);
	struct netlink_item item = only_item(&answer);

	CHECK_INT(netlink_verdict(&item, text, sizeof(text)), -EEXIST);
	CHECK_STR(text, "Peer netns already has a nsid assigned");
	CHECK_INT(netlink_verdict(&item, text, 5), -EEXIST);
	CHECK_STR(text, "Peer");

	answer = refusal(0, NULL, NLM_F_CAPPED);
	item = only_item(&answer);
	CHECK_INT(netlink_verdict(&item, text, sizeof(text)), 0);
	CHECK_STR(text, "");
}

TEST(words_only_where_announced)
{
	struct answer answer = refusal(-EPERM, "not for you", NLM_F_CAPPED);
	struct netlink_item item = only_item(&answer);
	char text[160];

	CHECK_INT(netlink_verdict(&item, text, sizeof(text)), -EPERM);
	CHECK_STR(text, "");
}

TEST(verdict_that_is_no_errno)
{
	static const int bad[] = { 1, 4096, -4096, INT32_MIN };
	char text[160];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct answer answer = refusal(bad[i], NULL, 0);
		struct netlink_item item = only_item(&answer);

		CHECK_INT(netlink_verdict(&item, text, sizeof(text)), -EBADMSG);
	}
}

TEST(false_lengths)
{
	static const uint32_t lengths[] = { 0, 1, 15, 257, UINT32_MAX };
	char bytes[256] = "";
	struct netlink_item item;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct nlmsghdr header = { lengths[i], NLMSG_DONE, 0, 1, 0 };
		struct netlink_view rest = { bytes, sizeof(bytes) };

		memcpy(bytes, &header, sizeof(header));
		CHECK(!netlink_next(&rest, &item));
	}
}

/* Every prefix and every single changed byte: nothing but the sanitizers judge. */
TEST(anything_can_be_parsed)
{
	struct answer answer = refusal(-EEXIST, "words", NLM_F_CAPPED | NLM_F_ACK_TLVS);
	volatile uint32_t sum = 0;

	for (size_t n = 0; n <= answer.n; n++) {
		for (int value = 0; value < 256; value += n < answer.n ? 1 : 256) {
			/* On the heap and of the exact size, so that reading beyond shows. */
			char *bytes = malloc(answer.n + 1), text[32];
			struct netlink_view rest = { bytes, n + 1 };
			struct netlink_item item;
			struct netlink_attr attr;

			memcpy(bytes, answer.bytes, answer.n);
			bytes[n] = (char)value;
			while (netlink_next(&rest, &item)) {
				struct netlink_view attrs = netlink_attrs(&item, 4);

				sum += (uint32_t)netlink_verdict(&item, text, sizeof(text));
				while (netlink_next_attr(&attrs, &attr))
					sum += attr.type;
			}
			free(bytes);
		}
	}
	(void)sum;
}

TEST(kernel_answers)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct netlink_call call = { netlink_open(&err), 0, NULL, NULL, "" };
	struct rtgenmsg fixed = { .rtgen_family = 0 };
	struct netlink_msg msg;
	int r;

	CHECK(call.fd >= 3);
	/* A descriptor that is no namespace: refused, by every kernel, with words since 4.12. */
	netlink_msg_init(&msg, RTM_GETNSID, 0, &fixed, sizeof(fixed));
	netlink_msg_put_u32(&msg, NETNSA_FD, (uint32_t)call.fd);
	r = netlink_transact(&call, &msg);
	CHECK(r < 0);
	CHECK_INT(netlink_fail(&call, r, "do it", &err), r);
	CHECK_INT(err.step, LIBNS_STEP_NETLINK);
	CHECK_CONTAINS(err.text, "cannot do it: ");
	netlink_msg_init(&msg, RTM_GETNSID, NLM_F_DUMP, &fixed, sizeof(fixed));
	CHECK_INT(netlink_transact(&call, &msg), 0);
	close(call.fd);
}

TAP_MAIN
