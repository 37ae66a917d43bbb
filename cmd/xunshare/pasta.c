/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * --pasta: a way out of the new network, without any right over that of the host. The child is held
 * until it is there. The option itself is read in xunshare/network.c.
 */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "xunshare/xunshare.h"

#define RESOLV_CONF "/etc/resolv.conf"

static struct libns_pasta_options options_of(const struct request *q)
{
	struct libns_pasta_options options = LIBNS_PASTA_OPTIONS_INIT;

	options.path = q->pasta_path;
	options.args = q->pasta_args;
	return options;
}

const char *pasta_format(const struct request *q, char *buf, size_t size)
{
	const struct libns_pasta_options options = options_of(q);

	return libns_pasta_format(&options, buf, size);
}

/* Whether there is a name server, and none but on the loopback interface. */
static bool is_loopback_only(char *text)
{
	bool found = false;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		if (strncmp(line, "nameserver", 10) != 0)
			continue;
		line += 10 + strspn(line + 10, " \t");
		if (strncmp(line, "127.", 4) != 0 && strcmp(line, "::1") != 0)
			return false;
		found = true;
	}
	return found;
}

static void note_resolver(const struct request *q)
{
	char *text = q->root ? NULL : file_read_at(AT_FDCWD, RESOLV_CONF, NULL);

	for (size_t i = 0; i < q->n_pasta_args; i++)
		if (!strncmp(q->pasta_args[i], "--dns", 5))
			goto end;
	if (text && is_loopback_only(text))
		cli_note(&q->cli,
			 "the name servers of " RESOLV_CONF " are on the loopback interface of the "
			 "host, which the program does not reach: see --pasta in xunshare(1)");
end:
	free(text);
}

int pasta_begin(const struct request *q, const struct libns_child *child, struct libns_pasta **ret)
{
	struct libns_pasta_options options = options_of(q);
	struct libns_error err = LIBNS_ERROR_INIT;
	int r;

	if (!q->pasta)
		return 0;
	options.until_fd = libns_child_get_pidfd(child);
	options.flags = options.until_fd < 0 ? 0 : LIBNS_PASTA_UNTIL;
	options.net_fd = r = libns_child_open_ns(child, LIBNS_TYPE_NET, &err);
	if (r >= 0) {
		r = libns_pasta_start(&options, ret, &err);
		close(options.net_fd);
	}
	if (r < 0) {
		report_error(q, &err);
		return cli_fail(&q->cli, &err);
	}
	note_resolver(q);
	return 0;
}
