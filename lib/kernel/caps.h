/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CAPS_PRIVATE_H
#define LIBNS_CAPS_PRIVATE_H

#include <stdbool.h>

#include <libns/error.h>

/* Whether any capability is permitted; also true if that cannot be found out. */
bool caps_has_any(void);

/* Keeps the effective capabilities through execve(2) for any uid. Async-signal-safe. */
int caps_keep(struct libns_error *err);

#endif
