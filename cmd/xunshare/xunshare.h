/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_XUNSHARE_H
#define CMD_XUNSHARE_H

#include <stdio.h>

#include <libns/libns.h>

#include "common/cli.h"

/* What the command line asks for, see xunshare/options.c. */

#define MAX_TYPES 8

enum report { REPORT_NONE, REPORT_TEXT, REPORT_JSON };

/* What is mapped of one kind of id: the ranges asked for, and a single id besides. */
struct id_request {
	struct libns_idmap *map;
	bool ranges;
	bool single;
	uint32_t inner;
};

/* --container, --sandbox and --without, see xunshare/preset.c. */
struct preset_request {
	int id;      /* OPT_*; 0: none */
	char *value; /* its argument */
	char **without;
	size_t n_without;
	bool is_taken;             /* just now: what it stands for is not what the user has typed */
	bool has_pasta;            /* --pasta: names can be looked up */
	bool joins_net;            /* --join-net stands in for its part "net" */
	struct libns_account user; /* of the caller, once it was asked for; size 0: not yet */
	char **texts;              /* arguments of the options that it stands for */
	size_t n_texts;
};

/* --caps, --drop-caps, --ambient-caps, --disable-userns */
struct privileges {
	bool has_caps;
	uint64_t caps, drop, ambient;
	bool no_userns;
};

/* --setup */
struct setup_command {
	const char *argv[4];
};

/* --limit: what is written to a file of the program's control group. */
struct limit {
	const char *key, *value;
};

struct request {
	struct cli cli;
	struct preset_request preset;
	struct libns_plan plan;
	struct libns_mount_plan *mounts; /* or NULL */
	size_t n_procs;                  /* of them, for --mount-proc */
	struct libns_confine *confine;   /* or NULL, see privilege_need() */
	struct privileges privileges;
	struct libns_landlock *landlock; /* or NULL */
	bool landlock_best_effort, landlock_files;
	const char **filters; /* --seccomp */
	size_t n_filters;
	struct libns_confine *last; /* or NULL, see xunshare/seccomp.c */
	const char *root;           /* -R, --pivot-root */
	uint64_t root_flags;
	const char *join_net;      /* --join-net */
	struct libns_entry *entry; /* what that comes to, or NULL */
	bool pasta;                /* --pasta */
	char **pasta_args;         /*   its arguments, ending with NULL; or NULL */
	size_t n_pasta_args;
	char pasta_path[4096];
	uid_t own_uid; /* of this process, as they read where the user */
	gid_t own_gid; /*   namespace is made */
	struct id_request users, groups;
	struct libns_persist persist[MAX_TYPES];
	struct libns_rlimit *limits;
	struct {
		struct libns_rlimit had; /* the caller's */
		uint64_t room;           /* the soft one now; 0: not looked at */
		bool is_lifted;
	} files;
	struct {
		struct libns_program *commands; /* as many as the plan has */
		char **envp, *root;
	} setup;
	struct {
		struct limit *limits;
		size_t n;
		const char *parent; /* --limit-below, or NULL */
		struct libns_cgroup *made;
	} group;
	struct cli_shell shell;
	bool fork;
	bool pty;
	bool forward; /* --forward-signals */
	bool keep_caps;
	bool keep_id;
	bool clear_env;
	bool close_fds;
	const char **keep_env; /* --whitelist-env, one name each */
	const char **set_env;  /* --setenv, "NAME=VALUE" */
	size_t n_keep_env, n_set_env;
	int *pass_fds;
	size_t n_pass_fds;
	int *own_fds; /* --file, --join-net: the program does not get them */
	size_t n_own_fds;
	bool takes_stdin;                  /* --file: the program gets /dev/null instead */
	pid_t parent;                      /* --die-with-parent: who that is; 0: not asked for */
	int status_fd, ready_fd, block_fd; /* -1: none */
	int64_t timeout_ms, kill_after_ms; /* -1: none */
	enum report explain, dry_run, check;
};

/* Reads the command line. Return: CLI_END to go on, CLI_DONE if the answer has been printed
 * already, CLI_BAD if an error has. */
int options_parse(struct request *q, int argc, char **argv);
void options_free(struct request *q);

/* First call of main(): undoes what the way to a sealed copy has left in the environment. Return:
 * the arguments once more, for that copy. */
char **seal_unpack(char **argv);
void seal_free(char **argv);
bool seal_is_needed(const struct request *q);
/* Goes on as a sealed copy where that is needed, with @argv. Return: an exit code. */
int seal(const struct request *q, char **argv);
/* Closes what execve(2) would. @own_fd: the directory of our descriptors, opened before, or -1. */
void seal_descriptors(const struct request *q, int own_fd);

/* Says what a program needs that could not be executed under the rules of --landlock. */
void landlock_hint(const struct request *q, const struct libns_error *err);
/* Makes the filters of --seccomp, before the plans are looked at. Return: 0, or a negative errno
 * with a sentence. */
int seccomp_prepare(struct request *q, struct libns_error *err);

/* A plan, and how it is carried out (enum libns_how). */
struct planned {
	struct libns_plan plan;
	unsigned int how;
};

/* Ends the first process of a pid namespace that is deaf to --kill-child=SIGNAL. */
struct guard {
	int life;
	pid_t pid;                 /* 0: none is needed */
	int procfs_fd;             /* the caller's /proc, or -1 */
	struct libns_pasta *pasta; /* --pasta, which ends together with it; or NULL */
};

bool guard_is_needed(const struct request *q);
/* Prepares the guard, before anything is unshared. Return: an exit code. */
int guard_prepare(const struct request *q, struct guard *guard);
/* Starts the guard while the child is still held. Return: an exit code. */
int guard_start(const struct request *q, struct libns_child *child, struct guard *guard);
void guard_end(struct guard *guard);

/* Raises the limit of descriptors as far as that goes, if @n mounts and one more could need it. */
void limit_make_room(struct request *q, size_t n);
/* Undoes that for a program that takes the place of this one, and does it again if none does. */
void limit_restore(const struct request *q);
void limit_lift_again(const struct request *q);

/* Makes the control group, if limits were asked for, and puts it into the plan. Return: an exit
 * code. */
int group_start(struct request *q, struct libns_plan *plan);
/* Removes it, if it was made and nobody is in it any more. */
void group_end(struct request *q);
/* Names the steps of group_start(). */
void group_explain(const struct request *q,
		   int (*step)(void *data, const char *actor, const char *call, const char *why),
		   void *data);
/* Gives the network of the child, which is held, a way out if that is asked for. Return: an exit
 * code. */
int pasta_begin(const struct request *q, const struct libns_child *child, struct libns_pasta **ret);
/* The command line for that. Return: @buf. */
const char *pasta_format(const struct request *q, char *buf, size_t size);

/* Prints the steps of the plans with numbers. Return: an exit code. */
int report_plans(const struct request *q, FILE *file, enum report form, const struct planned *plans,
		 size_t n_plans);

/* --check: prints the findings. Return: CLI_FAILURE if a type that was asked for cannot be had;
 * if none was asked for, that goes for all types. */
int report_check(const struct request *q);

/* These write a line to the status descriptor; if there is none they do nothing. */
void report_error(const struct request *q, const struct libns_error *err);
/* Before xunshare ends with @code: the same for a failure that no line has told of yet. */
void report_failure(const struct request *q, int code);
/* @child: what was started; NULL if that is this process. */
void report_started(const struct request *q, const struct libns_child *child);
void report_exit(const struct request *q, int wait_status, bool timed_out);
/* Says to a person, or where the new /proc would show the old pid namespace, that the program will
 * not be in the new one: --fork is forgotten often. */
void report_forgotten_fork(const struct request *q);

/* Makes a single write(2). A failure is ignored, because the reader may have gone. */
void report_write(int fd, const char *text, size_t size);

#endif
