/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * --join-net: the program runs in a network namespace that exists already, while all else is new.
 * It is joined before anything is created, with the rights of the caller. And --pasta, which gives a
 * new one a way out.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xunshare/options.h"

/* Of an inherited descriptor, which the program does not get. */
static int take_fd(struct request *q, const char *text, struct libns_error *err)
{
	uint64_t type;
	int fd, own;

	if (!cli_fd(&q->cli, "--join-net", text, &fd) || value_own_fd(q, "--join-net", fd) < 0)
		return CLI_BAD;
	own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (own < 0) {
		cli_error(&q->cli, "--join-net: descriptor %d: %s", fd, strerror(errno));
		return CLI_BAD;
	}
	if (libns_fd_query_type(own, &type, err) < 0) {
		cli_error(&q->cli, "--join-net: descriptor %d is not a namespace", fd);
		close(own);
		return CLI_BAD;
	}
	return own;
}

/* A descriptor by number, a file by its path, or a name of ip-netns(8). */
static int open_network(struct request *q, const char *text)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int fd;

	if (!strncmp(text, "fd:", 3))
		return take_fd(q, text + 3, &err);
	fd = strchr(text, '/') ? libns_fd_open(AT_FDCWD, text, &err)
			       : libns_netns_open(LIBNS_NETNS_RUN, text, &err);
	if (fd < 0)
		cli_fail(&q->cli, &err);
	return fd < 0 ? CLI_BAD : fd;
}

/* The user namespace that owns the network is joined as well, and the own ids read differently. */
static int find_own_ids(struct request *q)
{
	struct libns_entry_ids ids = LIBNS_ENTRY_IDS_INIT;
	struct libns_error err = LIBNS_ERROR_INIT;

	if (!(libns_entry_get_types(q->entry) & LIBNS_TYPE_USER))
		return 0;
	if (libns_entry_query_ids(q->entry, &ids, &err) < 0) {
		cli_fail(&q->cli, &err);
		return CLI_BAD;
	}
	if (!ids.has_own_uid || !ids.has_own_gid) {
		cli_error(&q->cli,
			  "--join-net: user %u and group %u have no ids in the user namespace that "
			  "'%s' belongs to",
			  geteuid(), getegid(), q->join_net);
		return CLI_BAD;
	}
	q->own_uid = ids.own_uid;
	q->own_gid = ids.own_gid;
	return 0;
}

static int add_word(struct request *q, char *word)
{
	char **args = realloc(q->pasta_args, (q->n_pasta_args + 2) * sizeof(*args));

	if (!args) {
		cli_error(&q->cli, "%s", strerror(errno));
		return CLI_BAD;
	}
	q->pasta_args = args;
	args[q->n_pasta_args++] = word;
	args[q->n_pasta_args] = NULL;
	return 0;
}

/* Splits the text in place. A backslash takes the meaning from a blank or a backslash that follows. */
static int add_words(struct request *q, char *text)
{
	char *to = text, *word = NULL;
	int r = 0;

	for (const char *from = text; r == 0; from++) {
		char c = *from;

		if (c == ' ' || c == '\0') {
			*to++ = '\0';
			if (word)
				r = add_word(q, word);
			word = NULL;
			if (c == '\0')
				break;
			continue;
		}
		if (!word)
			word = to;
		if (c == '\\' && (from[1] == ' ' || from[1] == '\\'))
			c = *++from;
		*to++ = c;
	}
	return r;
}

static int take_pasta(struct request *q, char *text)
{
	if (text && !text[strspn(text, " ")]) {
		cli_usage(&q->cli, "--pasta: the value is empty");
		return CLI_BAD;
	}
	q->plan.types |= LIBNS_TYPE_NET;
	q->fork = q->pasta = true;
	return text ? add_words(q, text) : 0;
}

static int finish_pasta(struct request *q)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	if (!q->pasta)
		return 0;
	q->plan.flags |= LIBNS_PLAN_HOLD;
	if (libns_pasta_find(q->pasta_path, sizeof(q->pasta_path), &err) == 0)
		return 0;
	cli_fail(&q->cli, &err);
	return CLI_BAD;
}

int network_take(struct request *q, int id, char *text)
{
	if (id == OPT_PASTA)
		return take_pasta(q, text);
	if (!*text) {
		cli_usage(&q->cli, "--join-net: the value is empty");
		return CLI_BAD;
	}
	q->join_net = text;
	return 0;
}

int network_finish(struct request *q)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	int fd, r;

	if (!q->join_net)
		return finish_pasta(q);
	if (q->plan.types & LIBNS_TYPE_NET) {
		cli_usage(&q->cli, "--join-net takes a network that is there, and --net, --lo and "
				   "--pasta are about a new one");
		return CLI_BAD;
	}
	fd = open_network(q, q->join_net);
	if (fd < 0)
		return CLI_BAD;
	r = libns_netns_entry_new(fd, q->join_net, &q->entry, &err);
	close(fd);
	if (r < 0) {
		cli_fail(&q->cli, &err);
		return CLI_BAD;
	}
	q->plan.entry = q->entry;
	return find_own_ids(q);
}
