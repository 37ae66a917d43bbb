/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Accounts: passwd(5) and group(5), and getent(1) for what nsswitch.conf(5) finds
 * elsewhere. The C library would do all of it in-process, by loading modules: they
 * may be gone or of another version once a root or mount namespace was changed,
 * and a statically linked program cannot load them at all.
 */

#include <string.h>

#include <libns/account.h>

#include "base.h"
#include "err.h"
#include "helper.h"
#include "sys.h"

static const struct {
	const char *noun, *file, *database;
	size_t group; /* which field */
	size_t shell; /* which field, or 0 */
} kinds[] = {
	[LIBNS_ACCOUNT_USER] = { "user", "/etc/passwd", "passwd", 3, 6 },
	[LIBNS_ACCOUNT_GROUP] = { "group", "/etc/group", "group", 2, 0 },
};

#define MAX_FIELDS 7

/* Takes @line apart. Return: how many fields it has, not more than MAX_FIELDS. */
static size_t split(char *line, char *fields[MAX_FIELDS])
{
	size_t n = 0;

	while (line && n < MAX_FIELDS)
		fields[n++] = strsep(&line, ":");
	return n;
}

static bool read_id(const char *text, uint32_t *ret)
{
	unsigned long long id;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	id = strtoull(text, &end, 10);
	if (errno || *end || id >= UINT32_MAX)
		return false;
	*ret = (uint32_t)id;
	return true;
}

/* Whether @line is the account of @key. */
static bool read_line(enum libns_account_kind kind, char *line, const char *key,
		      struct libns_account *ret)
{
	bool by_id = key[strspn(key, "0123456789")] == '\0';
	size_t n, shell = kinds[kind].shell, group = kinds[kind].group;
	char *fields[MAX_FIELDS];
	uint32_t id;

	n = split(line, fields);
	if (n < 3 || !*fields[0] || !read_id(fields[2], &id) ||
	    strlen(fields[0]) >= sizeof(ret->name))
		return false;
	errno = 0;
	if (by_id ? strtoull(key, NULL, 10) != id || errno : strcmp(fields[0], key) != 0)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->id = id;
	if (n <= group || !read_id(fields[group], &ret->group))
		ret->group = UINT32_MAX;
	strcpy(ret->name, fields[0]);
	if (shell && n > shell && strlen(fields[shell]) < sizeof(ret->shell))
		strcpy(ret->shell, fields[shell]);
	return true;
}

static bool read_text(enum libns_account_kind kind, char *text, const char *key,
		      struct libns_account *ret)
{
	while (text)
		if (read_line(kind, strsep(&text, "\n"), key, ret))
			return true;
	return false;
}

static bool ask_getent(enum libns_account_kind kind, const char *key, struct libns_account *ret)
{
	char path[PATH_MAX], own_name[] = "getent", database[16], text[256];
	char *argv[] = { own_name, database, text, NULL };
	struct helper_output output;

	error_format(database, sizeof(database), "%s", kinds[kind].database);
	error_format(text, sizeof(text), "%s", key);
	return helper_find(own_name, path, sizeof(path)) == 0 &&
	       helper_run(path, argv, &output, NULL) == 0 && output.status == 0 &&
	       read_text(kind, output.text, key, ret);
}

LIBNS_PUBLIC int libns_account_find(enum libns_account_kind kind, const char *key,
				    struct libns_account *ret, struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = 0;

	if ((size_t)kind >= ARRAY_SIZE(kinds) || !key || !ret)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no account, or of no kind");
	/* A name may not look like an option. */
	if (*key && *key != '-' && strlen(key) < sizeof(ret->name) && !strpbrk(key, ":\n")) {
		r = sys_read_alloc_at(AT_FDCWD, kinds[kind].file, &text, NULL);
		if (r == 0 && read_text(kind, text, key, ret))
			return 0;
		if (ask_getent(kind, key, ret))
			return 0;
	}
	/* A file that nobody could read may hold the account. */
	if (r < 0 && r != -ENOENT)
		return error_set(err, LIBNS_STEP_ARGUMENT, -r, "cannot look for %s '%s' in %s",
				 kinds[kind].noun, key, kinds[kind].file);
	return error_say(err, LIBNS_STEP_ARGUMENT, ENOENT, "there is no %s '%s'", kinds[kind].noun,
			 key);
}
