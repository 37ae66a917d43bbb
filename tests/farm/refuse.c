/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * refuse ANSWER CALL... -- PROGRAM [ARGUMENT...]: a program below a seccomp filter, as
 * systemd and container managers put one on it. ANSWER is the number of an errno, or
 * "kill" (SIGSYS); a CALL may be one of the groups
 *
 *   @mount              all that mounts, as SystemCallFilter=~@mount
 *   @namespaces         unshare, clone, setns with a type of namespace, and clone3 with
 *                       ENOSYS, since a filter cannot read its flags: RestrictNamespaces=
 *   @none               one that nobody needs
 */

#include <err.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#define TYPES                                                                                      \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | \
	 CLONE_NEWCGROUP)

/* Numbers above 424 are the same everywhere, and unknown to older headers. */
static const struct {
	const char *name;
	unsigned int number;
} calls[] = {
	{ "mount", SYS_mount },
	{ "umount2", SYS_umount2 },
	{ "unshare", SYS_unshare },
	{ "clone", SYS_clone },
	{ "setns", SYS_setns },
	{ "chroot", SYS_chroot },
	{ "pivot_root", SYS_pivot_root },
	{ "sethostname", SYS_sethostname },
	{ "socket", SYS_socket },
	{ "setuid", SYS_setuid },
	{ "setsid", SYS_setsid },
	{ "capset", SYS_capset },
	{ "seccomp", SYS_seccomp },
	{ "statx", SYS_statx },
	{ "fstatfs", SYS_fstatfs },
	{ "memfd_create", SYS_memfd_create },
	{ "execveat", SYS_execveat },
	{ "pidfd_open", 434 },
	{ "clone3", 435 },
	{ "close_range", 436 },
	{ "openat2", 437 },
	{ "faccessat", SYS_faccessat },
	{ "faccessat2", 439 },
	{ "rt_sigprocmask", SYS_rt_sigprocmask },
	{ "prctl", SYS_prctl },
	{ "open_tree", 428 },
	{ "move_mount", 429 },
	{ "fsopen", 430 },
	{ "mount_setattr", 442 },
	{ "landlock_create_ruleset", 444 },
	{ "landlock_add_rule", 445 },
	{ "landlock_restrict_self", 446 },
	{ "pidfd_getfd", 438 },
	{ "statmount", 457 },
	{ "listmount", 458 },
	{ "listns", 470 },
	{ "kcmp", SYS_kcmp },
	{ "bpf", SYS_bpf },
	{ "accept4", SYS_accept4 },
	{ "openat", SYS_openat },
	{ "fstat", SYS_fstat },
	{ "statfs", SYS_statfs },
	{ "readlinkat", SYS_readlinkat },
	{ "getdents64", SYS_getdents64 },
#ifdef SYS_newfstatat
	{ "newfstatat", SYS_newfstatat },
#endif
	{ "open_by_handle_at", SYS_open_by_handle_at },
	{ "@none", SYS_swapoff },
};

static struct sock_filter code[256];
static unsigned short n;
static unsigned int answer;

static void put(unsigned short op, unsigned char yes, unsigned char no, unsigned int k)
{
	if (n == sizeof(code) / sizeof(code[0]))
		errx(125, "too many calls");
	code[n++] = (struct sock_filter){ op, yes, no, k };
}

static void load(size_t offset)
{
	put(BPF_LD | BPF_W | BPF_ABS, 0, 0, (unsigned int)offset);
}

static void refuse(unsigned int number, unsigned int how)
{
	load(offsetof(struct seccomp_data, nr));
	put(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number);
	put(BPF_RET | BPF_K, 0, 0, how);
}

/* Where the argument has a bit of @mask, or is zero and @zero is refused. */
static void refuse_bits(unsigned int number, int argument, unsigned int mask, int zero)
{
	load(offsetof(struct seccomp_data, nr));
	put(BPF_JMP | BPF_JEQ | BPF_K, 0, zero ? 4 : 3, number);
	load(offsetof(struct seccomp_data, args) + sizeof(unsigned long long) * (size_t)argument +
	     (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0));
	if (zero)
		put(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 0);
	put(BPF_JMP | BPF_JSET | BPF_K, 0, 1, mask);
	put(BPF_RET | BPF_K, 0, 0, answer);
}

static void add(const char *word)
{
	if (!strcmp(word, "@namespaces")) {
		refuse_bits(SYS_unshare, 0, TYPES | CLONE_NEWTIME, 0);
		/* The lowest byte is the exit signal. */
#if defined(__s390__) || defined(__CRIS__)
		refuse_bits(SYS_clone, 1, TYPES, 0);
#else
		refuse_bits(SYS_clone, 0, TYPES, 0);
#endif
		refuse_bits(SYS_setns, 1, TYPES | CLONE_NEWTIME, 1);
		refuse(435, SECCOMP_RET_ERRNO | ENOSYS);
		return;
	}
	if (!strcmp(word, "@mount")) {
		static const unsigned int mounting[] = { SYS_mount,  SYS_umount2, SYS_pivot_root,
							 SYS_chroot, 428,         429,
							 430,        431,         432,
							 433,        442,         457,
							 458 };

		for (size_t i = 0; i < sizeof(mounting) / sizeof(mounting[0]); i++)
			refuse(mounting[i], answer);
		return;
	}
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (!strcmp(word, calls[i].name)) {
			refuse(calls[i].number, answer);
			return;
		}
	errx(125, "no such call: %s", word);
}

int main(int argc, char **argv)
{
	struct sock_fprog filter = { 0, code };
	int i;

	if (argc < 5)
		errx(125, "usage: refuse ANSWER CALL... -- PROGRAM [ARGUMENT...]");
	answer = strcmp(argv[1], "kill") ? SECCOMP_RET_ERRNO | (unsigned int)atoi(argv[1])
					 : SECCOMP_RET_KILL_PROCESS;
	for (i = 2; i < argc && strcmp(argv[i], "--") != 0; i++)
		add(argv[i]);
	put(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
	filter.len = n;
	if (i + 1 >= argc)
		errx(125, "no program");
	/* With the right to do without, no_new_privs is left as it is. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0 &&
	    (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	     prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0))
		err(125, "cannot install the filter");
	execvp(argv[i + 1], argv + i + 1);
	err(127, "%s", argv[i + 1]);
}
