/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What containers and ordinary users write: control group paths and state files. */

#include "fuzz.h"
#include "text/cgroup-path.h"
#include "text/json-scan.h"
#include "text/unit.h"

static void fuzz_cgroup(const char *text)
{
	struct cgroup_container c;
	char path[64];

	if (unit_find(text, path, sizeof(path)) == 1) {
		REQUIRE(path[0] && memchr(path, '\0', sizeof(path)) && !strchr(path, '\n'));
		REQUIRE(strchr(path, '.'));
	}
	if (cgroup_file_parse(text, &c)) {
		REQUIRE(c.runtime && c.id[0] && memchr(c.id, '\0', sizeof(c.id)));
		REQUIRE(!strchr(c.id, '/') && !strchr(c.id, '\n'));
		REQUIRE(memchr(c.pod, '\0', sizeof(c.pod)));
		if (cgroup_file_find(text, c.id, path, sizeof(path)) == 0)
			REQUIRE(cgroup_file_is_below(text, path));
	}
}

/* Every value is a piece of the text and JSON itself. */
static void walk(struct json_value value, int depth)
{
	char text[64];
	uint64_t number;

	REQUIRE(depth <= JSON_MAX_DEPTH);
	REQUIRE(json_parse(value.s, value.n).n == value.n);
	if (json_string(value, text, sizeof(text)) == 0)
		REQUIRE(memchr(text, '\0', sizeof(text)));
	(void)json_u64(value, &number);
	(void)json_member(value, "a");
	for (struct json_value item = json_first(value); item.s; item = json_next(value, item)) {
		REQUIRE(item.s >= value.s && item.s + item.n <= value.s + value.n);
		walk(item, depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	struct json_value root = json_parse(text, strlen(text));

	fuzz_cgroup(text);
	if (root.s)
		walk(root, 0);
	free(text);
	return 0;
}
