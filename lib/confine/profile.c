/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Theory of operation
 *
 * A profile is a word for system call filters that are made of the lists in profile-lists.h.
 * libseccomp knows which number a call has on which machine. It was asked when libns was built
 * (profile-numbers.c): loading it and looking for the names took 0.15 ms. The process that makes a
 * plan makes the filters; the child that puts itself under them has only their instructions.
 *
 * libseccomp could also make the filters. But that takes 0.2 ms for `default`, and more than 15 ms
 * for the 300 names of `strict` on two kinds of machine. Only a list is needed here, for which few
 * instructions are enough.
 *
 * `default` is one filter: for each kind of machine a tree that finds the number of the call among
 * those that are refused, or whose arguments are looked at. `strict` is two filters: one that lets a
 * list of calls through and answers all others with ENOSYS, and `default` on top of it. If both refuse
 * a call, the answer of the filter that was loaded last counts: so calls that are known to be
 * dangerous are answered with EPERM.
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

/* More numbers than any of the lists has, and a larger errno. */
#define MAX_NUMBERS 512
#define MAX_CODE    255

#define N_ARGUMENTS 6

/* So many ranges of numbers are compared one after the other. */
#define MAX_IN_TURN 3

/* The flags with which open(2) heeds its mode: O_CREAT, and the bit that only O_TMPFILE has. */
#define MAKES_FILE (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))

enum kind {
	ALLOWS,  /* the list of `strict` */
	REFUSES, /* `default` */
	NOSUID,
};

/*
 * A filter while it is made, from its last instruction to its first: jumps lead forwards only, so
 * their targets are there already. A place is how many instructions there are from it to the end.
 */
struct making {
	enum kind kind;
	unsigned int machine; /* for which instructions are being made: one of profile_machines */
	uint16_t answers[MAX_CODE + 1]; /* where each errno is answered; 0 if nowhere yet */
	struct sock_filter program[SECCOMP_PROGRAM_MAX];
	size_t n;
};

/* Numbers with one verdict, which is at a place. */
struct range {
	uint32_t first, last;
	size_t place;
};

/* ---------------------------------------------------------------- instructions */

static size_t add(struct making *m, struct sock_filter one)
{
	/* The lists are far shorter. */
	assert(m->n < SECCOMP_PROGRAM_MAX);
	m->program[SECCOMP_PROGRAM_MAX - ++m->n] = one;
	return m->n;
}

/* Loads a word of what is known of the call, for the instruction that was made last. */
static size_t load(struct making *m, size_t offset)
{
	return add(m, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

/* Loads the lower half of an argument. The kernel looks at that half only, so the upper one must not
 * count here either (CVE-2019-10063). */
static size_t load_argument(struct making *m, unsigned int i)
{
	const size_t half = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? sizeof(uint32_t) : 0;

	return load(m, offsetof(struct seccomp_data, args) + i * sizeof(uint64_t) + half);
}

/* Goes on at the place @yes if the comparison is true, or else at @no. */
static size_t jump(struct making *m, unsigned int how, uint32_t value, size_t yes, size_t no)
{
	/* What is made for one machine is far shorter. */
	assert(m->n - yes <= UINT8_MAX && m->n - no <= UINT8_MAX);
	return add(m, (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | how | BPF_K), value,
						   (uint8_t)(m->n - yes), (uint8_t)(m->n - no)));
}

/* Where the call is answered with an errno, or let through for 0: one place for each machine. */
static size_t answer(struct making *m, unsigned int code)
{
	uint32_t what = code ? SECCOMP_RET_ERRNO | code : SECCOMP_RET_ALLOW;

	assert(code <= MAX_CODE);
	if (!m->answers[code])
		m->answers[code] =
			(uint16_t)add(m, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what));
	return m->answers[code];
}

/* ---------------------------------------------------------------- numbers */

/* Compares two ranges that lie apart or begin together. */
static int compare_ranges(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* Sorts the ranges, and makes one of those that adjoin and have one verdict. Return: how many. */
static size_t join_ranges(struct range *list, size_t n)
{
	size_t k = 0;

	qsort(list, n, sizeof(*list), compare_ranges);
	for (size_t i = 1; i < n; i++) {
		bool same = list[i].place == list[k].place;

		assert(same || list[i].first > list[k].last);
		if (same && list[i].first <= list[k].last + 1)
			list[k].last = list[i].last;
		else
			list[++k] = list[i];
	}
	return n ? k + 1 : 0;
}

/* Which range has half of the numbers before it, and half behind. */
static size_t middle_of(const struct range *list, size_t n)
{
	uint32_t middle = list[0].first + (list[n - 1].first - list[0].first) / 2;
	size_t k = 1;

	while (k < n - 1 && list[k].first < middle)
		k++;
	return k > 1 && middle - list[k - 1].first < list[k].first - middle ? k - 1 : k;
}

/*
 * Finds a number from @least to @most among the ranges; what is in none of them goes to the place
 * @usual. As a tree of halves: when a filter is loaded, the kernel tries it with every number that
 * there is, of both kinds of machine. A comparison that all of them come through costs as much as
 * twenty instructions that few come through. Where few ranges are left, they are looked at one after
 * the other.
 */
static size_t find(struct making *m, const struct range *list, size_t n, uint32_t least,
		   uint32_t most, size_t usual)
{
	size_t half, place;

	if (n == 0)
		return usual;
	if (n > MAX_IN_TURN) {
		half = middle_of(list, n);
		place = find(m, list + half, n - half, list[half].first, most, usual);
		return jump(m, BPF_JGE, list[half].first, place,
			    find(m, list, half, least, list[half].first - 1, usual));
	}
	if (list->first == least && list->last == most)
		return list->place;
	if (list->first == list->last) {
		place = find(m, list + 1, n - 1, least + (list->first == least), most, usual);
		return jump(m, BPF_JEQ, list->first, list->place, place);
	}
	place = list->place;
	if (list->last < most)
		place = jump(m, BPF_JGT, list->last,
			     find(m, list + 1, n - 1, list->last + 1, most, usual), place);
	return list->first > least ? jump(m, BPF_JGE, list->first, place, usual) : place;
}

/* ---------------------------------------------------------------- default and nosuid */

/* The ranges of one machine while they are collected. */
struct ranges {
	struct range list[MAX_NUMBERS];
	size_t n;
};

static void add_range(struct ranges *ranges, uint32_t first, uint32_t last, size_t place)
{
	assert(ranges->n < MAX_NUMBERS);
	ranges->list[ranges->n++] = (struct range){ first, last, place };
}

/* Does nothing where the machine has no such call. */
static void add_number(struct ranges *ranges, int32_t number, size_t place)
{
	if (number >= 0)
		add_range(ranges, (uint32_t)number, (uint32_t)number, place);
}

/* Answers with @code if argument @i is @value, or has one of its bits; otherwise goes on at @no. */
static size_t judge_argument(struct making *m, unsigned int i, unsigned int how, uint32_t value,
			     unsigned int code, size_t no)
{
	jump(m, how, value, answer(m, code), no);
	return load_argument(m, i);
}

/*
 * Sockets to the hypervisor belong to no network namespace. EAFNOSUPPORT is what a kernel without
 * them answers. A filter does not see the family that socketcall(2) is asked for, because it lies in
 * memory. On x86-64 that call makes no sockets for 32-bit programs, since any program could get
 * around the filter by it. Machines whose own C library makes all sockets by that call keep it.
 */
static void judge_socket(struct making *m, struct ranges *ranges)
{
	size_t allow = answer(m, 0);

	add_number(ranges, profile_socket[m->machine],
		   judge_argument(m, 0, BPF_JEQ, AF_VSOCK, EAFNOSUPPORT, allow));
#ifdef __x86_64__
	if (m->machine > 0)
		add_number(ranges, profile_socketcall[m->machine],
			   judge_argument(m, 0, BPF_JEQ, SYS_SOCKET, ENOSYS, allow));
#endif
}

static void judge_clone(struct making *m, struct ranges *ranges)
{
	uint32_t flags = 0;

	for (const uint32_t *flag = profile_refused_clone; *flag; flag++)
		flags |= *flag;
	add_number(ranges, profile_clone[m->machine],
		   judge_argument(m, CLONE_FLAGS_ARG, BPF_JSET, flags, EPERM, answer(m, 0)));
}

static void judge_ioctl(struct making *m, struct ranges *ranges)
{
	size_t place = answer(m, 0);

	answer(m, EPERM);
	for (const uint32_t *request = profile_refused_ioctl; *request; request++)
		place = jump(m, BPF_JEQ, *request, answer(m, EPERM), place);
	add_number(ranges, profile_ioctl[m->machine], load_argument(m, 1));
}

/* Refuses the set-user-ID and set-group-ID bits. Where no file is made, the mode does not matter. */
static size_t judge_mode(struct making *m, const struct profile_mode *call)
{
	size_t allow = answer(m, 0);
	size_t place = judge_argument(m, call->mode, BPF_JSET, S_ISUID | S_ISGID, EPERM, allow);

	if (!call->flags)
		return place;
	jump(m, BPF_JSET, MAKES_FILE, place, allow);
	return load_argument(m, call->flags);
}

/* Calls that have these arguments at the same places have one judgement. */
static void judge_modes(struct making *m, struct ranges *ranges)
{
	size_t places[N_ARGUMENTS][N_ARGUMENTS] = { 0 };

	for (const struct profile_mode *call = profile_modes; call->mode; call++) {
		size_t *place = &places[call->mode][call->flags];

		if (!*place)
			*place = judge_mode(m, call);
		add_number(ranges, call->number[m->machine], *place);
	}
}

/* Return: where the number of the call is judged, which is loaded before. */
static size_t judge_refused(struct making *m)
{
	const struct profile_call *c = m->kind == NOSUID ? profile_refused_nosuid : profile_refused;
	struct ranges ranges;
	size_t allow = answer(m, 0);

	ranges.n = 0;
	if (m->kind == NOSUID) {
		judge_modes(m, &ranges);
	} else {
		judge_clone(m, &ranges);
		judge_ioctl(m, &ranges);
		judge_socket(m, &ranges);
	}
	for (; c->code; c++)
		add_number(&ranges, c->number[m->machine], answer(m, c->code));
	if (PROFILE_SHARED_NUMBERS)
		add_range(&ranges, PROFILE_LAST_KNOWN + 1, HAS_ARM ? FIRST_OF_ARM - 1 : UINT32_MAX,
			  answer(m, ENOSYS));
	ranges.n = join_ranges(ranges.list, ranges.n);
	return find(m, ranges.list, ranges.n, 0, UINT32_MAX, allow);
}

/* ---------------------------------------------------------------- strict */

static size_t judge_allowed(struct making *m)
{
	struct ranges ranges;
	size_t allow = answer(m, 0), absent = answer(m, ENOSYS);

	ranges.n = 0;
	for (size_t i = 0; i < profile_n_allowed; i++)
		add_number(&ranges, profile_allowed[i][m->machine], allow);
	ranges.n = join_ranges(ranges.list, ranges.n);
	return find(m, ranges.list, ranges.n, 0, UINT32_MAX, absent);
}

/* ---------------------------------------------------------------- a whole filter */

/* Judges the calls of one kind of machine, which is loaded; those of others go on at the place @no. */
static size_t judge_machine(struct making *m, unsigned int machine, size_t no)
{
	size_t yes;

	if (!profile_machines[machine])
		return no;
	m->machine = machine;
	memset(m->answers, 0, sizeof(m->answers));
	yes = m->kind == ALLOWS ? judge_allowed(m) : judge_refused(m);
	assert(yes == m->n);
	yes = load(m, offsetof(struct seccomp_data, nr));
	return jump(m, BPF_JEQ, profile_machines[machine], yes, no);
}

static int make(const char *word, enum kind kind, struct libns_seccomp *filters,
		struct libns_error *err)
{
	_cleanup_free_ struct making *m = malloc(sizeof(*m));
	size_t place;
	int r;

	if (!m)
		return error_set(err, LIBNS_STEP_ARGUMENT, ENOMEM,
				 "cannot make the system call filter '%s'", word);
	m->kind = kind;
	m->n = 0;
	place = add(m, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
	for (unsigned int i = PROFILE_MACHINES; i--;)
		place = judge_machine(m, i, place);
	load(m, offsetof(struct seccomp_data, arch));
	r = seccomp_set_add(filters, word, 0, (const char *)&m->program[SECCOMP_PROGRAM_MAX - m->n],
			    m->n);
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
