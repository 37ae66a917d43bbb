/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SUPERVISOR_H
#define LIBNS_SUPERVISOR_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libns/error.h>
#include <libns/run.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Standing in for a child. A program that runs another one in namespaces stays outside. Yet the
 * shell or service manager that started it should see one program only: signals sent to it reach
 * the child, stopping it stops both, the terminal is given back, and a deadline ends the child. A
 * supervisor does that for one child of libns_spawn().
 *
 * This program runs "sleep" in a pid namespace of its own for a second at most:
 *
 *   #include <stdio.h>
 *   #include <libns/libns.h>
 *
 *   int main(void)
 *   {
 *       char *sleep[] = { "sleep", "1000", NULL };
 *       struct libns_error err = LIBNS_ERROR_INIT;
 *       struct libns_supervisor_options options = LIBNS_SUPERVISOR_OPTIONS_INIT;
 *       struct libns_plan plan = LIBNS_PLAN_INIT;
 *       struct libns_supervisor *s = NULL;
 *       int status;
 *
 *       options.signals = LIBNS_SUPERVISE_ALL;
 *       options.timeout_ms = 1000;
 *       plan.types = LIBNS_TYPE_PID;
 *       plan.argv = sleep;
 *       if (libns_supervisor_new(&options, &s, &err) < 0 ||
 *           libns_supervisor_spawn(s, &plan, &err) < 0 ||
 *           libns_supervisor_wait(s, &status, &err) < 0)
 *           fprintf(stderr, "%s\n", libns_error_text(&err));
 *       else if (libns_supervisor_has_timed_out(s))
 *           fprintf(stderr, "the time is up\n");
 *       libns_supervisor_free(s);
 *       return err.code != 0;
 *   }
 */

/* Sets of signals: bit n-1 stands for signal n. END is SIGTERM and SIGINT; ALL has also SIGHUP,
 * SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM and SIGWINCH. */
#define LIBNS_SIGNAL_BIT(sig) (UINT64_C(1) << ((sig)-1))
#define LIBNS_SUPERVISE_END   (LIBNS_SIGNAL_BIT(SIGTERM) | LIBNS_SIGNAL_BIT(SIGINT))
#define LIBNS_SUPERVISE_ALL                                                                        \
	(LIBNS_SUPERVISE_END | LIBNS_SIGNAL_BIT(SIGHUP) | LIBNS_SIGNAL_BIT(SIGQUIT) |              \
	 LIBNS_SIGNAL_BIT(SIGUSR1) | LIBNS_SIGNAL_BIT(SIGUSR2) | LIBNS_SIGNAL_BIT(SIGALRM) |       \
	 LIBNS_SIGNAL_BIT(SIGWINCH))

/* The child gets a new terminal in a new session. Whatever an untrusted program types into it or
 * does to its settings does not affect the caller's terminal. It belongs to the program's user
 * and to the group tty, as they are numbered in the user namespace. */
#define LIBNS_SUPERVISE_TERMINAL (UINT64_C(1) << 0)
/* SIGHUP, SIGINT, SIGQUIT and SIGTERM end libns_supervisor_spawn() with -ECANCELED. */
#define LIBNS_SUPERVISE_CANCEL (UINT64_C(1) << 1)
/* The child is killed as soon as @until_fd can be read, or has no other end any more. */
#define LIBNS_SUPERVISE_UNTIL (UINT64_C(1) << 2)

struct libns_supervisor_options {
	size_t size;           /* sizeof(struct libns_supervisor_options) */
	uint64_t flags;        /* LIBNS_SUPERVISE_TERMINAL, ... */
	uint64_t signals;      /* set of signals that are passed on to the child */
	int64_t timeout_ms;    /* the child is ended after that time; 0: never */
	int64_t kill_after_ms; /* 0: SIGKILL ends it; else SIGTERM, and SIGKILL that much later */
	int until_fd;          /* LIBNS_SUPERVISE_UNTIL; borrowed */
};

/* All other fields are zero. */
#define LIBNS_SUPERVISOR_OPTIONS_INIT                                                              \
	{                                                                                          \
		sizeof(struct libns_supervisor_options), 0, 0, 0, 0, 0                             \
	}

struct libns_supervisor;

/**
 * libns_terminal_is_ours() - whether the caller stands in front of a terminal
 *
 * If so, descriptors 0 and 1 are a terminal whose foreground is the caller's process group: a
 * program that is not trusted should get another one (LIBNS_SUPERVISE_TERMINAL).
 *
 * Affects: nothing.
 * Return: true or false.
 * Since: 0.1
 */
bool libns_terminal_is_ours(void);

/**
 * libns_terminal_in_reach() - whether a program that is started now could use a terminal
 *
 * It has one on descriptor 0, 1 or 2, or can open /dev/tty. If it is not trusted and gets no
 * terminal of its own, libns_confine_guard_terminal() keeps it from typing into that one.
 *
 * Affects: nothing.
 * Return: true or false.
 * Since: 0.1
 */
bool libns_terminal_in_reach(void);

/**
 * libns_supervisor_new() - begin to stand in for a child that is yet to be made
 * @options: what to do for it
 * @ret_supervisor: receives the supervisor
 * @err: receives the sentence on failure, or NULL
 *
 * From here on no signal is lost: those in @signals, SIGINT, SIGTERM, SIGCHLD and SIGCONT
 * are blocked in the calling thread, and SIGCHLD is not ignored any more. SIGINT and
 * SIGTERM that are not passed on are dropped. Use one supervisor at a time in a process,
 * and make and use it in one thread.
 *
 * Ownership: free with libns_supervisor_free().
 * Affects: signal mask of the calling thread, disposition of SIGCHLD.
 * Return: 0, -EINVAL for unknown flags or negative times, -E2BIG for options newer than
 *         the library, -ENOMEM.
 * Since: 0.1
 */
int libns_supervisor_new(const struct libns_supervisor_options *options,
			 struct libns_supervisor **ret_supervisor, struct libns_error *err);

/**
 * libns_supervisor_spawn() - start the child
 * @supervisor: handle, without a child
 * @plan: as for libns_spawn(); its terminal, signal mask and cancelling descriptor must be
 *        left to the supervisor
 * @err: receives the sentence on failure, or NULL
 *
 * The child has the signal mask that the caller had before libns_supervisor_new(). After a failure
 * this may be called again with another plan; the terminal is made only once.
 *
 * Affects: as libns_spawn().
 * Return: 0, -ECANCELED with LIBNS_SUPERVISE_CANCEL, -EBUSY if there is a child; otherwise as
 *         libns_spawn().
 * Since: 0.1
 */
int libns_supervisor_spawn(struct libns_supervisor *supervisor, const struct libns_plan *plan,
			   struct libns_error *err);

/**
 * libns_supervisor_get_child() - the child
 * @supervisor: handle
 *
 * Use it to release the child where the plan has LIBNS_PLAN_HOLD, and to ask for its number.
 *
 * Ownership: belongs to @supervisor.
 * Affects: nothing.
 * Return: child, or NULL before libns_supervisor_spawn().
 * Since: 0.1
 */
struct libns_child *libns_supervisor_get_child(const struct libns_supervisor *supervisor);

/**
 * libns_supervisor_get_signal() - the signal that has cancelled the start
 * @supervisor: handle
 *
 * Affects: nothing.
 * Return: number of the signal, or 0.
 * Since: 0.1
 */
int libns_supervisor_get_signal(const struct libns_supervisor *supervisor);

/**
 * libns_supervisor_wait() - stand in for the child until it has ended
 * @supervisor: handle with a child
 * @ret_status: receives its status as waitpid(2) encodes it
 * @err: receives the sentence on failure, or NULL
 *
 * When the child stops, the calling process stops itself, and continues the child when it
 * is continued. What the caller's terminal sends reaches a child in the same session by
 * itself and is not passed on a second time. With LIBNS_SUPERVISE_TERMINAL, the caller's
 * terminal on descriptor 0 is in raw mode meanwhile, and what the child shows is written to
 * descriptor 1, or 2 if that alone is a terminal. The time of a deadline begins here.
 *
 * If a child was sent a signal to end it, but a tracer holds it, it is killed after two seconds.
 *
 * Affects: reaps the child; modes of the caller's terminal, which are restored.
 * Return: 0, -EINVAL without a child, -ECHILD if somebody else has reaped it.
 * Since: 0.1
 */
int libns_supervisor_wait(struct libns_supervisor *supervisor, int *ret_status,
			  struct libns_error *err);

/**
 * libns_supervisor_has_timed_out() - whether the deadline has ended the child
 * @supervisor: handle
 *
 * Affects: nothing.
 * Return: true if the time was up before the child had ended.
 * Since: 0.1
 */
bool libns_supervisor_has_timed_out(const struct libns_supervisor *supervisor);

/**
 * libns_supervisor_was_held() - whether a tracer kept the child from ending
 * @supervisor: handle
 *
 * If so, the status is that of the signal which the child was sent.
 *
 * Affects: nothing.
 * Return: true if the child was killed for that reason.
 * Since: 0.1
 */
bool libns_supervisor_was_held(const struct libns_supervisor *supervisor);

/**
 * libns_supervisor_free() - end the supervision
 * @supervisor: handle, or NULL
 *
 * A child that still runs goes on; one that is held ends. Signals that are pending are delivered
 * then.
 *
 * Affects: signal mask of the calling thread and disposition of SIGCHLD, which are restored.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_supervisor *libns_supervisor_free(struct libns_supervisor *supervisor);

/* For __attribute__((cleanup(libns_supervisor_freep))). */
static inline void libns_supervisor_freep(struct libns_supervisor **supervisor)
{
	*supervisor = libns_supervisor_free(*supervisor);
}

#ifdef __cplusplus
}
#endif

#endif
