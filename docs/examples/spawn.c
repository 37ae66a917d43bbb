/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <signal.h>
#include <stdio.h>

#include <libns/libns.h>

int main(void)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_child *child = NULL;
	struct libns_proc *proc = NULL;
	char *argv[] = { "sleep", "60", NULL };
	pid_t *pids;
	size_t n;

	plan.types = LIBNS_TYPE_USER | LIBNS_TYPE_PID;
	plan.argv = argv;
	if (libns_spawn(&plan, &child, &err) < 0 ||
	    libns_proc_new(LIBNS_PROCFS, libns_child_get_pid(child), &proc, &err) < 0 ||
	    libns_proc_read_nspid(proc, &pids, &n, &err) < 0)
		return fprintf(stderr, "spawn: %s\n", err.text), 1;
	printf("outside: %d, inside: %d\n", (int)pids[0], (int)pids[n - 1]);
	return libns_child_kill(child, SIGKILL, &err) < 0;
}
