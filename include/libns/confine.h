/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CONFINE_H
#define LIBNS_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <libns/error.h>
#include <libns/landlock.h>
#include <libns/proc.h>
#include <libns/seccomp.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Making a program as confined as a process is. What confines the process is read part by part,
 * before anything is joined. A plan (libns_run(3)) whose @confine is the result then makes its
 * program just as confined. That is done in steps among those of the plan and, where there is a
 * helper that nobody inside can see, by that helper.
 *
 * This is a promise: the program gets every part that was asked for, or does not run. A part that
 * cannot be read, or cannot be taken over, is an error, and libns_confine_get_failed() names the
 * part. If the part was declared optional, it is left out instead, and libns_confine_was_lost()
 * says why. There is one exception. A limit, a nice value or an oom score that would make the
 * program freer than the caller is allowed to make it stays stricter than that of the process, and
 * this is not reported.
 *
 * This program runs "id" in the namespaces of the process whose number is its argument, as confined
 * as that process is. Root has to start it:
 *
 *   #include <stdio.h>
 *   #include <stdlib.h>
 *   #include <libns/libns.h>
 *
 *   int main(int argc, char **argv)
 *   {
 *       char *id[] = { "id", NULL };
 *       struct libns_error err = LIBNS_ERROR_INIT;
 *       struct libns_enter_plan enter = LIBNS_ENTER_PLAN_INIT;
 *       struct libns_plan plan = LIBNS_PLAN_INIT;
 *       struct libns_proc *proc = NULL;
 *       struct libns_entry *entry = NULL;
 *       struct libns_confine *confine = NULL;
 *       struct libns_child *child = NULL;
 *       int status;
 *
 *       if (argc == 2 &&
 *           libns_proc_new(LIBNS_PROCFS, atoi(argv[1]), &proc, &err) == 0) {
 *           enter.proc = proc;
 *           enter.types = LIBNS_TYPES_ALL & ~LIBNS_TYPE_USER;
 *           enter.flags = LIBNS_ENTER_ROOT;
 *           plan.argv = id;
 *           if (libns_entry_new(&enter, &entry, &err) == 0 &&
 *               libns_confine_new(proc, LIBNS_USER_KEPT, &confine, &err) == 0 &&
 *               libns_confine_read(confine, LIBNS_CONFINE_ALL, 2000, &err) == 0) {
 *               plan.entry = entry;
 *               plan.confine = confine;
 *               if (libns_spawn(&plan, &child, &err) == 0)
 *                   libns_child_wait(child, 0, &status, &err);
 *           }
 *       }
 *       if (err.code)
 *           fprintf(stderr, "%s\n", libns_error_text(&err));
 *       libns_child_free(child);
 *       libns_confine_free(confine);
 *       libns_entry_free(entry);
 *       libns_proc_free(proc);
 *       return err.code != 0;
 *   }
 */

/* Supplementary groups. */
#define LIBNS_CONFINE_GROUPS (1u << 0)
/* The bounding, inheritable and ambient sets of capabilities. */
#define LIBNS_CONFINE_CAPS         (1u << 1)
#define LIBNS_CONFINE_NO_NEW_PRIVS (1u << 2)
/* Resource limits, unless the plan has some of its own. */
#define LIBNS_CONFINE_LIMITS (1u << 3)
#define LIBNS_CONFINE_NICE   (1u << 4)
/* oom_score_adj. */
#define LIBNS_CONFINE_OOM   (1u << 5)
#define LIBNS_CONFINE_UMASK (1u << 6)
/* The label of SELinux, else that of AppArmor, for the next execve(2). */
#define LIBNS_CONFINE_LABEL (1u << 7)
/* The control groups, unless the plan has some of its own. */
#define LIBNS_CONFINE_CGROUPS (1u << 8)
/* System call filters, see libns_seccomp(3). */
#define LIBNS_CONFINE_FILTERS (1u << 9)
#define LIBNS_CONFINE_ALL     ((1u << 10) - 1)
/* As LIBNS_CONFINE_LABEL, but only where SELinux is on. */
#define LIBNS_CONFINE_SELINUX (1u << 10)
/* As LIBNS_CONFINE_CGROUPS, but only in the hierarchies that are mounted here. */
#define LIBNS_CONFINE_MOUNTED_CGROUPS (1u << 11)
/* User and group id. libns_confine_read() does not read them: they are @uid and @gid of a plan. */
#define LIBNS_CONFINE_IDS (1u << 12)

/**
 * libns_confine_parse() - parts from a list of words
 * @list: "caps,limits" for these two, "-nice,-label" for all but these two; NULL for all
 * @ret_parts: receives LIBNS_CONFINE_*, LIBNS_CONFINE_IDS among them
 * @err: receives the sentence on failure, or NULL
 *
 * Words are ids, groups, caps, no-new-privs, limits, nice, oom, umask, label, cgroup and filter. A
 * word with a dash in front leaves its part out. A list that begins with such a word means all
 * other parts.
 *
 * Affects: nothing.
 * Return: 0, -EINVAL for an unknown word.
 * Since: 0.1
 */
int libns_confine_parse(const char *list, unsigned int *ret_parts, struct libns_error *err);

/**
 * libns_confine_part_name() - the word of a part
 * @part: one LIBNS_CONFINE_* bit
 *
 * Ownership: constant string.
 * Affects: nothing.
 * Return: word, or NULL if @part is not one known bit.
 * Since: 0.1
 */
const char *libns_confine_part_name(unsigned int part);

/**
 * libns_confine_next_part() - go through the parts that have a word of their own
 * @part: the part before, or 0 to begin
 *
 * Affects: nothing.
 * Return: one LIBNS_CONFINE_* bit, or 0 beyond the last.
 * Since: 0.1
 */
unsigned int libns_confine_next_part(unsigned int part);

/* Which user namespace the program will be in. Numbers of groups depend on it. */
enum libns_confine_user {
	LIBNS_USER_KEPT,        /* the program stays in the caller's user namespace */
	LIBNS_USER_JOINED,      /* the program will be in that of the process */
	LIBNS_USER_NO_SETGROUPS /* the same, and setgroups(2) is denied there */
};

struct libns_confine;

/**
 * libns_confine_new() - begin with nothing that confines
 * @proc: the process to be read, borrowed until the last libns_confine_read(); NULL if
 *        there is none
 * @user: enum libns_confine_user
 * @ret: receives the object
 * @err: receives the sentence on failure, or NULL
 *
 * Not async-signal-safe. The object is for one thread at a time.
 *
 * Ownership: free with libns_confine_free().
 * Affects: nothing outside the caller's memory.
 * Return: 0, -ENOMEM.
 * Since: 0.1
 */
int libns_confine_new(const struct libns_proc *proc, unsigned int user, struct libns_confine **ret,
		      struct libns_error *err);

/**
 * libns_confine_set_optional() - which parts may be left out
 * @confine: handle
 * @parts: LIBNS_CONFINE_*; those that cannot be had are no errors from now on
 *
 * Affects: @confine.
 * Return: nothing.
 * Since: 0.1
 */
void libns_confine_set_optional(struct libns_confine *confine, unsigned int parts);

/**
 * libns_confine_read() - read how confined the process is
 * @confine: handle with a process
 * @parts: LIBNS_CONFINE_*
 * @patience_ms: how long the process may take to stand still while its filters are read
 * @err: receives the sentence on failure, or NULL
 *
 * Call it before anything is joined and before the caller becomes another user: files are opened
 * with the rights held now, and the caller's /proc is read. What was read takes effect only when a
 * plan with @confine is carried out. May be called several times.
 *
 * Groups are translated for the user namespace that is joined. A group that has no number there is
 * left out, since no process there can have it. Where setgroups(2) is denied inside, groups are set
 * before the join.
 *
 * Control groups are looked up in a child, which may load libmount. The program begins as a copy of
 * the caller's memory, and the table of the host's mounts must not be in that. Control groups that
 * the caller is in already are left alone. A frozen group is refused, because the program would
 * stop at once.
 *
 * Filters are read as libns_seccomp_read(3) says, with its rights and effects.
 *
 * Not async-signal-safe.
 *
 * Affects: the process, for an instant, if filters are asked for.
 * Return: 0; -EINVAL for parts that this library does not know or without a process; for a
 *         part that cannot be had: -ESRCH if the process is gone, -EACCES, -EBADMSG for a
 *         text of procfs that cannot be understood, -EAGAIN for a frozen control group,
 *         -ENOENT for one that is not mounted or not in sight here, -ENOMEM, and what
 *         libns_seccomp_read() and libns_mounts_new() return.
 * Since: 0.1
 */
int libns_confine_read(struct libns_confine *confine, unsigned int parts, unsigned int patience_ms,
		       struct libns_error *err);

/**
 * libns_confine_limit_caps() - let the program keep no other capabilities
 * @confine: handle
 * @keep: bit n for capability n; all bits: no limit
 *
 * This limits all its sets, the bounding set included, whatever was read. May be called several
 * times: a capability is kept only if all calls keep it.
 *
 * Affects: @confine.
 * Return: nothing.
 * Since: 0.1
 */
void libns_confine_limit_caps(struct libns_confine *confine, uint64_t keep);

/**
 * libns_confine_set_caps() - give the program these capabilities and no others
 * @confine: handle
 * @set: bit n for capability n; all bits: all that the kernel has
 *
 * This is what the program has after execve(2), whichever user it is then. Who is not root keeps a
 * capability only if it is ambient, and therefore inheritable, too: then these are. Root's are in
 * none of these two sets. The bounding set is limited as by libns_confine_limit_caps(). The
 * capabilities are kept through the change of ids of the plan. A capability that the calling
 * process does not have in the user namespace of the program is an error of the plan (-EPERM), and
 * so is one that libns_confine_limit_caps() leaves out. Called again, the last set counts, within
 * the limits of all calls.
 *
 * Affects: @confine; libcap-ng may be loaded.
 * Return: nothing.
 * Since: 0.1
 */
void libns_confine_set_caps(struct libns_confine *confine, uint64_t set);

/**
 * libns_confine_add_ambient_caps() - have capabilities survive a change of the user
 * @confine: handle
 * @set: bit n for capability n; none: see below
 *
 * They are ambient (capabilities(7)), beside those that are so already, and are kept through the
 * change of ids of the plan. A program that is not root has all that is ambient and nothing else.
 * The inheritable set becomes the ambient one, also if @set is empty. A capability that cannot be
 * had is an error of the plan (-EPERM). May be called several times.
 *
 * Affects: @confine; libcap-ng may be loaded.
 * Return: nothing.
 * Since: 0.1
 */
void libns_confine_add_ambient_caps(struct libns_confine *confine, uint64_t set);

/**
 * libns_confine_forbid_userns() - no further user namespaces inside
 * @confine: handle
 * @err: receives the sentence on failure, or NULL
 *
 * In the new user namespace of the plan, /proc/sys/user/max_user_namespaces becomes 0, so that no
 * process there, root included, can make a user namespace. The capability that could change it,
 * CAP_SYS_RESOURCE, is left out of all sets (libns_confine_limit_caps()). This does not need a
 * second user namespace. The caller's /proc is opened now. A plan without a new user namespace is
 * refused with -EINVAL.
 *
 * Affects: @confine.
 * Return: 0, -ENOENT, -EACCES.
 * Since: 0.1
 */
int libns_confine_forbid_userns(struct libns_confine *confine, struct libns_error *err);

/**
 * libns_confine_set_no_new_privs() - no rights from the programs that it executes
 * @confine: handle
 *
 * Neither the program nor what it starts gains rights by execve(2) of a set-user-ID program or of
 * one with file capabilities, whatever was read (PR_SET_NO_NEW_PRIVS(2const)). The filters of
 * @confine are then set last.
 *
 * Affects: @confine.
 * Return: nothing.
 * Since: 0.1
 */
void libns_confine_set_no_new_privs(struct libns_confine *confine);

/**
 * libns_confine_set_groups() - give the program other supplementary groups
 * @confine: handle
 * @groups: numbers in the user namespace that the program will be in; copied
 * @n: how many
 * @err: receives the sentence on failure, or NULL
 *
 * They replace the groups of the process.
 *
 * Affects: @confine.
 * Return: 0, -EPERM where setgroups(2) is denied inside, -ENOMEM.
 * Since: 0.1
 */
int libns_confine_set_groups(struct libns_confine *confine, const gid_t *groups, size_t n,
			     struct libns_error *err);

/**
 * libns_confine_guard_terminal() - keep the program from typing into its terminal
 * @confine: handle
 *
 * Use it for a program that is not trusted and stays on the caller's terminal: with TIOCSTI it
 * could put commands into the queue that the caller's shell reads. A system call filter
 * (seccomp(2)) refuses TIOCSTI and TIOCLINUX with EPERM, for the program and its children, on every
 * terminal. On a kernel without filters, and on machines other than x86-64, arm64 and riscv64,
 * nothing is done.
 *
 * Affects: @confine.
 * Return: nothing.
 * Since: 0.1
 */
void libns_confine_guard_terminal(struct libns_confine *confine);

/**
 * libns_confine_own_keyring() - keep the program from the keys of the caller's session
 * @confine: handle
 *
 * Use it for a program that becomes another user. Whoever is in a session keyring (keyrings(7)) may
 * read and use the keys in it, whatever his user is. With this the program gets an empty session
 * keyring, which belongs to its user. Where the kernel has none, or a filter forbids keyctl(2),
 * nothing is done.
 *
 * Affects: @confine.
 * Return: nothing.
 * Since: 0.1
 */
void libns_confine_own_keyring(struct libns_confine *confine);

/**
 * libns_confine_set_landlock() - put the program under rules of Landlock
 * @confine: handle
 * @rules: borrowed until the plan has been carried out
 * @best_effort: whether rules hold as far as the kernel has them
 * @err: receives the sentence on failure, or NULL
 *
 * Without @best_effort each right and each scope that a rule names must be one that the kernel has,
 * and so must the least that makes a class hold: ABI 3 for files, 4 for ports, 6 for scopes. With
 * it nothing is an error here, not even a kernel without Landlock; libns_landlock_gap_at() says
 * what stays open then. Rights that no rule names, and that only newer kernels can restrict, are
 * open in both cases.
 *
 * Paths of rules are looked up when everything else has been set up, as the program would: inside
 * its root, from its working directory, with its ids. One that is not there makes the plan fail.
 * The program gets no_new_privs, too. In a plan for libns_apply() or libns_unshare() only the
 * calling thread comes under the rules, and what it starts.
 *
 * Affects: @confine.
 * Return: the version of Landlock, 0 if @best_effort and none can be had; -EINVAL for rules that
 *         restrict nothing; without @best_effort also what libns_landlock_abi() returns, and -EOPNOTSUPP for an older version than a rule
 *         needs.
 * Since: 0.1
 */
int libns_confine_set_landlock(struct libns_confine *confine, const struct libns_landlock *rules,
			       bool best_effort, struct libns_error *err);

/**
 * libns_confine_add_filters() - put the program under system call filters
 * @confine: handle
 * @filters: handle, whose filters are copied
 * @err: receives the sentence on failure, or NULL
 *
 * May be called several times; all of them hold, beside those that were read. They are loaded last
 * of all, one after the other: after what libns_spawn() does until the program is executed, and
 * before that only a first process (LIBNS_PLAN_PID1) is made, which is not under them; or at the end
 * of libns_unshare() and libns_apply(). Implies libns_confine_set_no_new_privs(): without it a
 * set-user-ID program could be made to fail where it does not expect that.
 *
 * Affects: @confine.
 * Return: 0, -ENOMEM.
 * Since: 0.1
 */
int libns_confine_add_filters(struct libns_confine *confine, const struct libns_seccomp *filters,
			      struct libns_error *err);

/**
 * libns_confine_get_parts() - which parts are taken over
 * @confine: handle
 *
 * Affects: nothing.
 * Return: LIBNS_CONFINE_* that were read and not lost.
 * Since: 0.1
 */
unsigned int libns_confine_get_parts(const struct libns_confine *confine);

/**
 * libns_confine_get_failed() - which part the last failure was about
 * @confine: handle
 *
 * That is a failure of libns_confine_read(), libns_spawn(), libns_apply() or libns_unshare(). The
 * answer never comes from a process that somebody inside could have taken over.
 *
 * Affects: nothing.
 * Return: one of LIBNS_CONFINE_*, or 0 if it was about something else.
 * Since: 0.1
 */
unsigned int libns_confine_get_failed(const struct libns_confine *confine);

/**
 * libns_confine_was_lost() - whether an optional part was left out, and why
 * @confine: handle
 * @part: one of LIBNS_CONFINE_*
 * @ret_why: receives the reason, or NULL
 *
 * Ask after libns_confine_read(), and again after the plan was carried out.
 *
 * Affects: nothing.
 * Return: true or false.
 * Since: 0.1
 */
bool libns_confine_was_lost(const struct libns_confine *confine, unsigned int part,
			    struct libns_error *ret_why);

/**
 * libns_confine_sets_groups() - whether supplementary groups are set
 * @confine: handle
 *
 * Affects: nothing.
 * Return: false if the program keeps the caller's groups, because none were read or given or
 *         because they are the same.
 * Since: 0.1
 */
bool libns_confine_sets_groups(const struct libns_confine *confine);

/**
 * libns_confine_count_groups() - how many supplementary groups are set
 * @confine: handle
 *
 * Affects: nothing.
 * Return: count.
 * Since: 0.1
 */
size_t libns_confine_count_groups(const struct libns_confine *confine);

/**
 * libns_confine_group_at() - a supplementary group
 * @confine: handle
 * @i: index
 *
 * Affects: nothing.
 * Return: its number in the user namespace where it is set, or (gid_t)-1 beyond the last one.
 * Since: 0.1
 */
gid_t libns_confine_group_at(const struct libns_confine *confine, size_t i);

/**
 * libns_confine_count_cgroups() - how many control groups are joined
 * @confine: handle
 *
 * Affects: nothing.
 * Return: count.
 * Since: 0.1
 */
size_t libns_confine_count_cgroups(const struct libns_confine *confine);

/**
 * libns_confine_get_filters() - the system call filters that were read
 * @confine: handle
 *
 * Ownership: belongs to @confine.
 * Affects: nothing.
 * Return: filters, or NULL if none were asked for or none could be read.
 * Since: 0.1
 */
const struct libns_seccomp *libns_confine_get_filters(const struct libns_confine *confine);

/**
 * libns_confine_free() - free what was read
 * @confine: handle, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_confine *libns_confine_free(struct libns_confine *confine);

/* For __attribute__((cleanup(libns_confine_freep))). */
static inline void libns_confine_freep(struct libns_confine **confine)
{
	*confine = libns_confine_free(*confine);
}

#ifdef __cplusplus
}
#endif

#endif
