/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Theory of operation
 *
 * A profile is a word for system call filters that are made of the lists in profile-lists.c by
 * libseccomp. That is loaded here, by the process that makes a plan; the child that puts itself
 * under the filters has only their instructions.
 *
 * `default` is one filter. It begins with instructions of our own, which judge by the number what
 * is newer than Linux 5.1, and goes on with those of libseccomp, which judge the rest by name and
 * arguments. Jumps are relative, so one can stand in front of the other.
 *
 * `strict` is a filter that lets a list of calls through and answers all others with ENOSYS, and
 * `default` on top. Where both refuse, the answer of the one that is loaded last counts, and so
 * what is known to be dangerous is answered with EPERM.
 *
 * A 64-bit machine can also run the programs of its 32-bit sister, and everybody can make that
 * kind of call in the midst of a program. It is judged by the same lists. Calls in any other way are
 * answered with ENOSYS, also those of x32: its numbers lie above all others.
 */

#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "kernel/seccomp.h"

#if HAVE_LIBSECCOMP

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>

#include "base/dl.h"
#include "base/sys.h"
#include "confine/profile-lists.h"

DL_NOTE("seccomp", "System call filters by name", "recommended", "libseccomp.so.2");

#define SECCOMP_FUNCTIONS(X)                                                                       \
	X(seccomp_init)                                                                            \
	X(seccomp_release)                                                                         \
	X(seccomp_attr_set)                                                                        \
	X(seccomp_arch_add)                                                                        \
	X(seccomp_rule_add_array)                                                                  \
	X(seccomp_syscall_resolve_name)                                                            \
	X(seccomp_export_bpf)

struct lib {
	SECCOMP_FUNCTIONS(DL_MEMBER)
};

static const char *const names[] = { SECCOMP_FUNCTIONS(DL_NAME) };
static const struct dl_library library =
	DL_LIBRARY("libseccomp.so.2", "libseccomp2", "a system call filter by name", names);

/* The sister of this machine, whose programs it can run as well. */
#if defined(__x86_64__)
#define OTHER_ARCH SCMP_ARCH_X86
#elif defined(__i386__)
#define OTHER_ARCH SCMP_ARCH_X86_64
#elif defined(__aarch64__)
#define OTHER_ARCH SCMP_ARCH_ARM
#elif defined(__arm__)
#define OTHER_ARCH SCMP_ARCH_AARCH64
#elif defined(__s390x__)
#define OTHER_ARCH SCMP_ARCH_S390
#endif

#if defined(__aarch64__) || defined(__arm__)
#define HAS_ARM 1
#else
#define HAS_ARM 0
#endif

/* Here the first two arguments of clone(2) have changed places. */
#if defined(__s390__) || defined(__CRIS__)
#define CLONE_FLAGS_ARG 1
#else
#define CLONE_FLAGS_ARG 0
#endif

#define MAX_SIZE (SECCOMP_PROGRAM_MAX * sizeof(struct sock_filter))

/* A filter in the making. */
struct making {
	const struct lib *lib;
	scmp_filter_ctx rules;
	const char *word;
	char *program;
	size_t size;
};

static int failed(const struct making *m, int r, struct libns_error *err)
{
	return error_set(err, LIBNS_STEP_ARGUMENT, -r,
			 "libseccomp cannot make the system call filter '%s'", m->word);
}

/* ---------------------------------------------------------------- our own instructions */

static void append(struct making *m, struct sock_filter one)
{
	memcpy(m->program + m->size, &one, sizeof(one));
	m->size += sizeof(one);
}

static void append_refusal(struct making *m, int code)
{
	append(m, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
					       SECCOMP_RET_ERRNO | (unsigned int)code));
}

static bool goes_by_number(const struct profile_call *call)
{
	return PROFILE_SHARED_NUMBERS && call->number;
}

/* From this number on, calls are those of arm alone, as to set the register for threads. */
#define FIRST_OF_ARM 0x0f0000

/* Calls since Linux 5.1. What is older jumps over all of that. */
static void judge_by_number(struct making *m)
{
	size_t n = 3;

	if (!PROFILE_SHARED_NUMBERS)
		return;
	for (const struct profile_call *c = profile_refused; c->name; c++)
		n += goes_by_number(c) ? 2 : 0;
	append(m, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					       (uint32_t)offsetof(struct seccomp_data, nr)));
	append(m, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, PROFILE_FIRST_SHARED, 0,
					       (uint8_t)n));
	append(m, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FIRST_OF_ARM,
					       HAS_ARM ? (uint8_t)(n - 1) : 0, 0));
	append(m,
	       (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, PROFILE_LAST_KNOWN, 0, 1));
	append_refusal(m, ENOSYS);
	for (const struct profile_call *c = profile_refused; c->name; c++) {
		if (!goes_by_number(c))
			continue;
		append(m, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, c->number, 0, 1));
		append_refusal(m, c->code);
	}
}

/* ---------------------------------------------------------------- libseccomp's */

static int begin(struct making *m, uint32_t otherwise)
{
	int r;

	m->rules = m->lib->seccomp_init(otherwise);
	if (!m->rules)
		return -ENOMEM;
	r = m->lib->seccomp_attr_set(m->rules, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
#ifdef OTHER_ARCH
	if (r == 0)
		r = m->lib->seccomp_arch_add(m->rules, OTHER_ARCH);
#endif
	return r;
}

/* On calls where the bits @mask of an argument are @value: no others of its 64 bits count
 * (CVE-2019-10063), since the kernel does not look at them, either. */
static int refuse_if(struct making *m, const char *name, unsigned int arg, uint32_t mask,
		     uint32_t value)
{
	const struct scmp_arg_cmp is = { arg, SCMP_CMP_MASKED_EQ, mask, value };

	return m->lib->seccomp_rule_add_array(m->rules, SCMP_ACT_ERRNO(EPERM),
					      m->lib->seccomp_syscall_resolve_name(name), 1, &is);
}

static int refuse_by_argument(struct making *m)
{
	int r = 0;

	for (const uint32_t *flag = profile_refused_clone; *flag && r == 0; flag++)
		r = refuse_if(m, "clone", CLONE_FLAGS_ARG, *flag, *flag);
	for (const uint32_t *request = profile_refused_ioctl; *request && r == 0; request++)
		r = refuse_if(m, "ioctl", 1, UINT32_MAX, *request);
	return r;
}

static int refuse_by_name(struct making *m, struct libns_error *err)
{
	int r = 0;

	for (const struct profile_call *c = profile_refused; c->name && r == 0; c++) {
		int number;

		if (goes_by_number(c))
			continue;
		number = m->lib->seccomp_syscall_resolve_name(c->name);
		if (number == __NR_SCMP_ERROR)
			return error_say(err, LIBNS_STEP_ARGUMENT, EOPNOTSUPP,
					 "libseccomp is too old for the system call filter '%s': "
					 "it does not know %s()",
					 m->word, c->name);
		r = m->lib->seccomp_rule_add_array(m->rules, SCMP_ACT_ERRNO(c->code), number, 0,
						   NULL);
	}
	if (r == 0)
		r = refuse_by_argument(m);
	return r < 0 ? failed(m, r, err) : 0;
}

static int allow_by_name(struct making *m, struct libns_error *err)
{
	int r = 0;

	/* As a tree and not as a chain, which would be long. Before libseccomp 2.5 there is none. */
	m->lib->seccomp_attr_set(m->rules, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (const char *const *name = profile_allowed; *name && r == 0; name++) {
		int number = m->lib->seccomp_syscall_resolve_name(*name);

		if (number != __NR_SCMP_ERROR)
			r = m->lib->seccomp_rule_add_array(m->rules, SCMP_ACT_ALLOW, number, 0,
							   NULL);
	}
	return r < 0 ? failed(m, r, err) : 0;
}

/* libseccomp writes to a descriptor; versions that write to memory are too new. */
static int open_memory(void)
{
	const unsigned int noexec = 8; /* MFD_NOEXEC_SEAL, Linux 6.3 */
	int fd = memfd_create("libns", MFD_CLOEXEC | noexec);

	return fd < 0 && errno == EINVAL ? memfd_create("libns", MFD_CLOEXEC) : fd;
}

static int export(struct making *m)
{
	_cleanup_close_ int fd = open_memory();
	ssize_t n;
	int r;

	if (fd < 0)
		return -errno;
	r = m->lib->seccomp_export_bpf(m->rules, fd);
	if (r < 0)
		return r;
	n = sys_read_full(fd, m->program + m->size, MAX_SIZE - m->size, 0);
	if (n < 0)
		return (int)n;
	m->size += (size_t)n;
	return m->size == MAX_SIZE ? -E2BIG : 0;
}

static int finish(struct making *m, struct libns_seccomp *filters, struct libns_error *err)
{
	int r = export(m);

	if (r == 0)
		r = seccomp_set_add(filters, m->word, 0, m->program,
				    m->size / sizeof(struct sock_filter));
	return r < 0 ? failed(m, r, err) : 0;
}

static int make(const struct lib *lib, const char *word, bool allows, struct libns_seccomp *filters,
		struct libns_error *err)
{
	struct making m = { .lib = lib, .word = word, .program = malloc(MAX_SIZE) };
	int r = m.program ? begin(&m, allows ? SCMP_ACT_ERRNO(ENOSYS) : SCMP_ACT_ALLOW) : -ENOMEM;

	if (r < 0) {
		failed(&m, r, err);
	} else if (allows) {
		r = allow_by_name(&m, err);
	} else {
		judge_by_number(&m);
		r = refuse_by_name(&m, err);
	}
	if (r == 0)
		r = finish(&m, filters, err);
	if (m.rules)
		lib->seccomp_release(m.rules);
	free(m.program);
	return r;
}

static int make_profile(const char *word, bool strict, struct libns_seccomp *filters,
			struct libns_error *err)
{
	struct lib lib;
	int r = dl_load(&library, &lib, sizeof(lib), err);

	if (r == 0 && strict)
		r = make(&lib, word, true, filters, err);
	return r < 0 ? r : make(&lib, word, false, filters, err);
}

#else

static int make_profile(const char *word, bool strict, struct libns_seccomp *filters,
			struct libns_error *err)
{
	return error_say(err, LIBNS_STEP_QUERY, EOPNOTSUPP,
			 "this build of libns has no libseccomp: there is no system call filter "
			 "'%s'",
			 word);
}

#endif

LIBNS_PUBLIC int libns_seccomp_add_profile(struct libns_seccomp *filters, const char *word,
					   struct libns_error *err)
{
	bool strict = !strcmp(word, "strict");

	if (!strict && strcmp(word, "default") != 0)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "there is no system call filter '%s', only 'default' and 'strict'",
				 word);
	return make_profile(word, strict, filters, err);
}
