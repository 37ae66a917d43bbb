/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* JSON as ip(8) lays it out, for the tool that stands in for it. */

#include "json.h"

#include <inttypes.h>
#include <stdio.h>

void json_begin(struct json *json)
{
	fputs(json->pretty ? "[ " : "[", stdout);
	json->rows = false;
}

void json_object(struct json *json)
{
	fputs(json->rows ? ",{" : "{", stdout);
	json->rows = true;
	json->fields = false;
}

static void key_of(struct json *json, const char *key)
{
	if (json->fields)
		putchar(',');
	if (json->pretty)
		printf("\n        \"%s\": ", key);
	else
		printf("\"%s\":", key);
	json->fields = true;
}

/* Length of the valid UTF-8 sequence at @s (RFC 3629), or 0. */
static int sequence(const unsigned char *s)
{
	unsigned char low = 0x80, high = 0xbf;
	int n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (s[0] > 0xf4 || n == 0)
		return 0;
	/* No overlong forms, no surrogates, nothing above U+10FFFF. */
	if (s[0] == 0xe0)
		low = 0xa0;
	if (s[0] == 0xed)
		high = 0x9f;
	if (s[0] == 0xf0)
		low = 0x90;
	if (s[0] == 0xf4)
		high = 0x8f;
	for (int i = 1; i < n; i++) {
		if (s[i] < low || s[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return n;
}

static void quoted(const char *value)
{
	const unsigned char *s = (const unsigned char *)value;

	putchar('"');
	while (*s) {
		int n = sequence(s);

		if (n == 0)
			fputs("\\ufffd", stdout);
		else if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if (*s < 0x20 || *s == 0x7f)
			printf("\\u%04x", *s);
		else
			fwrite(s, 1, (size_t)n, stdout);
		s += n ? n : 1;
	}
	putchar('"');
}

void json_string(struct json *json, const char *key, const char *value)
{
	key_of(json, key);
	quoted(value);
}

void json_number(struct json *json, const char *key, int64_t value)
{
	key_of(json, key);
	printf("%" PRId64, value);
}

void json_object_end(struct json *json)
{
	fputs(json->pretty ? "\n    }" : "}", stdout);
}

void json_end(struct json *json)
{
	fputs(json->pretty ? " ]\n" : "]\n", stdout);
}
