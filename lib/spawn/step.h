/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_STEP_H
#define LIBNS_STEP_H

#include <stdbool.h>

#include <libns/run.h>

/*
 * What the steps of a plan are asked beside being taken. They are either only named, to @step;
 * or taken and counted, for the one who wants to know afterwards how far it went. They are taken
 * in the order in which they are named, whichever process takes them, so that the count says
 * which they were: no process but the caller has to put them into words.
 */
struct explain {
	/* NULL: they are taken */
	int (*step)(void *data, const char *actor, const char *call, const char *why);
	void *data;
	const char *actor;
	int ended;           /* what @step returned when it ended the list */
	unsigned int *begun; /* how many, in memory that all processes share; NULL: uncounted */
};

/* A count for those who take the steps. Where nobody wants to know, @ret is left as it is. */
int step_count_new(const struct libns_plan *ask, struct explain *ret, struct libns_error *err);
void step_count_free(struct explain *explain);

/* A step is begun that is named elsewhere: in explain.c. */
void step_begin(struct explain *explain);

/* Joins by libns_enter() or enter_now(): the steps of an entry, which explain.c names. */
int step_join(struct explain *explain, const struct libns_entry *entry,
	      int (*join)(const struct libns_entry *entry, struct libns_error *err),
	      struct libns_error *err);

/* It turned out that the steps since the count was @begun are left to another process. */
unsigned int step_count(const struct explain *explain);
void step_return_to(struct explain *explain, unsigned int begun);

/* Whether steps are only named. */
bool step_is_named(const struct explain *explain);

/* Names a step if that is all that is asked for: then true. Else it is begun. */
bool step_explain(struct explain *explain, const char *why, const char *call, ...)
	__attribute__((format(printf, 3, 4)));

#endif
