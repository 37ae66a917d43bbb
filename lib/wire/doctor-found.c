/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Of the doctor: a finding, and its cure. */

#include <stdarg.h>
#include <string.h>

#include "base/base.h"
#include "base/err.h"
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
	struct cure cure = { doctor, ailment };
	char words[340];
	struct wire_step step = { .kind = WIRE_CALL,
				  .place = &doctor->host,
				  .text = ailment->command,
				  .what = words,
				  .call = call_mend,
				  .data = &cure };

	if (ailment->tells)
		return ailment->mend(doctor, ailment->data, err);
	snprintf(words, sizeof(words), "mend that %s", what);
	return wire_step_run(&step, doctor->step_flags, doctor->o->watch, err);
}

void doctor_found(struct doctor *doctor, const struct ailment *ailment, const char *format, ...)
{
	const uint64_t flags = doctor->o->flags;
	struct libns_error why = LIBNS_ERROR_INIT;
	struct libns_wire_finding *finding;
	char what[320];
	va_list ap;

	if ((flags & LIBNS_WIRE_GARBAGE && !ailment->garbage) ||
	    (doctor->o->name && ailment->name && strcmp(doctor->o->name, ailment->name) != 0))
		return;
	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	findings_add(doctor->out, LIBNS_WIRE_VERDICT_FAIL, ailment->check, "%s", what);
	if (ailment->command)
		findings_command(doctor->out, ailment->command);
	if (!(flags & LIBNS_WIRE_MEND) || !ailment->mend || doctor->out->no_memory) {
		findings_why(doctor->out, "%s", ailment->why);
		return;
	}
	if (mend(doctor, ailment, what, &why) < 0) {
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
	char what[320];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	findings_add(doctor->out, LIBNS_WIRE_VERDICT_SKIP, check, "%s", what);
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

const char *doctor_command(struct wire_words *words, const char *before, const char *word)
{
	words->n = 0;
	wire_words_add(words, "%s", before);
	wire_words_quote(words, word);
	return words->text;
}
