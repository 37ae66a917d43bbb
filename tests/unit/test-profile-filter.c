/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The filters of the profiles as programs: the numbers they are made of, and every verdict. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/net.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/base.h"
#include "base/dl.h"
#include "confine/profile-lists.h"
#include "kernel/seccomp.h"
#include "tap.h"

TEST(there_are_no_other_words)
{
	static const char *const words[] = { "", "Default", "strict ", "default,strict" };
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_seccomp *filters;

	CHECK_INT(libns_seccomp_new(&filters, &err), 0);
	for (size_t i = 0; i < 4; i++)
		CHECK_INT(libns_seccomp_add_profile(filters, words[i], &err), -EINVAL);
	CHECK_STR(libns_error_text(&err), "there is no system call filter 'default,strict', only "
					  "'default', 'strict' and 'nosuid'");
	CHECK_INT(libns_seccomp_count(filters), 0);
	libns_seccomp_free(filters);
}

TEST(nothing_has_to_be_loaded)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_seccomp *filters;
	int r;

	CHECK_INT(libns_seccomp_new(&filters, &err), 0);
	dl_forbid();
	r = libns_seccomp_add_profile(filters, "default", &err);
	libns_seccomp_free(filters);
	if (r == -EOPNOTSUPP)
		SKIP(libns_error_text(&err));
	CHECK_INT(r, 0);
}

#if HAVE_LIBSECCOMP

/* What libseccomp says here and now. It may be another one than the one that was asked for the build. */
static int (*number_of)(uint32_t machine, const char *name);

static void load_libseccomp(void)
{
	void *lib = dlopen("libseccomp.so.2", RTLD_NOW | RTLD_LOCAL);

	if (!lib)
		SKIP("there is no libseccomp");
	*(void **)&number_of = dlsym(lib, "seccomp_syscall_resolve_name_arch");
	CHECK(number_of != NULL);
}

/* For both kinds of machine, each name has the number that libseccomp gives it. What one of them does
 * not know yet, -1, the other may. */
static void check_numbers(const char *name, const int32_t numbers[PROFILE_MACHINES])
{
	for (size_t m = 0; m < PROFILE_MACHINES; m++) {
		int number = profile_machines[m] ? number_of(profile_machines[m], name) : -2;

		if (number == -1 || numbers[m] == PROFILE_UNKNOWN)
			continue;
		if (number < 0 && numbers[m] >= 0 && !strcmp(name, "socket"))
			continue; /* a part of socketcall(2), says libseccomp */
		if ((number < 0 ? PROFILE_NONE : number) != numbers[m])
			TAP_FAIL("%s on machine %#x: %d and not %d", name, profile_machines[m],
				 numbers[m], number);
	}
}

#define NAME(name, ...) #name,

TEST(numbers_are_those_of_libseccomp)
{
	/* clang-format off */
	static const char *const refused[] = { PROFILE_REFUSED(NAME, NAME) };
	static const char *const nosuid[] = { PROFILE_REFUSED_NOSUID(NAME, NAME) };
	static const char *const modes[] = { PROFILE_MODES(NAME, NAME) };
	static const char *const allowed[] = { PROFILE_ALLOWED(NAME) };
	/* clang-format on */

	load_libseccomp();
	CHECK_INT(profile_n_allowed, sizeof(allowed) / sizeof(allowed[0]));
	for (size_t i = 0; i < profile_n_allowed; i++)
		check_numbers(allowed[i], profile_allowed[i]);
	for (size_t i = 0; profile_refused[i].code; i++)
		check_numbers(refused[i], profile_refused[i].number);
	for (size_t i = 0; profile_refused_nosuid[i].code; i++)
		check_numbers(nosuid[i], profile_refused_nosuid[i].number);
	for (size_t i = 0; profile_modes[i].mode; i++)
		check_numbers(modes[i], profile_modes[i].number);
	check_numbers("clone", profile_clone);
	check_numbers("ioctl", profile_ioctl);
	check_numbers("socket", profile_socket);
	check_numbers("socketcall", profile_socketcall);
}

/* ---------------------------------------------------------------- every verdict */

/* Neither this machine nor its sister. */
#define FOREIGN 0x7eadU

/* What one run comes to, and how many instructions that took. */
static uint32_t run(const struct seccomp_filter *filter, const struct seccomp_data *data,
		    unsigned long *steps)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < filter->n; pc++) {
		const struct sock_filter *one = &filter->program[pc];
		bool yes = false;

		++*steps;
		switch (one->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			CHECK(one->k % 4 == 0 && one->k + 4 <= sizeof(*data));
			memcpy(&a, (const char *)data + one->k, 4);
			continue;
		case BPF_RET | BPF_K:
			return one->k;
		case BPF_JMP | BPF_JA:
			pc += one->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			yes = a == one->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			yes = a >= one->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			yes = a > one->k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			yes = a & one->k;
			break;
		default:
			TAP_FAIL("instruction %#x", one->code);
		}
		pc += yes ? one->jt : one->jf;
	}
	TAP_FAIL("the filter has no end");
}

/* As the kernel: the strictest answer counts, and of equal ones that of what was loaded last. */
static int verdict(const struct libns_seccomp *filters, const struct seccomp_data *data,
		   unsigned long *steps)
{
	uint32_t answer = SECCOMP_RET_ALLOW;

	for (size_t i = filters->n; i--;) {
		uint32_t one = run(&filters->filters[i], data, steps);

		CHECK(one == SECCOMP_RET_ALLOW ||
		      (one & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO);
		if (answer == SECCOMP_RET_ALLOW)
			answer = one;
	}
	return answer == SECCOMP_RET_ALLOW ? 0 : (int)(answer & SECCOMP_RET_DATA);
}

/* Is it this call? */
static bool is(const struct seccomp_data *data, const int32_t numbers[PROFILE_MACHINES], size_t m)
{
	return numbers[m] >= 0 && data->nr == numbers[m];
}

static int refused_as(const struct profile_call *list, const struct seccomp_data *data, size_t m)
{
	for (; list->code; list++)
		if (is(data, list->number, m))
			return list->code;
	return 0;
}

static int wanted_of_default(const struct seccomp_data *data, size_t m)
{
#if defined(__s390__) || defined(__CRIS__)
	const size_t flags_of_clone = 1;
#else
	const size_t flags_of_clone = 0;
#endif
	for (const uint32_t *flag = profile_refused_clone; *flag; flag++)
		if (is(data, profile_clone, m) && ((uint32_t)data->args[flags_of_clone] & *flag))
			return EPERM;
	for (const uint32_t *request = profile_refused_ioctl; *request; request++)
		if (is(data, profile_ioctl, m) && (uint32_t)data->args[1] == *request)
			return EPERM;
	if (is(data, profile_socket, m) && (uint32_t)data->args[0] == AF_VSOCK)
		return EAFNOSUPPORT;
#ifdef __x86_64__
	if (m == 1 && is(data, profile_socketcall, m) && (uint32_t)data->args[0] == SYS_SOCKET)
		return ENOSYS;
#endif
	return refused_as(profile_refused, data, m);
}

static int wanted_of_nosuid(const struct seccomp_data *data, size_t m)
{
	for (const struct profile_mode *call = profile_modes; call->mode; call++) {
		if (!is(data, call->number, m) || !(data->args[call->mode] & 06000))
			continue;
		/* O_DIRECTORY is the half of O_TMPFILE that makes no file. */
		if (!call->flags ||
		    (data->args[call->flags] & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))))
			return EPERM;
	}
	return refused_as(profile_refused_nosuid, data, m);
}

/* What the lists say, looked at one by one. */
static int wanted(const char *word, const struct seccomp_data *data, size_t m)
{
	bool strict = !strcmp(word, "strict"), arm = false;
	uint32_t nr = (uint32_t)data->nr;
	int r;

#if defined(__aarch64__) || defined(__arm__)
	arm = nr >= 0x0f0000;
#endif
	if (PROFILE_SHARED_NUMBERS && nr > PROFILE_LAST_KNOWN && !arm)
		return ENOSYS;
	r = !strcmp(word, "nosuid") ? wanted_of_nosuid(data, m) : wanted_of_default(data, m);
	for (size_t i = 0; r == 0 && strict && i < profile_n_allowed; i++)
		if (is(data, profile_allowed[i], m))
			return 0;
	return r == 0 && strict ? ENOSYS : r;
}

static void check_verdict(const struct libns_seccomp *filters, const char *word,
			  const struct seccomp_data *data, size_t m)
{
	unsigned long steps = 0;
	int is_so = verdict(filters, data, &steps), should_be;

	if (m == PROFILE_MACHINES) {
		CHECK_INT(is_so, ENOSYS);
		return;
	}
	should_be = wanted(word, data, m);
	if (is_so != should_be)
		TAP_FAIL("%s: call %u of machine %#x, arguments %#llx and %#llx: %d and not %d",
			 word, (uint32_t)data->nr, data->arch, (unsigned long long)data->args[0],
			 (unsigned long long)data->args[1], is_so, should_be);
}

/* One number with all arguments that matter anywhere, and with others beside them. */
static void check_number(const struct libns_seccomp *filters, const char *word, uint32_t nr,
			 size_t m)
{
	static const uint64_t all[] = {
		1,
		SYS_SOCKET,
		SYS_BIND,
		~0ULL,
		TIOCSTI,
		TIOCLINUX,
		TIOCGWINSZ,
		AF_VSOCK,
		AF_VSOCK + 1,
		1ULL << 32,
		CLONE_NEWNS,
		CLONE_NEWCGROUP,
		CLONE_NEWUTS,
		CLONE_NEWIPC,
		CLONE_NEWUSER,
		CLONE_NEWPID,
		CLONE_NEWNET,
		CLONE_VM | SIGCHLD,
		1ULL << 32 | TIOCSTI,
		1ULL << 63 | AF_VSOCK,
		(uint64_t)CLONE_NEWNS << 32,
	};
	static const uint64_t in_pairs[] = { 0,
					     O_CREAT,
					     O_TMPFILE,
					     O_DIRECTORY,
					     1ULL << 32 | O_CREAT,
					     (uint64_t)O_CREAT << 32,
					     0755,
					     04755,
					     1ULL << 32 | 02000,
					     06000ULL << 32 };
	struct seccomp_data data = { .nr = (int)nr,
				     .arch = m < PROFILE_MACHINES ? profile_machines[m] : FOREIGN };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		for (size_t a = 0; a < 6; a++)
			data.args[a] = all[i];
		check_verdict(filters, word, &data, m);
	}
	for (size_t i = 0; i < ARRAY_SIZE(in_pairs) * ARRAY_SIZE(in_pairs); i++) {
		for (size_t a = 0; a < 6; a++)
			data.args[a] = in_pairs[a % 2 ? i / ARRAY_SIZE(in_pairs)
						      : i % ARRAY_SIZE(in_pairs)];
		check_verdict(filters, word, &data, m);
	}
}

static struct libns_seccomp *make(const char *word)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_seccomp *filters;

	CHECK_INT(libns_seccomp_new(&filters, &err), 0);
	if (libns_seccomp_add_profile(filters, word, &err) < 0)
		TAP_FAIL("%s", libns_error_text(&err));
	return filters;
}

static void check_all(const char *word)
{
	/* Where numbers begin again: of x32, of arm, those below 0. */
	static const uint32_t from[] = { 0,          4000,       0x0f0000 - 8, 0x3ffffff8,
					 0x40000000, 0x7ffffff8, 0x80000000,   0xfffffff0 };
	struct libns_seccomp *filters = make(word);

	for (size_t m = 0; m <= PROFILE_MACHINES; m++) {
		if (m < PROFILE_MACHINES && !profile_machines[m])
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(from); i++)
			for (uint32_t nr = 0; nr <= (i < 2 ? 1100 : 15); nr++)
				check_number(filters, word, from[i] + nr, m);
	}
	libns_seccomp_free(filters);
}

TEST(default_is_what_its_list_says)
{
	check_all("default");
}

TEST(strict_is_what_its_lists_say)
{
	check_all("strict");
}

TEST(nosuid_is_what_its_lists_say)
{
	check_all("nosuid");
}

/* When a filter is loaded, the kernel tries it with each number of both machines. */
static void check_cost(const char *word, unsigned int most_instructions, unsigned int most_steps)
{
	struct libns_seccomp *filters = make(word);
	unsigned long steps = 0, n = 0;
	unsigned int instructions = 0;

	for (size_t i = 0; i < filters->n; i++)
		instructions += filters->filters[i].n;
	for (size_t m = 0; m < PROFILE_MACHINES && profile_machines[m]; m++)
		for (int nr = 0; nr <= PROFILE_LAST_KNOWN; nr++, n++)
			verdict(filters,
				&(struct seccomp_data){ .nr = nr, .arch = profile_machines[m] },
				&steps);
	libns_seccomp_free(filters);
	printf("# %s: %u instructions, %lu.%02lu steps\n", word, instructions, steps / n,
	       steps * 100 / n % 100);
	CHECK(instructions <= most_instructions);
	CHECK(steps <= n * most_steps);
}

TEST(filters_are_short_and_flat)
{
	check_cost("default", 170, 12);
	check_cost("strict", 340, 24);
	check_cost("nosuid", 80, 10);
}

#endif

TAP_MAIN
