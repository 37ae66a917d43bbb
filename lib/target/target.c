/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The words by which a target is named: all lead to a pinned process, or to one namespace
 * that no process need be in.
 *
 * Each form first pins what its word seems to mean, and then proves that it is what was
 * meant: by the inode of the pidfd, by the control groups of the pinned process (here for
 * containers, in target/cgroup.c for groups), or by the inode of the opened namespace.
 */

#include "target/target.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <libns/enter.h>
#include <libns/netns.h>
#include <libns/scan.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "text/procfile.h"

#define PIDFS_MAGIC 0x50494446 /* <linux/magic.h> */

struct libns_target {
	struct libns_proc *proc; /* or */
	int ns_fd;
	int procfs_fd;                     /* of @proc; a duplicate, or LIBNS_PROCFS */
	struct libns_container *container; /* a copy; its strings are in the same memory */
};

static int alloc(int procfs_fd, struct libns_target **ret_target, struct libns_error *err)
{
	_cleanup_(libns_target_freep) struct libns_target *target = calloc(1, sizeof(*target));

	if (!target)
		return error_set(err, LIBNS_STEP_PROC, ENOMEM, "cannot look for a target");
	target->ns_fd = -1;
	target->procfs_fd = procfs_fd;
	if (procfs_fd != LIBNS_PROCFS) {
		target->procfs_fd = fcntl(procfs_fd, F_DUPFD_CLOEXEC, 3);
		if (target->procfs_fd < 0)
			return error_set(err, LIBNS_STEP_PROC, errno,
					 "cannot use descriptor %d as a procfs", procfs_fd);
	}
	*ret_target = TAKE_PTR(target);
	return 0;
}

/* ---------------------------------------------------------------- processes */

static int pin_tid(struct libns_target *target, const struct target_places *places,
		   const char *text, struct libns_error *err)
{
	pid_t tid;

	if (procfile_pid(text, strlen(text), &tid) < 0 || tid < 1)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "'%s' is not a thread id", text);
	return libns_proc_new(places->procfs_fd, tid, &target->proc, err);
}

/* The inode of a pidfd is never used again until reboot, a process id is. */
static int check_inode(const struct libns_proc *proc, uint64_t wanted, struct libns_error *err)
{
	int pid = libns_proc_get_pid(proc), pidfd = libns_proc_get_pidfd(proc);
	struct statfs fs;
	struct stat st;

	if (pidfd < 0 || fstatfs(pidfd, &fs) < 0 || fs.f_type != PIDFS_MAGIC ||
	    fstat(pidfd, &st) < 0)
		return error_say(err, LIBNS_STEP_PROC, EOPNOTSUPP,
				 "this kernel gives process %d no inode (Linux 6.9 does)", pid);
	if (st.st_ino != wanted)
		return error_say(err, LIBNS_STEP_PROC, ESRCH,
				 "process %d has inode %llu, not %llu: it is another process", pid,
				 (unsigned long long)st.st_ino, (unsigned long long)wanted);
	return 0;
}

/* "PID" or "PID:INODE", which is what every word without a prefix has to be. */
static int pin_pid(struct libns_target *target, const char *text, struct libns_error *err)
{
	size_t n = strcspn(text, ":");
	uint64_t inode = 0;
	pid_t pid;
	int r;

	if (procfile_pid(text, n, &pid) < 0 || pid < 1)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "'%s' is not a process id, nor one of PID:INODE, tid:TID, fd:N, "
				 "ns:INODE, netns:NAME, container:NAME and cgroup:PATH",
				 text);
	if (text[n] && procfile_u64(text + n + 1, strlen(text + n + 1), &inode) < 0)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "'%s' is not an inode number",
				 text + n + 1);
	r = libns_proc_new(target->procfs_fd, pid, &target->proc, err);
	return r < 0 || !text[n] ? r : check_inode(target->proc, inode, err);
}

static int take_fd(struct libns_target *target, int fd, struct libns_error *err)
{
	uint64_t type;

	if (libns_fd_query_type(fd, &type, NULL) < 0)
		return libns_proc_new_from_pidfd(target->procfs_fd, fd, &target->proc, err);
	target->ns_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (target->ns_fd < 0)
		return error_set(err, LIBNS_STEP_OPEN, errno, "cannot duplicate descriptor %d", fd);
	return 0;
}

static int pin_fd(struct libns_target *target, const struct target_places *places, const char *text,
		  struct libns_error *err)
{
	pid_t fd; /* as many digits as a process id may have */

	(void)places;
	if (procfile_pid(text, strlen(text), &fd) < 0)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "'%s' is not the number of a descriptor", text);
	return take_fd(target, fd, err);
}

static int pin_cgroup(struct libns_target *target, const struct target_places *places,
		      const char *path, struct libns_error *err)
{
	return target_pin_cgroup(places, path, &target->proc, err);
}

/* What is known of the other containers goes: who enters one must not carry it inside. */
static struct libns_container *copy_container(const struct libns_container *from)
{
	const char *strings[] = { from->runtime, from->id,   from->name,  from->pod,
				  from->space,   from->word, from->origin };
	const char *copies[ARRAY_SIZE(strings)];
	struct libns_container *copy;
	size_t n = sizeof(*copy);
	char *to;

	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		n += strlen(strings[i]) + 1;
	copy = malloc(n);
	if (!copy)
		return NULL;
	*copy = *from;
	to = (char *)(copy + 1);
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		copies[i] = strcpy(to, strings[i]);
		to += strlen(to) + 1;
	}
	copy->runtime = copies[0];
	copy->id = copies[1];
	copy->name = copies[2];
	copy->pod = copies[3];
	copy->space = copies[4];
	copy->word = copies[5];
	copy->origin = copies[6];
	return copy;
}

static int pin_container(struct libns_target *target, const struct target_places *places,
			 const char *word, struct libns_error *err)
{
	_cleanup_(libns_containers_freep) struct libns_containers *containers = NULL;
	const struct libns_container *found;
	int r = libns_containers_new(places->procfs_fd, places->root_fd, &containers, err);

	if (r == 0)
		r = libns_containers_find(containers, word, &found, err);
	if (r == 0)
		r = libns_proc_new(places->procfs_fd, found->pid, &target->proc, err);
	if (r == 0)
		r = libns_containers_verify(containers, found, target->proc, err);
	if (r < 0)
		return r;
	target->container = copy_container(found);
	return target->container ? 0
				 : error_set(err, LIBNS_STEP_PROC, ENOMEM,
					     "cannot keep what is known of container '%s'", word);
}

/* ---------------------------------------------------------------- namespaces */

static int refuse_ns(const struct libns_scan *scan, uint64_t inode, struct libns_error *err)
{
	int what = LIBNS_UNSEEN_PROCESSES;
	char words[96];
	size_t unseen;

	if (libns_scan_hides_processes(scan))
		return error_say(err, LIBNS_STEP_OPEN, ENOENT,
				 "no namespace %llu found (processes of others are hidden by the "
				 "mount option hidepid)",
				 (unsigned long long)inode);
	/* Whatever could not be looked into may hold it. */
	while (!(unseen = libns_scan_count_unseen(scan, what)) && what < LIBNS_UNSEEN_MOUNTS)
		what++;
	if (unseen)
		return error_say(err, LIBNS_STEP_OPEN, ENOENT, "no namespace %llu found (%s)",
				 (unsigned long long)inode,
				 libns_unseen_format(what, unseen, words, sizeof(words)));
	return error_say(err, LIBNS_STEP_OPEN, ENOENT, "there is no namespace %llu",
			 (unsigned long long)inode);
}

static int find_ns(struct libns_target *target, const struct target_places *places,
		   const char *text, struct libns_error *err)
{
	const struct libns_node *node;
	struct libns_scan *scan;
	uint64_t inode;
	int r;

	if (procfile_u64(text, strlen(text), &inode) < 0)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "'%s' is not an inode number",
				 text);
	r = libns_scan_new(places->procfs_fd, NULL, &scan, err);
	if (r < 0)
		return r;
	node = libns_scan_find(scan, inode);
	r = node ? libns_scan_open(scan, node, err) : refuse_ns(scan, inode, err);
	libns_scan_free(scan);
	target->ns_fd = r < 0 ? -1 : r;
	return r < 0 ? r : 0;
}

static int find_netns(struct libns_target *target, const struct target_places *places,
		      const char *name, struct libns_error *err)
{
	target->ns_fd = libns_netns_open(places->netns_fd, name, err);
	return target->ns_fd < 0 ? target->ns_fd : 0;
}

/* ---------------------------------------------------------------- all of them */

static const struct form {
	const char *prefix;
	int (*find)(struct libns_target *target, const struct target_places *places,
		    const char *rest, struct libns_error *err);
} forms[] = {
	{ "tid:", pin_tid },      { "fd:", pin_fd },         { "ns:", find_ns },
	{ "netns:", find_netns }, { "cgroup:", pin_cgroup }, { "container:", pin_container },
};

/* Return: NULL for a number, or for a word of no form. */
static const struct form *form_of(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (!strncmp(word, forms[i].prefix, strlen(forms[i].prefix)))
			return &forms[i];
	return NULL;
}

static int find(struct libns_target *target, const struct target_places *places, const char *word,
		struct libns_error *err)
{
	const struct form *form = form_of(word);

	return form ? form->find(target, places, word + strlen(form->prefix), err)
		    : pin_pid(target, word, err);
}

LIBNS_PUBLIC bool libns_target_is_word(const char *word)
{
	return form_of(word) || (*word && !word[strspn(word, "0123456789")]);
}

int target_new_in(const struct target_places *places, const char *word,
		  struct libns_target **ret_target, struct libns_error *err)
{
	_cleanup_(libns_target_freep) struct libns_target *target = NULL;
	int r;

	if (!word || !ret_target)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no target");
	r = alloc(places->procfs_fd, &target, err);
	if (r == 0)
		r = find(target, places, word, err);
	if (r < 0)
		return r;
	*ret_target = TAKE_PTR(target);
	return 0;
}

LIBNS_PUBLIC int libns_target_new(int procfs_fd, const char *word, struct libns_target **ret_target,
				  struct libns_error *err)
{
	const struct target_places places = { procfs_fd, LIBNS_ROOT, LIBNS_NETNS_RUN };

	return target_new_in(&places, word, ret_target, err);
}

LIBNS_PUBLIC int libns_target_new_from_fd(int procfs_fd, int fd, struct libns_target **ret_target,
					  struct libns_error *err)
{
	_cleanup_(libns_target_freep) struct libns_target *target = NULL;
	int r = alloc(procfs_fd, &target, err);

	if (r == 0)
		r = take_fd(target, fd, err);
	if (r < 0)
		return r;
	*ret_target = TAKE_PTR(target);
	return 0;
}

LIBNS_PUBLIC struct libns_target *libns_target_free(struct libns_target *target)
{
	if (target) {
		libns_proc_free(target->proc);
		base_close(target->ns_fd);
		base_close(target->procfs_fd);
		free(target->container);
		free(target);
	}
	return NULL;
}

LIBNS_PUBLIC const struct libns_proc *libns_target_get_proc(const struct libns_target *target)
{
	return target->proc;
}

LIBNS_PUBLIC int libns_target_get_ns_fd(const struct libns_target *target)
{
	return target->ns_fd;
}

LIBNS_PUBLIC const struct libns_container *
libns_target_get_container(const struct libns_target *target)
{
	return target->container;
}

/* Whether there is something to enter, as libns_entry_new() sees it: 1, 0 or an error. */
static int differs(const struct libns_proc *proc, uint64_t types, struct libns_error *err)
{
	struct libns_enter_plan plan = LIBNS_ENTER_PLAN_INIT;
	struct libns_entry *entry;
	int r;

	plan.proc = proc;
	plan.types = types;
	plan.flags = LIBNS_ENTER_FOR_CHILDREN | LIBNS_ENTER_ROOT;
	r = libns_entry_new(&plan, &entry, err);
	if (r < 0)
		return r;
	r = libns_entry_get_types(entry) != 0 || libns_entry_has_root(entry);
	libns_entry_free(entry);
	return r;
}

LIBNS_PUBLIC int libns_target_prefer_child(struct libns_target *target, uint64_t types,
					   struct libns_error *err)
{
	struct libns_proc *child;
	int r;

	if (!target->proc)
		return 0;
	r = differs(target->proc, types, err);
	if (r)
		return r < 0 ? r : 0;
	r = target_is_ancestor(target->procfs_fd, target->proc, err);
	if (r)
		return r < 0 ? r : 0;
	r = target_pin_only_child(target->procfs_fd, target->proc, &child, err);
	if (r <= 0)
		return r;
	r = differs(child, types, err);
	if (r <= 0) {
		libns_proc_free(child);
		return r;
	}
	libns_proc_free(target->proc);
	target->proc = child;
	return 1;
}
