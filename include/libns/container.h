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
 * A name is the word of whoever could have written it: by the owner and the mode
 * of the directory that a state file or a control group is in, and of all above;
 * by the user a helper runs for. The same name may be that of several users.
 *
 * A container is what the host's own cgroup tree says; a container within a
 * container counts as part of the outer one, whose inhabitants could write
 * whatever they like below it.
 */
struct libns_container {
	const char *runtime; /* "docker" "podman" "containerd" "cri-o" "lxc" "nspawn" ... */
	const char *id;      /* 64 hexadecimal digits, or the name where that is the id */
	const char *name;    /* as its user calls it; "" if not known. Any bytes but NUL */
	const char *pod;     /* Kubernetes and podman: name of the pod, else its id; "" if none */
	pid_t pid;           /* its first process, as the procfs counts; 0: not running */
	size_t n_processes;  /* in its control group and below */
	const char *space;   /* namespace of Kubernetes or containerd; "" if not known */
	const char *word;    /* for libns_containers_find(): "web", another user's "1000/web" */
	const char *origin;  /* where the name is from: a file, a control group, a process */
	uid_t owner;         /* whose word that is, or LIBNS_OWNER_UNKNOWN */
	uint64_t flags;      /* LIBNS_CONTAINER_* */
};

/* It cannot be told who could have written it: also where several users could. */
#define LIBNS_OWNER_UNKNOWN ((uid_t)-1)

#define LIBNS_CONTAINER_CREATED (UINT64_C(1) << 0) /* and not started */
#define LIBNS_CONTAINER_SANDBOX (UINT64_C(1) << 1) /* keeps the namespaces of a pod, no more */

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
 * State files that are missing, unreadable or malformed are passed over: then a
 * name is not known. What an ordinary user keeps names only that user's
 * containers, and is read up to a limit: see libns_containers_count_unread().
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
 * Those that run, and those that a state file knows.
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
 * Known from what the network plugins of Kubernetes (CNI) have noted down, also
 * when no process is left.
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
 * Of what an ordinary user keeps, no more than 1,024 files and 4 MiB in each
 * place are read, and nothing in a file system that he has mounted (FUSE): that
 * could say anything, or never answer.
 *
 * Affects: nothing.
 * Return: how many places held more, or could not be read to their end.
 * Since: 0.1
 */
size_t libns_containers_count_unread(const struct libns_containers *containers);

/**
 * libns_containers_find() - a running container by name or id
 * @containers: snapshot
 * @word: name, id, the beginning of an id, or name of a pod; "runtime/word",
 *        "namespace/word", "pod/word", also one behind another; "UID/word" for
 *        what that user has named
 * @ret_container: receives it; belongs to @containers
 * @err: receives the sentence on failure, or NULL
 *
 * A word without a UID stands for containers that root or the caller has named;
 * if only others have, the sentence says which word leads there. A whole name or
 * id wins over that of a pod, and this over the beginning of an id. The name of a
 * pod stands for its first container. Pin its process with
 * libns_proc_new(), and prove with libns_containers_verify() that it is still
 * the one that was meant.
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
 * Reads the process's control groups (or, for a container without one of its
 * own, its start time) through the pin.
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
