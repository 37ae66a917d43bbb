/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_KEEPER_H
#define LIBNS_KEEPER_H

#include "spawn/plan.h"
#include "spawn/setup.h"

/*
 * The process outside: does what must be done from the namespaces the caller
 * started in, and takes it back if the caller fails or dies.
 */
struct keeper {
	int channel; /* -1: none runs */
	pid_t pid;
	struct persist *persist; /* what it binds, or NULL */
};

#define KEEPER_NONE                                                                                \
	{                                                                                          \
		-1, 0, NULL                                                                        \
	}

/* setgroups and the maps that are not written from inside. Allocates. */
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
 * keeper_end() - end it: with what it did, or taking it back
 *
 * Does nothing if none runs.
 *
 * Return: 0; with @commit -EIO if it was taken back already.
 */
int keeper_end(struct keeper *keeper, bool commit, struct libns_error *err);

#endif
