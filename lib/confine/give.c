/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Rights that are chosen, and not read from a process: capabilities, and whether the program may
 * make user namespaces, in which it would have all capabilities again.
 */

#include <linux/capability.h>
#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "confine/confine.h"

/* How many user namespaces there may be below the one of the process that opens it, in procfs; see
 * namespaces(7). */
#define MAX_USERNS "sys/user/max_user_namespaces"

static void give(struct libns_confine *confine)
{
	confine->gives_caps = true;
	/* They were the names of another set. */
	confine->give.names = NULL;
}

void confine_name_caps(struct libns_confine *confine)
{
	if (!confine->gives_caps || confine->give.names)
		return;
	libns_caps_format(confine->give.set | confine->give.ambient, confine->give_names,
			  sizeof(confine->give_names));
	confine->give.names = confine->give_names;
}

LIBNS_PUBLIC void libns_confine_set_caps(struct libns_confine *confine, uint64_t set)
{
	confine->give.exact = true;
	confine->give.set = set & caps_known();
	libns_confine_limit_caps(confine, set);
	give(confine);
}

LIBNS_PUBLIC void libns_confine_add_ambient_caps(struct libns_confine *confine, uint64_t set)
{
	confine->give.ambient |= set & caps_known();
	give(confine);
}

int confine_check_caps(const struct libns_confine *confine, struct libns_error *err)
{
	return caps_check_program(&confine->give, confine->keep_caps, err);
}

int confine_give_caps(const struct libns_confine *confine, struct libns_error *err)
{
	return caps_give_program(&confine->give, confine->keep_caps, err);
}

LIBNS_PUBLIC int libns_confine_forbid_userns(struct libns_confine *confine, struct libns_error *err)
{
	int r = confine_open_proc(confine, err);

	if (r < 0)
		return r;
	confine->no_userns = true;
	/* With this capability the program could allow user namespaces again. */
	libns_confine_limit_caps(confine, ~(UINT64_C(1) << CAP_SYS_RESOURCE));
	return 0;
}

/* In a container /proc/sys is read-only, in a procfs of one's own it is not. */
static int forbid_by_new_proc(void)
{
	_cleanup_close_ int proc_fd = sys_new_proc(-1);

	return proc_fd < 0 ? proc_fd : sys_write_at(proc_fd, MAX_USERNS, "0", 1);
}

int confine_forbid_userns(const struct libns_confine *confine, struct libns_error *err)
{
	int r = sys_write_at(confine->proc_fd, MAX_USERNS, "0", 1);

	if (r == -EROFS && forbid_by_new_proc() == 0)
		return 0;

	return r < 0 ? error_set(err, LIBNS_STEP_LIMITS, -r,
				 "cannot forbid user namespaces by /proc/%s", MAX_USERNS)
		     : 0;
}
