/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What confines a program, in one object: read.c and cgroup.c fill it, and the steps of a plan
 * take it over by apply.c.
 *
 * When the caller hears that a part could not be taken over, the process that has tried is gone.
 * So that process writes into memory that both share which part it was, and why an optional one
 * was left out. The process that becomes the program does not have that memory, because somebody
 * inside may control it and could write there.
 */

#include "confine/confine.h"

#include <string.h>
#include <sys/mman.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/seccomp.h"

LIBNS_PUBLIC int libns_confine_new(const struct libns_proc *proc, unsigned int user,
				   struct libns_confine **ret, struct libns_error *err)
{
	struct libns_confine *confine = calloc(1, sizeof(*confine));
	void *said = mmap(NULL, sizeof(*confine->said), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (!confine || said == MAP_FAILED) {
		free(confine);
		if (said != MAP_FAILED)
			munmap(said, sizeof(*confine->said));
		return error_set(err, LIBNS_STEP_PROC, ENOMEM, "cannot read what confines it");
	}
	*confine = (struct libns_confine){
		.proc = proc,
		.user = user,
		.keep_caps = UINT64_MAX,
		.oom_fd = -1,
		.proc_fd = -1,
		.said = said,
	};
	*ret = confine;
	return 0;
}

LIBNS_PUBLIC struct libns_confine *libns_confine_free(struct libns_confine *confine)
{
	if (!confine)
		return NULL;
	for (size_t i = 0; i < confine->n_cgroups; i++)
		base_close(confine->cgroups[i]);
	free(confine->cgroups);
	free(confine->groups);
	free(confine->label);
	libns_seccomp_free(confine->filters);
	libns_seccomp_free(confine->added);
	base_close(confine->oom_fd);
	base_close(confine->proc_fd);
	if (confine->said)
		munmap(confine->said, sizeof(*confine->said));
	free(confine);
	return NULL;
}

int confine_take(struct libns_confine *confine, unsigned int part,
		 int (*take)(struct libns_confine *confine, struct libns_error *err),
		 struct libns_error *err)
{
	struct libns_error why = LIBNS_ERROR_INIT;
	int r = confine->parts & part ? take(confine, &why) : 0;

	if (r >= 0)
		return 0;
	confine->parts &= ~part;
	if (confine->said && (confine->optional & part)) {
		confine->said->lost[__builtin_ctz(part)] = why;
		return 0;
	}
	if (confine->said)
		confine->said->failed = part;
	if (err)
		*err = why;
	return r;
}

int confine_open_proc(struct libns_confine *confine, struct libns_error *err)
{
	if (confine->proc_fd < 0)
		confine->proc_fd = sys_open_at(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY);
	return confine->proc_fd < 0
		       ? error_set(err, LIBNS_STEP_PROC, -confine->proc_fd, "cannot open '/proc'")
		       : 0;
}

int confine_hide(struct libns_confine *confine, struct libns_error *err)
{
	if (confine->said && madvise(confine->said, sizeof(*confine->said), MADV_DONTFORK) < 0)
		return error_set(err, LIBNS_STEP_CLONE, errno, "cannot keep memory to a helper");
	confine->said = NULL;
	return 0;
}

LIBNS_PUBLIC void libns_confine_set_optional(struct libns_confine *confine, unsigned int parts)
{
	confine->optional = parts;
}

LIBNS_PUBLIC void libns_confine_limit_caps(struct libns_confine *confine, uint64_t keep)
{
	confine->keep_caps &= keep;
}

LIBNS_PUBLIC void libns_confine_set_no_new_privs(struct libns_confine *confine)
{
	confine->no_new_privs = true;
}

LIBNS_PUBLIC int libns_confine_add_filters(struct libns_confine *confine,
					   const struct libns_seccomp *filters,
					   struct libns_error *err)
{
	int r = confine->added ? 0 : libns_seccomp_new(&confine->added, err);

	if (r < 0)
		return r;
	r = seccomp_set_add_all(confine->added, filters);
	if (r < 0)
		return error_set(err, LIBNS_STEP_ARGUMENT, -r, "cannot keep system call filters");
	confine->no_new_privs = true;
	return 0;
}

LIBNS_PUBLIC unsigned int libns_confine_get_failed(const struct libns_confine *confine)
{
	unsigned int part = *(const volatile unsigned int *)&confine->said->failed;

	return base_one_bit(part) && part < 1u << CONFINE_N_PARTS ? part : 0;
}

LIBNS_PUBLIC bool libns_confine_was_lost(const struct libns_confine *confine, unsigned int part,
					 struct libns_error *ret_why)
{
	struct libns_error why;

	if (!base_one_bit(part) || part >= 1u << CONFINE_N_PARTS)
		return false;
	/* Copied before it is looked at. */
	why = *(const volatile struct libns_error *)&confine->said->lost[__builtin_ctz(part)];
	if (!error_make_sound(&why))
		return false;
	if (ret_why)
		*ret_why = why;
	return true;
}

LIBNS_PUBLIC unsigned int libns_confine_get_parts(const struct libns_confine *confine)
{
	unsigned int parts = confine->parts;

	for (unsigned int i = 0; i < CONFINE_N_PARTS; i++)
		if (libns_confine_was_lost(confine, 1u << i, NULL))
			parts &= ~(1u << i);
	return parts;
}

LIBNS_PUBLIC bool libns_confine_sets_groups(const struct libns_confine *confine)
{
	return (confine->parts & LIBNS_CONFINE_GROUPS) && confine->groups_how != GROUPS_KEPT;
}

LIBNS_PUBLIC size_t libns_confine_count_groups(const struct libns_confine *confine)
{
	return libns_confine_sets_groups(confine) ? confine->n_groups : 0;
}

LIBNS_PUBLIC gid_t libns_confine_group_at(const struct libns_confine *confine, size_t i)
{
	return i < libns_confine_count_groups(confine) ? confine->groups[i] : (gid_t)-1;
}

LIBNS_PUBLIC size_t libns_confine_count_cgroups(const struct libns_confine *confine)
{
	return confine->n_cgroups;
}

LIBNS_PUBLIC const struct libns_seccomp *
libns_confine_get_filters(const struct libns_confine *confine)
{
	return confine->filters;
}
