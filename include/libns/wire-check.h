/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_CHECK_H
#define LIBNS_WIRE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libns/error.h>
#include <libns/ip.h>
#include <libns/wire.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Why a named network namespace does not reach the world, and what was left behind of others: lists
 * of findings, each with its cause and the command that mends it.
 */

enum libns_wire_verdict {
	LIBNS_WIRE_VERDICT_OK,
	LIBNS_WIRE_VERDICT_FAIL,
	LIBNS_WIRE_VERDICT_SKIP, /* it could not be looked at, or does not matter here; @what says why */
	LIBNS_WIRE_VERDICT_MENDED /* it was wrong */
};

struct libns_wire_finding {
	size_t size; /* sizeof(struct libns_wire_finding) */
	enum libns_wire_verdict verdict;
	const char *check;   /* a stable word for what was looked at: "gateway", "stale" */
	const char *what;    /* "the gateway 10.171.0.1 does not answer" */
	const char *why;     /* the cause, or why it matters; NULL: nothing more is known */
	const char *command; /* mends it, ready for a shell; NULL: no command does */
};

struct libns_wire_findings;

/**
 * libns_wire_verdict_name() - a state as a stable word
 * @verdict: one of enum libns_wire_verdict
 *
 * Ownership: constant string.
 * Affects: nothing.
 * Return: "ok", "FAIL", "skip", "mended"; NULL for other values.
 * Since: 0.1
 */
const char *libns_wire_verdict_name(enum libns_wire_verdict verdict);

/**
 * libns_wire_findings_free() - free a list of findings
 * @findings: list, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_wire_findings *libns_wire_findings_free(struct libns_wire_findings *findings);

/* For __attribute__((cleanup(libns_wire_findings_freep))). */
static inline void libns_wire_findings_freep(struct libns_wire_findings **findings)
{
	*findings = libns_wire_findings_free(*findings);
}

/**
 * libns_wire_findings_count() - how many findings there are
 * @findings: list
 *
 * Affects: nothing.
 * Return: number.
 * Since: 0.1
 */
size_t libns_wire_findings_count(const struct libns_wire_findings *findings);

/**
 * libns_wire_findings_at() - one of the findings
 * @findings: list
 * @i: index from 0
 *
 * Ownership: belongs to @findings.
 * Affects: nothing.
 * Return: finding, or NULL beyond the end.
 * Since: 0.1
 */
const struct libns_wire_finding *libns_wire_findings_at(const struct libns_wire_findings *findings,
							size_t i);

/* What is to be looked at by libns_wire_check(). */
struct libns_wire_check_options {
	size_t size;         /* sizeof(struct libns_wire_check_options) */
	int run_fd;          /* directory of names, or LIBNS_NETNS_RUN */
	const char *name;    /* namespace */
	struct libns_ip to;  /* somebody who is to be reached; family 0: nobody */
	uint16_t to_port;    /* of TCP; 0: any sign of life will do */
	uint32_t timeout_ms; /* for all of it; 0: 3000 */
};

/* All other fields are zero. */
/* clang-format off */
#define LIBNS_WIRE_CHECK_OPTIONS_INIT                                                              \
	{                                                                                          \
		sizeof(struct libns_wire_check_options), LIBNS_NETNS_RUN, NULL, { 0, 0, { 0 } }, 0, \
		0                                                                                  \
	}
/* clang-format on */

/**
 * libns_wire_check() - whether a named network namespace reaches the world, and if not, why
 * @options: what to look at
 * @ret_findings: receives a finding for each thing that was looked at, from the inside outwards
 * @err: receives the sentence on failure, or NULL
 *
 * Looks at links, addresses, routes, the settings and rules of this host, and asks the gateway, the
 * name servers and whoever else is named for a sign of life, all at once and never longer than the
 * time given. Nothing is changed, but a few packets are sent from inside the namespace. It need not
 * have been made by this library. This host is the network namespace of the calling thread.
 *
 * Ownership: free with libns_wire_findings_free().
 * Affects: nothing.
 * Return: 0, whatever was found; -ENOENT and others as libns_netns_open(), -EPERM if the namespace
 *         may not be entered, -EINVAL for no name or options of a newer library, -ENOMEM.
 * Since: 0.1
 */
int libns_wire_check(const struct libns_wire_check_options *options,
		     struct libns_wire_findings **ret_findings, struct libns_error *err);

/* What libns_wire_doctor() is to look at, and to mend. */
struct libns_wire_doctor_options {
	size_t size;      /* sizeof(struct libns_wire_doctor_options) */
	uint64_t flags;   /* LIBNS_WIRE_MEND, LIBNS_WIRE_GARBAGE, LIBNS_WIRE_DRY_RUN */
	int run_fd;       /* directory of names, or LIBNS_NETNS_RUN */
	const char *name; /* what concerns this one, and the host; NULL: all */
	const struct libns_wire_watch *watch; /* is told what is done; or NULL */
};

/* What was found is mended where it can be. */
#define LIBNS_WIRE_MEND (UINT64_C(1) << 1)
/* Only what nobody uses any more: nothing that a namespace has is changed. */
#define LIBNS_WIRE_GARBAGE (UINT64_C(1) << 2)

/* clang-format off */
#define LIBNS_WIRE_DOCTOR_OPTIONS_INIT                                                             \
	{                                                                                          \
		sizeof(struct libns_wire_doctor_options), 0, LIBNS_NETNS_RUN, NULL, NULL           \
	}
/* clang-format on */

/**
 * libns_wire_doctor() - find and mend what others have left behind or undone
 * @options: what to look at; NULL for all of it, without mending
 * @ret_findings: receives what is not right, or was not
 * @err: receives the sentence on failure, or NULL
 *
 * The checks are, with those that LIBNS_WIRE_GARBAGE stands for marked by *:
 *
 *   stale*       a name on which nothing is bound, which nobody is about to bind
 *   elsewhere    a name that is bound in another mount namespace only
 *   mode         a directory of names that ordinary users may not read
 *   doubled      a directory of names in which each name is mounted twice
 *   link         a link that a namespace without a name is wired by
 *   leak*        a pair of links of which both ends are here
 *   forwarding   a link that does not forward, though a namespace needs it
 *   rules        rules or published ports that are not in the table of rules
 *   port*        ports that are published for a name that is not there
 *   journal*     settings to be restored of a link that is gone
 *   left*        settings and rules of the host that no namespace needs any more
 *   dns*         name servers of a name that is not there
 *
 * A file that is younger than a second is not touched. With LIBNS_WIRE_MEND the lock of
 * libns_wire_up() and libns_wire_down() is held. What LIBNS_WIRE_DRY_RUN would mend, the watcher is
 * told. Whatever is called by libns_wire_watch's event must not wire anything.
 *
 * Ownership: free with libns_wire_findings_free().
 * Affects: with LIBNS_WIRE_MEND the directory of names, this host's links, settings and rules.
 * Return: 0, whatever was found and whether or not it could be mended; -EINVAL for unknown flags or
 *         options of a newer library, -ETIMEDOUT if another process holds the lock, -EACCES, -EPERM,
 *         -ENOMEM.
 * Since: 0.1
 */
int libns_wire_doctor(const struct libns_wire_doctor_options *options,
		      struct libns_wire_findings **ret_findings, struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
