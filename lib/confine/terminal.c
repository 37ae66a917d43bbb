/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A program that stays on the caller's terminal must not type there: after it has ended, the
 * caller's shell reads what it has put into the queue with TIOCSTI. The sysctl
 * dev.tty.legacy_tiocsti (Linux 6.2) does not stop a program with CAP_SYS_ADMIN, and closed
 * descriptors do not stop one that opens /dev/tty again. A filter of system calls stops every
 * program. It also refuses TIOCLINUX, which can paste on a virtual console.
 */

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/base.h"
#include "base/err.h"
#include "confine/confine.h"

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv)
#define NATIVE_ARCH AUDIT_ARCH_RISCV64
#endif

#define FIELD(name)        ((uint32_t)offsetof(struct seccomp_data, name))
#define LOAD(name)         BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(name))
#define IF(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), yes, no)

/* The low half of an argument of 64 bits. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOAD_REQUEST BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(args[1]))
#else
#define LOAD_REQUEST BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(args[1]) + 4)
#endif

/* The number of ioctl(2) for 32-bit programs on arm64 and x86-64, and for those of x32. */
#define IOCTL_COMPAT 54
#define IOCTL_X32    (0x40000000 | 514)

LIBNS_PUBLIC void libns_confine_guard_terminal(struct libns_confine *confine)
{
	confine->guards_terminal = true;
}

const struct sock_filter *confine_terminal_filter(uint16_t *ret_n)
{
#ifdef NATIVE_ARCH
	static const struct sock_filter code[] = {
		LOAD(arch),
		IF(NATIVE_ARCH, 2, 0),
		LOAD(nr),
		IF(IOCTL_COMPAT, 3, 6),
		LOAD(nr),
		IF(SYS_ioctl, 1, 0),
		IF(IOCTL_X32, 0, 3),
		LOAD_REQUEST,
		IF(TIOCSTI, 2, 0),
		IF(TIOCLINUX, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};

	*ret_n = ARRAY_SIZE(code);
	return code;
#else
	(void)ret_n;
	return NULL;
#endif
}

int confine_guard_terminal(struct libns_error *err)
{
	struct sock_fprog program = { 0, NULL };
	/* The kernel only reads it. */
	program.filter = (struct sock_filter *)(uintptr_t)confine_terminal_filter(&program.len);

	/* A kernel without filters has nothing to offer here. */
	if (program.filter && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 &&
	    errno != EINVAL)
		return error_set(err, LIBNS_STEP_TERMINAL, errno,
				 "cannot keep the program from typing into the terminal");
	return 0;
}
