/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* As "xnsenter -t TARGET --like-target": a program with the ids, rights and limits of a target. */

#include <stdio.h>
#include <sys/wait.h>

#include <libns/libns.h>

extern char **environ;

static int fail(const struct libns_error *err)
{
	return fprintf(stderr, "alike: %s\n", err->text), 1;
}

int main(int argc, char **argv)
{
	struct libns_supervisor_options options = LIBNS_SUPERVISOR_OPTIONS_INIT;
	struct libns_enter_plan what = LIBNS_ENTER_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_environment *environment;
	struct libns_supervisor *s;
	struct libns_target *target;
	struct libns_entry *entry;
	int status, fd, pinned, is_copy = libns_seal_take_over(&pinned);

	if (argc < 3)
		return fprintf(stderr, "usage: alike TARGET PROGRAM [ARGUMENT...]\n"), 2;
	if ((is_copy ? libns_target_new_from_fd(LIBNS_PROCFS, pinned, &target, &err)
		     : libns_target_new(LIBNS_PROCFS, argv[1], &target, &err)) < 0)
		return fail(&err);
	what.proc = libns_target_get_proc(target);
	what.types = LIBNS_TYPES_ALL;
	what.flags = LIBNS_ENTER_ROOT | LIBNS_ENTER_FOR_CHILDREN;
	if (libns_entry_new(&what, &entry, &err) < 0)
		return fail(&err);
	/* Nobody inside may write to the file of this program: it goes on as a copy. */
	if (libns_seal_query(entry, 0, &err) && (fd = libns_seal_open("alike", &err)) >= 0 &&
	    libns_seal_hand_over(libns_proc_get_pidfd(what.proc), &environment, &err) == 0)
		libns_seal_exec(fd, argv, libns_environment_get_items(environment), &err);
	plan.entry = entry;
	plan.flags = LIBNS_PLAN_CLOSE_FDS;
	plan.argv = argv + 2;
	options.flags = libns_terminal_is_ours() ? LIBNS_SUPERVISE_TERMINAL : 0;
	options.signals = LIBNS_SUPERVISE_ALL;
	if (err.code ||
	    libns_plan_follow_target(&plan, LIBNS_CONFINE_ALL | LIBNS_CONFINE_IDS, 2000, &err) <
		    0 ||
	    libns_environment_new(environ, LIBNS_ENVIRONMENT_SAFE, &environment, &err) < 0 ||
	    libns_supervisor_new(&options, &s, &err) < 0)
		return fail(&err);
	plan.envp = libns_environment_get_items(environment);
	if (libns_supervisor_spawn(s, &plan, &err) < 0 ||
	    libns_supervisor_wait(s, &status, &err) < 0)
		return fail(&err);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
