/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_PASTA_H
#define LIBNS_WIRE_PASTA_H

#include <stdbool.h>

#include <libns/wire.h>

#include "wire/name-end.h"
#include "wire/words.h"

/*
 * The way out of a namespace that has a name. pasta(1) would hold the namespace for ever; so it is
 * ended by a keeper when the name is removed, by whomever, or goes with its mount namespace. Until the
 * name is there, it ends with the caller.
 */
struct wire_pasta {
	struct libns_pasta *pasta;
	int watch_fd; /* inotify(7), which the keeper waits for */
	struct name_end end;
};

#define WIRE_PASTA_INIT                                                                            \
	{                                                                                          \
		.pasta = NULL, .watch_fd = -1                                                      \
	}

/* How it would be done by hand. Return: 0 or -ENOMEM with the sentence. */
int wire_pasta_command(const struct libns_wire_options *options, struct words *words,
		       struct libns_error *err);

/* Starts it. Return: 0 or -errno with the sentence. */
int wire_pasta_begin(const struct libns_wire_options *options, int ns_fd, struct wire_pasta *ret,
		     struct libns_error *err);

/* Leaves it behind, now that the namespace has its name. Return: 0 or -errno with the sentence. */
int wire_pasta_keep(struct wire_pasta *pasta, int run_fd, const char *name,
		    struct libns_error *err);

/* Ends it, unless it was left behind. */
void wire_pasta_done(struct wire_pasta *pasta);

#endif
