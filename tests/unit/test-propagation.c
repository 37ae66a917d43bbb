/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sys/mount.h>

#include <libns/mount.h>

#include "tap.h"

TEST(words)
{
	static const struct {
		const char *name;
		unsigned long flags;
	} all[] = {
		{ "private", MS_PRIVATE },
		{ "rprivate", MS_PRIVATE | MS_REC },
		{ "shared", MS_SHARED },
		{ "rshared", MS_SHARED | MS_REC },
		{ "slave", MS_SLAVE },
		{ "rslave", MS_SLAVE | MS_REC },
		{ "unbindable", MS_UNBINDABLE },
		{ "runbindable", MS_UNBINDABLE | MS_REC },
		{ "unchanged", 0 },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		unsigned long flags = 99;

		CHECK_INT(libns_propagation_parse(all[i].name, &flags, NULL), 0);
		CHECK_INT(flags, all[i].flags);
		CHECK_STR(libns_propagation_name(flags), all[i].name);
	}
}

TEST(refuses)
{
	static const char *const bad[] = { "", "r", "runchanged", "Private", "private ", "slav" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct libns_error err = LIBNS_ERROR_INIT;
		unsigned long flags = 99;

		CHECK_INT(libns_propagation_parse(bad[i], &flags, &err), -EINVAL);
		CHECK_INT(flags, 99);
		CHECK_CONTAINS(err.text, "unknown propagation type");
		CHECK_INT(err.step, LIBNS_STEP_ARGUMENT);
	}
	CHECK_INT(libns_propagation_parse(NULL, NULL, NULL), -EINVAL);
	CHECK(libns_propagation_name(MS_REC) == NULL);
	CHECK(libns_propagation_name(MS_PRIVATE | MS_SHARED) == NULL);
}

TAP_MAIN
