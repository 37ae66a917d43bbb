/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "wire/slot.h"

#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/err.h"
#include "wire/wire.h"

/* Of the name itself: "xn-" is in front of it. */
#define LINK_LENGTH 12

/* FNV-1a, 64 bits. It stays as it is: addresses and links are found by it. */
static uint64_t hash(const char *name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return h;
}

static bool is_link_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"0123456789._-");

	return n > 0 && n <= LINK_LENGTH && !name[n];
}

void wire_slot_link(const char *name, char ret_link[16])
{
	uint64_t h = hash(name) >> 16;

	memcpy(ret_link, WIRE_LINK_PREFIX, 3);
	if (is_link_name(name)) {
		memcpy(ret_link + 3, name, strlen(name) + 1);
		return;
	}
	for (int i = LINK_LENGTH; i-- > 0; h >>= 4)
		ret_link[3 + i] = "0123456789abcdef"[h & 15];
	ret_link[3 + LINK_LENGTH] = '\0';
}

uint32_t wire_slot_first(const char *name)
{
	uint64_t h = hash(name);

	return (uint32_t)((h ^ h >> 32) % WIRE_SLOTS);
}

void wire_slot_ip4(uint32_t slot, struct libns_ip *ret_host, struct libns_ip *ret_inside)
{
	struct libns_ip ip = { AF_INET, 30, { 10, 171 } };

	ip.bytes[2] = (uint8_t)(slot >> 6);
	ip.bytes[3] = (uint8_t)(slot << 2);
	*ret_host = *ret_inside = ip;
	ret_host->bytes[3] |= 1;
	ret_inside->bytes[3] |= 2;
}

void wire_slot_ip6(uint32_t slot, const uint8_t ula[6], struct libns_ip *ret_host,
		   struct libns_ip *ret_inside)
{
	struct libns_ip ip = { AF_INET6, 64, { 0 } };

	memcpy(ip.bytes, ula, 6);
	ip.bytes[6] = (uint8_t)(slot >> 8);
	ip.bytes[7] = (uint8_t)slot;
	*ret_host = *ret_inside = ip;
	ret_host->bytes[15] = 1;
	ret_inside->bytes[15] = 2;
}

void wire_slot_bridge(uint32_t n, const uint8_t ula[6], struct libns_ip *ret_ip4,
		      struct libns_ip *ret_ip6)
{
	*ret_ip4 = (struct libns_ip){ AF_INET, 24, { 10, 171, (uint8_t)n } };
	*ret_ip6 = (struct libns_ip){ AF_INET6, 64, { 0 } };
	memcpy(ret_ip6->bytes, ula, 6);
	/* Behind those of the slots. */
	ret_ip6->bytes[6] = (uint8_t)((WIRE_SLOTS + n) >> 8);
	ret_ip6->bytes[7] = (uint8_t)(WIRE_SLOTS + n);
}

static size_t size_of(const struct libns_ip *ip)
{
	return ip->family == AF_INET ? 4 : 16;
}

struct libns_ip wire_ip_network(const struct libns_ip *ip)
{
	struct libns_ip net = *ip;

	for (size_t i = 0; i < size_of(ip); i++) {
		size_t bits = ip->prefix > 8 * i ? ip->prefix - 8 * i : 0;

		if (bits < 8)
			net.bytes[i] &= (uint8_t)(0xff00u >> bits);
	}
	return net;
}

bool wire_ip_same(const struct libns_ip *a, const struct libns_ip *b)
{
	return a->family == b->family && a->prefix == b->prefix &&
	       !memcmp(a->bytes, b->bytes, size_of(a));
}

bool wire_ip_other(const struct libns_ip *ip, struct libns_ip *ret)
{
	size_t last = size_of(ip) - 1;
	uint8_t bits = (uint8_t)(8 * size_of(ip));
	/* Two addresses are a network of two; of a larger one the first is its own. */
	uint8_t from = ip->prefix + 1 == bits ? 0 : 1;

	if (ip->prefix < 1 || ip->prefix >= bits)
		return false;
	*ret = wire_ip_network(ip);
	ret->bytes[last] = (uint8_t)(ret->bytes[last] | from);
	if (wire_ip_same(ret, ip))
		ret->bytes[last]++;
	return true;
}

/* Whether all bits behind the prefix are set. */
static bool is_last(const struct libns_ip *ip)
{
	for (unsigned int i = ip->prefix; i < 8 * size_of(ip); i++)
		if (!(ip->bytes[i / 8] & (0x80 >> i % 8)))
			return false;
	return true;
}

bool wire_ip_is_link_local(const struct libns_ip *ip)
{
	return ip->family == AF_INET6 && ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

const char *wire_ip_wrong(const struct libns_ip *ip)
{
	struct libns_ip net = wire_ip_network(ip), none = { .family = ip->family };
	bool ip4 = ip->family == AF_INET;

	if (ip4 ? ip->bytes[0] >= 224 : ip->bytes[0] == 0xff)
		return "it is one of many machines, or of none";
	if (ip4 ? !ip->bytes[0] || ip->bytes[0] == 127 : !memcmp(ip->bytes, none.bytes, 15))
		return "each machine has that for itself";
	if (wire_ip_is_link_local(ip))
		return "it counts on one link only, and each link has such a one by itself";
	/* A network of two has no others. */
	if (ip->prefix + 1u >= 8 * size_of(ip))
		return NULL;
	if (!memcmp(net.bytes, ip->bytes, size_of(ip)))
		return ip4 ? "it is that of the network itself"
			   : "it is that of all routers of the network";
	return ip4 && is_last(ip) ? "it is that of all machines of the network" : NULL;
}

int wire_ip_check(const struct libns_ip *ip, struct libns_error *err)
{
	const char *wrong = wire_ip_wrong(ip);
	char text[LIBNS_IP_TEXT];

	return wrong ? error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "%s cannot be the address of a namespace: %s",
				 libns_ip_format(ip, true, text), wrong)
		     : 0;
}

bool wire_ip_nth(const struct libns_ip *net, uint32_t i, struct libns_ip *ret)
{
	uint32_t bits = (uint32_t)(8 * size_of(net)) - net->prefix;
	uint32_t n = bits < 16 ? (1u << bits) - 1 : 0xffff;
	size_t last = size_of(net) - 1;

	if (net->prefix > 8 * size_of(net) || i >= n)
		return false;
	*ret = *net;
	ret->bytes[last] = (uint8_t)(ret->bytes[last] | (i & 0xff));
	ret->bytes[last - 1] = (uint8_t)(ret->bytes[last - 1] | i >> 8);
	return true;
}

bool wire_ip_clashes(const struct libns_ip *net, const struct libns_ip *with)
{
	return with->prefix >= 8 && net->family == with->family &&
	       (libns_ip_contains(net, with) || libns_ip_contains(with, net));
}
