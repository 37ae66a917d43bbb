/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_PROFILE_LISTS_H
#define LIBNS_PROFILE_LISTS_H

/*
 * The system calls of the profiles `default`, `strict` and `nosuid`. profile.c makes filters of them.
 *
 * A list is a macro that is given other macros. profile-numbers.c makes texts of the names, when
 * libns is built, and asks libseccomp for the numbers; profile-lists.c makes tables of the answers.
 *
 * The profile `default` is a list of what is refused. Such a list must not have holes. A hole can
 * come about in two ways, and both are closed:
 *
 * - An older libseccomp does not know the name of a newer call. From Linux 5.1 on, a call has the
 *   same number on all machines, so the number is given here (NEW), and libseccomp is not asked. The
 *   older calls (OLD) are known to every libseccomp that libns is built with; should one be unknown,
 *   libns is not built.
 * - A newer kernel has a call that nobody knew when this list was written. That is how open_tree(2)
 *   and the like got past such lists (CVE-2021-41133). All numbers above the last one that is known
 *   here are answered with ENOSYS. That is the answer of an older kernel, and programs are prepared
 *   for it. PROFILE_LAST_KNOWN is raised when somebody has looked at what was added.
 *
 * The profile `strict` consists of `default` and of a list of what is let through. A call whose name
 * libseccomp does not know is left out of that list, and so is answered with ENOSYS.
 *
 * The profile `nosuid` looks at the modes that files are given. mkdir(2) and mkdirat(2) are not in
 * its list, because the kernel takes only the sticky bit and the bits of access from them. A filter
 * does not see the mode that openat2(2) is given, so that call is answered with ENOSYS.
 */

#include <stddef.h>
#include <stdint.h>

/*
 * Whether system calls that were added since Linux 5.1 have the same numbers on this machine as on
 * most others.
 */
#if defined(__alpha__) || defined(__mips__) || defined(__ia64__)
#define PROFILE_SHARED_NUMBERS 0
#else
#define PROFILE_SHARED_NUMBERS 1
#endif

/* The last of those numbers that is known here (Linux 6.19). */
#define PROFILE_LAST_KNOWN 470

/* clang-format off */

/* What `default` refuses, and the errno. */
#define PROFILE_REFUSED(OLD, NEW)								\
	/* Mounts, and other roots. */								\
	OLD(mount, EPERM) OLD(umount, EPERM) OLD(umount2, EPERM) OLD(pivot_root, EPERM)		\
	OLD(chroot, EPERM) NEW(open_tree, 428, EPERM) NEW(move_mount, 429, EPERM)		\
	NEW(fsopen, 430, EPERM) NEW(fsconfig, 431, EPERM) NEW(fsmount, 432, EPERM)		\
	NEW(fspick, 433, EPERM) NEW(mount_setattr, 442, EPERM) NEW(open_tree_attr, 467, EPERM)	\
	/* Namespaces. clone(2) is looked at more closely. Of clone3(2) a filter sees no flags, they\
	 * are in memory; who gets ENOSYS goes on with clone(2). */				\
	OLD(unshare, EPERM) OLD(setns, EPERM) NEW(clone3, 435, ENOSYS)				\
	/* Code in the kernel, and another kernel. */						\
	OLD(init_module, EPERM) OLD(finit_module, EPERM) OLD(delete_module, EPERM)		\
	OLD(create_module, EPERM) OLD(query_module, EPERM) OLD(get_kernel_syms, EPERM)		\
	OLD(bpf, EPERM) OLD(kexec_load, EPERM) OLD(kexec_file_load, EPERM) OLD(reboot, EPERM)	\
	/* What many holes of the kernel were in, and few programs need. */			\
	OLD(userfaultfd, EPERM) OLD(perf_event_open, EPERM) OLD(lookup_dcookie, EPERM)		\
	OLD(fanotify_init, EPERM) OLD(uselib, EPERM) OLD(vm86, EPERM) OLD(vm86old, EPERM)	\
	OLD(modify_ldt, EPERM) NEW(io_uring_setup, 425, EPERM) NEW(io_uring_enter, 426, EPERM)	\
	NEW(io_uring_register, 427, EPERM)							\
	/* Keys, which belong to no namespace. */						\
	OLD(add_key, EPERM) OLD(request_key, EPERM) OLD(keyctl, EPERM)				\
	/* Files by number, past all directories. */						\
	OLD(open_by_handle_at, EPERM)								\
	/* Other processes. */									\
	OLD(ptrace, EPERM) OLD(process_vm_readv, EPERM) OLD(process_vm_writev, EPERM)		\
	OLD(kcmp, EPERM) NEW(pidfd_getfd, 438, EPERM) NEW(process_madvise, 440, EPERM)		\
	/* Where memory lies: it tells of other processes, and is a load for all. */		\
	OLD(move_pages, EPERM) OLD(migrate_pages, EPERM) OLD(mbind, EPERM)			\
	OLD(set_mempolicy, EPERM) NEW(set_mempolicy_home_node, 450, EPERM)			\
	/* Clocks. */										\
	OLD(settimeofday, EPERM) OLD(stime, EPERM) OLD(clock_settime, EPERM)			\
	OLD(clock_settime64, EPERM) OLD(adjtimex, EPERM) OLD(clock_adjtime, EPERM)		\
	OLD(clock_adjtime64, EPERM)								\
	/* What belongs to the whole machine. */						\
	OLD(swapon, EPERM) OLD(swapoff, EPERM) OLD(quotactl, EPERM)				\
	NEW(quotactl_fd, 443, EPERM) OLD(acct, EPERM) OLD(syslog, EPERM)			\
	OLD(sethostname, EPERM) OLD(setdomainname, EPERM) OLD(vhangup, EPERM) OLD(iopl, EPERM)	\
	OLD(ioperm, EPERM) OLD(nfsservctl, EPERM) OLD(sysfs, EPERM) OLD(_sysctl, EPERM)		\
	OLD(ustat, EPERM)

/* What `default` refuses for some arguments. */
#define PROFILE_JUDGED(X) X(clone) X(ioctl) X(socket) X(socketcall)

/* What `nosuid` judges by its mode: which argument has the bits, and which one says whether a file is
 * made at all; 0 if one always is. */
#define PROFILE_MODES(OLD, NEW)									\
	OLD(chmod, 1, 0) OLD(fchmod, 1, 0) OLD(fchmodat, 2, 0) OLD(creat, 1, 0)			\
	NEW(fchmodat2, 452, 2, 0) OLD(mknod, 1, 0) OLD(mknodat, 2, 0) OLD(open, 2, 1)		\
	OLD(openat, 3, 2)

/* What `nosuid` refuses whole. */
#define PROFILE_REFUSED_NOSUID(OLD, NEW)							\
	/* They open files, too, and no filter sees how. Programs know kernels without openat2(2). */\
	NEW(io_uring_setup, 425, EPERM) NEW(openat2, 437, ENOSYS)

/* What `strict` lets through, unless `default` refuses it. */
#define PROFILE_ALLOWED(X)									\
	/* Descriptors. */									\
	X(read) X(write) X(readv) X(writev) X(pread64) X(pwrite64) X(preadv) X(preadv2)		\
	X(pwritev) X(pwritev2) X(close) X(close_range) X(dup) X(dup2) X(dup3) X(lseek)		\
	X(_llseek) X(pipe) X(pipe2) X(fcntl) X(fcntl64) X(ioctl) X(flock) X(poll) X(ppoll)	\
	X(ppoll_time64) X(select) X(_newselect) X(pselect6) X(pselect6_time64) X(epoll_create)	\
	X(epoll_create1) X(epoll_ctl) X(epoll_ctl_old) X(epoll_wait) X(epoll_wait_old)		\
	X(epoll_pwait) X(epoll_pwait2) X(eventfd) X(eventfd2) X(sendfile) X(sendfile64)		\
	X(splice) X(tee) X(vmsplice) X(copy_file_range) X(readahead) X(fadvise64)		\
	X(fadvise64_64) X(arm_fadvise64_64) X(sync_file_range) X(sync_file_range2)		\
	X(arm_sync_file_range) X(fallocate) X(fsync) X(fdatasync) X(sync) X(syncfs)		\
	X(truncate) X(truncate64) X(ftruncate) X(ftruncate64) X(cachestat) X(io_setup)		\
	X(io_submit) X(io_getevents) X(io_pgetevents) X(io_pgetevents_time64) X(io_cancel)	\
	X(io_destroy)										\
	/* Files. */										\
	X(open) X(openat) X(openat2) X(creat) X(access) X(faccessat) X(faccessat2) X(stat)	\
	X(lstat) X(fstat) X(newfstatat) X(fstatat64) X(stat64) X(lstat64) X(fstat64)		\
	X(oldstat) X(oldlstat) X(oldfstat) X(statx) X(statfs) X(statfs64) X(fstatfs)		\
	X(fstatfs64) X(getdents) X(getdents64) X(readdir) X(getcwd) X(chdir) X(fchdir)		\
	X(mkdir) X(mkdirat) X(rmdir) X(link) X(linkat) X(unlink) X(unlinkat) X(rename)		\
	X(renameat) X(renameat2) X(symlink) X(symlinkat) X(readlink) X(readlinkat) X(mknod)	\
	X(mknodat) X(chmod) X(fchmod) X(fchmodat) X(fchmodat2) X(chown) X(chown32) X(fchown)	\
	X(fchown32) X(fchownat) X(lchown) X(lchown32) X(umask) X(utime) X(utimes) X(utimensat)	\
	X(utimensat_time64) X(futimesat) X(getxattr) X(lgetxattr) X(fgetxattr) X(getxattrat)	\
	X(setxattr) X(lsetxattr) X(fsetxattr) X(setxattrat) X(listxattr) X(llistxattr)		\
	X(flistxattr) X(listxattrat) X(removexattr) X(lremovexattr) X(fremovexattr)		\
	X(removexattrat) X(file_getattr) X(file_setattr) X(name_to_handle_at) X(inotify_init)	\
	X(inotify_init1) X(inotify_add_watch) X(inotify_rm_watch)				\
	/* Memory. */										\
	X(brk) X(mmap) X(mmap2) X(munmap) X(mremap) X(mprotect) X(pkey_alloc) X(pkey_free)	\
	X(pkey_mprotect) X(madvise) X(mincore) X(msync) X(mlock) X(mlock2) X(mlockall)		\
	X(munlock) X(munlockall) X(memfd_create) X(memfd_secret) X(membarrier) X(mseal)		\
	X(map_shadow_stack) X(remap_file_pages) X(get_mempolicy)				\
	/* Processes and threads. */								\
	X(clone) X(clone3) X(fork) X(vfork) X(execve) X(execveat) X(exit) X(exit_group)		\
	X(wait4) X(waitid) X(waitpid) X(getpid) X(getppid) X(gettid) X(getpgid) X(getpgrp)	\
	X(setpgid) X(getsid) X(setsid) X(prctl) X(arch_prctl) X(get_thread_area)		\
	X(set_thread_area) X(set_tid_address) X(get_robust_list) X(set_robust_list) X(rseq)	\
	X(futex) X(futex_time64) X(futex_wait) X(futex_waitv) X(futex_wake) X(futex_requeue)	\
	X(kill) X(tkill) X(tgkill) X(pidfd_open) X(pidfd_send_signal) X(process_mrelease)	\
	X(getrusage) X(times) X(getpriority) X(setpriority) X(nice) X(ioprio_get)		\
	X(ioprio_set) X(getrlimit) X(ugetrlimit) X(setrlimit) X(prlimit64) X(getcpu)		\
	X(sched_yield) X(sched_getaffinity) X(sched_setaffinity) X(sched_getattr)		\
	X(sched_setattr) X(sched_getparam) X(sched_setparam) X(sched_getscheduler)		\
	X(sched_setscheduler) X(sched_get_priority_max) X(sched_get_priority_min)		\
	X(sched_rr_get_interval) X(sched_rr_get_interval_time64)				\
	/* Who one is, and becoming less. */							\
	X(getuid) X(getuid32) X(geteuid) X(geteuid32) X(getgid) X(getgid32) X(getegid)		\
	X(getegid32) X(getresuid) X(getresuid32) X(getresgid) X(getresgid32) X(getgroups)	\
	X(getgroups32) X(setuid) X(setuid32) X(setgid) X(setgid32) X(setreuid) X(setreuid32)	\
	X(setregid) X(setregid32) X(setresuid) X(setresuid32) X(setresgid) X(setresgid32)	\
	X(setfsuid) X(setfsuid32) X(setfsgid) X(setfsgid32) X(setgroups) X(setgroups32)		\
	X(capget) X(capset) X(seccomp) X(landlock_create_ruleset) X(landlock_add_rule)		\
	X(landlock_restrict_self) X(lsm_get_self_attr) X(lsm_list_modules)			\
	/* Signals, time and timers. */								\
	X(rt_sigaction) X(sigaction) X(signal) X(rt_sigprocmask) X(sigprocmask) X(ssetmask)	\
	X(sgetmask) X(rt_sigreturn) X(sigreturn) X(rt_sigpending) X(sigpending)			\
	X(rt_sigsuspend) X(sigsuspend) X(rt_sigtimedwait) X(rt_sigtimedwait_time64)		\
	X(rt_sigqueueinfo) X(rt_tgsigqueueinfo) X(sigaltstack) X(signalfd) X(signalfd4)		\
	X(pause) X(restart_syscall) X(alarm) X(nanosleep) X(clock_nanosleep)			\
	X(clock_nanosleep_time64) X(clock_gettime) X(clock_gettime64) X(clock_getres)		\
	X(clock_getres_time64) X(gettimeofday) X(time) X(timer_create) X(timer_settime)		\
	X(timer_settime64) X(timer_gettime) X(timer_gettime64) X(timer_getoverrun)		\
	X(timer_delete) X(timerfd_create) X(timerfd_settime) X(timerfd_settime64)		\
	X(timerfd_gettime) X(timerfd_gettime64) X(getitimer) X(setitimer)			\
	/* Between processes, and networks. */							\
	X(shmget) X(shmat) X(shmctl) X(shmdt) X(semget) X(semop) X(semtimedop)			\
	X(semtimedop_time64) X(semctl) X(msgget) X(msgsnd) X(msgrcv) X(msgctl) X(ipc)		\
	X(mq_open) X(mq_unlink) X(mq_timedsend) X(mq_timedsend_time64) X(mq_timedreceive)	\
	X(mq_timedreceive_time64) X(mq_notify) X(mq_getsetattr) X(socket) X(socketpair)		\
	X(bind) X(connect) X(listen) X(accept) X(accept4) X(getsockname) X(getpeername)		\
	X(getsockopt) X(setsockopt) X(send) X(sendto) X(sendmsg) X(sendmmsg) X(recv)		\
	X(recvfrom) X(recvmsg) X(recvmmsg) X(recvmmsg_time64) X(shutdown) X(socketcall)		\
	/* The machine. */									\
	X(uname) X(olduname) X(oldolduname) X(sysinfo) X(getrandom)				\
	/* Calls that only some machines have. */						\
	X(breakpoint) X(cacheflush) X(set_tls) X(get_tls) X(riscv_flush_icache)			\
	X(riscv_hwprobe) X(swapcontext) X(switch_endian) X(s390_guarded_storage)		\
	X(s390_runtime_instr)

/* clang-format on */

/* Instead of a number: libseccomp does not know the name; this kind of machine has no such call. */
#define PROFILE_UNKNOWN (-1)
#define PROFILE_NONE    (-2)

/* The kinds of machine whose programs this one can run: its own, and that of 32 bits for 64 or of 64
 * bits for 32, if there is one. */
#define PROFILE_MACHINES 2

/* As the kernel calls these machines (AUDIT_ARCH_*); 0 if there is no second one. */
extern const uint32_t profile_machines[PROFILE_MACHINES];

struct profile_call {
	int32_t number[PROFILE_MACHINES]; /* below 0 where there is no such call */
	uint16_t shared;                  /* the number that all machines have, or 0 */
	uint16_t code;                    /* errno */
};

/* What `default` refuses. Ends with an entry without an errno. */
extern const struct profile_call profile_refused[];

/* Flags of clone(2) that `default` refuses; ends with 0. */
extern const uint32_t profile_refused_clone[];

/* Requests of ioctl(2) that `default` refuses; ends with 0. */
extern const uint32_t profile_refused_ioctl[];

/* The numbers of the calls that are looked at more closely. */
extern const int32_t profile_clone[PROFILE_MACHINES], profile_ioctl[PROFILE_MACHINES],
	profile_socket[PROFILE_MACHINES], profile_socketcall[PROFILE_MACHINES];

/* A call that can set the set-user-ID and set-group-ID bits of a file. */
struct profile_mode {
	int32_t number[PROFILE_MACHINES]; /* this and the next one as above */
	uint16_t shared;
	uint8_t mode;  /* which argument has the bits */
	uint8_t flags; /* which one says whether a file is made at all; 0 if one always is */
};

/* What `nosuid` judges by its mode. Ends with an entry without a mode. */
extern const struct profile_mode profile_modes[];

/* What `nosuid` refuses whole. Ends as profile_refused. */
extern const struct profile_call profile_refused_nosuid[];

/* What `strict` lets through. */
extern const int32_t profile_allowed[][PROFILE_MACHINES];
extern const size_t profile_n_allowed;

#endif
