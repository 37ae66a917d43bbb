/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_XNSENTER_H
#define CMD_XNSENTER_H

/*
 * What the files of xnsenter share. xnsenter.c reads the command line into struct
 * options, resolve.c has the target pinned and decides everything else, and run.c
 * makes the plan of what is done between joining and execve(2), and supervises.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <libns/libns.h>

#include "common/cli.h"

enum ids_from { IDS_DEFAULT, IDS_NUMBER, IDS_FOLLOW, IDS_NAME };

struct options {
	const char *target;
	uint64_t types; /* named without a file: of the target */
	bool all;
	bool user_parent;
	int ns_fds[LIBNS_N_TYPES];
	size_t n_ns_fds;
	uint64_t file_types; /* types of @ns_fds */

	bool root_of_target; /* -r without DIR */
	bool cwd_of_target;  /* -w without DIR */
	int root_fd;         /* -r DIR, opened at once; -1 */
	int cwd_fd;          /* -w DIR, opened at once; -1 */
	const char *wdns;    /* opened inside */

	enum ids_from uid_from, gid_from;
	uid_t uid;
	gid_t gid;
	const char *user, *group; /* IDS_NAME */
	bool preserve;
	bool keep_caps;

	bool no_fork;
	bool compat;
	bool plan, plan_json;
	bool pty, no_pty;
	bool clean_env;
	bool env; /* the target's environment */
	bool join_cgroup;
	bool context;      /* -Z */
	unsigned int like; /* LIBNS_CONFINE_* */
	bool best_effort;
	bool tools;
	const char *tools_dir; /* NULL: a static busybox */
	const char *host_root;
	uint64_t caps;  /* to keep; all bits: no limit */
	int timeout_ms; /* for each step until the program runs; 0: none */
	int net_socket; /* number in the target; -1 */
	int keep_fds[32];
	size_t n_keep_fds;
	char **argv; /* program, or an empty list for the shell */
};

/* Limits of the caller that were raised for the time until the program runs. */
struct lifted_limits {
	struct libns_rlimit had[LIBNS_RLIMITS_LIFTED]; /* as the caller has set them */
	size_t n;
};

/* Whether something is to be taken from a process, and not only a namespace. */
bool options_need_process(const struct options *o);

/* Everything that is known once the target is resolved. */
struct job {
	const struct cli *cli;
	const struct options *opts;
	char **all_argv; /* of main() */
	const struct lifted_limits *lifted;
	struct libns_target *target;   /* NULL if only files were given */
	const struct libns_proc *proc; /* of @target; NULL if that is one namespace, too */
	int target_ns;                 /* of @target, or of --net-socket; -1 */
	int pinned;                    /* pidfd or namespace of what is entered; -1 */
	bool is_copy;                  /* this process has gone on as a sealed copy */
	int pinned_before;             /* the same, as the way to the sealed copy has left it; -1 */
	struct libns_entry *entry;
	int root_fd, cwd_fd; /* of @opts, or the target's; -1 */
	bool set_uid, set_gid;
	uid_t uid;
	gid_t gid;
	bool clear_groups; /* allowed inside; else tried before the join */
	char accounts[64]; /* where the names of --setuid, --setgid were found; or "" */
	struct cli_shell shell;
	bool is_foreign; /* whoever is inside may be hostile: mnt, pid or user */
	bool in_child;
	bool use_pty;
	bool guard_terminal;           /* a terminal of the caller's stays in reach */
	char note[160];                /* said once it is certain that this process goes on */
	struct libns_environment *env; /* of the program */
	struct libns_plan_memory *forget;
	size_t n_forget;

	/* --like-target, --caps, --follow-context, --join-cgroup */
	struct libns_confine *confine;
	unsigned int noted;  /* parts of which it was said that they are left out */
	bool groups_of_user; /* the groups are those of --setuid=NAME, not of the target */

	/* --tools, --host-root */
	struct libns_entry *whole_entry; /* with the mount namespace that @entry leaves out */
	const char *tools_place;         /* where they are inside; NULL: there are none */
	struct libns_mount_plan *shown;  /* what is shown, in order; or NULL */
};

/* Functions below that return an int return 0, or an exit code once the reason is printed. */

/* Everything that is decided before the first join. */
int job_resolve(struct job *job);

/* Whether the program is in another tree of files, in which paths of the host mean nothing. */
bool job_crosses_mnt(const struct job *job);

/* Reads what is needed of the target, before anything is changed. */
int job_prepare(struct job *job);
/* Makes tools and environment, before anything is changed, and where no namespace is refused. */
int job_complete(struct job *job);
/* Puts into @plan what is done between joining and execve(2). @programs: room for the programs that
 * are tried one by one. */
void job_fill_plan(struct job *job, struct libns_plan *plan, struct libns_program programs[3]);

/* --setuid=NAME, --setgid=NAME: looks the names up where the program will be. */
int account_choose(struct job *job);
/* The account of a user id where the program will be. Return: 0, or a negative errno. */
int account_find_own(const struct job *job, uid_t uid, struct libns_account *ret,
		     struct libns_error *err);
/* Whether the program gets a list of groups: the target's or the user's. */
bool job_has_groups(const struct job *job);

/* --plan. */
int job_plan(struct job *job);

/* Goes on as a sealed copy of this program where that is needed, and does not return then. */
int job_seal(struct job *job);
bool job_needs_seal(const struct job *job);
/* Whether a stub (LIBNS_PLAN_OUT_OF_REACH) is tried first. */
bool job_may_use_stub(const struct job *job);
/* Whether the program is one of the host's, which the target must not choose or steer. */
bool env_is_for_host(const struct job *job);
/* Before the first join: makes the environment of the program, and chooses the shell by it. */
int env_make(struct job *job);
/* Whether an item of the caller's environment is not for the program. */
bool env_is_left_out(const struct job *job, const char *item);

/* --tools, --host-root: made before the first join, attached by the plan. */
int tools_open(struct job *job);
void tools_fill_plan(const struct job *job, struct libns_plan *plan);

/* Names the parts that --like-target takes. Return: CLI_FAILURE. */
int like_hint_parts(void);

/* --like-target and its pieces. The word of the chosen part that comes after @part, which is 0 at
 * first and receives that part; NULL beyond the last. */
const char *like_next(unsigned int chosen, unsigned int *part);
/* What of --like-target has not been left out. */
unsigned int like_taken(const struct job *job);
/* Before anything is changed: makes @confine, and fills it. */
int like_begin(struct job *job);
int like_read(struct job *job);
/* Says which parts have been left out, of those of which it was not said. */
void like_note_lost(struct job *job);
/* Prints a failure, with the option that leaves out the part that it was about. */
int like_fail(const struct job *job, const struct libns_error *err);

/* Joins and runs: in place, or in a child that is supervised. Does not return on success. */
int job_run(struct job *job);
/* Frees what it holds. */
void job_free(struct job *job);

#endif
