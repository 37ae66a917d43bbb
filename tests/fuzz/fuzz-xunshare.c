/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Command lines of xunshare, one word a line, up to the point where something would be
 * done: options, durations, capability lists, limits, maps. Accounts and subordinate ids
 * are not looked up, nothing is executed.
 */

#include <libns/libns.h>

#include "command-line.h"
#include "xunshare/xunshare.h"

int __wrap_libns_account_find(enum libns_account_kind kind, const char *key,
			      struct libns_account *ret, struct libns_error *err);
int __wrap_libns_idmap_add_subids(struct libns_idmap *map, enum libns_idmap_kind kind, uid_t uid,
				  enum libns_subids how, struct libns_error *err);
int __wrap_libns_confine_set_landlock(struct libns_confine *confine,
				      const struct libns_landlock *rules, bool best_effort,
				      struct libns_error *err);

int __wrap_libns_account_find(enum libns_account_kind kind, const char *key,
			      struct libns_account *ret, struct libns_error *err)
{
	(void)kind, (void)key, (void)ret, (void)err;
	return -2 /* ENOENT */;
}

int __wrap_libns_idmap_add_subids(struct libns_idmap *map, enum libns_idmap_kind kind, uid_t uid,
				  enum libns_subids how, struct libns_error *err)
{
	(void)map, (void)kind, (void)uid, (void)how, (void)err;
	return -2 /* ENOENT */;
}

int __wrap_libns_confine_set_landlock(struct libns_confine *confine,
				      const struct libns_landlock *rules, bool best_effort,
				      struct libns_error *err)
{
	(void)confine, (void)rules, (void)best_effort, (void)err;
	return 7;
}

static void require_sound(const struct request *q, int argc)
{
	REQUIRE(q->timeout_ms >= -1 && q->kill_after_ms >= -1);
	REQUIRE(q->n_keep_env <= (size_t)argc && q->n_set_env <= (size_t)argc);
	REQUIRE(q->n_pass_fds <= (size_t)argc);
	REQUIRE(q->status_fd >= -1 && q->ready_fd >= -1 && q->block_fd >= -1);
	REQUIRE((q->plan.types & ~LIBNS_TYPES_ALL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[] = "xunshare";
	struct command_line c;
	struct request q;
	int r;

	command_line_begin(&c, name, data, size);
	r = options_parse(&q, c.argc, c.words);
	command_line_end(&c);
	REQUIRE(r == CLI_END || r == CLI_DONE || r == CLI_BAD);
	if (r == CLI_END)
		require_sound(&q, c.argc);
	options_free(&q);
	free(c.text);
	return 0;
}
