/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One mechanism for the handshake with a child, for its words when it fails
 * and for noticing that either side has died. A socket pair of type SEQPACKET:
 * both directions, whole messages, and an end of file when the last copy of
 * the other end is closed - which an eventfd does not have.
 */

#include "channel.h"

#include <string.h>
#include <sys/socket.h>

#include "base.h"
#include "err.h"
#include "sys.h"

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

	/* A peer that is gone may have left its reason to be heard. */
	if (r < 0 && r != -EPIPE)
		return error_set(err, LIBNS_STEP_WAIT, -r, "cannot speak to %s", who);
	return 0;
}

int channel_receive(int end, struct channel_message *ret)
{
	ssize_t r;

	do
		r = recv(end, ret, sizeof(*ret), 0);
	while (r < 0 && errno == EINTR);
	/* The peer closed with something of ours unread: it is gone as well. */
	if (r < 0 && errno == ECONNRESET)
		return 0;
	if (r < 0)
		return -errno;
	if (r == 0)
		return 0;
	return r == sizeof(*ret) ? 1 : -EBADMSG;
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
