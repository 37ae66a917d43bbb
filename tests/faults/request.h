/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a process that inject traces asks netlink, and what it is answered. */

#ifndef FAULTS_REQUEST_H
#define FAULTS_REQUEST_H

#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct requests {
	unsigned long n;      /* that were sent */
	unsigned int refused; /* the number in the message that was */
	int fd;               /* where it was sent */
	int code;             /* the errno for the answer; 0: none is to come */
	uint64_t buffer;      /* where the call that it is in puts what comes, or 0 */
	uint64_t length;
};

struct request_type {
	int protocol; /* NETLINK_ROUTE, ... */
	int type;
};

/*
 * At the entry of a system call: counts the requests that it sends, and makes that with the number
 * @wanted, if it is among them, one that the kernel does not know. Returns their types, which are
 * valid until the next call.
 */
const struct request_type *requests_see(struct requests *r, pid_t pid, uint64_t call,
					const __u64 *args, unsigned long wanted, int code,
					size_t *ret_n);

/* At the end of a system call with @result: in the answer to what was refused stands the errno. */
void requests_answer(struct requests *r, pid_t pid, int64_t result);

#endif
