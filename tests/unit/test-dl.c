/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <sched.h>

#include <libns/check.h>
#include <libns/enter.h>
#include <libns/type.h>

#include "base/dl.h"
#include "entry-to.h"
#include "kernel/clone.h"

/* A library that a machine with glibc has. */
#define SONAME "libm.so.6"

#define FUNCTIONS(X) X(cos) X(lround)
struct table {
	FUNCTIONS(DL_MEMBER)
};
static const char *const names[] = { FUNCTIONS(DL_NAME) };
static const struct dl_library there = DL_LIBRARY(SONAME, "libc6", "counting", names);
DL_REGISTER(there);

static void need_library(void)
{
	void *handle = dlopen(SONAME, RTLD_NOW);

	if (!handle)
		SKIP("the C library has no " SONAME);
	dlclose(handle);
}

static void check_loads(void)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct table table;

	if (dl_load(&there, &table, sizeof(table), &err) < 0)
		TAP_FAIL("%s", err.text);
	CHECK_INT(table.lround(2 * table.cos(0)), 2);
}

TEST(a_library_as_often_as_it_is_asked_for)
{
	need_library();
	check_loads();
	check_loads();
}

TEST(one_that_is_not_there)
{
	static const struct dl_library absent =
		DL_LIBRARY("libabsent.so.7", "libabsent7", "counting", names);
	struct libns_error err = LIBNS_ERROR_INIT;
	struct table table;

	CHECK_INT(dl_load(&absent, &table, sizeof(table), &err), -ELIBACC);
	CHECK_CONTAINS(err.text, "counting needs libabsent.so.7 (package libabsent7), which cannot "
				 "be loaded: ");
	/* The loader's own reason, which also tells a broken library from a missing one. */
	CHECK_CONTAINS(err.text, "o such file");
	CHECK_INT(err.code, ELIBACC);
}

TEST(one_that_lacks_a_function)
{
	static const char *const more[] = { "cos", "of_the_next_release" };
	static const struct dl_library old = DL_LIBRARY(SONAME, "libc6", "counting", more);
	struct libns_error err = LIBNS_ERROR_INIT;
	struct table table;

	need_library();
	CHECK_INT(dl_load(&old, &table, sizeof(table), &err), -ELIBBAD);
	CHECK_STR(err.text, "counting needs a newer " SONAME " (package libc6): it has no "
			    "of_the_next_release()");
}

static void check_refuses(void)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct table table;

	CHECK_INT(dl_load(&there, &table, sizeof(table), &err), -ELIBACC);
	CHECK_STR(err.text, "counting needs " SONAME
			    ", and nothing is loaded any more in a process that has joined other "
			    "namespaces");
}

TEST(the_latch)
{
	need_library();
	check_loads();
	dl_forbid();
	check_refuses();
}

TEST(each_of_them_is_in_the_list)
{
	struct libns_library library = { .size = sizeof(library) }, small = { .size = 1 };
	struct libns_error err = LIBNS_ERROR_INIT;
	size_t n = 0, n_found = 0;

	for (; libns_library_query(n, &library, &err) == 0; n++) {
		CHECK(library.soname && library.package && library.use);
		n_found += library.found;
	}
	CHECK_INT(err.code, ENOENT);
	/* That of this test, and those of the files that it needs. */
	CHECK(n > 0);
	CHECK_INT(libns_library_query(0, &small, &err), -EINVAL);
	dl_forbid();
	for (size_t i = 0; i < n; i++) {
		CHECK_INT(libns_library_query(i, &library, &err), 0);
		CHECK(!library.found);
	}
	CHECK(n_found <= n);
}

static void go_elsewhere(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWUTS) < 0)
		_exit(1);
}

TEST(nothing_is_loaded_once_a_namespace_was_joined)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_entry *entry;

	need_library();
	if (fork() == 0)
		_exit(unshare(CLONE_NEWUSER) < 0);
	else {
		int status;

		wait(&status);
		if (status)
			SKIP("namespaces cannot be created here");
	}
	entry = entry_to(start(go_elsewhere), 0, LIBNS_TYPE_USER | LIBNS_TYPE_UTS);
	check_loads();
	if (libns_enter(entry, &err) < 0)
		TAP_FAIL("%s", err.text);
	libns_entry_free(entry);
	check_refuses();
}

TEST(an_entry_that_fails_joins_nothing)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	pid_t pid = start(NULL);
	struct libns_enter_plan plan = LIBNS_ENTER_PLAN_INIT;
	struct libns_entry *entry;

	need_library();
	plan.proc = pin(pid);
	plan.types = LIBNS_TYPE_UTS;
	plan.flags = LIBNS_ENTER_KEEP_SAME;
	CHECK_INT(libns_entry_new(&plan, &entry, &err), 0);
	end(pid);
	CHECK(libns_enter(entry, &err) < 0);
	libns_entry_free(entry);
	check_loads();
}

TEST(between_clone_and_exec)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct clone_result child;
	int status;

	need_library();
	CHECK_INT(clone_process(0, SIGCHLD, NULL, &child, &err), 0);
	if (child.pid == 0) {
		struct table table;

		_exit(dl_load(&there, &table, sizeof(table), NULL) == -ELIBACC ? 0 : 1);
	}
	CHECK_INT(clone_wait(child.pid, &status), 0);
	close(child.pidfd);
	CHECK_INT(status, 0);
	/* The caller may go on loading. */
	check_loads();
}

TAP_MAIN
