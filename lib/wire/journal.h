/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_JOURNAL_H
#define LIBNS_WIRE_JOURNAL_H

#include <libns/error.h>

#include "text/wire-text.h"

/*
 * What is written down of a link of this host; -1 for what was not changed, and for all of another
 * link that had its name. Return: 0; 1: nothing is; -ENODEV: there is no such link; -EBADMSG: the file is damaged.
 */
int journal_read(const char *link, struct wire_journal *ret_journal, struct libns_error *err);

/* As wire_store_write(). */
int journal_write(const char *link, const struct wire_journal *journal, struct libns_error *err);

#endif
