/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libns_wire_up() does with its caller, in a network and with a /run of the case's own. What it
 * makes is tested by cli/xnetns-up.bats. */
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <libns/connect.h>

#include "own-net.h"
#include "wire/up.h"

static struct libns_error err = LIBNS_ERROR_INIT;

static volatile sig_atomic_t caught;

static void catch (int sig)
{
	caught = sig;
}

TEST(signals_that_the_caller_holds_back_stay_held)
{
	struct libns_wire_options options = LIBNS_WIRE_OPTIONS_INIT;
	sigset_t held, now;

	own_net_and_run();
	sigemptyset(&held);
	sigaddset(&held, SIGUSR1);
	CHECK(signal(SIGUSR1, catch) != SIG_ERR);
	CHECK_INT(sigprocmask(SIG_BLOCK, &held, NULL), 0);
	CHECK_INT(raise(SIGUSR1), 0);
	options.name = "web";
	options.net = LIBNS_WIRE_PEER;
	options.with = "nobody";
	CHECK_INT(libns_wire_up(&options, NULL, &err), -ENOENT);
	CHECK_INT(sigprocmask(SIG_BLOCK, NULL, &now), 0);
	CHECK_INT(sigismember(&now, SIGUSR1), 1);
	CHECK_INT(sigismember(&now, SIGTERM), 0);
	CHECK_INT(caught, 0);
}

/* ------------------------------------------------------ what is left in the caller */

static void end_etc(void *arg)
{
	(void)arg;
	umount2("/etc", MNT_DETACH);
}

static void own_host(void)
{
	own_net_and_run();
	CHECK_INT(mount("none", "/etc", "tmpfs", 0, "mode=755"), 0);
	tap_later(end_etc, NULL);
}

static void must_go(int r)
{
	if (r < 0)
		TAP_FAIL("%s", err.text);
}

/* Twice, for what is there already, and away. */
static void up_and_down(enum libns_wire_net net, const char *with)
{
	const struct libns_ip server = { AF_INET, 32, { 192, 0, 2, 7 } };
	struct libns_wire_options options = LIBNS_WIRE_OPTIONS_INIT;

	options.name = "web";
	options.net = net;
	options.with = with;
	options.dns = LIBNS_WIRE_DNS_GIVEN;
	options.name_servers = &server;
	options.n_name_servers = 1;
	must_go(libns_wire_up(&options, NULL, &err));
	must_go(libns_wire_up(&options, NULL, &err));
	must_go(libns_wire_down(LIBNS_NETNS_RUN, "web", 0, NULL, &err));
}

TEST(nothing_is_left_of_a_pair)
{
	own_host();
	up_and_down(LIBNS_WIRE_ISOLATED, NULL);
}

TEST(nothing_is_left_of_a_way_out)
{
	own_host();
	up_and_down(LIBNS_WIRE_NAT, NULL);
}

TEST(nothing_is_left_of_a_connection)
{
	struct libns_connect_options options = LIBNS_CONNECT_OPTIONS_INIT;

	own_host();
	must_go(libns_netns_add(LIBNS_NETNS_RUN, "db", &err));
	up_and_down(LIBNS_WIRE_PEER, "db");
	must_go(libns_netns_add(LIBNS_NETNS_RUN, "web", &err));
	options.a = "web";
	options.b = "db";
	must_go(libns_wire_connect(&options, &err));
	must_go(libns_wire_connect(&options, &err));
	must_go(libns_wire_disconnect(&options, &err));
	must_go(libns_netns_delete(LIBNS_NETNS_RUN, "web", &err));
	must_go(libns_netns_delete(LIBNS_NETNS_RUN, "db", &err));
}

TEST(nothing_is_left_of_pasta)
{
	const char script[] = "#!/bin/sh\necho $$ >&2\nexec sleep 1000\n";
	int fd;

	own_host();
	fd = open("/run/pasta", O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
	CHECK(write(fd, script, strlen(script)) == (ssize_t)strlen(script));
	close(fd);
	CHECK_INT(setenv("PATH", "/run:/usr/bin:/bin", 1), 0);
	up_and_down(LIBNS_WIRE_PASTA, NULL);
	/* It stays a child of whoever lets it go. */
	while (waitpid(-1, NULL, __WALL) > 0)
		continue;
}

TEST(nothing_is_left_of_a_switch)
{
	struct libns_bridge_options options = LIBNS_BRIDGE_OPTIONS_INIT;
	const char *const ports[] = { "a", "b" };

	own_host();
	for (size_t i = 0; i < 2; i++)
		must_go(libns_netns_add(LIBNS_NETNS_RUN, ports[i], &err));
	options.name = "sw";
	options.ports = ports;
	options.n_ports = 2;
	must_go(libns_bridge_add(&options, &err));
	must_go(libns_bridge_add(&options, &err));
	options.n_ports = 1;
	must_go(libns_bridge_remove(&options, &err));
	must_go(libns_bridge_delete(&options, &err));
	for (size_t i = 0; i < 2; i++)
		must_go(libns_netns_delete(LIBNS_NETNS_RUN, ports[i], &err));
}

/* The addresses of IPv6 come of it: whoever goes on without would say 0 and give none, or any. */
TEST(without_the_number_of_the_machine)
{
	struct libns_wire_options up = LIBNS_WIRE_OPTIONS_INIT;
	struct libns_connect_options connect = LIBNS_CONNECT_OPTIONS_INIT;
	struct libns_bridge_options bridge = LIBNS_BRIDGE_OPTIONS_INIT;
	const char *const ports[] = { "a", "b" };

	own_host();
	CHECK_INT(symlink("machine-id", "/etc/machine-id"), 0);
	for (size_t i = 0; i < 2; i++)
		must_go(libns_netns_add(LIBNS_NETNS_RUN, ports[i], &err));
	up.name = "web";
	up.net = LIBNS_WIRE_ISOLATED;
	CHECK_INT(libns_wire_up(&up, NULL, &err), -ELOOP);
	CHECK_CONTAINS(err.text, "cannot read the number of this machine");
	CHECK_INT(access("/run/netns/web", F_OK), -1);
	connect.a = "a";
	connect.b = "b";
	CHECK_INT(libns_wire_connect(&connect, &err), -ELOOP);
	bridge.name = "sw";
	bridge.ports = ports;
	bridge.n_ports = 2;
	CHECK_INT(libns_bridge_add(&bridge, &err), -ELOOP);
	CHECK_INT(access("/run/netns/sw", F_OK), -1);
	for (size_t i = 0; i < 2; i++)
		must_go(libns_netns_delete(LIBNS_NETNS_RUN, ports[i], &err));
}

TAP_MAIN
