/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_TEXT_IP_H
#define LIBNS_TEXT_IP_H

#include <stddef.h>

#include <libns/ip.h>

/* Addresses as text are libns_ip_parse() and libns_ip_format() of <libns/ip.h>. */

/* Bytes and bits of an address of @family. Return: 0 for a family that is neither. */
size_t ip_size(uint8_t family);
uint8_t ip_bits(uint8_t family);

/* Whether the family is one and the prefix possible. */
bool ip_is_sound(const struct libns_ip *ip);

#endif
