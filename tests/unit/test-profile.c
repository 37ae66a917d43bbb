/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The filters of the profiles: every call of the lists is tried. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <libns/seccomp.h>

#include "confine/profile-lists.h"
#include "tap.h"

/* The lists by name. */
struct call {
	const char *name;
	int number; /* if it is a shared one; otherwise libseccomp knows it */
	int code;
};

struct mode {
	const char *name;
	int number;
	unsigned int mode, flags;
};

#define OLD(name, ...)    { #name, 0, __VA_ARGS__ },
#define NEW(name, n, ...) { #name, n, __VA_ARGS__ },
#define NAME(name)        #name,

/* clang-format off */
static const struct call refused[] = { PROFILE_REFUSED(OLD, NEW) { NULL, 0, 0 } };
static const struct mode modes[] = { PROFILE_MODES(OLD, NEW) { NULL, 0, 0, 0 } };
static const char *const allowed[] = { PROFILE_ALLOWED(NAME) NULL };
/* clang-format on */

/* Numbers by name, from libseccomp itself. */
static int (*number_of)(const char *name);

static void load(void)
{
	void *lib = dlopen("libseccomp.so.2", RTLD_NOW | RTLD_LOCAL);

	if (!lib)
		SKIP("there is no libseccomp");
	*(void **)&number_of = dlsym(lib, "seccomp_syscall_resolve_name");
	CHECK(number_of != NULL);
}

static struct libns_seccomp *make(const char *word)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_seccomp *filters;
	int r;

	CHECK_INT(libns_seccomp_new(&filters, &err), 0);
	r = libns_seccomp_add_profile(filters, word, &err);
	if (r == -EOPNOTSUPP)
		SKIP(libns_error_text(&err));
	if (r < 0)
		TAP_FAIL("%s", libns_error_text(&err));
	load();
	CHECK_INT(libns_seccomp_count(filters), !strcmp(word, "strict") ? 2 : 1);
	CHECK(!libns_seccomp_needs_supervisor(filters));
	return filters;
}

/* In a child, because what looks for leaks in the end does not work below such a filter. */
static int under(const struct libns_seccomp *filters, void (*check)(void))
{
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		CHECK_INT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
		if (filters)
			CHECK_INT(libns_seccomp_apply(filters, NULL), 0);
		check();
		fflush(stdout);
		_exit(0);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	return status;
}

static void check_under(const char *word, void (*check)(void))
{
	struct libns_seccomp *filters = make(word);
	int status = under(filters, check);

	libns_seccomp_free(filters);
	CHECK_INT(status, 0);
}

/* The errno of a call with arguments that no call takes; 0 if it succeeds nevertheless. */
static int try(long number)
{
	return syscall(number, -1L, -1L, -1L, -1L, -1L, -1L) < 0 ? errno : 0;
}

static void all_are_refused(void)
{
	unsigned int n = 0;

	for (const struct call *c = refused; c->name; c++) {
		int number = c->number ? c->number : number_of(c->name);

		if (number < 0) {
			/* No machine has all of them. */
			CHECK(number < -1);
			continue;
		}
		if (try(number) != c->code)
			TAP_FAIL("%s", c->name);
		n++;
	}
	CHECK(n > 60);
}

static void clone_is_refused(void)
{
	for (const uint32_t *flag = profile_refused_clone; *flag; flag++) {
		/* High bits, which the kernel does not look at, do not help. */
		CHECK_INT(syscall(SYS_clone, *flag | SIGCHLD, 0, 0, 0, 0), -1);
		CHECK_INT(errno, EPERM);
		CHECK_INT(syscall(SYS_clone, 1UL << 40 | *flag | SIGCHLD, 0, 0, 0, 0), -1);
		CHECK_INT(errno, EPERM);
	}
}

static void ioctl_is_refused(void)
{
	for (const uint32_t *request = profile_refused_ioctl; *request; request++) {
		CHECK_INT(syscall(SYS_ioctl, -1, *request, 0), -1);
		CHECK_INT(errno, EPERM);
#if UINTPTR_MAX > UINT32_MAX
		CHECK_INT(syscall(SYS_ioctl, -1, 1UL << 32 | *request, 0), -1);
		CHECK_INT(errno, EPERM);
		CHECK_INT(syscall(SYS_ioctl, -1, ~0UL << 32 | *request, 0), -1);
		CHECK_INT(errno, EPERM);
#endif
	}
	CHECK_INT(syscall(SYS_ioctl, -1, TIOCGWINSZ, 0), -1);
	CHECK_INT(errno, EBADF);
}

/* Without a filter every kernel says that there is no such type. */
static void vsock_is_refused(void)
{
	CHECK_INT(syscall(SYS_socket, AF_VSOCK, -1, 0), -1);
	CHECK_INT(errno, EAFNOSUPPORT);
#if UINTPTR_MAX > UINT32_MAX
	CHECK_INT(syscall(SYS_socket, 1UL << 32 | AF_VSOCK, -1, 0), -1);
	CHECK_INT(errno, EAFNOSUPPORT);
	CHECK_INT(syscall(SYS_socket, ~0UL << 32 | AF_VSOCK, -1, 0), -1);
	CHECK_INT(errno, EAFNOSUPPORT);
#endif
	for (int family = AF_VSOCK - 1; family <= AF_VSOCK + 1; family += 2) {
		CHECK_INT(syscall(SYS_socket, family, -1, 0), -1);
		CHECK_INT(errno, EINVAL);
	}
}

static void the_unknown_is_not_there(void)
{
	for (int number = PROFILE_LAST_KNOWN + 1; number < PROFILE_LAST_KNOWN + 200; number++)
		CHECK_INT(try(number), ENOSYS);
}

static void a_child_is_made(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0)
		_exit(7);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
}

static void the_list_is_refused(void)
{
	all_are_refused();
	clone_is_refused();
	ioctl_is_refused();
	vsock_is_refused();
	the_unknown_is_not_there();
	a_child_is_made();
}

TEST(default_refuses_its_list)
{
	check_under("default", the_list_is_refused);
}

TEST(strict_refuses_the_same)
{
	check_under("strict", the_list_is_refused);
}

/* The errno of the call with this mode; its other arguments are good for nothing. */
static int give_mode(const struct mode *call, unsigned long flags, unsigned long mode)
{
	unsigned long a[4] = { -1UL, -1UL, -1UL, -1UL };
	int number = call->number ? call->number : number_of(call->name);

	if (call->flags)
		a[call->flags] = flags;
	a[call->mode] = mode;
	return syscall(number, a[0], a[1], a[2], a[3]) < 0 ? errno : 0;
}

static void no_mode_has_these_bits(void)
{
	static const unsigned long bits[] = {
		04755,
		02755,
		06755,
		04000,
		02000,
		S_IFREG | 04644,
#if UINTPTR_MAX > UINT32_MAX
		1UL << 32 | 04755,
		~0UL << 32 | 02000
#endif
	};
	unsigned int n = 0;

	for (const struct mode *call = modes; call->name; call++) {
		if (!call->number && number_of(call->name) < 0)
			continue;
		for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
			if (give_mode(call, O_CREAT, bits[i]) != EPERM)
				TAP_FAIL("%s %lo", call->name, bits[i]);
		CHECK(give_mode(call, O_CREAT, S_IFREG | 01777) != EPERM);
		if (call->flags) {
			CHECK_INT(give_mode(call, O_TMPFILE | O_RDWR, 04755), EPERM);
			CHECK(give_mode(call, O_RDWR | O_DIRECTORY, 06755) != EPERM);
		}
		n++;
	}
	CHECK(n >= 5);
	CHECK_INT(try(425), EPERM);
	CHECK_INT(try(437), ENOSYS);
	the_unknown_is_not_there();
	a_child_is_made();
}

TEST(nosuid_looks_at_modes)
{
	check_under("nosuid", no_mode_has_these_bits);
}

/* As the list of nosuid takes for granted. */
TEST(a_directory_is_not_made_with_these_bits)
{
	char top[] = "/tmp/test-profile.XXXXXX", name[64];
	struct stat st;

	CHECK(mkdtemp(top) != NULL);
	snprintf(name, sizeof(name), "%s/d", top);
	CHECK_INT(mkdir(name, 06755), 0);
	CHECK_INT(stat(name, &st), 0);
	CHECK_INT(rmdir(name), 0);
	CHECK_INT(rmdir(top), 0);
	CHECK_INT((int)(st.st_mode & S_ISUID), 0);
	CHECK_INT((int)(st.st_mode & S_ISGID), 0);
}

static void personality_is_there(void)
{
	CHECK(syscall(SYS_personality, 0xffffffffL) >= 0);
}

static void personality_is_not_there(void)
{
	CHECK_INT(syscall(SYS_personality, 0xffffffffL), -1);
	CHECK_INT(errno, ENOSYS);
}

TEST(only_strict_refuses_what_is_in_no_list)
{
	check_under("default", personality_is_there);
	check_under("strict", personality_is_not_there);
}

/* How the call to be tried ends; it may end the process. */
static int tried;

static void try_one(void)
{
	_exit(try(tried));
}

/* These wait for ever, or return twice with a stack that they share. */
static bool can_be_tried(const char *name)
{
	static const char *const words[] = { "pause", "vfork",  "fork",
					     "clone", "clone3", "rt_sigreturn" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(name, words[i]))
			return false;
	return number_of(name) >= 0;
}

/* Each call of the list, with arguments that no call takes, answers as it does without a filter. */
static unsigned int count_let_through(const char *word)
{
	struct libns_seccomp *filters = make(word);
	unsigned int n = 0;
	int queue;

	/* With these arguments msgget() makes a queue, unless there is one: it would stay, and the
	 * second answer would be another one. Not beside other tests, if that can be. */
	if (geteuid() == 0)
		(void)!unshare(CLONE_NEWIPC);
	queue = msgget(-1, IPC_CREAT | 0600);
	for (const char *const *name = allowed; *name; name++) {
		int without, with;

		if (!can_be_tried(*name))
			continue;
		tried = number_of(*name);
		without = under(NULL, try_one);
		with = under(filters, try_one);
		if (with != without)
			TAP_FAIL("%s: %#x and not %#x", *name, with, without);
		n++;
	}
	if (queue >= 0)
		msgctl(queue, IPC_RMID, NULL);
	libns_seccomp_free(filters);
	return n;
}

TEST(default_lets_the_list_of_strict_through)
{
	CHECK(count_let_through("default") > 200);
}

TEST(strict_lets_its_list_through)
{
	CHECK(count_let_through("strict") > 200);
}

#ifdef __x86_64__

/* A call by the entry of 32-bit programs, which a kernel may not have. */
static long call32_more(long number, long a, long b, long c, long d)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(0)
			 : "memory", "r8", "r9", "r10", "r11");
	return r;
}

static long call32(long number, long a, long b)
{
	return call32_more(number, a, b, 0, 0);
}

static bool has_32_bits(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(call32(20, 0, 0) != getpid());
	CHECK_INT(waitpid(pid, &status, 0), pid);
	return status == 0;
}

static void the_32_bit_entry_is_no_way_around(void)
{
	enum { clone32 = 120, ioctl32 = 54, mount32 = 21, unshare32 = 310, reboot32 = 88 };
	enum { socket32 = 359, socketcall32 = 102 };

	CHECK_INT(call32(20, 0, 0), getpid());
	CHECK_INT(call32(mount32, 0, 0), -EPERM);
	CHECK_INT(call32(unshare32, CLONE_NEWUSER, 0), -EPERM);
	CHECK_INT(call32(reboot32, 0, 0), -EPERM);
	CHECK_INT(call32(clone32, CLONE_NEWUSER | SIGCHLD, 0), -EPERM);
	CHECK_INT(call32(ioctl32, -1, TIOCSTI), -EPERM);
	CHECK_INT(call32(ioctl32, -1, TIOCLINUX), -EPERM);
	CHECK_INT(call32(ioctl32, -1, TIOCGWINSZ), -EBADF);
	CHECK_INT(call32(socket32, AF_VSOCK, -1), -EAFNOSUPPORT);
	CHECK_INT(call32(socket32, AF_UNIX, -1), -EINVAL);
	/* 1 makes a socket, and 3 connects it. */
	CHECK_INT(call32(socketcall32, 1, 0), -ENOSYS);
	CHECK_INT(call32(socketcall32, 3, 0), -EFAULT);
	CHECK_INT(call32(467, -1, 0), -EPERM);
	CHECK_INT(call32(435, -1, 0), -ENOSYS);
	CHECK_INT(call32(PROFILE_LAST_KNOWN + 1, 0, 0), -ENOSYS);
}

TEST(default_holds_for_the_32_bit_entry)
{
	if (!has_32_bits())
		SKIP("this kernel has no calls of 32 bits");
	check_under("default", the_32_bit_entry_is_no_way_around);
}

static void personality_of_32_bits_is_not_there(void)
{
	CHECK_INT(call32(136, -1, 0), -ENOSYS);
}

TEST(strict_holds_for_the_32_bit_entry)
{
	if (!has_32_bits())
		SKIP("this kernel has no calls of 32 bits");
	check_under("strict", the_32_bit_entry_is_no_way_around);
	check_under("strict", personality_of_32_bits_is_not_there);
}

static void no_mode_of_32_bits_has_these_bits(void)
{
	enum { open32 = 5, creat32 = 8, mknod32 = 14, chmod32 = 15, fchmod32 = 94 };
	enum { openat32 = 295, mknodat32 = 297, fchmodat32 = 306 };

	CHECK_INT(call32(creat32, -1, 04755), -EPERM);
	CHECK_INT(call32(mknod32, -1, 02755), -EPERM);
	CHECK_INT(call32(chmod32, -1, 04755), -EPERM);
	CHECK_INT(call32(chmod32, -1, 0755), -EFAULT);
	CHECK_INT(call32(fchmod32, -1, 02000), -EPERM);
	CHECK_INT(call32(fchmod32, -1, 01777), -EBADF);
	CHECK_INT(call32_more(open32, -1, O_CREAT, 04755, 0), -EPERM);
	CHECK_INT(call32_more(open32, -1, 0, 04755, 0), -EFAULT);
	CHECK_INT(call32_more(openat32, -1, -1, O_CREAT, 04755), -EPERM);
	CHECK_INT(call32_more(openat32, -1, -1, O_CREAT, 0755), -EFAULT);
	CHECK_INT(call32_more(mknodat32, -1, -1, 04755, 0), -EPERM);
	CHECK_INT(call32_more(fchmodat32, -1, -1, 04755, 0), -EPERM);
	CHECK_INT(call32_more(452, -1, -1, 04755, 0), -EPERM);
}

TEST(nosuid_holds_for_the_32_bit_entry)
{
	if (!has_32_bits())
		SKIP("this kernel has no calls of 32 bits");
	check_under("nosuid", no_mode_of_32_bits_has_these_bits);
}

static void x32_is_not_there(void)
{
	const long x32 = 0x40000000;

	CHECK_INT(try(x32 + SYS_getpid), ENOSYS);
	CHECK_INT(try(x32 + SYS_mount), ENOSYS);
	CHECK_INT(try(x32 + 514), ENOSYS);
	/* Numbers of x32 without its mark. */
	for (long number = 512; number < 548; number++)
		CHECK_INT(try(number), ENOSYS);
}

TEST(x32_is_not_there_in_default)
{
	check_under("default", x32_is_not_there);
}

TEST(x32_is_not_there_in_nosuid)
{
	check_under("nosuid", x32_is_not_there);
}

TEST(x32_is_not_there_in_strict)
{
	check_under("strict", x32_is_not_there);
}

#endif

TAP_MAIN
