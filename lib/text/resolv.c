/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Name servers and name services. The C library reads both files line by line, and takes no notice of
 * what it does not understand; so what is not about us is copied as it is.
 */

#include "text/resolv.h"

#include <string.h>

struct word {
	const char *at;
	size_t n;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* Takes the next line, with its end, from *@text. */
static bool next_line(const char **text, size_t *size, struct word *ret)
{
	const char *end;

	if (*size == 0)
		return false;
	end = memchr(*text, '\n', *size);
	ret->at = *text;
	ret->n = end ? (size_t)(end + 1 - *text) : *size;
	*text += ret->n;
	*size -= ret->n;
	return true;
}

/* Takes the next word from *@rest, which is a line or what is left of one. */
static bool next_word(struct word *rest, struct word *ret)
{
	while (rest->n && (is_blank(*rest->at) || *rest->at == '\n')) {
		rest->at++;
		rest->n--;
	}
	*ret = (struct word){ rest->at, 0 };
	while (rest->n && !is_blank(*rest->at) && *rest->at != '\n') {
		rest->at++;
		rest->n--;
		ret->n++;
	}
	return ret->n > 0;
}

static bool is_word(struct word word, const char *text)
{
	return word.n == strlen(text) && !memcmp(word.at, text, word.n);
}

static bool begins(struct word word, const char *text)
{
	return word.n >= strlen(text) && !memcmp(word.at, text, strlen(text));
}

/* Whether all of it consists of these characters. */
static bool consists_of(struct word word, const char *set)
{
	for (size_t i = 0; i < word.n; i++)
		if (!word.at[i] || !strchr(set, word.at[i]))
			return false;
	return true;
}

/* An address of the loopback interface, one that stands for it, or one that needs an interface of the
 * host. */
static bool is_local(struct word server)
{
	if (memchr(server.at, '%', server.n))
		return true;
	if (!memchr(server.at, ':', server.n))
		return begins(server, "127.") || consists_of(server, "0.");
	if (begins(server, "::ffff:127.") || begins(server, "::FFFF:127."))
		return true;
	if (server.n >= 3 && (begins(server, "fe") || begins(server, "FE")))
		return strchr("89abAB", server.at[2]) && server.at[2];
	/* "::1", "::", and the same written out. */
	if (server.n && server.at[server.n - 1] == '1' &&
	    (server.n == 1 || server.at[server.n - 2] == ':' || server.at[server.n - 2] == '0'))
		server.n--;
	return consists_of(server, "0:");
}

/* Whether the line gives a name server. It has to begin with that word. */
static bool is_server(struct word line, struct word *ret)
{
	struct word key;

	if (!line.n || is_blank(*line.at) || !next_word(&line, &key) || !is_word(key, "nameserver"))
		return false;
	return next_word(&line, ret);
}

/* Return: whether it is an address, which may have a zone. */
static bool read_server(struct word word, struct resolv_server *ret)
{
	char text[64];
	char *zone;

	if (word.n >= sizeof(text) || memchr(word.at, '\0', word.n))
		return false;
	memcpy(text, word.at, word.n);
	text[word.n] = '\0';
	*ret = (struct resolv_server){ .zone = "" };
	zone = strchr(text, '%');
	if (zone) {
		*zone++ = '\0';
		if (strlen(zone) >= sizeof(ret->zone))
			return false;
		memcpy(ret->zone, zone, strlen(zone) + 1);
	}
	return !strchr(text, '/') && libns_ip_parse(text, &ret->ip) == 0;
}

bool resolv_next(const char **text, size_t *size, struct resolv_server *ret)
{
	struct word line, server;

	while (next_line(text, size, &line))
		if (is_server(line, &server) && read_server(server, ret))
			return true;
	return false;
}

void resolv_count(const char *text, size_t size, struct resolv_servers *ret)
{
	struct word line, server;

	*ret = (struct resolv_servers){ 0, 0 };
	while (next_line(&text, &size, &line)) {
		if (!is_server(line, &server))
			continue;
		ret->n++;
		ret->local += is_local(server);
	}
}

static size_t add(char *buf, size_t n, const char *text, size_t size)
{
	memcpy(buf + n, text, size);
	return n + size;
}

/* Whether it is neither empty nor a comment. */
static bool says_something(struct word line)
{
	struct word first;

	return next_word(&line, &first) && *first.at != '#' && *first.at != ';';
}

size_t resolv_filter(const char *text, size_t size, char *buf)
{
	struct word line, server;
	size_t n = 0;

	while (next_line(&text, &size, &line))
		if (is_server(line, &server) ? !is_local(server) : says_something(line))
			n = add(buf, n, line.at, line.n);
	if (n && buf[n - 1] != '\n')
		buf[n++] = '\n';
	buf[n] = '\0';
	return n;
}

/*
 * Services that ask a program of the host, by a socket in the file system: of systemd, avahi, sssd,
 * winbind and nslcd.
 */
static bool is_of_host(struct word service)
{
	return is_word(service, "resolve") || is_word(service, "mymachines") ||
	       is_word(service, "sss") || is_word(service, "wins") || is_word(service, "ldap") ||
	       begins(service, "mdns");
}

/* Copies the services of hosts. "[!UNAVAIL=return]" belongs to the one before it. */
static size_t filter_services(struct word rest, char *buf, size_t n)
{
	bool leave_out = false, has_dns = false, resolves = false, in_action = false;
	struct word word;

	while (next_word(&rest, &word)) {
		if (*word.at == '#')
			break;
		if (!in_action && *word.at != '[') {
			leave_out = is_of_host(word);
			resolves |= is_word(word, "resolve");
			has_dns |= is_word(word, "dns");
		}
		in_action = (in_action || *word.at == '[') && !memchr(word.at, ']', word.n);
		if (leave_out)
			continue;
		buf[n++] = ' ';
		n = add(buf, n, word.at, word.n);
	}
	if (resolves && !has_dns)
		n = add(buf, n, " dns", 4);
	buf[n++] = '\n';
	return n;
}

static bool is_about_hosts(struct word line, struct word *ret_rest)
{
	struct word key, rest = line;

	if (!next_word(&rest, &key) || !begins(key, "hosts"))
		return false;
	/* "hosts:files", "hosts: files" and "hosts : files" are the same. */
	key.at += 5;
	key.n -= 5;
	if (!key.n && (!next_word(&rest, &key) || *key.at != ':'))
		return false;
	if (*key.at != ':')
		return false;
	*ret_rest = (struct word){ key.at + 1, (size_t)(line.at + line.n - key.at - 1) };
	return true;
}

size_t nsswitch_filter(const char *text, size_t size, char *buf)
{
	struct word line, rest;
	size_t n = 0;
	bool seen = false;

	while (next_line(&text, &size, &line)) {
		/* Of two such lines, the C library may take either. */
		if (!is_about_hosts(line, &rest)) {
			n = add(buf, n, line.at, line.n);
		} else if (!seen) {
			n = add(buf, n, "hosts:", 6);
			n = filter_services(rest, buf, n);
			seen = true;
		}
	}
	buf[n] = '\0';
	return n;
}
