/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_CONTAINER_H
#define LIBNS_CONTAINER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <libns/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Containers, as far as they can be known without asking a daemon: from the
 * control groups of the processes, from the state files that docker, podman,
 * containerd, CRI-O, crun, runc and systemd-nspawn keep (LXC needs none), and from
 * the command lines of the helpers that stay beside a container. It works when the
 * daemon hangs or is gone.
 *
 * A name is only as trustworthy as whoever could have written it. For a state file or a control
 * group that follows from the owner and the mode of its directory and of all directories above; for
 * a helper it is the user that it runs for. Several users may have containers of the same name.
 *
 * The host's own cgroup tree decides what is a container. A container within a container counts as
 * part of the outer one, because processes of the outer one could write whatever they like below
 * it.
 */
struct libns_container {
	const char *runtime; /* "docker" "podman" "containerd" "cri-o" "lxc" "nspawn" ... */
	const char *id;      /* 64 hexadecimal digits, or the name where that is the id */
	const char *name;    /* as its user calls it, any bytes but NUL; "" if not known */
	const char *pod;     /* Kubernetes and podman: name of the pod, else its id; "" if none */
	pid_t pid;           /* its first process, as numbered in the procfs; 0: not running,
			      * unless LIBNS_CONTAINER_UNSEEN */
	size_t n_processes;  /* in its control group and below */
	const char *space;   /* namespace of Kubernetes or containerd; "" if not known */
	const char *word;    /* for libns_containers_find(): "web", another user's "1000/web" */
	const char *origin;  /* where the name is from: a file, a control group, a process */
	uid_t owner;         /* who could have written that, or LIBNS_OWNER_UNKNOWN */
	uint64_t flags;      /* LIBNS_CONTAINER_* */
};

/* It is not known who could have written it, or several users could. */
#define LIBNS_OWNER_UNKNOWN ((uid_t)-1)

#define LIBNS_CONTAINER_CREATED (UINT64_C(1) << 0) /* but not started */
#define LIBNS_CONTAINER_SANDBOX (UINT64_C(1) << 1) /* only keeps the namespaces of a pod */
/* No process is known that is its own and may be its first one, and yet it may run: procfs conceals
 * the processes of others, or its processes may not be looked at. */
#define LIBNS_CONTAINER_UNSEEN (UINT64_C(1) << 2)

/* Stands for / where a root_fd is asked for. */
#define LIBNS_ROOT (-1)

struct libns_containers;

/**
 * libns_containers_new() - look at all processes and state files once
 * @procfs_fd: directory descriptor of a procfs, or LIBNS_PROCFS; borrowed
 * @root_fd: directory below which the state files are (run, var/lib, home), or
 *           LIBNS_ROOT; borrowed
 * @ret_containers: receives the snapshot
 * @err: receives the sentence on failure, or NULL
 *
 * State files that are missing, unreadable or malformed are passed over; a name is then not known.
 * State files of an ordinary user can name only that user's containers, and are read up to a limit:
 * see libns_containers_count_unread().
 *
 * Ownership: free with libns_containers_free().
 * Affects: nothing.
 * Return: 0, -ENOMEM, or the errno of reading procfs.
 * Since: 0.1
 */
int libns_containers_new(int procfs_fd, int root_fd, struct libns_containers **ret_containers,
			 struct libns_error *err);

/**
 * libns_containers_free() - free a snapshot
 * @containers: snapshot, or NULL
 *
 * Affects: nothing.
 * Return: NULL.
 * Since: 0.1
 */
struct libns_containers *libns_containers_free(struct libns_containers *containers);

/* For __attribute__((cleanup(libns_containers_freep))). */
static inline void libns_containers_freep(struct libns_containers **containers)
{
	*containers = libns_containers_free(*containers);
}

/**
 * libns_containers_count() - how many containers there are
 * @containers: snapshot
 *
 * Affects: nothing.
 * Return: number.
 * Since: 0.1
 */
size_t libns_containers_count(const struct libns_containers *containers);

/**
 * libns_containers_at() - iterate over the containers
 * @containers: snapshot
 * @i: index from 0
 *
 * These are the containers that run, and those that a state file knows.
 *
 * Ownership: belongs to @containers.
 * Affects: nothing.
 * Return: container, or NULL beyond the end.
 * Since: 0.1
 */
const struct libns_container *libns_containers_at(const struct libns_containers *containers,
						  size_t i);

/**
 * libns_containers_of() - the container of a process
 * @containers: snapshot
 * @pid: process id as the procfs shows it
 *
 * Ownership: belongs to @containers.
 * Affects: nothing.
 * Return: container, or NULL if it was in none.
 * Since: 0.1
 */
const struct libns_container *libns_containers_of(const struct libns_containers *containers,
						  pid_t pid);

/**
 * libns_containers_of_netns() - the container that a named network namespace was made for
 * @containers: snapshot
 * @name: what it is called in /run/netns
 *
 * This is known from files that the network plugins of Kubernetes (CNI) write, even when no process
 * is left.
 *
 * Ownership: belongs to @containers.
 * Affects: nothing.
 * Return: container, or NULL if it is not known.
 * Since: 0.1
 */
const struct libns_container *libns_containers_of_netns(const struct libns_containers *containers,
							const char *name);

/**
 * libns_containers_count_unread() - what was left out
 * @containers: snapshot
 *
 * No file of more than 4 MiB is read. Of the state files of an ordinary user, at most 1,024 files and
 * 4 MiB are read in each place, and none in a file system that the user has mounted (FUSE), because
 * that could say anything or never answer. No more than a number of the helpers of users are asked,
 * and only as long as they answer.
 *
 * Affects: nothing.
 * Return: how many places held more, or could not be read to their end.
 * Since: 0.1
 */
size_t libns_containers_count_unread(const struct libns_containers *containers);

/**
 * libns_containers_get_unread() - which place was left out first, and why
 * @containers: snapshot
 *
 * Ownership: belongs to @containers.
 * Affects: nothing.
 * Return: words such as "/run/user/1000/crun: user 1000 has more than 1024 files there", or "" if
 * nothing was left out.
 * Since: 0.1
 */
const char *libns_containers_get_unread(const struct libns_containers *containers);

/**
 * libns_containers_find() - a running container by name or id
 * @containers: snapshot
 * @word: name, id, the beginning of an id, or name of a pod; "runtime/word", "namespace/word",
 *        "pod/word", also several of these prefixes in a row; "UID/word" for a name given by that
 *        user
 * @ret_container: receives it; belongs to @containers
 * @err: receives the sentence on failure, or NULL
 *
 * A word without a UID stands for containers that root or the caller has named. If only other users
 * have such a container, the error sentence says which word leads to it. A whole name or id wins
 * over the name of a pod, and that wins over the beginning of an id. The name of a pod stands for
 * its first container. Pin the container's process with libns_proc_new(), and prove with
 * libns_containers_verify() that it is still the one that was meant.
 *
 * Ownership: what @ret_container receives belongs to @containers.
 * Affects: nothing.
 * Return: 0, -ENOENT if there is none, -ENOTUNIQ if there are several (the
 *         sentence lists them), -ESRCH if it is known but does not run,
 *         -EINVAL for an empty word.
 * Since: 0.1
 */
int libns_containers_find(const struct libns_containers *containers, const char *word,
			  const struct libns_container **ret_container, struct libns_error *err);

struct libns_proc;

/**
 * libns_containers_verify() - whether a pinned process is in a container
 * @containers: snapshot
 * @container: from this snapshot
 * @proc: pinned process
 * @err: receives the sentence on failure, or NULL
 *
 * Reads the control groups of the process through the pin, or its start time for a container that
 * has no control group of its own.
 *
 * Affects: nothing.
 * Return: 0 if it is, -ESRCH if it is gone or belongs elsewhere.
 * Since: 0.1
 */
int libns_containers_verify(const struct libns_containers *containers,
			    const struct libns_container *container, const struct libns_proc *proc,
			    struct libns_error *err);

#ifdef __cplusplus
}
#endif

#endif
