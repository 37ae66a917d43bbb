/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_CLI_H
#define CMD_CLI_H

/*
 * What the four tools share: an option table that is usage text, parser and
 * completion at once, strict numbers, error and hint lines, exit codes.
 *
 * Exit codes are those of unshare, nsenter, lsns and ip: 1 own failure, 126 the program cannot be
 * run, 127 it is not found, otherwise the program's own; a program that died
 * by a signal makes the tool die by the same signal.
 */

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <libns/error.h>

enum {
	CLI_FAILURE = 1,
	CLI_CANNOT_RUN = 126,
	CLI_NOT_FOUND = 127,
};

/* CLI_LONG_OPT_ARG: only the long form takes an argument, so that the letter can be combined with
 * others behind one dash. */
enum cli_arg { CLI_NO_ARG, CLI_ARG, CLI_OPT_ARG, CLI_LONG_OPT_ARG };

/* Ids of options without a letter begin here. */
#define CLI_LONG_BASE 256

struct cli_option {
	int id;           /* the letter, or CLI_LONG_BASE + n; 0 with a NULL name: heading */
	const char *name; /* long name; NULL: heading; ends with { 0, NULL, ... } without help */
	enum cli_arg arg;
	const char *metavar;  /* word for the argument in --help */
	const char *help;     /* one line, no full stop */
	const char *complete; /* what the argument may be, see below; NULL: anything */
};

/*
 * What completion offers for an argument or an operand: ":file", ":dir",
 * ":pid", ":target" (what libns_target_new() takes), ":user", ":group",
 * ":netns" (a name), ":ns" (an inode number), ":signal" or "-" (anything). All
 * else is a list of words: one of them ("a b c"), or after a comma (",a b c")
 * several, such as "a,c". ":subcommand" alone is a command of the tool. Operands
 * have kinds by their position (":netns :pid"), and the last kind is that of all
 * further ones; ":command" stands there for a program and its arguments.
 */

/* clang-format off */
#define CLI_HEADING(text) { 0, NULL, CLI_NO_ARG, NULL, text, NULL }
#define CLI_OPTIONS_END   { 0, NULL, CLI_NO_ARG, NULL, NULL, NULL }
/* clang-format on */

/* A command of a tool that has several. The operands of the tool are then those of the command. */
struct cli_command {
	const char *name;     /* ends with NULL */
	const char *args;     /* "NAME PID" as in --help */
	const char *help;     /* one line, no full stop; NULL: another spelling, not shown */
	const char *complete; /* of its operands */
	int (*run)(void *context, int argc, char **argv); /* argv[0] is the command's name */
	const struct cli_option *options;                 /* its own, without -h; NULL: none */
	const char *summary; /* whole lines for its --help; NULL: what @help says */
	bool permute;        /* its options may follow its operands */
};

struct cli {
	const char *name;                 /* "xunshare" */
	const char *usage;                /* "[options] [program [argument...]]", lines by \n */
	const char *summary;              /* what it does, one line */
	const struct cli_option *options; /* without -h, -V: those are everybody's */
	const char *brief;    /* names of options, if --help shows only these and --help=all all */
	const char *footer;   /* examples, printed last in --help; or NULL */
	const char *operands; /* completion of operands */
	bool permute;         /* options may follow operands (lsns); not for exec tools */
	int failure;          /* exit code of own failures; CLI_FAILURE if 0 */
	bool no_hint; /* what failed is not of this system, whose state says nothing of it */
	const struct cli_command *commands; /* or NULL */
	const struct cli_command *command;  /* this is one of the tool's; see cli_of_command() */
};

/* These are part of --help and --version. */
extern const struct cli_option cli_standard_options[];

/* The namespace type that an option's letter stands for, as in unshare(1) and nsenter(1); 0: none. */
uint64_t cli_type_of(int id);

/* Opens /dev/null on those of 0, 1 and 2 that are closed. main() calls it first. */
void cli_init(void);

/* Returns 0, or prints a sentence and returns the exit code where the program has rights from its
 * file, as one that is set-user-ID. */
int cli_refuse_gained_rights(const struct cli *cli);

/* SIGCHLD at its default: where the caller ignores it, the status of a child is lost.
 * @ret_old: receives what was there, for sigaction(2) before a program is run; or NULL. */
void cli_default_sigchld(struct sigaction *ret_old);

enum { CLI_DONE = 0, CLI_END = -1, CLI_BAD = -2 };

/*
 * The next option: its id (> 0) with the argument in `optarg`; CLI_END, with
 * `optind` at the first operand; CLI_DONE if --help, --version or --completion
 * was answered; CLI_BAD if the reason is printed already.
 */
int cli_next(const struct cli *cli, int argc, char **argv);

/* The first command in the table of which @word is the beginning, or NULL. */
const struct cli_command *cli_find_command(const struct cli *cli, const char *word);

/*
 * A command as if it were a tool, for cli_next(), with `optind` set so that argv[0] is the
 * command's name; the other functions then name its --help.
 */
struct cli cli_of_command(const struct cli *cli, const struct cli_command *command);

/*
 * Prints "name: <words>" and returns the exit code of own failures. Whatever the words are made of,
 * here and below, bytes that a terminal would obey are escaped.
 */
int cli_error(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As cli_error(), with "Try 'name --help' for more information.", or the command's. */
int cli_usage(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints "hint: <words>". */
void cli_hint(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints "name: note: <words>". */
void cli_note(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints the sentence and, where there is one, a "hint:" line; returns as cli_error(). */
int cli_fail(const struct cli *cli, const struct libns_error *err);

/* Prints as cli_fail(). Return: the exit code for a program that could not be executed. */
int cli_fail_exec(const struct cli *cli, const struct libns_error *err);

/* The failure that was printed last, with no step if it is one of the tool's own; NULL: none. */
const struct libns_error *cli_last_error(void);

/*
 * Strict numbers: decimal digits (and a leading - for i64), nothing else.
 * Return true, or print "name: <what>: ..." and return false.
 */
bool cli_u32(const struct cli *cli, const char *what, const char *text, uint32_t *ret);
bool cli_i64(const struct cli *cli, const char *what, const char *text, int64_t *ret);
bool cli_pid(const struct cli *cli, const char *what, const char *text, pid_t *ret);
bool cli_fd(const struct cli *cli, const char *what, const char *text, int *ret);
/* Parses an id (never 4294967295), or the name of a user or a group of this system. */
bool cli_uid(const struct cli *cli, const char *what, const char *text, uid_t *ret);
bool cli_gid(const struct cli *cli, const char *what, const char *text, gid_t *ret);
/* Parses a list of capabilities. */
bool cli_caps(const struct cli *cli, const char *what, const char *text, uint64_t *ret);
/* Parses the name of a signal: "KILL", "SIGKILL" or "rtmin+3", in capital or small letters.
 * Numbers are refused, as by unshare. */
bool cli_signal(const struct cli *cli, const char *what, const char *text, int *ret);

/* Replaces this process by a program. If that fails it prints why and returns the exit code. */
int cli_exec(const struct cli *cli, char *const argv[]);

/* $SHELL, else the passwd entry of @uid, else /bin/sh; argv[0] is "-base". */
struct cli_shell {
	char path[4096];
	char *argv[2];
	char argv0[1026];
};
void cli_shell(struct cli_shell *ret_shell, uid_t uid);
/* The same if it is known already which shell it is. */
void cli_shell_set(struct cli_shell *ret_shell, const char *path);

/* Ends as the program has ended: with its exit code, or by the signal that killed it. */
_Noreturn void cli_end_as(int wait_status);

/* Flushes stdout; a write error is printed, and turns success into a failure. */
int cli_finish(const struct cli *cli, int code);

#endif
