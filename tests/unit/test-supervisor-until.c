/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Standing in for a child that ends with somebody else, and where no descriptor is left. */

#include <signal.h>
#include <sys/resource.h>

#include "supervise.h"

static struct libns_supervisor *supervise_until(int until_fd, int64_t timeout_ms,
						const char *script)
{
	struct libns_supervisor_options options = LIBNS_SUPERVISOR_OPTIONS_INIT;
	struct libns_supervisor *s;

	options.flags = until_fd >= 0 ? LIBNS_SUPERVISE_UNTIL : 0;
	options.until_fd = until_fd;
	options.timeout_ms = timeout_ms;
	s = supervise(&options);
	start(s, script);
	return s;
}

static int wait_and_free(struct libns_supervisor *s)
{
	int status = wait_for(s);

	libns_supervisor_free(s);
	return status;
}

static void make_pipe(int ends[2])
{
	CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
}

static void close_both(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

/* Descriptors that are open stay so; none is left for another. Return: what was allowed before. */
static struct rlimit allow_no_more(void)
{
	struct rlimit before, none;
	int next = dup(0);

	close(next);
	CHECK_INT(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ (rlim_t)next, before.rlim_max };
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &none), 0);
	next = dup(0);
	CHECK_INT(next, -1);
	return before;
}

static int wait_without_descriptors(struct libns_supervisor *s)
{
	/* poll(2) refuses more descriptors than are allowed, also those that are -1. */
	int more[2] = { dup(0), dup(0) }, status;
	const struct rlimit before = allow_no_more();

	status = wait_and_free(s);
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
	close_both(more);
	return status;
}

TEST(a_child_ends_when_nobody_has_the_other_end)
{
	struct libns_supervisor *s;
	int ends[2], status;

	make_pipe(ends);
	s = supervise_until(ends[0], 0, "exec sleep 1000");
	close(ends[1]);
	status = wait_and_free(s);
	close(ends[0]);
	CHECK(WIFSIGNALED(status));
	CHECK_INT(WTERMSIG(status), SIGKILL);
}

TEST(a_child_ends_when_something_can_be_read)
{
	struct libns_supervisor *s;
	int ends[2], status;

	make_pipe(ends);
	s = supervise_until(ends[0], 0, "exec sleep 1000");
	CHECK_INT(write(ends[1], "x", 1), 1);
	status = wait_and_free(s);
	close_both(ends);
	CHECK(WIFSIGNALED(status));
	CHECK_INT(WTERMSIG(status), SIGKILL);
}

TEST(a_child_that_ends_by_itself_does_so)
{
	int ends[2], status;

	make_pipe(ends);
	status = wait_and_free(supervise_until(ends[0], 0, "exit 3"));
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 3);
	/* The descriptor is the caller's. */
	CHECK_INT(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
	close_both(ends);
}

TEST(it_is_watched_without_a_descriptor_for_signals)
{
	struct libns_supervisor *s;
	int ends[2], status;

	make_pipe(ends);
	s = supervise_until(ends[0], 0, "exec sleep 1000");
	/* Of what it leaves, nothing is free. */
	ends[1] = dup2(0, ends[1]);
	status = wait_without_descriptors(s);
	close_both(ends);
	CHECK(WIFSIGNALED(status));
	CHECK_INT(WTERMSIG(status), SIGKILL);
}

TEST(a_deadline_is_kept_without_a_descriptor_for_signals)
{
	int status = wait_without_descriptors(supervise_until(-1, 300, "exec sleep 1000"));

	CHECK(WIFSIGNALED(status));
}

TEST(an_end_is_seen_without_a_descriptor_for_signals)
{
	int status = wait_without_descriptors(supervise_until(-1, 1000000, "exit 5"));

	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 5);
}

TEST(a_terminal_that_could_not_be_made_is_made_by_the_next_call)
{
	struct libns_supervisor_options options = LIBNS_SUPERVISOR_OPTIONS_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_supervisor *s = NULL;
	struct rlimit before;
	int status;

	options.flags = LIBNS_SUPERVISE_TERMINAL;
	plan.argv = ARGV("sh", "-c", "exit 4");
	CHECK_INT(libns_supervisor_new(&options, &s, &err), 0);
	before = allow_no_more();
	CHECK_INT(libns_supervisor_spawn(s, &plan, &err), -EMFILE);
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
	CHECK_INT(libns_supervisor_spawn(s, &plan, &err), 0);
	status = wait_and_free(s);
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 4);
}

TAP_MAIN
