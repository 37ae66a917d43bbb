/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A pseudo terminal between the caller's terminal and a child, see pty.h.
 *
 * The caller's terminal is in raw mode meanwhile: every key goes to the inner
 * one, whose line discipline makes signals of them for the inner session. The
 * inner end is opened through the outer one (TIOCGPTPEER, Linux 4.13), never by
 * a path that could be somebody else's.
 *
 * The outer end does not block, and there is a buffer: input that the child
 * does not take must not keep its output waiting.
 */

#include "supervise/pty.h"

#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <libns/idmap.h>
#include <libns/supervisor.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "enter/entry.h"

/* The group that may write to terminals has this number wherever there is one. */
#define TTY_GROUP 5

/* Twice as much as a terminal keeps for its reader, which is 64 KiB. */
#define BUFFERED (128 * 1024)

void pty_resize(struct pty *pty)
{
	struct winsize size;

	if (ioctl(0, TIOCGWINSZ, &size) < 0 ||
	    (size.ws_row == pty->size.ws_row && size.ws_col == pty->size.ws_col &&
	     size.ws_xpixel == pty->size.ws_xpixel && size.ws_ypixel == pty->size.ws_ypixel))
		return;
	ioctl(pty->master, TIOCSWINSZ, &size);
	pty->size = size;
}

/* An id of the inside as it is out here. Return: 1, 0 if it has no number, -errno. */
static int outer_id(const struct libns_plan *plan, enum libns_idmap_kind kind, uint32_t inner,
		    uint32_t *ret, struct libns_error *err)
{
	const struct libns_idmap *map = kind == LIBNS_IDMAP_UID ? plan->uid_map : plan->gid_map;

	*ret = inner;
	if (plan->types & LIBNS_TYPE_USER)
		return map && libns_idmap_to_outer(map, inner, ret);
	if (plan->entry && (libns_entry_get_types(plan->entry) & LIBNS_TYPE_USER))
		return entry_to_outer(plan->entry, kind, inner, ret, err);
	return 1;
}

/* The group that may write to the terminal, or where there is none, the program's. */
static int choose_group(const struct libns_plan *plan, gid_t *ret, bool *ret_is_tty,
			struct libns_error *err)
{
	int r = outer_id(plan, LIBNS_IDMAP_GID, TTY_GROUP, ret, err);

	*ret_is_tty = r == 1;
	if (r)
		return r;
	*ret = getegid();
	return plan->flags & LIBNS_PLAN_GID ? outer_id(plan, LIBNS_IDMAP_GID, plan->gid, ret, err)
					    : 0;
}

/* The caller may not give the terminal away, or the id has no number in the caller's own user
 * namespace. */
static bool is_denied(void)
{
	return errno == EPERM || errno == EINVAL;
}

/*
 * The caller has made the terminal, by the options of its devpts, so it is not the program's
 * yet. A program that is not root could not open it again (/dev/stderr) nor hand it on (chown),
 * and in a user namespace its ids would have no number. If the group tty has no number there,
 * only the owner may write to it. An ordinary user may not give it away, and then it stays the
 * caller's.
 */
static int give_to_program(int slave, const struct libns_plan *plan, struct libns_error *err)
{
	uid_t uid = (uid_t)-1;
	struct stat st;
	bool is_tty;
	gid_t gid;
	int r = 1;

	if (plan->flags & LIBNS_PLAN_UID)
		r = outer_id(plan, LIBNS_IDMAP_UID, plan->uid, &uid, err);
	if (r == 0)
		uid = (uid_t)-1;
	if (r >= 0)
		r = choose_group(plan, &gid, &is_tty, err);
	if (r < 0)
		return r;
	if ((fchown(slave, uid, gid) < 0 && !is_denied()) ||
	    (fchown(slave, (uid_t)-1, gid) < 0 && !is_denied()) || fstat(slave, &st) < 0 ||
	    fchmod(slave, is_tty && st.st_gid == gid ? 0620 : 0600) < 0)
		return error_set(err, LIBNS_STEP_TERMINAL, errno,
				 "cannot give the terminal to the program's user");
	return 0;
}

int pty_open(struct pty *pty, const struct libns_plan *plan, struct libns_error *err)
{
	const int locked = 0;

	*pty = (struct pty){ .master = -1, .slave = -1 };
	pty->master = sys_open_at(AT_FDCWD, "/dev/ptmx", O_RDWR | O_NONBLOCK);
	if (pty->master < 0)
		return error_set(err, LIBNS_STEP_TERMINAL, -pty->master, "cannot make a terminal");
	if (ioctl(pty->master, TIOCSPTLCK, &locked) < 0)
		return error_set(err, LIBNS_STEP_TERMINAL, errno, "cannot make a terminal");
	pty->slave = ioctl(pty->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (pty->slave < 0)
		return error_set(err, LIBNS_STEP_TERMINAL, errno, "cannot make a terminal");
	pty->slave = sys_fd_above_stdio(pty->slave);
	for (int fd = 0; fd <= 2; fd++)
		pty->of_child[fd] = isatty(fd);
	/* If descriptor 0 is no terminal, the child reads from it directly. */
	pty->input_ended = !pty->of_child[0];
	if (tcgetattr(0, &pty->saved) == 0)
		tcsetattr(pty->slave, TCSANOW, &pty->saved);
	pty_resize(pty);
	return give_to_program(pty->slave, plan, err);
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
	pty->slave = base_close(pty->slave);
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
	pty->master = base_close(pty->master);
}

LIBNS_PUBLIC bool libns_terminal_is_ours(void)
{
	return isatty(0) && isatty(1) && tcgetpgrp(0) == getpgrp();
}

LIBNS_PUBLIC bool libns_terminal_in_reach(void)
{
	_cleanup_close_ int fd = sys_open_at(AT_FDCWD, "/dev/tty", O_RDWR | O_NOCTTY);

	return fd >= 0 || isatty(0) || isatty(1) || isatty(2);
}
