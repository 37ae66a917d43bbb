/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CHECK_H
#define LIBNS_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include <libns/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What this machine, and the caller's place on it, allow. There is one finding
 * for each topic. It has a verdict, a sentence that says what was seen, and a
 * way out where something is in the way. libns_error_hint() uses the same code
 * after something has failed.
 */

enum libns_verdict {
	LIBNS_VERDICT_OK,      /* nothing is in the way */
	LIBNS_VERDICT_LIMITED, /* it works in part, or may be refused */
	LIBNS_VERDICT_NO       /* it does not work */
};

struct libns_finding {
	const char *topic;    /* stable lower-case word: "user", "chroot", "newuidmap", ... */
	unsigned int verdict; /* enum libns_verdict */
	char sentence[320];   /* one line, never empty */
	char way_out[320];    /* one line; "" where none is needed or known */
};

struct libns_check;

/**
 * libns_check_new() - look at the machine
 * @ret_check: receives the handle
 * @err: receives the sentence on failure, or NULL
 *
 * Reads files below /proc, /sys and /etc. What can only be found out by trying
 * is tried in short-lived children: a seccomp filter that kills ends one of
 * these, and the finding says "killed by a filter". This takes some
 * milliseconds, and may run getsubids(1) and getent(1). The topics, in this
 * order:
 *
 *   user cgroup ipc uts net pid mnt time    creating each type of namespace
 *   unprivileged-userns apparmor            switches of the distributions
 *   seccomp no-new-privs chroot ids         the caller's own confinement
 *   proc                                    mounting procfs in a user namespace
 *   newuidmap newgidmap subuid subgid       id ranges without privilege
 *   clone3 clone3-time pidfd setns-pidfd close-range openat2 mount-setattr
 *   overlayfs landlock statmount ns-ids listns
 *                                           features of the kernel
 *
 * Not async-signal-safe.
 *
 * Ownership: free with libns_check_free().
 * Affects: nothing.
 * Return: 0, -ENOMEM.
 * Since: 0.1
 */
int libns_check_new(struct libns_check **ret_check, struct libns_error *err);

/**
 * libns_check_free() - free the findings
 * @check: handle, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_check *libns_check_free(struct libns_check *check);

/* For __attribute__((cleanup(libns_check_freep))). */
static inline void libns_check_freep(struct libns_check **check)
{
	*check = libns_check_free(*check);
}

/**
 * libns_check_count() - number of findings
 * @check: handle
 *
 * Affects: nothing.
 * Return: number.
 * Since: 0.1
 */
size_t libns_check_count(const struct libns_check *check);

/**
 * libns_check_at() - one finding
 * @check: handle
 * @i: index below libns_check_count()
 *
 * Ownership: belongs to @check.
 * Affects: nothing.
 * Return: finding, or NULL beyond the end.
 * Since: 0.1
 */
const struct libns_finding *libns_check_at(const struct libns_check *check, size_t i);

/**
 * libns_verdict_name() - a verdict as a stable lower-case word
 * @verdict: enum libns_verdict
 *
 * Ownership: constant string.
 * Affects: nothing.
 * Return: "ok", "limited", "no"; NULL for other values.
 * Since: 0.1
 */
const char *libns_verdict_name(unsigned int verdict);

/* A library that is loaded when it is used. */
struct libns_library {
	size_t size;         /* sizeof(struct libns_library) */
	const char *soname;  /* "libmount.so.1" */
	const char *package; /* the Debian package that has it */
	const char *use;     /* what cannot be done without it: "reading mounts" */
	bool found;          /* it can be loaded */
};

/**
 * libns_library_query() - one of the libraries that this build may load
 * @i: index from 0
 * @ret_library: receives it; its @size is set by the caller
 * @err: receives the sentence on failure, or NULL
 *
 * The library is loaded, and stays so until the process ends. To be called before a namespace is
 * joined: nothing is loaded afterwards, and @found would be false.
 *
 * Ownership: constant strings.
 * Affects: the calling process.
 * Return: 0, -ENOENT beyond the last one, -EINVAL if @size is not known.
 * Since: 0.1
 */
int libns_library_query(size_t i, struct libns_library *ret_library, struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
