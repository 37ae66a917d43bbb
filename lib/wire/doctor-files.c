/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Of the doctor: what was written down, or set up in this host, and is of no use any more. */

#include <net/if.h>
#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "kernel/nft.h"
#include "wire/dns.h"
#include "wire/doctor.h"
#include "wire/down.h"
#include "wire/leads.h"
#include "wire/rules.h"
#include "wire/store.h"
#include "wire/wire.h"

static int take_back(struct doctor *doctor, const void *data, struct libns_error *err)
{
	return wire_ports_remove(data, NULL, 0, doctor->step_flags, doctor->o->watch, err);
}

static int look_at_ports(const char *name, const struct leads *leads, void *data,
			 struct libns_error *err)
{
	struct doctor *doctor = data;
	_cleanup_(words_done) struct words words = { NULL };
	const struct ailment ailment = {
		.check = "port",
		.name = name,
		.why = "who connects to them waits for nobody, or reaches whoever gets the address "
		       "next",
		.command = doctor_command(doctor, &words, "xnetns unpublish --all ", name),
		.garbage = true,
		.mend = take_back,
		.data = name,
		.tells = true,
	};

	(void)err;
	if (!doctor_has_name(doctor, name))
		doctor_found(doctor, &ailment,
			     "%zu ports are published for '%s', which is not there", leads->n,
			     name);
	return 0;
}

/* Something that is written down for as long as somebody of that name is there. */
struct record {
	struct doctor *doctor;
	const char *kind, *check;
	bool of_link; /* not of a namespace */
	const char *before, *after, *why;
};

struct forgotten {
	const struct record *record;
	const char *name;
};

static int forget(struct doctor *doctor, const void *data, struct libns_error *err)
{
	const struct forgotten *forgotten = data;

	(void)doctor;
	return wire_store_remove(forgotten->record->kind, forgotten->name, err);
}

static bool is_gone(const struct record *record, const char *name)
{
	if (!record->of_link)
		return !doctor_has_name(record->doctor, name);
	return !if_nametoindex(name) && (errno == ENODEV || errno == ENXIO);
}

static int look_at_record(const char *name, void *data, struct libns_error *err)
{
	const struct record *record = data;
	const struct forgotten forgotten = { record, name };
	const struct ailment ailment = {
		.check = record->check,
		.name = record->of_link ? NULL : name,
		.why = record->why,
		.command = "xnetns gc",
		.garbage = true,
		.mend = forget,
		.data = &forgotten,
	};

	(void)err;
	if (is_gone(record, name))
		doctor_found(record->doctor, &ailment, "%s'%s' %s", record->before, name,
			     record->after);
	return 0;
}

static int look_at_records(struct doctor *doctor, struct libns_error *err)
{
	struct record records[] = {
		{ doctor, WIRE_STORE_FORWARDING, "journal", true, "settings of ",
		  "are to be restored, which is gone", "its settings went with it" },
		{ doctor, WIRE_STORE_SWITCHES, "switch", false, "the switch ",
		  "is written down, which is gone", "its networks went with it" },
		{ doctor, WIRE_STORE_GOING, "going", false, "", "is noted to go, and is gone",
		  "somebody was killed who took down many" },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(records); i++)
		r = wire_store_each(records[i].kind, look_at_record, &records[i], err);
	return r;
}

static int count(const char *file, void *data, struct libns_error *err)
{
	(void)file;
	(void)err;
	++*(size_t *)data;
	return 0;
}

static int give_back(struct doctor *doctor, const void *data, struct libns_error *err)
{
	const struct wire_without none = { NULL, 0 };

	(void)data;
	return wire_down_last(doctor->o->run_fd, &none, doctor->step_flags, doctor->o->watch, err);
}

static int look_at_rest(struct doctor *doctor, struct libns_error *err)
{
	const struct ailment ailment = {
		.check = "left",
		.why = "no namespace needs them any more",
		.command = "xnetns gc",
		.garbage = true,
		.mend = give_back,
		.tells = true,
	};
	struct libns_error why = LIBNS_ERROR_INIT;
	const struct wire_without none = { NULL, 0 };
	const struct libns_link *link;
	size_t n = 0;
	int table, needed = 0, r;

	for (size_t i = 0; (link = libns_links_at(doctor->links, i)); i++)
		if (link->group == WIRE_GROUP)
			return 0;
	r = wire_store_each(WIRE_STORE_FORWARDING, count, &n, err);
	if (r < 0)
		return r;
	table = nft_has_table(WIRE_TABLE, &why);
	if (table > 0)
		needed = wire_rules_are_needed(doctor->o->run_fd, doctor->links, &none, err);
	/* A kernel without nftables has none of ours. */
	if (table < 0 && table != -EOPNOTSUPP)
		doctor_skip(doctor, "left", "whether rules are left is not known: %s",
			    libns_error_text(&why));
	if (needed < 0)
		return needed;
	table = table > 0 && !needed;
	if (r == 0 && (n || table))
		doctor_found(doctor, &ailment, "%s of this host are still changed for namespaces",
			     n && table ? "settings and rules"
			     : n        ? "settings"
					: "rules");
	return r;
}

static int remove_dns(struct doctor *doctor, const void *data, struct libns_error *err)
{
	return wire_dns_remove(data, doctor->step_flags, doctor->o->watch, err);
}

static int look_at_dns(struct doctor *doctor, struct libns_error *err)
{
	_cleanup_dir_ DIR *dir = NULL;
	struct dirent *entry;
	int r = sys_open_dir(AT_FDCWD, "/etc/netns", &dir);

	if (r == -ENOENT)
		return 0;
	while (r >= 0 && (r = sys_next_entry(dir, &entry)) > 0) {
		_cleanup_(words_done) struct words words = { NULL };
		const struct ailment ailment = {
			.check = "dns",
			.name = entry->d_name,
			.why = "the next namespace of that name would get them",
			.command =
				doctor_command(doctor, &words, "rm -r /etc/netns/", entry->d_name),
			.garbage = true,
			.mend = remove_dns,
			.data = entry->d_name,
			.tells = true,
		};

		if (*entry->d_name != '.' && !doctor_has_name(doctor, entry->d_name) &&
		    wire_dns_is_ours(entry->d_name))
			doctor_found(doctor, &ailment,
				     "there are name servers of ours for '%s', which is not there",
				     entry->d_name);
	}
	return r < 0 ? error_set(err, LIBNS_STEP_NETNS, -r, "cannot list '/etc/netns'") : 0;
}

int doctor_files(struct doctor *doctor, struct libns_error *err)
{
	int r = leads_each(look_at_ports, doctor, err);

	if (r == 0)
		r = look_at_records(doctor, err);
	if (r == 0)
		r = look_at_rest(doctor, err);
	return r == 0 ? look_at_dns(doctor, err) : r;
}
