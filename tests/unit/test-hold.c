/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signals that are held back while something is half done. */
#include "base/hold.h"
#include "tap.h"

static volatile sig_atomic_t caught;

static void catch (int sig)
{
	caught = sig;
}

static void check(int sig)
{
	struct hold hold = { .is = false };

	CHECK(signal(sig, catch) != SIG_ERR);
	CHECK_INT(hold_begin(&hold, NULL), 0);
	CHECK(!hold_is_over());
	CHECK_INT(raise(sig), 0);
	CHECK_INT(caught, 0);
	CHECK(hold_is_over());
	hold_end(&hold);
	CHECK_INT(caught, sig);
	CHECK(!hold_is_over());
	caught = 0;
}

TEST(they_come_in_the_end)
{
	check(SIGINT);
	check(SIGTERM);
	check(SIGHUP);
	check(SIGQUIT);
}

TEST(what_is_ignored_ends_nothing)
{
	const int sigs[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct hold hold = { .is = false };

	for (size_t i = 0; i < sizeof(sigs) / sizeof(*sigs); i++)
		CHECK(signal(sigs[i], SIG_IGN) != SIG_ERR);
	CHECK_INT(hold_begin(&hold, NULL), 0);
	for (size_t i = 0; i < sizeof(sigs) / sizeof(*sigs); i++)
		CHECK_INT(raise(sigs[i]), 0);
	CHECK(!hold_is_over());
	/* Beside them one that is not. */
	CHECK(signal(SIGTERM, catch) != SIG_ERR);
	CHECK_INT(raise(SIGTERM), 0);
	CHECK(hold_is_over());
	hold_end(&hold);
	CHECK_INT(caught, SIGTERM);
}

TEST(others_are_not_held)
{
	struct hold hold = { .is = false };

	CHECK(signal(SIGUSR1, catch) != SIG_ERR);
	CHECK_INT(hold_begin(&hold, NULL), 0);
	CHECK_INT(raise(SIGUSR1), 0);
	CHECK_INT(caught, SIGUSR1);
	CHECK(!hold_is_over());
	hold_end(&hold);
}

TEST(what_was_held_before_stays_so)
{
	struct hold hold = { .is = false };
	sigset_t set, now;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	CHECK_INT(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	CHECK_INT(hold_begin(&hold, NULL), 0);
	hold_end(&hold);
	hold_end(&hold);
	CHECK_INT(sigprocmask(SIG_BLOCK, NULL, &now), 0);
	CHECK_INT(sigismember(&now, SIGTERM), 1);
	CHECK_INT(sigismember(&now, SIGINT), 0);
}

TAP_MAIN
