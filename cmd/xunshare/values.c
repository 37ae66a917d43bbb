/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Values of options that have a small language of their own. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#include "xunshare/options.h"

int value_bad_word(const struct request *q, const char *option, const char *text, const char *words)
{
	if (strchr(words, ','))
		cli_usage(&q->cli, "--%s: '%s' is none of %s", option, text, words);
	else
		cli_usage(&q->cli, "--%s: %s or nothing, not '%s'", option, words, text);
	return CLI_BAD;
}

/* A duration such as "1.5s", "2m", "1h" or "1d"; a number alone means seconds. */
static int parse_time(const struct request *q, char *text, int64_t *ret_ms)
{
	static const struct {
		char unit;
		int seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { '\0', 1 } };
	size_t n = strspn(text, "0123456789.");
	char *end = NULL;
	double value = n && *text != '.' ? strtod(text, &end) : -1;

	for (size_t i = 0; value >= 0 && end == text + n && i < sizeof(units) / sizeof(units[0]);
	     i++) {
		if (*end != units[i].unit || (*end && end[1]))
			continue;
		value *= units[i].seconds;
		/* The limit is a hundred years: more than that must be a typing error. */
		if (value > 3155760000.0)
			break;
		*ret_ms = (int64_t)(value * 1000);
		return 0;
	}
	cli_error(&q->cli, "--timeout: '%s' is no time such as 10, 1.5s, 2m, 1h", text);
	return CLI_BAD;
}

int value_timeout(struct request *q, char *text)
{
	char *colon = strchr(text, ':');
	int r;

	q->fork = true;
	if (colon)
		*colon = '\0';
	r = parse_time(q, text, &q->timeout_ms);
	if (colon)
		*colon = ':';
	if (r == 0 && colon)
		r = parse_time(q, colon + 1, &q->kill_after_ms);
	return r;
}

static int parse_limit_value(const struct request *q, const char *text, uint64_t *ret)
{
	int64_t value;

	if (!strcmp(text, "unlimited")) {
		*ret = UINT64_MAX;
		return 0;
	}
	if (*text == '-' || !cli_i64(&q->cli, "--rlimit", text, &value)) {
		if (*text == '-')
			cli_error(&q->cli, "--rlimit: '%s' is out of range", text);
		return CLI_BAD;
	}
	*ret = (uint64_t)value;
	return 0;
}

static int limit_by_name(const char *name, size_t n)
{
	static const struct {
		const char *name;
		int resource;
	} names[] = {
		{ "as", RLIMIT_AS },
		{ "core", RLIMIT_CORE },
		{ "cpu", RLIMIT_CPU },
		{ "data", RLIMIT_DATA },
		{ "fsize", RLIMIT_FSIZE },
		{ "locks", RLIMIT_LOCKS },
		{ "memlock", RLIMIT_MEMLOCK },
		{ "msgqueue", RLIMIT_MSGQUEUE },
		{ "nice", RLIMIT_NICE },
		{ "nofile", RLIMIT_NOFILE },
		{ "nproc", RLIMIT_NPROC },
		{ "rss", RLIMIT_RSS },
		{ "rtprio", RLIMIT_RTPRIO },
		{ "rttime", RLIMIT_RTTIME },
		{ "sigpending", RLIMIT_SIGPENDING },
		{ "stack", RLIMIT_STACK },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == n && !strncasecmp(names[i].name, name, n))
			return names[i].resource;
	return -1;
}

void *value_one_more(const struct request *q, void *list, size_t n, size_t size)
{
	/* The list is full whenever @n is a power of two, and its size is doubled then. */
	if (n & (n - 1))
		return list;
	list = reallocarray(list, n ? 2 * n : 1, size);
	if (!list)
		cli_error(&q->cli, "%s", strerror(errno));
	return list;
}

int value_whitelist(struct request *q, char *text)
{
	q->clear_env = true;
	for (char *name = strtok(text, ","); name; name = strtok(NULL, ",")) {
		if (!MAKE_ROOM(q, q->keep_env, q->n_keep_env))
			return CLI_BAD;
		q->keep_env[q->n_keep_env++] = name;
	}
	return 0;
}

int value_setenv(struct request *q, const char *text)
{
	if (*text == '=' || !strchr(text, '=')) {
		cli_usage(&q->cli, "--setenv: '%s' is not NAME=VALUE", text);
		return CLI_BAD;
	}
	if (!MAKE_ROOM(q, q->set_env, q->n_set_env))
		return CLI_BAD;
	q->set_env[q->n_set_env++] = text;
	return 0;
}

int value_pass_fd(struct request *q, int fd)
{
	q->close_fds = true;
	if (!MAKE_ROOM(q, q->pass_fds, q->n_pass_fds))
		return CLI_BAD;
	q->pass_fds[q->n_pass_fds++] = fd;
	return 0;
}

int value_own_fd(struct request *q, const char *option, int fd)
{
	if (fcntl(fd, F_GETFD) < 0) {
		cli_error(&q->cli, "%s: descriptor %d: %s", option, fd, strerror(errno));
		return CLI_BAD;
	}
	if (!MAKE_ROOM(q, q->own_fds, q->n_own_fds))
		return CLI_BAD;
	q->own_fds[q->n_own_fds++] = fd;
	return 0;
}

int value_rlimit(struct request *q, char *text)
{
	char *equals = strchr(text, '='), *colon;
	struct libns_rlimit *limit;
	int r;

	if (!equals) {
		cli_usage(&q->cli, "--rlimit: '%s' is not NAME=SOFT or NAME=SOFT:HARD", text);
		return CLI_BAD;
	}
	if (!MAKE_ROOM(q, q->limits, q->plan.n_rlimits))
		return CLI_BAD;
	limit = &q->limits[q->plan.n_rlimits];
	limit->resource = limit_by_name(text, (size_t)(equals - text));
	if (limit->resource < 0) {
		cli_error(&q->cli, "--rlimit: there is no limit named as in '%s'", text);
		return CLI_BAD;
	}
	colon = strchr(equals, ':');
	if (colon)
		*colon = '\0';
	r = parse_limit_value(q, equals + 1, &limit->soft);
	limit->hard = limit->soft;
	if (colon)
		*colon = ':';
	if (r == 0 && colon)
		r = parse_limit_value(q, colon + 1, &limit->hard);
	q->plan.n_rlimits++;
	return r;
}
