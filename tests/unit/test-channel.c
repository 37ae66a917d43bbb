/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What strangers send, who hold the other end. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/channel.h"
#include "tap.h"

static int ends[2];

static void hang_up(void)
{
	close(ends[0]);
	close(ends[1]);
}

static int hear(struct channel_message *ret, struct channel_peer peer)
{
	return channel_hear(ends[0], &peer, ret);
}

static int receive_after(const void *bytes, size_t n)
{
	struct channel_message message;

	CHECK_INT(send(ends[1], bytes, n, 0), (ssize_t)n);
	return channel_receive(ends[0], &message);
}

TEST(only_sound_messages_are_taken)
{
	struct channel_message message, big[2];

	memset(&message, 0, sizeof(message));
	memset(big, 0, sizeof(big));
	CHECK_INT(channel_open(ends, NULL), 0);
	message.kind = CHANNEL_READY;
	CHECK_INT(receive_after(&message, sizeof(message)), 1);
	CHECK_INT(receive_after(&message, sizeof(message) - 1), -EBADMSG);
	CHECK_INT(receive_after(big, sizeof(message) + 1), -EBADMSG);
	message.kind = CHANNEL_STATUS + 1;
	CHECK_INT(receive_after(&message, sizeof(message)), -EBADMSG);
	message.kind = -1;
	CHECK_INT(receive_after(&message, sizeof(message)), -EBADMSG);
	/* An error without a code would be a success. */
	message.kind = CHANNEL_ERROR;
	CHECK_INT(receive_after(&message, sizeof(message)), -EBADMSG);
	message.err.code = -1;
	CHECK_INT(receive_after(&message, sizeof(message)), -EBADMSG);
	message.err.code = EPERM;
	message.err.step = 1000;
	CHECK_INT(receive_after(&message, sizeof(message)), -EBADMSG);
	hang_up();
}

TEST(the_sentence_of_a_stranger_does_not_steer_a_terminal)
{
	struct channel_message message;

	memset(&message, 'x', sizeof(message));
	message.kind = CHANNEL_ERROR;
	message.err.code = EPERM;
	message.err.step = 0;
	memcpy(message.err.text, "a\033[2J\n\xc2\x9b", 8);
	CHECK_INT(channel_open(ends, NULL), 0);
	CHECK_INT(send(ends[1], &message, sizeof(message), 0), (ssize_t)sizeof(message));
	CHECK_INT(channel_receive(ends[0], &message), 1);
	CHECK_INT(strlen(message.err.text), sizeof(message.err.text) - 1);
	CHECK_INT(strncmp(message.err.text, "a?[2J??", 7), 0);
	hang_up();
}

TEST(a_line_that_never_ends)
{
	struct channel_message message;
	int cancel[2];
	pid_t pid;

	CHECK_INT(channel_open(ends, NULL), 0);
	CHECK_INT(pipe(cancel), 0);
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	/* This process holds the other end too, as a thief would. */
	CHECK_INT(hear(&message, (struct channel_peer){ pid, -1, true, -1, 60 }), -ETIMEDOUT);
	CHECK_INT(write(cancel[1], "x", 1), 1);
	CHECK_INT(hear(&message, (struct channel_peer){ pid, -1, true, cancel[0], 0 }), -ECANCELED);
	kill(pid, SIGKILL);
	CHECK_INT(hear(&message, (struct channel_peer){ pid, -1, true, -1, 0 }), 0);
	waitpid(pid, NULL, 0);
	pid = fork();
	if (pid == 0) {
		execlp("sleep", "sleep", "1000", (char *)NULL);
		_exit(1);
	}
	CHECK_INT(hear(&message, (struct channel_peer){ pid, -1, true, -1, 0 }), 0);
	CHECK_INT(kill(pid, 0), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(cancel[0]);
	close(cancel[1]);
	hang_up();
}

/* A peer that is gone is heard of elsewhere; that nothing can be sent is a failure of ours. */
TEST(what_cannot_be_told)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	CHECK_INT(channel_tell(-1, CHANNEL_GO, 0, "the child", &err), -EBADF);
	CHECK_STR(err.text, "cannot speak to the child: Bad file descriptor");
	CHECK_INT(channel_open(ends, NULL), 0);
	close(ends[1]);
	CHECK_INT(channel_tell(ends[0], CHANNEL_GO, 0, "the child", &err), 0);
	close(ends[0]);
}

TAP_MAIN
