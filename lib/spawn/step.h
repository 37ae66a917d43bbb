/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_STEP_H
#define LIBNS_STEP_H

#include <stdbool.h>

#include <libns/run.h>

/*
 * How the steps of a plan are made known. Either they are only named, to @step, and not taken; or
 * they are taken and counted, and the caller learns afterwards how far that went. Steps are taken in
 * the order in which they are named, whichever process takes them. So their number is enough to tell
 * which they were, and only the caller puts them into words.
 */
struct explain {
	/* Called for each step that is named. NULL: the steps are taken. */
	int (*step)(void *data, const char *actor, const char *call, const char *why);
	void *data;
	const char *actor;
	int ended;           /* what @step returned when it ended the list */
	unsigned int *begun; /* the count, in memory that all processes share; NULL: none */
};

/* Prepares @ret for counting if the plan has a @trace, and does nothing otherwise. */
int step_count_new(const struct libns_plan *ask, struct explain *ret, struct libns_error *err);
void step_count_free(struct explain *explain);

/* Counts a step that explain.c names. */
void step_begin(struct explain *explain);

/* Joins the namespaces of @entry by @join, which is libns_enter() or enter_now(), and counts the
 * steps of that. */
int step_join(struct explain *explain, const struct libns_entry *entry,
	      int (*join)(const struct libns_entry *entry, struct libns_error *err),
	      struct libns_error *err);

/* How many steps have been begun. */
unsigned int step_count(const struct explain *explain);
/* Sets the count back: the steps after @begun were not taken by this process. */
void step_return_to(struct explain *explain, unsigned int begun);

/* Whether steps are only named, and not taken. */
bool step_is_named(const struct explain *explain);

/* Stands where a step is taken. Return: true if it is only named, and has been; false if the caller
 * is to take it now. It has then been counted. */
bool step_explain(struct explain *explain, const char *why, const char *call, ...)
	__attribute__((format(printf, 3, 4)));

#endif
