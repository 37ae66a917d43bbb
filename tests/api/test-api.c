/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A program that has only the shared library and its headers: everything the
 * map exports is declared, can be linked and found; what it hands out keeps the
 * rules of libns.h. What each function does is the unit tests' business.
 */

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <libns/libns.h>

#include "tap.h"

typedef void (*function)(void);

static const struct {
	const char *name;
	function address;
} symbols[] = {
#define X(name) { #name, (function)name },
#include "symbols.inc"
#undef X
};

#define N_SYMBOLS (sizeof(symbols) / sizeof(symbols[0]))

TEST(every_exported_symbol_is_declared_and_found)
{
	CHECK(N_SYMBOLS > 50);
	for (size_t i = 0; i < N_SYMBOLS; i++) {
		void *found = dlsym(RTLD_DEFAULT, symbols[i].name);

		if (!found || (function)found != symbols[i].address)
			TAP_FAIL("%s is not the library's", symbols[i].name);
	}
}

TEST(what_is_not_exported_is_hidden)
{
	CHECK(dlsym(RTLD_DEFAULT, "error_set") == NULL);
	CHECK(dlsym(RTLD_DEFAULT, "sys_open_at") == NULL);
}

TEST(nothing_can_be_freed)
{
	CHECK(libns_proc_free(NULL) == NULL);
	CHECK(libns_idmap_free(NULL) == NULL);
	CHECK(libns_entry_free(NULL) == NULL);
	CHECK(libns_child_free(NULL) == NULL);
	CHECK(libns_scan_free(NULL) == NULL);
	CHECK(libns_netns_list_free(NULL) == NULL);
	CHECK(libns_check_free(NULL) == NULL);
	CHECK(libns_target_free(NULL) == NULL);
}

/* At the end of a block, whether something was made or not. */
TEST(what_goes_out_of_scope_is_freed)
{
#define SCOPED(type) __attribute__((unused, cleanup(libns_##type##_freep))) struct libns_##type *
	int before = open("/dev/null", O_RDONLY | O_CLOEXEC), after;

	{
		SCOPED(check) check = NULL;
		SCOPED(child) child = NULL;
		SCOPED(containers) containers = NULL;
		SCOPED(entry) entry = NULL;
		SCOPED(holders) holders = NULL;
		SCOPED(idmap) map = NULL;
		SCOPED(mount_watch) watch = NULL;
		SCOPED(mounts) mounts = NULL;
		SCOPED(netns_list) list = NULL;
		SCOPED(nsids) nsids = NULL;
		SCOPED(peers) peers = NULL;
		SCOPED(proc) proc = NULL;
		SCOPED(scan) scan = NULL;
		SCOPED(seccomp) filters = NULL;
		SCOPED(target) target = NULL;

		CHECK_INT(libns_proc_new(LIBNS_PROCFS, getpid(), &proc, NULL), 0);
	}
	after = open("/dev/null", O_RDONLY | O_CLOEXEC);
	CHECK_INT(after, before + 1);
	close(after);
	close(before);
}

static bool is_exported(const char *name)
{
	for (size_t i = 0; i < N_SYMBOLS; i++)
		if (!strcmp(symbols[i].name, name))
			return true;
	return false;
}

/* x_at() and x_count(), or x_thing_at() and x_count_things(). */
TEST(what_can_be_gone_through_can_be_counted)
{
	for (size_t i = 0; i < N_SYMBOLS; i++) {
		char stem[64], whole[96], things[96], *thing;
		size_t n = strlen(symbols[i].name) - strlen("_at");

		/* There are LIBNS_N_TYPES of them. */
		if (strcmp(symbols[i].name + n, "_at") != 0 ||
		    !strcmp(symbols[i].name, "libns_type_at"))
			continue;
		snprintf(stem, sizeof(stem), "%.*s", (int)n, symbols[i].name);
		snprintf(whole, sizeof(whole), "%s_count", stem);
		thing = strrchr(stem, '_');
		*thing = '\0';
		snprintf(things, sizeof(things), "%s_count_%ss", stem, thing + 1);
		if (!is_exported(whole) && !is_exported(things))
			TAP_FAIL("there is neither %s() nor %s()", whole, things);
	}
}

TEST(the_error_object_has_its_size)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	CHECK_INT(sizeof(err), 512);
	CHECK_STR(libns_error_text(&err), "");
	CHECK_STR(libns_error_text(NULL), "");
	CHECK_STR(libns_version(), LIBNS_VERSION);
}

/* One of everything that holds a descriptor, all alive at once and until the process ends. */
static void open_one_of_each(void)
{
	static void *held[10];
	static size_t n_held;
	struct libns_enter_plan enter = LIBNS_ENTER_PLAN_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	char *const argv[] = { (char[]){ "true" }, NULL };
	struct libns_proc *proc = NULL, *again = NULL;
	struct libns_entry *entry = NULL;
	struct libns_child *child = NULL;
	struct libns_scan *scan = NULL;
	int fd;

	CHECK_INT(libns_proc_new(LIBNS_PROCFS, getpid(), &proc, NULL), 0);
	if (libns_proc_get_pidfd(proc) >= 0)
		CHECK_INT(libns_proc_new_from_pidfd(LIBNS_PROCFS, libns_proc_get_pidfd(proc),
						    &again, NULL),
			  0);
	CHECK(libns_fd_open(AT_FDCWD, "/proc/self/ns/net", NULL) >= 3);
	fd = libns_proc_open_ns(proc, LIBNS_TYPE_NET, NULL);
	CHECK(fd >= 3);
	(void)libns_fd_open_owner(fd, NULL);
	(void)libns_fd_open_parent(libns_proc_open_ns(proc, LIBNS_TYPE_PID, NULL), NULL);
	(void)libns_proc_open_ns_for_children(proc, LIBNS_TYPE_PID, NULL);
	CHECK(libns_proc_open_root(proc, NULL) >= 3);
	CHECK(libns_proc_open_cwd(proc, NULL) >= 3);
	enter.proc = proc;
	enter.types = LIBNS_TYPES_ALL;
	enter.flags = LIBNS_ENTER_ROOT;
	CHECK_INT(libns_entry_new(&enter, &entry, NULL), 0);
	plan.argv = argv;
	CHECK_INT(libns_spawn(&plan, &child, NULL), 0);
	CHECK_INT(libns_scan_new(LIBNS_PROCFS, NULL, &scan, NULL), 0);
	held[n_held++] = proc;
	held[n_held++] = again;
	held[n_held++] = entry;
	held[n_held++] = child;
	held[n_held++] = scan;
	CHECK(held[n_held - 1] != NULL);
}

/* "flags:" of fdinfo has the bit too, and comes from the kernel itself. */
static int is_close_on_exec(int fd)
{
	char path[64], line[128];
	unsigned int flags = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	CHECK(file != NULL);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "flags: %o", &flags) == 1)
			break;
	fclose(file);
	return !!(flags & O_CLOEXEC);
}

TEST(every_descriptor_is_close_on_exec_and_above_stdio)
{
	struct dirent *entry;
	int n = 0, saved;
	DIR *dir;

	saved = tap_keep(fcntl(0, F_DUPFD_CLOEXEC, 3));
	open_one_of_each();
	/* Again where a careless library would use the descriptors of stdio. */
	close(0);
	open_one_of_each();
	CHECK_INT(fcntl(0, F_GETFD), -1);
	dir = opendir("/proc/self/fd");
	CHECK(dir != NULL);
	while ((entry = readdir(dir))) {
		int fd = atoi(entry->d_name);

		if (fd < 3 || fd == dirfd(dir))
			continue;
		n++;
		if (!is_close_on_exec(fd))
			TAP_FAIL("descriptor %d stays open across execve(2)", fd);
	}
	CHECK(n > 20);
	closedir(dir);
	CHECK_INT(dup2(saved, 0), 0);
	/* What was held for the look. */
	for (int fd = 3; fd < TAP_PROCFS; fd++)
		close(fd);
	while (wait(NULL) > 0)
		;
}

TAP_MAIN
