/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Takes away what is there of a wired namespace, however much that is.
 *
 * Theory of operation
 *
 * The pair of links goes first, by a request that returns when it is gone. A namespace that loses
 * its name ends later, and its links with it: who made the same again meanwhile would be told that
 * the file exists. Links are told by their group, alias and kind, and by their name or their other
 * end, so that a link of somebody else is never deleted. Each step finds out by itself whether there
 * is anything to do, so that whatever ended a former run, this one goes on from there. What cannot be
 * taken away does not keep the rest: all of it is tried, and the next run tries what is left.
 *
 * What takes its time, whatever it is asked for, is asked for once for all namespaces that go: the
 * deletion of links, and the table of flows. Names without links would then not be told from others;
 * so those that are going are written down.
 */

#include "wire/down.h"

#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "base/hold.h"
#include "base/sys.h"
#include "kernel/rtnl.h"
#include "netns/dir.h"
#include "wire/dns.h"
#include "wire/flows.h"
#include "wire/inside.h"
#include "wire/rules.h"
#include "wire/slot.h"
#include "wire/state.h"
#include "wire/store.h"
#include "wire/wire.h"
#include "wire/words.h"

/* One of the namespaces that go. */
struct target {
	const char *name;
	char anonymous[WIRE_RUN_ROOM];
	char usual[16];         /* name of the link on the host */
	struct libns_ip ips[2]; /* at which it is reached from here; family 0: none */
	bool is_gone;           /* its name */
};

struct down {
	int run_fd;
	uint64_t flags;
	const struct libns_wire_watch *watch;
	struct target *targets;
	size_t n;
	struct wire_place host;
	struct libns_netns_eraser *eraser; /* NULL: for one name it is of no use */
	struct wire_parts parts;
};

/* A name that is missing or stale leads nowhere. Return: descriptor, or less than 0. */
static int open_inside(const struct down *down, const struct target *target,
		       struct libns_error *err)
{
	return libns_netns_open(down->run_fd, target->name, err);
}

/* Whether it is the other end of a link inside that is called so, too. */
static bool leads_inside(const struct down *down, const struct target *target,
			 const struct libns_link *link)
{
	_cleanup_(libns_links_freep) struct libns_links *links = NULL;
	_cleanup_close_ int ns_fd = open_inside(down, target, NULL);
	struct wire_place inside = { target->name, ns_fd, NULL };
	const struct libns_link *end;
	bool found = false;

	if (ns_fd >= 0 && wire_place_open(&inside, NULL) == 0 &&
	    libns_links_new(inside.rtnl, &links, NULL) == 0)
		for (size_t i = 0; !found && (end = libns_links_at(links, i)); i++)
			found = end->peer == link->index && end->index == link->peer;
	wire_place_done(&inside);
	return found;
}

static bool is_called_so(const struct target *target, const struct libns_link *link)
{
	/* One without an alias belongs to whoever died before giving it one. */
	return wire_is_ours(link->group) && (!strcmp(link->alias, target->name) ||
					     (!*link->alias && !strcmp(link->name, target->usual)));
}

/* On the host only a link of which it is certain: others may be called what they like. */
static bool is_ours(const struct down *down, const struct target *target,
		    const struct libns_link *link)
{
	if (!is_called_so(target, link))
		return false;
	/* A tunnel is made here, and moved inside before it gets its alias. */
	if (strcmp(link->kind, "veth") != 0)
		return !strcmp(link->kind, "wireguard") && !strcmp(link->name, target->usual);
	return !strcmp(link->name, target->usual) || leads_inside(down, target, link);
}

static bool goes(const struct down *down, const struct libns_link *link)
{
	for (size_t i = 0; i < down->n; i++)
		if (is_ours(down, &down->targets[i], link))
			return true;
	return false;
}

int wire_down_move_back(struct wire_place *place, const char *link, uint64_t flags,
			const struct libns_wire_watch *watch, struct libns_error *err)
{
	static const char own_net[] = "/proc/thread-self/ns/net";
	_cleanup_close_ int host_fd = sys_open_at(AT_FDCWD, own_net, O_RDONLY);
	struct wire_place host = { NULL, LIBNS_LINK_HERE, NULL };
	struct wire_step step = { .kind = WIRE_LINK_CHANGE,
				  .place = place,
				  .link = LIBNS_LINK_OPTIONS_INIT };
	int r;

	if (host_fd < 0)
		return error_set(err, LIBNS_STEP_NETNS, -host_fd, "cannot open '%s'", own_net);
	snprintf(step.on, sizeof(step.on), "%s", link);
	step.link.flags = LIBNS_LINK_GROUP | LIBNS_LINK_DOWN;
	step.link.alias = "";
	r = wire_step_run(&step, flags, watch, err);
	if (r < 0)
		return r;
	step.link = (struct libns_link_options)LIBNS_LINK_OPTIONS_INIT;
	step.link.ns_fd = host_fd;
	step.peer = &host;
	return wire_step_run(&step, flags, watch, err);
}

/* @done: it has gone with others. */
static int delete_link(struct down *down, struct wire_place *place, const char *link, bool done,
		       struct libns_error *err)
{
	struct wire_step step = {
		.kind = WIRE_LINK_DELETE, .place = place, .may_exist = true, .done = done
	};

	snprintf(step.on, sizeof(step.on), "%s", link);
	return wire_step_run(&step, down->flags, down->watch, err);
}

/*
 * Where all links of a group go, the kernel takes them in one request, and waits once for what it
 * has to wait for at each. @go: which of them do. Return: whether it has.
 */
static bool delete_group(struct down *down, const struct libns_links *links, const bool *go,
			 uint32_t group)
{
	struct libns_error why = LIBNS_ERROR_INIT;
	const struct libns_link *link;
	size_t n = 0;

	if (down->flags & LIBNS_WIRE_DRY_RUN || down->n < 2)
		return false;
	for (size_t i = 0; (link = libns_links_at(links, i)); i++) {
		if (link->group == group && !go[i])
			return false;
		n += link->group == group;
	}
	if (n < 2 || rtnl_delete_group(down->host.rtnl, group) < 0)
		return false;
	for (size_t i = 0; (link = libns_links_at(links, i)); i++)
		if (link->group == group)
			wire_part_ended(&down->parts,
					delete_link(down, &down->host, link->name, true, &why),
					&why);
	return true;
}

/* The links on the host. */
static void remove_outer(struct down *down)
{
	_cleanup_(libns_links_freep) struct libns_links *links = NULL;
	struct libns_error why = LIBNS_ERROR_INIT;
	const struct libns_link *link;
	_cleanup_free_ bool *go = NULL;
	bool done, done_isolated;
	int r = wire_place_open(&down->host, &why);

	if (r == 0)
		r = libns_links_new(down->host.rtnl, &links, &why);
	if (r == 0 && !(go = calloc(libns_links_count(links) + 1, sizeof(*go))))
		r = error_set(&why, LIBNS_STEP_NETNS, ENOMEM, "cannot list links");
	wire_part_ended(&down->parts, r, &why);
	if (r < 0)
		return;
	for (size_t i = 0; (link = libns_links_at(links, i)); i++)
		go[i] = goes(down, link);
	done = delete_group(down, links, go, WIRE_GROUP);
	done_isolated = delete_group(down, links, go, WIRE_GROUP_ISOLATED);
	for (size_t i = 0; (link = libns_links_at(links, i)); i++)
		if (!(link->group == WIRE_GROUP ? done : done_isolated) && go[i])
			wire_part_ended(&down->parts,
					delete_link(down, &down->host, link->name, false, &why),
					&why);
}

/*
 * What is called as the namespace inside: one that was moved there goes back. Return: 0, or a negative
 * errno if something there is not known, or stays: with the name would go what it has.
 */
static int remove_inner(struct down *down, const struct target *target)
{
	_cleanup_(libns_links_freep) struct libns_links *links = NULL;
	struct libns_error why = LIBNS_ERROR_INIT;
	_cleanup_close_ int ns_fd = open_inside(down, target, &why);
	struct wire_place inside = { target->name, ns_fd, NULL };
	const struct libns_link *link;
	int kept = 0, r;

	if (netns_is_unknown(ns_fd)) {
		wire_part_ended(&down->parts, ns_fd, &why);
		return ns_fd;
	}
	if (ns_fd < 0)
		return 0;
	r = wire_place_open(&inside, &why);
	if (r == 0)
		r = libns_links_new(inside.rtnl, &links, &why);
	wire_part_ended(&down->parts, r, &why);
	for (size_t i = 0; r == 0 && (link = libns_links_at(links, i)); i++) {
		int gone = 0;

		if (!is_called_so(target, link))
			continue;
		if (strcmp(link->name, WIRE_INSIDE) != 0)
			gone = wire_down_move_back(&inside, link->name, down->flags, down->watch,
						   &why);
		else
			gone = delete_link(down, &inside, link->name, false, &why);
		wire_part_ended(&down->parts, gone, &why);
		kept = gone < 0 ? gone : kept;
	}
	wire_place_done(&inside);
	return r < 0 ? r : kept;
}

struct naming {
	struct down *down;
	const char *name;
};

static int remove_name(void *data, struct libns_error *err)
{
	struct naming *naming = data;
	struct down *down = naming->down;
	int r = libns_netns_erase(down->eraser, down->run_fd, naming->name, err);

	return r == -ENOENT ? 1 : r;
}

static int step_name(struct down *down, const char *name, struct libns_error *err)
{
	_cleanup_(words_done) struct words what = { NULL }, command = { NULL };
	struct naming naming = { down, name };
	struct wire_step step = { .kind = WIRE_CALL, .call = remove_name, .data = &naming };
	_cleanup_close_ int dir_fd = netns_open_dir(down->run_fd);
	int state = dir_fd == -ENOENT ? NETNS_MISSING
		    : dir_fd < 0      ? dir_fd
				      : netns_state(dir_fd, name, NULL);
	int r;

	step.is = state == NETNS_MISSING;
	words_add(&what, "remove the name '%s'", name);
	words_add(&command, "ip netns del ");
	words_quote(&command, name);
	r = wire_step_say(&step, &what, &command, err);
	return r < 0 ? r : wire_step_run(&step, down->flags, down->watch, err);
}

/* The ports that lead inside, while it can still be found out where they lead. */
static void take_ports(struct down *down, struct target *target)
{
	_cleanup_close_ int ns_fd = open_inside(down, target, NULL);
	struct libns_error why = LIBNS_ERROR_INIT;
	int r = wire_ports_remove(target->name, NULL, 0, down->flags, down->watch, &why);

	wire_part_ended(&down->parts, r, &why);
	if (ns_fd < 0)
		return;
	r = inside_find(ns_fd, &target->ips[0], &target->ips[1], &why);
	wire_part_ended(&down->parts, r, &why);
}

/* The kernel would go on to translate those of whoever gets the addresses next as it did before. */
static int forget_flows(const struct down *down, struct libns_error *err)
{
	_cleanup_free_ struct libns_ip *ips = calloc(2 * down->n, sizeof(*ips));
	size_t n = 0;

	if (!ips)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot forget flows");
	for (size_t i = 0; i < 2 * down->n; i++)
		if (down->targets[i / 2].ips[i % 2].family)
			ips[n++] = down->targets[i / 2].ips[i % 2];
	return flows_forget_inside(ips, n, down->flags, down->watch, err);
}

/* One that cannot be opened is any of that name. Only who is killed needs the notes: where there is no
 * room for them all of it is taken away nevertheless. */
static void note_going(const struct down *down)
{
	char text[WIRE_GOING_ROOM];

	if (down->n < 2 || down->flags & LIBNS_WIRE_DRY_RUN)
		return;
	for (size_t i = 0; i < down->n; i++) {
		_cleanup_close_ int ns_fd = open_inside(down, &down->targets[i], NULL);

		if (ns_fd < 0 || wire_going_text(ns_fd, text) < 0)
			*text = '\0';
		(void)wire_store_write(WIRE_STORE_GOING, down->targets[i].name, text, strlen(text),
				       NULL);
	}
}

/* All that is theirs is gone, and what they have shared. */
static void forget_going(struct down *down)
{
	struct libns_error why = LIBNS_ERROR_INIT;

	for (size_t i = 0; i < down->n && !(down->flags & LIBNS_WIRE_DRY_RUN); i++)
		if (down->targets[i].is_gone)
			wire_part_ended(
				&down->parts,
				wire_store_remove(WIRE_STORE_GOING, down->targets[i].name, &why),
				&why);
}

static void take_name(struct down *down, struct target *target)
{
	struct libns_error why = LIBNS_ERROR_INIT;
	int r = remove_inner(down, target);

	if (r < 0)
		return;
	r = step_name(down, target->name, &why);
	wire_part_ended(&down->parts, r, &why);
	target->is_gone = r == 0;
	wire_part_ended(&down->parts, wire_dns_remove(target->name, down->flags, down->watch, &why),
			&why);
}

/* What all share goes with the last. What a dry run would have removed is still there. */
static int take_last(struct down *down, struct libns_error *err)
{
	_cleanup_free_ const char **names = calloc(down->n, sizeof(*names));
	struct wire_without without = { names, 0 };

	if (!names)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot find out what goes last");
	for (size_t i = 0; down->flags & LIBNS_WIRE_DRY_RUN && i < down->n; i++)
		names[without.n++] = down->targets[i].name;
	return wire_down_last(down->run_fd, &without, down->flags, down->watch, err);
}

static int take_down(struct down *down)
{
	struct libns_error why = LIBNS_ERROR_INIT;
	int r;

	for (size_t i = 0; i < down->n; i++)
		take_ports(down, &down->targets[i]);
	/* From here on it is as well to finish. */
	if (down->n > 1 && hold_is_over())
		return error_say(down->parts.err, LIBNS_STEP_NETNS, EINTR,
				 "a signal came: nothing is taken down but what is published");
	note_going(down);
	remove_outer(down);
	wire_part_ended(&down->parts, forget_flows(down, &why), &why);
	for (size_t i = 0; i < down->n; i++)
		take_name(down, &down->targets[i]);
	r = take_last(down, &why);
	wire_part_ended(&down->parts, r, &why);
	if (r == 0)
		forget_going(down);
	return down->parts.r;
}

static bool is_there(const struct down *down, const char *name)
{
	_cleanup_close_ int fd = libns_netns_open(down->run_fd, name, NULL);

	return fd >= 0;
}

/* Names that cannot be are told, and the others go. */
static int set_targets(struct down *down, const char *const *names, size_t n,
		       struct libns_error *err)
{
	struct libns_error why = LIBNS_ERROR_INIT;

	down->targets = calloc(n ? n : 1, sizeof(*down->targets));
	if (!down->targets)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot take namespaces down");
	for (size_t i = 0; i < n; i++) {
		struct target *target = &down->targets[down->n];
		int r = netns_check_name(names[i], &why);

		wire_part_ended(&down->parts, r, &why);
		if (r < 0)
			continue;
		target->name = names[i];
		if (wire_run_pid(names[i]) && !is_there(down, names[i])) {
			wire_run_name(wire_run_pid(names[i]), target->anonymous);
			target->name = target->anonymous;
		}
		wire_slot_link(target->name, target->usual);
		down->n++;
	}
	return down->n > 1 ? libns_netns_eraser_new(&down->eraser, err) : 0;
}

static void down_done(struct down *down)
{
	wire_place_done(&down->host);
	libns_netns_eraser_free(down->eraser);
	free(down->targets);
}

LIBNS_PUBLIC int libns_wire_down_many(int run_fd, const char *const *names, size_t n,
				      uint64_t flags, const struct libns_wire_watch *watch,
				      struct libns_error *err)
{
	_cleanup_(down_done) struct down down = { .run_fd = run_fd,
						  .flags = flags,
						  .watch = watch,
						  .host = { NULL, LIBNS_LINK_HERE, NULL },
						  .parts = { watch, err, 0 } };
	_cleanup_(hold_end) struct hold hold = { .is = false };
	_cleanup_close_ int lock_fd = -1;
	int r;

	if (flags & ~LIBNS_WIRE_DRY_RUN)
		return error_unknown(err, "taking a namespace down", flags & ~LIBNS_WIRE_DRY_RUN);
	r = set_targets(&down, names, n, err);
	if (r < 0 || !down.n)
		return r < 0 ? r : down.parts.r;
	if (!(flags & LIBNS_WIRE_DRY_RUN)) {
		lock_fd = wire_state_lock(err);
		if (lock_fd < 0)
			return lock_fd;
	}
	r = hold_begin(&hold, err);
	return r < 0 ? r : take_down(&down);
}

LIBNS_PUBLIC int libns_wire_down(int run_fd, const char *name, uint64_t flags,
				 const struct libns_wire_watch *watch, struct libns_error *err)
{
	return libns_wire_down_many(run_fd, &name, 1, flags, watch, err);
}
