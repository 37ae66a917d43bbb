/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Theory of operation
 *
 * A profile is a word for system call filters that are made of the lists in profile-lists.h.
 * libseccomp knows which number a call has on which machine. It was asked when libns was built
 * (profile-numbers.c): loading it, and looking for the names, took as long as all else here. The
 * process that makes a plan makes the filters; the child that puts itself under them has only their
 * instructions.
 *
 * libseccomp could also make the filters. But that takes 0.2 ms for `default`, and more than 15 ms
 * for the 300 names of `strict` on two kinds of machine. Only a list is needed here, for which few
 * instructions are enough.
 *
 * `default` is one filter. It first judges calls that are newer than Linux 5.1 by their number,
 * which is the same on all machines; then the others, separately for each kind of machine. `strict`
 * is two filters: one that lets a list of calls through and answers all others with ENOSYS, and
 * `default` on top of it. If both refuse a call, the answer of the filter that was loaded last
 * counts: so calls that are known to be dangerous are answered with EPERM.
 *
 * `nosuid` is one filter as well, of the same shape as `default`: neither calls above the last one
 * that is known nor calls of other machines get past it. It is a word of its own, because whoever
 * installs packages in a container has good reason to set these bits.
 *
 * A 64-bit machine can also run 32-bit programs, and any program can make their kind of call. These
 * calls are judged by the same lists. Calls of any other kind are answered with ENOSYS, also those
 * of x32, whose numbers lie above all others.
 */

#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "kernel/seccomp.h"

#if HAVE_LIBSECCOMP

#include <fcntl.h>
#include <linux/net.h>
#include <linux/seccomp.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "confine/profile-lists.h"

#if defined(__aarch64__) || defined(__arm__)
#define HAS_ARM 1
#else
#define HAS_ARM 0
#endif

/* On these machines the first two arguments of clone(2) are exchanged. */
#if defined(__s390__) || defined(__CRIS__)
#define CLONE_FLAGS_ARG 1
#else
#define CLONE_FLAGS_ARG 0
#endif

/* Calls from this number on exist on arm only, such as the one that sets the register for threads. */
#define FIRST_OF_ARM 0x0f0000

/* More numbers than any of the lists has. */
#define MAX_NUMBERS 512

/* The flags with which open(2) heeds its mode: O_CREAT, and the bit that only O_TMPFILE has. */
#define MAKES_FILE (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))

enum kind {
	ALLOWS,  /* the list of `strict` */
	REFUSES, /* `default` */
	NOSUID,
};

/* A filter while it is made. */
struct making {
	enum kind kind;
	unsigned int machine; /* for which instructions are being made: one of profile_machines */
	struct sock_filter program[SECCOMP_PROGRAM_MAX];
	size_t n;
};

/* ---------------------------------------------------------------- instructions */

static void append(struct making *m, struct sock_filter one)
{
	/* The lists are far shorter. */
	assert(m->n < SECCOMP_PROGRAM_MAX);
	m->program[m->n++] = one;
}

static void load(struct making *m, size_t offset)
{
	append(m, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

/* Loads the lower half of an argument. The kernel looks at that half only, so the upper one must not
 * count here either (CVE-2019-10063). */
static void load_argument(struct making *m, unsigned int i)
{
	const size_t half = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? sizeof(uint32_t) : 0;

	load(m, offsetof(struct seccomp_data, args) + i * sizeof(uint64_t) + half);
}

/* Leaves out the next @yes instructions if the comparison is true, or else the next @no. */
static void jump(struct making *m, unsigned int how, uint32_t value, size_t yes, size_t no)
{
	append(m, (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | how | BPF_K), value,
					       (uint8_t)yes, (uint8_t)no));
}

static void allow(struct making *m)
{
	append(m, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
}

static void refuse(struct making *m, unsigned int code)
{
	append(m, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | code));
}

/* ---------------------------------------------------------------- default and nosuid */

/* The calls that are refused whatever their arguments are. */
static const struct profile_call *refused(const struct making *m)
{
	return m->kind == NOSUID ? profile_refused_nosuid : profile_refused;
}

/* Judges calls that exist since Linux 5.1. Older ones jump over all of this. */
static void judge_by_number(struct making *m)
{
	size_t n = 2;

	if (!PROFILE_SHARED_NUMBERS)
		return;
	for (const struct profile_call *c = refused(m); c->code; c++)
		n += c->shared ? 2 : 0;
	load(m, offsetof(struct seccomp_data, nr));
	jump(m, BPF_JGE, PROFILE_FIRST_SHARED, 0, n + HAS_ARM);
	if (HAS_ARM)
		jump(m, BPF_JGE, FIRST_OF_ARM, n, 0);
	jump(m, BPF_JGT, PROFILE_LAST_KNOWN, 0, 1);
	refuse(m, ENOSYS);
	for (const struct profile_call *c = refused(m); c->code; c++) {
		if (!c->shared)
			continue;
		jump(m, BPF_JEQ, c->shared, 0, 1);
		refuse(m, c->code);
	}
}

/* Refuses the call if its argument @i is @value, or has one of its bits. */
static void judge_argument(struct making *m, int number, unsigned int i, unsigned int how,
			   uint32_t value, unsigned int code)
{
	jump(m, BPF_JEQ, (uint32_t)number, 0, 4);
	load_argument(m, i);
	jump(m, how, value, 0, 1);
	refuse(m, code);
	allow(m);
}

/*
 * Sockets to the hypervisor belong to no network namespace. EAFNOSUPPORT is what a kernel without
 * them answers. A filter does not see the family that socketcall(2) is asked for, because it lies in
 * memory. On x86-64 that call makes no sockets for 32-bit programs, since any program could get
 * around the filter by it. Machines whose own C library makes all sockets by that call keep it.
 */
static void judge_socket(struct making *m)
{
	judge_argument(m, profile_socket[m->machine], 0, BPF_JEQ, AF_VSOCK, EAFNOSUPPORT);
#ifdef __x86_64__
	if (m->machine > 0)
		judge_argument(m, profile_socketcall[m->machine], 0, BPF_JEQ, SYS_SOCKET, ENOSYS);
#endif
}

static void judge_clone(struct making *m)
{
	uint32_t flags = 0;

	for (const uint32_t *flag = profile_refused_clone; *flag; flag++)
		flags |= *flag;
	judge_argument(m, profile_clone[m->machine], CLONE_FLAGS_ARG, BPF_JSET, flags, EPERM);
}

static void judge_ioctl(struct making *m)
{
	size_t n = 2;

	for (const uint32_t *request = profile_refused_ioctl; *request; request++)
		n += 2;
	jump(m, BPF_JEQ, (uint32_t)profile_ioctl[m->machine], 0, n);
	load_argument(m, 1);
	for (const uint32_t *request = profile_refused_ioctl; *request; request++) {
		jump(m, BPF_JEQ, *request, 0, 1);
		refuse(m, EPERM);
	}
	allow(m);
}

/* Refuses the set-user-ID and set-group-ID bits. Where no file is made, the mode does not matter. */
static void judge_mode(struct making *m, const struct profile_mode *call)
{
	const uint32_t bits = S_ISUID | S_ISGID;
	int number = call->number[m->machine];

	if (number < 0)
		return;
	if (!call->flags) {
		judge_argument(m, number, call->mode, BPF_JSET, bits, EPERM);
		return;
	}
	jump(m, BPF_JEQ, (uint32_t)number, 0, 6);
	load_argument(m, call->flags);
	jump(m, BPF_JSET, MAKES_FILE, 0, 3);
	load_argument(m, call->mode);
	jump(m, BPF_JSET, bits, 0, 1);
	refuse(m, EPERM);
	allow(m);
}

static void judge_by_argument(struct making *m)
{
	if (m->kind == NOSUID) {
		for (const struct profile_mode *call = profile_modes; call->mode; call++)
			judge_mode(m, call);
		return;
	}
	judge_clone(m);
	judge_ioctl(m);
	judge_socket(m);
}

struct refusal {
	int number;
	unsigned int code;
};

/* Compares two numbers, or two structs that begin with one. */
static int compare_numbers(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/*
 * As a tree of halves, so that a call is compared with few numbers. When a filter is loaded, the
 * kernel tries it with every number there is: a plain list makes that several times as slow.
 */
static void judge_by_half(struct making *m, const struct refusal *list, size_t n)
{
	bool all_alike = n > 0;
	size_t at = m->n;

	if (n > 4) {
		jump(m, BPF_JGE, (uint32_t)list[n / 2].number, 0, 0);
		judge_by_half(m, list, n / 2);
		assert(m->n - at - 1 <= UINT8_MAX);
		m->program[at].jt = (uint8_t)(m->n - at - 1);
		judge_by_half(m, list + n / 2, n - n / 2);
		return;
	}
	for (size_t i = 1; i < n; i++)
		all_alike &= list[i].code == list[0].code;
	for (size_t i = 0; i < n; i++) {
		jump(m, BPF_JEQ, (uint32_t)list[i].number, all_alike ? n - i : 0, !all_alike);
		if (!all_alike)
			refuse(m, list[i].code);
	}
	allow(m);
	if (all_alike)
		refuse(m, list[0].code);
}

static void refuse_by_name(struct making *m)
{
	struct refusal list[MAX_NUMBERS];
	size_t n = 0;

	for (const struct profile_call *c = refused(m); c->code; c++) {
		if (c->shared || c->number[m->machine] < 0)
			continue;
		assert(n < MAX_NUMBERS);
		list[n++] = (struct refusal){ c->number[m->machine], c->code };
	}
	qsort(list, n, sizeof(*list), compare_numbers);
	judge_by_argument(m);
	judge_by_half(m, list, n);
}

/* ---------------------------------------------------------------- strict */

/* Adjacent numbers form one range. A number that lies before a range, and is in none of the ranges
 * before, is in none at all. */
static void allow_by_name(struct making *m)
{
	int numbers[MAX_NUMBERS];
	size_t n = 0, end;

	for (size_t i = 0; i < profile_n_allowed; i++) {
		assert(n < MAX_NUMBERS);
		numbers[n] = profile_allowed[i][m->machine];
		n += numbers[n] >= 0;
	}
	qsort(numbers, n, sizeof(*numbers), compare_numbers);
	for (size_t first = 0; first < n; first = end) {
		for (end = first + 1; end < n && numbers[end] <= numbers[end - 1] + 1;)
			end++;
		jump(m, BPF_JGE, (uint32_t)numbers[first], 1, 0);
		refuse(m, ENOSYS);
		jump(m, BPF_JGT, (uint32_t)numbers[end - 1], 1, 0);
		allow(m);
	}
	refuse(m, ENOSYS);
}

/* ---------------------------------------------------------------- a whole filter */

static void judge_machine(struct making *m, unsigned int machine)
{
	size_t leave;

	if (!profile_machines[machine])
		return;
	m->machine = machine;
	load(m, offsetof(struct seccomp_data, arch));
	jump(m, BPF_JEQ, profile_machines[machine], 1, 0);
	leave = m->n;
	append(m, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
	load(m, offsetof(struct seccomp_data, nr));
	if (m->kind == ALLOWS)
		allow_by_name(m);
	else
		refuse_by_name(m);
	m->program[leave].k = (uint32_t)(m->n - leave - 1);
}

static int make(const char *word, enum kind kind, struct libns_seccomp *filters,
		struct libns_error *err)
{
	_cleanup_free_ struct making *m = malloc(sizeof(*m));
	int r;

	if (!m)
		return error_set(err, LIBNS_STEP_ARGUMENT, ENOMEM,
				 "cannot make the system call filter '%s'", word);
	m->kind = kind;
	m->n = 0;
	if (kind != ALLOWS)
		judge_by_number(m);
	for (unsigned int i = 0; i < PROFILE_MACHINES; i++)
		judge_machine(m, i);
	refuse(m, ENOSYS);
	r = seccomp_set_add(filters, word, 0, (const char *)m->program, m->n);
	return r < 0 ? error_set(err, LIBNS_STEP_ARGUMENT, -r,
				 "cannot keep the system call filter '%s'", word)
		     : 0;
}

static int make_profile(const char *word, struct libns_seccomp *filters, struct libns_error *err)
{
	int r = 0;

	if (!strcmp(word, "strict"))
		r = make(word, ALLOWS, filters, err);
	if (r < 0)
		return r;
	return make(word, !strcmp(word, "nosuid") ? NOSUID : REFUSES, filters, err);
}

#else

static int make_profile(const char *word, struct libns_seccomp *filters, struct libns_error *err)
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
	if (strcmp(word, "default") != 0 && strcmp(word, "strict") != 0 &&
	    strcmp(word, "nosuid") != 0)
		return error_say(
			err, LIBNS_STEP_ARGUMENT, EINVAL,
			"there is no system call filter '%s', only 'default', 'strict' and "
			"'nosuid'",
			word);
	return make_profile(word, filters, err);
}
