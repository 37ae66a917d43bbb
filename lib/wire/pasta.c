/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A way out by pasta(1), which needs no right in the host's network, no address of its own there and
 * no rule. Ports of the host are sockets of pasta, so they end with it.
 *
 * The removal of a name is told at once by the file that the namespace is bound on: it loses its last
 * link. The mount covers that file, so it is looked at in a copy of the directory's mount without those
 * on top of it. The end of the mount is found out by name-end.c.
 */

#include "wire/pasta.h"

#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/vfs.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "netns/dir.h"
#include "netns/pasta.h"

/* The arguments, and the memory that they are in. */
struct arguments {
	char **words;
	size_t n;
	char (*texts)[LIBNS_IP_TEXT + 16];
	size_t n_texts;
};

static void arguments_done(struct arguments *a)
{
	free(a->words);
	free(a->texts);
}

static void add(struct arguments *a, const char *word)
{
	a->words[a->n++] = (char *)(uintptr_t)word;
}

/* "-t 127.0.0.1/8080:80" */
static void add_port(struct arguments *a, const struct libns_wire_port *port)
{
	char ip[LIBNS_IP_TEXT], *text = a->texts[a->n_texts++];
	const char *address =
		port->address.family ? libns_ip_format(&port->address, false, ip) : "";

	snprintf(text, sizeof(*a->texts), "%s%s%u:%u", address, *address ? "/" : "", port->host,
		 port->inside);
	add(a, port->udp ? "-u" : "-t");
	add(a, text);
}

static int make_arguments(const struct libns_wire_options *o, struct arguments *a,
			  struct libns_error *err)
{
	a->words = calloc(2 * o->n_ports + 8, sizeof(*a->words));
	a->texts = calloc(o->n_ports + 1, sizeof(*a->texts));
	if (!a->words || !a->texts)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot start pasta");
	for (size_t i = 0; i < o->n_ports; i++)
		add_port(a, &o->ports[i]);
	if (o->ip6 == LIBNS_WIRE_OFF)
		add(a, "--ipv4-only");
	if (o->ip4 == LIBNS_WIRE_OFF)
		add(a, "--ipv6-only");
	if (o->mtu) {
		snprintf(a->texts[a->n_texts], sizeof(*a->texts), "%u", o->mtu);
		add(a, "--mtu");
		add(a, a->texts[a->n_texts++]);
	}
	return 0;
}

static int check(const struct libns_wire_options *o, struct libns_error *err)
{
	if (o->ip4 == LIBNS_WIRE_GIVEN || o->ip6 == LIBNS_WIRE_GIVEN)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "pasta gives the namespace the addresses of the host, and no "
				 "others");
	if (o->ip4 == LIBNS_WIRE_OFF && o->ip6 == LIBNS_WIRE_OFF)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "pasta without IPv4 and IPv6 leads nowhere");
	return 0;
}

static int start(const struct libns_wire_options *options, int ns_fd, int until_fd,
		 struct helper_guard *guard, struct libns_pasta **ret_pasta,
		 struct libns_error *err)
{
	_cleanup_(arguments_done) struct arguments arguments = { .n = 0 };
	struct libns_pasta_options pasta = LIBNS_PASTA_OPTIONS_INIT;
	char path[PATH_MAX];
	int r = check(options, err);

	if (r == 0)
		r = libns_pasta_find(path, sizeof(path), err);
	if (r == 0)
		r = make_arguments(options, &arguments, err);
	if (r < 0)
		return r;
	pasta.path = path;
	pasta.args = arguments.words;
	pasta.net_fd = ns_fd;
	pasta.until_fd = until_fd;
	pasta.flags = until_fd < 0 ? 0 : LIBNS_PASTA_UNTIL;
	return pasta_start(&pasta, guard, ret_pasta, err);
}

LIBNS_PUBLIC int libns_wire_pasta(const struct libns_wire_options *options, int ns_fd, int until_fd,
				  struct libns_pasta **ret_pasta, struct libns_error *err)
{
	return start(options, ns_fd, until_fd, NULL, ret_pasta, err);
}

int wire_pasta_command(const struct libns_wire_options *options, struct words *words,
		       struct libns_error *err)
{
	_cleanup_(arguments_done) struct arguments arguments = { .n = 0 };
	int r = make_arguments(options, &arguments, err);

	if (r < 0)
		return r;
	words_add(words, "pasta --config-net --runas 0 --no-map-gw -T none -U none");
	for (size_t i = 0; i < arguments.n; i++)
		words_add(words, " %s", arguments.words[i]);
	words_add(words, " --netns-only --netns /run/netns/");
	words_quote(words, options->name);
	return 0;
}

int wire_pasta_begin(const struct libns_wire_options *options, int ns_fd, struct wire_pasta *ret,
		     struct libns_error *err)
{
	int r, fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	r = fd < 0 ? -errno : sys_fd_above_stdio(fd);
	if (r < 0)
		return error_set(err, LIBNS_STEP_NETNS, -r,
				 "cannot wait for the end of a namespace");
	ret->watch_fd = r;
	name_end_init(&ret->end, options->run_fd, options->name);
	r = start(options, ns_fd, ret->watch_fd, &ret->end.guard, &ret->pasta, err);
	if (r < 0)
		wire_pasta_done(ret);
	return r;
}

/* The file below the mount. Return: descriptor, or -errno. */
static int open_below(int run_fd, const char *name)
{
	_cleanup_close_ int dir_fd = netns_open_dir(run_fd);
	_cleanup_close_ int tree_fd = -1;

	if (dir_fd < 0)
		return dir_fd;
	tree_fd = sys_open_tree(dir_fd, "", AT_EMPTY_PATH);
	return tree_fd < 0 ? tree_fd : sys_open_at(tree_fd, name, O_PATH | O_NOFOLLOW);
}

static int watch_name(int watch_fd, int run_fd, const char *name)
{
	_cleanup_close_ int fd = open_below(run_fd, name);
	struct statfs fs;
	char path[48];

	if (fd < 0)
		return fd;
	if (fstatfs(fd, &fs) < 0)
		return -errno;
	if (fs.f_type == SYS_NSFS_MAGIC)
		return -EBUSY;
	error_format(path, sizeof(path), "/proc/thread-self/fd/%d", fd);
	if (inotify_add_watch(watch_fd, path, IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF) < 0)
		return -errno;
	return 0;
}

int wire_pasta_keep(struct wire_pasta *pasta, int run_fd, const char *name, struct libns_error *err)
{
	int r = watch_name(pasta->watch_fd, run_fd, name);

	if (r < 0)
		return error_set(err, LIBNS_STEP_NETNS, -r,
				 "cannot wait for the end of network namespace '%s'", name);
	r = libns_pasta_let_go(pasta->pasta, err);
	pasta->pasta = NULL;
	return r;
}

void wire_pasta_done(struct wire_pasta *pasta)
{
	pasta->pasta = libns_pasta_free(pasta->pasta);
	pasta->watch_fd = base_close(pasta->watch_fd);
}
