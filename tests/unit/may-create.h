/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TESTS_MAY_CREATE_H
#define TESTS_MAY_CREATE_H

#include <sched.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

/* Ends the case, as skipped, where namespaces of these types cannot be created. */
static inline void may_create(uint64_t types)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(unshare((int)types) < 0);
	waitpid(pid, &status, 0);
	if (status)
		SKIP("these namespaces cannot be created here");
}

#endif
