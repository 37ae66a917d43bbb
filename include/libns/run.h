/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_RUN_H
#define LIBNS_RUN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <libns/confine.h>
#include <libns/enter.h>
#include <libns/error.h>
#include <libns/idmap.h>
#include <libns/mount-plan.h>
#include <libns/rlimit.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Creating namespaces: in place with libns_unshare(), or in a child with
 * libns_spawn(). Both carry out the same plan in the same order:
 *
 *   owner ids; join @entry; create @types; id maps and setgroups; time offsets; persistence; own
 *   mounts; propagation; host and domain name; loopback; @mounts and @setups; those parts of
 *   @confine that need rights in the namespaces; root; working directory; wiping of @forget;
 *   proc; binfmt_misc; limits; group and user id; the final user; capabilities; the rest of
 *   @confine; cgroups; closing of descriptors; terminal; parent-death signal; filters that were
 *   added to @confine.
 *
 * @setups are run before the root is switched and before any right is given up, from the caller's
 * files, by absolute path. Their input is empty and their output goes to descriptor 2. If one cannot
 * be run, or does not end with status 0, that is a failure of the plan (LIBNS_STEP_SETUP). What is
 * left of its session is killed, and in a new pid namespace whatever else it has started.
 *
 * libns_plan_explain() lists the steps of a plan. Zero means "not asked for". A field in which zero
 * is also a valid value counts only if its flag is set. Strings and handles are borrowed for the
 * call.
 */

/*
 * The small structs that a caller puts into arrays will not grow: if one of them needs more later,
 * that will come as a further array of the plan.
 */

/* An existing file on which a namespace is bound to keep it alive. Symbolic links are not
 * followed, since whoever made one would choose what is covered. */
struct libns_persist {
	uint64_t type;    /* one LIBNS_TYPE_* bit, also in @types of the plan */
	const char *path; /* as the caller sees it */
};

struct libns_program {
	const char *path; /* NULL: argv[0] */
	char *const *argv;
};

/* Memory of the caller that the program must not get. */
struct libns_plan_memory {
	void *start;
	size_t size;
};

/*
 * The type of @trace of a plan. It is called once for each step that was begun, in their order,
 * before libns_unshare(), libns_apply() or libns_spawn() returns. @actor, @call and @why are those
 * of libns_plan_explain(). @result is 0, except for the last step, for which it is what the
 * function returns: a negative errno means that this step failed, or was under way when the
 * function gave up. Of a child that is held, it is told the steps up to the point where the child
 * waits.
 *
 * It is called by the calling thread and never in another process, because a child only counts its
 * steps in memory that it shares with the caller. So it may do anything except change the plan.
 */
typedef void (*libns_trace_fn)(void *data, const char *actor, const char *call, const char *why,
			       int result);

struct libns_plan {
	size_t size;                     /* sizeof(struct libns_plan) */
	uint64_t flags;                  /* LIBNS_PLAN_* */
	uint64_t types;                  /* LIBNS_TYPE_* to create */
	const struct libns_entry *entry; /* joined first */
	const struct libns_idmap *uid_map;
	const struct libns_idmap *gid_map;
	uid_t owner_uid;        /* LIBNS_PLAN_OWNER: */
	gid_t owner_gid;        /*   ids the new user namespace is owned by */
	unsigned int setgroups; /* enum libns_setgroups */
	int64_t monotonic;      /* LIBNS_PLAN_MONOTONIC: seconds of offset */
	int64_t boottime;       /* LIBNS_PLAN_BOOTTIME: seconds of offset */
	const struct libns_persist *persist;
	size_t n_persist;
	unsigned long propagation; /* MS_* of mount(2), applied to / */
	const char *hostname;
	const char *domainname;
	const char *root;         /* chroot(2), which is no boundary; not beside that of @mounts */
	const char *cwd;          /* inside @root; default / if there is one */
	int root_fd;              /* LIBNS_PLAN_ROOT_FD: as @root, by O_PATH fd */
	int cwd_fd;               /* LIBNS_PLAN_CWD_FD: as @cwd, by O_PATH fd */
	const char *mount_proc;   /* inside @root */
	const char *mount_binfmt; /* inside @root */
	const char *load_interp;  /* text for its register file */
	uid_t uid;                /* LIBNS_PLAN_UID */
	gid_t gid;                /* LIBNS_PLAN_GID */
	const struct libns_rlimit *rlimits;
	size_t n_rlimits;
	int death_signal;        /* libns_spawn(): when the calling thread ends */
	uint64_t sigmask;        /* LIBNS_PLAN_SIGMASK: of the child; bit n-1 = signal n */
	const char *path;        /* libns_spawn(): program; NULL: argv[0] */
	char *const *argv;       /* libns_spawn(): looked up in PATH of @envp */
	char *const *envp;       /* NULL: the caller's environment */
	int (*main)(void *data); /* libns_spawn(): runs instead of @argv */
	void *main_data;
	const struct libns_program *others; /* libns_spawn(): tried one by one where the */
	size_t n_others;                    /*   program before does not exist */
	const int *keep_fds;                /* LIBNS_PLAN_CLOSE_FDS: beside 0, 1 and 2 */
	size_t n_keep_fds;
	const int *cgroup_fds; /* cgroup.procs files, open for writing, to join */
	size_t n_cgroup_fds;
	int tty_fd;                      /* LIBNS_PLAN_TTY: terminal of a new session */
	unsigned int tty_stdio;          /*   and which of 0, 1 and 2 it becomes: bit n */
	int cancel_fd;                   /* LIBNS_PLAN_CANCEL_FD: libns_spawn() gives up */
					 /*   with -ECANCELED when it can be read */
	int patience_ms;                 /* libns_spawn(): -ETIMEDOUT when the way to the child, */
					 /*   or its way to the program, takes longer */
	struct libns_confine *confine;   /* how confined the program is, beyond the above */
	struct libns_mount_plan *mounts; /* made in mounts of its own */
	const struct libns_plan_memory *forget; /* wiped once the working directory has changed */
	size_t n_forget;
	libns_trace_fn trace; /* is told which steps were begun, see libns_trace_fn */
	void *trace_data;
	int cgroup_fd; /* LIBNS_PLAN_CGROUP: directory of a control group (libns/cgroup.h) */
	const struct libns_program *setups; /* run when @mounts are made, one by one, see above */
	size_t n_setups;
	char *const *setup_envp; /* their environment; NULL: the caller's */
	uid_t final_uid;         /* LIBNS_PLAN_FINAL_USER */
	gid_t final_gid;
};

#define LIBNS_PLAN_OWNER     (UINT64_C(1) << 0)
#define LIBNS_PLAN_MONOTONIC (UINT64_C(1) << 1)
#define LIBNS_PLAN_BOOTTIME  (UINT64_C(1) << 2)
#define LIBNS_PLAN_ROOT_FD   (UINT64_C(1) << 3)
#define LIBNS_PLAN_CWD_FD    (UINT64_C(1) << 4)
#define LIBNS_PLAN_UID       (UINT64_C(1) << 5)
#define LIBNS_PLAN_GID       (UINT64_C(1) << 6)
#define LIBNS_PLAN_SIGMASK   (UINT64_C(1) << 7)
/* Drop the supplementary groups before the ids change. */
#define LIBNS_PLAN_CLEAR_GROUPS (UINT64_C(1) << 8)
/* As LIBNS_PLAN_CLEAR_GROUPS, but a refusal (setgroups=deny) is no error. */
#define LIBNS_PLAN_TRY_CLEAR_GROUPS (UINT64_C(1) << 9)
/* Keep the capabilities held in the new user namespace through execve(2). */
#define LIBNS_PLAN_KEEP_CAPS (UINT64_C(1) << 10)
/* Bring up the interface lo of the new network namespace. */
#define LIBNS_PLAN_LOOPBACK (UINT64_C(1) << 11)
/* libns_spawn(): stop before the program; libns_child_release() lets it run. */
#define LIBNS_PLAN_HOLD (UINT64_C(1) << 12)
/* libns_spawn(): the child stays as process 1 and runs the program as its own child. It reaps
 * processes, passes signals on, and ends as the program does. Its environment and arguments are
 * wiped, and it cannot be traced from its namespaces. */
#define LIBNS_PLAN_PID1 (UINT64_C(1) << 13)

/* Close all descriptors but 0, 1, 2 and @keep_fds. */
#define LIBNS_PLAN_CLOSE_FDS (UINT64_C(1) << 14)
/* libns_spawn(): the child begins a session, with @tty_fd as its terminal. */
#define LIBNS_PLAN_TTY       (UINT64_C(1) << 15)
#define LIBNS_PLAN_CANCEL_FD (UINT64_C(1) << 16)
/* @hostname, @domainname, @mount_proc, @mount_binfmt, @propagation and
 * LIBNS_PLAN_LOOPBACK may change a namespace that is neither created nor joined by this plan.
 * Without this flag they are refused then, since it is rarely intended to change the host. */
#define LIBNS_PLAN_CHANGE_OLD (UINT64_C(1) << 17)

/* A mount namespace for the child alone: a copy of the one that the plan joins, or of the
 * caller's. What is mounted in the original appears in the copy, but not the other way round. */
#define LIBNS_PLAN_OWN_MOUNTS (UINT64_C(1) << 18)

/* libns_spawn(): nobody inside sees the caller's memory, nor its file, to which they could write
 * later (libns/seal.h). A small program in sealed memory carries out the plan in place of the
 * caller. See libns_spawn() for what it cannot do. */
#define LIBNS_PLAN_OUT_OF_REACH (UINT64_C(1) << 19)

/* libns_spawn(): the child begins in the control group (version 2) of @cgroup_fd, or is moved there
 * before it does anything else where the kernel cannot do that (before Linux 5.7). That group is the
 * root of a new cgroup namespace. */
#define LIBNS_PLAN_CGROUP (UINT64_C(1) << 20)

/* libns_spawn(): the child begins a session, which has no terminal, and is out of reach of what the
 * caller's terminal sends. It keeps its descriptors. Where it may hold CAP_SYS_ADMIN outside of user
 * namespaces, and could type into any terminal by that, it is guarded as by
 * libns_confine_guard_terminal(). LIBNS_PLAN_TTY gives the session a terminal. */
#define LIBNS_PLAN_NEW_SESSION (UINT64_C(1) << 21)

/* When all else is set up and the ids have changed, a second user namespace is made inside the first,
 * which has to be new. In it the ids are called @final_uid and @final_gid, and no other is mapped.
 * The program has no capability in the first one, to which all that was set up belongs: it cannot
 * unmount or change what was mounted. The confinement that follows is the one of the second. */
#define LIBNS_PLAN_FINAL_USER (UINT64_C(1) << 22)

enum libns_setgroups {
	LIBNS_SETGROUPS_DEFAULT, /* deny it where the kernel demands that */
	LIBNS_SETGROUPS_ALLOW,
	LIBNS_SETGROUPS_DENY
};

/* All other fields are zero. */
#ifdef __cplusplus
/* A function and not a list of fields, since compilers warn of those that a list leaves out. */
static inline struct libns_plan libns_plan_init(void)
{
	struct libns_plan plan = {};

	plan.size = sizeof(plan);
	return plan;
}
#define LIBNS_PLAN_INIT libns_plan_init()
#else
#define LIBNS_PLAN_INIT                                                                            \
	{                                                                                          \
		.size = sizeof(struct libns_plan)                                                  \
	}
#endif

/* How a plan is to be carried out. */
enum libns_how {
	LIBNS_HOW_UNSHARE, /* by libns_unshare() or libns_apply() */
	LIBNS_HOW_SPAWN    /* by libns_spawn() */
};

/**
 * libns_plan_explain() - list what would be done
 * @plan: what to create
 * @how: enum libns_how
 * @step: called for each step in order, with who takes it ("caller", "helper",
 *        "child"), the system call in words and the reason; a value other than
 *        0 ends the list
 * @data: handed to @step
 * @err: receives the sentence on failure, or NULL
 *
 * The lines come from the very code that takes the steps. Nothing is done.
 *
 * Affects: nothing.
 * Return: 0, the value of @step that ended the list, -EINVAL for a plan that
 *         contradicts itself, -E2BIG for a plan newer than the library.
 * Since: 0.1
 */
int libns_plan_explain(const struct libns_plan *plan, unsigned int how,
		       int (*step)(void *data, const char *actor, const char *call,
				   const char *why),
		       void *data, struct libns_error *err);

/**
 * libns_unshare() - create namespaces for the calling process and set them up
 * @plan: what to create
 * @err: receives the sentence on failure, or NULL
 *
 * One unshare(2) creates all types, after @entry has been joined. Only later children are in a new pid or time namespace; the
 * caller itself enters the time namespace with its next execve(2). Maps that the caller may not
 * write itself are written by a short-lived child from outside. On failure the caller may be left
 * in the new namespaces: end the process.
 *
 * A user namespace needs a process with one thread. Not async-signal-safe.
 *
 * Affects: calling process.
 * Return: 0; -EINVAL for a plan that contradicts itself or creates nothing, -E2BIG
 *         for a plan newer than the library; -EPERM, -ENOSPC, -EUSERS, -EINVAL of
 *         unshare(2); and the errnos of the steps, named in @err.
 * Since: 0.1
 */
int libns_unshare(const struct libns_plan *plan, struct libns_error *err);

/**
 * libns_apply() - carry out a plan that creates no namespaces
 * @plan: what to do; its @types is 0
 * @err: receives the sentence on failure, or NULL
 *
 * This sets root, working directory, limits, ids and capabilities and closes descriptors, for a
 * process that has entered namespaces with libns_enter(), that enters them now by @entry of the
 * plan, or that stays where it is. A pid namespace is joined for children only. A step that would
 * change a namespace that is not joined needs LIBNS_PLAN_CHANGE_OLD. The memory that @forget names
 * is wiped in the caller itself. On failure some steps may have been done: end the process. Not
 * async-signal-safe.
 *
 * Affects: calling process.
 * Return: 0; -EINVAL for a plan that contradicts itself or creates namespaces, -E2BIG for a
 *         plan newer than the library; and the errnos of the steps, named in @err.
 * Since: 0.1
 */
int libns_apply(const struct libns_plan *plan, struct libns_error *err);

struct libns_child;

/**
 * libns_spawn() - start a child in new or joined namespaces
 * @plan: what to create and to run: @argv or @main
 * @ret_child: receives the child; it runs @argv or @main already
 * @err: receives the sentence on failure, or NULL
 *
 * One clone3(2) creates all types, so the caller itself stays outside. Before Linux 5.3 it is
 * clone(2), and unshare(2) creates time namespaces where clone3 refuses them. The caller writes the
 * id maps while the child waits.
 *
 * The child is made as by vfork(2), which takes less time, where the caller has nothing to do
 * meanwhile and nobody can trace the child who could not trace the caller. It then uses the
 * caller's memory while the calling thread stands still.
 *
 * If anything fails up to and including execve(2), the child has ended and is reaped when this
 * returns, and @err holds the sentence about the failure in the child. If the caller dies during
 * the set-up, the child ends too.
 *
 * With @entry, a helper joins first and creates the child as the caller's own (CLONE_PARENT), so
 * that the child is in a joined pid namespace. There strangers can reach the child, and they may
 * hold CAP_SYS_PTRACE. It is therefore confined from its first moment: the helper, which nobody
 * inside can see, takes all steps of the plan before it makes the child, and closes what execve(2)
 * would close. The child itself only makes the session and terminal, mounts a procfs for the joined
 * pid namespace (before Linux 6.17; and takes the steps that follow it), lowers the limit of
 * processes, and executes the program. Until execve(2) its memory is a copy of the caller's,
 * without what @forget names, which the helper wipes in its own copy, and without what earlier
 * calls have left on the stack: keep no other secrets in memory. What the child reports is not
 * trusted, and a tracer that holds it also delays the caller. @cancel_fd and @patience_ms end that,
 * the latter with -ETIMEDOUT, the step that took so long and a sentence that says so. If a pid
 * namespace is joined, the helper creates @types after the join, out of the reach of strangers.
 * User, pid and time namespaces, which only a child could set up, are then refused with -EINVAL,
 * and so is @persist.
 *
 * With LIBNS_PLAN_OUT_OF_REACH the helper is another program, which gets the plan as a list of
 * system calls. It can enter a pid namespace, with others, and set root and working directory by
 * descriptor, limits, ids, capabilities that are left out, descriptors, a terminal and programs. It
 * exists on x86_64 only. If a plan asks for more, if the caller ignores SIGCHLD, or if a call of
 * the list fails, the result is -EOPNOTSUPP, without the reason. No program has run then, and no
 * process is left. Try again without the flag, in a sealed copy of the caller or where
 * libns_seal_query() says that none is needed: that gives the reason. @forget is not needed.
 *
 * @main runs in a process made by the raw system call: in a program with
 * threads it must keep to async-signal-safe functions. Its return value is the
 * exit status.
 *
 * May be called by programs with threads. @death_signal is bound to the calling
 * thread, and an execve(2) of a set-user-ID program clears it (PR_SET_PDEATHSIG).
 *
 * Ownership: free with libns_child_free().
 * Affects: nothing in the calling process.
 * Return: 0; -ENOENT, -EACCES, ... with LIBNS_STEP_EXEC if the program cannot
 *         be run; -EOPNOTSUPP with LIBNS_PLAN_OUT_OF_REACH; otherwise as libns_unshare().
 * Since: 0.1
 */
int libns_spawn(const struct libns_plan *plan, struct libns_child **ret_child,
		struct libns_error *err);

/**
 * libns_child_get_pid() - its process id as the caller sees it
 * @child: handle
 *
 * Affects: nothing.
 * Return: process id.
 * Since: 0.1
 */
pid_t libns_child_get_pid(const struct libns_child *child);

/**
 * libns_child_get_pidfd() - its pidfd
 * @child: handle
 *
 * Readable when the child has ended (pidfd_open(2)).
 *
 * Ownership: belongs to @child.
 * Affects: nothing.
 * Return: descriptor, or -1 before Linux 5.2.
 * Since: 0.1
 */
int libns_child_get_pidfd(const struct libns_child *child);

/**
 * libns_child_open_ns() - open a namespace that it is in
 * @child: handle
 * @type: one of LIBNS_TYPE_*
 * @err: receives the sentence on failure, or NULL
 *
 * Ownership: the caller closes the descriptor; it is close-on-exec and >= 3.
 * Affects: nothing outside the caller's descriptor table.
 * Return: descriptor; as libns_proc_new_from_pidfd() and libns_proc_open_ns().
 * Since: 0.1
 */
int libns_child_open_ns(const struct libns_child *child, uint64_t type, struct libns_error *err);

/**
 * libns_child_release() - let a held child run its program
 * @child: child of a plan with LIBNS_PLAN_HOLD
 * @err: receives the sentence on failure, or NULL
 *
 * On failure the child is gone and reaped. Freeing a held child instead ends it.
 *
 * Affects: the child.
 * Return: 0, -EINVAL if it is not held, or the errno of execve(2).
 * Since: 0.1
 */
int libns_child_release(struct libns_child *child, struct libns_error *err);

/* Also return when the child is stopped by a signal. */
#define LIBNS_WAIT_STOPPED (1u << 0)
/* Do not block: -EAGAIN if nothing has happened. */
#define LIBNS_WAIT_NOHANG (1u << 1)

/**
 * libns_child_wait() - wait for the child
 * @child: handle
 * @flags: LIBNS_WAIT_*
 * @ret_status: receives the status as waitpid(2) encodes it
 * @err: receives the sentence on failure, or NULL
 *
 * Once the end was reported, every further call reports it again.
 *
 * Where the caller ignores SIGCHLD, or another part of it has reaped the child, the status is still
 * known from Linux 6.15 on, and with LIBNS_PLAN_PID1; otherwise it is lost. A child in a pid
 * namespace that was joined may be gone before its pidfd can be opened: then it is lost, too.
 *
 * Affects: reaps the child.
 * Return: 0, -EINTR if a signal handler ran, -EAGAIN with LIBNS_WAIT_NOHANG,
 *         -ECHILD if somebody else has reaped it and its status is lost.
 * Since: 0.1
 */
int libns_child_wait(struct libns_child *child, unsigned int flags, int *ret_status,
		     struct libns_error *err);

/**
 * libns_child_kill() - send the child a signal
 * @child: handle
 * @sig: signal number, or 0 to ask whether it lives
 * @err: receives the sentence on failure, or NULL
 *
 * The signal is sent by pidfd, so it never reaches another process.
 *
 * Affects: the child.
 * Return: 0, -ESRCH if it has ended, -EPERM, -EINVAL.
 * Since: 0.1
 */
int libns_child_kill(struct libns_child *child, int sig, struct libns_error *err);

/**
 * libns_child_free() - let go of the child
 * @child: handle, or NULL
 *
 * This neither ends nor reaps it, except that a child that is held ends by itself.
 *
 * Affects: nothing outside the caller's descriptor table.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_child *libns_child_free(struct libns_child *child);

/* For __attribute__((cleanup(libns_child_freep))). */
static inline void libns_child_freep(struct libns_child **child)
{
	*child = libns_child_free(*child);
}

/**
 * libns_fds_close_on_exec() - have all descriptors above 2 closed by the next execve(2)
 * @err: receives the sentence on failure, or NULL
 *
 * With it a program hands on none of the descriptors that it was started with and does not know
 * of. This is close_range(2) (Linux 5.11), or else each of /proc/self/fd. Async-signal-safe.
 *
 * Affects: calling process.
 * Return: 0, or why /proc/self/fd cannot be read where close_range(2) is missing.
 * Since: 0.1
 */
int libns_fds_close_on_exec(struct libns_error *err);

/**
 * libns_exec() - replace the calling process by a program
 * @path: program, or NULL for argv[0]; without a slash looked up in PATH of @envp
 * @argv: arguments, ended by NULL
 * @envp: environment, or NULL for the caller's
 * @err: receives the sentence on failure, or NULL
 *
 * This is like execvpe(3), which also runs a file without "#!" by /bin/sh, but it says which
 * interpreter or dynamic loader is missing where that is the reason. Async-signal-safe.
 *
 * Affects: calling process.
 * Return: only on failure: -ENOENT, -EACCES, ... with LIBNS_STEP_EXEC.
 * Since: 0.1
 */
int libns_exec(const char *path, char *const argv[], char *const envp[], struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
