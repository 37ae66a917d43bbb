/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_HOST_NAME_H
#define LIBNS_HOST_NAME_H

#include <libns/error.h>
#include <libns/ip.h>

/*
 * The first address of a host, by getent(1) as for accounts: no module is loaded into this process.
 * Return: 0, -ENOENT if nobody knows the name, or another errno with the sentence.
 */
int host_name_find(const char *name, struct libns_ip *ret, struct libns_error *err);

#endif
