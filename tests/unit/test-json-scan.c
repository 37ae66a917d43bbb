/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "tap.h"
#include "text/json-scan.h"

static struct json_value parse(const char *text)
{
	return json_parse(text, strlen(text));
}

TEST(accepts_what_is_json)
{
	static const char *const good[] = {
		"{}",
		"[]",
		"0",
		"-0",
		"-1.5e+3",
		"true",
		"null",
		"\"\"",
		" [ ] ",
		"[1,2]",
		"{\"a\":1}",
		"{\"a\":{\"b\":[{},[],\"x\"]}}",
		"\"\\u00e9\\n\\\"\"",
		"[[[[[[]]]]]]",
		"{\"a\":1,\"a\":2}",
		"\"\xff\xfe\"",
		"1E5",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		printf("# %s\n", good[i]);
		CHECK(parse(good[i]).s != NULL);
	}
}

TEST(refuses_what_is_not)
{
	static const char *const bad[] = {
		"",          " ",           "{",         "[",        "}",          "]",
		"[1,]",      "[,1]",        "{\"a\"}",   "{\"a\":}", "{\"a\":1,}", "{a:1}",
		"{'a':1}",   "01",          "+1",        ".5",       "1.",         "1e",
		"-",         "tru",         "nul",       "True",     "\"",         "\"\\\"",
		"\"\\x41\"", "\"\\u12g4\"", "\"\\u12\"", "\"\n\"",   "[1 2]",      "{}{}",
		"[1]x",      "[}",          "{]",        "[[1}",     "{\"a\":1]",  "\"a\" \"b\"",
		"NaN",       "[1]]",
	};
	char deep[200];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		/* By number: one of them has two lines. */
		printf("# %zu\n", i);
		CHECK(parse(bad[i]).s == NULL);
	}
	memset(deep, '[', 100);
	memset(deep + 100, ']', 100);
	CHECK(json_parse(deep, sizeof(deep)).s == NULL);
	CHECK(json_parse("[1]", 2).s == NULL);
}

TEST(members_and_items)
{
	struct json_value root = parse("{ \"a\" : { \"b\" : [ 10 , \"x\\ty\" , {} ] } , \"c\":5,"
				       "\"c\" : 6, \"\\u0064\":7 }");
	struct json_value array = json_path(root, (const char *const[]){ "a", "b", NULL });
	struct json_value item;
	char text[16];
	uint64_t n;

	CHECK(array.s != NULL);
	item = json_first(array);
	CHECK_INT(json_u64(item, &n), 0);
	CHECK_INT(n, 10);
	item = json_next(array, item);
	CHECK_INT(json_string(item, text, sizeof(text)), 0);
	CHECK_STR(text, "x\ty");
	CHECK_INT(json_u64(item, &n), -EINVAL);
	item = json_next(array, item);
	CHECK(item.s && item.s[0] == '{');
	CHECK(json_next(array, item).s == NULL);
	/* As most parsers have it, the last one counts. */
	CHECK_INT(json_u64(json_member(root, "c"), &n), 0);
	CHECK_INT(n, 6);
	CHECK_INT(json_u64(json_member(root, "d"), &n), 0);
	CHECK_INT(n, 7);
	CHECK(json_member(root, "none").s == NULL);
	CHECK(json_member(array, "a").s == NULL);
	CHECK(json_member(json_member(root, "none"), "a").s == NULL);
	CHECK(json_first(parse("[]")).s == NULL);
	CHECK(json_first(parse("5")).s == NULL);
	CHECK_INT(json_string(json_member(root, "none"), text, sizeof(text)), -EINVAL);
}

TEST(strings)
{
	char text[16];

	CHECK_INT(json_string(parse("\"\\u00e9\\ud83d\\ude00\""), text, sizeof(text)), 0);
	CHECK_STR(text, "\xc3\xa9\xf0\x9f\x98\x80");
	/* The first and the last pair. */
	CHECK_INT(json_string(parse("\"\\ud800\\udc00\\udbff\\udfff\""), text, sizeof(text)), 0);
	CHECK_STR(text, "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
	/* Halves of pairs. */
	CHECK_INT(json_string(parse("\"\\ud83dx\""), text, sizeof(text)), 0);
	CHECK_STR(text, "\xef\xbf\xbdx");
	CHECK_INT(json_string(parse("\"\\ude00\\ud83d\""), text, sizeof(text)), 0);
	CHECK_STR(text, "\xef\xbf\xbd\xef\xbf\xbd");
	/* A NUL would end the name early for whoever reads it. */
	CHECK_INT(json_string(parse("\"web\\u0000evil\""), text, sizeof(text)), -EINVAL);
	CHECK_INT(json_string(parse("\"0123456789abcde\""), text, sizeof(text)), 0);
	CHECK_INT(json_string(parse("\"0123456789abcdef\""), text, sizeof(text)), -E2BIG);
	CHECK_INT(json_string(parse("5"), text, sizeof(text)), -EINVAL);
}

TEST(numbers)
{
	uint64_t n;

	CHECK_INT(json_u64(parse("18446744073709551615"), &n), 0);
	CHECK_INT(json_u64(parse("18446744073709551616"), &n), -ERANGE);
	CHECK_INT(json_u64(parse("-1"), &n), -EINVAL);
	CHECK_INT(json_u64(parse("1.0"), &n), -EINVAL);
	CHECK_INT(json_u64(parse("1e3"), &n), -EINVAL);
}

TAP_MAIN
