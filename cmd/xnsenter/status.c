/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values of the texts that --like-target reads, see status.h. */

#include "xnsenter/status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Columns of limits. */
enum { LIMITS_SOFT = 26, LIMITS_HARD = 47 };

/* strtoull() alone takes blanks, signs and "0x", and a sign wraps. */
static bool take_u64(const char *text, int base, const char **ret_end, uint64_t *ret)
{
	char *end;

	if (!((*text >= '0' && *text <= '9') || (base == 16 && *text >= 'a' && *text <= 'f')) ||
	    (*text == '0' && (text[1] == 'x' || text[1] == 'X')))
		return false;
	errno = 0;
	*ret = strtoull(text, &end, base);
	*ret_end = end;
	return !errno;
}

static bool take_int(const char *text, int lowest, int highest, const char **ret_end, int *ret)
{
	bool negative = *text == '-';
	uint64_t value;
	int64_t number;

	if (!take_u64(text + negative, 10, ret_end, &value) || value > INT32_MAX)
		return false;
	number = negative ? -(int64_t)value : (int64_t)value;
	*ret = (int)number;
	return number >= lowest && number <= highest;
}

/* Only where a line begins: the first one ends with a word that the target chooses. */
static const char *value_of(const char *status, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = status; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (!strncmp(line, name, n) && line[n] == ':')
			return line + n + 1 + strspn(line + n + 1, "\t ");
	return NULL;
}

bool status_number(const char *status, const char *name, int base, uint64_t *ret)
{
	const char *text = value_of(status, name), *end;
	uint64_t value;

	if (!text || !take_u64(text, base, &end, &value) || (*end != '\n' && *end))
		return false;
	*ret = value;
	return true;
}

bool status_groups(const char *status, gid_t **ret, size_t *ret_n)
{
	const char *list = value_of(status, "Groups");
	gid_t *groups;
	size_t n = 0;

	if (!list)
		return false;
	/* A digit and a blank for each, at least. */
	groups = calloc(strcspn(list, "\n") / 2 + 1, sizeof(*groups));
	while (groups && *list && *list != '\n') {
		uint64_t value;

		if (!take_u64(list, 10, &list, &value) || value >= UINT32_MAX ||
		    (*list && !strchr(" \n", *list))) {
			free(groups);
			return false;
		}
		groups[n++] = (gid_t)value;
		list += strspn(list, " ");
	}
	if (!groups)
		return false;
	*ret = groups;
	*ret_n = n;
	return true;
}

static bool take_limit(const char *text, rlim_t *ret)
{
	const char *end;
	uint64_t value;

	if (!strncmp(text, "unlimited ", 10)) {
		*ret = RLIM_INFINITY;
		return true;
	}
	if (!take_u64(text, 10, &end, &value) || *end != ' ')
		return false;
	*ret = (rlim_t)value;
	return true;
}

bool limits_parse(const char *text, struct libns_rlimit ret[RLIM_NLIMITS])
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct libns_rlimit limit = { .resource = i };

		text += strcspn(text, "\n");
		if (!*text)
			return false;
		text++;
		if (strcspn(text, "\n") <= LIMITS_HARD ||
		    !take_limit(text + LIMITS_SOFT, &limit.soft) ||
		    !take_limit(text + LIMITS_HARD, &limit.hard))
			return false;
		ret[i] = limit;
	}
	return true;
}

/* The nineteenth field; the second is the name. */
bool stat_nice(const char *text, int *ret)
{
	const char *at = strrchr(text, ')'), *end;
	int value;

	for (int field = 2; at && field < 19; field++)
		at = strchr(at + 1, ' ');
	if (!at || !take_int(at + 1, -20, 19, &end, &value) || *end != ' ')
		return false;
	*ret = value;
	return true;
}

bool oom_parse(const char *text, int *ret)
{
	const char *end;
	int value;

	if (!take_int(text, -1000, 1000, &end, &value) || *end != '\n')
		return false;
	*ret = value;
	return true;
}
