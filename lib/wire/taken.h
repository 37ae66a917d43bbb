/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_TAKEN_H
#define LIBNS_WIRE_TAKEN_H

#include "base/words.h"
#include "wire/facts.h"

/*
 * Uplinks that forward for the sake of namespaces only: what they have forwarded before, or what a
 * host forwards that has been made a router, is not ours to drop.
 */

/* Whether the sets can have them: not every name that a link may have can be written for nft. Return:
 * 0 or -EINVAL. */
int taken_check(const struct wire_uplinks *uplinks, struct libns_error *err);

/* Commands that put all of them into the sets of a table that is made anew. @next: those that are
 * switched on next; NULL: none. */
int taken_words(const struct wire_uplinks *next, struct words *to, struct libns_error *err);

/* Whether the sets have all of them, and nobody who is to forward all. Return: 1, 0 or -errno. */
int taken_are_in_table(const struct wire_uplinks *next, struct libns_error *err);

/* Whether a set of the table has a link. What cannot be known it has not. */
bool taken_is_in_table(const char *link, const char *set);

/* Whether the whole host forwards. @family: "ipv4", "ipv6" */
bool taken_is_router(const char *family);

#endif
