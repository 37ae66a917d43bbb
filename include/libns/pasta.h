/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_PASTA_H
#define LIBNS_PASTA_H

#include <stddef.h>
#include <stdint.h>

#include <libns/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The way out of a new network namespace for who is not root: pasta(1), a program of the package
 * passt. It carries what the namespace sends and receives to and from sockets of its own in the
 * caller's network namespace. So nothing has to be configured there, and no right is needed there.
 *
 * Nothing of the caller's loopback interface is in reach, and no port is forwarded, unless further
 * arguments ask for it.
 */

/* How pasta is to be run. */
struct libns_pasta_options {
	size_t size;       /* sizeof(struct libns_pasta_options) */
	uint64_t flags;    /* LIBNS_PASTA_* */
	const char *path;  /* of the program, from libns_pasta_find() */
	char *const *args; /* further arguments, ending with NULL; or NULL */
	int net_fd;        /* the network namespace that gets the way out; borrowed */
	int until_fd;      /* LIBNS_PASTA_UNTIL: such as a pidfd; borrowed, above 2 */
};

/* pasta is ended when @until_fd can be read. */
#define LIBNS_PASTA_UNTIL (UINT64_C(1) << 0)

/* All other fields are zero. */
#define LIBNS_PASTA_OPTIONS_INIT                                                                   \
	{                                                                                          \
		sizeof(struct libns_pasta_options), 0, NULL, NULL, -1, -1                          \
	}

struct libns_pasta;

/**
 * libns_pasta_find() - look for the program
 * @buf: receives its absolute path
 * @size: bytes at @buf
 * @err: receives the sentence on failure, or NULL
 *
 * Reads the environment variable PATH, without its relative directories. To be done before
 * namespaces or the root directory change.
 *
 * Affects: nothing.
 * Return: 0, -ENOENT if it is not installed, -EACCES if it may not be executed.
 * Since: 0.1
 */
int libns_pasta_find(char *buf, size_t size, struct libns_error *err);

/**
 * libns_pasta_format() - the command line of pasta
 * @options: @path and @args
 * @buf: receives it, terminated and cut where it does not fit
 * @size: bytes at @buf
 *
 * Affects: nothing.
 * Return: @buf.
 * Since: 0.1
 */
const char *libns_pasta_format(const struct libns_pasta_options *options, char *buf, size_t size);

/**
 * libns_pasta_start() - give a network namespace a way out
 * @options: how
 * @ret_pasta: receives the running program
 * @err: receives the sentence on failure, or NULL
 *
 * The namespace has interface, addresses, routes and lo up when this returns. To be called by a
 * process in the namespaces that pasta is to run in, before anybody runs in @net_fd who is not
 * trusted: pasta enters the user namespace that this one belongs to, and cannot be traced from
 * there once it is ready. What the process that makes the namespace is must hence be held
 * (LIBNS_PLAN_HOLD).
 *
 * pasta gets none of the caller's descriptors. It is killed when the caller ends, however that comes
 * about. SIGCHLD and wait(2) of the caller do not notice it.
 *
 * Ownership: free with libns_pasta_free().
 * Affects: the network namespace @net_fd.
 * Return: 0; -ENOENT or -EACCES if it cannot be executed, -ECHILD if it has given up, with its
 *         words, -ETIMEDOUT after half a minute, -EINVAL if @net_fd is no network namespace.
 * Since: 0.1
 */
int libns_pasta_start(const struct libns_pasta_options *options, struct libns_pasta **ret_pasta,
		      struct libns_error *err);

/**
 * libns_pasta_let_go() - leave the way out behind
 * @pasta: handle of one that was started with LIBNS_PASTA_UNTIL; it is freed, also on failure
 * @err: receives the sentence on failure, or NULL
 *
 * From now on the end of the caller does not matter to it. It is ended when @until_fd, of which it
 * has a copy, can be read; a process called libns-helper waits for that. With a descriptor of
 * inotify(7), what it waits for can be chosen until then, by inotify_add_watch(2).
 *
 * The helper stays a child of the caller, whom nobody tells of its end: who goes on for long takes it
 * by waitpid(2) with __WALL.
 *
 * Affects: nothing.
 * Return: 0, -EINVAL without LIBNS_PASTA_UNTIL, -EPIPE if it has ended already.
 * Since: 0.1
 */
int libns_pasta_let_go(struct libns_pasta *pasta, struct libns_error *err);

/**
 * libns_pasta_free() - take the way out away
 * @pasta: handle, or NULL
 *
 * Ends the program and waits for that.
 *
 * Affects: the network namespace.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_pasta *libns_pasta_free(struct libns_pasta *pasta);

/* For __attribute__((cleanup(libns_pasta_freep))). */
static inline void libns_pasta_freep(struct libns_pasta **pasta)
{
	*pasta = libns_pasta_free(*pasta);
}

#ifdef __cplusplus
}
#endif

#endif
