/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_UNIT_STRIKE_H
#define TESTS_UNIT_STRIKE_H

/*
 * A process and what it clones, run under ptrace(2), with one misfortune at one
 * system call of one of them: it is killed there, or the call fails.
 */

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>

#include "tap.h"

/* Processes by order of birth; 0 is the one that starts. */
#define STRIKE_PROCESSES 8

struct strike {
	unsigned int victim;
	unsigned int at; /* which of its system calls, from 1 */
	int code;        /* 0: kill; else the errno that this call gets */
	long only;       /* with @code: count only calls of this number, or -1 */
	bool hit;
};

struct strike_process {
	pid_t pid;
	unsigned int calls;
	bool inside; /* between entry and exit */
	bool failing;
};

#ifdef __x86_64__
static inline void strike_poke(pid_t pid, size_t where, long value)
{
	ptrace(PTRACE_POKEUSER, pid, (void *)where, (void *)value);
}

static inline void strike_refuse(pid_t pid)
{
	strike_poke(pid, offsetof(struct user_regs_struct, orig_rax), -1);
}

static inline void strike_answer(pid_t pid, int code)
{
	strike_poke(pid, offsetof(struct user_regs_struct, rax), -(long)code);
}

static inline long strike_number(pid_t pid)
{
	return ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user_regs_struct, orig_rax), NULL);
}
#define STRIKE_CAN_FAIL 1
#else
/* Killing is possible everywhere. */
static inline void strike_refuse(pid_t pid)
{
	(void)pid;
}
static inline void strike_answer(pid_t pid, int code)
{
	(void)pid, (void)code;
}
static inline long strike_number(pid_t pid)
{
	(void)pid;
	return -1;
}
#define STRIKE_CAN_FAIL 0
#endif

static inline void strike_call(struct strike *s, struct strike_process *p, unsigned int index)
{
	p->inside = !p->inside;
	if (!p->inside) {
		if (p->failing)
			strike_answer(p->pid, s->code);
		p->failing = false;
		return;
	}
	if (index != s->victim || (s->code && s->only >= 0 && strike_number(p->pid) != s->only) ||
	    ++p->calls != s->at)
		return;
	s->hit = true;
	if (!s->code) {
		kill(p->pid, SIGKILL);
		return;
	}
	strike_refuse(p->pid);
	p->failing = true;
}

/* The entry of a process, a new one if it is seen for the first time. */
static inline struct strike_process *strike_find(struct strike_process *all, pid_t pid)
{
	unsigned int i = 0;

	while (i < STRIKE_PROCESSES && all[i].pid && all[i].pid != pid)
		i++;
	CHECK(i < STRIKE_PROCESSES);
	all[i].pid = pid;
	return &all[i];
}

/* Runs @run in a process of its own. Return: its status; all its descendants have ended. */
static inline int strike(struct strike *s, int (*run)(void *data), void *data)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
			     PTRACE_O_TRACEVFORK | PTRACE_O_EXITKILL;
	struct strike_process all[STRIKE_PROCESSES] = { { 0 } };
	unsigned long born;
	int status = 0, result = -1;
	pid_t pid;

	s->hit = false;
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(run(data));
	}
	all[0].pid = pid;
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)options), 0);
	ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		struct strike_process *p = strike_find(all, pid);
		long sig = 0;

		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (pid == all[0].pid)
				result = status;
			continue;
		}
		/* Told by its maker, who may be heard before it is. */
		if (status >> 16 && ptrace(PTRACE_GETEVENTMSG, pid, NULL, &born) == 0)
			strike_find(all, (pid_t)born);
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			strike_call(s, p, (unsigned int)(p - all));
		else if (WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP)
			sig = WSTOPSIG(status);
		ptrace(PTRACE_SYSCALL, pid, NULL, (void *)sig);
	}
	return result;
}

#endif
