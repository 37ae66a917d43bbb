/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <libns/caps.h>

#include "base/sys.h"
#include "kernel/caps.h"
#include "refuse.h"
#include "tap.h"

static uint64_t status_set(const char *key)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long value = 0;
	char line[256];
	size_t n = strlen(key);

	CHECK(file != NULL);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, key, n) && line[n] == ':')
			value = strtoull(line + n + 1, NULL, 16);
	fclose(file);
	return value;
}

/* All capabilities, in a user namespace where there is nothing to lose. */
static void become_capable(void)
{
	if (unshare(CLONE_NEWUSER) < 0)
		SKIP("no user namespaces here");
	CHECK(status_set("CapEff") != 0);
}

static void set_effective(uint32_t low)
{
	struct __user_cap_header_struct self = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct sets[2];

	CHECK_INT(syscall(SYS_capget, &self, sets), 0);
	sets[0].effective = low;
	sets[1].effective = 0;
	CHECK_INT(syscall(SYS_capset, &self, sets), 0);
}

TEST(has_is_the_effective_set)
{
	become_capable();
	for (unsigned int cap = 0; cap < 64; cap++)
		CHECK_INT(sys_has_cap((int)cap), status_set("CapEff") >> cap & 1);
	CHECK(!sys_has_cap(64));
	CHECK(!sys_has_cap(4000));
	set_effective(1u << CAP_SETUID);
	CHECK(sys_has_cap(CAP_SETUID));
	CHECK(!sys_has_cap(CAP_SETGID));
}

TEST(keep_makes_permitted_inheritable_and_effective_ambient)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	uint64_t permitted;

	become_capable();
	set_effective(1u << CAP_NET_ADMIN | 1u << CAP_SETUID);
	permitted = status_set("CapPrm");
	CHECK_INT(caps_keep(UINT64_MAX, &err), 0);
	CHECK_INT(status_set("CapAmb"), 1u << CAP_NET_ADMIN | 1u << CAP_SETUID);
	CHECK_INT(status_set("CapInh"), permitted);
	CHECK_INT(status_set("CapPrm"), permitted);
	CHECK_INT(err.code, 0);
}

TEST(keep_with_nothing_to_keep)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	become_capable();
	set_effective(0);
	CHECK_INT(caps_keep(UINT64_MAX, &err), 0);
	CHECK_INT(status_set("CapAmb"), 0);
}

TEST(keep_survives_an_ordinary_uid)
{
	FILE *pipe;
	char line[128] = "";

	become_capable();
	CHECK_INT(caps_keep(UINT64_MAX, NULL), 0);
	/* uid 65534 inside: without ambient capabilities execve(2) takes all. */
	pipe = popen("grep CapEff: /proc/self/status", "re");
	CHECK(pipe && fgets(line, sizeof(line), pipe));
	CHECK_INT(strtoull(line + 7, NULL, 16), status_set("CapEff"));
	CHECK_INT(pclose(pipe), 0);
}

TEST(keep_where_it_is_forbidden)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	become_capable();
	CHECK_INT(prctl(PR_SET_SECUREBITS, SECBIT_NO_CAP_AMBIENT_RAISE), 0);
	CHECK_INT(caps_keep(UINT64_MAX, &err), -EPERM);
	CHECK_STR(err.text, "cannot make capability 0 ambient: Operation not permitted");
	CHECK_INT(err.step, LIBNS_STEP_CAPS);
}

static void check_set(const char *list, uint64_t wanted)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	uint64_t set = 1;
	int r = libns_caps_parse(list, &set, &err);

	if (r == -EOPNOTSUPP || r == -ELIBACC)
		SKIP("no libcap-ng here");
	if (r < 0)
		TAP_FAIL("%s", err.text);
	CHECK_INT(set, wanted);
}

TEST(words_and_numbers_without_names)
{
	check_set("all", UINT64_MAX);
	check_set("none", 0);
	check_set("0", 1);
	check_set("5,cap_21,CAP_0", 1 | 1 << 5 | 1 << 21);
}

TEST(names)
{
	check_set("net_admin", 1 << CAP_NET_ADMIN);
	check_set("cap_kill,CAP_NET_RAW,Sys_Admin,21",
		  1 << CAP_KILL | 1 << CAP_NET_RAW | 1 << CAP_SYS_ADMIN);
}

static void check_refused(const char *list, const char *words)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	uint64_t set = 77;
	int r = libns_caps_parse(list, &set, &err);

	if (r == -EOPNOTSUPP || r == -ELIBACC)
		SKIP("no libcap-ng here");
	CHECK_INT(r, -EINVAL);
	CHECK_STR(err.text, words);
	CHECK_INT(set, 77);
}

TEST(what_is_no_capability)
{
	check_refused("63", "there is no capability '63' in this kernel");
	check_refused("64", "there is no capability '64' in this kernel");
	check_refused("cap_4294967295", "there is no capability 'cap_4294967295' in this kernel");
	check_refused("nonsense", "there is no capability 'nonsense'");
	check_refused("", "there is no capability ''");
	check_refused("kill,", "there is no capability ''");
	check_refused("kill,,chown", "there is no capability ''");
	check_refused("kill,all", "there is no capability 'all'");
	check_refused("-1", "there is no capability '-1'");
	check_refused("kill ", "there is no capability 'kill '");
	check_refused("a_name_that_is_longer_than_every_name_that_a_capability_may_ever_have",
		      "the name of a capability is not that long");
}

TEST(every_capability_of_the_kernel_comes_back)
{
	char text[LIBNS_CAPS_TEXT_SIZE];
	uint64_t every = 0;

	CHECK_STR(libns_caps_format(0, text, sizeof(text)), "none");
	CHECK_STR(libns_caps_format(UINT64_MAX, text, sizeof(text)), "all");
	for (unsigned int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
		every |= UINT64_C(1) << cap;
		check_set(libns_caps_format(UINT64_C(1) << cap, text, sizeof(text)),
			  UINT64_C(1) << cap);
	}
	check_set(libns_caps_format(every, text, sizeof(text)), every);
	/* Those of a later kernel have numbers. */
	libns_caps_format(UINT64_C(1) << 63 | 1 << CAP_KILL, text, sizeof(text));
	CHECK_CONTAINS(text, ",63");
	libns_caps_format(every, text, 8);
	CHECK(strlen(text) < 8);
}

TEST(others_are_taken_away)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	const uint64_t keep = 1u << CAP_KILL | 1u << CAP_SETPCAP | UINT64_C(1) << 40;

	become_capable();
	CHECK_INT(libns_caps_limit_bounding(keep, &err), 0);
	CHECK_INT(status_set("CapBnd") & ~keep, 0);
	CHECK(status_set("CapBnd") & 1u << CAP_KILL);
	CHECK_INT(
		libns_caps_set_inherited(1u << CAP_KILL | 1u << CAP_SETPCAP, 1u << CAP_KILL, &err),
		0);
	CHECK_INT(status_set("CapInh"), 1u << CAP_KILL | 1u << CAP_SETPCAP);
	CHECK_INT(status_set("CapAmb"), 1u << CAP_KILL);
	CHECK_INT(libns_caps_limit(keep & ~(1u << CAP_KILL), &err), 0);
	CHECK_INT(status_set("CapPrm") & ~(keep & ~(1u << CAP_KILL)), 0);
	CHECK_INT(status_set("CapEff"), status_set("CapPrm"));
	CHECK_INT(status_set("CapInh"), 1u << CAP_SETPCAP);
	CHECK_INT(status_set("CapAmb"), 0);
	/* Once the right to do so is gone. */
	CHECK_INT(libns_caps_limit(0, &err), 0);
	CHECK_INT(libns_caps_limit_bounding(0, &err), -EPERM);
	CHECK_STR(err.text, "cannot limit the capabilities: Operation not permitted");
}

TAP_MAIN

/* What was seen of @sets by a program that this one executes. */
static uint64_t set_of_program(const char *key)
{
	char command[64], line[128] = "";
	FILE *pipe;

	snprintf(command, sizeof(command), "grep %s: /proc/self/status", key);
	pipe = popen(command, "re");
	CHECK(pipe && fgets(line, sizeof(line), pipe));
	CHECK_INT(pclose(pipe), 0);
	return strtoull(line + strlen(key) + 1, NULL, 16);
}

#define KILL (UINT64_C(1) << CAP_KILL)
#define RAW  (UINT64_C(1) << CAP_NET_RAW)

TEST(give_makes_ambient_what_who_is_not_root_is_to_have)
{
	const struct caps_program program = { true, KILL | RAW, 0, "kill,net_raw" };
	const char *const keys[] = { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" };

	become_capable();
	CHECK_INT(caps_check_program(&program, program.set, NULL), 0);
	CHECK_INT(libns_caps_limit_bounding(program.set, NULL), 0);
	CHECK_INT(caps_give_program(&program, program.set, NULL), 0);
	for (size_t i = 0; i < 5; i++) {
		CHECK_INT(status_set(keys[i]), program.set);
		CHECK_INT(set_of_program(keys[i]), program.set);
	}
}

TEST(give_names_what_cannot_be_had)
{
	const struct caps_program program = { true, RAW, KILL, "kill,net_raw" };
	const struct caps_program unnamed = { true, RAW, KILL, NULL };
	struct libns_error err = LIBNS_ERROR_INIT;

	become_capable();
	CHECK_INT(caps_check_program(&unnamed, RAW, &err), -EPERM);
	CHECK_STR(err.text,
		  "cannot give the program the capability '5': it is to be left out, too");
	CHECK_INT(caps_check_program(&program, RAW, &err), -EPERM);
	CHECK_STR(err.text,
		  "cannot give the program the capability 'kill': it is to be left out, too");
	CHECK_INT(libns_caps_limit_bounding(~RAW, NULL), 0);
	CHECK_INT(caps_check_program(&program, UINT64_MAX, &err), -EPERM);
	CHECK_STR(err.text, "cannot give the program the capability 'net_raw': it is not in the "
			    "bounding set");
	CHECK_INT(libns_caps_limit(~KILL, NULL), 0);
	CHECK_INT(caps_check_program(&program, UINT64_MAX, &err), -EPERM);
	CHECK_STR(err.text, "cannot give the program the capability 'kill': who runs it does not "
			    "have it");
	CHECK_INT(caps_give_program(&program, UINT64_MAX, &err), -EPERM);
	CHECK_STR(err.text,
		  "cannot give the program the capability 'kill': it was lost on the way");
}

TEST(give_adds_to_what_is_ambient)
{
	const struct caps_program first = { false, 0, KILL, "kill" };
	const struct caps_program second = { false, 0, RAW, "net_raw" };

	become_capable();
	CHECK_INT(caps_give_program(&first, UINT64_MAX, NULL), 0);
	CHECK_INT(status_set("CapPrm"), KILL);
	CHECK_INT(caps_give_program(&second, UINT64_MAX, NULL), -EPERM);
	CHECK_INT(caps_give_program(&first, UINT64_MAX, NULL), 0);
	CHECK_INT(status_set("CapAmb"), KILL);
	/* All that it had is left out now. */
	CHECK_INT(caps_give_program(&(struct caps_program){ false, 0, 0, "" }, RAW, NULL), 0);
	CHECK_INT(status_set("CapPrm") | status_set("CapAmb"), 0);
}

TEST(give_where_nothing_may_become_ambient)
{
	const struct caps_program program = { true, KILL, 0, "kill" };
	struct libns_error err = LIBNS_ERROR_INIT;

	become_capable();
	CHECK_INT(prctl(PR_SET_SECUREBITS, SECBIT_NO_CAP_AMBIENT_RAISE), 0);
	CHECK_INT(caps_give_program(&program, KILL, &err), -EPERM);
	CHECK_STR(err.text, "cannot make capability 5 ambient: Operation not permitted");
}

TEST(no_more_than_a_program_has)
{
	become_capable();
	/* uid 65534: a program would have nothing. */
	CHECK(!caps_are_of_program());
	caps_limit_to_program();
	CHECK_INT(status_set("CapPrm") | status_set("CapEff") | status_set("CapInh"), 0);
	CHECK(caps_are_of_program());
}

TEST(a_program_keeps_what_is_ambient_and_what_is_inheritable)
{
	const struct caps_program program = { true, KILL, 0, "kill" };

	become_capable();
	CHECK_INT(caps_give_program(&program, UINT64_MAX, NULL), 0);
	CHECK(caps_are_of_program());
	CHECK_INT(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), 0);
	/* It would lose the capability, but not the inheritable set. */
	CHECK(!caps_are_of_program());
	CHECK_INT(libns_caps_set_inherited(KILL, 0, NULL), 0);
	CHECK(!caps_are_of_program());
	CHECK_INT(caps_set(&(const struct caps_sets){ .inheritable = KILL }), 0);
	CHECK_INT(status_set("CapInh"), KILL);
	CHECK(caps_are_of_program());
}

/* An answer that is refused is none. */
TEST(what_a_program_has_cannot_be_found_out)
{
	const struct caps_program program = { false, 0, 0, NULL }, raw = { true, RAW, 0, NULL };
	struct libns_error err = LIBNS_ERROR_INIT;

	become_capable();
	CHECK_INT(caps_give_program(&(struct caps_program){ true, RAW, 0, NULL }, RAW, NULL), 0);
	CHECK(caps_are_of_program());
	refuse(SYS_prctl, EIO);
	CHECK(!caps_are_of_program());
	CHECK_INT(caps_check_program(&raw, UINT64_MAX, &err), -EIO);
	CHECK_STR(err.text, "cannot read the bounding capabilities: Input/output error");
	CHECK_INT(caps_give_program(&program, UINT64_MAX, &err), -EIO);
	CHECK_STR(err.text, "cannot read the ambient capabilities: Input/output error");
	caps_limit_to_program();
	CHECK_INT(status_set("CapPrm") | status_set("CapEff") | status_set("CapInh"), 0);
}

TEST(capabilities_cannot_be_asked_for)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	uint64_t known = caps_known(), set = 0;

	CHECK_INT(libns_caps_parse("5", &set, &err), 0);
	CHECK_INT(set, KILL);
	CHECK_INT(libns_caps_parse("63", &set, &err), -EINVAL);
	CHECK_STR(err.text, "there is no capability '63' in this kernel");
	refuse(SYS_prctl, EIO);
	CHECK_INT(caps_known() & known, known);
	CHECK_INT(libns_caps_parse("5", &set, &err), -EIO);
	CHECK_STR(err.text, "cannot ask the kernel for capability '5': Input/output error");
}
