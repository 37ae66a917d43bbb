/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "wire/hidden.h"

#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "netns/dir.h"
#include "wire/store.h"

int wire_hidden_add(const char *name, struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = wire_store_read(WIRE_STORE_SWITCHES, name, &text, &size, err);

	if (r == 0)
		return 1;
	return r == -ENOENT ? wire_store_write(WIRE_STORE_SWITCHES, name, "", 0, err) : r;
}

int wire_hidden_remove(const char *name, struct libns_error *err)
{
	return wire_store_remove(WIRE_STORE_SWITCHES, name, err);
}

struct reading {
	struct wire_hidden *hidden;
	int run_fd;
	const char *except;
};

static int add(struct wire_hidden *hidden, struct wire_place *place, struct libns_error *err)
{
	struct wire_facts *list = reallocarray(hidden->list, hidden->n + 1, sizeof(*hidden->list));

	if (!list)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot look for a network");
	hidden->list = list;
	list[hidden->n] = (struct wire_facts){ NULL, NULL };
	return wire_facts_read(&list[hidden->n++], place, err);
}

static int read_one(const char *name, void *data, struct libns_error *err)
{
	const struct reading *reading = data;
	struct wire_place place = { name, -1, NULL };
	int r;

	if (!strcmp(name, reading->except))
		return 0;
	/* One that is not there may be in another mount namespace: gc removes what is written down. */
	place.ns_fd = libns_netns_open(reading->run_fd, name, err);
	if (place.ns_fd < 0)
		return netns_is_unknown(place.ns_fd) ? place.ns_fd : 0;
	r = add(reading->hidden, &place, err);
	wire_place_done(&place);
	base_close(place.ns_fd);
	return r;
}

int wire_hidden_read(struct wire_hidden *hidden, int run_fd, const char *except,
		     struct libns_error *err)
{
	struct reading reading = { hidden, run_fd, except };

	return wire_store_each(WIRE_STORE_SWITCHES, read_one, &reading, err);
}

int wire_hidden_read_host(struct wire_hidden *hidden, struct libns_error *err)
{
	struct wire_place host = { NULL, LIBNS_LINK_HERE, NULL };
	int r = add(hidden, &host, err);

	wire_place_done(&host);
	return r;
}

void wire_hidden_done(struct wire_hidden *hidden)
{
	for (size_t i = 0; i < hidden->n; i++)
		wire_facts_done(&hidden->list[i]);
	free(hidden->list);
	*hidden = (struct wire_hidden){ NULL, 0 };
}

bool wire_hidden_clashes(const struct wire_hidden *hidden, const struct libns_ip *net)
{
	for (size_t i = 0; i < hidden->n; i++)
		if (wire_facts_clashes(&hidden->list[i], 0, net))
			return true;
	return false;
}
