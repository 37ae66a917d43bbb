/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The program inside: its files, and its user. The user is looked up among the accounts of the host
 * before anything is entered. Who changes his own numbers has the rights for that from his caller;
 * xnetns never has more than he has.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "xnetns/inside.h"

static void warn(const struct libns_error *warning, void *data)
{
	const struct inside *in = data;

	cli_error(in->x->cli, "%s", libns_error_text(warning));
}

void inside_init(struct inside *in, const struct xnetns *x)
{
	static const struct libns_netns_enter_options options = LIBNS_NETNS_ENTER_OPTIONS_INIT;
	static const struct libns_account account = LIBNS_ACCOUNT_INIT;

	*in = (struct inside){ .x = x, .all = x->all, .enter = options, .account = account };
	in->enter.warn = warn;
	in->enter.warn_data = in;
}

void inside_done(struct inside *in)
{
	in->confine = libns_confine_free(in->confine);
}

static int take_etc(struct inside *in, const char *word)
{
	if (!strcmp(word, "bind")) {
		in->enter.etc = LIBNS_NETNS_ETC_BIND;
	} else if (!strcmp(word, "overlay")) {
		in->enter.etc = LIBNS_NETNS_ETC_OVERLAY;
	} else {
		cli_usage(in->x->cli, "--etc: bind or overlay, not '%s'", word);
		return -1;
	}
	return 0;
}

int inside_take(struct inside *in, int id, const char *arg)
{
	switch (id) {
	case 'u':
		in->user = arg;
		return 0;
	case INSIDE_ETC:
		return take_etc(in, arg);
	case INSIDE_NO_SYSFS:
		in->enter.flags |= LIBNS_NETNS_ENTER_NO_SYSFS;
		return 0;
	case INSIDE_KEEP_CAPS:
		in->keep_caps = true;
		return 0;
	default:
		return -1;
	}
}

static bool is_terminal_in_reach(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || isatty(0) || isatty(1) || isatty(2);
}

/* All groups of the account, which only somebody with the right to change them can set. */
static int find_groups(struct inside *in)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	gid_t *groups = NULL;
	size_t n = 0;
	int r = libns_account_list_groups(LIBNS_ACCOUNT_OWN, &in->account, 0, &groups, &n, &err);

	if (r == 0)
		r = libns_confine_new(NULL, LIBNS_USER_KEPT, &in->confine, &err);
	if (r == 0)
		r = libns_confine_set_groups(in->confine, groups, n, &err);
	if (r == 0)
		libns_confine_own_keyring(in->confine);
	/* Another user could type commands for the shell that xnetns was called from. */
	if (r == 0 && in->account.id != geteuid() && is_terminal_in_reach())
		libns_confine_guard_terminal(in->confine);
	free(groups);
	return r < 0 ? cli_fail(in->x->cli, &err) : 0;
}

/* Whether the caller is that user already, and could not become another one. */
static bool is_self(const struct inside *in)
{
	return in->account.id == geteuid() && geteuid() != 0;
}

/* The capabilities that this process has, which the kernel tells in a file only. */
static bool read_caps(uint64_t *ret)
{
	char *text = file_read_at(AT_FDCWD, "/proc/thread-self/status", NULL);
	const char *line = text ? strstr(text, "\nCapEff:") : NULL;

	if (line)
		*ret = strtoull(line + 8, NULL, 16);
	free(text);
	return line;
}

bool inside_has_rights(void)
{
	uint64_t caps;

	return read_caps(&caps) ? caps >> CAP_SYS_ADMIN & 1 : geteuid() == 0;
}

static int keep_caps(struct inside *in)
{
	uint64_t caps;

	if (!read_caps(&caps))
		return cli_error(in->x->cli, "--keep-caps: cannot read the capabilities: %s",
				 strerror(errno));
	libns_confine_add_ambient_caps(in->confine, caps);
	return 0;
}

int inside_find_user(struct inside *in)
{
	int code;

	struct libns_error err = LIBNS_ERROR_INIT;

	if (!in->user && in->keep_caps)
		return cli_usage(in->x->cli, "--keep-caps is about the user of --user");
	if (!in->user)
		return 0;
	if (libns_account_find(LIBNS_ACCOUNT_USER, in->user, &in->account, &err) < 0)
		return cli_error(in->x->cli, "--user: %s", libns_error_text(&err));
	if (in->account.group == UINT32_MAX)
		return cli_error(in->x->cli, "--user: user '%s' has no group", in->account.name);
	code = is_self(in) ? 0 : find_groups(in);
	return code || !in->keep_caps || !in->confine ? code : keep_caps(in);
}

int inside_enter(struct inside *in)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (libns_netns_enter_with(&in->enter, &err) < 0)
		return xnetns_fail(in->x, &err, XNETNS_USAGE);
	return 0;
}

/* What login(1) would set. PATH is the caller's, who chooses the program. */
static int set_environment(const struct inside *in)
{
	const struct libns_account *a = &in->account;

	if (setenv("HOME", *a->home ? a->home : "/", 1) < 0 || setenv("USER", a->name, 1) < 0 ||
	    setenv("LOGNAME", a->name, 1) < 0 ||
	    setenv("SHELL", *a->shell ? a->shell : "/bin/sh", 1) < 0)
		return cli_error(in->x->cli, "cannot set the environment of '%s': %s", a->name,
				 strerror(errno));
	return 0;
}

int inside_become_user(struct inside *in)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;

	if (!in->user)
		return 0;
	if (in->confine) {
		plan.flags = LIBNS_PLAN_UID | LIBNS_PLAN_GID;
		plan.uid = in->account.id;
		plan.gid = in->account.group;
		plan.confine = in->confine;
		if (libns_apply(&plan, &err) < 0)
			return cli_fail(in->x->cli, &err);
	}
	return set_environment(in);
}
