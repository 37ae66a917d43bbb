/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Forwards as words. The host's end comes first, as in "8080:80", whichever side listens. What an
 * end begins with says what it is: a digit a port or an IPv4 address, '[' an IPv6 address, '/' a
 * path and '@' an abstract name. So every word has one meaning, or none.
 */

#include <string.h>
#include <sys/socket.h>

#include <libns/relay.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sized.h"

static int refuse(const char *word, const char *why, struct libns_error *err)
{
	return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "cannot forward '%s': %s", word, why);
}

/* Return: whether there is a port, and moves @at behind it. */
static bool take_port(const char **at, uint16_t *ret_port)
{
	size_t n = strspn(*at, "0123456789");
	unsigned int value = 0;

	if (n == 0 || n > 5 || (n > 1 && **at == '0'))
		return false;
	for (size_t i = 0; i < n; i++)
		value = 10 * value + (unsigned int)((*at)[i] - '0');
	*at += n;
	*ret_port = (uint16_t)value;
	return value <= UINT16_MAX;
}

/* An address, in brackets for IPv6. Return: whether there is one, and moves @at behind its ':'. */
static bool take_address(const char **at, struct libns_ip *ret_ip)
{
	bool v6 = **at == '[';
	const char *from = *at + v6;
	size_t n = strcspn(from, v6 ? "]" : ":");
	char text[LIBNS_IP_TEXT];

	if (n >= sizeof(text) || memchr(from, '/', n))
		return false;
	memcpy(text, from, n);
	text[n] = '\0';
	if ((v6 && from[n] != ']') || from[n + v6] != ':')
		return false;
	if (libns_ip_parse(text, ret_ip) < 0 || (ret_ip->family == AF_INET6) != v6)
		return false;
	*at = from + n + v6 + 1;
	return true;
}

static const char *take_path(const char **at, struct libns_forward_end *end)
{
	size_t n = strcspn(*at, ":"), skip = **at == '@';

	end->kind = skip ? LIBNS_FORWARD_ABSTRACT : LIBNS_FORWARD_PATH;
	if (n - skip == 0 || (n == 1 && !skip))
		return "there is a socket without a name";
	if (n - skip >= sizeof(end->path))
		return "the name of a socket is longer than 107 bytes";
	memcpy(end->path, *at + skip, n - skip);
	*at += n;
	return NULL;
}

/* Return: NULL, or what is wrong. */
static const char *take_end(const char **at, struct libns_forward_end *end)
{
	size_t n = strspn(*at, "0123456789");

	if (**at == '/' || **at == '@')
		return take_path(at, end);
	if (((*at)[n] == '.' || **at == '[') && !take_address(at, &end->address))
		return "an address is 192.0.2.1:PORT or [2001:db8::1]:PORT";
	return take_port(at, &end->port) ? NULL : "a port is a number up to 65535";
}

static void set_loopback(struct libns_ip *ip)
{
	if (!ip->family)
		*ip = (struct libns_ip){ AF_INET, 32, { 127, 0, 0, 1 } };
}

/* What may not be together. Return: NULL, or what is wrong. */
static const char *judge(const struct libns_forward *f)
{
	bool in = f->flags & LIBNS_FORWARD_IN;
	const struct libns_forward_end *to = in ? &f->host : &f->inside;

	if (to->kind == LIBNS_FORWARD_PORT && !to->port)
		return "nobody can be connected to at port 0";
	if (f->flags & LIBNS_FORWARD_UDP &&
	    (f->host.kind != LIBNS_FORWARD_PORT || f->inside.kind != LIBNS_FORWARD_PORT))
		return "UDP has ports only";
	return NULL;
}

/* Return: NULL, or what is wrong. */
static const char *parse(const char *at, struct libns_forward *f)
{
	const char *why = take_end(&at, &f->host);

	if (why)
		return why;
	if (*at == ':') {
		at++;
		why = take_end(&at, &f->inside);
	} else {
		f->inside.kind = f->host.kind;
		f->inside.port = f->host.port;
		if (f->host.kind != LIBNS_FORWARD_PORT)
			why = "what is on the other side is missing";
	}
	if (why)
		return why;
	if (!strcmp(at, "/udp"))
		f->flags |= LIBNS_FORWARD_UDP;
	else if (*at && strcmp(at, "/tcp") != 0)
		return "a forward is [ADDRESS:]PORT[:[ADDRESS:]PORT][/udp], or has /PATH or @NAME "
		       "in place of a port";
	set_loopback(&f->host.address);
	set_loopback(&f->inside.address);
	return judge(f);
}

LIBNS_PUBLIC int libns_forward_parse(const char *word, uint64_t flags,
				     struct libns_forward *ret_forward, struct libns_error *err)
{
	struct libns_forward f = { .size = sizeof(f), .flags = flags };
	const char *why;
	int r = base_check_sized(ret_forward, sizeof(f), "the forward", err);

	if (r < 0)
		return r;
	if (flags & ~LIBNS_FORWARD_IN)
		return error_unknown(err, "the forward", flags & ~LIBNS_FORWARD_IN);
	why = parse(word, &f);
	if (why)
		return refuse(word, why, err);
	base_fill_sized(ret_forward, &f, sizeof(f));
	return 0;
}

LIBNS_PUBLIC const char *libns_forward_format(const struct libns_forward_end *end,
					      char buf[LIBNS_FORWARD_TEXT])
{
	bool v6 = end->address.family == AF_INET6;
	char address[LIBNS_IP_TEXT];

	if (end->kind == LIBNS_FORWARD_PORT)
		return error_format(buf, LIBNS_FORWARD_TEXT, "%s%s%s:%u", v6 ? "[" : "",
				    libns_ip_format(&end->address, false, address), v6 ? "]" : "",
				    end->port);
	return error_format(buf, LIBNS_FORWARD_TEXT, "%s%s",
			    end->kind == LIBNS_FORWARD_ABSTRACT ? "@" : "", end->path);
}
