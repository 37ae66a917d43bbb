/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What others have left behind or undone.
 *
 * Theory of operation
 *
 * Everything is looked at in the order in which it hangs together: names, what is mounted on them,
 * links, then what the host has for links, and last the files. Where it is mended, that is done at
 * once, under the lock of all that wires, and what comes later sees it mended: a link that is taken
 * away makes the ports of its name garbage.
 *
 * What the lock does not protect from is ip(8), which takes none. It makes files and binds
 * namespaces on them, so only files that are older than that takes are looked at.
 */

#include "wire/doctor.h"

#include "base/base.h"
#include "base/err.h"
#include "base/sized.h"
#include "netns/dir.h"
#include "wire/state.h"

#define FLAGS (LIBNS_WIRE_DRY_RUN | LIBNS_WIRE_MEND | LIBNS_WIRE_GARBAGE)

static int read_names(struct doctor *doctor, struct libns_error *err)
{
	doctor->names = libns_netns_list_free(doctor->names);
	return libns_netns_list_new(doctor->o->run_fd, &doctor->names, err);
}

static int read_links(struct doctor *doctor, struct libns_error *err)
{
	int r = wire_place_open(&doctor->host, err);

	doctor->links = libns_links_free(doctor->links);
	return r < 0 ? r : libns_links_new(doctor->host.rtnl, &doctor->links, err);
}

static int look(struct doctor *doctor, struct libns_error *err)
{
	int r = read_names(doctor, err);

	if (r == 0)
		r = doctor_names(doctor, err);
	if (r == 0)
		r = doctor_mounts(doctor, err);
	if (r == 0)
		r = read_names(doctor, err);
	if (r == 0)
		r = read_links(doctor, err);
	if (r == 0)
		r = doctor_links(doctor, err);
	if (r == 0)
		r = read_links(doctor, err);
	if (r == 0)
		r = doctor_ways(doctor, err);
	return r == 0 ? doctor_files(doctor, err) : r;
}

LIBNS_PUBLIC int libns_wire_doctor(const struct libns_wire_doctor_options *options,
				   struct libns_wire_findings **ret_findings,
				   struct libns_error *err)
{
	_cleanup_(libns_wire_findings_freep) struct libns_wire_findings *out =
		calloc(1, sizeof(*out));
	struct libns_wire_doctor_options own = LIBNS_WIRE_DOCTOR_OPTIONS_INIT;
	struct doctor doctor = { .o = &own, .out = out, .host = { NULL, LIBNS_LINK_HERE, NULL } };
	_cleanup_close_ int lock_fd = -1;
	int r = 0;

	if (!out)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot list what was found");
	if (options)
		r = base_copy_sized(&own, sizeof(own), options, sizeof(own), "the doctor", err);
	if (r == 0 && own.flags & ~FLAGS)
		r = error_unknown(err, "the doctor", own.flags & ~FLAGS);
	if (r < 0)
		return r;
	if (own.name)
		r = netns_check_name(own.name, err);
	if (r < 0)
		return r;
	doctor.step_flags = own.flags & LIBNS_WIRE_DRY_RUN;
	if ((own.flags & (LIBNS_WIRE_MEND | LIBNS_WIRE_DRY_RUN)) == LIBNS_WIRE_MEND) {
		lock_fd = wire_state_lock(err);
		if (lock_fd < 0)
			return lock_fd;
	}
	r = look(&doctor, err);
	if (r == 0 && own.name && !out->n && !doctor_has_name(&doctor, own.name))
		r = error_say(err, LIBNS_STEP_NETNS, ENOENT,
			      "there is no network namespace '%s', and nothing is left of one",
			      own.name);
	libns_netns_list_free(doctor.names);
	libns_links_free(doctor.links);
	doctor_forget_sought(&doctor);
	wire_place_done(&doctor.host);
	if (r == 0)
		r = findings_done(out, err);
	if (r == 0)
		*ret_findings = TAKE_PTR(out);
	return r;
}
