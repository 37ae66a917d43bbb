/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The words for mount propagation, see mount_namespaces(7), and their MS_*
 * bits. Whether a change is recursive is spelt as a leading "r", as mount(8)
 * does; the tools add MS_REC where the words of unshare imply it.
 */

#include <string.h>
#include <sys/mount.h>

#include <libns/mount.h>

#include "base/base.h"
#include "base/err.h"

static const struct {
	const char *name;
	unsigned long flags;
} words[] = {
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

LIBNS_PUBLIC int libns_propagation_parse(const char *name, unsigned long *ret_flags,
					 struct libns_error *err)
{
	if (!name || !ret_flags)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no propagation type");
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i].name, name))
			continue;
		*ret_flags = words[i].flags;
		return 0;
	}
	return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "unknown propagation type '%s'", name);
}

LIBNS_PUBLIC const char *libns_propagation_name(unsigned long flags)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].flags == flags)
			return words[i].name;
	return NULL;
}
