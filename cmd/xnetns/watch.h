/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_WATCH_H
#define CMD_WATCH_H

#include "xnetns/xnetns.h"

/* Prints what commands that wire do, while they do it. */
struct watch {
	struct libns_wire_watch watch; /* to be handed to the library */
	struct xnetns *x;
	bool as_json;
	bool dry_run; /* only commands, one a line */
	bool quiet;
};

/* How it is to be printed is given by whoever calls: --json, --dry-run, -q. */
void watch_begin(struct watch *w, struct xnetns *x);
void watch_end(struct watch *w);

#endif
