/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* See dns-msg.h. RFC 1035, section 4.1. */

#include "text/dns-msg.h"

#include <string.h>

#define FLAG_ANSWER  0x80 /* of the third byte */
#define FLAG_RECURSE 0x01
#define RCODE        0x0f /* of the fourth */
#define TYPE_NS      2
#define CLASS_IN     1

void dns_query(uint16_t id, uint8_t ret_query[DNS_QUERY_SIZE])
{
	memset(ret_query, 0, DNS_QUERY_SIZE);
	ret_query[0] = (uint8_t)(id >> 8);
	ret_query[1] = (uint8_t)id;
	ret_query[2] = FLAG_RECURSE;
	ret_query[5] = 1; /* one question: the empty name, ... */
	ret_query[14] = TYPE_NS;
	ret_query[16] = CLASS_IN;
}

int dns_answer(const uint8_t *data, size_t size, uint16_t id)
{
	if (size < 12 || data[0] != id >> 8 || data[1] != (id & 0xff) || !(data[2] & FLAG_ANSWER))
		return -1;
	return data[3] & RCODE;
}
