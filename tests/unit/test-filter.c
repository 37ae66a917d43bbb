/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The filter language of xlsns; its source is that of the tool. */

#include "../../cmd/xlsns/filter.c"
#include "tap.h"

/* Columns of one made-up row. */
static const char *const names[] = { "NS", "TYPE", "PID", "COMMAND", "NSFS" };
static const char *const mounts[] = { "/run/netns/a", "/run/netns/b c", NULL };

static int find(const char *name, size_t n)
{
	for (int i = 0; i < 5; i++)
		if (strlen(names[i]) == n && !strncasecmp(names[i], name, n))
			return i;
	return -1;
}

static void get(void *data, int column, struct filter_value *ret)
{
	static const char *const values[] = { "4026531840", "net", NULL, "sleep 1000" };

	*ret = (struct filter_value){ column < 4 ? values[column] : NULL,
				      column == 4 ? mounts : NULL };
	*(int *)data += 1;
}

static int match(const char *text)
{
	struct filter_error error;
	struct filter *f = filter_new(text, find, &error);
	int r, asked = 0;

	if (!f)
		return -1;
	r = filter_match(f, get, &asked);
	filter_free(f);
	return r;
}

TEST(comparisons)
{
	CHECK_INT(match("TYPE == \"net\""), 1);
	CHECK_INT(match("type eq 'net'"), 1);
	CHECK_INT(match("TYPE != 'net'"), 0);
	CHECK_INT(match("NS > 4026531839"), 1);
	CHECK_INT(match("NS >= 4026531840 && NS <= 4026531840"), 1);
	CHECK_INT(match("NS lt 999999999999"), 1);
	/* As numbers, not as text. */
	CHECK_INT(match("NS > 5"), 1);
	CHECK_INT(match("'net' == TYPE"), 1);
	CHECK_INT(match("TYPE > 'mnt'"), 1);
	CHECK_INT(match("TYPE==\"net\"&&NS>1"), 1);
}

TEST(logic)
{
	CHECK_INT(match("true && ! false"), 1);
	CHECK_INT(match("false or true and false"), 0);
	CHECK_INT(match("(false or true) and not false"), 1);
	CHECK_INT(match("!(TYPE == 'net')"), 0);
	CHECK_INT(match("not not TYPE"), 1);
	CHECK_INT(match("TYPE"), 1);
	CHECK_INT(match("PID"), 0);
	CHECK_INT(match("0"), 0);
}

TEST(regular_expressions)
{
	CHECK_INT(match("COMMAND =~ '^sle+p'"), 1);
	CHECK_INT(match("COMMAND !~ '^sle+p'"), 0);
	CHECK_INT(match("COMMAND =~ \"10{3}$\""), 1);
	CHECK_INT(match("COMMAND =~ '('"), -1);
	CHECK_INT(match("COMMAND =~ TYPE"), -1);
}

TEST(no_value_equals_nothing)
{
	CHECK_INT(match("PID == 0"), 0);
	CHECK_INT(match("PID == ''"), 0);
	CHECK_INT(match("PID != 7"), 1);
	CHECK_INT(match("PID < 7"), 0);
	CHECK_INT(match("PID =~ '.*'"), 0);
}

TEST(lists)
{
	CHECK_INT(match("NSFS == '/run/netns/b c'"), 1);
	CHECK_INT(match("NSFS =~ '/a$'"), 1);
	CHECK_INT(match("NSFS == '/nosuch'"), 0);
	CHECK_INT(match("NSFS != '/nosuch'"), 1);
	CHECK_INT(match("NSFS"), 1);
}

TEST(quotes)
{
	CHECK_INT(match("'a\\'b' == \"a'b\""), 1);
	CHECK_INT(match("'a\\\\b' == \"a\\\\b\""), 1);
}

TEST(syntax_errors)
{
	static const char *const bad[] = {
		"",
		" ",
		"(",
		")",
		"TYPE ==",
		"== 'net'",
		"TYPE = 'net'",
		"'net",
		"TYPE 'net'",
		"nosuch == 1",
		"TYPE == 'net' &&",
		"(TYPE",
		"TYPE)",
		"!",
		"a b",
		"TYPE & NS",
		"\x01",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct filter_error error;
		struct filter *f = filter_new(bad[i], find, &error);

		if (f)
			TAP_FAIL("accepted: '%s'", bad[i]);
		CHECK(*error.text && !strchr(error.text, '\n'));
		CHECK_INT(error.no_column, !strncmp(error.text, "unknown column", 14));
	}
}

TEST(depth_is_limited)
{
	char deep[4096];

	memset(deep, '(', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	CHECK_INT(match(deep), -1);
	memset(deep, '!', sizeof(deep) - 1);
	CHECK_INT(match(deep), -1);
}

TEST(columns_in_use)
{
	struct filter_error error;
	struct filter *f = filter_new("!(TYPE == 'x') || NS > 1", find, &error);

	CHECK(f != NULL);
	CHECK(filter_uses(f, 0));
	CHECK(filter_uses(f, 1));
	CHECK(!filter_uses(f, 2));
	filter_free(f);
}

TAP_MAIN
