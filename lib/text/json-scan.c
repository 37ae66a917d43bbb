/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A scanner for JSON. json_parse() checks everything once, strictly; what
 * follows walks a text that is known to be right, and can skip over values by
 * counting brackets.
 */

#include "text/json-scan.h"

#include <string.h>

#include "base/base.h"
#include "text/procfile.h"

struct cursor {
	const char *at;
	const char *end;
};

static void skip_blanks(struct cursor *c)
{
	while (c->at < c->end && memchr(" \t\r\n", *c->at, 4))
		c->at++;
}

static bool take(struct cursor *c, char byte)
{
	if (c->at == c->end || *c->at != byte)
		return false;
	c->at++;
	return true;
}

static int hex4(const char *s, const char *end)
{
	int value = 0;

	if (end - s < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char b = s[i];
		int digit = b >= '0' && b <= '9'   ? b - '0'
			    : b >= 'a' && b <= 'f' ? b - 'a' + 10
			    : b >= 'A' && b <= 'F' ? b - 'A' + 10
						   : -1;

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

static bool scan_string(struct cursor *c)
{
	if (!take(c, '"'))
		return false;
	while (c->at < c->end) {
		unsigned char b = (unsigned char)*c->at++;

		if (b == '"')
			return true;
		if (b < 0x20)
			return false;
		if (b != '\\')
			continue;
		if (c->at == c->end)
			return false;
		b = (unsigned char)*c->at++;
		if (b == 'u') {
			if (hex4(c->at, c->end) < 0)
				return false;
			c->at += 4;
		} else if (!b || !strchr("\"\\/bfnrt", b)) {
			return false;
		}
	}
	return false;
}

static bool scan_digits(struct cursor *c)
{
	const char *start = c->at;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
		c->at++;
	return c->at > start;
}

static bool scan_number(struct cursor *c)
{
	take(c, '-');
	if (!take(c, '0') && !scan_digits(c))
		return false;
	if (take(c, '.') && !scan_digits(c))
		return false;
	if (take(c, 'e') || take(c, 'E')) {
		if (!take(c, '+'))
			take(c, '-');
		return scan_digits(c);
	}
	return true;
}

static bool scan_scalar(struct cursor *c)
{
	static const char *const words[] = { "true", "false", "null" };

	if (c->at < c->end && *c->at == '"')
		return scan_string(c);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i]);

		if ((size_t)(c->end - c->at) >= n && !memcmp(c->at, words[i], n)) {
			c->at += n;
			return true;
		}
	}
	return scan_number(c);
}

/* Parses the name of a member and its colon. */
static bool scan_name(struct cursor *c)
{
	skip_blanks(c);
	if (!scan_string(c))
		return false;
	skip_blanks(c);
	return take(c, ':');
}

/* Parses one value, however deep: the open brackets are in an array, without recursion. */
static bool scan_value(struct cursor *c)
{
	char open[JSON_MAX_DEPTH];
	size_t depth = 0;

	for (;;) {
		bool scalar = true;

		skip_blanks(c);
		if (c->at < c->end && (*c->at == '{' || *c->at == '[')) {
			char bracket = *c->at++;
			char close = bracket == '{' ? '}' : ']';

			skip_blanks(c);
			if (!take(c, close)) {
				if (depth == sizeof(open))
					return false;
				open[depth++] = close;
				if (close == '}' && !scan_name(c))
					return false;
				scalar = false;
			}
		} else if (!scan_scalar(c)) {
			return false;
		}
		/* A value has ended, and with it perhaps what surrounds it. */
		while (scalar) {
			if (!depth)
				return true;
			skip_blanks(c);
			if (take(c, ',')) {
				if (open[depth - 1] == '}' && !scan_name(c))
					return false;
				break;
			}
			if (!take(c, open[depth - 1]))
				return false;
			depth--;
		}
	}
}

struct json_value json_parse(const char *text, size_t n)
{
	struct cursor c = { text, text + n };
	struct json_value value;

	skip_blanks(&c);
	value.s = c.at;
	if (!scan_value(&c))
		return (struct json_value){ NULL, 0 };
	value.n = (size_t)(c.at - value.s);
	skip_blanks(&c);
	return c.at == c.end ? value : (struct json_value){ NULL, 0 };
}

/* The item at the cursor; @name, if wanted, receives a member's name in quotes. */
static struct json_value item_at(struct json_value whole, struct cursor *c,
				 struct json_value *ret_name)
{
	struct json_value value = { NULL, 0 };

	skip_blanks(c);
	if (c->at >= c->end || *c->at == '}' || *c->at == ']')
		return value;
	if (whole.s[0] == '{') {
		const char *name = c->at;

		scan_string(c);
		if (ret_name)
			*ret_name = (struct json_value){ name, (size_t)(c->at - name) };
		skip_blanks(c);
		take(c, ':');
		skip_blanks(c);
	}
	value.s = c->at;
	if (!scan_value(c))
		return (struct json_value){ NULL, 0 };
	value.n = (size_t)(c->at - value.s);
	return value;
}

static bool is_collection(struct json_value value)
{
	return value.s && value.n && (value.s[0] == '[' || value.s[0] == '{');
}

static struct json_value next_item(struct json_value whole, struct json_value item,
				   struct json_value *ret_name)
{
	struct cursor c = { item.s + item.n, whole.s + whole.n };

	skip_blanks(&c);
	if (!take(&c, ','))
		return (struct json_value){ NULL, 0 };
	return item_at(whole, &c, ret_name);
}

static struct json_value first_item(struct json_value whole, struct json_value *ret_name)
{
	struct cursor c;

	if (!is_collection(whole))
		return (struct json_value){ NULL, 0 };
	c = (struct cursor){ whole.s + 1, whole.s + whole.n };
	return item_at(whole, &c, ret_name);
}

struct json_value json_first(struct json_value array)
{
	return first_item(array, NULL);
}

struct json_value json_next(struct json_value array, struct json_value item)
{
	return next_item(array, item, NULL);
}

struct json_value json_member(struct json_value object, const char *name)
{
	struct json_value found = { NULL, 0 }, key = { NULL, 0 };

	if (!is_collection(object) || object.s[0] != '{')
		return found;
	for (struct json_value item = first_item(object, &key); item.s;
	     item = next_item(object, item, &key)) {
		char text[128];

		if (json_string(key, text, sizeof(text)) == 0 && !strcmp(text, name))
			found = item;
	}
	return found;
}

struct json_value json_path(struct json_value object, const char *const *names)
{
	for (; *names && object.s; names++)
		object = json_member(object, *names);
	return object;
}

static size_t put_utf8(char out[4], unsigned long code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* The character of an escape; @at is behind the backslash and moves behind it all. */
static unsigned long take_escape(const char **at, const char *end)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char kind = *(*at)++;
	unsigned long code;
	int low;

	if (kind != 'u')
		return (unsigned char)to[strchr(from, kind) - from];
	code = (unsigned long)hex4(*at, end);
	*at += 4;
	if (code < 0xd800 || code > 0xdfff)
		return code;
	low = code < 0xdc00 && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u'
		      ? hex4(*at + 2, end)
		      : -1;
	/* One half of a surrogate pair alone is no character. */
	if (low < 0xdc00 || low > 0xdfff)
		return 0xfffd;
	*at += 6;
	return 0x10000 + ((code - 0xd800) << 10) + ((unsigned long)low - 0xdc00);
}

int json_string(struct json_value value, char *buf, size_t size)
{
	const char *at, *end;
	size_t n = 0;

	if (!value.s || value.n < 2 || value.s[0] != '"')
		return -EINVAL;
	at = value.s + 1;
	end = value.s + value.n - 1;
	while (at < end) {
		char bytes[4] = { *at };
		size_t n_bytes = 1;

		if (*at++ == '\\')
			n_bytes = put_utf8(bytes, take_escape(&at, end));
		if (!bytes[0])
			return -EINVAL;
		if (n + n_bytes >= size)
			return -E2BIG;
		memcpy(buf + n, bytes, n_bytes);
		n += n_bytes;
	}
	if (!size)
		return -E2BIG;
	buf[n] = '\0';
	return 0;
}

int json_u64(struct json_value value, uint64_t *ret)
{
	return value.s ? procfile_u64(value.s, value.n, ret) : -EINVAL;
}
