/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Of the doctor: links of this host that are ours. */

#include <string.h>

#include "base/base.h"
#include "base/sys.h"
#include "wire/doctor.h"
#include "wire/ending.h"
#include "wire/wire.h"

static int delete_link(struct doctor *doctor, const void *data, struct libns_error *err)
{
	const struct libns_link *link = data;
	struct wire_step step = { .kind = WIRE_LINK_DELETE,
				  .place = &doctor->host,
				  .may_exist = true,
				  .index = link->index };

	memcpy(step.on, link->name, sizeof(step.on));
	return wire_step_run(&step, doctor->step_flags, doctor->o->watch, err);
}

/* Whether the other end is in this host as well. */
static bool leads_nowhere(const struct libns_link *link)
{
	return link->peer && link->peer_nsid == LIBNS_NSID_NONE;
}

/* Whether it will go by itself: nobody has the name that it was made for, or holds the namespace. */
static bool is_left(struct doctor *doctor, const struct libns_link *link, int64_t until)
{
	return !(*link->alias && doctor_has_name(doctor, link->alias)) &&
	       wire_is_ending(doctor->host.rtnl, link, until);
}

int doctor_links(struct doctor *doctor, struct libns_error *err)
{
	int64_t until = sys_now_ms() + WIRE_ENDING_MS;
	_cleanup_(words_done) struct words words = { NULL };
	const struct libns_link *link;

	(void)err;
	for (size_t i = 0; (link = libns_links_at(doctor->links, i)); i++) {
		struct ailment ailment = {
			.name = *link->alias ? link->alias : NULL,
			.command = doctor_command(doctor, &words, "ip link del ", link->name),
			.mend = delete_link,
			.data = link,
			.tells = true,
		};

		if (!wire_is_ours(link->group) || strcmp(link->kind, "veth") != 0)
			continue;
		ailment.garbage = leads_nowhere(link);
		if (ailment.garbage) {
			ailment.check = "leak";
			ailment.why = "it leads nowhere";
			doctor_found(doctor, &ailment, "both ends of '%s' are in this host",
				     link->name);
		} else if (is_left(doctor, link, until)) {
			ailment.garbage = true;
			ailment.check = "link";
			ailment.why = "the kernel would delete it soon";
			/* Otherwise it is as well to wait. */
			if (doctor->o->flags & LIBNS_WIRE_MEND)
				doctor_found(doctor, &ailment,
					     "the namespace that '%s' leads into has ended",
					     link->name);
		} else if (*link->alias && !doctor_has_name(doctor, link->alias)) {
			ailment.check = "link";
			ailment.why = "somebody has deleted the name only; a process may still be "
				      "inside, and use it";
			doctor_found(doctor, &ailment,
				     "'%s' leads into the namespace that was called '%s'",
				     link->name, link->alias);
		}
	}
	return 0;
}
