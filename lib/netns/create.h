/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_NETNS_CREATE_H
#define LIBNS_NETNS_CREATE_H

#include <libns/error.h>

/* Makes a network namespace without a name, which ends with the descriptor. The calling thread stays
 * where it is. Return: descriptor, or -errno with the sentence. */
int netns_create(struct libns_error *err);

#endif
