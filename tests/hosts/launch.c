/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * launch [WORD...] -- PROGRAM [ARGUMENT...]: a program with a caller, or below a filter,
 * that it does not like. The words:
 *
 *   refuse=CALL:ERRNO   this system call fails, in the program and in all it starts
 *   ignore=SIGNAL       the signal is ignored, as in a background job of a script
 *   nofile=N            the soft limit of descriptors
 *   umask=OCTAL
 *   nice=N
 *   hide=DIRECTORY      an empty file system on it, in a mount namespace of its own
 *   probe=CALL          says what the call answers, and ends
 *
 * As the interpreter of a script it stands for a tool without being seen: the kernel
 * hands over the rest of the first line as one argument ("launch umask=077 -- /path/tool")
 * and the name of the script behind it, and nothing but the tool is left of it.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define OUR_ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define OUR_ARCH AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define OUR_ARCH AUDIT_ARCH_S390X
#elif defined(__i386__)
#define OUR_ARCH AUDIT_ARCH_I386
#elif defined(__arm__)
#define OUR_ARCH AUDIT_ARCH_ARM
#endif

struct word {
	const char *name;
	int value;
};

/* The numbers are the same on every architecture since they are younger than 5.0; statx
 * and memfd_create are older. */
static const struct word calls[] = {
	{ "clone3", 435 }, { "openat2", 437 },     { "pidfd_getfd", 438 },
	{ "listns", 470 }, { "statx", SYS_statx }, { "memfd_create", SYS_memfd_create },
	{ NULL, 0 },
};

static const struct word errnos[] = {
	{ "ENOSYS", ENOSYS },
	{ "EPERM", EPERM },
	{ NULL, 0 },
};

static const struct word signals[] = {
	{ "INT", SIGINT },   { "QUIT", SIGQUIT }, { "CHLD", SIGCHLD },
	{ "PIPE", SIGPIPE }, { NULL, 0 },
};

static int find(const struct word *table, const char *name)
{
	for (const struct word *word = table; word->name; word++)
		if (strcmp(word->name, name) == 0)
			return word->value;
	errx(125, "launch: %s is not known here", name);
}

static int number(const char *text, int base)
{
	char *end;
	long value = strtol(text, &end, base);

	if (end == text || *end != '\0')
		errx(125, "launch: %s is no number", text);
	return (int)value;
}

static void refuse(char *text)
{
#ifdef OUR_ARCH
	char *answer = strchr(text, ':');
	if (!answer)
		errx(125, "launch: refuse=CALL:ERRNO");
	*answer++ = '\0';
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)find(calls, text), 0, 1),
		BPF_STMT(BPF_RET | BPF_K,
			 SECCOMP_RET_ERRNO | ((unsigned)find(errnos, answer) & SECCOMP_RET_DATA)),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof(code) / sizeof(code[0]), code };

	/* With CAP_SYS_ADMIN without no_new_privs, which would end newuidmap as well. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0)
		return;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
		err(125, "launch: refuse=%s", text);
#else
	errx(125, "launch: filters of this architecture are not known here");
#endif
}

static void limit_files(int count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		err(125, "launch: nofile");
	limit.rlim_cur = (rlim_t)count;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		err(125, "launch: nofile=%d", count);
}

static void hide(const char *dir)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("hidden", dir, "tmpfs", MS_RDONLY, "mode=555") < 0)
		err(125, "launch: hide=%s", dir);
}

static void probe(const char *call)
{
	/* Arguments that no call likes: what is there says so, and nothing happens. */
	long r = syscall(find(calls, call), -1, -1, -1, -1, -1);

	puts(r < 0 && errno == ENOSYS ? "ENOSYS" : r < 0 && errno == EPERM ? "EPERM" : "there");
	exit(0);
}

static void obey(char *word)
{
	char *value = strchr(word, '=');

	if (!value)
		errx(125, "launch: %s is no word of mine", word);
	*value++ = '\0';
	if (strcmp(word, "refuse") == 0)
		refuse(value);
	else if (strcmp(word, "ignore") == 0)
		signal(find(signals, value), SIG_IGN);
	else if (strcmp(word, "nofile") == 0)
		limit_files(number(value, 10));
	else if (strcmp(word, "umask") == 0)
		umask((mode_t)number(value, 8));
	else if (strcmp(word, "nice") == 0)
		/* -1 is a nice value too. */
		setpriority(PRIO_PROCESS, 0, number(value, 10));
	else if (strcmp(word, "hide") == 0)
		hide(value);
	else if (strcmp(word, "probe") == 0)
		probe(value);
	else
		errx(125, "launch: %s is no word of mine", word);
}

/* As an interpreter: argv[1] is all words and the tool, argv[2] the script. */
static char **split(int argc, char **argv)
{
	char **all = calloc((size_t)argc + strlen(argv[1]), sizeof(*all)), **next = all;

	if (!all)
		err(125, "launch");
	for (char *word = strtok(argv[1], " "); word; word = strtok(NULL, " "))
		*next++ = word;
	/* The tool's own arguments, and the null behind them. */
	memcpy(next, argv + 3, (size_t)(argc - 2) * sizeof(*all));
	return all;
}

int main(int argc, char **argv)
{
	char **words = argc > 2 && strchr(argv[1], ' ') ? split(argc, argv) : argv + 1;

	for (; *words && strcmp(*words, "--") != 0; words++)
		obey(*words);
	if (!*words || !words[1])
		errx(125, "usage: launch [WORD...] -- PROGRAM [ARGUMENT...]");
	execvp(words[1], words + 1);
	err(errno == ENOENT ? 127 : 126, "launch: %s", words[1]);
}
