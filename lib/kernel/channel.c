/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One mechanism for the handshake with a child, for its words when it fails and
 * for noticing that either side has died. It is a socket pair of type
 * SEQPACKET. That works in both directions, keeps messages whole, and gives an
 * end of file when the last copy of the other end is closed, which an eventfd
 * does not.
 */

#include "kernel/channel.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "text/procfile.h"

/* PF_FORKNOEXEC of the kernel, in the flags of /proc/PID/stat. */
#define FORKED_WITHOUT_EXEC 0x40ul

/* How long to wait before looking whether a silent peer has gone on. It doubles each time. */
#define FIRST_LOOK_MS 50
#define LAST_LOOK_MS  400

int channel_open(int ret_ends[2], struct libns_error *err)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return error_set(err, LIBNS_STEP_CLONE, errno, "cannot create a socket pair");
	for (int i = 0; i < 2; i++) {
		ends[i] = sys_fd_above_stdio(ends[i]);
		if (ends[i] >= 0)
			continue;
		base_close(ends[!i]);
		return error_set(err, LIBNS_STEP_CLONE, -ends[i], "cannot create a socket pair");
	}
	ret_ends[0] = ends[0];
	ret_ends[1] = ends[1];
	return 0;
}

int channel_send(int end, int kind, int value, const struct libns_error *msg)
{
	struct channel_message message;
	ssize_t r;

	memset(&message, 0, sizeof(message));
	message.kind = kind;
	message.value = value;
	if (msg)
		message.err = *msg;
	do
		r = send(end, &message, sizeof(message), MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

int channel_tell(int end, int kind, int value, const char *who, struct libns_error *err)
{
	int r = channel_send(end, kind, value, NULL);

	/* A peer that is gone may have sent its reason before. It has yet to be read. */
	if (r < 0 && r != -EPIPE)
		return error_set(err, LIBNS_STEP_WAIT, -r, "cannot speak to %s", who);
	return 0;
}

static bool is_sound(struct channel_message *message)
{
	bool is_error = error_make_sound(&message->err);

	if (message->kind < CHANNEL_GO || message->kind > CHANNEL_STATUS)
		return false;
	return message->kind != CHANNEL_ERROR || is_error;
}

static int receive(int end, int flags, struct channel_message *ret)
{
	ssize_t r;

	/* No room for control messages: descriptors that are sent along are dropped. */
	do
		r = recv(end, ret, sizeof(*ret), flags | MSG_TRUNC);
	while (r < 0 && errno == EINTR);
	/* The peer closed its end before it read all that was sent. This is an end, too. */
	if (r < 0 && errno == ECONNRESET)
		return 0;
	if (r < 0)
		return -errno;
	if (r == 0)
		return 0;
	return r == sizeof(*ret) && is_sound(ret) ? 1 : -EBADMSG;
}

int channel_receive(int end, struct channel_message *ret)
{
	return receive(end, 0, ret);
}

int channel_has_executed(pid_t pid)
{
	char path[32], text[1024];
	uint64_t flags;
	ssize_t n;

	error_format(path, sizeof(path), "/proc/%d/stat", (int)pid);
	n = sys_read_at(AT_FDCWD, path, text, sizeof(text));
	if (n < 0)
		return (int)n;
	return procfile_stat_u64(text, STAT_FLAGS, &flags) == 0 && !(flags & FORKED_WITHOUT_EXEC);
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	/* Where the caller ignores SIGCHLD, a process that has ended leaves nothing behind. */
	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0)
		return errno == ECHILD;
	return info.si_pid == pid;
}

/* How many milliseconds to wait before looking at the peer itself. -1 means for ever. */
static int pause_ms(const struct channel_peer *peer, int64_t deadline, int pause)
{
	int64_t left = deadline - sys_now_ms();

	if (!peer->until_exec && peer->pidfd >= 0)
		pause = -1;
	if (!peer->patience_ms || (pause >= 0 && pause < left))
		return pause;
	return left > 0 ? (int)left : 0;
}

int channel_hear(int end, const struct channel_peer *peer, struct channel_message *ret)
{
	int64_t deadline = peer->patience_ms ? sys_now_ms() + peer->patience_ms : 0;
	int pause = FIRST_LOOK_MS, r = 0;

	for (;;) {
		struct pollfd fds[] = { { end, POLLIN, 0 },
					{ peer->pidfd, POLLIN, 0 },
					{ peer->cancel_fd, POLLIN, 0 } };

		if (poll(fds, ARRAY_SIZE(fds), pause_ms(peer, deadline, pause)) < 0 &&
		    errno != EINTR)
			return -errno;
		/* The line is read first, because a peer that has ended may have spoken before. */
		r = receive(end, MSG_DONTWAIT, ret);
		if (r != -EAGAIN)
			return r;
		if (fds[2].revents)
			return -ECANCELED;
		if (fds[1].revents || (peer->pidfd < 0 && has_ended(peer->pid)))
			return receive(end, MSG_DONTWAIT, ret) == 1;
		if (peer->patience_ms && sys_now_ms() >= deadline)
			return -ETIMEDOUT;
		if (peer->until_exec && channel_has_executed(peer->pid) == 1)
			return 0;
		if (pause < LAST_LOOK_MS)
			pause *= 2;
	}
}

bool channel_has_peer(int end)
{
	char byte;
	ssize_t r = recv(end, &byte, 1, MSG_DONTWAIT | MSG_PEEK);

	return r > 0 || (r < 0 && errno == EAGAIN);
}

int channel_expect(int end, int kind, const char *who, struct libns_error *err)
{
	struct channel_message message;
	int r = channel_receive(end, &message);

	if (r < 0)
		return error_set(err, LIBNS_STEP_WAIT, -r, "cannot hear from %s", who);
	if (r == 0)
		return error_say(err, LIBNS_STEP_WAIT, EIO, "%s ended before it was done", who);
	if (message.kind == CHANNEL_ERROR) {
		if (err)
			*err = message.err;
		return -message.err.code;
	}
	if (message.kind != kind)
		return error_say(err, LIBNS_STEP_WAIT, EBADMSG, "%s said something unexpected",
				 who);
	return 0;
}
