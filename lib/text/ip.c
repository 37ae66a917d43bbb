/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Internet addresses as text. inet_pton(3) is strict already: four decimal numbers without leading
 * zeros, no abbreviations, nothing before or behind. The prefix is read as strictly here.
 */

#include "text/ip.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/err.h"

size_t ip_size(uint8_t family)
{
	switch (family) {
	case AF_INET:
		return sizeof(struct in_addr);
	case AF_INET6:
		return sizeof(struct in6_addr);
	default:
		return 0;
	}
}

uint8_t ip_bits(uint8_t family)
{
	return (uint8_t)(8 * ip_size(family));
}

bool ip_is_sound(const struct libns_ip *ip)
{
	return ip_size(ip->family) && ip->prefix <= ip_bits(ip->family);
}

/* Return: whether it is a number up to @most, in the only way that one is written. */
static bool parse_prefix(const char *text, unsigned int most, uint8_t *ret_prefix)
{
	unsigned int value = 0;
	size_t n = strspn(text, "0123456789");

	if (n == 0 || n > 3 || text[n] || (n > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < n; i++)
		value = 10 * value + (unsigned int)(text[i] - '0');
	*ret_prefix = (uint8_t)value;
	return value <= most;
}

LIBNS_PUBLIC int libns_ip_parse(const char *text, struct libns_ip *ret_ip)
{
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	struct libns_ip ip = { 0 };
	char address[LIBNS_IP_TEXT];

	if (n >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, n);
	address[n] = '\0';
	ip.family = memchr(address, ':', n) ? AF_INET6 : AF_INET;
	if (inet_pton(ip.family, address, ip.bytes) != 1)
		return -EINVAL;
	ip.prefix = ip_bits(ip.family);
	if (slash && !parse_prefix(slash + 1, ip.prefix, &ip.prefix))
		return -EINVAL;
	*ret_ip = ip;
	return 0;
}

LIBNS_PUBLIC const char *libns_ip_format(const struct libns_ip *ip, bool with_prefix,
					 char buf[LIBNS_IP_TEXT])
{
	size_t n;

	if (!ip_size(ip->family) || !inet_ntop(ip->family, ip->bytes, buf, INET6_ADDRSTRLEN)) {
		buf[0] = '\0';
		return buf;
	}
	n = strlen(buf);
	if (with_prefix)
		error_format(buf + n, LIBNS_IP_TEXT - n, "/%u", ip->prefix);
	return buf;
}

LIBNS_PUBLIC bool libns_ip_contains(const struct libns_ip *net, const struct libns_ip *ip)
{
	size_t whole = net->prefix / 8;
	unsigned int rest = net->prefix % 8;

	if (!ip_is_sound(net) || net->family != ip->family || ip->prefix < net->prefix ||
	    memcmp(net->bytes, ip->bytes, whole) != 0)
		return false;
	return !rest || !((net->bytes[whole] ^ ip->bytes[whole]) >> (8 - rest));
}
