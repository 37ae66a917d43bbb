/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Capability sets of the calling thread, see capabilities(7).
 *
 * By system call and not through libcap-ng: this runs between clone(2) and
 * execve(2), where that library may not be called (it keeps its state per
 * thread and reads /proc), and glibc wraps neither call.
 */

#include "kernel/caps.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/base.h"
#include "base/err.h"

/* Version 3 of the interface: 64 bits in two words. */
struct sets {
	struct __user_cap_data_struct word[_LINUX_CAPABILITY_U32S_3];
};

static int call(long number, struct sets *sets)
{
	struct __user_cap_header_struct self = { _LINUX_CAPABILITY_VERSION_3, 0 };

	return syscall(number, &self, sets->word) < 0 ? -errno : 0;
}

static bool is_effective(const struct sets *sets, unsigned int cap)
{
	return cap < 64 && sets->word[cap / 32].effective >> cap % 32 & 1;
}

int caps_keep(struct libns_error *err)
{
	struct sets sets;
	int r = call(SYS_capget, &sets);

	if (r < 0)
		return error_set(err, LIBNS_STEP_CAPS, -r, "cannot read the capabilities");
	/* Only what is permitted and inheritable can be ambient. */
	for (size_t i = 0; i < ARRAY_SIZE(sets.word); i++)
		sets.word[i].inheritable = sets.word[i].permitted;
	r = call(SYS_capset, &sets);
	if (r < 0)
		return error_set(err, LIBNS_STEP_CAPS, -r,
				 "cannot make the capabilities inheritable");
	for (unsigned int cap = 0; cap < 64; cap++)
		if (is_effective(&sets, cap) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return error_set(err, LIBNS_STEP_CAPS, errno,
					 "cannot make capability %u ambient", cap);
	return 0;
}
