/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_PROC_PRIVATE_H
#define LIBNS_PROC_PRIVATE_H

#include <stdbool.h>
#include <sys/types.h>

#include <libns/proc.h>

/* A pinned process. proc.c makes these, and proc-read.c reads through them. */
struct libns_proc {
	pid_t pid;
	int pidfd;    /* -1: the directory alone pins it */
	int dir_fd;   /* O_PATH */
	bool fixture; /* the directory is a copy on another file system */
};

/**
 * proc_new_local() - pin a process by its number in the caller's own pid namespace
 *
 * What clone(2) returns and what cgroup.procs lists are such numbers; those that a procfs
 * shows are not, if it was mounted in another pid namespace. The process is then pinned with
 * the number that @procfs_fd gives it. Without pidfd_open(2) the two are taken to be the same.
 *
 * Return: as libns_proc_new(); -ESRCH also if it cannot be seen in that procfs.
 */
int proc_new_local(int procfs_fd, pid_t pid, struct libns_proc **ret_proc, struct libns_error *err);

/*
 * The same in memory of the caller's, for processes that must not allocate any: those that
 * clone_process() has made. proc_unpin() lets go of it.
 */
int proc_pin_local(int procfs_fd, pid_t pid, struct libns_proc *ret_proc, struct libns_error *err);
void proc_unpin(struct libns_proc *proc);

/* Whether a descriptor is on procfs: 1, 0 or a negative errno. */
int proc_is_procfs(int fd);

#endif
