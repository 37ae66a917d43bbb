/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads the texts that tell how confined a process is, see status.h. */

#include "text/status.h"

#include <string.h>

#include "base/base.h"
#include "text/procfile.h"

/* Columns of limits. */
enum { LIMITS_SOFT = 26, LIMITS_HARD = 47 };

static int take_int(struct procfile_word word, int lowest, int highest, int *ret)
{
	bool negative = word.s && *word.s == '-';
	uint32_t value;
	int64_t number;

	if (!word.s || procfile_u32(word.s + negative, word.n - negative, &value) < 0)
		return -EBADMSG;
	number = negative ? -(int64_t)value : (int64_t)value;
	if (number < lowest || number > highest)
		return -EBADMSG;
	*ret = (int)number;
	return 0;
}

static int take_groups(const char *list, gid_t *ret, size_t *ret_n)
{
	struct procfile_word word;
	size_t n = 0;

	while ((word = procfile_next_word(&list)).s) {
		uint32_t value;

		if (procfile_u32(word.s, word.n, &value) < 0 || value == UINT32_MAX)
			return -EBADMSG;
		ret[n++] = (gid_t)value;
	}
	*ret_n = n;
	return 0;
}

int status_groups(const char *status, gid_t **ret, size_t *ret_n)
{
	struct procfile_word list = procfile_find(status, "Groups");
	_cleanup_free_ gid_t *groups = NULL;
	int r;

	if (!list.s)
		return -EBADMSG;
	/* Each number takes a digit and a blank, except the last one. */
	groups = calloc(list.n / 2 + 1, sizeof(*groups));
	if (!groups)
		return -ENOMEM;
	r = take_groups(list.s, groups, ret_n);
	if (r == 0)
		*ret = TAKE_PTR(groups);
	return r;
}

static int take_limit(const char *text, uint64_t *ret)
{
	struct procfile_word word = { NULL, 0 };

	/* An empty column must not be mistaken for the next one. */
	if (*text != ' ')
		word = procfile_next_word(&text);
	if (word.n == strlen("unlimited") && !memcmp(word.s, "unlimited", word.n)) {
		*ret = UINT64_MAX;
		return 0;
	}
	return procfile_u64(word.s, word.n, ret) < 0 ? -EBADMSG : 0;
}

int status_limits(const char *text, struct libns_rlimit ret[RLIM_NLIMITS])
{
	procfile_next_line(&text);
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct libns_rlimit limit = { .resource = i };
		struct procfile_word line = procfile_next_line(&text);

		if (line.n <= LIMITS_HARD || take_limit(line.s + LIMITS_SOFT, &limit.soft) < 0 ||
		    take_limit(line.s + LIMITS_HARD, &limit.hard) < 0)
			return -EBADMSG;
		ret[i] = limit;
	}
	return 0;
}

/* It is the nineteenth field; the second is the name. */
int status_nice(const char *text, int *ret)
{
	struct procfile_word word = { NULL, 0 };

	text = strrchr(text, ')');
	if (!text)
		return -EBADMSG;
	text++;
	for (int field = 3; field <= 19; field++)
		word = procfile_next_word(&text);
	return take_int(word, -20, 19, ret);
}

int status_oom(const char *text, int *ret)
{
	return take_int(procfile_next_line(&text), -1000, 1000, ret);
}
