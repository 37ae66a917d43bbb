/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "wire/step.h"

#include <stdarg.h>
#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "base/hold.h"
#include "kernel/net-sysctl.h"
#include "wire/words.h"

int wire_place_open(struct wire_place *place, struct libns_error *err)
{
	return place->rtnl ? 0 : libns_rtnl_new(place->ns_fd, &place->rtnl, err);
}

void wire_place_done(struct wire_place *place)
{
	place->rtnl = libns_rtnl_free(place->rtnl);
}

static void tell(const struct libns_wire_watch *watch, enum libns_wire_state state,
		 const char *what, const char *command)
{
	const struct libns_wire_event event = { sizeof(event), state, what, command };

	if (watch && watch->event)
		watch->event(&event, watch->data);
}

void wire_note(const struct libns_wire_watch *watch, const char *format, ...)
{
	_cleanup_(words_done) struct words words = { NULL };
	va_list ap;

	va_start(ap, format);
	words_add_v(&words, format, ap);
	va_end(ap);
	tell(watch, LIBNS_WIRE_NOTE,
	     words.failed ? "there is something to know, and no memory to say it" : words.text,
	     NULL);
}

/* Return: 0; 1 if it has the value already; or -errno. */
static int write_sysctl(const char *name, const char *value, struct libns_error *err)
{
	int now, r = net_sysctl_read(name, &now);

	if (r < 0)
		return error_set(err, LIBNS_STEP_NETLINK, -r, "cannot read the sysctl '%s'", name);
	return now == atoi(value) ? 1 : net_sysctl_write(name, value, err);
}

/* What is done with a link that is there. */
static int change(const struct wire_step *step, struct libns_error *err)
{
	struct libns_rtnl *rtnl = step->place->rtnl;
	struct libns_link link = { .size = sizeof(link) };
	struct libns_address address = step->address;
	struct libns_route route = step->route;
	int r = libns_link_get(rtnl, step->on, &link, err);

	if (r < 0)
		return r;
	if (step->index && step->index != link.index)
		return error_say(err, LIBNS_STEP_NETLINK, ENODEV,
				 "the link '%s' is another one by now", step->on);
	address.index = route.index = link.index;
	switch (step->kind) {
	case WIRE_LINK_CHANGE:
		return libns_link_change(rtnl, link.index, &step->link, err);
	case WIRE_LINK_DELETE:
		return libns_link_delete(rtnl, link.index, err);
	case WIRE_ADDRESS:
		return libns_address_add(rtnl, &address, err);
	case WIRE_ROUTE:
		return libns_route_add(rtnl, &route, err);
	default:
		return libns_route_delete(rtnl, &route, err);
	}
}

static bool is_deletion(const struct wire_step *step)
{
	return step->kind == WIRE_LINK_DELETE || step->kind == WIRE_ROUTE_DELETE;
}

/* Return: 0; 1 if it was so already; or -errno. */
static int execute(const struct wire_step *step, struct libns_error *err)
{
	int r;

	if (step->is)
		return 1;
	if (step->done)
		return 0;
	if (step->kind == WIRE_CALL)
		return step->call(step->data, err);
	if (step->kind == WIRE_SYSCTL)
		return write_sysctl(step->text, step->value, err);
	r = wire_place_open(step->place, err);
	if (r < 0)
		return r;
	r = step->kind == WIRE_LINK_ADD ? libns_link_add(step->place->rtnl, &step->link, err)
					: change(step, err);
	if (step->may_exist && is_deletion(step) ? r == -ENODEV || r == -ESRCH
						 : step->may_exist && r == -EEXIST)
		return 1;
	return r;
}

int wire_step_run(const struct wire_step *step, uint64_t flags,
		  const struct libns_wire_watch *watch, struct libns_error *err)
{
	_cleanup_(words_done) struct words what = { NULL }, command = { NULL };
	bool dry = flags & LIBNS_WIRE_DRY_RUN;
	int r = step->is;

	/* What cannot be told is not done. */
	if (watch && watch->event) {
		wire_step_what(step, &what);
		wire_step_command(step, &command);
	}
	if (what.failed || command.failed)
		return wire_no_words(err);
	if (!dry)
		r = execute(step, err);
	if (r < 0)
		return r;
	tell(watch,
	     r     ? LIBNS_WIRE_ALREADY
	     : dry ? LIBNS_WIRE_WOULD
		   : LIBNS_WIRE_DONE,
	     what.text, command.text);
	return 0;
}

int wire_step_unless_over(const struct wire_step *step, const char *name, uint64_t flags,
			  const struct libns_wire_watch *watch, struct libns_error *err)
{
	if (hold_is_over())
		return error_say(err, LIBNS_STEP_NETNS, EINTR,
				 "a signal came while '%s' was wired: that is undone", name);
	return wire_step_run(step, flags, watch, err);
}

void wire_part_ended(struct wire_parts *parts, int r, const struct libns_error *why)
{
	if (r >= 0)
		return;
	if (parts->r < 0) {
		tell(parts->watch, LIBNS_WIRE_FAILED, libns_error_text(why), NULL);
		return;
	}
	parts->r = r;
	if (parts->err)
		*parts->err = *why;
}
