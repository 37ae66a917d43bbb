/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_XNSENTER_H
#define CMD_XNSENTER_H

/*
 * xnsenter: what its files share. xnsenter.c reads the command line into
 * struct options, xnsenter-target.c turns the target into a pinned process,
 * xnsenter-run.c joins and supervises, xnsenter-inside.c does what is left to
 * do once inside, up to execve(2).
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <libns/libns.h>

#include "cli.h"

enum ids_from { IDS_DEFAULT, IDS_NUMBER, IDS_FOLLOW };

struct options {
	const char *target;
	uint64_t types;          /* named without a file: of the target */
	bool all;
	bool user_parent;
	int ns_fds[LIBNS_N_TYPES];
	size_t n_ns_fds;
	uint64_t file_types;     /* types of @ns_fds */

	bool root_of_target;     /* -r without DIR */
	bool cwd_of_target;      /* -w without DIR */
	int root_fd;             /* -r DIR, opened at once; -1 */
	int cwd_fd;              /* -w DIR, opened at once; -1 */
	const char *wdns;        /* opened inside */

	enum ids_from uid_from, gid_from;
	uid_t uid;
	gid_t gid;
	bool preserve;
	bool keep_caps;

	bool no_fork;
	bool compat;
	char **argv;             /* program, or an empty list for the shell */
};

/* Everything that is known once the target is resolved. */
struct job {
	const struct cli *cli;
	const struct options *opts;
	struct libns_proc *proc;     /* NULL if only files were given */
	struct libns_entry *entry;
	int root_fd, cwd_fd;         /* of @opts, or the target's; -1 */
	bool set_uid, set_gid;
	uid_t uid;
	gid_t gid;
	bool clear_groups;           /* allowed inside; else tried before the join */
	struct cli_shell shell;
	bool crosses_mnt;            /* another file system tree: host paths mean nothing */
	int supervisor;              /* pidfd of this process, watched by the child; -1 in place */
};

/* Prints "xnsenter: note: <words>" on standard error. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Everything below returns 0, or an exit code with the reason printed. */

/* Resolves @opts->target into @job->proc and plans the entry. */
int job_resolve(struct job *job);

/* Joins and runs: in place, or in a child that is supervised. Does not return on success. */
int job_run(struct job *job);

/* Called inside the namespaces; ends in execve(2). Returns an exit code on failure. */
int job_inside(struct job *job);

#endif
