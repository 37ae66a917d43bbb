/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libns/environment.h>

#include "tap.h"

static struct libns_environment *make(const char *const *items, enum libns_environment_kind kind)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_environment *e;

	if (libns_environment_new((char *const *)(uintptr_t)items, kind, &e, &err) < 0)
		TAP_FAIL("%s", err.text);
	return e;
}

/* All items, each followed by a blank. */
static const char *list(const struct libns_environment *e)
{
	static char text[1024];
	size_t n = 0;

	*text = '\0';
	for (char *const *item = libns_environment_get_items(e); *item; item++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s ", *item);
	return text;
}

#define ADD(e, bytes, kind)                                                                        \
	CHECK_INT(libns_environment_add(e, bytes, sizeof(bytes) - 1, kind, NULL), 0)

TEST(kinds_of_items)
{
	static const char *const items[] = { "A=1",
					     "LD_PRELOAD=x",
					     "IFS=,",
					     "LDX=1",
					     "LC_ALL=C",
					     "TZ=:/etc/zone",
					     "TERM=xterm+x",
					     "LANG=../x",
					     "BASH_FUNC_a%%=() { :;}",
					     "TERMINFO=/here",
					     "no-item",
					     NULL };
	static const char *const wanted[] = {
		[LIBNS_ENVIRONMENT_ANY] =
			("A=1 LD_PRELOAD=x IFS=, LDX=1 LC_ALL=C TZ=:/etc/zone TERM=xterm+x "
			 "LANG=../x BASH_FUNC_a%%=() { :;} TERMINFO=/here no-item "),
		[LIBNS_ENVIRONMENT_SAFE] =
			"A=1 LDX=1 LC_ALL=C TZ=:/etc/zone TERM=xterm+x LANG=../x no-item ",
		[LIBNS_ENVIRONMENT_LOCALE] = "LC_ALL=C TZ=:/etc/zone TERM=xterm+x LANG=../x ",
		[LIBNS_ENVIRONMENT_TAME] = "LC_ALL=C TERM=xterm+x ",
	};

	for (int kind = LIBNS_ENVIRONMENT_ANY; kind <= LIBNS_ENVIRONMENT_TAME; kind++) {
		struct libns_environment *e = make(items, (enum libns_environment_kind)kind);

		CHECK_STR(list(e), wanted[kind]);
		libns_environment_free(e);
	}
	CHECK(libns_environment_allows(LIBNS_ENVIRONMENT_TAME, "TZ=Europe/Vienna"));
	CHECK(!libns_environment_allows(LIBNS_ENVIRONMENT_TAME, "LANG=a/b"));
	CHECK(!libns_environment_allows(LIBNS_ENVIRONMENT_TAME, "TZ=/etc/zone"));
	CHECK(!libns_environment_allows(LIBNS_ENVIRONMENT_TAME, "LC_ALL"));
	CHECK(!libns_environment_allows(LIBNS_ENVIRONMENT_TAME, "TERM=a\nb"));
}

TEST(what_is_added_replaces_and_the_last_one_counts)
{
	static const char *const items[] = { "A=1", "B=1", "A=2", "AB=1", NULL };
	struct libns_environment *e = make(items, LIBNS_ENVIRONMENT_ANY);

	/* The caller's own are as they are. */
	CHECK_STR(list(e), "A=1 B=1 A=2 AB=1 ");
	ADD(e, "B=2\0C=1\0=x\0none\0\0B=3\0LD_X=1", LIBNS_ENVIRONMENT_SAFE);
	CHECK_STR(list(e), "A=1 A=2 AB=1 C=1 B=3 ");
	ADD(e, "A=\0", LIBNS_ENVIRONMENT_ANY);
	CHECK_STR(list(e), "AB=1 C=1 B=3 A= ");
	CHECK_STR(libns_environment_get(e, "A"), "");
	CHECK_STR(libns_environment_get(e, "B"), "3");
	CHECK(!libns_environment_get(e, "LD_X") && !libns_environment_get(e, ""));
	ADD(e, "", LIBNS_ENVIRONMENT_ANY);
	libns_environment_free(e);
}

TEST(one_variable)
{
	struct libns_environment *e = make(NULL, LIBNS_ENVIRONMENT_ANY);
	struct libns_error err = LIBNS_ERROR_INIT;

	CHECK_STR(list(e), "");
	CHECK_INT(libns_environment_set(e, "A", "\033[1m=x", &err), 0);
	CHECK_STR(libns_environment_get(e, "A"), "\033[1m=x");
	CHECK_INT(libns_environment_set(e, "A", "", &err), 0);
	CHECK_STR(list(e), "A= ");
	CHECK_INT(libns_environment_set(e, "", "x", &err), -EINVAL);
	CHECK_INT(libns_environment_set(e, "A=B", "x", &err), -EINVAL);
	CHECK_STR(err.text, "'A=B' is not the name of a variable");
	libns_environment_free(e);
	CHECK(!libns_environment_free(NULL));
}

/* With a search for each of them it would take hours. */
TEST(as_many_items_as_a_hostile_process_likes)
{
	struct libns_environment *e = make(NULL, LIBNS_ENVIRONMENT_ANY);
	size_t size = 2u << 20;
	char *bytes = malloc(size), name[8];

	CHECK(bytes);
	for (size_t i = 0; i < size; i += 8) {
		snprintf(name, sizeof(name), "%05zx=", i / 8 & 0xfffff);
		memcpy(bytes + i, name, 7);
		bytes[i + 7] = '\0';
	}
	CHECK_INT(libns_environment_add(e, bytes, size, LIBNS_ENVIRONMENT_ANY, NULL), 0);
	CHECK_INT(libns_environment_add(e, bytes, size, LIBNS_ENVIRONMENT_ANY, NULL), 0);
	CHECK_STR(libns_environment_get(e, "3ffff"), "");
	libns_environment_free(e);
	free(bytes);
}

TEST(as_after_a_login)
{
	struct libns_environment *e = make(NULL, LIBNS_ENVIRONMENT_ANY);
	struct libns_account account = LIBNS_ACCOUNT_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;

	CHECK_INT(libns_environment_set_login(e, NULL, &err), 0);
	CHECK_STR(list(e), "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "
			   "HOME=/ ");
	CHECK_INT(libns_environment_set(e, "PATH", "", &err), 0);
	strcpy(account.name, "web");
	CHECK_INT(libns_environment_set_login(e, &account, &err), 0);
	CHECK_STR(libns_environment_get(e, "HOME"), "/");
	CHECK_STR(libns_environment_get(e, "SHELL"), "/bin/sh");
	strcpy(account.home, "/srv");
	strcpy(account.shell, "/bin/web");
	CHECK_INT(libns_environment_set_login(e, &account, &err), 0);
	CHECK_STR(list(e), "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "
			   "HOME=/srv USER=web LOGNAME=web SHELL=/bin/web ");
	account.size = 0;
	CHECK_INT(libns_environment_set_login(e, &account, &err), -EINVAL);
	libns_environment_free(e);
}

TAP_MAIN
