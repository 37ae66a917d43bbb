/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_DNS_MSG_H
#define LIBNS_DNS_MSG_H

#include <stddef.h>
#include <stdint.h>

/* Whether a name server answers: one question, and its answer. Pure. */

#define DNS_QUERY_SIZE 17

/* Asks for the name servers of the root, which whoever resolves names knows. */
void dns_query(uint16_t id, uint8_t ret_query[DNS_QUERY_SIZE]);

/* The RCODEs that are told apart. */
enum { DNS_OK = 0, DNS_SERVFAIL = 2, DNS_NXDOMAIN = 3, DNS_REFUSED = 5 };

/* Return: the RCODE, or -1 if this is not the answer to the question with this id. */
int dns_answer(const uint8_t *data, size_t size, uint16_t id);

#endif
