/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Of the doctor: a finding, and its cure. */

#include <stdarg.h>
#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "base/hold.h"
#include "wire/doctor.h"

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

bool doctor_has_name(const struct doctor *doctor, const char *name)
{
	const struct libns_netns_entry *entry;

	/* What is bound elsewhere is a name of somebody, too. */
	for (size_t i = 0; (entry = libns_netns_list_at(doctor->names, i)); i++)
		if (!strcmp(entry->name, name))
			return entry->id.ino || entry->elsewhere;
	return false;
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
