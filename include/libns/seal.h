/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SEAL_H
#define LIBNS_SEAL_H

#include <stdbool.h>
#include <stdint.h>

#include <libns/enter.h>
#include <libns/environment.h>
#include <libns/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Keeping the running program out of reach of what it enters.
 *
 * A process in a container can open the executable file of a program that enters, as /proc/PID/exe
 * or through a "#!/proc/self/exe" of its own, and write to it later (CVE-2019-5736). Whoever next
 * runs the program on the host then runs what the container wrote. So a program that enters
 * continues, before it joins, as a copy of itself that nobody can change:
 *
 *   if (!libns_seal_is_active() && libns_seal_query(entry, 0, &err) == 1) {
 *           fd = libns_seal_open("rescue", &err);
 *           if (fd >= 0 && libns_seal_hand_over(pidfd, &environment, &err) == 0)
 *                   libns_seal_exec(fd, argv, libns_environment_get_items(environment), &err);
 *           ... it has failed: err
 *   }
 *
 * Where only a child enters, and a plan can describe all that it shall do, LIBNS_PLAN_OUT_OF_REACH
 * of libns_spawn() needs no copy and takes a third of the time: try that first.
 *
 * The copy begins with main() again, where libns_seal_take_over() gives it the target that the first
 * run had pinned. What else it shall know of the first run is handed over in the arguments, the
 * environment or inherited descriptors. The copy must believe these only if libns_seal_is_active()
 * says that there was a first run.
 */

/* The caller also changes to the root of another process, which the entry does not know of. */
#define LIBNS_SEAL_OTHER_ROOT (UINT64_C(1) << 0)

/**
 * libns_seal_query() - whether the running program is within reach of what is entered
 * @entry: what is to be entered
 * @flags: LIBNS_SEAL_*
 * @err: receives the sentence on failure, or NULL
 *
 * The program is out of reach if neither a pid nor a mount namespace nor another root is entered.
 * It also is if it runs from a read-only mount, or is a sealed copy already. And it is if all that
 * is entered belongs to the user namespace of the target, which is entered too, and the file's
 * owner and group have no number there, because then nobody inside has a right to write to the
 * file. What cannot be found out counts as a risk. Needs /proc. Not async-signal-safe.
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
 * The copy is a file in memory that is sealed against every change (memfd_create(2), F_ADD_SEALS).
 * Making it takes about half a millisecond. Where that is impossible because of a filter,
 * vm.memfd_noexec or RLIMIT_FSIZE, the descriptor is the file itself on a read-only mount that is
 * in no mount namespace (Linux 5.12; needs CAP_SYS_ADMIN). Writing to /proc/PID/exe is refused
 * then, and once execve(2) has closed the descriptor nobody can change that mount or copy it,
 * whatever their capabilities. A SIGXFSZ of the limit does not reach the program.
 *
 * May be called by programs with threads; not async-signal-safe. Needs /proc.
 *
 * Ownership: close(2) the descriptor; if libns_seal_exec() succeeds, it has been closed.
 * Affects: nothing.
 * Return: descriptor; -EMFILE, -ENOMEM, -EINVAL for the name, ...; -EPERM, -EACCES, -ENOSYS or
 *         -EFBIG where neither way works.
 * Since: 0.1
 */
int libns_seal_open(const char *name, struct libns_error *err);

/**
 * libns_seal_exec() - continue as the copy
 * @fd: from libns_seal_open()
 * @argv: arguments of main(), ended by NULL
 * @envp: environment, or NULL for the caller's
 * @err: receives the sentence on failure, or NULL
 *
 * This is execveat(2). Afterwards the name of the process is the number of @fd (PR_SET_NAME can
 * change it), and $ORIGIN in the paths of its libraries leads nowhere. Async-signal-safe.
 *
 * Affects: calling process.
 * Return: only on failure: -ENOMEM, -E2BIG, -EACCES, ... with LIBNS_STEP_EXEC.
 * Since: 0.1
 */
int libns_seal_exec(int fd, char *const argv[], char *const envp[], struct libns_error *err);

/**
 * libns_seal_hand_over() - tell the copy what it cannot find out by itself
 * @pinned_fd: a descriptor that the copy inherits, such as a pidfd of the target; or -1
 * @ret_environment: receives the environment for libns_seal_exec()
 * @err: receives the sentence on failure, or NULL
 *
 * A word by which a user names a target can mean another one when the copy looks it up again, and
 * so can a process number; a descriptor cannot. The copy also has to find libns, since $ORIGIN leads
 * nowhere, and to be called as this process is. All of that goes into an environment for the copy,
 * which has besides what that of the calling process has.
 *
 * Ownership: free the environment with libns_environment_free().
 * Affects: @pinned_fd, which is not close-on-exec any more.
 * Return: 0, -EBADF, -ENOMEM.
 * Since: 0.1
 */
int libns_seal_hand_over(int pinned_fd, struct libns_environment **ret_environment,
			 struct libns_error *err);

/**
 * libns_seal_take_over() - be what libns_seal_hand_over() has prepared
 * @ret_pinned_fd: receives the descriptor; -1 if there is none
 *
 * Call it first in main(). It restores the name of the process and LD_LIBRARY_PATH, and removes what
 * was handed over from the environment. What somebody else has put there under these names is removed,
 * and not believed.
 *
 * Ownership: the caller closes the descriptor; it is close-on-exec and >= 3.
 * Affects: environment of the calling process, its name.
 * Return: true if this process continues as a copy.
 * Since: 0.1
 */
bool libns_seal_take_over(int *ret_pinned_fd);

/**
 * libns_seal_is_needless() - whether nothing is lost where there can be no copy
 *
 * That is so if the caller, and with that any program that has no more rights, may not write to the
 * file of this program anyway. Needs /proc; without it the answer is no. Async-signal-safe.
 *
 * Affects: nothing.
 * Return: true or false.
 * Since: 0.1
 */
bool libns_seal_is_needless(void);

/**
 * libns_seal_is_active() - whether this process continues as a copy
 *
 * Only libns_seal_exec() starts such a process, so what is in its environment was put there by the
 * first run, and not by whoever started the first run. Needs /proc; without it the answer is no.
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
