/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_UNIT_REFUSE_H
#define TESTS_UNIT_REFUSE_H

/* A filter of the test's own. */

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tap.h"

static inline void set_filter(struct sock_filter *program, unsigned short n)
{
	const struct sock_fprog all = { n, program };

	CHECK_INT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	CHECK_INT(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &all), 0);
}

/* What becomes of one system call: SECCOMP_RET_*. */
static inline void answer_call(long call, unsigned int how)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, how),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	set_filter(program, sizeof(program) / sizeof(program[0]));
}

/* Refuses it with an errno. */
static inline void refuse(long call, unsigned int code)
{
	answer_call(call, SECCOMP_RET_ERRNO | code);
}

/* The same, but only where the second argument is @value, which has 32 bits. */
__attribute__((unused)) static void refuse_second(long call, unsigned int value, unsigned int code)
{
	const size_t low = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 4;
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)call, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (unsigned int)(offsetof(struct seccomp_data, args[1]) + low)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | code),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	set_filter(program, sizeof(program) / sizeof(program[0]));
}

#endif
