/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * WireGuard, see wg.h.
 *
 * Theory of operation. The kernel sends the packets of such an interface from the namespace in which
 * it was made, wherever it is moved afterwards. The keys are set before it is moved, by the name
 * that it has here. If this process is killed in between, the interface is found by its group and
 * name, as a link of any other namespace is. Inside there is no other link, and no name server but
 * those of the file: where the tunnel is down, nothing leaves.
 */

#include "wire/wg.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/host-name.h"
#include "kernel/netlink.h"
#include "kernel/wireguard.h"
#include "wire/slot.h"
#include "wire/wire.h"

/* Nobody has that many peers. */
#define LARGEST (1 << 20)

/* ---------------------------------------------------------------------- the file */

/* Reads @size bytes, which are overwritten before they are freed. Return: 0 or -errno. */
static int parse_fd(int fd, size_t size, const char *path, struct wg_conf *ret,
		    struct libns_error *err)
{
	char *text = malloc(size + 1);
	size_t n = 0;
	ssize_t got = 1;
	int r = 0;

	if (!text)
		return error_set(err, LIBNS_STEP_OPEN, ENOMEM, "cannot read '%s'", path);
	while (n <= size && got > 0) {
		got = read(fd, text + n, size + 1 - n);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got > 0)
			n += (size_t)got;
	}
	if (got < 0)
		r = error_set(err, LIBNS_STEP_OPEN, errno, "cannot read '%s'", path);
	else if (n > size)
		r = error_say(err, LIBNS_STEP_OPEN, EAGAIN, "'%s' grew while it was read", path);
	else
		r = wg_conf_parse(text, n, path, ret, err);
	explicit_bzero(text, size + 1);
	free(text);
	return r;
}

static int parse_file(const char *path, const struct libns_wire_watch *watch, struct wg_conf *ret,
		      struct libns_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, LIBNS_STEP_OPEN, errno, "cannot open '%s'", path);
	if (!S_ISREG(st.st_mode) || st.st_size > LARGEST)
		return error_say(err, LIBNS_STEP_OPEN, EINVAL,
				 "'%s' is no configuration of WireGuard: it is %s", path,
				 S_ISREG(st.st_mode) ? "too large" : "no file");
	if (st.st_mode & 077)
		wire_note(watch,
			  "others than its owner may read '%s', which holds a key: chmod 600 %s",
			  path, path);
	return parse_fd(fd, (size_t)st.st_size, path, ret, err);
}

int wire_wg_read(struct wire_up *up, struct libns_error *err)
{
	int r = parse_file(up->o.with, up->o.watch, &up->wg, err);

	for (size_t i = 0; r == 0 && i < up->wg.n_peers; i++) {
		struct wg_peer *peer = &up->wg.peers[i];

		if (*peer->host && !peer->endpoint.family)
			r = host_name_find(peer->host, &peer->endpoint, err);
	}
	return r;
}

int wire_wg_resolv(const char *path, const struct libns_wire_watch *watch, char **ret_text,
		   struct libns_error *err)
{
	struct wg_conf conf;
	char ip[LIBNS_IP_TEXT], *text;
	size_t room, n = 0;
	int r = parse_file(path, NULL, &conf, err);

	if (r < 0)
		return r;
	room = conf.n_dns * (LIBNS_IP_TEXT + sizeof("nameserver \n")) + sizeof("# none\n");
	text = malloc(room);
	if (!text)
		r = error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot list the name servers");
	else
		snprintf(text, room, "# none\n");
	for (size_t i = 0; r == 0 && i < conf.n_dns; i++, n += strlen(text + n))
		snprintf(text + n, room - n, "nameserver %s\n",
			 libns_ip_format(&conf.dns[i], false, ip));
	if (r == 0 && !conf.n_dns)
		wire_note(watch,
			  "'%s' names no name servers (DNS =): names are not resolved inside, "
			  "since those of the host would be asked past the tunnel",
			  path);
	wg_conf_done(&conf);
	if (r == 0)
		*ret_text = text;
	return r;
}

/* ----------------------------------------------------------------- the interface */

static bool is_wanted(const struct wire_up *up, const struct libns_ip *ip)
{
	return (ip->family == AF_INET ? up->o.ip4 : up->o.ip6) != LIBNS_WIRE_OFF;
}

/* A change of the interface while it is still outside, or once it is inside. */
static int step_change(struct wire_up *up, struct wire_step *step, const char *on,
		       struct libns_error *err)
{
	step->kind = WIRE_LINK_CHANGE;
	step->is = up->inner.index != 0;
	snprintf(step->on, sizeof(step->on), "%s", on);
	return wire_up_step(up, step, err);
}

static int step_make(struct wire_up *up, struct libns_error *err)
{
	struct wire_step step = { .kind = WIRE_LINK_ADD,
				  .place = &up->host,
				  .is = up->inner.index != 0,
				  .link = LIBNS_LINK_OPTIONS_INIT };
	int r;

	step.link.kind = "wireguard";
	step.link.name = up->link;
	step.link.flags = LIBNS_LINK_GROUP;
	step.link.group = WIRE_GROUP;
	step.link.mtu = up->o.mtu ? up->o.mtu : up->wg.mtu;
	r = wire_up_step(up, &step, err);
	up->made_link = r == 0 && !step.is;
	return r;
}

static int step_alias(struct wire_up *up, struct libns_error *err)
{
	struct wire_step step = { .place = &up->host, .link = LIBNS_LINK_OPTIONS_INIT };

	step.link.alias = up->label;
	return step_change(up, &step, up->link, err);
}

static int set_keys(void *data, struct libns_error *err)
{
	struct wire_up *up = data;

	return wireguard_set(NETLINK_HERE, up->link, &up->wg, err);
}

static int step_keys(struct wire_up *up, struct libns_error *err)
{
	_cleanup_(words_done) struct words what = { NULL }, command = { NULL };
	struct wire_step step = {
		.kind = WIRE_CALL, .is = up->inner.index != 0, .call = set_keys, .data = up
	};
	int r;

	words_add(&what, "give '%s' the keys and peers in '%s'", up->link, up->o.with);
	words_add(&command, "wg-quick strip ");
	words_quote(&command, up->o.with);
	words_add(&command, " | wg setconf ");
	words_quote(&command, up->link);
	words_add(&command, " /dev/stdin");
	r = wire_step_say(&step, &what, &command, err);
	return r < 0 ? r : wire_up_step(up, &step, err);
}

static int step_move(struct wire_up *up, struct libns_error *err)
{
	struct wire_step step = { .place = &up->host,
				  .peer = &up->inside,
				  .link = LIBNS_LINK_OPTIONS_INIT };

	step.link.ns_fd = up->inside.ns_fd;
	step.link.name = up->inside_name;
	return step_change(up, &step, up->link, err);
}

static int step_address(struct wire_up *up, const struct libns_ip *ip, struct libns_error *err)
{
	struct wire_step step = { .kind = WIRE_ADDRESS,
				  .place = &up->inside,
				  .may_exist = true,
				  .address = LIBNS_ADDRESS_INIT };

	snprintf(step.on, sizeof(step.on), "%s", up->inside_name);
	step.address.ip = *ip;
	if (ip->family == AF_INET6)
		step.address.flags |= IFA_F_NODAD;
	step.is = up->inner.index && wire_facts_has_address(&up->inside_facts, up->inner.index, ip);
	return wire_up_step(up, &step, err);
}

int wire_wg_link(struct wire_up *up, struct libns_error *err)
{
	int r = step_make(up, err);

	if (up->inner.index)
		wire_note(up->o.watch,
			  "the keys and peers of '%s' stay as they are: if the file has changed, "
			  "take it down first: xnetns down %s",
			  up->label, up->label);
	if (r == 0)
		r = step_alias(up, err);
	if (r == 0)
		r = step_keys(up, err);
	if (r == 0)
		r = step_move(up, err);
	for (size_t i = 0; r == 0 && i < up->wg.n_addresses; i++)
		if (is_wanted(up, &up->wg.addresses[i]))
			r = step_address(up, &up->wg.addresses[i], err);
	return r;
}

/* ------------------------------------------------------------------------ the way */

static int step_route(struct wire_up *up, const struct libns_ip *to, struct libns_error *err)
{
	struct wire_step step = { .kind = WIRE_ROUTE,
				  .place = &up->inside,
				  .may_exist = true,
				  .route = LIBNS_ROUTE_INIT };

	snprintf(step.on, sizeof(step.on), "%s", up->inside_name);
	step.route.to = wire_ip_network(to);
	step.route.scope = to->family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
	step.is = up->inner.index &&
		  wire_facts_has_route(&up->inside_facts, up->inner.index, &step.route.to);
	return wire_up_step(up, &step, err);
}

int wire_wg_way(struct wire_up *up, struct libns_error *err)
{
	const struct libns_ip *allowed = up->wg.allowed;
	struct wire_step step = { .kind = WIRE_LINK_CHANGE,
				  .place = &up->inside,
				  .link = LIBNS_LINK_OPTIONS_INIT };
	int r;

	snprintf(step.on, sizeof(step.on), "%s", up->inside_name);
	step.link.flags = LIBNS_LINK_UP;
	step.is = up->inner.index && up->inner.flags & IFF_UP;
	r = wire_up_step(up, &step, err);
	for (size_t i = 0; r == 0 && i < up->wg.n_allowed; i++)
		if (is_wanted(up, &allowed[i]))
			r = step_route(up, &allowed[i], err);
	return r;
}
