/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libns_wire_up() does with its caller, in a network and with a /run of the case's own. What it
 * makes is tested by cli/xnetns-up.bats. */
#include <signal.h>

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

TAP_MAIN
