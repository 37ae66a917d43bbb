/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The format of netlink, with answers written by hand, also false ones. */
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <libns/netns.h>

#include "kernel/netlink.h"
#include "netns/id.h"
#include "strike.h"

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

/* A datagram of empty messages that all belong to request 7. */
static size_t datagram(char *buf, const struct nlmsghdr *headers, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		struct nlmsghdr header = headers[i];
		int code = 0;

		header.nlmsg_len = NLMSG_LENGTH(sizeof(code));
		header.nlmsg_seq = 7;
		memcpy(buf + at, &header, sizeof(header));
		memcpy(buf + at + NLMSG_HDRLEN, &code, sizeof(code));
		at += NLMSG_SPACE(sizeof(code));
	}
	return at;
}

static int count_item(const struct netlink_item *item, void *data)
{
	++*(int *)data;
	return 0;
}

TEST(a_dump_ends_with_done_only)
{
	const struct nlmsghdr more[] = { { .nlmsg_type = RTM_NEWNSID },
					 { .nlmsg_type = NLMSG_ERROR } };
	const struct nlmsghdr done[] = { { .nlmsg_type = RTM_NEWNSID },
					 { .nlmsg_type = NLMSG_DONE } };
	int count = 0;
	struct netlink_reply reply = {
		.seq = 7, .dump = true, .answer = count_item, .data = &count
	};
	char buf[256];

	CHECK_INT(netlink_take(&reply, buf, datagram(buf, more, 2)), 0);
	CHECK_INT(netlink_take(&reply, buf, datagram(buf, done, 2)), 1);
	CHECK_INT(count, 2);
	/* What is no dump ends with the acknowledgement. */
	reply.dump = false;
	CHECK_INT(netlink_take(&reply, buf, datagram(buf, more, 2)), 1);
	/* Answers to another request. */
	reply.seq = 8;
	CHECK_INT(netlink_take(&reply, buf, datagram(buf, done, 2)), 0);
	CHECK_INT(count, 3);
}

TEST(a_dump_that_changed_meanwhile_is_not_taken)
{
	const struct nlmsghdr parts[] = { { .nlmsg_type = RTM_NEWNSID,
					    .nlmsg_flags = NLM_F_DUMP_INTR },
					  { .nlmsg_type = RTM_NEWNSID },
					  { .nlmsg_type = NLMSG_DONE } };
	int count = 0;
	struct netlink_reply reply = {
		.seq = 7, .dump = true, .answer = count_item, .data = &count
	};
	char buf[256];

	/* To its end, or the kernel would not begin another one. */
	CHECK_INT(netlink_take(&reply, buf, datagram(buf, parts, 3)), -EINTR);
	CHECK_INT(count, 2);
}

TEST(cut_datagrams_are_no_answers)
{
	const struct nlmsghdr done = { .nlmsg_type = NLMSG_DONE };
	char buf[256];
	size_t n = datagram(buf, &done, 1);

	for (size_t i = 1; i < n; i++) {
		struct netlink_reply reply = { .seq = 7, .dump = true };

		CHECK_INT(netlink_take(&reply, buf, i), -EBADMSG);
	}
}

/* A kernel that says so many times that its dump was disturbed. */
struct disturbed {
	int fd;
	int asker_fd;
	int times;
};

static void answer_once(const struct disturbed *kernel, uint32_t seq, bool interrupted)
{
	struct nlmsghdr messages[] = { { .nlmsg_type = RTM_NEWNSID },
				       { .nlmsg_type = NLMSG_DONE } };
	char buf[256];
	size_t n;

	messages[0].nlmsg_flags = interrupted ? NLM_F_DUMP_INTR : 0;
	n = datagram(buf, messages, 2);
	for (size_t at = 0; at < n; at += n / 2)
		memcpy(buf + at + offsetof(struct nlmsghdr, nlmsg_seq), &seq, sizeof(seq));
	CHECK(send(kernel->fd, buf, n, 0) == (ssize_t)n);
}

static pid_t start_kernel(struct disturbed *kernel)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	close(kernel->asker_fd);
	for (int i = 0;; i++) {
		struct nlmsghdr request;

		if (recv(kernel->fd, &request, sizeof(request), MSG_TRUNC) <= 0)
			_exit(0);
		answer_once(kernel, request.nlmsg_seq, i < kernel->times);
	}
}

static void forget(void *data)
{
	*(int *)data = 0;
}

static int dump_disturbed(int times, int *ret_count)
{
	struct netlink_call call = { .reply = { .answer = count_item, .data = ret_count },
				     .again = forget };
	struct rtgenmsg fixed = { .rtgen_family = 0 };
	struct disturbed kernel = { .times = times };
	struct netlink_msg msg;
	int ends[2], r;
	pid_t pid;

	/* A datagram socket without addresses; sendto(2) ignores the one given. */
	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	kernel.fd = ends[1];
	kernel.asker_fd = ends[0];
	pid = start_kernel(&kernel);
	close(ends[1]);
	call.fd = ends[0];
	netlink_msg_init(&msg, RTM_GETNSID, NLM_F_DUMP, &fixed, sizeof(fixed));
	*ret_count = 0;
	r = netlink_transact(&call, &msg);
	close(ends[0]);
	CHECK(waitpid(pid, NULL, 0) == pid);
	return r;
}

TEST(disturbed_dumps_are_asked_for_again)
{
	int count;

	CHECK_INT(dump_disturbed(0, &count), 0);
	CHECK_INT(count, 1);
	CHECK_INT(dump_disturbed(3, &count), 0);
	CHECK_INT(count, 1);
	CHECK_INT(dump_disturbed(1000, &count), -EINTR);
}

/* The other end is gone in the middle: no end of a dump, and no loop. */
TEST(an_end_of_file_is_no_end_of_a_dump)
{
	struct netlink_call call = { .fd = -1 };
	struct rtgenmsg fixed = { .rtgen_family = 0 };
	struct netlink_msg msg;
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	CHECK_INT(shutdown(tap_keep(ends[1]), SHUT_WR), 0);
	call.fd = tap_keep(ends[0]);
	netlink_msg_init(&msg, RTM_GETNSID, NLM_F_DUMP, &fixed, sizeof(fixed));
	CHECK_INT(netlink_transact(&call, &msg), -EBADMSG);
}

TEST(kernel_answers)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct netlink_call call = { .fd = netlink_open(NETLINK_ROUTE, NETLINK_HERE, &err) };
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

/* The controller of generic netlink tells the number of a family, its own. */
static int take_family(const struct netlink_item *item, void *data)
{
	struct netlink_view rest = netlink_attrs(item, sizeof(struct genlmsghdr));
	struct netlink_attr attr;

	while (netlink_next_attr(&rest, &attr))
		if (attr.type == CTRL_ATTR_FAMILY_ID && attr.value.size == sizeof(uint16_t))
			memcpy(data, attr.value.data, sizeof(uint16_t));
	return 0;
}

TEST(other_protocols_answer)
{
	const struct genlmsghdr fixed = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };
	uint16_t family = 0;
	struct netlink_call call = {
		.fd = tap_keep(netlink_open(NETLINK_GENERIC, NETLINK_HERE, NULL)),
		.reply = { .answer = take_family, .data = &family },
	};
	struct netlink_msg msg;

	CHECK(call.fd >= 3);
	netlink_msg_init(&msg, GENL_ID_CTRL, 0, &fixed, sizeof(fixed));
	netlink_msg_put_string(&msg, CTRL_ATTR_FAMILY_NAME, "nlctrl");
	CHECK_INT(netlink_transact(&call, &msg), 0);
	CHECK_INT(family, GENL_ID_CTRL);
}

/* Two questions on one socket: the first one's answer is never read. */
static int ask_twice(void *data)
{
	int32_t first = LIBNS_NSID_NONE, second = LIBNS_NSID_NONE;
	const int *numbered_and_other = data;
	int fd = netns_id_open(NULL);

	if (netns_id_query(fd, numbered_and_other[0], &first, NULL) == 0)
		return 2;
	if (netns_id_query(fd, numbered_and_other[1], &second, NULL) < 0)
		return 3;
	return second == LIBNS_NSID_NONE ? 0 : 1;
}

TEST(an_answer_that_was_not_read_is_not_the_next_one)
{
	struct strike s = { .victim = 0, .at = 1, .code = EIO, .only = SYS_recvfrom };
	int fds[2], status;

	if (!STRIKE_CAN_FAIL)
		SKIP("calls cannot be made to fail on this machine");
	for (int i = 0; i < 2; i++) {
		if (unshare(CLONE_NEWNET) < 0)
			SKIP("needs the right to make network namespaces");
		fds[i] = tap_keep(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	}
	CHECK_INT(unshare(CLONE_NEWNET), 0);
	CHECK_INT(libns_netns_set_nsid(fds[0], 7, NULL), 0);
	status = strike(&s, ask_twice, fds);
	CHECK(s.hit);
	CHECK_INT(status, 0);
}

TAP_MAIN
