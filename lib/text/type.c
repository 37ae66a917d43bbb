/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The one table of namespace types; everybody else iterates over it. Its order
 * is the order of joining one by one: the user namespace gives the rights for
 * the rest, the mount namespace takes away the paths.
 */

#include <string.h>

#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"

static const struct {
	uint64_t type;
	const char *name;  /* as in /proc/<pid>/ns */
	const char *alias; /* as in the long options of unshare(1) */
} types[LIBNS_N_TYPES] = {
	{ LIBNS_TYPE_USER, "user", NULL },    { LIBNS_TYPE_CGROUP, "cgroup", NULL },
	{ LIBNS_TYPE_IPC, "ipc", NULL },      { LIBNS_TYPE_UTS, "uts", NULL },
	{ LIBNS_TYPE_NET, "net", "network" }, { LIBNS_TYPE_PID, "pid", NULL },
	{ LIBNS_TYPE_MNT, "mnt", "mount" },   { LIBNS_TYPE_TIME, "time", NULL },
};

LIBNS_PUBLIC const char *libns_type_name(uint64_t type)
{
	for (size_t i = 0; i < LIBNS_N_TYPES; i++)
		if (types[i].type == type)
			return types[i].name;
	return NULL;
}

LIBNS_PUBLIC uint64_t libns_type_at(size_t i)
{
	return i < LIBNS_N_TYPES ? types[i].type : 0;
}

static uint64_t find(const char *name, size_t n)
{
	for (size_t i = 0; i < LIBNS_N_TYPES; i++) {
		const char *alias = types[i].alias;

		if (strlen(types[i].name) == n && !memcmp(types[i].name, name, n))
			return types[i].type;
		if (alias && strlen(alias) == n && !memcmp(alias, name, n))
			return types[i].type;
	}
	return 0;
}

LIBNS_PUBLIC int libns_types_parse(const char *list, uint64_t *ret_types, struct libns_error *err)
{
	uint64_t set = 0;

	if (!list || !ret_types)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no list of namespace types");
	for (const char *word = list;; word++) {
		size_t n = strcspn(word, ",");
		uint64_t type = find(word, n);

		if (!type)
			return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
					 "unknown namespace type in '%s'", list);
		set |= type;
		word += n;
		if (!*word)
			break;
	}
	*ret_types = set;
	return 0;
}

LIBNS_PUBLIC const char *libns_types_format(uint64_t set, char *buf, size_t size)
{
	size_t n = 0;

	if (!size)
		return buf;
	buf[0] = '\0';
	for (size_t i = 0; i < LIBNS_N_TYPES; i++) {
		if (!(set & types[i].type) || n >= size)
			continue;
		error_format(buf + n, size - n, "%s%s", n ? "," : "", types[i].name);
		n += strlen(buf + n);
	}
	return buf;
}
