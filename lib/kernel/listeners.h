/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_LISTENERS_H
#define LIBNS_LISTENERS_H

#include <stdint.h>

#include <libns/ip.h>

/*
 * Whether a program takes what is sent to a port, in the network namespace of the calling thread.
 * @address: whose; NULL or of no family: of any
 * Return: 1, 0, or a negative errno where the kernel does not tell.
 */
int listeners_has(uint8_t family, uint8_t protocol, const struct libns_ip *address, uint16_t port);

#endif
