/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * pasta(1), the program that gives a network namespace a way out.
 *
 * Theory of operation
 *
 * pasta stays in the foreground, below a keeper (kernel/helper.c) that kills it when the caller
 * ends, and with which it ends where that can be had. Left to itself it would outlive us: it goes into
 * the background, holds the namespace, and loses PR_SET_PDEATHSIG when it enters the user namespace.
 *
 * It is told the namespaces as its own descriptors 0 and 1. It enters the user namespace before it
 * opens the network namespace, and from in there neither our process nor, with a security module,
 * another one can be looked at. Descriptors above 2 it may close.
 *
 * It is ready when it writes its "pid file". That is its standard error, where its messages go as
 * well, so that one pipe tells all: a line that is nothing but a number is the pid.
 *
 * By default pasta forwards every port that is bound on either side, and shows the host's loopback
 * interface below the address of the gateway. All of that is turned off, unless an argument of the
 * user's is about it.
 */

#include "netns/pasta.h"

#include <signal.h>
#include <string.h>

#include <libns/nsfd.h>
#include <libns/pasta.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sized.h"
#include "base/sys.h"

#define FLAGS_KNOWN LIBNS_PASTA_UNTIL
#define PATIENCE_MS 30000

/* Our own arguments at most, beside those of the user. */
#define MAX_OWN 24

struct libns_pasta {
	struct helper helper;
	int pidfd; /* of pasta itself, where it does not end with its keeper; or -1 */
};

struct command {
	char *argv[MAX_OWN]; /* ours */
	size_t n;
	char ids[32];
};

LIBNS_PUBLIC int libns_pasta_find(char *buf, size_t size, struct libns_error *err)
{
	int r = helper_find("pasta", buf, size);

	if (r == -ENOENT)
		return error_say(err, LIBNS_STEP_NETNS, ENOENT,
				 "cannot find 'pasta', which comes with the package passt");
	return r < 0 ? error_set(err, LIBNS_STEP_NETNS, -r, "cannot execute 'pasta'") : 0;
}

static void add(struct command *c, const char *word)
{
	c->argv[c->n++] = (char *)(uintptr_t)word;
}

/* Whether an argument of the user's is this option, with or without a value. */
static bool has(const struct libns_pasta_options *options, char letter, const char *name)
{
	char *const *arg = options->args;
	size_t n = strlen(name);

	for (; arg && *arg; arg++) {
		if (letter && (*arg)[0] == '-' && (*arg)[1] == letter)
			return true;
		if (!strncmp(*arg, name, n) && ((*arg)[n] == '\0' || (*arg)[n] == '='))
			return true;
	}
	return false;
}

/* What the user does not say himself about who reaches whom. */
static void add_limits(struct command *c, const struct libns_pasta_options *options)
{
	static const struct {
		char letter;
		const char *name, *option;
	} ports[] = {
		{ 't', "--tcp-ports", "-t" },
		{ 'u', "--udp-ports", "-u" },
		{ 'T', "--tcp-ns", "-T" },
		{ 'U', "--udp-ns", "-U" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
		if (has(options, ports[i].letter, ports[i].name))
			continue;
		add(c, ports[i].option);
		add(c, "none");
	}
	if (!has(options, 0, "--no-map-gw") && !has(options, 0, "--map-host-loopback"))
		add(c, "--no-map-gw");
}

static void compose(struct command *c, const struct libns_pasta_options *options, bool user)
{
	*c = (struct command){ .n = 0 };
	add(c, "pasta");
	add(c, "--config-net");
	add(c, "--foreground");
	add(c, "--quiet");
	add(c, "--no-netns-quit");
	add(c, "--netns=/proc/self/fd/0");
	if (user)
		add(c, "--userns=/proc/self/fd/1");
	add(c, "--pid=/proc/self/fd/2");
	/* It would become nobody, who may not enter. */
	if (geteuid() == 0 && !has(options, 0, "--runas")) {
		error_format(c->ids, sizeof(c->ids), "--runas=%u:%u", geteuid(), getegid());
		add(c, c->ids);
	}
	add_limits(c, options);
}

LIBNS_PUBLIC const char *libns_pasta_format(const struct libns_pasta_options *options, char *buf,
					    size_t size)
{
	struct command c;
	size_t n;

	compose(&c, options, true);
	error_format(buf, size, "%s", options->path ? options->path : "pasta");
	for (size_t i = 1; i < c.n; i++) {
		n = strlen(buf);
		error_format(buf + n, size - n, " %s", c.argv[i]);
	}
	for (char *const *arg = options->args; arg && *arg; arg++) {
		n = strlen(buf);
		error_format(buf + n, size - n, " %s", *arg);
	}
	return buf;
}

/* What pasta says before it is ready, or gives up. */
struct words {
	char line[240]; /* the last one that says something */
	char text[1024];
	size_t n;
	bool ready;
	pid_t pid;
};

static bool is_number(const char *line)
{
	size_t n = strspn(line, "0123456789");

	return n > 0 && line[n] == '\0';
}

/* Of its messages the last one is the reason; but after one about an argument comes the usage. */
static void take_line(struct words *words, const char *line)
{
	bool about_argument = !strncmp(words->line, "pasta", 5) && strchr(words->line, ':');

	if (is_number(line)) {
		words->ready = true;
		words->pid = atoi(line);
	} else if (*line && !about_argument && strncmp(line, "Failed to send", 14) != 0) {
		error_format(words->line, sizeof(words->line), "%s", line);
	}
}

static void take_lines(struct words *words)
{
	char *end;

	while ((end = strchr(words->text, '\n'))) {
		*end = '\0';
		take_line(words, words->text);
		words->n -= (size_t)(end + 1 - words->text);
		memmove(words->text, end + 1, words->n + 1);
	}
	/* Nobody has such long lines. */
	if (words->n + 1 == sizeof(words->text))
		words->text[words->n = 0] = '\0';
}

static int wait_until_ready(struct helper *helper, struct words *words, struct libns_error *err)
{
	int r = 1;

	while (!words->ready && r == 1) {
		r = helper_hear(helper, words->text + words->n, sizeof(words->text) - words->n,
				PATIENCE_MS);
		words->n += strlen(words->text + words->n);
		take_lines(words);
	}
	if (words->ready)
		return 0;
	if (r == -ETIMEDOUT)
		return error_set(err, LIBNS_STEP_NETNS, ETIMEDOUT, "pasta is not ready");
	if (r < 0)
		return error_set(err, LIBNS_STEP_NETNS, -r, "cannot run '%s'", helper->path);
	take_line(words, words->text);
	return error_say(err, LIBNS_STEP_NETNS, ECHILD, "pasta has given up%s%s",
			 *words->line ? ": " : "", words->line);
}

static int check(const struct libns_pasta_options *options, struct libns_error *err)
{
	uint64_t type;
	int r;

	if (options->flags & ~FLAGS_KNOWN)
		return error_unknown(err, "flag of pasta", options->flags & ~FLAGS_KNOWN);
	if (!options->path)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no path of pasta");
	r = libns_fd_query_type(options->net_fd, &type, err);
	if (r == 0 && type != LIBNS_TYPE_NET)
		r = error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
			      "pasta is for a network namespace, not for one of type %s",
			      libns_type_name(type) ? libns_type_name(type) : "unknown");
	return r;
}

/* The user namespace that has to be entered for the rights over the network. Return: descriptor;
 * -1 if it is the caller's own. */
static int open_user(int net_fd)
{
	_cleanup_close_ int own = sys_open_at(AT_FDCWD, "/proc/self/ns/user", O_RDONLY);
	_cleanup_close_ int owner = libns_fd_open_owner(net_fd, NULL);
	struct libns_id a, b;

	if (owner < 0 || (own >= 0 && libns_fd_query_id(own, &a, NULL) == 0 &&
			  libns_fd_query_id(owner, &b, NULL) == 0 && libns_id_equal(&a, &b)))
		return -1;
	return TAKE_FD(owner);
}

/* Return: the arguments of both, in memory of the caller's. */
static char **join(const struct command *c, char *const *args)
{
	size_t n = 0;
	char **argv;

	while (args && args[n])
		n++;
	argv = calloc(c->n + n + 1, sizeof(*argv));
	if (!argv)
		return NULL;
	memcpy(argv, c->argv, c->n * sizeof(*argv));
	if (n)
		memcpy(argv + c->n, args, n * sizeof(*argv));
	return argv;
}

static int start(struct libns_pasta *pasta, const struct libns_pasta_options *options,
		 struct helper_guard *guard, struct libns_error *err)
{
	_cleanup_close_ int user = open_user(options->net_fd);
	_cleanup_free_ char **argv = NULL;
	struct helper_service service = {
		.stdin_fd = options->net_fd,
		.stdout_fd = user < 0 ? options->net_fd : user,
		.until_fd = options->flags & LIBNS_PASTA_UNTIL ? options->until_fd : -1,
		.guard = guard,
	};
	struct words words = { .n = 0 };
	struct command c;
	int r;

	compose(&c, options, user >= 0);
	argv = join(&c, options->args);
	if (!argv)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot start pasta");
	r = helper_start_service(&pasta->helper, options->path, argv, &service, err);
	if (r < 0)
		return r;
	r = wait_until_ready(&pasta->helper, &words, err);
	if (r < 0)
		helper_stop(&pasta->helper);
	else if (!pasta->helper.is_sole)
		pasta->pidfd = sys_pidfd_open(words.pid, 0);
	return r;
}

int pasta_start(const struct libns_pasta_options *ask, struct helper_guard *guard,
		struct libns_pasta **ret_pasta, struct libns_error *err)
{
	struct libns_pasta_options options;
	struct libns_pasta *pasta;
	int r = base_copy_sized(&options, sizeof(options), ask, sizeof(ask->size),
				"the options of pasta", err);

	if (r == 0)
		r = check(&options, err);
	if (r < 0)
		return r;
	pasta = calloc(1, sizeof(*pasta));
	if (!pasta)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot start pasta");
	pasta->pidfd = -1;
	r = start(pasta, &options, guard, err);
	if (r < 0)
		free(pasta);
	else
		*ret_pasta = pasta;
	return r;
}

LIBNS_PUBLIC int libns_pasta_start(const struct libns_pasta_options *options,
				   struct libns_pasta **ret_pasta, struct libns_error *err)
{
	return pasta_start(options, NULL, ret_pasta, err);
}

LIBNS_PUBLIC int libns_pasta_let_go(struct libns_pasta *pasta, struct libns_error *err)
{
	int r;

	if (pasta->helper.until_fd < 0) {
		libns_pasta_free(pasta);
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "pasta without an end cannot be left behind");
	}
	r = helper_let_go(&pasta->helper);
	base_close(pasta->pidfd);
	free(pasta);
	return r < 0 ? error_set(err, LIBNS_STEP_NETNS, -r, "cannot leave pasta behind") : 0;
}

LIBNS_PUBLIC struct libns_pasta *libns_pasta_free(struct libns_pasta *pasta)
{
	if (!pasta)
		return NULL;
	helper_stop(&pasta->helper);
	if (pasta->pidfd >= 0)
		(void)sys_pidfd_send_signal(pasta->pidfd, SIGKILL);
	base_close(pasta->pidfd);
	free(pasta);
	return NULL;
}
