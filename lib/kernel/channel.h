/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CHANNEL_H
#define LIBNS_CHANNEL_H

#include <stdbool.h>
#include <sys/types.h>

#include <libns/error.h>

/*
 * The line between a process that sets namespaces up and the one outside: a
 * pair of close-on-exec sockets that keep message borders. The end of the line
 * means that the peer is gone, or, for one that is to run a program, that it
 * runs. All of this is async-signal-safe.
 *
 * A process that is visible in a foreign pid namespace can be traced, and its
 * end of the line taken, by whoever has the right to trace there. So nothing
 * that arrives is trusted: it must have the right size and a known kind and
 * code, its text is made harmless for a terminal, and descriptors are never
 * accepted.
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

/* Makes both ends. Return: 0 or a negative errno with a sentence. */
int channel_open(int ret_ends[2], struct libns_error *err);

/* Sends a message. Return: 0, -EPIPE if nobody listens. */
int channel_send(int end, int kind, int value, const struct libns_error *msg);

/* As channel_send(), with a sentence that names the peer. */
int channel_tell(int end, int kind, int value, const char *who, struct libns_error *err);

/* Receives the next message. Return: 1, 0 at the end of the line, a negative errno. */
int channel_receive(int end, struct channel_message *ret);

/* The process that channel_hear() listens to, and what ends the waiting for it. */
struct channel_peer {
	pid_t pid;       /* a child of the caller's that is not reaped yet */
	int pidfd;       /* -1 if there is none */
	bool until_exec; /* the wait also ends when it has executed a program */
	int cancel_fd;   /* readable: give up; -1 if there is none */
	int patience_ms; /* give up then; 0: never */
};

/**
 * channel_hear() - receive the next message of a process that others may
 * control
 *
 * Where others can trace the peer, they can hold its end open, so that the line
 * never ends, and can keep the peer from speaking. So the end of the process
 * counts as the end of the line, and so does its execve(2).
 *
 * Return: 1, 0 at the end, -ECANCELED, -ETIMEDOUT, another negative errno.
 */
int channel_hear(int end, const struct channel_peer *peer, struct channel_message *ret);

/* Whether a process runs another program than the one it was cloned from; also of one that has
 * ended and is not reaped. Return: 1, 0, or a negative errno where nobody can tell. */
int channel_has_executed(pid_t pid);

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
