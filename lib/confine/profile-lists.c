/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The system calls of the profiles `default`, `strict` and `nosuid`, as data. profile.c makes filters
 * of them.
 *
 * The profile `default` is a list of what is refused. Such a list must not have holes. A hole can
 * come about in two ways, and both are closed:
 *
 * - An older libseccomp does not know the name of a newer call. From Linux 5.1 on, a call has the
 *   same number on all machines, so the number is given here, and libseccomp is not asked. The
 *   older calls are known to every libseccomp that can be loaded; should one be unknown, there is
 *   no filter and the program does not run.
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

#include "confine/profile-lists.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>

#define REFUSE(name)        { name, 0, EPERM },
#define REFUSE_NEW(name, n) { name, n, EPERM },
#define END                                                                                        \
	{                                                                                          \
		NULL, 0, 0                                                                         \
	}

/* clang-format off */
const struct profile_call profile_refused[] = {
	/* Mounts, and other roots. */
	REFUSE("mount") REFUSE("umount") REFUSE("umount2") REFUSE("pivot_root") REFUSE("chroot")
	REFUSE_NEW("open_tree", 428) REFUSE_NEW("move_mount", 429) REFUSE_NEW("fsopen", 430)
	REFUSE_NEW("fsconfig", 431) REFUSE_NEW("fsmount", 432) REFUSE_NEW("fspick", 433)
	REFUSE_NEW("mount_setattr", 442) REFUSE_NEW("open_tree_attr", 467)
	/* Namespaces. clone(2) is looked at more closely. Of clone3(2) a filter sees no flags, they
	 * are in memory; who gets ENOSYS goes on with clone(2). */
	REFUSE("unshare") REFUSE("setns")
	{ "clone3", 435, ENOSYS },
	/* Code in the kernel, and another kernel. */
	REFUSE("init_module") REFUSE("finit_module") REFUSE("delete_module")
	REFUSE("create_module") REFUSE("query_module") REFUSE("get_kernel_syms")
	REFUSE("bpf") REFUSE("kexec_load") REFUSE("kexec_file_load") REFUSE("reboot")
	/* What many holes of the kernel were in, and few programs need. */
	REFUSE("userfaultfd") REFUSE("perf_event_open") REFUSE("lookup_dcookie")
	REFUSE("fanotify_init") REFUSE("uselib") REFUSE("vm86") REFUSE("vm86old")
	REFUSE("modify_ldt")
	REFUSE_NEW("io_uring_setup", 425) REFUSE_NEW("io_uring_enter", 426)
	REFUSE_NEW("io_uring_register", 427)
	/* Keys, which belong to no namespace. */
	REFUSE("add_key") REFUSE("request_key") REFUSE("keyctl")
	/* Files by number, past all directories. */
	REFUSE("open_by_handle_at")
	/* Other processes. */
	REFUSE("ptrace") REFUSE("process_vm_readv") REFUSE("process_vm_writev") REFUSE("kcmp")
	REFUSE_NEW("pidfd_getfd", 438) REFUSE_NEW("process_madvise", 440)
	/* Where memory lies: it tells of other processes, and is a load for all. */
	REFUSE("move_pages") REFUSE("migrate_pages") REFUSE("mbind") REFUSE("set_mempolicy")
	REFUSE_NEW("set_mempolicy_home_node", 450)
	/* Clocks. */
	REFUSE("settimeofday") REFUSE("stime") REFUSE("clock_settime") REFUSE("clock_settime64")
	REFUSE("adjtimex") REFUSE("clock_adjtime") REFUSE("clock_adjtime64")
	/* What belongs to the whole machine. */
	REFUSE("swapon") REFUSE("swapoff") REFUSE("quotactl") REFUSE_NEW("quotactl_fd", 443)
	REFUSE("acct") REFUSE("syslog") REFUSE("sethostname") REFUSE("setdomainname")
	REFUSE("vhangup") REFUSE("iopl") REFUSE("ioperm") REFUSE("nfsservctl")
	REFUSE("sysfs") REFUSE("_sysctl") REFUSE("ustat")
	END
};

const uint32_t profile_refused_clone[] = {
	CLONE_NEWNS,  CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
	CLONE_NEWUSER, CLONE_NEWPID,   CLONE_NEWNET, 0
};

const uint32_t profile_refused_ioctl[] = { TIOCSTI, TIOCLINUX, 0 };

const struct profile_mode profile_modes[] = {
	{ "chmod", 0, 1, 0 },   { "fchmod", 0, 1, 0 },     { "fchmodat", 0, 2, 0 },
	{ "creat", 0, 1, 0 },   { "fchmodat2", 452, 2, 0 }, { "mknod", 0, 1, 0 },
	{ "mknodat", 0, 2, 0 }, { "open", 0, 2, 1 },       { "openat", 0, 3, 2 },
	{ NULL, 0, 0, 0 }
};

const struct profile_call profile_refused_nosuid[] = {
	/* They open files, too, and no filter sees how. Programs know kernels without openat2(2). */
	REFUSE_NEW("io_uring_setup", 425)
	{ "openat2", 437, ENOSYS },
	END
};

const char *const profile_allowed[] = {
	/* Descriptors. */
	"read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "preadv2", "pwritev",
	"pwritev2", "close", "close_range", "dup", "dup2", "dup3", "lseek", "_llseek", "pipe",
	"pipe2", "fcntl", "fcntl64", "ioctl", "flock", "poll", "ppoll", "ppoll_time64", "select",
	"_newselect", "pselect6", "pselect6_time64", "epoll_create", "epoll_create1", "epoll_ctl",
	"epoll_ctl_old", "epoll_wait", "epoll_wait_old", "epoll_pwait", "epoll_pwait2", "eventfd",
	"eventfd2", "sendfile", "sendfile64", "splice", "tee", "vmsplice", "copy_file_range",
	"readahead", "fadvise64", "fadvise64_64", "arm_fadvise64_64", "sync_file_range",
	"sync_file_range2", "arm_sync_file_range", "fallocate", "fsync", "fdatasync", "sync",
	"syncfs", "truncate", "truncate64", "ftruncate", "ftruncate64", "cachestat", "io_setup",
	"io_submit", "io_getevents", "io_pgetevents", "io_pgetevents_time64", "io_cancel",
	"io_destroy",
	/* Files. */
	"open", "openat", "openat2", "creat", "access", "faccessat", "faccessat2", "stat", "lstat",
	"fstat", "newfstatat", "fstatat64", "stat64", "lstat64", "fstat64", "oldstat", "oldlstat",
	"oldfstat", "statx", "statfs", "statfs64", "fstatfs", "fstatfs64", "getdents",
	"getdents64", "readdir", "getcwd", "chdir", "fchdir", "mkdir", "mkdirat", "rmdir", "link",
	"linkat", "unlink", "unlinkat", "rename", "renameat", "renameat2", "symlink", "symlinkat",
	"readlink", "readlinkat", "mknod", "mknodat", "chmod", "fchmod", "fchmodat", "fchmodat2",
	"chown", "chown32", "fchown", "fchown32", "fchownat", "lchown", "lchown32", "umask",
	"utime", "utimes", "utimensat", "utimensat_time64", "futimesat", "getxattr", "lgetxattr",
	"fgetxattr", "getxattrat", "setxattr", "lsetxattr", "fsetxattr", "setxattrat",
	"listxattr", "llistxattr", "flistxattr", "listxattrat", "removexattr", "lremovexattr",
	"fremovexattr", "removexattrat", "file_getattr", "file_setattr", "name_to_handle_at",
	"inotify_init", "inotify_init1", "inotify_add_watch", "inotify_rm_watch",
	/* Memory. */
	"brk", "mmap", "mmap2", "munmap", "mremap", "mprotect", "pkey_alloc", "pkey_free",
	"pkey_mprotect", "madvise", "mincore", "msync", "mlock", "mlock2", "mlockall", "munlock",
	"munlockall", "memfd_create", "memfd_secret", "membarrier", "mseal", "map_shadow_stack",
	"remap_file_pages", "get_mempolicy",
	/* Processes and threads. */
	"clone", "clone3", "fork", "vfork", "execve", "execveat", "exit", "exit_group", "wait4",
	"waitid", "waitpid", "getpid", "getppid", "gettid", "getpgid", "getpgrp", "setpgid",
	"getsid", "setsid", "prctl", "arch_prctl", "get_thread_area", "set_thread_area",
	"set_tid_address", "get_robust_list", "set_robust_list", "rseq", "futex", "futex_time64",
	"futex_wait", "futex_waitv", "futex_wake", "futex_requeue", "kill", "tkill", "tgkill",
	"pidfd_open", "pidfd_send_signal", "process_mrelease", "getrusage", "times",
	"getpriority", "setpriority", "nice", "ioprio_get", "ioprio_set", "getrlimit",
	"ugetrlimit", "setrlimit", "prlimit64", "getcpu", "sched_yield", "sched_getaffinity",
	"sched_setaffinity", "sched_getattr", "sched_setattr", "sched_getparam", "sched_setparam",
	"sched_getscheduler", "sched_setscheduler", "sched_get_priority_max",
	"sched_get_priority_min", "sched_rr_get_interval", "sched_rr_get_interval_time64",
	/* Who one is, and becoming less. */
	"getuid", "getuid32", "geteuid", "geteuid32", "getgid", "getgid32", "getegid",
	"getegid32", "getresuid", "getresuid32", "getresgid", "getresgid32", "getgroups",
	"getgroups32", "setuid", "setuid32", "setgid", "setgid32", "setreuid", "setreuid32",
	"setregid", "setregid32", "setresuid", "setresuid32", "setresgid", "setresgid32",
	"setfsuid", "setfsuid32", "setfsgid", "setfsgid32", "setgroups", "setgroups32", "capget",
	"capset", "seccomp", "landlock_create_ruleset", "landlock_add_rule",
	"landlock_restrict_self", "lsm_get_self_attr", "lsm_list_modules",
	/* Signals, time and timers. */
	"rt_sigaction", "sigaction", "signal", "rt_sigprocmask", "sigprocmask", "ssetmask",
	"sgetmask", "rt_sigreturn", "sigreturn", "rt_sigpending", "sigpending", "rt_sigsuspend",
	"sigsuspend", "rt_sigtimedwait", "rt_sigtimedwait_time64", "rt_sigqueueinfo",
	"rt_tgsigqueueinfo", "sigaltstack", "signalfd", "signalfd4", "pause", "restart_syscall",
	"alarm", "nanosleep", "clock_nanosleep", "clock_nanosleep_time64", "clock_gettime",
	"clock_gettime64", "clock_getres", "clock_getres_time64", "gettimeofday", "time",
	"timer_create", "timer_settime", "timer_settime64", "timer_gettime", "timer_gettime64",
	"timer_getoverrun", "timer_delete", "timerfd_create", "timerfd_settime",
	"timerfd_settime64", "timerfd_gettime", "timerfd_gettime64", "getitimer", "setitimer",
	/* Between processes, and networks. */
	"shmget", "shmat", "shmctl", "shmdt", "semget", "semop", "semtimedop",
	"semtimedop_time64", "semctl", "msgget", "msgsnd", "msgrcv", "msgctl", "ipc", "mq_open",
	"mq_unlink", "mq_timedsend", "mq_timedsend_time64", "mq_timedreceive",
	"mq_timedreceive_time64", "mq_notify", "mq_getsetattr", "socket", "socketpair", "bind",
	"connect", "listen", "accept", "accept4", "getsockname", "getpeername", "getsockopt",
	"setsockopt", "send", "sendto", "sendmsg", "sendmmsg", "recv", "recvfrom", "recvmsg",
	"recvmmsg", "recvmmsg_time64", "shutdown", "socketcall",
	/* The machine. */
	"uname", "olduname", "oldolduname", "sysinfo", "getrandom",
	/* Calls that only some machines have. */
	"breakpoint", "cacheflush", "set_tls", "get_tls", "riscv_flush_icache", "riscv_hwprobe",
	"swapcontext", "switch_endian", "s390_guarded_storage", "s390_runtime_instr",
	NULL
};
/* clang-format on */
