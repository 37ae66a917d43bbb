/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Namespaces that the process itself makes late. One is the cgroup namespace, which it makes when it
 * is in its control group: had the clone made it, its root would be the caller's group. The other is
 * a second user namespace.
 *
 * Everything that was set up belongs to the first user namespace, over which the second one gives no
 * rights. The kernel lets every process map its own user id to any number, and also its group id once
 * setgroups(2) is denied.
 */

#include <sched.h>
#include <string.h>
#include <sys/prctl.h>

#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/idmap-write.h"
#include "spawn/setup.h"

int setup_cgroup_namespace(const struct setup *s, struct libns_error *err)
{
	if (!plan_later_types(s->plan) ||
	    step_explain(s->explain, "the control group is the root of what is seen of them",
			 "unshare(CLONE_NEWCGROUP)"))
		return 0;
	if (unshare(CLONE_NEWCGROUP) == 0)
		return 0;
	return error_types(
		err, LIBNS_TYPE_CGROUP,
		error_set(err, LIBNS_STEP_UNSHARE, errno, "cannot create new namespaces (cgroup)"));
}

static int map_one(int dir_fd, enum libns_idmap_kind kind, unsigned int inner, unsigned int outer,
		   struct libns_error *err)
{
	char text[48];
	int r;

	error_format(text, sizeof(text), "%u %u 1", inner, outer);
	r = idmap_write_text(dir_fd, kind, text, strlen(text), err);
	if (r < 0)
		error_prefix(err, "the final user");
	return r;
}

static int make_user_namespace(struct libns_error *err)
{
	int r;

	if (unshare(CLONE_NEWUSER) == 0)
		return 0;
	r = -errno;
	if (r == -EPERM)
		return error_say(
			err, LIBNS_STEP_UNSHARE, EPERM,
			"cannot create the user namespace of the final user: Operation not permitted "
			"(the kernel refuses it in a chroot, which --root is without a mount "
			"namespace; a filter or a security module may refuse it as well)");
	return error_types(err, LIBNS_TYPE_USER,
			   error_set(err, LIBNS_STEP_UNSHARE, -r,
				     "cannot create the user namespace of the final user"));
}

int setup_final_user(const struct setup *s, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan->ask;
	/* They are read before, because afterwards they are 65534 until they are mapped. */
	unsigned int uid = geteuid(), gid = getegid();
	_cleanup_close_ int proc = -1;
	int r;

	if (!(ask->flags & LIBNS_PLAN_FINAL_USER))
		return 0;
	if (step_explain(s->explain, "a second user namespace, with no right over the first",
			 "unshare(CLONE_NEWUSER), map %u:%u", ask->final_uid, ask->final_gid))
		return setup_confine_again(s, err);
	/* A change of ids has given the files in /proc/self to root. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	/* The new root may have no /proc. */
	proc = s->own_fds < 0 ? -ENOENT : sys_open_at(s->own_fds, "..", O_PATH | O_DIRECTORY);
	if (proc < 0)
		return error_set(err, LIBNS_STEP_IDMAP, -proc, "cannot open '/proc/self'");
	r = make_user_namespace(err);
	if (r == 0)
		r = idmap_write_setgroups(proc, false, err);
	if (r == 0)
		r = map_one(proc, LIBNS_IDMAP_UID, ask->final_uid, uid, err);
	if (r == 0)
		r = map_one(proc, LIBNS_IDMAP_GID, ask->final_gid, gid, err);
	return r < 0 ? r : setup_confine_again(s, err);
}
