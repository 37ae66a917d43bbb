/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Theory of operation. The lists are allocated once, for as much as the text can hold at most: an
 * array that grows would leave copies of keys in memory that was given back.
 */

#include "text/wg-conf.h"

#include <string.h>
#include <strings.h>

#include "base/base.h"
#include "base/err.h"

enum section { NOWHERE, INTERFACE, PEER };

struct reader {
	struct wg_conf *conf;
	struct wg_peer *peer; /* the section that is being read */
	enum section section;
	const char *name;
	unsigned int line;
	struct libns_error *err;
};

/* A part of the text. */
struct word {
	const char *text;
	size_t n;
};

static int wrong(const struct reader *reader, const char *what)
{
	return error_say(reader->err, LIBNS_STEP_ARGUMENT, EINVAL, "'%s', line %u: %s",
			 reader->name, reader->line, what);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct word trimmed(const char *text, size_t n)
{
	while (n && is_blank(*text)) {
		text++;
		n--;
	}
	while (n && is_blank(text[n - 1]))
		n--;
	return (struct word){ text, n };
}

static bool is(const struct word *word, const char *text)
{
	return word->n == strlen(text) && !strncasecmp(word->text, text, word->n);
}

/* Takes the next of several words that commas divide. Return: false at the end. */
static bool next_word(struct word *list, struct word *ret)
{
	const char *comma;
	size_t n;

	if (!list->text)
		return false;
	comma = memchr(list->text, ',', list->n);
	n = comma ? (size_t)(comma - list->text) : list->n;
	*ret = trimmed(list->text, n);
	*list = comma ? (struct word){ comma + 1, list->n - n - 1 } : (struct word){ NULL, 0 };
	return true;
}

/* ------------------------------------------------------------------------ values */

static int digit64(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* 43 digits and "=": 32 bytes, of which the last digit holds four bits. */
static int take_key(const struct reader *reader, const struct word *word, uint8_t key[WG_KEY_SIZE])
{
	uint32_t bits = 0;
	size_t n = 0;

	if (word->n != 44 || word->text[43] != '=')
		return wrong(reader, "a key is 44 characters of base64");
	for (size_t i = 0; i < 43; i++) {
		int digit = digit64(word->text[i]);

		if (digit < 0 || (i == 42 && digit & 3))
			return wrong(reader, "a key is 44 characters of base64");
		bits = bits << 6 | (uint32_t)digit;
		if (i % 4)
			key[n++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
	}
	return 0;
}

/* A number, also in hexadecimal; "off" is 0. */
static int take_number(const struct reader *reader, const struct word *word, uint32_t max,
		       uint32_t *ret)
{
	bool hex = word->n > 2 && word->text[0] == '0' && (word->text[1] | 32) == 'x';
	uint64_t value = 0, base = hex ? 16 : 10;

	if (is(word, "off")) {
		*ret = 0;
		return 0;
	}
	for (size_t i = hex ? 2 : 0; i < word->n; i++) {
		char c = word->text[i];
		uint64_t digit = c >= '0' && c <= '9'         ? (uint64_t)(c - '0')
				 : (c | 32) >= 'a' && c > '9' ? (uint64_t)((c | 32) - 'a' + 10)
							      : 16;

		if (digit >= base || (value = value * base + digit) > max)
			return wrong(reader, "not a number, or too large");
	}
	if (!word->n)
		return wrong(reader, "a number is missing");
	*ret = (uint32_t)value;
	return 0;
}

static bool parse_ip(const struct word *word, struct libns_ip *ret)
{
	char text[LIBNS_IP_TEXT];

	if (word->n >= sizeof(text) || memchr(word->text, '\0', word->n))
		return false;
	memcpy(text, word->text, word->n);
	text[word->n] = '\0';
	return libns_ip_parse(text, ret) == 0;
}

static int take_ips(const struct reader *reader, struct word list, struct libns_ip *all, size_t *n)
{
	struct word word;

	while (next_word(&list, &word)) {
		/* An empty list of networks is allowed. */
		if (!word.n && !list.text)
			break;
		if (!parse_ip(&word, &all[*n]))
			return wrong(reader, "not an address");
		++*n;
	}
	return 0;
}

/* Name servers; the names of domains between them are left out, as nobody searches there. */
static int take_dns(const struct reader *reader, struct word list)
{
	struct wg_conf *conf = reader->conf;
	struct word word;

	while (next_word(&list, &word)) {
		struct libns_ip *ip = &conf->dns[conf->n_dns];

		if (!word.n || memchr(word.text, '/', word.n))
			return wrong(reader, "not the address of a name server");
		if (parse_ip(&word, ip))
			conf->n_dns++;
		else if (memchr(word.text, ':', word.n) || (word.text[word.n - 1] & ~15) == '0')
			return wrong(reader, "not the address of a name server");
	}
	return 0;
}

/* "host:port", "[address]:port". */
static int take_endpoint(const struct reader *reader, const struct word *word)
{
	struct wg_peer *peer = reader->peer;
	struct word host = *word, port = { NULL, 0 };
	uint32_t number;
	int r;

	for (size_t i = word->n; i > 0 && !port.text; i--)
		if (word->text[i - 1] == ':')
			port = (struct word){ word->text + i, word->n - i };
	if (!port.text)
		return wrong(reader, "an endpoint is HOST:PORT");
	host.n = word->n - port.n - 1;
	if (host.n > 2 && host.text[0] == '[' && host.text[host.n - 1] == ']')
		host = (struct word){ host.text + 1, host.n - 2 };
	else if (memchr(host.text, ':', host.n))
		return wrong(reader, "an IPv6 endpoint is [ADDRESS]:PORT");
	if (!host.n || host.n >= sizeof(peer->host) || memchr(host.text, '\0', host.n) ||
	    memchr(host.text, '/', host.n) || *host.text == '-')
		return wrong(reader, "an endpoint is HOST:PORT");
	r = take_number(reader, &port, UINT16_MAX, &number);
	if (r < 0 || number == 0)
		return r < 0 ? r : wrong(reader, "an endpoint is HOST:PORT");
	memcpy(peer->host, host.text, host.n);
	peer->host[host.n] = '\0';
	peer->port = (uint16_t)number;
	if (!parse_ip(&host, &peer->endpoint))
		peer->endpoint = (struct libns_ip){ .family = 0 };
	return 0;
}

/* ---------------------------------------------------------------------- sections */

static int refuse(const struct reader *reader, const char *key)
{
	return error_say(reader->err, LIBNS_STEP_ARGUMENT, EOPNOTSUPP,
			 "'%s', line %u: %s is for wg-quick only: no command of the file is run "
			 "and no table of it is used; take the line out",
			 reader->name, reader->line, key);
}

static int take_interface(struct reader *reader, const struct word *key, const struct word *value)
{
	static const char *const refused[] = { "PreUp",    "PostUp", "PreDown",
					       "PostDown", "Table",  "SaveConfig" };
	struct wg_conf *conf = reader->conf;
	uint32_t number = 0;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (is(key, refused[i]))
			return refuse(reader, refused[i]);
	if (is(key, "PrivateKey")) {
		conf->has_private_key = true;
		return take_key(reader, value, conf->private_key);
	}
	if (is(key, "Address"))
		return take_ips(reader, *value, conf->addresses, &conf->n_addresses);
	if (is(key, "DNS"))
		return take_dns(reader, *value);
	if (is(key, "FwMark"))
		return take_number(reader, value, UINT32_MAX, &conf->fwmark);
	if (is(key, "MTU")) {
		r = take_number(reader, value, UINT16_MAX, &conf->mtu);
		return r == 0 && conf->mtu < 576 ? wrong(reader, "an MTU is 576 to 65535") : r;
	}
	if (!is(key, "ListenPort"))
		return wrong(reader, "no setting of an [Interface]");
	r = take_number(reader, value, UINT16_MAX, &number);
	conf->listen_port = (uint16_t)number;
	return r;
}

static int take_peer(struct reader *reader, const struct word *key, const struct word *value)
{
	struct wg_peer *peer = reader->peer;
	uint32_t number = 0;
	int r;

	if (is(key, "PublicKey"))
		return take_key(reader, value, peer->public_key);
	if (is(key, "PresharedKey"))
		return take_key(reader, value, peer->preshared_key);
	if (is(key, "Endpoint"))
		return take_endpoint(reader, value);
	if (is(key, "AllowedIPs")) {
		r = take_ips(reader, *value, reader->conf->allowed, &reader->conf->n_allowed);
		peer->n_allowed = reader->conf->n_allowed - peer->allowed;
		return r;
	}
	if (!is(key, "PersistentKeepalive"))
		return wrong(reader, "no setting of a [Peer]");
	r = take_number(reader, value, UINT16_MAX, &number);
	peer->keepalive = (uint16_t)number;
	return r;
}

static bool is_zero(const uint8_t key[WG_KEY_SIZE])
{
	uint8_t all = 0;

	for (size_t i = 0; i < WG_KEY_SIZE; i++)
		all |= key[i];
	return !all;
}

static int end_section(const struct reader *reader)
{
	if (reader->section == PEER && is_zero(reader->peer->public_key))
		return wrong(reader, "the [Peer] before has no PublicKey");
	return 0;
}

static int begin_section(struct reader *reader, const struct word *line)
{
	int r = end_section(reader);

	if (r < 0)
		return r;
	if (is(line, "[Interface]")) {
		reader->section = INTERFACE;
		return 0;
	}
	if (!is(line, "[Peer]"))
		return wrong(reader, "a section is [Interface] or [Peer]");
	reader->section = PEER;
	reader->peer = &reader->conf->peers[reader->conf->n_peers++];
	reader->peer->allowed = reader->conf->n_allowed;
	return 0;
}

static int take_line(struct reader *reader, const char *text, size_t n)
{
	const char *comment = memchr(text, '#', n), *equals;
	struct word line = trimmed(text, comment ? (size_t)(comment - text) : n), key, value;

	if (!line.n)
		return 0;
	if (*line.text == '[')
		return begin_section(reader, &line);
	equals = memchr(line.text, '=', line.n);
	if (!equals)
		return wrong(reader, "a line is KEY = VALUE");
	key = trimmed(line.text, (size_t)(equals - line.text));
	value = trimmed(equals + 1, line.n - (size_t)(equals + 1 - line.text));
	if (reader->section == NOWHERE)
		return wrong(reader, "a section begins with [Interface] or [Peer]");
	return reader->section == PEER ? take_peer(reader, &key, &value)
				       : take_interface(reader, &key, &value);
}

/* How much there can be at most: every address has a comma or a line, every peer a bracket. */
static bool allocate(struct wg_conf *conf, const char *text, size_t size)
{
	size_t n = 1, n_peers = 1;

	for (size_t i = 0; i < size; i++) {
		n += text[i] == ',' || text[i] == '\n';
		n_peers += text[i] == '[';
	}
	conf->addresses = calloc(n, sizeof(*conf->addresses));
	conf->dns = calloc(n, sizeof(*conf->dns));
	conf->allowed = calloc(n, sizeof(*conf->allowed));
	conf->peers = calloc(n_peers, sizeof(*conf->peers));
	return conf->addresses && conf->dns && conf->allowed && conf->peers;
}

int wg_conf_parse(const char *text, size_t size, const char *name, struct wg_conf *ret,
		  struct libns_error *err)
{
	struct wg_conf conf = { .has_private_key = false };
	struct reader reader = { .conf = &conf, .name = name, .err = err };
	int r = 0;

	if (!allocate(&conf, text, size))
		r = error_set(err, LIBNS_STEP_ARGUMENT, ENOMEM, "cannot read '%s'", name);
	while (r == 0 && size) {
		const char *end = memchr(text, '\n', size);
		size_t n = end ? (size_t)(end - text) : size;

		reader.line++;
		r = take_line(&reader, text, n);
		text += end ? n + 1 : n;
		size -= end ? n + 1 : n;
	}
	if (r == 0)
		r = end_section(&reader);
	if (r == 0 && !conf.has_private_key)
		r = error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "'%s': there is no PrivateKey",
			      name);
	if (r < 0)
		wg_conf_done(&conf);
	else
		*ret = conf;
	explicit_bzero(&conf, sizeof(conf));
	return r;
}

void wg_conf_done(struct wg_conf *conf)
{
	if (conf->peers)
		explicit_bzero(conf->peers, conf->n_peers * sizeof(*conf->peers));
	free(conf->addresses);
	free(conf->dns);
	free(conf->allowed);
	free(conf->peers);
	explicit_bzero(conf, sizeof(*conf));
}
