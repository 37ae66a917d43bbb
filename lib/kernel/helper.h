/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_HELPER_H
#define LIBNS_HELPER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <libns/error.h>

/*
 * Running a small program to its end, without a shell: newuidmap(1),
 * newgidmap(1), getsubids(1). Or running one beside the caller: pasta(1). Not
 * async-signal-safe.
 */

struct helper_output {
	char text[4096]; /* standard output, terminated; the rest is dropped */
	char words[240]; /* first line of standard error, terminated */
	int status;      /* exit status, or 128 + signal */
};

/**
 * helper_find() - look a program up in PATH
 * @name: file name
 * @buf: receives the path
 * @size: bytes at @buf
 *
 * Reads the environment variable PATH. Relative directories in it do not
 * count: whoever controls the working directory must not supply the program.
 *
 * Return: 0, -ENOENT, -EACCES if there is only a file that may not be run.
 */
int helper_find(const char *name, char *buf, size_t size);

/* A program that runs. Only helper.c and helper-keep.c use these fields. */
struct helper {
	char path[PATH_MAX];
	/* Pipes have our end first and the other process's end second. */
	int stdin_fd;   /* what its standard input is */
	int out[2];     /* the program's standard output */
	int words[2];   /* its standard error */
	int outcome[2]; /* from the keeper: the program's status, or a negative errno */
	int life[2];    /* to the keeper: ends when we do */
	pid_t keeper;
	int until_fd; /* of a service: it is killed when this can be read; or -1 */
	bool stays;   /* it is a service */
	bool is_sole; /* the kernel ends it when its keeper ends, whatever ends that */
	struct helper_guard *guard;
};

/**
 * helper_start() - start a program
 * @helper: receives what helper_finish() needs
 * @path: file to execute
 * @argv: arguments, the first one being its name
 * @err: receives the sentence on failure, or NULL
 *
 * Its standard input is empty. The caller's SIGCHLD handler and its wait(2)
 * calls do not see it. It is killed if the caller dies, or if it takes more
 * than half a minute.
 *
 * Return: 0, -EMFILE, -ENOMEM, ...; then there is nothing to finish.
 */
int helper_start(struct helper *helper, const char *path, char *const *argv,
		 struct libns_error *err);

/**
 * helper_finish() - wait for the end of a program
 * @helper: from helper_start()
 * @ret: receives what it said and how it ended
 * @err: receives the sentence on failure, or NULL
 *
 * Return: 0 whatever its status; -ENOENT, -EACCES, ... if it could not be
 *         executed, -ETIMEDOUT.
 */
int helper_finish(struct helper *helper, struct helper_output *ret, struct libns_error *err);

/*
 * What decides, once a service was let go, whether it is still of use. Both are called in the keeper,
 * which has a copy of the caller's memory: they are async-signal-safe.
 */
struct helper_guard {
	/* Once. Return: 0, or a negative errno, for helper_let_go(). */
	int (*settle)(struct helper_guard *guard);
	/* About every second after that. */
	bool (*is_over)(struct helper_guard *guard);
	int fd; /* stays open for them, maybe by another number; borrowed; or -1 */
};

/* A program that is to stay. */
struct helper_service {
	int stdin_fd; /* its descriptors 0 and 1; borrowed, above 2 */
	int stdout_fd;
	int until_fd;               /* it is killed when this can be read; borrowed; or -1 */
	struct helper_guard *guard; /* or NULL; borrowed until this is started */
};

/**
 * helper_start_service() - start a program that stays
 * @helper: receives what helper_stop() needs
 * @path: file to execute
 * @argv: arguments, the first one being its name
 * @service: what is different from helper_start()
 * @err: receives the sentence on failure, or NULL
 *
 * It is in a session of its own, and killed when the caller ends, or when it is stopped. What it
 * writes to its standard error and nobody reads is dropped. With CAP_SYS_ADMIN it is in a pid namespace
 * of its keeper's, who does not end without it.
 *
 * Return: as helper_start().
 */
int helper_start_service(struct helper *helper, const char *path, char *const *argv,
			 const struct helper_service *service, struct libns_error *err);

/**
 * helper_hear() - wait until a service has said something
 * @helper: from helper_start_service()
 * @buf: receives what it has written to its standard error since the last call, terminated
 * @size: bytes at @buf
 * @patience_ms: how long to wait
 *
 * Return: 1, 0 if it has ended and said all, -ENOENT, -EACCES, ... if it could not be executed,
 *         -ETIMEDOUT.
 */
int helper_hear(struct helper *helper, char *buf, size_t size, int patience_ms);

/* Ends a service, and waits for that. */
void helper_stop(struct helper *helper);

/* Lets go of a service: from now on only its @until_fd and its guard end it, and not the end of the
 * caller. Return: 0, or a negative errno where its keeper has ended, or its guard cannot do its work.
 * Nothing is left to be stopped then. */
int helper_let_go(struct helper *helper);

/* Does both. */
int helper_run(const char *path, char *const *argv, struct helper_output *ret,
	       struct libns_error *err);

/* As helper_run(), for more than fits into pipes: what it reads is in a file, and what it writes
 * goes to one. Both are borrowed; -1: none. */
int helper_run_on(const char *path, char *const *argv, int stdin_fd, int stdout_fd,
		  struct helper_output *ret, struct libns_error *err);

#endif
