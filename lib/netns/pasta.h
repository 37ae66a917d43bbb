/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_NETNS_PASTA_H
#define LIBNS_NETNS_PASTA_H

#include <libns/pasta.h>

#include "kernel/helper.h"

/* As libns_pasta_start(). @guard: who ends it, beside what the options name, once it is let go; or
 * NULL; it must be there until then. */
int pasta_start(const struct libns_pasta_options *options, struct helper_guard *guard,
		struct libns_pasta **ret_pasta, struct libns_error *err);

#endif
