/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_OWN_RUN_H
#define LIBNS_OWN_RUN_H

#include <stdbool.h>

#include <libns/error.h>

/*
 * A /run of its own for a mount namespace of an ordinary user, who cannot write to the host's. Nothing
 * is done where /run can be written to, or where the caller is not root of a user namespace of his.
 * Return: 0, also if nothing was done; or a negative errno with the sentence.
 */
int own_run_make(struct libns_error *err);

/* Whether that would cover it: then nothing below /run is the caller's. */
bool own_run_is_needed(void);

#endif
