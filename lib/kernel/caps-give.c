/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Giving a program the capabilities that it is to have.
 *
 * What it gets at execve(2) is made of other sets than those it had before: root gets the
 * bounding and the inheritable set, anybody else the ambient one. So root needs a limited
 * bounding set and nothing more, and for everybody else the set is made ambient, which takes
 * the same in the inheritable set. Else that one is empty: a file with inheritable
 * capabilities would give the program what nobody meant to (CVE-2022-24769).
 */

#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/base.h"
#include "base/err.h"
#include "kernel/caps.h"

#define BIT(cap) (UINT64_C(1) << (cap))

static bool is_root(void)
{
	int bits = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);

	return geteuid() == 0 && !(bits > 0 && (bits & SECBIT_NOROOT));
}

/* Which of @set are in the bounding set. An answer that is refused does not count as a no. */
static int in_bounding(uint64_t set, uint64_t *ret)
{
	*ret = 0;
	for (unsigned int cap = 0; cap < 64; cap++) {
		int r = set & BIT(cap) ? prctl(PR_CAPBSET_READ, cap, 0, 0, 0) : 0;

		if (r < 0)
			return -errno;
		*ret |= r ? BIT(cap) : 0;
	}
	return 0;
}

/* The ambient set, which is a part of the permitted and the inheritable one. */
static int ambient_set(const struct caps_sets *own, uint64_t *ret)
{
	const uint64_t set = own->permitted & own->inheritable;

	*ret = 0;
	for (unsigned int cap = 0; cap < 64; cap++) {
		int r = set & BIT(cap) ? prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0)
				       : 0;

		/* EINVAL: a kernel without ambient capabilities (before Linux 4.3). */
		if (r < 0 && errno != EINVAL)
			return -errno;
		*ret |= r > 0 ? BIT(cap) : 0;
	}
	return 0;
}

static int cannot_read(const char *which, int r, struct libns_error *err)
{
	return error_set(err, LIBNS_STEP_CAPS, -r, "cannot read the %s capabilities", which);
}

/* The word of @cap in the list of @program's, or its number. */
static void name_of(const struct caps_program *program, unsigned int cap, char *buf, size_t size)
{
	uint64_t all = program->set | program->ambient;
	const char *word = program->names;
	size_t n;

	if (!word) {
		error_format(buf, size, "%u", cap);
		return;
	}
	for (unsigned int i = 0; i < cap; i++)
		if (all & BIT(i))
			word += strcspn(word, ",") + 1;
	n = strcspn(word, ",");
	error_format(buf, n + 1 < size ? n + 1 : size, "%s", word);
}

static int refuse(const struct caps_program *program, uint64_t missing, const char *why,
		  struct libns_error *err)
{
	char name[32];

	/* The lowest one. */
	name_of(program, (unsigned int)__builtin_ctzll(missing), name, sizeof(name));
	return error_say(err, LIBNS_STEP_CAPS, EPERM,
			 "cannot give the program the capability '%s': %s", name, why);
}

int caps_check_program(const struct caps_program *program, uint64_t keep, struct libns_error *err)
{
	uint64_t all = program->set | program->ambient, lacks, bounding;
	struct caps_sets own;
	int r;

	if (all & ~keep)
		return refuse(program, all & ~keep, "it is to be left out, too", err);
	r = caps_get(&own);
	if (r < 0)
		return error_set(err, LIBNS_STEP_CAPS, -r, "cannot read the capabilities");
	lacks = all & ~own.permitted;
	if (lacks)
		return refuse(program, lacks, "who runs it does not have it", err);
	r = in_bounding(all, &bounding);
	if (r < 0)
		return cannot_read("bounding", r, err);
	lacks = all & ~bounding;
	return lacks ? refuse(program, lacks, "it is not in the bounding set", err) : 0;
}

static int set_ambient(uint64_t ambient, struct libns_error *err)
{
	/* EINVAL: a kernel without ambient capabilities (before Linux 4.3). */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
		return error_set(err, LIBNS_STEP_CAPS, errno,
				 "cannot clear the ambient capabilities");
	for (unsigned int cap = 0; cap < 64; cap++)
		if ((ambient & BIT(cap)) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return error_set(err, LIBNS_STEP_CAPS, errno,
					 "cannot make capability %u ambient", cap);
	return 0;
}

int caps_give_program(const struct caps_program *program, uint64_t keep, struct libns_error *err)
{
	struct caps_sets own;
	uint64_t ambient = 0;
	int r = caps_get(&own);

	if (r < 0)
		return error_set(err, LIBNS_STEP_CAPS, -r, "cannot read the capabilities");
	r = program->exact ? 0 : ambient_set(&own, &ambient);
	if (r < 0)
		return cannot_read("ambient", r, err);
	ambient = program->ambient | (ambient & keep);
	if (is_root()) {
		own.permitted &= program->exact ? program->set : keep;
		own.effective = program->exact ? own.permitted : own.effective & keep;
		own.effective |= ambient;
	} else {
		ambient |= program->set;
		/* What a change of the user has left is not what was asked for. */
		own.permitted &= ambient;
		own.effective = own.permitted;
	}
	if ((program->set | ambient) & ~own.permitted)
		return refuse(program, (program->set | program->ambient) & ~own.permitted,
			      "it was lost on the way", err);
	own.inheritable = ambient;
	r = caps_set(&own);
	if (r < 0)
		return error_set(err, LIBNS_STEP_CAPS, -r, "cannot set the capabilities");
	return set_ambient(ambient, err);
}

/* What of @own is permitted to a program, too. */
static int set_of_program(const struct caps_sets *own, uint64_t *ret)
{
	int r;

	if (!is_root())
		return ambient_set(own, ret);
	r = in_bounding(own->permitted, ret);
	*ret |= own->inheritable & own->permitted;
	return r;
}

bool caps_are_of_program(void)
{
	struct caps_sets own;
	uint64_t of_program;

	return caps_get(&own) == 0 && set_of_program(&own, &of_program) == 0 &&
	       of_program == own.permitted;
}

void caps_limit_to_program(void)
{
	struct caps_sets own;
	uint64_t of_program;

	if (caps_get(&own) < 0)
		return;
	if (set_of_program(&own, &of_program) < 0)
		of_program = 0;
	own.permitted &= of_program;
	own.effective &= of_program;
	own.inheritable &= of_program;
	caps_set(&own);
}
