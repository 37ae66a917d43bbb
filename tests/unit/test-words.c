/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text that grows. */
#include <string.h>
#include <wchar.h>

#include "base/words.h"
#include "tap.h"

TEST(it_grows_and_nothing_is_cut)
{
	struct words words = { NULL };
	size_t n = 0;

	CHECK(!words.text);
	for (int i = 0; i < 2000; i++, n += 5)
		words_add(&words, "%04d ", i);
	CHECK(!words.failed);
	CHECK_INT(words.n, n);
	CHECK_INT(strlen(words.text), n);
	CHECK_STR(words.text + n - 10, "1998 1999 ");
	words_done(&words);
	CHECK(!words.text && !words.n);
}

TEST(one_word_of_a_shell)
{
	static const char *const words[][2] = {
		{ "xn-web", "xn-web" },   { "", "''" },
		{ "a b", "'a b'" },       { "'", "''\\'''" },
		{ "it's", "'it'\\''s'" }, { "$(x)", "'$(x)'" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct words quoted = { NULL };

		words_quote(&quoted, words[i][0]);
		CHECK_STR(quoted.text, words[i][1]);
		words_done(&quoted);
	}
}

TEST(what_could_not_be_added_is_remembered)
{
	struct words words = { NULL };

	words_add(&words, "one");
	/* It is no character, and cannot be written, as where memory is short. */
	words_add(&words, "%lc", (wint_t)0x7fffffff);
	CHECK(words.failed);
	words_add(&words, "three");
	CHECK(words.failed);
	CHECK_STR(words.text, "one");
	words_done(&words);
	CHECK(!words.failed);
}

TAP_MAIN
