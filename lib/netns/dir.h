/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_NETNS_DIR_H
#define LIBNS_NETNS_DIR_H

#include <libns/netns.h>

#include "base/sys.h"

/* Directories of names, shared by the files that make, remove and read names. */

#define NETNS_RUN "/run/netns"

/* Directories with files for programs inside, by name. The second one is for who may not write to the
 * first one, and counts where that has nothing for a name. */
#define NETNS_ETC     "/etc/netns"
#define NETNS_ETC_OWN "/run/xnetns/etc"

/* The words before a name in an error sentence. */
#define NETNS_PREFIX(run_fd) ((run_fd) == LIBNS_NETNS_RUN ? NETNS_RUN "/" : "")

enum netns_state {
	NETNS_MISSING,
	NETNS_BOUND,  /* a namespace, also through a symbolic link */
	NETNS_FRESH,  /* an empty file: somebody may be about to bind it */
	NETNS_OURS,   /* the same, made under the lock */
	NETNS_STALE,  /* an empty file of a process that died before binding it */
	NETNS_FOREIGN /* a directory, a file with something in it, ... */
};

/*
 * Our own name files have this mode under the mount, those of ip(8) have none.
 * They are made and bound under the lock, so whoever holds it knows at once
 * that an unbound one is stale.
 */
#define NETNS_FILE_MODE 0400

/* Return: 0, or -EINVAL with the sentence. */
int netns_check_name(const char *name, struct libns_error *err);

/* Opens a directory of names for reading. /run/netns need not be prepared for new names. */
int netns_open_dir(int run_fd);

/* Whether libns_netns_open() failed for a reason that says nothing of the name: it is neither missing,
 * nor stale, nor somebody else's. */
static inline bool netns_is_unknown(int r)
{
	return sys_is_failure(r) && r != -EINVAL && r != -ELOOP;
}

/* Finds the state of a name, with its identity if it is bound. Return: state or a negative
 * errno. */
int netns_state(int dir_fd, const char *name, struct libns_id *ret_id);

/* A directory of names that is prepared for a new one and locked against other writers. */
struct netns_dir {
	int fd;
	int lock_fd; /* the same before it was covered; -1 if @fd holds the lock */
	bool locked; /* false: another process holds the lock for too long */
};

#define NETNS_DIR_INIT                                                                             \
	{                                                                                          \
		-1, -1, false                                                                      \
	}

/* Locks a directory as it is. Return: whether the lock is held. Closing the descriptor releases it. */
bool netns_lock(int dir_fd);

int netns_lock_dir(struct netns_dir *dir, int run_fd, struct libns_error *err);
void netns_dir_done(struct netns_dir *dir);

/* Sleeps for about a millisecond. */
void netns_pause(void);

#endif
