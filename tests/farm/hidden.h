/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_HIDDEN_H
#define TESTS_HIDDEN_H

/* Shared by the files of tests/farm/hidden.c, which see. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

#define N_KINDS 8

struct kind {
	const char *name;
	int flag;
	const char *link; /* of the process that has just unshared it */
};

extern const struct kind kinds[N_KINDS];

/* A directory for mounts, empty. */
extern const char *dir;

/* Ends the case as failed, or as one that cannot be made on this system. */
_Noreturn void die(const char *what);
_Noreturn void cannot(const char *what);

#define MUST(call)                                                                                 \
	({                                                                                         \
		__typeof__(call) must_ = (call);                                                   \
		if (must_ < 0)                                                                     \
			die(#call);                                                                \
		must_;                                                                             \
	})

const struct kind *kind_of(const char *name);

/* A descriptor of a fresh namespace that nothing else holds. */
int new_ns(const char *name);

/* Announces a namespace that is to be found. */
void report(const char *name, int fd);
void report_link(const char *name, const char *link);

/* A child that dies with the caller; it runs @run, tells, and stays until killed. */
pid_t helper(void (*run)(void *), void *data);
void end_helper(pid_t pid);

int open_of(pid_t pid, const char *link);

/* Everything is in place: tell the main process, which says "ready". */
void ready(void);
_Noreturn void stay(void);

/* In a thread of its own, before which nothing goes on. */
void in_thread(void (*run)(void *), void *data);

/* tmpfs on @dir, where nothing propagates from; in a mount namespace of one's own. */
void own_dir(bool own_mounts);
/* A namespace of this kind bound on @dir/@file; closes @fd. */
void bind_ns(int fd, const char *file);

/* A socket of this family, in the network namespace of the caller. */
int make_socket(int family);

void case_20(void);
void case_21(void);
void case_22(void);
void case_23(void);
void case_24(void);
void case_25(void);
void case_26(void);
void case_27(void);
void case_28(void);
void case_29(void);
void case_30(void);
void case_31(void);
void case_32(void);
void case_33(void);
void case_34(void);
void case_35(void);
void case_36(void);
void case_37(void);
void case_38(void);
void case_39(void);
void case_44(void);
void case_60(void);
void case_61(void);
void case_90(void);
void case_91(void);
void case_92(void);
void case_93(void);

#endif
