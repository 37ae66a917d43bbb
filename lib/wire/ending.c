/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "wire/ending.h"

#include <string.h>

#include "base/base.h"
#include "base/sys.h"
#include "netns/dir.h"
#include "netns/id.h"

/* For what is more often in the way because it is used. */
#define CLASH_MS 300

enum state {
	STAYS,
	LED, /* the other end is in a namespace that somebody holds */
	ENDING
};

/*
 * A namespace that is held has a number, which it is given when somebody asks for the link. When it ends
 * it loses the number at some time; before that, nobody can be reached by it any more.
 */
static enum state judge(struct libns_rtnl *rtnl, const struct libns_link *link)
{
	if (strcmp(link->kind, "veth") != 0 || !link->peer || link->peer_nsid == LIBNS_NSID_NONE)
		return STAYS;
	if (link->peer_nsid < 0)
		return ENDING;
	return netns_id_is_held(rtnl, link->peer_nsid) == 0 ? ENDING : LED;
}

/*
 * Between two questions the other end may have been moved to another namespace, and the one that it was
 * in may have ended. So a link is condemned only if it leads to the same namespace when it is asked
 * again. It may have got the number of that again, but then somebody can be reached by it.
 */
static enum state state_of(struct libns_rtnl *rtnl, const struct libns_link *link)
{
	struct libns_link now = { .size = sizeof(now) };
	enum state state = judge(rtnl, link);
	int r;

	if (state != ENDING)
		return state;
	r = libns_link_get_index(rtnl, link->index, &now, NULL);
	if (r < 0)
		return r == -ENODEV ? ENDING : STAYS;
	state = judge(rtnl, &now);
	return state == ENDING && now.peer_nsid >= 0 && now.peer_nsid != link->peer_nsid ? LED
											 : state;
}

bool wire_is_ending(struct libns_rtnl *rtnl, const struct libns_link *link, int64_t until)
{
	struct libns_link now = *link;
	enum state state = state_of(rtnl, &now);

	while (state == LED && sys_now_ms() < until) {
		int r;

		netns_pause();
		r = libns_link_get_index(rtnl, link->index, &now, NULL);
		if (r < 0)
			return r == -ENODEV;
		state = state_of(rtnl, &now);
	}
	return state == ENDING;
}

static int delete_link(struct wire_place *place, const struct libns_link *link, uint64_t flags,
		       const struct libns_wire_watch *watch, struct libns_error *err)
{
	struct wire_step step = {
		.kind = WIRE_LINK_DELETE, .place = place, .may_exist = true, .index = link->index
	};

	memcpy(step.on, link->name, sizeof(step.on));
	return wire_step_run(&step, flags, watch, err);
}

int wire_ending_delete(struct wire_place *place, const struct libns_link *link, uint64_t flags,
		       const struct libns_wire_watch *watch, struct libns_error *err)
{
	int64_t until = flags & LIBNS_WIRE_DRY_RUN ? 0 : sys_now_ms() + WIRE_ENDING_MS;
	int r;

	if (!link->index || !wire_is_ending(place->rtnl, link, until))
		return 0;
	r = delete_link(place, link, flags, watch, err);
	return r < 0 ? r : 1;
}

/* Return: how many were deleted, or -errno. @ret_led: whether others might end soon. */
static int delete_all(struct wire_place *place, uint64_t flags,
		      const struct libns_wire_watch *watch, bool *ret_led, struct libns_error *err)
{
	_cleanup_(libns_links_freep) struct libns_links *links = NULL;
	const struct libns_link *link;
	int n = 0, r = wire_place_open(place, err);

	*ret_led = false;
	if (r == 0)
		r = libns_links_new(place->rtnl, &links, err);
	for (size_t i = 0; r == 0 && (link = libns_links_at(links, i)); i++) {
		enum state state = state_of(place->rtnl, link);

		*ret_led = *ret_led || state == LED;
		if (state != ENDING)
			continue;
		r = delete_link(place, link, flags, watch, err);
		n++;
	}
	return r < 0 ? r : n;
}

int wire_ending_clashes(struct wire_place *place, struct wire_facts *facts, uint32_t except,
			const struct libns_ip *net, uint64_t flags,
			const struct libns_wire_watch *watch, struct libns_error *err)
{
	int64_t until = flags & LIBNS_WIRE_DRY_RUN ? 0 : sys_now_ms() + CLASH_MS;
	bool led = true;

	while (wire_facts_clashes(facts, except, net)) {
		int r;

		if (!led)
			return 1;
		r = delete_all(place, flags, watch, &led, err);
		led = led && sys_now_ms() < until;
		if (r == 0 && led)
			netns_pause();
		if (r >= 0) {
			wire_facts_done(facts);
			r = wire_facts_read(facts, place, err);
		}
		if (r < 0)
			return r;
	}
	return 0;
}
