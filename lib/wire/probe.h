/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_PROBE_H
#define LIBNS_WIRE_PROBE_H

#include <libns/error.h>
#include <libns/ip.h>

/* Signs of life of other hosts, asked for from inside a network namespace. */

enum probe_kind {
	PROBE_PING, /* ICMP echo */
	PROBE_UDP,  /* a refusal is a sign of life */
	PROBE_TCP,  /* and so is this, unless @must_connect */
	PROBE_DNS,  /* a question of dns-msg.h */
};

struct probe {
	enum probe_kind kind;
	size_t whom; /* several probes may ask one */
	struct libns_ip ip;
	uint16_t port;
	uint32_t link; /* index inside, for addresses that need one */
	bool must_connect;

	/* What has become of it. */
	int fd;
	int error;   /* 0: answered; EINPROGRESS; ECONNREFUSED, EHOSTUNREACH, ... */
	int rcode;   /* of PROBE_DNS */
	uint16_t id; /* that the answer must have */
	bool raw;    /* answers have an IP header */
	bool asked_again;
};

/*
 * Asks all of them at once. Ends when each that is asked has answered one probe, or none of his is
 * left, or when the time is up; @idle is called now and then, and says whether to go on.
 * Return: 0, whoever answered, or -errno with the sentence: the namespace cannot be entered.
 */
int probe_all(int ns_fd, struct probe *probes, size_t n, int64_t until, bool (*idle)(void *data),
	      void *data, struct libns_error *err);

#endif
