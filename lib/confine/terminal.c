/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Where a program stays on the caller's terminal, it must not type there: what TIOCSTI puts
 * into the queue is read by the caller's shell, after the program has ended. The sysctl
 * dev.tty.legacy_tiocsti (Linux 6.2) does not stop who has CAP_SYS_ADMIN, and closed
 * descriptors do not stop who opens /dev/tty again. A filter of system calls stops
 * everybody. It refuses TIOCLINUX too, which can paste on a virtual console.
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

/* ioctl(2) of the 32-bit arm and x86, and of x32 without its mark. */
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
