/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Accounts as text: the lines of passwd(5) and group(5). The same reader is used for the host's
 * files and for those of a container, which may be hostile, so only complete lines are believed.
 */

#include "text/account-text.h"

#include <string.h>

#include "base/base.h"

#define MAX_FIELDS 7

struct span {
	const char *bytes;
	size_t n;
};

static const struct {
	size_t group; /* number of the field with the group */
	size_t home;  /* number of the field with the home directory, or 0 */
	size_t shell; /* number of the field with the shell, or 0 */
} layouts[] = {
	[LIBNS_ACCOUNT_USER] = { 3, 5, 6 },
	[LIBNS_ACCOUNT_GROUP] = { 2, 0, 0 },
};

/* Takes what is before the next @separator from @rest. Return: false at the end. */
static bool cut(struct span *rest, char separator, struct span *ret)
{
	const char *end;

	if (!rest->bytes)
		return false;
	end = memchr(rest->bytes, separator, rest->n);
	ret->bytes = rest->bytes;
	ret->n = end ? (size_t)(end - rest->bytes) : rest->n;
	rest->n = end ? rest->n - ret->n - 1 : 0;
	rest->bytes = end ? end + 1 : NULL;
	return true;
}

static void skip_blanks(struct span *span)
{
	while (span->n && (*span->bytes == ' ' || *span->bytes == '\t')) {
		span->bytes++;
		span->n--;
	}
}

static bool is_word(const struct span *span, const char *word)
{
	return span->n == strlen(word) && !memcmp(span->bytes, word, span->n);
}

/* Parses an id. 4294967295 is not an id: to the kernel it means "unchanged". */
static bool read_id(const struct span *span, uint32_t *ret)
{
	uint64_t id = 0;

	for (size_t i = 0; i < span->n; i++) {
		if (span->bytes[i] < '0' || span->bytes[i] > '9')
			return false;
		id = id * 10 + (uint64_t)(span->bytes[i] - '0');
		if (id >= UINT32_MAX)
			return false;
	}
	*ret = (uint32_t)id;
	return span->n > 0;
}

/* Splits a line with a name and an id; lines of NIS and comments have none. Return: its number
 * of fields, or 0. */
static size_t split(struct span line, struct span fields[MAX_FIELDS], uint32_t *ret_id)
{
	size_t n = 0;

	skip_blanks(&line);
	if (!line.n || strchr("#+-", *line.bytes) || memchr(line.bytes, '\0', line.n))
		return 0;
	while (n < MAX_FIELDS && cut(&line, ':', &fields[n]))
		n++;
	return n >= 3 && fields[0].n && read_id(&fields[2], ret_id) ? n : 0;
}

bool account_is_key(const char *key)
{
	const struct libns_account *account;

	/* A name must not look like an option. */
	return *key && *key != '-' && strlen(key) < sizeof(account->name) && !strpbrk(key, ":\n");
}

/* Copies a field if there is one, and it fits. */
static void copy(const struct span *fields, size_t n, size_t i, char *ret, size_t size)
{
	if (i && n > i && fields[i].n < size)
		memcpy(ret, fields[i].bytes, fields[i].n);
}

static void fill(enum libns_account_kind kind, const struct span *fields, size_t n, uint32_t id,
		 struct libns_account *ret)
{
	size_t group = layouts[kind].group;

	memset(ret, 0, sizeof(*ret));
	ret->id = id;
	if (n <= group || !read_id(&fields[group], &ret->group))
		ret->group = UINT32_MAX;
	memcpy(ret->name, fields[0].bytes, fields[0].n);
	copy(fields, n, layouts[kind].home, ret->home, sizeof(ret->home));
	copy(fields, n, layouts[kind].shell, ret->shell, sizeof(ret->shell));
}

bool account_find_in_text(enum libns_account_kind kind, const char *text, size_t size,
			  const char *key, struct libns_account *ret)
{
	struct span rest = { text, size }, line, fields[MAX_FIELDS];
	bool by_id = key[strspn(key, "0123456789")] == '\0';
	struct span number = { key, strlen(key) };
	uint32_t id, wanted = 0;

	if (!account_is_key(key) || (by_id && !read_id(&number, &wanted)))
		return false;
	while (cut(&rest, '\n', &line)) {
		size_t n = split(line, fields, &id);

		if (!n || fields[0].n >= sizeof(ret->name) ||
		    (by_id ? id != wanted : !is_word(&fields[0], key)))
			continue;
		fill(kind, fields, n, id, ret);
		return true;
	}
	return false;
}

int account_add_group(struct account_groups *groups, uint32_t id)
{
	/* The list is full whenever the count is a power of two. */
	if (!(groups->n & (groups->n - 1))) {
		uint32_t *more =
			realloc(groups->ids, (groups->n ? groups->n * 2 : 1) * sizeof(*more));

		if (!more)
			return -ENOMEM;
		groups->ids = more;
	}
	groups->ids[groups->n++] = id;
	return 0;
}

static bool has_member(struct span members, const char *user)
{
	struct span member;

	while (cut(&members, ',', &member)) {
		skip_blanks(&member);
		if (is_word(&member, user))
			return true;
	}
	return false;
}

int account_add_groups(const char *text, size_t size, const char *user,
		       struct account_groups *groups)
{
	struct span rest = { text, size }, line, fields[MAX_FIELDS];
	uint32_t id;
	int r = 0;

	while (r == 0 && cut(&rest, '\n', &line))
		if (split(line, fields, &id) > 3 && has_member(fields[3], user))
			r = account_add_group(groups, id);
	return r;
}

int account_add_initgroups(const char *text, const char *user, struct account_groups *groups)
{
	struct span line = { text, strcspn(text, "\n") }, word;
	uint32_t id;
	int r = 0;

	if (!cut(&line, ' ', &word) || !is_word(&word, user))
		return 0;
	while (r == 0 && cut(&line, ' ', &word))
		if (read_id(&word, &id))
			r = account_add_group(groups, id);
	return r;
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int account_order_groups(struct account_groups *groups)
{
	size_t n = 0;

	if (groups->n)
		qsort(groups->ids, groups->n, sizeof(*groups->ids), compare_ids);
	for (size_t i = 0; i < groups->n; i++)
		if (!n || groups->ids[n - 1] != groups->ids[i])
			groups->ids[n++] = groups->ids[i];
	groups->n = n;
	return n > ACCOUNT_MAX_GROUPS ? -E2BIG : 0;
}
