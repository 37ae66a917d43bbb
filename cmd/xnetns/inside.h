/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_XNETNS_INSIDE_H
#define CMD_XNETNS_INSIDE_H

#include "xnetns/xnetns.h"

/* What exec and run have in common: as whom a program runs in a network namespace, and with which
 * files. */

struct inside {
	const struct xnetns *x;
	bool all; /* for every name */
	struct libns_netns_enter_options enter;
	const char *user; /* as on the command line; or NULL: the caller */
	bool keep_caps;
	struct libns_account account;
	struct libns_confine *confine; /* the groups of the account; or NULL: they stay */
};

enum {
	INSIDE_ETC = CLI_LONG_BASE + 64,
	INSIDE_NO_SYSFS,
	INSIDE_KEEP_CAPS,
};

/* clang-format off */
/* The options, which both tables have. */
#define INSIDE_OPTIONS                                                                             \
	{ 'u', "user", CLI_ARG, "USER", "run the program as this user", ":user" },                 \
	{ INSIDE_ETC, "etc", CLI_ARG, "HOW", "how its own files get to /etc: bind, overlay",       \
	  "bind overlay" },                                                                        \
	{ INSIDE_NO_SYSFS, "no-sysfs", CLI_NO_ARG, NULL, "leave /sys as it is", NULL },            \
	{ INSIDE_KEEP_CAPS, "keep-caps", CLI_NO_ARG, NULL,                                         \
	  "with --user: keep the capabilities", NULL }
/* clang-format on */

void inside_init(struct inside *in, const struct xnetns *x);
void inside_done(struct inside *in);

/* Takes an option of INSIDE_OPTIONS. Return: 0, or negative once the reason is printed. */
int inside_take(struct inside *in, int id, const char *arg);

/* Looks the user up, while nothing has been entered. Return: 0, or an exit code once the reason is
 * printed. */
int inside_find_user(struct inside *in);

/* Whether the caller may do what root may in the user namespace that he is in. */
bool inside_has_rights(void);

/* Enters the namespace that @in->enter describes. Return: 0, or an exit code once the reason is
 * printed. */
int inside_enter(struct inside *in);

/* Becomes the user, with his environment. Return: 0, or an exit code once the reason is printed. */
int inside_become_user(struct inside *in);

#endif
