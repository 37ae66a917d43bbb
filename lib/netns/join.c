/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * With which rights a network namespace can be joined.
 *
 * The kernel demands CAP_SYS_ADMIN twice: in the user namespace that owns the network, and in that
 * of the caller. Who has it in his own has it in all that are below, so that root joins the network
 * of any sandbox, and stays where he is. An ordinary user has it only in the user namespaces that he
 * has made, and only once he is in there: so the owner is entered too.
 */

#include <linux/capability.h>

#include <libns/enter.h>
#include <libns/netns.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"

static int refused(const char *name, int code, struct libns_error *err)
{
	return error_types(err, LIBNS_TYPE_NET,
			   error_set(err, LIBNS_STEP_ENTER, code,
				     "cannot enter network namespace '%s'", name));
}

static int check_type(int ns_fd, const char *name, struct libns_error *err)
{
	uint64_t type;
	int r = libns_fd_query_type(ns_fd, &type, err);

	if (r == 0 && type != LIBNS_TYPE_NET)
		r = error_say(err, LIBNS_STEP_ENTER, EINVAL,
			      "cannot enter network namespace '%s': it is a namespace of type %s",
			      name, libns_type_name(type) ? libns_type_name(type) : "unknown");
	return r;
}

static int make(const int *fds, size_t n, struct libns_entry **ret, struct libns_error *err)
{
	struct libns_enter_plan plan = LIBNS_ENTER_PLAN_INIT;

	plan.ns_fds = fds;
	plan.n_ns_fds = n;
	return libns_entry_new(&plan, ret, err);
}

/* By way of the user namespace that owns it. */
static int make_by_owner(int ns_fd, const char *name, struct libns_entry **ret,
			 struct libns_error *err)
{
	_cleanup_close_ int owner = libns_fd_open_owner(ns_fd, NULL);
	_cleanup_(libns_entry_freep) struct libns_entry *entry = NULL;
	const int fds[] = { ns_fd, owner };
	uint64_t closed = 0;
	int code = EPERM, r;

	if (owner < 0)
		return refused(name, EPERM, err);
	r = make(fds, ARRAY_SIZE(fds), &entry, err);
	if (r == 0)
		r = libns_entry_query_refused(entry, &closed, &code, err);
	if (r < 0)
		return r;
	if (closed)
		return refused(name, code, err);
	*ret = TAKE_PTR(entry);
	return 0;
}

LIBNS_PUBLIC int libns_netns_entry_new(int ns_fd, const char *name, struct libns_entry **ret_entry,
				       struct libns_error *err)
{
	_cleanup_(libns_entry_freep) struct libns_entry *entry = NULL;
	uint64_t closed = 0;
	int code = EPERM, r = check_type(ns_fd, name, err);

	if (r == 0)
		r = make(&ns_fd, 1, &entry, err);
	/* Who is in there already needs no right. */
	if (r == 0 && libns_entry_get_types(entry))
		r = libns_entry_query_refused(entry, &closed, &code, err);
	if (r < 0)
		return r;
	if (!closed) {
		*ret_entry = TAKE_PTR(entry);
		return 0;
	}
	if (code != EPERM || sys_has_cap(CAP_SYS_ADMIN))
		return refused(name, code, err);
	return make_by_owner(ns_fd, name, ret_entry, err);
}
