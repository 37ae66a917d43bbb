/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/sys.h"
#include "kernel/caps.h"
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
	CHECK_INT(caps_keep(&err), 0);
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
	CHECK_INT(caps_keep(&err), 0);
	CHECK_INT(status_set("CapAmb"), 0);
}

TEST(keep_survives_an_ordinary_uid)
{
	FILE *pipe;
	char line[128] = "";

	become_capable();
	CHECK_INT(caps_keep(NULL), 0);
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
	CHECK_INT(caps_keep(&err), -EPERM);
	CHECK_STR(err.text, "cannot make capability 0 ambient: Operation not permitted");
	CHECK_INT(err.step, LIBNS_STEP_CAPS);
}

TAP_MAIN
