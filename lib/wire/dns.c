/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Name servers. Those of the host are taken over, but for the ones that only the host reaches: where
 * systemd-resolved answers on 127.0.0.53, the ones that it asks itself.
 */

#include "wire/dns.h"

#include <string.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "netns/dir.h"
#include "text/resolv.h"
#include "wire/step.h"
#include "wire/store.h"
#include "wire/wg.h"
#include "wire/words.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define RESOLVED    "/run/systemd/resolve/resolv.conf"

/* The first line of a file that is ours. */
#define MARK "# Made by xnetns up, and removed by xnetns down.\n"

/* ------------------------------------------------------------------------ the text */

static int cannot_read(const char *path, int r, struct libns_error *err)
{
	if (r == -EINVAL)
		return error_say(err, LIBNS_STEP_OPEN, EINVAL,
				 "cannot read the name servers in '%s': it is not a regular file",
				 path);
	return error_set(err, LIBNS_STEP_OPEN, -r, "cannot read the name servers in '%s'", path);
}

/* Takes over what others reach. Return: 0; *@ret_text is NULL if there is none. */
static int read_host_file(const char *path, char **ret_text, struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	struct resolv_servers servers;
	size_t size;
	int r = sys_read_regular_at(AT_FDCWD, path, &text, &size);

	*ret_text = NULL;
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return cannot_read(path, r, err);
	resolv_count(text, size, &servers);
	if (servers.n == servers.local)
		return 0;
	*ret_text = malloc(size + 2);
	if (!*ret_text)
		return cannot_read(path, -ENOMEM, err);
	(void)resolv_filter(text, size, *ret_text);
	return 0;
}

static int host_text(const struct libns_wire_watch *watch, char **ret_text, struct libns_error *err)
{
	int r = read_host_file(RESOLV_CONF, ret_text, err);

	if (r == 0 && !*ret_text)
		r = read_host_file(RESOLVED, ret_text, err);
	if (r == 0 && !*ret_text)
		wire_note(watch, "the name servers of " RESOLV_CONF " are on the loopback "
				 "interface of the host, which is not reached from inside: names "
				 "will not be resolved unless others are given (--dns)");
	return r;
}

static int given_text(const struct libns_wire_options *options, char **ret_text,
		      struct libns_error *err)
{
	const size_t line = LIBNS_IP_TEXT + sizeof("nameserver \n");
	const size_t room = options->n_name_servers * line + 1;
	char *text = malloc(room), ip[LIBNS_IP_TEXT];

	if (!text)
		return error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot list the name servers");
	*text = '\0';
	for (size_t i = 0, n = 0; i < options->n_name_servers; i++, n += strlen(text + n))
		snprintf(text + n, room - n, "nameserver %s\n",
			 libns_ip_format(&options->name_servers[i], false, ip));
	*ret_text = text;
	return 0;
}

LIBNS_PUBLIC int libns_wire_resolv_conf(const struct libns_wire_options *options, char **ret_text,
					struct libns_error *err)
{
	/* What leads elsewhere does not lead to the host's name servers. */
	bool has_way = options->net == LIBNS_WIRE_NAT || options->net == LIBNS_WIRE_PASTA;
	char *text = NULL;
	int r = 0;

	if (options->dns == LIBNS_WIRE_DNS_GIVEN)
		r = given_text(options, &text, err);
	else if (options->dns == LIBNS_WIRE_DNS_HOST && options->net == LIBNS_WIRE_WG)
		r = wire_wg_resolv(options->with, options->watch, &text, err);
	else if (options->dns == LIBNS_WIRE_DNS_HOST && has_way)
		r = host_text(options->watch, &text, err);
	else if (options->dns == LIBNS_WIRE_DNS_NONE && !(text = strdup("# none\n")))
		r = error_set(err, LIBNS_STEP_NETNS, ENOMEM, "cannot list the name servers");
	if (r == 0)
		*ret_text = text;
	return r;
}

/* ------------------------------------------------------------------------ the file */

struct dns {
	const char *name;
	const char *text;  /* what the file is to say */
	const char *place; /* of the directories of all names */
	char dir[300];
	char path[320];
	char unfinished[64]; /* made under the lock, and renamed when it is whole */
	bool is_ours;        /* what is there */
};

static bool is_writable(const char *path)
{
	return faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0;
}

/* Who is root in a user namespace of his own may not write to /etc, and so it is where that is
 * read-only. What is there for the name wins, so it has to be there then. */
static bool is_elsewhere(const char *dir)
{
	if (faccessat(AT_FDCWD, dir, F_OK, AT_EACCESS) == 0)
		return false;
	if (faccessat(AT_FDCWD, NETNS_ETC, F_OK, AT_EACCESS) == 0)
		return !is_writable(NETNS_ETC);
	return !is_writable("/etc");
}

static int set_paths(struct dns *dns, const char *name, struct libns_error *err)
{
	int r = netns_check_name(name, err);

	if (r < 0)
		return r;
	dns->name = name;
	dns->place = NETNS_ETC;
	snprintf(dns->dir, sizeof(dns->dir), "%s/%s", dns->place, name);
	if (is_elsewhere(dns->dir)) {
		dns->place = NETNS_ETC_OWN;
		snprintf(dns->dir, sizeof(dns->dir), "%s/%s", dns->place, name);
	}
	snprintf(dns->path, sizeof(dns->path), "%s/resolv.conf", dns->dir);
	snprintf(dns->unfinished, sizeof(dns->unfinished), "%s/.xnetns", dns->place);
	return 0;
}

enum owner { NOBODY, OURS, THEIRS };

/* Whose file it is, and whether it says what it should. Return: enum owner, or -errno. */
static int look(const struct dns *dns, bool *ret_same, struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = sys_read_regular_at(AT_FDCWD, dns->path, &text, NULL);

	if (r == -ENOENT || r == -ENOTDIR)
		return NOBODY;
	if (r < 0 && r != -EINVAL)
		return cannot_read(dns->path, r, err);
	if (r < 0 || strncmp(text, MARK, strlen(MARK)) != 0)
		return THEIRS;
	*ret_same = dns->text && !strcmp(text + strlen(MARK), dns->text);
	return OURS;
}

static int make_dir(const char *path)
{
	if (mkdir(path, 0755) == 0)
		return chmod(path, 0755) < 0 ? -errno : 0;
	return errno == EEXIST ? 0 : -errno;
}

static int write_unfinished(const struct dns *dns)
{
	_cleanup_close_ int fd = -1;
	int r;

	if (unlink(dns->unfinished) < 0 && errno != ENOENT)
		return -errno;
	fd = open(dns->unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	r = wire_store_write_all(fd, MARK, strlen(MARK));
	if (r == 0)
		r = wire_store_write_all(fd, dns->text, strlen(dns->text));
	return r == 0 && fchmod(fd, 0644) < 0 ? -errno : r;
}

/* Directories with something else in them stay. */
static void remove_dirs(const struct dns *dns)
{
	if (rmdir(dns->dir) == 0 || errno == ENOENT)
		(void)rmdir(dns->place);
}

static int write_file(void *data, struct libns_error *err)
{
	struct dns *dns = data;
	int r = make_dir(dns->place);

	/* Whoever is killed leaves the unfinished file, by which down knows that the directory of the
	 * name is of no use. */
	if (r == 0)
		r = write_unfinished(dns);
	if (r == 0)
		r = make_dir(dns->dir);
	if (r == 0 && rename(dns->unfinished, dns->path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(dns->unfinished);
		remove_dirs(dns);
	}
	if (r == -EXDEV)
		return error_say(err, LIBNS_STEP_NETNS, EXDEV,
				 "cannot write '%s': '%s' leads to another file system, by a "
				 "symbolic link or a mount; it is to be a plain directory",
				 dns->path, dns->dir);
	return r < 0 ? error_set(err, LIBNS_STEP_NETNS, -r, "cannot write '%s'", dns->path) : 0;
}

/* "mkdir -p DIR && printf '%s\n' LINE... >FILE" */
static void command_of(const struct dns *dns, struct words *words)
{
	_cleanup_free_ char *text = strdup(dns->text);
	char *at = text, *line;

	words->failed = !text;
	words_add(words, "mkdir -p ");
	words_quote(words, dns->dir);
	words_add(words, " && printf '%%s\\n'");
	while ((line = strsep(&at, "\n"))) {
		if (!*line)
			continue;
		words_add(words, " ");
		words_quote(words, line);
	}
	words_add(words, " >");
	words_quote(words, dns->path);
}

static int step_write(struct dns *dns, uint64_t flags, const struct libns_wire_watch *watch,
		      struct libns_error *err)
{
	_cleanup_(words_done) struct words what = { NULL }, command = { NULL };
	struct wire_step step = { .kind = WIRE_CALL, .call = write_file, .data = dns };
	bool same = false;
	int owner = look(dns, &same, err), r;

	if (owner < 0)
		return owner;
	step.is = owner == THEIRS || same;
	words_add(&what,
		  owner == THEIRS ? "leave the name servers of '%s' as somebody has set them"
				  : "set the name servers of '%s'",
		  dns->name);
	command_of(dns, &command);
	r = wire_step_say(&step, &what, &command, err);
	return r < 0 ? r : wire_step_run(&step, flags, watch, err);
}

int wire_dns_write(const char *name, const struct libns_wire_options *options, uint64_t flags,
		   const struct libns_wire_watch *watch, struct libns_error *err)
{
	_cleanup_free_ char *text = NULL;
	struct dns dns;
	int r;

	if (options->dns == LIBNS_WIRE_DNS_NONE && options->net != LIBNS_WIRE_WG)
		return 0;
	r = libns_wire_resolv_conf(options, &text, err);
	if (r < 0 || !text)
		return r;
	r = set_paths(&dns, name, err);
	dns.text = text;
	return r < 0 ? r : step_write(&dns, flags, watch, err);
}

bool wire_dns_is_ours(const char *name)
{
	struct dns dns = { .text = NULL };
	bool same;

	return set_paths(&dns, name, NULL) == 0 && look(&dns, &same, NULL) == OURS;
}

static int remove_file(void *data, struct libns_error *err)
{
	struct dns *dns = data;

	if (dns->is_ours && unlink(dns->path) < 0 && errno != ENOENT)
		return error_set(err, LIBNS_STEP_NETNS, errno, "cannot remove '%s'", dns->path);
	if (unlink(dns->unfinished) < 0 && errno != ENOENT)
		return error_set(err, LIBNS_STEP_NETNS, errno, "cannot remove '%s'",
				 dns->unfinished);
	remove_dirs(dns);
	return 0;
}

/* A mark is left by who was killed: the file of the name may be somebody else's by now. */
static void say_removal(const struct dns *dns, bool has_mark, struct words *what,
			struct words *command)
{
	words_add(what,
		  dns->is_ours ? "remove the name servers of '%s'"
			       : "remove what is left of the name servers of '%s'",
		  dns->name);
	words_add(command, "rm -f");
	if (dns->is_ours) {
		words_add(command, " ");
		words_quote(command, dns->path);
	}
	if (has_mark) {
		words_add(command, " ");
		words_quote(command, dns->unfinished);
	}
}

int wire_dns_remove(const char *name, uint64_t flags, const struct libns_wire_watch *watch,
		    struct libns_error *err)
{
	_cleanup_(words_done) struct words what = { NULL }, command = { NULL };
	struct dns dns = { .text = NULL };
	struct wire_step step = { .kind = WIRE_CALL, .call = remove_file, .data = &dns };
	bool same, has_mark;
	int owner, r = set_paths(&dns, name, err);

	if (r < 0)
		return r;
	owner = look(&dns, &same, err);
	if (owner < 0)
		return owner;
	dns.is_ours = owner == OURS;
	has_mark = faccessat(AT_FDCWD, dns.unfinished, F_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW) == 0;
	if (!dns.is_ours && !has_mark)
		return 0;
	say_removal(&dns, has_mark, &what, &command);
	r = wire_step_say(&step, &what, &command, err);
	return r < 0 ? r : wire_step_run(&step, flags, watch, err);
}
