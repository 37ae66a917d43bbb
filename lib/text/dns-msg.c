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

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes the value of one line apart. */
static bool read_server(const char *value, size_t n, struct dns_server *ret)
{
	char text[64];
	char *zone;

	while (n && is_blank(*value)) {
		value++;
		n--;
	}
	for (size_t i = 0; i < n; i++)
		if (is_blank(value[i]) || value[i] == '\r')
			n = i;
	if (!n || n >= sizeof(text) || memchr(value, '\0', n))
		return false;
	memcpy(text, value, n);
	text[n] = '\0';
	zone = strchr(text, '%');
	*ret = (struct dns_server){ .zone = "" };
	if (zone) {
		*zone++ = '\0';
		if (strlen(zone) >= sizeof(ret->zone))
			return false;
		memcpy(ret->zone, zone, strlen(zone) + 1);
	}
	return !strchr(text, '/') && libns_ip_parse(text, &ret->ip) == 0;
}

bool dns_next_server(const char **rest, struct dns_server *ret_server)
{
	static const char word[] = "nameserver";
	const size_t n_word = sizeof(word) - 1;

	while (**rest) {
		const char *line = *rest;
		size_t n = strcspn(line, "\n");

		*rest += n + (line[n] == '\n');
		if (n > n_word && !strncmp(line, word, n_word) && is_blank(line[n_word]) &&
		    read_server(line + n_word, n - n_word, ret_server))
			return true;
	}
	return false;
}
