/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CONFINE_PRIVATE_H
#define LIBNS_CONFINE_PRIVATE_H

#include <sys/resource.h>

#include <libns/caps.h>
#include <libns/confine.h>
#include <libns/run.h>

#include "kernel/caps.h"

#define CONFINE_N_PARTS 12

/* Supplementary groups: they are the caller's as well and stay; they are set before the join,
 * while setgroups(2) still works; or they are set once everything is joined. */
enum groups_how { GROUPS_KEPT, GROUPS_BEFORE, GROUPS_INSIDE };

/* What the process that takes the steps tells the caller, in memory that both share. */
struct confine_said {
	unsigned int failed; /* the part that could not be had and was no optional one */
	struct libns_error lost[CONFINE_N_PARTS];
};

struct libns_confine {
	const struct libns_proc *proc;
	unsigned int user;
	unsigned int parts; /* those that are taken over */
	unsigned int optional;
	unsigned int patience_ms;

	uint64_t keep_caps, inheritable, ambient;
	bool gives_caps; /* whether @give counts */
	struct caps_program give;
	char give_names[LIBNS_CAPS_TEXT_SIZE]; /* see confine_name_caps() */
	bool no_userns;                        /* no further user namespace inside */
	bool no_new_privs;
	enum groups_how groups_how;
	gid_t *groups;
	size_t n_groups;
	mode_t umask;
	int nice;
	struct libns_rlimit limits[RLIM_NLIMITS];
	int oom, own_oom; /* oom_score_adj of the process, and that of the caller */
	int oom_fd;       /* the caller's oom_score_adj, open; -1 */
	char *label;      /* NULL: none */
	bool apparmor;
	int *cgroups; /* cgroup.procs, open for writing */
	size_t n_cgroups;
	struct libns_seccomp *filters; /* those that were read */
	struct libns_seccomp *added;   /* those that the caller has added; NULL */
	bool guards_terminal;
	bool own_keyring;
	const struct libns_landlock *landlock; /* NULL: no rules; borrowed */
	unsigned int landlock_abi;             /* the version that the kernel has; 0: none */

	char *status; /* while parts are read */
	int proc_fd;  /* the caller's procfs, where a process inside finds its own files, too; -1 */
	struct confine_said *said; /* NULL in a process whose word would not be believed */
};

/**
 * confine_take() - read or take over one part
 * @part: one of LIBNS_CONFINE_*
 * @take: does it
 *
 * Nothing is done if the part is none of @confine's. If @take fails, the part is lost where it is
 * optional, and that is noted; else it is noted that the failure was about this part.
 * Async-signal-safe if @take is.
 *
 * Return: 0, or what @take has failed with.
 */
int confine_take(struct libns_confine *confine, unsigned int part,
		 int (*take)(struct libns_confine *confine, struct libns_error *err),
		 struct libns_error *err);

/* Opens the caller's procfs once. Return: 0, or a negative errno with a sentence. */
int confine_open_proc(struct libns_confine *confine, struct libns_error *err);

/* Takes @said away from all processes that this one makes: they cannot tell the caller anything. */
int confine_hide(struct libns_confine *confine, struct libns_error *err);

/* Reads LIBNS_CONFINE_CGROUPS or LIBNS_CONFINE_MOUNTED_CGROUPS, whichever is among the parts. */
int confine_read_cgroups(struct libns_confine *confine, struct libns_error *err);

/*
 * These take a part over. They are handed to confine_take() together with the part that they are
 * about, and are async-signal-safe.
 */
int confine_set_oom(struct libns_confine *confine, struct libns_error *err);
int confine_cut_limits(struct libns_confine *confine, struct libns_error *err);
int confine_set_groups(struct libns_confine *confine, struct libns_error *err);
int confine_set_label(struct libns_confine *confine, struct libns_error *err);
int confine_set_nice(struct libns_confine *confine, struct libns_error *err);
int confine_set_umask(struct libns_confine *confine, struct libns_error *err);
int confine_set_caps(struct libns_confine *confine, struct libns_error *err);
int confine_set_no_new_privs(struct libns_confine *confine, struct libns_error *err);
int confine_set_filters(struct libns_confine *confine, struct libns_error *err);

/*
 * Notes the names of what the program is to have, which are needed where nothing can be looked up
 * any more. It may load a library: not between clone(2) and execve(2), nor in a new root.
 */
void confine_name_caps(struct libns_confine *confine);
/* Before the ids change, and afterwards: what the program is to have, if that was said. */
int confine_check_caps(const struct libns_confine *confine, struct libns_error *err);
int confine_give_caps(const struct libns_confine *confine, struct libns_error *err);
/* In the new user namespace, with all rights there. */
int confine_forbid_userns(const struct libns_confine *confine, struct libns_error *err);

int confine_guard_terminal(struct libns_error *err);
/* Is called with the ids of the program, to which the keyring is to belong. */
int confine_leave_keyring(struct libns_error *err);
/* The filter of confine_guard_terminal(), for another process to load; NULL: there is none for this
 * machine. */
struct sock_filter;
const struct sock_filter *confine_terminal_filter(uint16_t *ret_n);

/* Gives the caller its own oom_score_adj back. */
void confine_restore_oom(struct libns_confine *confine);

#endif
