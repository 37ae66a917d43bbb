/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * All that can be known beforehand, as a list: every probe is asked, and those
 * of namespace types once for each type.
 */

#include <libns/check.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "diagnose/diagnose.h"

static const struct diagnose_probe *const probes[] = {
	&diagnose_unprivileged_userns,
	&diagnose_apparmor,
	&diagnose_seccomp,
	&diagnose_no_new_privs,
	&diagnose_chroot,
	&diagnose_ids,
	&diagnose_proc_mount,
	&diagnose_newuidmap,
	&diagnose_newgidmap,
	&diagnose_subuid,
	&diagnose_subgid,
};

#define MAX_FINDINGS 64

struct libns_check {
	size_t n;
	struct libns_finding findings[MAX_FINDINGS];
};

static struct libns_finding *next(struct libns_check *check)
{
	assert(check->n < MAX_FINDINGS);
	return &check->findings[check->n++];
}

LIBNS_PUBLIC int libns_check_new(struct libns_check **ret_check, struct libns_error *err)
{
	struct diagnose_place place;
	const struct diagnose_question question = { LIBNS_TYPES_ALL, "", LIBNS_STEP_NONE, 0,
						    &place };
	const struct diagnose_probe *probe;
	struct libns_check *check;
	uint64_t type;

	if (!ret_check)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no place for the findings");
	check = calloc(1, sizeof(*check));
	if (!check)
		return error_set(err, LIBNS_STEP_QUERY, ENOMEM, "cannot check the machine");
	diagnose_look_around(&place);
	for (size_t i = 0; (type = libns_type_at(i)); i++)
		diagnose_one_type(type, &place, next(check));
	for (size_t i = 0; i < ARRAY_SIZE(probes); i++)
		diagnose_ask(probes[i], &question, next(check));
	for (size_t i = 0; (probe = diagnose_kernel_at(i)); i++)
		diagnose_ask(probe, &question, next(check));
	*ret_check = check;
	return 0;
}

LIBNS_PUBLIC struct libns_check *libns_check_free(struct libns_check *check)
{
	free(check);
	return NULL;
}

LIBNS_PUBLIC size_t libns_check_count(const struct libns_check *check)
{
	return check ? check->n : 0;
}

LIBNS_PUBLIC const struct libns_finding *libns_check_at(const struct libns_check *check, size_t i)
{
	return check && i < check->n ? &check->findings[i] : NULL;
}

LIBNS_PUBLIC const char *libns_verdict_name(unsigned int verdict)
{
	static const char *const names[] = {
		[LIBNS_VERDICT_OK] = "ok",
		[LIBNS_VERDICT_LIMITED] = "limited",
		[LIBNS_VERDICT_NO] = "no",
	};

	return verdict < ARRAY_SIZE(names) ? names[verdict] : NULL;
}
