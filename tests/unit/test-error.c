/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <limits.h>

#include "base/err.h"
#include "tap.h"

TEST(sentence_ends_with_the_reason)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	CHECK_INT(error_set(&err, LIBNS_STEP_OPEN, EACCES, "cannot open %s", "/x"), -EACCES);
	CHECK_INT(err.code, EACCES);
	CHECK_INT(err.step, LIBNS_STEP_OPEN);
	CHECK_STR(libns_error_text(&err), "cannot open /x: Permission denied");
}

TEST(null_destination)
{
	CHECK_INT(error_set(NULL, LIBNS_STEP_OPEN, EIO, "x"), -EIO);
	CHECK_INT(error_say(NULL, LIBNS_STEP_OPEN, EIO, "x"), -EIO);
	error_prefix(NULL, "x");
	CHECK_STR(libns_error_text(NULL), "");
}

TEST(numbers)
{
	char buf[256];

	CHECK_STR(error_format(buf, sizeof(buf), "%d %d %u %ld %lu", INT_MIN, INT_MAX, UINT_MAX,
			       LONG_MIN, ULONG_MAX),
		  "-2147483648 2147483647 4294967295 -9223372036854775808 "
		  "18446744073709551615");
	CHECK_STR(error_format(buf, sizeof(buf), "%lld %llu %zu%%%c", LLONG_MIN, ULLONG_MAX,
			       (size_t)7, 'x'),
		  "-9223372036854775808 18446744073709551615 7%x");
}

TEST(control_bytes_are_escaped)
{
	char buf[64];

	CHECK_STR(error_format(buf, sizeof(buf), "'%s'", "a\n\033[1m\177\xc3\xa4"),
		  "'a\\x0a\\x1b[1m\\x7f\xc3\xa4'");
	/* U+009B begins a sequence as ESC [ does, U+202E turns all that follows. */
	CHECK_STR(error_format(buf, sizeof(buf), "'%s'",
			       "\xc2\x9b"
			       "1m\xe2\x80\xae\xc2\xa0\xe2\x80\xa0"),
		  "'\\xc2\\x9b1m\\xe2\\x80\\xae\xc2\xa0\xe2\x80\xa0'");
	CHECK_STR(error_format(buf, sizeof(buf), "'%s'", "\xe2\x81\xa6\xef\xbb\xbf\xe2\x80"),
		  "'\\xe2\\x81\\xa6\\xef\\xbb\\xbf\xe2\x80'");
}

TEST(long_object_keeps_the_reason)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	char name[2000];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	error_set(&err, LIBNS_STEP_OPEN, ENOENT, "cannot open %s", name);
	CHECK_INT(strlen(err.text), sizeof(err.text) - 1);
	CHECK_STR(err.text + strlen(err.text) - 27, ": No such file or directory");
	/* No room for a frame: the sentence stays whole. */
	error_prefix(&err, "entering");
	CHECK_INT(strncmp(err.text, "cannot open", 11), 0);
}

TEST(prefix)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	error_say(&err, LIBNS_STEP_IDMAP, EINVAL, "count is 0");
	error_prefix(&err, "--map-users %s", "0:0:0");
	CHECK_STR(err.text, "--map-users 0:0:0: count is 0");
}

TEST(size_is_abi)
{
	CHECK_INT(sizeof(struct libns_error), 512);
}

TEST(every_step_has_a_name)
{
	for (unsigned int step = 0; step <= LIBNS_STEP_SETUP; step++)
		CHECK(libns_error_step_name(step) && *libns_error_step_name(step));
	CHECK_STR(libns_error_step_name(LIBNS_STEP_SETUP + 1), "unknown");
}

TAP_MAIN
