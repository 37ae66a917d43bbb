/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "tap.h"
#include "text/unit.h"

TEST(units_of_control_groups)
{
	static const struct {
		const char *text, *unit;
	} cases[] = {
		{ "0::/init.scope\n", "init.scope" },
		{ "0::/system.slice/ssh.service\n", "ssh.service" },
		{ "0::/system.slice/system-getty.slice/getty@tty1.service\n",
		  "getty@tty1.service" },
		/* What is below a unit has any name. */
		{ "0::/system.slice/web.service/other.service\n", "web.service" },
		{ "0::/system.slice/docker-0.scope/init.scope\n", "docker-0.scope" },
		{ "0::/user.slice/user-7.slice/session-3.scope\n", "session-3.scope" },
		{ "0::/user.slice/user-7.slice/user@7.service/app.slice/app-x.scope\n",
		  "7/app-x.scope" },
		{ "0::/user.slice/user-7.slice/user@7.service/init.scope\n", "7/init.scope" },
		{ "0::/user.slice/user-7.slice/user@7.service\n", "user@7.service" },
		{ "0::/user.slice/user-7.slice/user@7.service/x/y.service\n", "user@7.service" },
		{ "0::/user.slice/user@seven.service/app.scope\n", "user@seven.service" },
		{ "0::/../../system.slice/cron.service\n", "cron.service" },
		{ "0::/system.slice/_cpu.service\n", "cpu.service" },
		{ "0::/system.slice/my\\x2dweb.service\n", "my\\x2dweb.service" },
		/* Version 1 and both. */
		{ "4:memory:/x.service\n1:name=systemd:/system.slice/a.service\n0::/b.service\n",
		  "a.service" },
		{ "4:memory:/x.service\n0::/system.slice/b.service\n", "b.service" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char buf[64] = "";

		CHECK_INT(unit_find(cases[i].text, buf, sizeof(buf)), 1);
		CHECK_STR(buf, cases[i].unit);
	}
}

TEST(no_unit)
{
	static const char *const texts[] = {
		"",
		"0::/\n",
		"0::/system.slice\n",
		"0::/docker/0123/a.service\n",
		"4:memory:/a.service\n",
		"0::/system.slice/.service\n",
		"0::/system.slice/\033[31m.service\n",
		"garbage",
	};
	char buf[64];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		CHECK_INT(unit_find(texts[i], buf, sizeof(buf)), 0);
}

TEST(a_name_that_does_not_fit)
{
	char buf[12];

	CHECK_INT(unit_find("0::/1234.service\n", buf, sizeof(buf)), -E2BIG);
	CHECK_INT(unit_find("0::/123.service\n", buf, sizeof(buf)), 1);
}

TAP_MAIN
