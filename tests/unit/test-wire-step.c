/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps: what they do, and the words for it. */
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>

#include "tap.h"
#include "wire/words.h"

static struct libns_ip ip_of(const char *text)
{
	struct libns_ip ip = { 0 };

	CHECK_INT(libns_ip_parse(text, &ip), 0);
	return ip;
}

struct seen {
	int n;
	enum libns_wire_state state;
	char what[256], command[256];
};

static void see(const struct libns_wire_event *event, void *data)
{
	struct seen *seen = data;

	seen->n++;
	seen->state = event->state;
	snprintf(seen->what, sizeof(seen->what), "%s", event->what);
	snprintf(seen->command, sizeof(seen->command), "%s", event->command ? event->command : "-");
}

/* A namespace to change, or the end of the case. */
static void enter_new_namespace(void)
{
	if (unshare(CLONE_NEWNET) < 0)
		SKIP("may not create a network namespace");
}

TEST(words_of_a_pair)
{
	struct wire_place host = { NULL, LIBNS_LINK_HERE, NULL };
	struct wire_place inside = { "it's", -1, NULL };
	struct wire_step step = { .kind = WIRE_LINK_ADD,
				  .place = &host,
				  .peer = &inside,
				  .link = LIBNS_LINK_OPTIONS_INIT };
	struct wire_words words;

	step.link.kind = "veth";
	step.link.name = "xn-web";
	step.link.peer_name = "eth0";
	step.link.mtu = step.link.peer_mtu = 1400;
	step.link.group = 30830;
	step.link.flags = LIBNS_LINK_GROUP | LIBNS_LINK_UP;
	CHECK_STR(wire_step_command(&step, &words),
		  "ip link add name xn-web mtu 1400 group 30830 type veth peer name eth0 mtu 1400 "
		  "netns 'it'\\''s' && ip link set dev xn-web up");
	CHECK_STR(wire_step_what(&step, &words),
		  "make the veth 'xn-web' with the other end 'eth0' of 'it's'");
}

TEST(words_of_addresses_and_routes)
{
	struct wire_place inside = { "web", -1, NULL };
	struct wire_step step = { .place = &inside,
				  .on = "eth0",
				  .kind = WIRE_ADDRESS,
				  .link = LIBNS_LINK_OPTIONS_INIT };
	struct wire_words words;

	step.address.ip = ip_of("10.171.0.2/30");
	CHECK_STR(wire_step_command(&step, &words), "ip -n web addr add 10.171.0.2/30 dev eth0");
	CHECK_STR(wire_step_what(&step, &words), "give 'eth0' of 'web' the address 10.171.0.2/30");
	step.kind = WIRE_ROUTE;
	step.route.to.family = AF_INET6;
	step.route.gateway = ip_of("fd00::1");
	CHECK_STR(wire_step_command(&step, &words),
		  "ip -n web -6 route add default via fd00::1 dev eth0 proto static");
	step.kind = WIRE_SYSCTL;
	step.text = "net/ipv4/conf/a.b/forwarding";
	step.value = "1";
	CHECK_STR(wire_step_command(&step, &words), "sysctl -q -w net/ipv4/conf/a.b/forwarding=1");
	step.kind = WIRE_CALL;
	step.text = NULL;
	CHECK(!wire_step_command(&step, &words));
}

TEST(a_step_is_done_once)
{
	struct seen seen = { 0 };
	struct libns_wire_watch watch = { see, &seen };
	struct wire_place here = { NULL, LIBNS_LINK_HERE, NULL };
	struct wire_step step = { .kind = WIRE_LINK_ADD,
				  .place = &here,
				  .may_exist = true,
				  .link = LIBNS_LINK_OPTIONS_INIT };

	enter_new_namespace();
	step.link.kind = "veth";
	step.link.name = "one";
	step.link.peer_name = "two";
	CHECK_INT(wire_step_run(&step, LIBNS_WIRE_DRY_RUN, &watch, NULL), 0);
	CHECK_INT(seen.state, LIBNS_WIRE_WOULD);
	CHECK_INT(if_nametoindex("one"), 0);
	CHECK_INT(wire_step_run(&step, 0, &watch, NULL), 0);
	CHECK_INT(seen.state, LIBNS_WIRE_DONE);
	CHECK(if_nametoindex("two") > 0);
	CHECK_INT(wire_step_run(&step, 0, &watch, NULL), 0);
	CHECK_INT(seen.state, LIBNS_WIRE_ALREADY);
	step.may_exist = false;
	CHECK_INT(wire_step_run(&step, 0, &watch, NULL), -EEXIST);
	CHECK_INT(seen.n, 3);

	step.kind = WIRE_LINK_DELETE;
	step.may_exist = true;
	snprintf(step.on, sizeof(step.on), "one");
	CHECK_INT(wire_step_run(&step, 0, &watch, NULL), 0);
	CHECK_INT(seen.state, LIBNS_WIRE_DONE);
	CHECK_INT(wire_step_run(&step, 0, &watch, NULL), 0);
	CHECK_INT(seen.state, LIBNS_WIRE_ALREADY);
	wire_place_done(&here);
}

TEST(a_note_is_told)
{
	struct seen seen = { 0 };
	struct libns_wire_watch watch = { see, &seen };

	wire_note(NULL, "nobody");
	wire_note(&watch, "no %s", "IPv6");
	CHECK_INT(seen.state, LIBNS_WIRE_NOTE);
	CHECK_STR(seen.what, "no IPv6");
	CHECK_STR(seen.command, "-");
}

TAP_MAIN
