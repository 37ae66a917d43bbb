/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The error object. Sentences are made where something fails, also in a child
 * that was cloned out of a program with threads, where neither malloc() nor
 * printf() may be called: hence the small formatter below. When a sentence
 * does not fit, the words about the object are cut, never the reason.
 */

#include <stdarg.h>
#include <string.h>

#include "base/base.h"
#include "base/err.h"

static const char *const step_names[] = {
	[LIBNS_STEP_NONE] = "none",         [LIBNS_STEP_ARGUMENT] = "argument",
	[LIBNS_STEP_PROC] = "proc",         [LIBNS_STEP_OPEN] = "open",
	[LIBNS_STEP_QUERY] = "query",       [LIBNS_STEP_ENTER] = "enter",
	[LIBNS_STEP_UNSHARE] = "unshare",   [LIBNS_STEP_CLONE] = "clone",
	[LIBNS_STEP_IDMAP] = "idmap",       [LIBNS_STEP_TIME] = "time",
	[LIBNS_STEP_MOUNT] = "mount",       [LIBNS_STEP_PERSIST] = "persist",
	[LIBNS_STEP_ROOT] = "root",         [LIBNS_STEP_CREDENTIALS] = "credentials",
	[LIBNS_STEP_CAPS] = "caps",         [LIBNS_STEP_NETNS] = "netns",
	[LIBNS_STEP_NETLINK] = "netlink",   [LIBNS_STEP_HELPER] = "helper",
	[LIBNS_STEP_WAIT] = "wait",         [LIBNS_STEP_EXEC] = "exec",
	[LIBNS_STEP_NAMES] = "names",       [LIBNS_STEP_LIMITS] = "limits",
	[LIBNS_STEP_TERMINAL] = "terminal", [LIBNS_STEP_LANDLOCK] = "landlock",
	[LIBNS_STEP_CGROUP] = "cgroup",     [LIBNS_STEP_SETUP] = "setup",
};

struct out {
	char *pos;
	char *end; /* the last byte, which is kept for the terminator */
};

static void put(struct out *out, char c)
{
	if (out->pos < out->end)
		*out->pos++ = c;
}

static void put_plain(struct out *out, const char *s)
{
	while (*s)
		put(out, *s++);
}

/*
 * Bytes of the character at @s if a terminal obeys it instead of showing it, in UTF-8 also
 * those of two and three bytes: control characters, line ends and what turns the direction
 * of writing. 0 for all others.
 */
static size_t steers(const unsigned char *s)
{
	if (s[0] < 0x20 || s[0] == 0x7f)
		return 1;
	if (s[0] == 0xc2)
		return s[1] >= 0x80 && s[1] < 0xa0 ? 2 : 0;
	if (s[0] == 0xe2 && s[1] == 0x80)
		return s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xa8 && s[2] <= 0xae) ? 3 : 0;
	if (s[0] == 0xe2 && s[1] == 0x81)
		return s[2] >= 0xa6 && s[2] <= 0xa9 ? 3 : 0;
	return s[0] == 0xef && s[1] == 0xbb && s[2] == 0xbf ? 3 : 0;
}

static void put_string(struct out *out, const char *s)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (s = s ? s : "(null)"; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (n == 0)
			n = steers((const unsigned char *)s);
		if (n == 0) {
			put(out, *s);
			continue;
		}
		n--;
		put_plain(out, "\\x");
		put(out, hex[c >> 4]);
		put(out, hex[c & 15]);
	}
}

static void put_number(struct out *out, unsigned long long value, bool negative)
{
	char digits[24];
	size_t n = sizeof(digits);

	digits[--n] = '\0';
	do
		digits[--n] = (char)('0' + value % 10);
	while (value /= 10);
	if (negative)
		digits[--n] = '-';
	put_plain(out, digits + n);
}

static void put_signed(struct out *out, long long value)
{
	/* It is negated as unsigned, because the smallest value has no positive counterpart. */
	put_number(out, value < 0 ? 0ULL - (unsigned long long)value : (unsigned long long)value,
		   value < 0);
}

static void format_v(struct out *out, const char *format, va_list ap)
{
	for (const char *f = format; *f; f++) {
		int longs = 0;

		if (*f != '%') {
			put(out, *f);
			continue;
		}
		for (f++; *f == 'l' || *f == 'z'; f++)
			longs += *f == 'l' ? 1 : 3;
		switch (*f) {
		case 's':
			put_string(out, va_arg(ap, const char *));
			break;
		case 'c':
			put_string(out, (const char[]){ (char)va_arg(ap, int), '\0' });
			break;
		case 'd':
			put_signed(out, longs == 0   ? va_arg(ap, int)
					: longs == 1 ? va_arg(ap, long)
						     : va_arg(ap, long long));
			break;
		case 'u':
			put_number(out,
				   longs == 0   ? va_arg(ap, unsigned int)
				   : longs == 1 ? va_arg(ap, unsigned long)
				   : longs == 2 ? va_arg(ap, unsigned long long)
						: va_arg(ap, size_t),
				   false);
			break;
		default:
			put(out, *f);
			break;
		}
	}
}

char *error_format_v(char *buf, size_t size, const char *format, va_list ap)
{
	struct out out = { buf, buf + size - 1 };

	assert(size > 0);
	format_v(&out, format, ap);
	*out.pos = '\0';
	return buf;
}

char *error_format(char *buf, size_t size, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	error_format_v(buf, size, format, ap);
	va_end(ap);
	return buf;
}

const char *error_describe(int code)
{
	const char *s = NULL;

#if HAVE_STRERRORDESC_NP
	s = strerrordesc_np(code);
#else
	/* musl: strerror() returns constant strings in the C locale. */
	s = strerror(code);
#endif
	return s ? s : "unknown error";
}

static void begin(struct libns_error *err, unsigned int step, int code)
{
	err->code = code;
	err->step = step;
	err->types = 0;
}

int error_set(struct libns_error *err, unsigned int step, int code, const char *format, ...)
{
	const char *reason = error_describe(code);
	struct out out;
	va_list ap;

	assert(code > 0);
	if (!err)
		return -code;
	begin(err, step, code);
	out = (struct out){ err->text, err->text + sizeof(err->text) - strlen(reason) - 3 };
	va_start(ap, format);
	format_v(&out, format, ap);
	va_end(ap);
	out.end = err->text + sizeof(err->text) - 1;
	put_plain(&out, ": ");
	put_plain(&out, reason);
	*out.pos = '\0';
	return -code;
}

int error_say(struct libns_error *err, unsigned int step, int code, const char *format, ...)
{
	struct out out;
	va_list ap;

	assert(code > 0);
	if (!err)
		return -code;
	begin(err, step, code);
	out = (struct out){ err->text, err->text + sizeof(err->text) - 1 };
	va_start(ap, format);
	format_v(&out, format, ap);
	va_end(ap);
	*out.pos = '\0';
	return -code;
}

static void clean_text(char *text, size_t size)
{
	text[size - 1] = '\0';
	for (unsigned char *c = (unsigned char *)text; *c; c++)
		if (steers(c))
			*c = '?';
}

bool error_make_sound(struct libns_error *err)
{
	clean_text(err->text, sizeof(err->text));
	return *err->text && err->code > 0 && err->code < 4096 &&
	       err->step < ARRAY_SIZE(step_names);
}

int error_unknown(struct libns_error *err, const char *what, uint64_t bits)
{
	return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
			 "this libns knows no %s with the value 1 << %d", what,
			 __builtin_ctzll(bits));
}

void error_prefix(struct libns_error *err, const char *format, ...)
{
	char frame[160];
	struct out out = { frame, frame + sizeof(frame) - 3 };
	size_t n_frame, n_text;
	va_list ap;

	if (!err)
		return;
	va_start(ap, format);
	format_v(&out, format, ap);
	va_end(ap);
	out.end = frame + sizeof(frame) - 1;
	put_plain(&out, ": ");
	*out.pos = '\0';

	n_frame = strlen(frame);
	n_text = strlen(err->text);
	/* The end of the sentence is its reason and must stay. The frame is left out instead. */
	if (n_frame + n_text >= sizeof(err->text))
		return;
	memmove(err->text + n_frame, err->text, n_text + 1);
	memcpy(err->text, frame, n_frame);
}

int error_types(struct libns_error *err, uint64_t types, int r)
{
	if (err)
		err->types = types;
	return r;
}

LIBNS_PUBLIC const char *libns_error_text(const struct libns_error *err)
{
	return err ? err->text : "";
}

LIBNS_PUBLIC const char *libns_error_step_name(unsigned int step)
{
	return step < ARRAY_SIZE(step_names) ? step_names[step] : "unknown";
}
