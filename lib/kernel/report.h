/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_REPORT_H
#define LIBNS_REPORT_H

#include <stdbool.h>

#include <libns/error.h>

/*
 * How far a child has come, in memory that it shares with who made it. The line
 * (channel.h) wakes who waits; its end alone does not say whether a program runs
 * or the child is gone, and a message can fail to be sent. This cannot.
 */
struct report {
	int stage;
	unsigned int step; /* enum libns_step: which one is being taken */
	struct libns_error failure;
};

/* Return: 0, or a negative errno with a sentence. */
int report_new(struct report **ret, struct libns_error *err);
struct report *report_free(struct report *report);

/* The child's words: it executes now; it has failed. Async-signal-safe. */
void report_runs(struct report *report);
void report_failed(struct report *report, const struct libns_error *failure);

/* The child's: which step it takes next. @report may be NULL. Async-signal-safe. */
void report_step(struct report *report, unsigned int step);

/**
 * report_late() - whoever was waited for has not come to the program in time
 * @patience_ms: how long was waited
 *
 * Names the step that it said it was taking. Return: -ETIMEDOUT.
 */
int report_late(const struct report *report, int patience_ms, struct libns_error *err);

bool report_is_running(const struct report *report);

/**
 * report_hear() - at the end of the line: what has become of the child
 * @who: "process 17" in the sentence
 *
 * What a hostile tracer of the child could have written is checked. Async-signal-safe.
 *
 * Return: 0 if it runs; what it has failed with; -EIO if it was gone before.
 */
int report_hear(const struct report *report, const char *who, struct libns_error *err);

#endif
