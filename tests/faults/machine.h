/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What inject does with the registers of a process that is stopped at a system call or at a
 * breakpoint, and how a breakpoint looks: the part of it that each machine has its own of.
 */

#ifndef FAULTS_MACHINE_H
#define FAULTS_MACHINE_H

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>

#if defined(__x86_64__)
static void skip_call(pid_t pid)
{
	struct user_regs_struct regs;

	ptrace(PTRACE_GETREGS, pid, NULL, &regs);
	regs.orig_rax = (unsigned long long)-1;
	ptrace(PTRACE_SETREGS, pid, NULL, &regs);
}

static void set_result(pid_t pid, long result)
{
	struct user_regs_struct regs;

	ptrace(PTRACE_GETREGS, pid, NULL, &regs);
	regs.rax = (unsigned long long)result;
	ptrace(PTRACE_SETREGS, pid, NULL, &regs);
}

static unsigned long program_counter(pid_t pid)
{
	struct user_regs_struct regs = { 0 };

	ptrace(PTRACE_GETREGS, pid, NULL, &regs);
	return regs.rip;
}

static const long breakpoint_mask = 0xff, breakpoint = 0xcc;

static void step_back(pid_t pid, unsigned long entry)
{
	struct user_regs_struct regs;

	ptrace(PTRACE_GETREGS, pid, NULL, &regs);
	regs.rip = entry;
	ptrace(PTRACE_SETREGS, pid, NULL, &regs);
}
#elif defined(__aarch64__)
static void skip_call(pid_t pid)
{
	int number = -1;
	struct iovec io = { &number, sizeof(number) };

	ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &io);
}

static void set_result(pid_t pid, long result)
{
	struct user_regs_struct regs;
	struct iovec io = { &regs, sizeof(regs) };

	ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io);
	regs.regs[0] = (unsigned long long)result;
	ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &io);
}

static unsigned long program_counter(pid_t pid)
{
	struct user_regs_struct regs = { 0 };
	struct iovec io = { &regs, sizeof(regs) };

	ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io);
	return regs.pc;
}

static const long breakpoint_mask = 0xffffffff, breakpoint = 0xd4200000;

static void step_back(pid_t pid, unsigned long entry)
{
	(void)pid; /* The program counter is still there. */
	(void)entry;
}
#else
#define NO_REGISTERS
static unsigned long program_counter(pid_t pid)
{
	(void)pid;
	return 0;
}
static const long breakpoint_mask, breakpoint;
static void skip_call(pid_t pid)
{
	(void)pid;
}
static void set_result(pid_t pid, long result)
{
	(void)pid, (void)result;
}
static void step_back(pid_t pid, unsigned long entry)
{
	(void)pid, (void)entry;
}
#endif

#endif
