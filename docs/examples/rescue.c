/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A shell in a running container that is named, without asking any daemon. Root runs it, and
 * is root inside. rescue NAME [PROGRAM [ARGUMENT...]]
 */

#include <stdio.h>
#include <sys/wait.h>

#include <libns/libns.h>

int main(int argc, char **argv)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_enter_plan what = LIBNS_ENTER_PLAN_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	const struct libns_container *container;
	struct libns_containers *all = NULL;
	struct libns_entry *entry = NULL;
	struct libns_child *child = NULL;
	struct libns_proc *proc = NULL;
	char *shell[] = { "/bin/sh", NULL };
	int status = 0;

	if (argc < 2)
		return fprintf(stderr, "usage: rescue NAME [PROGRAM [ARGUMENT...]]\n"), 2;
	/* Its first process is pinned, and only then proven to be in that container. */
	if (libns_containers_new(LIBNS_PROCFS, LIBNS_ROOT, &all, &err) < 0 ||
	    libns_containers_find(all, argv[1], &container, &err) < 0 ||
	    libns_proc_new(LIBNS_PROCFS, container->pid, &proc, &err) < 0 ||
	    libns_containers_verify(all, container, proc, &err) < 0)
		return fprintf(stderr, "rescue: %s\n", err.text), 1;
	what.flags = LIBNS_ENTER_ROOT;
	what.proc = proc;
	what.types = LIBNS_TYPES_ALL;
	plan.flags = LIBNS_PLAN_CLOSE_FDS | LIBNS_PLAN_UID | LIBNS_PLAN_GID |
		     LIBNS_PLAN_TRY_CLEAR_GROUPS;
	plan.cwd = "/";
	plan.argv = argc > 2 ? argv + 2 : shell;
	if (libns_entry_new(&what, &entry, &err) < 0)
		return fprintf(stderr, "rescue: %s\n", err.text), 1;
	plan.entry = entry;
	if (libns_spawn(&plan, &child, &err) < 0 || libns_child_wait(child, 0, &status, &err) < 0)
		return fprintf(stderr, "rescue: %s\n", err.text), 1;
	libns_child_free(child);
	libns_entry_free(entry);
	libns_proc_free(proc);
	libns_containers_free(all);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
