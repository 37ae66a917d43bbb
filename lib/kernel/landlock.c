/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The system calls of Landlock. Their structs are declared here, because those in the headers are
 * shorter where these are old; the kernel takes a longer struct as long as the rest is zero.
 */

#include "kernel/landlock.h"

#include <errno.h>
#include <unistd.h>

#include "base/sys.h"

struct ruleset {
	uint64_t fs, net, scopes; /* since ABI 1, 4, 6 */
};

#define RULE_BENEATH 1
#define RULE_PORT    2

struct beneath {
	uint64_t rights;
	int32_t fd;
} __attribute__((packed));

struct port {
	uint64_t rights, port;
};

static int result(long r)
{
	return r < 0 ? -errno : (int)r;
}

int landlock_ask(unsigned int what)
{
	return result(syscall(SYS_landlock_create_ruleset, NULL, 0, what));
}

int landlock_create(uint64_t fs, uint64_t net, uint64_t scopes)
{
	const struct ruleset ruleset = { fs, net, scopes };
	int fd = result(syscall(SYS_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0));

	return fd < 0 ? fd : sys_fd_above_stdio(fd);
}

int landlock_add_beneath(int ruleset_fd, int fd, uint64_t rights)
{
	const struct beneath rule = { rights, fd };

	return result(syscall(SYS_landlock_add_rule, ruleset_fd, RULE_BENEATH, &rule, 0));
}

int landlock_add_port(int ruleset_fd, uint16_t port, uint64_t rights)
{
	const struct port rule = { rights, port };

	return result(syscall(SYS_landlock_add_rule, ruleset_fd, RULE_PORT, &rule, 0));
}

int landlock_restrict_self(int ruleset_fd)
{
	return result(syscall(SYS_landlock_restrict_self, ruleset_fd, 0));
}
