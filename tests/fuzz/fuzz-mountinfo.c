/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"
#include "text/mountinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	const char *s = text;
	struct procfile_word line, value;

	while ((line = procfile_next_line(&s)).s) {
		struct mountinfo mount;
		char *unescaped;

		if (mountinfo_parse(line, &mount) < 0)
			continue;
		REQUIRE(mount.root.s >= line.s && mount.super.s + mount.super.n <= line.s + line.n);
		REQUIRE(mount.point.s > mount.root.s && mount.options.s > mount.point.s);
		REQUIRE(mount.fstype.s > mount.options.s && mount.source.s > mount.fstype.s);
		REQUIRE(mount.tags.s >= mount.options.s &&
			mount.tags.s + mount.tags.n <= mount.fstype.s);
		mountinfo_tag(mount.tags, "shared");
		unescaped = malloc(mount.point.n + 1);
		REQUIRE(unescaped);
		REQUIRE(mountinfo_unescape(mount.point, unescaped) <= mount.point.n);
		free(unescaped);
		if (mountinfo_has_option(mount.super, "hidepid", &value))
			REQUIRE(value.s > mount.super.s &&
				value.s + value.n <= mount.super.s + mount.super.n);
	}
	free(text);
	return 0;
}
