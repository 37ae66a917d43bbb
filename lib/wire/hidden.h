/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_HIDDEN_H
#define LIBNS_WIRE_HIDDEN_H

#include "wire/facts.h"

/*
 * Networks that no route of this host shows: those of switches, which are in namespaces of their
 * own. Of each switch there is an empty file that says in which namespace to look; what its networks
 * are is asked of the kernel there. The lock of the state directory is held, but for a dry run.
 */
struct wire_hidden {
	struct wire_facts *list;
	size_t n;
};

/* There is, or is no more, a switch of that name. The first returns 1 if that was written down
 * already. */
int wire_hidden_add(const char *name, struct libns_error *err);
int wire_hidden_remove(const char *name, struct libns_error *err);

/* @except: a namespace that is not asked. Of those that cannot be asked nothing is known. */
int wire_hidden_read(struct wire_hidden *hidden, int run_fd, const char *except,
		     struct libns_error *err);
/* For links between two other namespaces: the networks of this host as well. */
int wire_hidden_read_host(struct wire_hidden *hidden, struct libns_error *err);
void wire_hidden_done(struct wire_hidden *hidden);

bool wire_hidden_clashes(const struct wire_hidden *hidden, const struct libns_ip *net);

#endif
