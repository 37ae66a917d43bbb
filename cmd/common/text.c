/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Strings that others have chosen, see text.h. */

#include "common/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* How many bytes the well-formed character at @s has; 0 if there is none. It does not read past
 * the terminator. */
static size_t decode(const unsigned char *s, uint32_t *ret)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc0 ? 2 : 0;
	uint32_t c = n < 2 ? s[0] : s[0] & (0xffu >> (n + 1));

	if (n == 0 || s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*ret = c;
	return n;
}

static bool steers(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

char *text_clean(const char *text, bool utf8)
{
	const unsigned char *s = (const unsigned char *)text;
	char *clean = malloc(4 * strlen(text) + 1), *to = clean;

	if (!clean)
		return NULL;
	while (*s) {
		uint32_t c = 0;
		size_t n = decode(s, &c);

		if (n && !steers(c) && (utf8 || n == 1)) {
			memcpy(to, s, n);
			to += n;
			s += n;
			continue;
		}
		for (n = n ? n : 1; n; n--)
			to += sprintf(to, "\\x%02x", *s++);
	}
	*to = '\0';
	return clean;
}

size_t text_fit(const char *text, size_t columns, size_t *ret_width)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t width = 0;

	while (*s && *s != '\n') {
		uint32_t c = 0;
		size_t n = decode(s, &c);
		int w = n ? wcwidth((wchar_t)c) : 1;

		w = w < 0 ? 1 : w;
		if (width + (size_t)w > columns)
			break;
		width += (size_t)w;
		s += n ? n : 1;
	}
	*ret_width = width;
	return (size_t)(s - (const unsigned char *)text);
}

/* How many of the first @n bytes stay on a line: up to a blank, a comma or a slash if there is
 * one in the second half. */
static size_t break_at(const char *text, size_t n)
{
	for (size_t i = n; i > n / 2; i--)
		if (strchr(" ,/", text[i - 1]))
			return i;
	return n;
}

char *text_fold(const char *text, size_t columns)
{
	char *folded = malloc(2 * strlen(text) + 1), *to = folded;

	while (folded && *text) {
		size_t width, n = text_fit(text, columns, &width);
		bool more = text[n] && text[n] != '\n';

		/* A character wider than the column is shown all the same. */
		if (more)
			n = n ? break_at(text, n) : 1 + strcspn(text + 1, "\n");
		memcpy(to, text, n);
		to += n;
		text += n;
		if (more)
			*to++ = '\n';
		else if (*text)
			*to++ = *text++;
	}
	if (folded)
		*to = '\0';
	return folded;
}

void text_json(FILE *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	fputc('"', out);
	while (*s) {
		uint32_t c = 0;
		size_t n = decode(s, &c);

		if (!n) {
			fprintf(out, "\\\\x%02x", *s++);
			continue;
		}
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", (int)c);
		else if (steers(c) && c < 0x10000)
			fprintf(out, "\\u%04x", (unsigned int)c);
		else
			fwrite(s, 1, n, out);
		s += n;
	}
	fputc('"', out);
}
