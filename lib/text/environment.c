/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Environments as text. What is added may come from a hostile process: millions
 * of items of one byte, or of the same name. Pure: no system calls.
 */

#include <ctype.h>
#include <string.h>

#include <libns/environment.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sized.h"

#define LOGIN_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct libns_environment {
	char **items; /* each from malloc(3); ended by NULL */
	size_t n, room;
};

/* A name ending with an underscore stands for all that begin with it. */
static const char *const dangerous[] = {
	"LD_",           "GLIBC_TUNABLES", "GCONV_PATH",     "GETCONF_DIR",   "HOSTALIASES",
	"LOCALDOMAIN",   "LOCPATH",        "MALLOC_",        "NIS_PATH",      "NLSPATH",
	"RESOLV_",       "RES_OPTIONS",    "BASH_ENV",       "ENV",           "IFS",
	"CDPATH",        "GLOBIGNORE",     "SHELLOPTS",      "BASHOPTS",      "PS4",
	"BASH_FUNC_",    "PROMPT_COMMAND", "FPATH",          "ZDOTDIR",       "TERMINFO",
	"TERMINFO_DIRS", "TERMCAP",        "TERMPATH",       "LESSOPEN",      "LESSCLOSE",
	"PERL5LIB",      "PERL5OPT",       "PERL5DB",        "PERLLIB",       "PYTHONPATH",
	"PYTHONHOME",    "PYTHONSTARTUP",  "PYTHONUSERBASE", "PYTHONINSPECT", "PYTHON_",
	"RUBYLIB",       "RUBYOPT",        "NODE_OPTIONS",   "NODE_PATH",     "JAVA_TOOL_OPTIONS",
};

static const char *const harmless[] = { "TERM", "COLORTERM", "LANG", "LANGUAGE", "LC_", "TZ" };

static bool is_listed(const char *item, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len;

		/* Nearly always the first letter tells, which is a third of the time that xnsenter
		 * thinks. */
		if (*item != *names[i])
			continue;
		len = strlen(names[i]);
		if (strncmp(item, names[i], len))
			continue;
		if (names[i][len - 1] == '_' || item[len] == '=')
			return true;
	}
	return false;
}

/* Whether the value of a harmless item cannot be the name of a file. */
static bool is_tame(const char *item)
{
	const char *value = strchr(item, '=');
	bool zone = !strncmp(item, "TZ=", 3);

	if (!value++ || strlen(value) > 64 || strstr(value, "..") || *value == '/' || *value == ':')
		return false;
	for (; *value; value++)
		if (!isalnum((unsigned char)*value) && !strchr("_.,:@+-", *value) &&
		    !(zone && *value == '/'))
			return false;
	return true;
}

LIBNS_PUBLIC bool libns_environment_allows(enum libns_environment_kind kind, const char *item)
{
	if (kind == LIBNS_ENVIRONMENT_ANY)
		return true;
	if (kind == LIBNS_ENVIRONMENT_SAFE)
		return !is_listed(item, dangerous, ARRAY_SIZE(dangerous));
	return is_listed(item, harmless, ARRAY_SIZE(harmless)) &&
	       (kind == LIBNS_ENVIRONMENT_LOCALE || is_tame(item));
}

/* Takes over @item, or frees it. */
static int append(struct libns_environment *e, char *item)
{
	if (item && e->n + 1 >= e->room) {
		size_t room = e->room ? e->room * 2 : 64;
		char **items = realloc(e->items, room * sizeof(*items));

		if (!items) {
			free(item);
			return -ENOMEM;
		}
		e->items = items;
		e->room = room;
	}
	if (!item)
		return -ENOMEM;
	e->items[e->n++] = item;
	e->items[e->n] = NULL;
	return 0;
}

static int out_of_memory(struct libns_error *err)
{
	return error_set(err, LIBNS_STEP_EXEC, ENOMEM, "cannot make an environment");
}

LIBNS_PUBLIC int libns_environment_new(char *const *items, enum libns_environment_kind kind,
				       struct libns_environment **ret_environment,
				       struct libns_error *err)
{
	struct libns_environment *e = calloc(1, sizeof(*e));
	int r = e ? 0 : -ENOMEM;

	if (e) {
		e->room = 64;
		e->items = calloc(e->room, sizeof(*e->items));
		if (!e->items)
			r = -ENOMEM;
	}
	for (; r == 0 && items && *items; items++)
		if (libns_environment_allows(kind, *items))
			r = append(e, strdup(*items));
	if (r < 0) {
		libns_environment_free(e);
		return out_of_memory(err);
	}
	*ret_environment = e;
	return 0;
}

LIBNS_PUBLIC struct libns_environment *libns_environment_free(struct libns_environment *e)
{
	if (!e)
		return NULL;
	for (size_t i = 0; i < e->n; i++)
		free(e->items[i]);
	free(e->items);
	free(e);
	return NULL;
}

struct named {
	char *item;
	size_t at;
};

static int compare_names(const char *a, const char *b)
{
	size_t n = strcspn(a, "="), m = strcspn(b, "=");
	int r = memcmp(a, b, n < m ? n : m);

	return r ? r : (n > m) - (n < m);
}

static int compare_named(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int r = compare_names(x->item, y->item);

	return r ? r : (x->at > y->at) - (x->at < y->at);
}

/* Keeps only the last item of each name, where that is one from @first_new on. They are sorted
 * by name, so this is fast for any number of them. */
static int drop_replaced(struct libns_environment *e, size_t first_new)
{
	struct named *list = malloc((e->n + 1) * sizeof(*list));
	size_t kept = 0, last;

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < e->n; i++)
		list[i] = (struct named){ e->items[i], i };
	qsort(list, e->n, sizeof(*list), compare_named);
	for (size_t i = 0; i < e->n; i = last + 1) {
		for (last = i; last + 1 < e->n; last++)
			if (compare_names(list[i].item, list[last + 1].item))
				break;
		for (size_t k = i; k < last && list[last].at >= first_new; k++) {
			free(list[k].item);
			e->items[list[k].at] = NULL;
		}
	}
	free(list);
	for (size_t i = 0; i < e->n; i++)
		if (e->items[i])
			e->items[kept++] = e->items[i];
	e->n = kept;
	e->items[kept] = NULL;
	return 0;
}

LIBNS_PUBLIC int libns_environment_add(struct libns_environment *e, const char *bytes, size_t size,
				       enum libns_environment_kind kind, struct libns_error *err)
{
	size_t first_new = e->n, len;
	int r = 0;

	for (size_t at = 0; at < size && r == 0; at += len + 1) {
		char *item;

		len = strnlen(bytes + at, size - at);
		item = strndup(bytes + at, len);
		if (item &&
		    (*item == '=' || !strchr(item, '=') || !libns_environment_allows(kind, item)))
			free(item);
		else
			r = append(e, item);
	}
	if (r == 0)
		r = drop_replaced(e, first_new);
	return r < 0 ? out_of_memory(err) : 0;
}

LIBNS_PUBLIC int libns_environment_set(struct libns_environment *e, const char *name,
				       const char *value, struct libns_error *err)
{
	size_t len = strlen(name), value_len = strlen(value);
	char *item;
	int r;

	if (!len || strchr(name, '='))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "'%s' is not the name of a variable", name);
	item = malloc(len + value_len + 2);
	if (item) {
		memcpy(item, name, len);
		item[len] = '=';
		memcpy(item + len + 1, value, value_len + 1);
	}
	r = append(e, item);
	if (r == 0)
		r = drop_replaced(e, e->n - 1);
	return r < 0 ? out_of_memory(err) : 0;
}

LIBNS_PUBLIC int libns_environment_set_login(struct libns_environment *e,
					     const struct libns_account *account,
					     struct libns_error *err)
{
	const char *const names[] = { "PATH", "HOME", "USER", "LOGNAME", "SHELL" };
	const char *values[] = { LOGIN_PATH, "/", NULL, NULL, NULL };
	int r = account ? base_check_sized(account, sizeof(*account), "the account", err) : 0;

	if (r == 0 && account) {
		values[1] = *account->home ? account->home : "/";
		values[2] = values[3] = account->name;
		values[4] = *account->shell ? account->shell : "/bin/sh";
	}
	for (size_t i = 0; i < ARRAY_SIZE(names) && r == 0; i++)
		if (values[i])
			r = libns_environment_set(e, names[i], values[i], err);
	return r;
}

LIBNS_PUBLIC const char *libns_environment_get(const struct libns_environment *e, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < e->n; i++)
		if (!strncmp(e->items[i], name, len) && e->items[i][len] == '=')
			return e->items[i] + len + 1;
	return NULL;
}

LIBNS_PUBLIC char *const *libns_environment_get_items(const struct libns_environment *e)
{
	return e->items;
}
