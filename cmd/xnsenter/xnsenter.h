/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_XNSENTER_H
#define CMD_XNSENTER_H

/*
 * xnsenter: what its files share. xnsenter.c reads the command line into
 * struct options, xnsenter/resolve.c has the target pinned and decides everything
 * else, xnsenter/run.c joins and supervises,
 * xnsenter/inside.c says what is done between joining and execve(2).
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <libns/libns.h>

#include "common/cli.h"

/* What --like-target takes over. */
enum {
	LIKE_IDS = 1 << 0,
	LIKE_GROUPS = 1 << 1,
	LIKE_CAPS = 1 << 2,
	LIKE_NNP = 1 << 3,
	LIKE_LIMITS = 1 << 4,
	LIKE_NICE = 1 << 5,
	LIKE_OOM = 1 << 6,
	LIKE_UMASK = 1 << 7,
	LIKE_LABEL = 1 << 8,
	LIKE_CGROUP = 1 << 9,
	LIKE_FILTER = 1 << 10,
	LIKE_ALL = (1 << 11) - 1
};

/* Supplementary groups of the target: the caller's too; set while setgroups(2) still works;
 * set in the user namespace. */
enum groups_how { GROUPS_KEPT, GROUPS_BEFORE, GROUPS_INSIDE };

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
	unsigned int like; /* LIKE_* */
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
enum { LIMIT_FILES, LIMIT_SIZE, LIMITS_LIFTED };

struct lifted_limits {
	struct libns_rlimit had[LIMITS_LIFTED]; /* as the caller has set them */
	size_t n;
};

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
	int pinned_before;             /* the same, as the way to the sealed copy has left it; -1 */
	struct libns_entry *entry;
	int root_fd, cwd_fd; /* of @opts, or the target's; -1 */
	bool set_uid, set_gid;
	uid_t uid;
	gid_t gid;
	bool clear_groups; /* allowed inside; else tried before the join */
	char accounts[64]; /* where the names of --setuid, --setgid were found; or "" */
	struct cli_shell shell;
	bool crosses_mnt; /* another file system tree: host paths mean nothing */
	bool is_foreign;  /* whoever is inside may be hostile: mnt, pid or user */
	bool in_child;
	bool use_pty;
	bool guard_terminal; /* a terminal of the caller's stays in reach */
	char note[160];      /* said once it is certain that this process goes on */
	char *target_env;    /* items ended by NUL, or NULL */
	size_t target_env_size;
	int cgroups[24]; /* cgroup.procs of the target's groups */
	size_t n_cgroups;
	volatile struct progress *progress; /* shared with who joins, not with the child */

	/* --like-target, --caps, --follow-context */
	uint64_t keep_caps, inheritable, ambient;
	unsigned int like; /* what of @opts->like has not been left out */
	bool no_new_privs;
	enum groups_how groups_how;
	bool groups_of_user; /* @groups are those of --setuid=NAME, not of the target */
	gid_t *groups;
	size_t n_groups;
	mode_t umask;
	int nice;
	struct libns_rlimit limits[RLIM_NLIMITS];
	size_t n_limits;
	char oom[24], own_oom[24]; /* oom_score_adj: the target's, the caller's */
	int oom_fd;                /* the caller's */
	char *label;               /* NULL: none */
	struct libns_seccomp *filter;
	bool apparmor;
	int proc_fd; /* the host's procfs; -1 */

	/* --tools, --host-root */
	struct libns_entry *whole_entry; /* with the mount namespace that @entry leaves out */
	int tools_fd;                    /* tree to attach, or the busybox file; -1 */
	const char *tools_place;         /* where they are */
	char *applets;                   /* names of the busybox, one a line, or NULL */
};

enum step { STEP_JOIN, STEP_TOOLS, STEP_DIRECTORIES, STEP_RUN };

struct progress {
	int step;     /* enum step: which one is being taken */
	bool is_said; /* a step has failed and said so */
};

/* Everything below returns 0, or an exit code with the reason printed. */

/* Everything that is decided before the first join. */
int job_resolve(struct job *job);

/* What is read and opened before anything is changed; the part that --plan tells of. */
int job_prepare(struct job *job);

/* --setuid=NAME, --setgid=NAME: looks the names up where the program will be. */
int account_choose(struct job *job);
/* Once the namespaces are joined, and before the ids change. */
int account_set_groups(const struct job *job);
/* Whether the program gets a list of groups: the target's or the user's. */
bool job_has_groups(const struct job *job);

/* --plan. */
int job_plan(const struct job *job);

/* Goes on as a sealed copy of this program where that is needed: then it does not return. */
int job_seal(struct job *job);
bool job_needs_seal(const struct job *job);
/* First call of main(): undoes what the way to the sealed copy has left in the environment.
 * Return: the descriptor that the target is pinned by, or -1. */
int seal_unpack(void);

/* Raises what would hinder this tool, and notes what the caller had. */
void limits_lift(struct lifted_limits *limits);
/* For a program of which the library does not make the plan. */
void limits_give_back(const struct lifted_limits *limits);

/* --env: before the first join. */
int env_read_target(struct job *job);
/* Whether the program is one of the host's, which the target must not choose or steer. */
bool env_is_for_host(const struct job *job);
/* Makes the environment of the program. */
void job_environment(struct job *job);

/* --join-cgroup: opened before the first join; the library joins. */
int cgroup_open(struct job *job);

/* Whether standard input and output are the terminal that this process is in front of. */
bool terminal_is_ours(void);
/* Whether a program that is started now could get at a terminal of the caller's. */
bool terminal_in_reach(void);
/* Keeps the program from typing into it; while rights in the namespaces are held. */
int terminal_guard(const struct job *job);

/* --tools: a static busybox of the host, and the list of its names. */
int busybox_find(struct job *job);

/* --tools, --host-root: open before the first join, attach after the last. */
int tools_open(struct job *job);
int tools_attach(struct job *job);
void tools_environment(const struct job *job);

/* --like-target and its pieces. The words of its argument; prints what is wrong. */
bool like_parse(const struct cli *cli, const char *text, unsigned int *ret);
/* Names of the parts, by the number of their bit; NULL beyond the last. */
const char *like_part_at(unsigned int i);
/* A part cannot be had: an error that names the word which leaves it out, or with
 * --best-effort a note. */
int like_lost(struct job *job, unsigned int part, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Whether the caller is in these very groups, as they read out here. */
bool like_are_own_groups(const gid_t *groups, size_t n);
/* Before anything is changed. */
int like_read(struct job *job);
int like_before_join(struct job *job);
/* In the process that stays outside, once the program runs. */
void like_after_start(const struct job *job);
int like_before_ids(struct job *job);
int like_after_ids(struct job *job);

/* Joins and runs: in place, or in a child that is supervised. Does not return on success. */
int job_run(struct job *job);
/* Frees what it holds. */
void job_free(struct job *job);

/* For the library, see struct libns_plan. */
int job_hook(void *job, unsigned int when, struct libns_error *err);
/* Fills in what is done between joining and the program. */
void job_fill_plan(struct job *job, struct libns_plan *plan);
/* What is tried to run, in this order. Return: how many. */
size_t job_programs(struct job *job, struct libns_program ret[3]);

#endif
