/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Capability sets of the calling thread, see capabilities(7).
 *
 * This makes the system calls itself instead of using libcap-ng, because it
 * runs between clone(2) and execve(2), where that library may not be called (it
 * keeps its state for each thread and reads /proc). glibc has a wrapper for
 * neither call.
 */

#include "kernel/caps.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <libns/caps.h>

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

int caps_get(struct caps_sets *ret)
{
	struct sets sets;
	int r = call(SYS_capget, &sets);

	if (r < 0)
		return r;
	*ret = (struct caps_sets){ 0, 0, 0 };
	for (size_t i = 0; i < ARRAY_SIZE(sets.word); i++) {
		ret->effective |= (uint64_t)sets.word[i].effective << (32 * i);
		ret->permitted |= (uint64_t)sets.word[i].permitted << (32 * i);
		ret->inheritable |= (uint64_t)sets.word[i].inheritable << (32 * i);
	}
	return 0;
}

int caps_set(const struct caps_sets *wanted)
{
	struct sets sets;

	for (size_t i = 0; i < ARRAY_SIZE(sets.word); i++) {
		sets.word[i].effective = (uint32_t)(wanted->effective >> (32 * i));
		sets.word[i].permitted = (uint32_t)(wanted->permitted >> (32 * i));
		sets.word[i].inheritable = (uint32_t)(wanted->inheritable >> (32 * i));
	}
	return call(SYS_capset, &sets);
}

uint64_t caps_known(void)
{
	unsigned int known = 0, beyond = 64;

	/* Capabilities have no gaps: halve the range in which the last one is. */
	while (known < beyond) {
		unsigned int cap = known + (beyond - known) / 2;

		/* One that cannot be asked for must not be lost without a word. */
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0 || errno != EINVAL)
			known = cap + 1;
		else
			beyond = cap;
	}
	return known < 64 ? (UINT64_C(1) << known) - 1 : UINT64_MAX;
}

bool caps_has_any(void)
{
	struct caps_sets own;

	return caps_get(&own) < 0 || own.permitted;
}

int caps_keep(uint64_t keep, struct libns_error *err)
{
	struct caps_sets own;
	int r = caps_get(&own);

	if (r < 0)
		return error_set(err, LIBNS_STEP_CAPS, -r, "cannot read the capabilities");
	/* Only what is permitted and inheritable can be ambient. */
	own.inheritable = own.permitted & keep;
	r = caps_set(&own);
	if (r < 0)
		return error_set(err, LIBNS_STEP_CAPS, -r,
				 "cannot make the capabilities inheritable");
	for (unsigned int cap = 0; cap < 64; cap++)
		if ((own.effective & keep) >> cap & 1 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return error_set(err, LIBNS_STEP_CAPS, errno,
					 "cannot make capability %u ambient", cap);
	return 0;
}

LIBNS_PUBLIC int libns_caps_limit_bounding(uint64_t keep, struct libns_error *err)
{
	int r;

	for (unsigned int cap = 0; cap < 64; cap++) {
		if (keep >> cap & 1 || prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		/* This is beyond the last capability that the kernel knows. */
		r = -errno;
		if (r == -EINVAL)
			return 0;
		/* Without a right to do that, it may be gone already. */
		if (r != -EPERM || prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != 0)
			return error_set(err, LIBNS_STEP_CAPS, -r, "cannot limit the capabilities");
	}
	return 0;
}

/* Takes all but @keep out; @inheritable, if given, becomes that set as far as it is permitted. */
static int change(uint64_t keep, const uint64_t *inheritable)
{
	struct caps_sets own;
	int r = caps_get(&own);

	if (r < 0)
		return r;
	own.effective &= keep;
	own.permitted &= keep;
	own.inheritable = inheritable ? *inheritable & own.permitted : own.inheritable & keep;
	return caps_set(&own);
}

LIBNS_PUBLIC int libns_caps_limit(uint64_t keep, struct libns_error *err)
{
	int r = change(keep, NULL);

	return r < 0 ? error_set(err, LIBNS_STEP_CAPS, -r, "cannot limit the capabilities") : 0;
}

LIBNS_PUBLIC int libns_caps_set_inherited(uint64_t inheritable, uint64_t ambient,
					  struct libns_error *err)
{
	int r = change(UINT64_MAX, &inheritable);

	/* EINVAL: a kernel without ambient capabilities (before Linux 4.3). */
	if (r == 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 &&
	    errno != EINVAL)
		r = -errno;
	if (r < 0)
		return error_set(err, LIBNS_STEP_CAPS, -r, "cannot limit the capabilities");
	/* A capability that cannot be raised is not permitted or not inheritable, so it is left
	 * out. */
	for (unsigned int cap = 0; cap < 64; cap++)
		if (ambient >> cap & 1)
			prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
	return 0;
}
