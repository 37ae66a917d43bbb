/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The child's terminal, with a caller's terminal that the test has made. */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "supervise/pty.h"
#include "tap.h"

/* A terminal at descriptor 0. Return: its other end. */
static int make_caller(void)
{
	int master = tap_keep(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
	int slave;

	if (master < 0)
		SKIP("no terminal can be made here");
	CHECK(grantpt(master) == 0 && unlockpt(master) == 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	CHECK(slave >= 0);
	CHECK_INT(dup2(slave, 0), 0);
	CHECK_INT(close(slave), 0);
	return master;
}

static void set_size(int fd, unsigned short rows)
{
	struct winsize size = { .ws_row = rows, .ws_col = 80 };

	CHECK_INT(ioctl(fd, TIOCSWINSZ, &size), 0);
}

static int rows_of(int fd)
{
	struct winsize size;

	CHECK_INT(ioctl(fd, TIOCGWINSZ, &size), 0);
	return size.ws_row;
}

/* The program can be quicker than who prepares the caller's terminal after it was started. */
TEST(a_size_that_the_program_has_set_stays)
{
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	int caller = make_caller();
	struct pty pty;

	set_size(caller, 30);
	if (pty_open(&pty, &plan, &err) < 0)
		TAP_FAIL("%s", err.text);
	tap_keep(pty.master);
	CHECK_INT(rows_of(pty.master), 30);
	set_size(pty.slave, 20);
	pty_begin(&pty);
	CHECK_INT(rows_of(pty.master), 20);
	pty_suspend(&pty);
	pty_resume(&pty);
	CHECK_INT(rows_of(pty.master), 20);
	set_size(caller, 40);
	pty_resize(&pty);
	CHECK_INT(rows_of(pty.master), 40);
	pty_suspend(&pty);
}

TAP_MAIN
