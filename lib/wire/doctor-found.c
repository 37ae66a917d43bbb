/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Of the doctor: a finding, and its cure. */

#include <stdarg.h>
#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "base/hold.h"
#include "netns/where.h"
#include "wire/doctor.h"
#include "wire/wire.h"

struct cure {
	struct doctor *doctor;
	const struct ailment *ailment;
};

static int call_mend(void *data, struct libns_error *err)
{
	struct cure *cure = data;

	return cure->ailment->mend(cure->doctor, cure->ailment->data, err);
}

static int mend(struct doctor *doctor, const struct ailment *ailment, const char *what,
		struct libns_error *err)
{
	/* What is half mended may be worse than before. */
	_cleanup_(hold_end) struct hold hold = { .is = false };
	_cleanup_(words_done) struct words words = { NULL };
	struct cure cure = { doctor, ailment };
	struct wire_step step = { .kind = WIRE_CALL,
				  .place = &doctor->host,
				  .text = ailment->command,
				  .call = call_mend,
				  .data = &cure };
	int r = hold_begin(&hold, err);

	if (r < 0)
		return r;
	if (ailment->tells)
		return ailment->mend(doctor, ailment->data, err);
	words_add(&words, "mend that %s", what);
	r = wire_step_say(&step, &words, NULL, err);
	return r < 0 ? r : wire_step_run(&step, doctor->step_flags, doctor->o->watch, err);
}

void doctor_found(struct doctor *doctor, const struct ailment *ailment, const char *format, ...)
{
	const uint64_t flags = doctor->o->flags;
	struct libns_error why = LIBNS_ERROR_INIT;
	_cleanup_(words_done) struct words what = { NULL };
	struct libns_wire_finding *finding;
	va_list ap;

	if ((flags & LIBNS_WIRE_GARBAGE && !ailment->garbage) ||
	    (doctor->o->name && ailment->name && strcmp(doctor->o->name, ailment->name) != 0))
		return;
	va_start(ap, format);
	words_add_v(&what, format, ap);
	va_end(ap);
	findings_add(doctor->out, LIBNS_WIRE_VERDICT_FAIL, ailment->check, "%s",
		     doctor_words(doctor, &what));
	if (ailment->command)
		findings_command(doctor->out, ailment->command);
	if (!(flags & LIBNS_WIRE_MEND) || !ailment->mend || doctor->out->no_memory) {
		findings_why(doctor->out, "%s", ailment->why);
		return;
	}
	if (mend(doctor, ailment, what.text, &why) < 0) {
		findings_why(doctor->out, "%s", libns_error_text(&why));
		return;
	}
	findings_why(doctor->out, "%s", ailment->why);
	finding = &doctor->out->list[doctor->out->n - 1];
	if (!(flags & LIBNS_WIRE_DRY_RUN))
		finding->verdict = LIBNS_WIRE_VERDICT_MENDED;
}

void doctor_skip(struct doctor *doctor, const char *check, const char *format, ...)
{
	_cleanup_(words_done) struct words what = { NULL };
	va_list ap;

	va_start(ap, format);
	words_add_v(&what, format, ap);
	va_end(ap);
	findings_add(doctor->out, LIBNS_WIRE_VERDICT_SKIP, check, "%s",
		     doctor_words(doctor, &what));
}

/* A name that is not in the caller's directory of names. */
struct doctor_sought {
	char *name;
	bool may_be;
};

void doctor_tell_elsewhere(struct doctor *doctor, const char *name, pid_t pid)
{
	if (doctor->o->flags & LIBNS_WIRE_GARBAGE)
		return;
	if (pid)
		doctor_skip(doctor, "elsewhere",
			    "the name '%s' is bound in another mount namespace only, that "
			    "of process %d",
			    name, pid);
	else
		doctor_skip(doctor, "elsewhere", "the name '%s' is bound below another mount only",
			    name);
}

/* All mount tables of the host are read for it, so it is done once. */
static bool seek(struct doctor *doctor, const char *name)
{
	struct netns_where where;
	int r = netns_find_elsewhere(doctor->o->run_fd, name, &where);

	if (doctor->o->name && strcmp(name, doctor->o->name) != 0)
		return r != 0;
	if (r > 0)
		doctor_tell_elsewhere(doctor, name, where.pid);
	else if (r < 0)
		doctor_skip(doctor, "elsewhere",
			    "whether '%s' is a name in another mount namespace cannot be told: %s",
			    name, error_describe(-r));
	return r != 0;
}

static bool may_be_elsewhere(struct doctor *doctor, const char *name)
{
	struct doctor_sought *more;

	for (size_t i = 0; i < doctor->n_sought; i++)
		if (!strcmp(doctor->sought[i].name, name))
			return doctor->sought[i].may_be;
	more = reallocarray(doctor->sought, doctor->n_sought + 1, sizeof(*more));
	if (more)
		doctor->sought = more;
	if (more)
		more += doctor->n_sought;
	if (!more || !(more->name = strdup(name))) {
		doctor->out->no_memory = true;
		return true;
	}
	doctor->n_sought++;
	more->may_be = seek(doctor, name);
	return more->may_be;
}

void doctor_forget_sought(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->n_sought; i++)
		free(doctor->sought[i].name);
	free(doctor->sought);
}

/* A namespace without a name has a link, which ends with it. */
static bool has_link(const struct doctor *doctor, const char *label)
{
	const struct libns_link *link;

	for (size_t i = 0; (link = libns_links_at(doctor->links, i)); i++)
		if (wire_is_ours(link->group) && !strcmp(link->alias, label))
			return true;
	return false;
}

bool doctor_has_name(struct doctor *doctor, const char *name)
{
	const struct libns_netns_entry *entry;

	if (!strncmp(name, WIRE_RUN_PREFIX, strlen(WIRE_RUN_PREFIX)))
		return has_link(doctor, name);
	/* What is bound elsewhere is a name of somebody, too. */
	for (size_t i = 0; (entry = libns_netns_list_at(doctor->names, i)); i++)
		if (!strcmp(entry->name, name) && (entry->id.ino || entry->elsewhere))
			return true;
	return may_be_elsewhere(doctor, name);
}

const char *doctor_words(struct doctor *doctor, const struct words *words)
{
	doctor->out->no_memory |= words->failed;
	return words->text;
}

const char *doctor_command(struct doctor *doctor, struct words *words, const char *before,
			   const char *word)
{
	words_done(words);
	words_add(words, "%s", before);
	words_quote(words, word);
	return doctor_words(doctor, words);
}
