/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_KEEPER_H
#define LIBNS_KEEPER_H

#include "spawn/plan.h"
#include "spawn/setup.h"

/*
 * The keeper, a process that stays outside. It does what must be done from the
 * namespaces in which the caller began, and takes that back if the caller fails or
 * dies.
 */
struct keeper {
	int channel; /* -1: no keeper runs */
	pid_t pid;
	struct persist *persist; /* what it binds, or NULL */
};

#define KEEPER_NONE                                                                                \
	{                                                                                          \
		-1, 0, NULL                                                                        \
	}

/* Writes setgroups and the maps that are not written from inside. Allocates memory. */
int keeper_write_maps(const struct plan *plan, pid_t pid, struct libns_error *err);
void keeper_explain_maps(const struct plan *plan, struct explain *explain);

/**
 * keeper_start() - make the process, before anything is unshared
 * @keeper: receives it
 * @plan: plan; its persist files are bound
 * @how: LIBNS_HOW_UNSHARE: the caller itself changes namespaces, and its maps are
 *       written too; then the caller must have one thread
 */
int keeper_start(struct keeper *keeper, const struct plan *plan, unsigned int how,
		 struct libns_error *err);

/* Lets it work on the namespaces of @pid and waits until it has. */
int keeper_work(struct keeper *keeper, pid_t pid, struct libns_error *err);

/**
 * keeper_end() - end the keeper
 * @commit: whether what it did stays; else it takes that back
 *
 * Does nothing if no keeper runs.
 *
 * Return: 0; -EIO if it was to stay, and had been taken back already.
 */
int keeper_end(struct keeper *keeper, bool commit, struct libns_error *err);

#endif
