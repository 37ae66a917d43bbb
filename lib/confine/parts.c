/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The parts of what confines a process as words that a user types. */

#include <string.h>

#include <libns/confine.h>

#include "base/base.h"
#include "base/err.h"

static const struct part {
	const char *word;
	unsigned int part;
} parts[] = {
	{ "ids", LIBNS_CONFINE_IDS },        { "groups", LIBNS_CONFINE_GROUPS },
	{ "caps", LIBNS_CONFINE_CAPS },      { "no-new-privs", LIBNS_CONFINE_NO_NEW_PRIVS },
	{ "limits", LIBNS_CONFINE_LIMITS },  { "nice", LIBNS_CONFINE_NICE },
	{ "oom", LIBNS_CONFINE_OOM },        { "umask", LIBNS_CONFINE_UMASK },
	{ "label", LIBNS_CONFINE_LABEL },    { "cgroup", LIBNS_CONFINE_CGROUPS },
	{ "filter", LIBNS_CONFINE_FILTERS },
};

/* Parts of a part, which are not what its word means. */
static const struct part pieces[] = {
	{ "label", LIBNS_CONFINE_SELINUX },
	{ "cgroup", LIBNS_CONFINE_MOUNTED_CGROUPS },
};

/* Names the first @n bytes of a word, as far as they are readable at a glance. */
static int refuse(const char *word, size_t n, struct libns_error *err)
{
	char shown[64];

	error_format(shown, n + 1 < sizeof(shown) ? n + 1 : sizeof(shown), "%s", word);
	return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "there is no part '%s'", shown);
}

LIBNS_PUBLIC int libns_confine_parse(const char *list, unsigned int *ret_parts,
				     struct libns_error *err)
{
	/* A list that begins by leaving something out means all but that. */
	unsigned int chosen = !list || *list == '-' ? LIBNS_CONFINE_ALL | LIBNS_CONFINE_IDS : 0;

	while (list) {
		bool out = *list == '-';
		const char *word = list + out;
		size_t n = strcspn(word, ","), i;

		for (i = 0; i < ARRAY_SIZE(parts); i++)
			if (strlen(parts[i].word) == n && !strncmp(parts[i].word, word, n))
				break;
		if (i == ARRAY_SIZE(parts))
			return refuse(word, n, err);
		chosen = out ? chosen & ~parts[i].part : chosen | parts[i].part;
		list = word[n] ? word + n + 1 : NULL;
	}
	*ret_parts = chosen;
	return 0;
}

LIBNS_PUBLIC const char *libns_confine_part_name(unsigned int part)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].part == part)
			return parts[i].word;
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++)
		if (pieces[i].part == part)
			return pieces[i].word;
	return NULL;
}

LIBNS_PUBLIC unsigned int libns_confine_next_part(unsigned int part)
{
	size_t next = 0;

	while (part && next < ARRAY_SIZE(parts) && parts[next++].part != part)
		continue;
	return next < ARRAY_SIZE(parts) ? parts[next].part : 0;
}
