/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "kernel/host-name.h"

#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "kernel/helper.h"

int host_name_find(const char *name, struct libns_ip *ret, struct libns_error *err)
{
	char path[PATH_MAX], own_name[] = "getent", database[] = "ahosts", host[256];
	char *argv[] = { own_name, database, host, NULL };
	struct helper_output output;
	int r = helper_find(own_name, path, sizeof(path));

	if (r < 0)
		return error_set(err, LIBNS_STEP_QUERY, -r,
				 "cannot look up '%s': getent cannot be run", name);
	error_format(host, sizeof(host), "%s", name);
	r = helper_run(path, argv, &output, err);
	if (r < 0)
		return r;
	/* "192.0.2.1       STREAM example.org", one address in several lines. */
	for (char *rest = output.text, *line; (line = strsep(&rest, "\n"));) {
		line[strcspn(line, " \t")] = '\0';
		if (output.status == 0 && libns_ip_parse(line, ret) == 0)
			return 0;
	}
	return error_say(err, LIBNS_STEP_QUERY, ENOENT,
			 "cannot look up '%s': nobody knows that host", name);
}
