/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The rules of Landlock as words.
 *
 * The names of rights are those that setpriv(1) has. A name stands for what it says and nothing
 * else; an abbreviation is an error, because a rule that is weaker than its author believes looks
 * like one that works.
 *
 * Each right belongs to a version of Landlock (its ABI). A rule that names a right needs that
 * version. A word for several rights needs none: what an older kernel does not restrict, it need
 * not grant either.
 */

#include "text/landlock-rule.h"

#include <string.h>

#include "base/base.h"
#include "base/err.h"

#define FS    LIBNS_LANDLOCK_FS
#define NET   LIBNS_LANDLOCK_NET
#define SCOPE LIBNS_LANDLOCK_SCOPE

/* In the order of the kernel's numbers. */
static const struct right {
	unsigned int class;
	uint64_t right;
	const char *name;
	unsigned int abi;
	bool of_files;
} rights[] = {
	{ FS, LIBNS_LANDLOCK_EXECUTE, "execute", 1, true },
	{ FS, LIBNS_LANDLOCK_WRITE_FILE, "write-file", 1, true },
	{ FS, LIBNS_LANDLOCK_READ_FILE, "read-file", 1, true },
	{ FS, LIBNS_LANDLOCK_READ_DIR, "read-dir", 1, false },
	{ FS, LIBNS_LANDLOCK_REMOVE_DIR, "remove-dir", 1, false },
	{ FS, LIBNS_LANDLOCK_REMOVE_FILE, "remove-file", 1, false },
	{ FS, LIBNS_LANDLOCK_MAKE_CHAR, "make-char", 1, false },
	{ FS, LIBNS_LANDLOCK_MAKE_DIR, "make-dir", 1, false },
	{ FS, LIBNS_LANDLOCK_MAKE_REG, "make-reg", 1, false },
	{ FS, LIBNS_LANDLOCK_MAKE_SOCK, "make-sock", 1, false },
	{ FS, LIBNS_LANDLOCK_MAKE_FIFO, "make-fifo", 1, false },
	{ FS, LIBNS_LANDLOCK_MAKE_BLOCK, "make-block", 1, false },
	{ FS, LIBNS_LANDLOCK_MAKE_SYM, "make-sym", 1, false },
	{ FS, LIBNS_LANDLOCK_REFER, "refer", 2, false },
	{ FS, LIBNS_LANDLOCK_TRUNCATE, "truncate", 3, true },
	{ FS, LIBNS_LANDLOCK_IOCTL_DEV, "ioctl-dev", 5, true },
	{ FS, LIBNS_LANDLOCK_RESOLVE_UNIX, "resolve-unix", 9, true },
	{ NET, LIBNS_LANDLOCK_BIND_TCP, "bind-tcp", 4, true },
	{ NET, LIBNS_LANDLOCK_CONNECT_TCP, "connect-tcp", 4, true },
	{ NET, LIBNS_LANDLOCK_BIND_UDP, "bind-udp", 10, true },
	{ NET, LIBNS_LANDLOCK_CONNECT_SEND_UDP, "connect-send-udp", 10, true },
	{ SCOPE, LIBNS_LANDLOCK_ABSTRACT_UNIX_SOCKET, "abstract-unix-socket", 6, true },
	{ SCOPE, LIBNS_LANDLOCK_SIGNAL, "signal", 6, true },
};

#define READ (LIBNS_LANDLOCK_READ_FILE | LIBNS_LANDLOCK_READ_DIR)
#define CHANGE                                                                                     \
	(LIBNS_LANDLOCK_WRITE_FILE | LIBNS_LANDLOCK_REMOVE_DIR | LIBNS_LANDLOCK_REMOVE_FILE |      \
	 LIBNS_LANDLOCK_MAKE_DIR | LIBNS_LANDLOCK_MAKE_REG | LIBNS_LANDLOCK_MAKE_SOCK |            \
	 LIBNS_LANDLOCK_MAKE_FIFO | LIBNS_LANDLOCK_MAKE_SYM | LIBNS_LANDLOCK_REFER |               \
	 LIBNS_LANDLOCK_TRUNCATE)

static const struct {
	unsigned int class;
	const char *name;
	uint64_t rights;
} groups[] = {
	{ FS, "ro", READ },
	{ FS, "rx", READ | LIBNS_LANDLOCK_EXECUTE },
	{ FS, "rw", READ | CHANGE },
	{ FS, "rwx", READ | CHANGE | LIBNS_LANDLOCK_EXECUTE },
	{ FS, "all", (LIBNS_LANDLOCK_RESOLVE_UNIX << 1) - 1 },
	{ NET, "all", (LIBNS_LANDLOCK_CONNECT_SEND_UDP << 1) - 1 },
};

/* From which version on a class holds what a rule of it says. Before 3, files that may only be read
 * can be emptied. */
static const struct {
	const char *name, *form;
	unsigned int abi;
} classes[LANDLOCK_N_CLASSES] = {
	{ "fs", "fs:RIGHTS:PATH", 3 },
	{ "net", "net:RIGHTS:PORT", 4 },
	{ "scope", "scope:SCOPES", 6 },
};

static const struct {
	unsigned int class;
	uint64_t right; /* the one that closes it */
	struct libns_landlock_gap gap;
} gaps[] = {
	{ FS, LIBNS_LANDLOCK_READ_FILE, { 1, "files" } },
	{ FS, LIBNS_LANDLOCK_TRUNCATE, { 3, "truncation of files" } },
	{ NET, LIBNS_LANDLOCK_CONNECT_TCP, { 4, "TCP" } },
	{ FS, LIBNS_LANDLOCK_IOCTL_DEV, { 5, "ioctl on devices" } },
	{ SCOPE, LIBNS_LANDLOCK_SIGNAL, { 6, "signals" } },
	{ SCOPE, LIBNS_LANDLOCK_ABSTRACT_UNIX_SOCKET, { 6, "abstract sockets" } },
	{ FS, LIBNS_LANDLOCK_RESOLVE_UNIX, { 9, "sockets by path" } },
	{ NET, LIBNS_LANDLOCK_CONNECT_SEND_UDP, { 10, "UDP" } },
};

/* The Linux that brought each version. */
static const char *linux_of(unsigned int abi)
{
	static const char *const versions[LANDLOCK_NEWEST] = {
		"5.13", "5.19", "6.2", "6.7", "6.10", "6.12", "6.15", "7.0", "7.1", "7.2"
	};

	return abi && abi <= LANDLOCK_NEWEST ? versions[abi - 1] : "newer than this program";
}

static size_t index_of(unsigned int class)
{
	size_t i = (size_t)__builtin_ctz(class);

	assert(i < LANDLOCK_N_CLASSES);
	return i;
}

const char *landlock_class_name(unsigned int class)
{
	return classes[index_of(class)].name;
}

uint64_t landlock_rights(unsigned int class, unsigned int abi)
{
	uint64_t all = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rights); i++)
		if (rights[i].class == class && rights[i].abi <= abi)
			all |= rights[i].right;
	return all;
}

uint64_t landlock_file_rights(uint64_t of)
{
	uint64_t all = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rights); i++)
		if (rights[i].class == FS && rights[i].of_files)
			all |= of & rights[i].right;
	return all;
}

char *landlock_rights_format(unsigned int class, uint64_t of, char *buf, size_t size)
{
	size_t n = 0;

	*buf = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(rights); i++) {
		if (rights[i].class != class || !(of & rights[i].right))
			continue;
		error_format(buf + n, size - n, "%s%s", n ? "," : "", rights[i].name);
		n += strlen(buf + n);
	}
	return buf;
}

const struct libns_landlock_gap *landlock_gap_at(unsigned int of, uint64_t scopes, unsigned int abi,
						 size_t at)
{
	for (size_t i = 0; i < ARRAY_SIZE(gaps); i++) {
		if (!(gaps[i].class & of) || gaps[i].gap.abi <= abi ||
		    (gaps[i].class == SCOPE && !(gaps[i].right & scopes)))
			continue;
		/* Who may do everything with files is not told of parts of that. */
		if (gaps[i].class == FS && gaps[i].gap.abi > 1 && !abi)
			continue;
		if (at-- == 0)
			return &gaps[i].gap;
	}
	return NULL;
}

int landlock_rule_check(const struct landlock_rule *rule, unsigned int abi, struct libns_error *err)
{
	unsigned int needed = rule->abi, of_class;
	uint64_t missing;
	char names[256];

	if (abi < needed)
		return error_say(err, LIBNS_STEP_LANDLOCK, EOPNOTSUPP,
				 "Landlock ABI %u is asked for (Linux %s), and this kernel has %u",
				 needed, linux_of(needed), abi);
	if (!rule->class)
		return 0;
	of_class = classes[index_of(rule->class)].abi;
	if (abi < of_class)
		return error_say(err, LIBNS_STEP_LANDLOCK, EOPNOTSUPP,
				 "a rule of '%s' needs Landlock ABI %u (Linux %s), and this kernel "
				 "has %u",
				 landlock_class_name(rule->class), of_class, linux_of(of_class),
				 abi);
	missing = rule->named & ~landlock_rights(rule->class, abi);
	if (!missing)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(rights); i++)
		if (rights[i].class == rule->class && (rights[i].right & missing) &&
		    rights[i].abi > needed)
			needed = rights[i].abi;
	return error_say(err, LIBNS_STEP_LANDLOCK, EOPNOTSUPP,
			 "%s:%s needs Landlock ABI %u (Linux %s), and this kernel has %u",
			 landlock_class_name(rule->class),
			 landlock_rights_format(rule->class, missing, names, sizeof(names)), needed,
			 linux_of(needed), abi);
}

/* --------------------------------------------------------------- parsing */

/* Splits at colons, in place; a backslash takes the meaning from a colon or backslash behind it.
 * Return: the number of parts, which may be above @max. */
static size_t split(char *text, char **parts, size_t max)
{
	const char *from = text;
	char *to = text;
	size_t n = 1;

	parts[0] = text;
	for (; *from; from++) {
		if (*from == '\\' && (from[1] == ':' || from[1] == '\\')) {
			*to++ = *++from;
		} else if (*from == ':') {
			*to++ = '\0';
			if (n < max)
				parts[n] = to;
			n++;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return n;
}

static bool find_word(const char *word, struct landlock_rule *rule)
{
	for (size_t i = 0; i < ARRAY_SIZE(rights); i++)
		if (rights[i].class == rule->class && !strcmp(rights[i].name, word)) {
			rule->named |= rights[i].right;
			return true;
		}
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (groups[i].class == rule->class && !strcmp(groups[i].name, word)) {
			rule->implied |= groups[i].rights;
			return true;
		}
	return false;
}

static int parse_rights(char *list, struct landlock_rule *rule, struct libns_error *err)
{
	char *word;

	while ((word = strsep(&list, ",")))
		if (!find_word(word, rule))
			return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
					 "Landlock has no '%s' of '%s'", word,
					 landlock_class_name(rule->class));
	return 0;
}

/* A number of few digits. Return: it, or -1. */
static long parse_number(const char *text, long max)
{
	long n = 0;

	if (!*text)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		n = n * 10 + (*text - '0');
		if (n > max)
			return -1;
	}
	return n;
}

static int parse_port(const char *text, struct landlock_rule *rule, struct libns_error *err)
{
	const uint64_t remote = LIBNS_LANDLOCK_CONNECT_TCP | LIBNS_LANDLOCK_CONNECT_SEND_UDP;
	long port = parse_number(text, UINT16_MAX);

	if (port < 0)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "'%s' is no port: a number up to 65535", text);
	/* Who binds to it gets a port that is free. */
	if (port == 0 && (rule->named & remote))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "port 0 is none to connect to: it can be bound to only");
	rule->port = (uint16_t)port;
	return 0;
}

static int parse_abi(size_t n, char **parts, struct landlock_rule *rule, struct libns_error *err)
{
	long abi = n == 2 ? parse_number(parts[1], 999) : -1;

	if (abi < 1)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "the Landlock rule is not abi:NUMBER");
	rule->abi = (unsigned int)abi;
	return 0;
}

static int parse_granted(char **parts, struct landlock_rule *rule, struct libns_error *err)
{
	int r = parse_rights(parts[1], rule, err);

	if (r < 0)
		return r;
	rule->grants = true;
	if (rule->class == NET)
		return parse_port(parts[2], rule, err);
	rule->path = strdup(parts[2]);
	return rule->path ? 0
			  : error_set(err, LIBNS_STEP_ARGUMENT, ENOMEM,
				      "cannot take the Landlock rule");
}

static int parse_parts(size_t n, char **parts, struct landlock_rule *rule, struct libns_error *err)
{
	size_t i;

	for (i = 0; i < n && i < 3; i++)
		if (!*parts[i])
			return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
					 "part %zu of the Landlock rule is empty", i + 1);
	if (!strcmp(parts[0], "abi"))
		return parse_abi(n, parts, rule, err);
	for (i = 0; i < LANDLOCK_N_CLASSES && strcmp(parts[0], classes[i].name) != 0; i++)
		;
	if (i == LANDLOCK_N_CLASSES)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "'%s' is no kind of Landlock rule: fs, net, scope, abi", parts[0]);
	rule->class = 1U << i;
	if (rule->class == SCOPE && n == 2)
		return parse_rights(parts[1], rule, err);
	if (n == 1) {
		rule->implied = rule->class == SCOPE ? landlock_rights(SCOPE, LANDLOCK_NEWEST) : 0;
		return 0;
	}
	if (n != 3 || rule->class == SCOPE)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "the Landlock rule is not %s%s",
				 classes[i].form,
				 n > 3 ? ": a colon in a name is written '\\:'" : "");
	return parse_granted(parts, rule, err);
}

int landlock_rule_parse(const char *text, struct landlock_rule *ret, struct libns_error *err)
{
	_cleanup_free_ char *copy = strdup(text);
	struct landlock_rule rule = { .fd = -1 };
	char *parts[3];
	int r;

	if (!copy)
		return error_set(err, LIBNS_STEP_ARGUMENT, ENOMEM, "cannot take the Landlock rule");
	r = parse_parts(split(copy, parts, 3), parts, &rule, err);
	if (r < 0) {
		landlock_rule_clear(&rule);
		return r;
	}
	*ret = rule;
	return 0;
}

void landlock_rule_clear(struct landlock_rule *rule)
{
	free(rule->path);
	rule->path = NULL;
}
