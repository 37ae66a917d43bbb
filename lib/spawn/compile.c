/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A plan as lists of system calls, for the stub (stub.h).
 *
 * The order is that of setup.c, for the same reasons. The helper joins, and takes on everything that
 * the program is to have. Left to the child are the session, the limits that would hinder the clone,
 * the death signal and the signal mask. A plan with something that is not known here is refused
 * before anything is done; then it is carried out in the ordinary way.
 *
 * A list may only have effects that end with the two processes. So it moves no process into a control
 * group, mounts nothing and writes no file: if the list fails, the caller begins once more.
 */

#include "spawn/compile.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "confine/confine.h"
#include "enter/entry.h"
#include "kernel/channel.h"
#include "kernel/exec.h"
#include "spawn/setup.h"

/* The flags that can be put into a list. */
#define KNOWN_FLAGS                                                                                \
	(LIBNS_PLAN_ROOT_FD | LIBNS_PLAN_CWD_FD | LIBNS_PLAN_UID | LIBNS_PLAN_GID |                \
	 LIBNS_PLAN_SIGMASK | LIBNS_PLAN_CLEAR_GROUPS | LIBNS_PLAN_TRY_CLEAR_GROUPS |              \
	 LIBNS_PLAN_CLOSE_FDS | LIBNS_PLAN_TTY | LIBNS_PLAN_CANCEL_FD | LIBNS_PLAN_CHANGE_OLD |    \
	 LIBNS_PLAN_OUT_OF_REACH)

/* A list, and the plan that it is made of. */
struct maker {
	const struct setup setup;
	const struct libns_plan *ask;
	struct compiled *out;
};

/*
 * Whether a plan has a field that cannot be put into a list, also one that is newer than this file. A
 * path inside is such a field: it must be looked up without following a link to a descriptor
 * (setup.c), and that takes more than one call.
 */
static bool asks_for_more(const struct libns_plan *ask)
{
	static const struct libns_plan nothing;
	struct libns_plan rest = *ask;

	rest.size = rest.flags = rest.sigmask = 0;
	rest.entry = NULL;
	rest.confine = NULL;
	rest.path = NULL;
	rest.root_fd = rest.cwd_fd = rest.tty_fd = rest.cancel_fd = 0;
	rest.uid = rest.gid = 0;
	rest.rlimits = NULL;
	rest.argv = rest.envp = NULL;
	rest.others = NULL;
	rest.keep_fds = NULL;
	rest.n_rlimits = rest.n_others = rest.n_keep_fds = 0;
	rest.tty_stdio = 0;
	rest.death_signal = rest.patience_ms = 0;
	/* The stub has none of that memory. */
	rest.forget = NULL;
	rest.n_forget = 0;
	/* take_confinement() of plan.c may leave an empty list. */
	if (!rest.n_cgroup_fds)
		rest.cgroup_fds = NULL;
	return memcmp(&rest, &nothing, sizeof(rest)) != 0;
}

/* Whether the kernel reaps children by itself. Then nothing is left by which it could be told whether
 * a child has run its program. */
static bool children_leave_nothing(void)
{
	struct sigaction action;

	return sigaction(SIGCHLD, NULL, &action) < 0 || action.sa_handler == SIG_IGN ||
	       (action.sa_flags & SA_NOCLDWAIT);
}

const char *compile_refuses(const struct plan *plan)
{
	const struct libns_plan *ask = &plan->ask;

	if (!image_is_known())
		return "on this machine";
	if (!ask->entry || !(libns_entry_get_types(ask->entry) & LIBNS_TYPE_PID))
		return "without a pid namespace that is entered";
	if (children_leave_nothing())
		return "where SIGCHLD is ignored";
	if ((ask->flags & ~KNOWN_FLAGS) || asks_for_more(ask))
		return "with all that the plan asks for";
	if (ask->confine && ask->confine->landlock)
		return "with rules of Landlock";
	if (ask->confine && ask->confine->parts)
		return "with the confinement of another process";
	if (ask->confine && ask->confine->added)
		return "with system call filters";
	if (ask->confine && ask->confine->no_new_privs)
		return "with no_new_privs";
	if (ask->confine && (ask->confine->gives_caps || ask->confine->no_userns))
		return "with capabilities to be given";
	if (ask->confine && ask->confine->own_keyring)
		return "with a session keyring of its own";
	return NULL;
}

/* ----------------------------------------------------------- descriptors */

/* Lets the stub inherit a descriptor. Return: whether the program must not have it. */
static bool inherit(struct compiled *out, int fd)
{
	bool ends = fcntl(fd, F_GETFD) & FD_CLOEXEC;

	for (size_t i = 0; i < out->n_fds; i++)
		if (out->fds[i] == fd)
			return ends;
	if (out->n_fds == COMPILE_MAX_FDS)
		out->helper.code = -EMFILE;
	else
		out->fds[out->n_fds++] = fd;
	return ends;
}

/* Closes the descriptors that are not needed any more: nobody inside may find them in the child. */
static void close_used(struct compiled *out)
{
	for (size_t i = 0; i < out->n_fds; i++)
		if (fcntl(out->fds[i], F_GETFD) & FD_CLOEXEC)
			IMAGE_CALL(&out->helper, SYS_close, (uint64_t)out->fds[i]);
}

static void close_others(struct maker *m)
{
	unsigned int first = STDERR_FILENO + 1, next;

	while ((next = setup_next_kept(&m->setup, first)) != ~0u) {
		if (next != first)
			IMAGE_CALL(&m->out->helper, SYS_close_range, first, next - 1, 0);
		first = next + 1;
	}
	IMAGE_CALL(&m->out->helper, SYS_close_range, first, ~0u, 0);
}

/* Keeps a descriptor until the program runs. */
static void keep_for_child(struct maker *m, int fd)
{
	if (inherit(m->out, fd))
		IMAGE_CALL(&m->out->helper, SYS_fcntl, (uint64_t)fd, F_SETFD, FD_CLOEXEC);
}

static void add_descriptors(struct maker *m)
{
	close_used(m->out);
	if (m->ask->flags & LIBNS_PLAN_CLOSE_FDS)
		close_others(m);
	/* Beside the descriptors of the program, the child inherits only these two. */
	keep_for_child(m, m->setup.line);
	if (m->ask->flags & LIBNS_PLAN_TTY)
		keep_for_child(m, m->ask->tty_fd);
}

/* --------------------------------------------------------------- joining */

static void add_watch(struct maker *m)
{
	struct image_part *helper = &m->out->helper;
	uint64_t byte = image_add(helper, NULL, 1);

	/* Joining can hang, in a root directory whose server is gone. */
	IMAGE_OP(helper, STUB_TRY, SYS_prctl, 0, PR_SET_PDEATHSIG, SIGKILL);
	IMAGE_OP(helper, STUB_EXPECT, SYS_recvfrom, -EAGAIN, (uint64_t)m->setup.line, byte, 1,
		 MSG_DONTWAIT | MSG_PEEK);
}

static void join(struct maker *m, int fd, uint64_t types)
{
	inherit(m->out, fd);
	IMAGE_CALL(&m->out->helper, SYS_setns, (uint64_t)fd, types);
}

/* Joins as the first two rounds of enter.c do, and then the user namespace. */
static void add_joins(struct maker *m)
{
	const struct libns_entry *entry = m->ask->entry;
	uint64_t by_pidfd = entry->pidfd >= 0 ? entry->of_proc : 0, type;

	for (size_t i = 0; (type = libns_type_at(i)); i++)
		if (entry->types & ~by_pidfd & ~LIBNS_TYPE_USER & type)
			join(m, entry_fd(entry, type), type);
	if (by_pidfd)
		join(m, entry->pidfd, by_pidfd);
	if (entry->types & ~by_pidfd & LIBNS_TYPE_USER)
		join(m, entry_fd(entry, LIBNS_TYPE_USER), LIBNS_TYPE_USER);
}

/* Adopts the target's root, if it is another one. To compare them needs no answer from a server. */
static void add_target_root(struct maker *m)
{
	struct image_part *helper = &m->out->helper;
	const unsigned int mask = SYS_STATX_INO | SYS_STATX_MNT_ID;
	int fd = m->ask->entry->root_fd;
	uint64_t slash, theirs, ours;

	if (fd < 0)
		return;
	inherit(m->out, fd);
	slash = image_text(helper, "/");
	theirs = image_add(helper, NULL, sizeof(struct sys_statx));
	ours = image_add(helper, NULL, sizeof(struct sys_statx));
	IMAGE_CALL(helper, SYS_statx, (uint64_t)fd, slash + 1, AT_STATX_DONT_SYNC | AT_EMPTY_PATH,
		   mask, theirs);
	IMAGE_CALL(helper, SYS_statx, (uint64_t)AT_FDCWD, slash, AT_STATX_DONT_SYNC, mask, ours);
	IMAGE_OP(helper, STUB_SKIP_IF_SAME, 0, 0, theirs, ours, 3);
	IMAGE_CALL(helper, SYS_fchdir, (uint64_t)fd);
	IMAGE_CALL(helper, SYS_chroot, image_text(helper, "."));
	IMAGE_CALL(helper, SYS_chdir, slash);
}

/* ------------------------------------------------------- rights and places */

static void add_guard(struct maker *m)
{
	const struct libns_confine *confine = m->ask->confine;
	struct image_part *helper = &m->out->helper;
	const struct sock_filter *code;
	uint16_t n;
	struct {
		uint16_t n;
		uint64_t code;
	} program;

	code = confine && confine->guards_terminal ? confine_terminal_filter(&n) : NULL;
	if (!code)
		return;
	memset(&program, 0, sizeof(program));
	program.n = n;
	program.code = image_add(helper, code, n * sizeof(*code));
	IMAGE_OP(helper, STUB_CALL, SYS_prctl, -EINVAL, PR_SET_SECCOMP, SECCOMP_MODE_FILTER,
		 image_add(helper, &program, sizeof(program)));
}

/* Limits the bounding set. A user namespace that is joined gives the whole set once more. */
static void add_bounding(struct maker *m)
{
	bool all = libns_entry_get_types(m->ask->entry) & LIBNS_TYPE_USER;
	int has;

	if (!m->ask->confine || m->ask->confine->keep_caps == UINT64_MAX)
		return;
	for (unsigned int cap = 0; cap < 64; cap++) {
		has = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
		/* That was the last one that the kernel knows. */
		if (has < 0 && errno == EINVAL)
			return;
		if (has < 0)
			m->out->helper.code = -errno;
		if ((has || all) && !(m->ask->confine->keep_caps >> cap & 1))
			IMAGE_CALL(&m->out->helper, SYS_prctl, PR_CAPBSET_DROP, cap);
	}
}

static void add_caps(struct maker *m)
{
	const struct __user_cap_header_struct self = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct image_part *helper = &m->out->helper;
	uint64_t header, sets, keep;

	if (!m->ask->confine || m->ask->confine->keep_caps == UINT64_MAX)
		return;
	keep = m->ask->confine->keep_caps;
	header = image_add(helper, &self, sizeof(self));
	sets = image_add(helper, NULL, 2 * sizeof(struct __user_cap_data_struct));
	IMAGE_CALL(helper, SYS_capget, header, sets);
	/* Three words of the lower 32 capabilities, and three of the upper ones. */
	for (size_t i = 0; i < 6; i++)
		IMAGE_OP(helper, STUB_MASK, 0, 0, sets + i * sizeof(uint32_t),
			 (uint32_t)(keep >> (i < 3 ? 0 : 32)));
	IMAGE_CALL(helper, SYS_capset, header, sets);
}

static void add_root(struct maker *m)
{
	struct image_part *helper = &m->out->helper;
	const struct libns_plan *ask = m->ask;

	if (ask->flags & LIBNS_PLAN_ROOT_FD) {
		inherit(m->out, ask->root_fd);
		IMAGE_CALL(helper, SYS_fchdir, (uint64_t)ask->root_fd);
		IMAGE_CALL(helper, SYS_chroot, image_text(helper, "."));
	}
}

static void add_cwd(struct maker *m)
{
	struct image_part *helper = &m->out->helper;
	const struct libns_plan *ask = m->ask;

	if (ask->flags & LIBNS_PLAN_CWD_FD) {
		inherit(m->out, ask->cwd_fd);
		IMAGE_CALL(helper, SYS_fchdir, (uint64_t)ask->cwd_fd);
	} else if (ask->flags & LIBNS_PLAN_ROOT_FD) {
		IMAGE_CALL(helper, SYS_chdir, image_text(helper, "/"));
	}
}

static void add_limit(struct image_part *part, const struct libns_rlimit *limit)
{
	const uint64_t value[2] = { limit->soft, limit->hard };

	IMAGE_CALL(part, SYS_prlimit64, 0, (uint64_t)limit->resource,
		   image_add(part, value, sizeof(value)), 0);
}

static void add_limits(struct maker *m)
{
	for (size_t i = 0; i < m->ask->n_rlimits; i++)
		if (!setup_limit_waits(&m->setup, &m->ask->rlimits[i]))
			add_limit(&m->out->helper, &m->ask->rlimits[i]);
}

static void add_ids(struct maker *m)
{
	struct image_part *helper = &m->out->helper;
	const struct libns_plan *ask = m->ask;

	if (ask->flags & (LIBNS_PLAN_CLEAR_GROUPS | LIBNS_PLAN_TRY_CLEAR_GROUPS))
		IMAGE_OP(helper, STUB_CALL, SYS_setgroups,
			 ask->flags & LIBNS_PLAN_TRY_CLEAR_GROUPS ? -EPERM : 0, 0, 0);
	if (ask->flags & LIBNS_PLAN_GID)
		IMAGE_CALL(helper, SYS_setgid, ask->gid);
	if (ask->flags & LIBNS_PLAN_UID)
		IMAGE_CALL(helper, SYS_setuid, ask->uid);
}

/* ------------------------------------------------------------- the child */

static void add_terminal(struct maker *m)
{
	struct image_part *child = &m->out->child;
	uint64_t fd = (uint64_t)m->ask->tty_fd;

	if (!(m->ask->flags & LIBNS_PLAN_TTY))
		return;
	IMAGE_CALL(child, SYS_setsid, 0);
	IMAGE_CALL(child, SYS_ioctl, fd, TIOCSCTTY, 0);
	for (unsigned int i = 0; i <= STDERR_FILENO; i++)
		if (m->ask->tty_stdio >> i & 1)
			IMAGE_CALL(child, SYS_dup2, fd, i);
}

static void add_child(struct maker *m, uint64_t sigmask)
{
	struct image_part *child = &m->out->child;
	uint64_t byte = image_add(child, NULL, 1);

	add_terminal(m);
	for (size_t i = 0; i < m->ask->n_rlimits; i++)
		if (setup_limit_is_late(&m->setup, &m->ask->rlimits[i]))
			add_limit(child, &m->ask->rlimits[i]);
	if (m->ask->death_signal)
		IMAGE_CALL(child, SYS_prctl, PR_SET_PDEATHSIG, (uint64_t)m->ask->death_signal);
	IMAGE_OP(child, STUB_EXPECT, SYS_recvfrom, -EAGAIN, (uint64_t)m->setup.line, byte, 1,
		 MSG_DONTWAIT | MSG_PEEK);
	IMAGE_CALL(child, SYS_rt_sigprocmask, SIG_SETMASK,
		   image_add(child, &sigmask, sizeof(sigmask)), 0, sizeof(sigmask));
}

void compile_programs(const struct libns_plan *ask, struct image_part *child,
		      struct stub_data *data)
{
	static char *const empty[] = { NULL };
	char *const *envp = ask->envp ? ask->envp : environ;
	size_t n = ask->n_others + 1;
	struct stub_program *list = calloc(n, sizeof(*list));

	if (!list) {
		child->code = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const char *path = i ? ask->others[i - 1].path : ask->path;
		char *const *argv = i ? ask->others[i - 1].argv : ask->argv;

		list[i].path = image_text(child, path ? path : argv[0]);
		list[i].argv = image_words(child, argv);
	}
	data->programs = image_add(child, list, n * sizeof(*list));
	data->n_programs = n;
	free(list);
	/* clearenv(3) leaves no array at all. */
	envp = envp ? envp : empty;
	data->envp = image_words(child, envp);
	data->search = image_text(child, exec_search_path(envp));
	data->shell = image_text(child, "/bin/sh");
}

static void add_message(struct maker *m)
{
	struct channel_message message;

	memset(&message, 0, sizeof(message));
	message.kind = CHANNEL_ERROR;
	/* The caller does it once more in the ordinary way, and that finds the sentence. */
	error_say(&message.err, LIBNS_STEP_EXEC, EIO, "the stub has failed");
	m->out->data.message = image_add(&m->out->child, &message, sizeof(message));
	m->out->data.n_message = sizeof(message);
}

int compile_plan(const struct plan *plan, int line, uint64_t sigmask, struct compiled *ret)
{
	struct maker m = { { .plan = plan, .outside = true, .line = line, .own_fds = -1 },
			   &plan->ask,
			   ret };
	struct image_part *child = &ret->child;

	ret->n_fds = 0;
	memset(&ret->data, 0, sizeof(ret->data));
	image_begin(&ret->helper, STUB_WORK, sizeof(struct stub_work));
	image_begin(child, STUB_DATA, sizeof(struct stub_data));
	prctl(PR_GET_NAME, ret->data.name);
	ret->data.line = line;
	add_watch(&m);
	add_joins(&m);
	add_target_root(&m);
	ret->n_joins = ret->helper.n_ops;
	add_guard(&m);
	add_bounding(&m);
	add_root(&m);
	add_cwd(&m);
	add_limits(&m);
	add_ids(&m);
	add_caps(&m);
	add_descriptors(&m);
	add_child(&m, plan->ask.flags & LIBNS_PLAN_SIGMASK ? plan->ask.sigmask : sigmask);
	compile_programs(m.ask, child, &ret->data);
	add_message(&m);
	ret->data.ops = image_add(child, child->ops, child->n_ops * sizeof(*child->ops));
	ret->data.n_ops = child->n_ops;
	return ret->helper.code ? ret->helper.code : child->code;
}

void compile_end(struct compiled *compiled)
{
	image_end(&compiled->helper);
	image_end(&compiled->child);
}
