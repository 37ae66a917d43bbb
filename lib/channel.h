/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CHANNEL_H
#define LIBNS_CHANNEL_H

#include <stdbool.h>

#include <libns/error.h>

/*
 * The line between a process that sets namespaces up and the one outside: a
 * pair of close-on-exec sockets that keep message borders. The end of the line
 * means that the peer is gone, or, for one that is to run a program, that it
 * runs. All of this is async-signal-safe.
 */

enum channel_kind {
	CHANNEL_GO,     /* from outside: go on; value: a process id, or 0 */
	CHANNEL_ERROR,  /* to outside: failed, see err */
	CHANNEL_MAPS,   /* to outside: write my id maps, then send GO */
	CHANNEL_READY,  /* to outside: done, or waiting for GO */
	CHANNEL_STATUS, /* to outside: value is a status as of waitpid(2) */
};

struct channel_message {
	int kind;
	int value;
	struct libns_error err;
};

/* Two ends. Return: 0 or a negative errno with a sentence. */
int channel_open(int ret_ends[2], struct libns_error *err);

/* A message. Return: 0, -EPIPE if nobody listens. */
int channel_send(int end, int kind, int value, const struct libns_error *msg);

/* As channel_send(), with a sentence that names the peer. */
int channel_tell(int end, int kind, int value, const char *who, struct libns_error *err);

/* The next message. Return: 1, 0 at the end of the line, a negative errno. */
int channel_receive(int end, struct channel_message *ret);

/* Whether the peer is still there, without waiting and without taking a message. */
bool channel_has_peer(int end);

/**
 * channel_expect() - wait for the answer to what was sent
 * @kind: what means success
 * @who: the peer's name in the sentence if the line ends
 *
 * Return: 0, the peer's own failure, or -EIO when the line ended.
 */
int channel_expect(int end, int kind, const char *who, struct libns_error *err);

#endif
