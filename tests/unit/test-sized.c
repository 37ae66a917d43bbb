/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Structs of programs that were built with an older or a newer library. */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <libns/libns.h>

#include "base/sized.h"
#include "tap.h"

struct now {
	size_t size;
	int one, two;
};

struct newer {
	struct now now;
	int three;
};

static struct libns_error err = LIBNS_ERROR_INIT;

static int take(struct now *to, const void *from)
{
	memset(to, 0xff, sizeof(*to));
	return base_copy_sized(to, sizeof(*to), from, offsetof(struct now, two), "the wish", &err);
}

TEST(a_shorter_struct_asks_for_less)
{
	struct now from = { offsetof(struct now, two), 1, 2 }, to;

	CHECK_INT(take(&to, &from), 0);
	CHECK_INT(to.one, 1);
	CHECK_INT(to.two, 0);
	from.size = sizeof(from);
	CHECK_INT(take(&to, &from), 0);
	CHECK_INT(to.two, 2);
}

TEST(a_longer_struct_may_not_ask_for_more)
{
	struct newer from = { { sizeof(from), 1, 2 }, 0 };
	struct now to;

	CHECK_INT(take(&to, &from), 0);
	CHECK_INT(to.two, 2);
	from.three = 3;
	CHECK_INT(take(&to, &from), -E2BIG);
	CHECK_STR(err.text, "the wish asks for something this libns does not know");
}

TEST(a_struct_without_a_size)
{
	struct now from = { 0, 1, 2 }, to;

	CHECK_INT(take(&to, &from), -EINVAL);
	CHECK_STR(err.text, "the wish has no size");
	from.size = offsetof(struct now, two) - 1;
	CHECK_INT(take(&to, &from), -EINVAL);
	CHECK_INT(take(&to, NULL), -EINVAL);
}

TEST(what_is_told_fits_both)
{
	const struct now own = { 0, 1, 2 };
	struct newer to = { { sizeof(to), 0, 0 }, 3 };

	CHECK_INT(base_check_sized(&to, sizeof(own), "the answer", &err), 0);
	base_fill_sized(&to, &own, sizeof(own));
	CHECK_INT(to.now.size, sizeof(to));
	CHECK_INT(to.now.one, 1);
	CHECK_INT(to.now.two, 2);
	CHECK_INT(to.three, 3);

	to.now = (struct now){ offsetof(struct now, two), 0, 7 };
	base_fill_sized(&to, &own, sizeof(own));
	CHECK_INT(to.now.one, 1);
	CHECK_INT(to.now.two, 7);
}

TEST(nothing_is_told_to_a_struct_without_a_size)
{
	struct now to = { 0, 0, 0 };

	CHECK_INT(base_check_sized(&to, sizeof(to), "the answer", &err), -EINVAL);
	CHECK_STR(err.text, "the answer has no size");
	CHECK_INT(base_check_sized(NULL, sizeof(to), "the answer", &err), -EINVAL);
}

/* Each struct that a program fills is judged in the same way. */
TEST(every_plan_of_a_newer_library)
{
	struct {
		struct libns_scan_options options;
		uint64_t future;
	} scan = { LIBNS_SCAN_OPTIONS_INIT, 0 };
	struct {
		struct libns_enter_plan plan;
		uint64_t future;
	} enter = { LIBNS_ENTER_PLAN_INIT, 0 };
	struct {
		struct libns_plan plan;
		uint64_t future;
	} plan = { LIBNS_PLAN_INIT, 0 };
	static const char sentence[] = "asks for something this libns does not know";
	struct libns_entry *entry;
	struct libns_scan *snapshot;

	scan.options.size = sizeof(scan);
	scan.options.sources = LIBNS_SCAN_PROCESSES;
	CHECK_INT(libns_scan_new(LIBNS_PROCFS, &scan.options, &snapshot, &err), 0);
	libns_scan_free(snapshot);
	scan.future = 1;
	CHECK_INT(libns_scan_new(LIBNS_PROCFS, &scan.options, &snapshot, &err), -E2BIG);
	CHECK_CONTAINS(err.text, sentence);

	enter.plan.size = sizeof(enter);
	CHECK_INT(libns_entry_new(&enter.plan, &entry, &err), 0);
	libns_entry_free(entry);
	enter.future = 1;
	CHECK_INT(libns_entry_new(&enter.plan, &entry, &err), -E2BIG);
	CHECK_CONTAINS(err.text, sentence);

	plan.plan.size = sizeof(plan);
	CHECK_INT(libns_apply(&plan.plan, &err), 0);
	plan.future = 1;
	CHECK_INT(libns_apply(&plan.plan, &err), -E2BIG);
	CHECK_CONTAINS(err.text, sentence);
}

TEST(every_answer_to_a_newer_program)
{
	struct {
		struct libns_proc_ids ids;
		uint64_t future;
	} ids = { LIBNS_PROC_IDS_INIT, 7 };
	struct {
		struct libns_account account;
		uint64_t future;
	} user = { LIBNS_ACCOUNT_INIT, 7 };
	struct libns_proc *proc;

	CHECK_INT(libns_proc_new(LIBNS_PROCFS, getpid(), &proc, &err), 0);
	ids.ids.size = sizeof(ids);
	CHECK_INT(libns_proc_read_ids(proc, &ids.ids, &err), 0);
	CHECK_INT(ids.ids.size, sizeof(ids));
	CHECK_INT(ids.ids.tgid, getpid());
	CHECK_INT(ids.future, 7);
	ids.ids.size = 0;
	CHECK_INT(libns_proc_read_ids(proc, &ids.ids, &err), -EINVAL);
	CHECK_STR(err.text, "the answer has no size");
	libns_proc_free(proc);

	user.account.size = sizeof(user);
	CHECK_INT(libns_account_find(LIBNS_ACCOUNT_USER, "root", &user.account, &err), 0);
	CHECK_INT(user.account.size, sizeof(user));
	CHECK_STR(user.account.name, "root");
	CHECK_INT(user.future, 7);
	user.account.size = 0;
	CHECK_INT(libns_account_find(LIBNS_ACCOUNT_USER, "root", &user.account, &err), -EINVAL);
	CHECK_STR(err.text, "the account has no size");
}

TAP_MAIN
