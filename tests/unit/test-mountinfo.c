/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "tap.h"
#include "text/mountinfo.h"

static int parse(const char *line, struct mountinfo *ret)
{
	return mountinfo_parse((struct procfile_word){ line, strlen(line) }, ret);
}

TEST(fields)
{
	struct mountinfo m;

	CHECK_INT(parse("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:7 - ext3 /dev/root "
			"rw,errors=continue",
			&m),
		  0);
	CHECK_INT(m.id, 36);
	CHECK_INT(m.parent, 35);
	CHECK(mountinfo_word_is(m.root, "/mnt1"));
	CHECK(mountinfo_word_is(m.point, "/mnt2"));
	CHECK(mountinfo_word_is(m.options, "rw,noatime"));
	CHECK(mountinfo_word_is(m.device, "98:0"));
	CHECK(mountinfo_word_is(m.tags, "master:1 shared:7"));
	CHECK(mountinfo_word_is(m.fstype, "ext3"));
	CHECK(mountinfo_word_is(m.source, "/dev/root"));
	CHECK(mountinfo_word_is(m.super, "rw,errors=continue"));
	CHECK(!mountinfo_word_is(m.point, "/mnt"));
	CHECK(!mountinfo_word_is(m.point, "/mnt22"));
}

TEST(empty_source)
{
	struct mountinfo m;

	CHECK_INT(parse("36 35 0:21 / /proc rw - proc  rw,hidepid=invisible", &m), 0);
	CHECK(mountinfo_word_is(m.source, ""));
	CHECK(mountinfo_word_is(m.super, "rw,hidepid=invisible"));
}

TEST(tags)
{
	struct mountinfo m;

	CHECK_INT(parse("36 35 0:21 / / rw shared:5 propagate_from:2 bad:x - proc  rw", &m), 0);
	CHECK_INT(mountinfo_tag(m.tags, "shared"), 5);
	CHECK_INT(mountinfo_tag(m.tags, "propagate_from"), 2);
	CHECK_INT(mountinfo_tag(m.tags, "master"), 0);
	CHECK_INT(mountinfo_tag(m.tags, "share"), 0);
	CHECK_INT(mountinfo_tag(m.tags, "bad"), 0);
	CHECK_INT(parse("36 35 0:21 / / rw - proc shared:1 rw", &m), 0);
	CHECK_INT(m.tags.n, 0);
	CHECK_INT(mountinfo_tag(m.tags, "shared"), 0);
}

TEST(unescapes)
{
	char buf[32];

	CHECK_INT(mountinfo_unescape((struct procfile_word){ "/a\\040b\\134\\012c", 16 }, buf), 7);
	CHECK_STR(buf, "/a b\\\nc");
	/* What is none, and what is cut off. */
	CHECK_INT(mountinfo_unescape((struct procfile_word){ "\\400\\08\\04", 10 }, buf), 10);
	CHECK_STR(buf, "\\400\\08\\04");
}

TEST(finds_by_id)
{
	const char *text =
		"1 0 0:1 / / rw - tmpfs t rw\n36 1 0:2 / /mnt rw shared:7 - tmpfs t rw\n";
	struct mountinfo m;

	CHECK_INT(mountinfo_find(text, 36, &m), 0);
	CHECK(mountinfo_word_is(m.point, "/mnt"));
	CHECK_INT(mountinfo_find(text, 3, &m), -ENOENT);
	CHECK_INT(mountinfo_find("", 1, &m), -ENOENT);
}

TEST(refuses)
{
	static const char *const bad[] = {
		"",
		"36",
		"36 35 98:0 / /mnt rw",
		"36 35 98:0 / /mnt rw - ext3 x",
		"x 35 98:0 / /mnt rw - ext3 x rw",
		"36 -1 98:0 / /mnt rw - ext3 x rw",
		"36 35 98:0 / /mnt rw shared:1 ext3 x rw",
	};
	struct mountinfo m;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(parse(bad[i], &m), -EBADMSG);
}

TEST(options)
{
	struct procfile_word list = { "rw,gid=5,hidepid=2,x", 20 }, value = { NULL, 0 };

	CHECK(mountinfo_has_option(list, "rw", NULL));
	CHECK(mountinfo_has_option(list, "x", &value));
	CHECK_INT(value.n, 0);
	CHECK(mountinfo_has_option(list, "hidepid", &value));
	CHECK(mountinfo_word_is(value, "2"));
	CHECK(!mountinfo_has_option(list, "hide", NULL));
	CHECK(!mountinfo_has_option(list, "r", NULL));
	CHECK(!mountinfo_has_option((struct procfile_word){ NULL, 0 }, "rw", NULL));
}

TAP_MAIN
