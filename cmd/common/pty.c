/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A pseudo terminal between the caller's terminal and a child, see pty.h.
 *
 * The caller's terminal is in raw mode meanwhile: every key goes to the inner
 * one, whose line discipline makes signals of them for the inner session. The
 * inner end is opened through the outer one (TIOCGPTPEER, Linux 4.13), never by
 * a path that could be somebody else's.
 *
 * Input that the child does not take must not keep its output waiting, hence
 * the non-blocking master with one buffer.
 */

#include "common/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* More than a terminal keeps for its reader (64 KiB). */
#define BUFFERED (128 * 1024)

bool pty_wanted(void)
{
	return isatty(0) && isatty(1) && tcgetpgrp(0) == getpgrp();
}

void pty_resize(const struct pty *pty)
{
	struct winsize size;

	if (ioctl(0, TIOCGWINSZ, &size) == 0)
		ioctl(pty->master, TIOCSWINSZ, &size);
}

int pty_open(struct pty *pty)
{
	memset(pty, 0, sizeof(*pty));
	pty->slave = -1;
	pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (pty->master < 0 || grantpt(pty->master) < 0 || unlockpt(pty->master) < 0)
		return errno;
	pty->slave = ioctl(pty->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (pty->slave < 0)
		return errno;
	for (int fd = 0; fd <= 2; fd++)
		pty->of_child[fd] = isatty(fd);
	if (tcgetattr(0, &pty->saved) == 0)
		tcsetattr(pty->slave, TCSANOW, &pty->saved);
	pty_resize(pty);
	return 0;
}

void pty_resume(struct pty *pty)
{
	struct termios raw = pty->saved;

	cfmakeraw(&raw);
	pty->raw = isatty(0) && tcsetattr(0, TCSADRAIN, &raw) == 0;
	pty_resize(pty);
}

void pty_suspend(struct pty *pty)
{
	if (pty->raw)
		tcsetattr(0, TCSADRAIN, &pty->saved);
	pty->raw = false;
}

void pty_begin(struct pty *pty)
{
	close(pty->slave);
	pty->slave = -1;
	pty_resume(pty);
}

short pty_input_events(const struct pty *pty)
{
	return pty->input_ended || pty->n_pending ? 0 : POLLIN;
}

short pty_master_events(const struct pty *pty)
{
	return (short)(pty->n_pending ? POLLIN | POLLOUT : POLLIN);
}

static void write_all(int fd, const char *text, ssize_t n)
{
	while (n > 0) {
		ssize_t put = write(fd, text, (size_t)n);

		if (put < 0 && errno == EAGAIN) {
			struct pollfd p = { fd, POLLOUT, 0 };

			poll(&p, 1, -1);
		} else if (put < 0 && errno != EINTR) {
			return;
		} else if (put > 0) {
			text += put;
			n -= put;
		}
	}
}

static void feed(struct pty *pty)
{
	ssize_t put = write(pty->master, pty->pending, pty->n_pending);

	if (put <= 0)
		return;
	pty->n_pending -= (size_t)put;
	memmove(pty->pending, pty->pending + put, pty->n_pending);
}

/* Return: bytes; 0 or less when there is nothing (more) to be had. */
static ssize_t show(struct pty *pty)
{
	char buf[4096];
	ssize_t got = read(pty->master, buf, sizeof(buf));

	if (got > 0)
		write_all(pty->of_child[1] ? 1 : 2, buf, got);
	return got;
}

static bool has_suspend_key(const struct pty *pty)
{
	struct termios now;

	/* On the outer end these are the settings of the inner one. */
	return tcgetattr(pty->master, &now) == 0 && now.c_lflag & ISIG &&
	       memchr(pty->pending, now.c_cc[VSUSP], pty->n_pending);
}

void pty_pump(struct pty *pty, short input, short master)
{
	if (input) {
		ssize_t got = read(0, pty->pending, sizeof(pty->pending));

		if (got > 0) {
			pty->n_pending = (size_t)got;
			pty->suspend_typed = has_suspend_key(pty);
		}
		if (got == 0 || (got < 0 && errno != EINTR))
			pty->input_ended = true;
	}
	if (pty->n_pending)
		feed(pty);
	if (master & POLLIN)
		show(pty);
}

void pty_end(struct pty *pty)
{
	ssize_t got, all = 0;

	/* What the child has written is in there, and it is first: whoever was left behind and goes
	 * on writing does not hold us. */
	while (all < BUFFERED && (got = show(pty)) > 0)
		all += got;
	pty_suspend(pty);
	close(pty->master);
	pty->master = -1;
}
