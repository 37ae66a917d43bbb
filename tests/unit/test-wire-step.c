/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps: what they do, and the words for it. */
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
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
	size_t length;
	enum libns_wire_state state;
	char what[256], command[256];
};

static void see(const struct libns_wire_event *event, void *data)
{
	struct seen *seen = data;

	seen->n++;
	seen->length = strlen(event->what);
	seen->state = event->state;
	snprintf(seen->what, sizeof(seen->what), "%s", event->what);
	snprintf(seen->command, sizeof(seen->command), "%s", event->command ? event->command : "-");
}

static const char *command_of(const struct wire_step *step)
{
	static struct words words;

	words_done(&words);
	wire_step_command(step, &words);
	return words.text;
}

static const char *what_of(const struct wire_step *step)
{
	static struct words words;

	words_done(&words);
	wire_step_what(step, &words);
	return words.text;
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

	step.link.kind = "veth";
	step.link.name = "xn-web";
	step.link.peer_name = "eth0";
	step.link.mtu = step.link.peer_mtu = 1400;
	step.link.group = 30830;
	step.link.flags = LIBNS_LINK_GROUP | LIBNS_LINK_UP;
	CHECK_STR(command_of(&step),
		  "ip link add name xn-web mtu 1400 group 30830 type veth peer name eth0 mtu 1400 "
		  "netns 'it'\\''s' && ip link set dev xn-web up");
	CHECK_STR(what_of(&step), "make the veth 'xn-web' with the other end 'eth0' of 'it's'");
}

TEST(words_of_addresses_and_routes)
{
	struct wire_place inside = { "web", -1, NULL };
	struct wire_step step = { .place = &inside,
				  .on = "eth0",
				  .kind = WIRE_ADDRESS,
				  .link = LIBNS_LINK_OPTIONS_INIT };

	step.address.ip = ip_of("10.171.0.2/30");
	CHECK_STR(command_of(&step), "ip -n web addr add 10.171.0.2/30 dev eth0");
	CHECK_STR(what_of(&step), "give 'eth0' of 'web' the address 10.171.0.2/30");
	step.kind = WIRE_ROUTE;
	step.route.to.family = AF_INET6;
	step.route.gateway = ip_of("fd00::1");
	CHECK_STR(command_of(&step),
		  "ip -n web -6 route add default via fd00::1 dev eth0 proto static");
	step.kind = WIRE_SYSCTL;
	step.text = "net/ipv4/conf/a.b/forwarding";
	step.value = "1";
	CHECK_STR(command_of(&step), "sysctl -q -w net/ipv4/conf/a.b/forwarding=1");
	step.kind = WIRE_CALL;
	step.text = NULL;
	CHECK(!command_of(&step));
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

TEST(what_cannot_be_told_is_not_done)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct words what = { .failed = true }, command = { NULL };
	struct wire_step step = { .kind = WIRE_CALL };

	CHECK_INT(wire_step_say(&step, &what, &command, &err), -ENOMEM);
	CHECK_STR(libns_error_text(&err), "cannot say what is to be done: Cannot allocate memory");
	CHECK_INT(wire_step_say(&step, &command, &what, NULL), -ENOMEM);
	words_add(&command, "true");
	CHECK_INT(wire_step_say(&step, NULL, &command, NULL), 0);
	CHECK_STR(step.text, "true");
	words_done(&command);
}

TEST(of_parts_the_first_that_fails_is_the_error)
{
	struct libns_error err = LIBNS_ERROR_INIT, why = LIBNS_ERROR_INIT;
	struct seen seen = { 0 };
	struct libns_wire_watch watch = { see, &seen };
	struct wire_parts parts = { &watch, &err, 0 };

	wire_part_ended(&parts, 0, &why);
	CHECK_INT(parts.r, 0);
	error_say(&why, LIBNS_STEP_NETNS, EIO, "the first");
	wire_part_ended(&parts, -EIO, &why);
	CHECK_INT(seen.n, 0);
	error_say(&why, LIBNS_STEP_NETNS, EPERM, "the second");
	wire_part_ended(&parts, -EPERM, &why);
	CHECK_INT(parts.r, -EIO);
	CHECK_STR(libns_error_text(&err), "the first");
	CHECK_INT(seen.n, 1);
	CHECK_INT(seen.state, LIBNS_WIRE_FAILED);
	CHECK_STR(seen.what, "the second");
}

TEST(a_note_is_told)
{
	struct seen seen = { 0 };
	struct libns_wire_watch watch = { see, &seen };

	wire_note(NULL, "nobody");
	wire_note(&watch, "no %s", "IPv6");
	CHECK_INT(seen.state, LIBNS_WIRE_NOTE);
	CHECK_STR(seen.what, "no IPv6");
	wire_note(&watch, "%0700d", 1);
	CHECK_INT(seen.length, 700);
	CHECK_STR(seen.command, "-");
}

TEST(what_was_done_with_others_is_told_and_not_done)
{
	struct wire_place host = { NULL, LIBNS_LINK_HERE, NULL };
	struct wire_step step = {
		.kind = WIRE_LINK_DELETE, .place = &host, .on = "nosuch", .done = true
	};
	struct seen seen = { 0 };
	const struct libns_wire_watch watch = { see, &seen };

	CHECK_INT(wire_step_run(&step, 0, &watch, NULL), 0);
	CHECK_INT(seen.state, LIBNS_WIRE_DONE);
	CHECK_STR(seen.what, "delete the link 'nosuch'");
	CHECK_STR(seen.command, "ip link del dev nosuch");
}

TAP_MAIN
