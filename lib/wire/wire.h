/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_NAMES_H
#define LIBNS_WIRE_NAMES_H

/* What is told apart by its name or number in the kernel: nothing of this may ever change, since
 * what an older version has wired is found again by it. */

/* Of all links that are ours. The rules of the table look at it. */
#define WIRE_GROUP 30830u

/* "inet xnetns" in nftables. */
#define WIRE_TABLE "xnetns"

/* Before the name of the host's end of a pair. */
#define WIRE_LINK_PREFIX "xn-"

/* What an anonymous namespace is called, with a process number behind it. */
#define WIRE_RUN_PREFIX "run:"

/* The link inside a namespace. */
#define WIRE_INSIDE "eth0"

/* What cannot be asked of the kernel. */
#define WIRE_STATE "/run/xnetns"

#endif
