/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "mountinfo.h"
#include "tap.h"

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
