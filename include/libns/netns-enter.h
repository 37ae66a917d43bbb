/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_NETNS_ENTER_H
#define LIBNS_NETNS_ENTER_H

#include <stddef.h>
#include <stdint.h>

#include <libns/error.h>
#include <libns/netns.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Entering a network namespace together with the files that belong to it: a sysfs that shows its
 * devices, and its own name servers. libns_netns_enter() (libns/netns.h) does it as ip-netns(8) does;
 * here it can be chosen how.
 */

/* How the files of the namespace get to /etc. */
enum libns_netns_etc {
	/* As ip-netns(8): each is bound on the file of the same name, and one that cannot be is left
	 * out with a warning. When the host replaces a file, by rename(2), the program gets that. */
	LIBNS_NETNS_ETC_AS_IP,
	/* The same, but a file that cannot be bound is a failure. */
	LIBNS_NETNS_ETC_BIND,
	/* A read-only overlay on /etc has them above the files of the host. Nothing that the host
	 * does to its files changes them, and no file need be there. What else answers questions
	 * about names from outside of the namespace is out of reach: the sockets of nscd(8),
	 * systemd-resolved(8) and avahi-daemon(8), and, where systemd-resolved is on it, the system
	 * bus. A step that fails is a failure. */
	LIBNS_NETNS_ETC_OVERLAY
};

struct libns_netns_enter_options {
	size_t size;      /* sizeof(struct libns_netns_enter_options) */
	uint64_t flags;   /* LIBNS_NETNS_ENTER_* */
	int run_fd;       /* directory of names, or LIBNS_NETNS_RUN */
	int ns_fd;        /* LIBNS_NETNS_ENTER_FD: the namespace; borrowed */
	const char *name; /* which namespace, and whose files of /etc/netns; NULL: none of them */
	unsigned int etc; /* enum libns_netns_etc */
	const char *
		resolv_conf; /* what /etc/resolv.conf is to say, unless /etc/netns has one for @name;
				    NULL: nothing else than it says */
	libns_netns_warn_fn warn; /* is told what was lost, where that is no failure; or NULL */
	void *warn_data;
};

/* The namespace is @ns_fd, and @name counts for files and sentences only. */
#define LIBNS_NETNS_ENTER_FD (UINT64_C(1) << 0)
/* The calling thread is in the namespace already. */
#define LIBNS_NETNS_ENTER_HERE (UINT64_C(1) << 1)
/* /sys is left as it is, and shows the devices of the network namespace that it was mounted in. */
#define LIBNS_NETNS_ENTER_NO_SYSFS (UINT64_C(1) << 2)
/* Where no sysfs may be mounted, as by an ordinary user in a container, that is told as a warning. */
#define LIBNS_NETNS_ENTER_TRY_SYSFS (UINT64_C(1) << 3)

/* All other fields are zero. */
#define LIBNS_NETNS_ENTER_OPTIONS_INIT                                                             \
	{                                                                                          \
		sizeof(struct libns_netns_enter_options), 0, LIBNS_NETNS_RUN, -1, NULL, 0, NULL,   \
			NULL, NULL                                                                 \
	}

/**
 * libns_netns_enter_with() - join a network namespace, and choose what goes with it
 * @options: which one, and what goes with it
 * @err: receives the sentence on failure, or NULL
 *
 * Does what libns_netns_enter() describes, with the files of /etc as @etc says. If name servers were
 * asked for and cannot be had, that is a failure, unless it is LIBNS_NETNS_ETC_AS_IP: execute nothing
 * then. On failure the caller may be left half-way: end the process.
 *
 * The service that has a socket may remove the directory of the socket, and make it anew. Then it
 * is seen again, as is one that is started only later.
 *
 * Affects: calling thread, including its root and working directory.
 * Return: 0, -EINVAL for options that contradict themselves, -E2BIG for options newer than the
 *         library, or as libns_netns_open(), setns(2), unshare(2) and mount(2).
 * Since: 0.1
 */
int libns_netns_enter_with(const struct libns_netns_enter_options *options,
			   struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
