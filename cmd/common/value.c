/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values of options that several tools take, see cli.h: numbers, accounts, capabilities, signals. */

#include <ctype.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include <libns/libns.h>

#include "common/cli.h"

static bool digits(const char *text, uint64_t max, uint64_t *ret, const char **reason)
{
	uint64_t value = 0;

	*reason = "not a decimal number";
	if (!*text)
		return false;
	for (const char *c = text; *c; c++)
		if (*c < '0' || *c > '9')
			return false;
	*reason = "out of range";
	for (const char *c = text; *c; c++) {
		uint64_t digit = (uint64_t)(*c - '0');

		if (value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret = value;
	return true;
}

static bool number(const struct cli *cli, const char *what, const char *text, uint64_t min,
		   uint64_t max, uint64_t *ret)
{
	const char *reason;

	if (digits(text, max, ret, &reason) && *ret >= min)
		return true;
	cli_error(cli, "%s: '%s' is %s", what, text, reason);
	return false;
}

bool cli_u32(const struct cli *cli, const char *what, const char *text, uint32_t *ret)
{
	uint64_t value;

	if (!number(cli, what, text, 0, UINT32_MAX, &value))
		return false;
	*ret = (uint32_t)value;
	return true;
}

bool cli_i64(const struct cli *cli, const char *what, const char *text, int64_t *ret)
{
	bool negative = *text == '-';
	uint64_t value;
	const char *reason;

	if (!digits(text + negative, INT64_MAX, &value, &reason)) {
		cli_error(cli, "%s: '%s' is %s", what, text, reason);
		return false;
	}
	*ret = negative ? -(int64_t)value : (int64_t)value;
	return true;
}

static bool small_number(const struct cli *cli, const char *what, const char *text, uint64_t min,
			 int *ret)
{
	uint64_t value;

	if (!number(cli, what, text, min, INT32_MAX, &value))
		return false;
	*ret = (int)value;
	return true;
}

bool cli_pid(const struct cli *cli, const char *what, const char *text, pid_t *ret)
{
	return small_number(cli, what, text, 1, ret);
}

bool cli_fd(const struct cli *cli, const char *what, const char *text, int *ret)
{
	return small_number(cli, what, text, 0, ret);
}

/* Parses a number, or looks up the name of an account. */
static bool account_id(const struct cli *cli, const char *what, enum libns_account_kind kind,
		       const char *text, uint32_t *ret)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_account account = LIBNS_ACCOUNT_INIT;
	uint64_t value;

	if (isdigit((unsigned char)*text)) {
		if (!number(cli, what, text, 0, UINT32_MAX - 1, &value))
			return false;
		*ret = (uint32_t)value;
		return true;
	}
	if (libns_account_find(kind, text, &account, &err) == 0)
		*ret = account.id;
	else
		cli_error(cli, "%s: %s", what, libns_error_text(&err));
	return err.code == 0;
}

bool cli_uid(const struct cli *cli, const char *what, const char *text, uid_t *ret)
{
	return account_id(cli, what, LIBNS_ACCOUNT_USER, text, ret);
}

bool cli_gid(const struct cli *cli, const char *what, const char *text, gid_t *ret)
{
	return account_id(cli, what, LIBNS_ACCOUNT_GROUP, text, ret);
}

bool cli_caps(const struct cli *cli, const char *what, const char *text, uint64_t *ret)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (libns_caps_parse(text, ret, &err) == 0)
		return true;
	cli_error(cli, "%s: %s", what, libns_error_text(&err));
	return false;
}

static int real_time_signal(const char *name)
{
	bool from_max = !strncasecmp(name, "RTMAX", 5);
	uint64_t offset = 0;
	const char *reason;

	if (!from_max && strncasecmp(name, "RTMIN", 5) != 0)
		return -1;
	name += 5;
	if (*name) {
		if (*name++ != (from_max ? '-' : '+'))
			return -1;
		if (!digits(name, (uint64_t)(SIGRTMAX - SIGRTMIN), &offset, &reason))
			return -1;
	}
	return from_max ? SIGRTMAX - (int)offset : SIGRTMIN + (int)offset;
}

static int signal_by_name(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} names[] = {
		{ "HUP", SIGHUP },     { "INT", SIGINT },   { "QUIT", SIGQUIT },
		{ "ILL", SIGILL },     { "TRAP", SIGTRAP }, { "ABRT", SIGABRT },
		{ "IOT", SIGIOT },     { "BUS", SIGBUS },   { "FPE", SIGFPE },
		{ "KILL", SIGKILL },   { "USR1", SIGUSR1 }, { "SEGV", SIGSEGV },
		{ "USR2", SIGUSR2 },   { "PIPE", SIGPIPE }, { "ALRM", SIGALRM },
		{ "TERM", SIGTERM },   { "CHLD", SIGCHLD }, { "CLD", SIGCHLD },
		{ "CONT", SIGCONT },   { "STOP", SIGSTOP }, { "TSTP", SIGTSTP },
		{ "TTIN", SIGTTIN },   { "TTOU", SIGTTOU }, { "URG", SIGURG },
		{ "XCPU", SIGXCPU },   { "XFSZ", SIGXFSZ }, { "VTALRM", SIGVTALRM },
		{ "PROF", SIGPROF },   { "IO", SIGIO },     { "POLL", SIGIO },
		{ "WINCH", SIGWINCH }, { "PWR", SIGPWR },   { "SYS", SIGSYS },
	};

	if (!strncasecmp(name, "SIG", 3))
		name += 3;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcasecmp(names[i].name, name))
			return names[i].number;
	return real_time_signal(name);
}

bool cli_signal(const struct cli *cli, const char *what, const char *text, int *ret)
{
	int sig = signal_by_name(text);

	if (sig > 0)
		*ret = sig;
	else
		cli_error(cli, "%s: unknown signal '%s'", what, text);
	return sig > 0;
}
