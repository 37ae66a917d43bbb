/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SEAL_H
#define LIBNS_SEAL_H

#include <stdbool.h>
#include <stdint.h>

#include <libns/enter.h>
#include <libns/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Keeping the running program out of reach of what it enters.
 *
 * A process in a container can open the file of whoever enters, as /proc/PID/exe or
 * through a "#!/proc/self/exe" of its own, and write to it later (CVE-2019-5736): the
 * next one to run the program on the host runs what the container wrote. So a program
 * that enters goes on as a copy of itself that nobody can change, before it joins:
 *
 *   if (!libns_seal_is_active() && libns_seal_query(entry, 0, &err) == 1) {
 *           entry = libns_entry_free(entry);
 *           fd = libns_seal_open("rescue", &err);
 *           if (fd >= 0)
 *                   libns_seal_exec(fd, argv, environ, &err);
 *           ... it has failed: err
 *   }
 *
 * Where only a child enters, and a plan can say all of what it is to be, LIBNS_PLAN_OUT_OF_REACH
 * of libns_spawn() does without a copy, in a third of the time: try that first.
 *
 * The copy begins with main() again. What it shall know of the first run is handed
 * over by the caller, in the arguments, the environment or inherited descriptors; the copy
 * believes that only where libns_seal_is_active() says that there was a first run.
 */

/* The caller changes to the root of somebody else, beside what the entry does. */
#define LIBNS_SEAL_OTHER_ROOT (UINT64_C(1) << 0)

/**
 * libns_seal_query() - whether the running program is within reach of what is entered
 * @entry: what is to be entered
 * @flags: LIBNS_SEAL_*
 * @err: receives the sentence on failure, or NULL
 *
 * Nothing is at risk where neither a pid nor a mount namespace nor another root is
 * entered; where the program runs from a read-only mount or is a sealed copy already;
 * and where all that is entered belongs to the user namespace of the target, which is
 * entered too, and the file's owner and group have no number in there: then nobody
 * inside has a right to write to it. What cannot be found out counts as a risk. Needs
 * /proc. Not async-signal-safe.
 *
 * Affects: nothing.
 * Return: 1 if it is within reach, 0 if not; -EINVAL for unknown flags; -ENOENT, -EMFILE,
 *         ... if the file of the program cannot be opened.
 * Since: 0.1
 */
int libns_seal_query(const struct libns_entry *entry, uint64_t flags, struct libns_error *err);

/**
 * libns_seal_open() - a copy of the running program that nobody can change
 * @name: what the copy is called in /proc/PID/exe, at most 249 bytes
 * @err: receives the sentence on failure, or NULL
 *
 * A file in memory that is sealed against everything (memfd_create(2), F_ADD_SEALS). It
 * takes about half a millisecond. Where such memory cannot be had, because of a filter, of
 * vm.memfd_noexec or of RLIMIT_FSIZE, it is the file itself on a read-only mount that is in
 * no mount namespace (Linux 5.12; needs CAP_SYS_ADMIN): writing to /proc/PID/exe is refused
 * then, and once execve(2) has closed the descriptor nobody can change that mount or copy
 * it, whatever capabilities he has. A SIGXFSZ of the limit does not reach the program.
 *
 * May be called by programs with threads; not async-signal-safe. Needs /proc.
 *
 * Ownership: close(2) the descriptor; libns_seal_exec() on success has closed it.
 * Affects: nothing.
 * Return: descriptor; -EMFILE, -ENOMEM, -EINVAL for the name, ...; -EPERM, -EACCES, -ENOSYS
 *         or -EFBIG where neither way can be gone.
 * Since: 0.1
 */
int libns_seal_open(const char *name, struct libns_error *err);

/**
 * libns_seal_exec() - go on as the copy
 * @fd: from libns_seal_open()
 * @argv: arguments of main(), ended by NULL
 * @envp: environment, or NULL for the caller's
 * @err: receives the sentence on failure, or NULL
 *
 * execveat(2). The process is called after the number of @fd then (PR_SET_NAME), and
 * $ORIGIN in the paths of its libraries leads nowhere. Async-signal-safe.
 *
 * Affects: calling process.
 * Return: only on failure: -ENOMEM, -E2BIG, -EACCES, ... with LIBNS_STEP_EXEC.
 * Since: 0.1
 */
int libns_seal_exec(int fd, char *const argv[], char *const envp[], struct libns_error *err);

/**
 * libns_seal_is_active() - whether this process has gone on as a copy
 *
 * Nobody but libns_seal_exec() has started such a process, so what is found in its
 * environment was left there by the first run, and not by whoever called that. Needs /proc;
 * without it the answer is no.
 *
 * Affects: nothing.
 * Return: true or false.
 * Since: 0.1
 */
bool libns_seal_is_active(void);

#ifdef __cplusplus
}
#endif

#endif
