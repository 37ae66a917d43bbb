/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_ERROR_H
#define LIBNS_ERROR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Failures: a function returns a negative errno, and if the caller hands in a
 * struct libns_error it also receives the step that failed, the namespace
 * types concerned and one sentence.
 *
 * The object belongs to the caller, is never allocated and holds no pointer:
 * it can be copied, and sent through a pipe by a child that dies between
 * clone(2) and execve(2). It is written on failure only, at the place that
 * knows the object involved; on success it is left untouched. Every `err`
 * parameter of this library may be NULL.
 */
struct libns_error {
	int code;          /* positive errno; 0: nothing happened */
	unsigned int step; /* enum libns_step: what was being attempted */
	uint64_t types;    /* CLONE_NEW* bits concerned, 0 if none */
	char text[496];    /* one line, no newline, always terminated */
};

#define LIBNS_ERROR_INIT                                                                           \
	{                                                                                          \
		0, 0, 0, ""                                                                        \
	}

enum libns_step {
	LIBNS_STEP_NONE,
	LIBNS_STEP_ARGUMENT,    /* the caller's parameters or a user's words */
	LIBNS_STEP_PROC,        /* finding or reading a process */
	LIBNS_STEP_OPEN,        /* opening a namespace or another file */
	LIBNS_STEP_QUERY,       /* asking the kernel about a namespace */
	LIBNS_STEP_ENTER,       /* setns(2) */
	LIBNS_STEP_UNSHARE,     /* unshare(2) */
	LIBNS_STEP_CLONE,       /* clone3(2), clone(2) */
	LIBNS_STEP_IDMAP,       /* uid_map, gid_map, setgroups, subordinate ids */
	LIBNS_STEP_TIME,        /* timens_offsets */
	LIBNS_STEP_MOUNT,       /* mounts and propagation */
	LIBNS_STEP_PERSIST,     /* binding a namespace on a file */
	LIBNS_STEP_ROOT,        /* root and working directory */
	LIBNS_STEP_CREDENTIALS, /* user, group and supplementary group ids */
	LIBNS_STEP_CAPS,        /* capability sets */
	LIBNS_STEP_NETNS,       /* named network namespaces */
	LIBNS_STEP_NETLINK,     /* rtnetlink requests */
	LIBNS_STEP_HELPER,      /* newuidmap, newgidmap, getsubids */
	LIBNS_STEP_WAIT,        /* waiting for or signalling a child */
	LIBNS_STEP_EXEC,        /* execve(2) */
	LIBNS_STEP_NAMES,       /* host and domain name */
	LIBNS_STEP_LIMITS,      /* resource limits */
	LIBNS_STEP_TERMINAL,    /* a terminal of its own */
	LIBNS_STEP_LANDLOCK,    /* rules of Landlock */
	LIBNS_STEP_CGROUP,      /* a control group of its own */
	LIBNS_STEP_SETUP        /* a program that sets the namespaces up */
};

/**
 * libns_error_text() - the sentence of an error
 * @err: error object, or NULL
 *
 * Ownership: the string belongs to @err.
 * Affects: nothing.
 * Return: the sentence; "" for NULL or when nothing happened.
 * Since: 0.1
 */
const char *libns_error_text(const struct libns_error *err);

/**
 * libns_error_step_name() - a step as a stable lower-case word
 * @step: enum libns_step
 *
 * Ownership: constant string.
 * Affects: nothing.
 * Return: "unshare", "idmap", ...; "unknown" for other values.
 * Since: 0.1
 */
const char *libns_error_step_name(unsigned int step);

/**
 * libns_error_hint() - the likely cause of an error and the way out
 * @err: error object, or NULL
 * @buf: receives one line, terminated
 * @size: bytes at @buf
 *
 * Looks at the state of the system that bears on this step and code (/proc,
 * seccomp filters, sysctls, limits, the caller's own process, helper programs)
 * and names what it finds; it never concludes from the errno alone. What can
 * only be found out by trying is tried in short-lived children. Call this in
 * the process that failed, before anything else is changed.
 *
 * Reads files below /proc and /etc, and the variables INVOCATION_ID and
 * container, which service and container managers set. Not async-signal-safe.
 *
 * Affects: nothing.
 * Return: 1 when there is something to say, 0 when there is not (@buf is "").
 * Since: 0.1
 */
int libns_error_hint(const struct libns_error *err, char *buf, size_t size);

#ifdef __cplusplus
}
#endif

#endif
