/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Snapshots with a failure at every call that looks at something: what is not a failure
 * of the snapshot has all that there is. Nothing may be missing because one look failed.
 */

#include <sys/syscall.h>

#include <libns/libns.h>

#include "hide.h"
#include "strike.h"

enum { WHOLE, REFUSED, WITHOUT_A_SENTENCE, LESS };

/* A process two levels below: in a pid namespace below the one of the case. */
static pid_t start_below(void)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);

	CHECK(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	tap_keep_child(pid);
	return pid;
}

static const struct libns_node *node_of(const struct libns_scan *scan, pid_t pid)
{
	const struct libns_task *task = libns_scan_find_task(scan, pid);

	return task ? libns_task_get_ns(task, LIBNS_TYPE_PID) : NULL;
}

static bool is_whole(const struct libns_scan *scan, pid_t below)
{
	const struct libns_node *inner = node_of(scan, below), *outer = node_of(scan, getpid());
	const struct libns_task *first = inner ? libns_node_get_first(inner) : NULL;

	return outer && first && libns_task_get_pid(first) == below &&
	       libns_node_get_parent(inner) == outer && libns_node_get_owner(inner) &&
	       libns_scan_count_unseen(scan, LIBNS_UNSEEN_RELATIONS) == 0;
}

static int scan_all(void *data)
{
	struct libns_scan_options options = LIBNS_SCAN_OPTIONS_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_scan *scan = NULL;
	int result;

	options.sources = LIBNS_SCAN_PROCESSES | LIBNS_SCAN_RELATIONS;
	options.threads = 1;
	options.bpf = LIBNS_SCAN_BPF_NEVER;
	if (libns_scan_new(LIBNS_PROCFS, &options, &scan, &err) < 0)
		return err.text[0] ? REFUSED : WITHOUT_A_SENTENCE;
	result = is_whole(scan, *(pid_t *)data) ? WHOLE : LESS;
	libns_scan_free(scan);
	return result;
}

static void strike_all(pid_t below)
{
	static const struct {
		const char *name;
		long number;
	} calls[] = {
		{ "openat", SYS_openat },   { "newfstatat", SYS_newfstatat },
		{ "read", SYS_read },       { "readlinkat", SYS_readlinkat },
		{ "pread64", SYS_pread64 }, { "getdents64", SYS_getdents64 },
		{ "ioctl", SYS_ioctl },
	};
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct strike s = { .victim = 0, .at = 1, .code = EIO, .only = calls[i].number };

		for (;; s.at++) {
			int status = strike(&s, scan_all, &below);

			if (!s.hit)
				break;
			if (!WIFEXITED(status) || WEXITSTATUS(status) > REFUSED)
				TAP_FAIL("%s number %u fails: status %#x", calls[i].name, s.at,
					 (unsigned int)status);
		}
		printf("# %s failed %u times\n", calls[i].name, s.at - 1);
	}
}

TEST(a_failed_look_is_no_small_answer)
{
	pid_t below, striker;
	int status;

	if (!STRIKE_CAN_FAIL)
		SKIP("calls cannot be made to fail on this machine");
	isolate();
	below = start_below();
	CHECK_INT(scan_all(&below), WHOLE);
	/* Not here: it waits for all children. */
	striker = fork();
	CHECK(striker >= 0);
	if (striker == 0) {
		strike_all(below);
		fflush(stdout);
		_exit(0);
	}
	CHECK_INT(waitpid(striker, &status, 0), striker);
	CHECK_INT(status, 0);
}

TAP_MAIN
