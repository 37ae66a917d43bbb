/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What listens, as its connections and sessions know it: where it leads to, what is told about
 * that, and how it pauses.
 */

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "relay/relay.h"

int relay_watch(struct libns_relay *relay, struct relay_source *source, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	return epoll_ctl(relay->epoll_fd, EPOLL_CTL_ADD, source->fd, &event) < 0 ? -errno : 0;
}

void relay_unwatch(struct libns_relay *relay, struct relay_source *source)
{
	if (source->fd >= 0)
		(void)epoll_ctl(relay->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
	source->fd = base_close(source->fd);
}

static void set_events(struct relay_listener *listener, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = &listener->source };

	(void)epoll_ctl(listener->relay->epoll_fd, EPOLL_CTL_MOD, listener->source.fd, &event);
}

const struct libns_forward_end *relay_target_of(const struct libns_forward *forward)
{
	return forward->flags & LIBNS_FORWARD_IN ? &forward->host : &forward->inside;
}

bool relay_is_inside(const struct libns_forward *forward, const struct libns_forward_end *end)
{
	return end == &forward->inside && end->kind != LIBNS_FORWARD_PATH;
}

int relay_target_socket(struct relay_listener *listener, int type, struct libns_error *err)
{
	const struct libns_forward *forward = &listener->forward;
	int family = listener->to.any.sa_family, fd;

	if (relay_is_inside(forward, relay_target_of(forward)))
		return relay_place_socket(&listener->relay->place, family, type, err);
	fd = relay_socket_make(family, type);
	return fd < 0 ? error_set(err, LIBNS_STEP_NETNS, -fd, "cannot make a socket") : fd;
}

void relay_tell(struct libns_relay *relay, enum libns_relay_state state,
		const struct libns_forward *forward, const struct libns_error *error)
{
	const struct libns_relay_event event = { sizeof(event), state, forward, error };

	if (relay->options.event)
		relay->options.event(&event, relay->options.data);
}

void relay_fails(struct relay_listener *listener, int code)
{
	const struct libns_forward *forward = &listener->forward;
	struct libns_error err = LIBNS_ERROR_INIT;
	char text[LIBNS_FORWARD_TEXT];

	if (listener->failing)
		return;
	listener->failing = true;
	libns_forward_format(relay_target_of(forward), text);
	if (relay_is_inside(forward, relay_target_of(forward)))
		error_set(&err, LIBNS_STEP_NETNS, code,
			  "cannot connect to %s in network namespace '%s'", text,
			  listener->relay->place.name);
	else
		error_set(&err, LIBNS_STEP_NETNS, code, "cannot connect to %s", text);
	relay_tell(listener->relay, LIBNS_RELAY_FAILED, forward, &err);
}

void relay_works(struct relay_listener *listener)
{
	listener->failing = false;
}

bool relay_is_short(int r)
{
	return r == -EMFILE || r == -ENFILE || r == -ENOMEM || r == -ENOBUFS || r == -ENOSPC ||
	       r == -EAGAIN;
}

void relay_pause(struct relay_listener *listener, const struct libns_error *error)
{
	struct libns_relay *relay = listener->relay;

	if (relay->told_at + RELAY_TELL_MS <= relay->now) {
		relay->told_at = relay->now;
		relay_tell(relay, LIBNS_RELAY_PAUSED, &listener->forward, error);
	}
	set_events(listener, 0);
	/* A hangup is told of while it is paused, too. */
	if (!listener->paused)
		relay->n_paused++;
	listener->paused = true;
	relay->resume_at = relay->now + RELAY_RETRY_MS;
}

void relay_resume(struct libns_relay *relay)
{
	for (struct relay_listener *l = relay->listeners; l; l = l->next)
		if (l->paused) {
			l->paused = false;
			set_events(l, EPOLLIN);
		}
	relay->n_paused = 0;
}
