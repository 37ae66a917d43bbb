/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_DOCTOR_H
#define LIBNS_WIRE_DOCTOR_H

#include "wire/findings.h"

/* What the parts of libns_wire_doctor() share. */

struct doctor {
	const struct libns_wire_doctor_options *o;
	uint64_t step_flags; /* LIBNS_WIRE_DRY_RUN */
	struct libns_wire_findings *out;
	struct wire_place host;
	struct libns_links *links; /* of the host */
	struct libns_netns_list *names;
	/* Names that are not among them, for which other mount namespaces were looked through. */
	struct doctor_sought *sought;
	size_t n_sought;
};

/* Something that is not right. The strings are copied. */
struct ailment {
	const char *check; /* a constant */
	const char *name;  /* whom it concerns; NULL: the host */
	const char *why;
	const char *command; /* mends it */
	bool garbage;        /* nobody uses it any more */
	/* Mends it. NULL: nobody can. Return: 0; 1 if it is right by now; -errno with the sentence. */
	int (*mend)(struct doctor *doctor, const void *data, struct libns_error *err);
	const void *data;
	bool tells; /* @mend tells the watcher what it does by itself */
};

/* Adds a finding, and mends it if that is wanted. */
void doctor_found(struct doctor *doctor, const struct ailment *ailment, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* It could not be found out, or is not for us to judge. */
void doctor_skip(struct doctor *doctor, const char *check, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Whether a namespace has that name, or may have it in a mount namespace that is not the caller's: that
 * is told. Also "run:PID..." is a name. */
bool doctor_has_name(struct doctor *doctor, const char *name);
/* Tells of a name that is bound in another mount namespace only; 0: below another mount. */
void doctor_tell_elsewhere(struct doctor *doctor, const char *name, pid_t pid);
/* Forgets what was looked for. */
void doctor_forget_sought(struct doctor *doctor);

/* The text; where memory was short for it, the list of findings knows that. */
const char *doctor_words(struct doctor *doctor, const struct words *words);
/* "rm -f /run/netns/a", in the place of what is in @words. Return: as doctor_words(). */
const char *doctor_command(struct doctor *doctor, struct words *words, const char *before,
			   const char *word);

/* Each returns 0, or -errno with the sentence where it cannot go on. */
int doctor_names(struct doctor *doctor, struct libns_error *err);
int doctor_mounts(struct doctor *doctor, struct libns_error *err);
int doctor_links(struct doctor *doctor, struct libns_error *err);
int doctor_ways(struct doctor *doctor, struct libns_error *err);
int doctor_files(struct doctor *doctor, struct libns_error *err);

#endif
