/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Capabilities by name, and taking them away. Raw system calls: this runs where
 * no library may be loaded any more.
 */

#include "xnsenter/caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* By number, see capabilities(7). */
static const char *const names[] = {
	"chown",
	"dac_override",
	"dac_read_search",
	"fowner",
	"fsetid",
	"kill",
	"setgid",
	"setuid",
	"setpcap",
	"linux_immutable",
	"net_bind_service",
	"net_broadcast",
	"net_admin",
	"net_raw",
	"ipc_lock",
	"ipc_owner",
	"sys_module",
	"sys_rawio",
	"sys_chroot",
	"sys_ptrace",
	"sys_pacct",
	"sys_admin",
	"sys_boot",
	"sys_nice",
	"sys_resource",
	"sys_time",
	"sys_tty_config",
	"mknod",
	"lease",
	"audit_write",
	"audit_control",
	"setfcap",
	"mac_override",
	"mac_admin",
	"syslog",
	"wake_alarm",
	"block_suspend",
	"audit_read",
	"perfmon",
	"bpf",
	"checkpoint_restore",
};

static bool find(const char *word, size_t n, uint64_t *bit)
{
	if (n > 4 && !strncasecmp(word, "cap_", 4)) {
		word += 4;
		n -= 4;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == n && !strncasecmp(word, names[i], n)) {
			*bit = UINT64_C(1) << i;
			return true;
		}
	return false;
}

bool caps_parse(const struct cli *cli, const char *what, const char *text, uint64_t *ret)
{
	uint64_t set = 0, bit;

	if (!strcmp(text, "all") || !strcmp(text, "none")) {
		*ret = *text == 'a' ? UINT64_MAX : 0;
		return true;
	}
	for (;;) {
		size_t n = strcspn(text, ",");

		if (!find(text, n, &bit)) {
			cli_error(cli, "%s: there is no capability '%.*s'", what, (int)n, text);
			return false;
		}
		set |= bit;
		if (!text[n])
			break;
		text += n + 1;
	}
	*ret = set;
	return true;
}

int caps_limit_bounding(uint64_t keep)
{
	for (unsigned int cap = 0; cap < 64; cap++) {
		int has = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		/* EINVAL: beyond the last one the kernel knows. */
		if (has < 0)
			return errno == EINVAL ? 0 : errno;
		if (has && !(keep >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return errno;
	}
	return 0;
}

static int change(uint64_t keep, const uint64_t *inheritable)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct sets[2];

	if (syscall(SYS_capget, &header, sets) < 0)
		return errno;
	for (int i = 0; i < 2; i++) {
		uint32_t part = (uint32_t)(keep >> (32 * i));

		sets[i].effective &= part;
		sets[i].permitted &= part;
		sets[i].inheritable &= part;
		if (inheritable)
			sets[i].inheritable =
				(uint32_t)(*inheritable >> (32 * i)) & sets[i].permitted;
	}
	return syscall(SYS_capset, &header, sets) < 0 ? errno : 0;
}

int caps_limit(uint64_t keep)
{
	/* The ambient set follows: it is never more than permitted and inheritable. */
	return change(keep, NULL);
}

int caps_set_inherited(uint64_t inheritable, uint64_t ambient)
{
	int r = change(UINT64_MAX, &inheritable);

	/* EINVAL: a kernel without ambient capabilities (before Linux 4.3). */
	if (!r && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
		return errno;
	/* What cannot be raised is what the program has not got: it has less than the target. */
	for (unsigned int cap = 0; cap < 64; cap++)
		if (ambient >> cap & 1)
			prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
	return r;
}
