/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_ENTRY_PRIVATE_H
#define LIBNS_ENTRY_PRIVATE_H

#include <libns/enter.h>
#include <libns/idmap.h>
#include <libns/type.h>

/* An entry: entry.c decides what is in it, and enter.c carries it out. */

struct entry_step {
	struct libns_entry_step step;
	char call[96];
};

struct libns_entry {
	const struct libns_proc *proc; /* borrowed; NULL if only descriptors were given */
	int pidfd;                     /* borrowed from @proc; -1 without one */
	uint64_t types;                /* left to enter */
	uint64_t of_proc;              /* those of @types that setns(pidfd) can join */
	uint64_t same;
	uint64_t unreadable;
	uint64_t for_children;  /* those taken from pid_for_children, time_for_children */
	int fds[LIBNS_N_TYPES]; /* by index of libns_type_at() */
	int root_fd;            /* -1: keep what the mount namespace gives */
	bool lost_root;         /* the target's root was left out, because it is gone */
	struct entry_step steps[LIBNS_N_TYPES + 2];
	size_t n_steps;
};

/* Why a pid namespace is refused with EINVAL, where that was seen to be the reason. */
#define ENTER_NOT_BELOW "it is not below the caller's pid namespace, and no other can be entered"

/* As libns_enter(), for a child: if a filter kills it for a call, its parent can say so. */
int enter_now(const struct libns_entry *entry, struct libns_error *err);

/* Descriptor of one type of the entry, or -1. */
int entry_fd(const struct libns_entry *entry, uint64_t type);

/* An id inside the user namespace that is entered, as it is out here. Return: 1, 0 if it has no
 * number out here, a negative errno with a sentence. */
int entry_to_outer(const struct libns_entry *entry, enum libns_idmap_kind kind, uint32_t inner,
		   uint32_t *ret_outer, struct libns_error *err);

/* Whether an open directory is the one now at "/". Async-signal-safe. */
bool entry_is_root(int dir_fd);

#endif
