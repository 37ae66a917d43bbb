/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Rules of Landlock as words, and what each version of it has. */

#include <string.h>

#include <libns/libns.h>

#include "tap.h"
#include "text/landlock-rule.h"

static struct landlock_rule parsed(const char *text)
{
	struct landlock_rule rule;

	CHECK_INT(landlock_rule_parse(text, &rule, NULL), 0);
	return rule;
}

static void check_bad(const char *text, const char *sentence)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct landlock_rule rule;

	CHECK_INT(landlock_rule_parse(text, &rule, &err), -EINVAL);
	CHECK_INT(err.step, LIBNS_STEP_ARGUMENT);
	CHECK_STR(err.text, sentence);
}

TEST(files)
{
	struct landlock_rule rule = parsed("fs:read-file,make-reg:/usr");

	CHECK_INT(rule.class, LIBNS_LANDLOCK_FS);
	CHECK(rule.grants);
	CHECK_INT(rule.named, LIBNS_LANDLOCK_READ_FILE | LIBNS_LANDLOCK_MAKE_REG);
	CHECK_INT(rule.implied, 0);
	CHECK_INT(rule.fd, -1);
	CHECK_STR(rule.path, "/usr");
	landlock_rule_clear(&rule);

	rule = parsed("fs:rw,execute:.");
	CHECK_INT(rule.named, LIBNS_LANDLOCK_EXECUTE);
	CHECK(rule.implied & LIBNS_LANDLOCK_TRUNCATE);
	CHECK(rule.implied & LIBNS_LANDLOCK_REFER);
	CHECK(!(rule.implied &
		(LIBNS_LANDLOCK_EXECUTE | LIBNS_LANDLOCK_MAKE_CHAR | LIBNS_LANDLOCK_MAKE_BLOCK |
		 LIBNS_LANDLOCK_IOCTL_DEV | LIBNS_LANDLOCK_RESOLVE_UNIX)));
	CHECK_STR(rule.path, ".");
	landlock_rule_clear(&rule);

	rule = parsed("fs:all:a\\:b\\\\c,d\\e");
	CHECK_INT(rule.implied, landlock_rights(LIBNS_LANDLOCK_FS, LANDLOCK_NEWEST));
	CHECK_STR(rule.path, "a:b\\c,d\\e");
	landlock_rule_clear(&rule);

	rule = parsed("fs");
	CHECK_INT(rule.class, LIBNS_LANDLOCK_FS);
	CHECK(!rule.grants);
	CHECK(!rule.path);
}

TEST(reading_is_no_writing)
{
	struct landlock_rule ro = parsed("fs:ro:/"), rx = parsed("fs:rx:/"),
			     rwx = parsed("fs:rwx:/"), rw = parsed("fs:rw:/");

	CHECK_INT(ro.implied, LIBNS_LANDLOCK_READ_FILE | LIBNS_LANDLOCK_READ_DIR);
	CHECK_INT(rx.implied, ro.implied | LIBNS_LANDLOCK_EXECUTE);
	CHECK_INT(rwx.implied, rw.implied | LIBNS_LANDLOCK_EXECUTE);
	landlock_rule_clear(&ro);
	landlock_rule_clear(&rx);
	landlock_rule_clear(&rwx);
	landlock_rule_clear(&rw);
}

TEST(ports)
{
	struct landlock_rule rule = parsed("net:connect-tcp,bind-udp:443");

	CHECK_INT(rule.class, LIBNS_LANDLOCK_NET);
	CHECK(rule.grants);
	CHECK_INT(rule.named, LIBNS_LANDLOCK_CONNECT_TCP | LIBNS_LANDLOCK_BIND_UDP);
	CHECK_INT(rule.port, 443);
	CHECK_INT(parsed("net:bind-tcp:0").port, 0);
	CHECK_INT(parsed("net:connect-send-udp:65535").port, 65535);
	CHECK_INT(parsed("net:all:53").implied, 15);
	CHECK(!parsed("net").grants);
}

TEST(scopes_and_versions)
{
	struct landlock_rule rule = parsed("scope:signal");

	CHECK_INT(rule.class, LIBNS_LANDLOCK_SCOPE);
	CHECK_INT(rule.named, LIBNS_LANDLOCK_SIGNAL);
	CHECK(!rule.grants);
	CHECK_INT(parsed("scope:signal,abstract-unix-socket").named, 3);
	rule = parsed("scope");
	CHECK_INT(rule.named, 0);
	CHECK_INT(rule.implied, 3);
	rule = parsed("abi:9");
	CHECK_INT(rule.class, 0);
	CHECK_INT(rule.abi, 9);
}

TEST(what_is_no_rule)
{
	check_bad("", "part 1 of the Landlock rule is empty");
	check_bad(":", "part 1 of the Landlock rule is empty");
	check_bad("fs:", "part 2 of the Landlock rule is empty");
	check_bad("fs::/usr", "part 2 of the Landlock rule is empty");
	check_bad("fs:ro:", "part 3 of the Landlock rule is empty");
	check_bad("fs:ro", "the Landlock rule is not fs:RIGHTS:PATH");
	check_bad("fs:/usr", "the Landlock rule is not fs:RIGHTS:PATH");
	check_bad("net:443", "the Landlock rule is not net:RIGHTS:PORT");
	check_bad("fs:ro:/a:b",
		  "the Landlock rule is not fs:RIGHTS:PATH: a colon in a name is written '\\:'");
	check_bad("scope:signal:x", "the Landlock rule is not scope:SCOPES");
	check_bad("file:ro:/usr", "'file' is no kind of Landlock rule: fs, net, scope, abi");
	check_bad("FS:ro:/usr", "'FS' is no kind of Landlock rule: fs, net, scope, abi");
	/* A shorter word would stand for less than it seems to. */
	check_bad("fs:read:/usr", "Landlock has no 'read' of 'fs'");
	check_bad("fs:ro,,rx:/usr", "Landlock has no '' of 'fs'");
	check_bad("fs:ro,:/usr", "Landlock has no '' of 'fs'");
	check_bad("fs:connect-tcp:/usr", "Landlock has no 'connect-tcp' of 'fs'");
	check_bad("net:ro:443", "Landlock has no 'ro' of 'net'");
	check_bad("scope:signals", "Landlock has no 'signals' of 'scope'");
	check_bad("scope:all", "Landlock has no 'all' of 'scope'");
	check_bad("abi", "the Landlock rule is not abi:NUMBER");
	check_bad("abi:0", "the Landlock rule is not abi:NUMBER");
	check_bad("abi:x", "the Landlock rule is not abi:NUMBER");
	check_bad("abi:7:8", "the Landlock rule is not abi:NUMBER");
}

TEST(what_is_no_port)
{
	static const char *const words[] = { "http", "-1", "65536", "+1",
					     " 1",   "1 ", "0x50",  "99999999999999999999" };
	char text[64], sentence[96];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		snprintf(text, sizeof(text), "net:bind-tcp:%s", words[i]);
		snprintf(sentence, sizeof(sentence), "'%s' is no port: a number up to 65535",
			 words[i]);
		check_bad(text, sentence);
	}
	check_bad("net:connect-tcp:0", "port 0 is none to connect to: it can be bound to only");
	check_bad("net:bind-udp,connect-send-udp:0",
		  "port 0 is none to connect to: it can be bound to only");
}

static void check_needs(const char *text, unsigned int abi)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct landlock_rule rule = parsed(text);
	char words[32];

	CHECK_INT(landlock_rule_check(&rule, abi, &err), 0);
	CHECK_INT(landlock_rule_check(&rule, 99, &err), 0);
	CHECK_INT(err.code, 0);
	CHECK_INT(landlock_rule_check(&rule, abi - 1, &err), -EOPNOTSUPP);
	CHECK_INT(err.step, LIBNS_STEP_LANDLOCK);
	snprintf(words, sizeof(words), "ABI %u ", abi);
	CHECK_CONTAINS(err.text, words);
	snprintf(words, sizeof(words), "this kernel has %u", abi - 1);
	CHECK_CONTAINS(err.text, words);
	landlock_rule_clear(&rule);
}

TEST(each_rule_needs_a_version)
{
	check_needs("fs", 3);
	check_needs("fs:ro:/", 3);
	check_needs("fs:all:/", 3);
	check_needs("fs:truncate:/", 3);
	check_needs("net", 4);
	check_needs("net:connect-tcp:443", 4);
	check_needs("net:all:443", 4);
	check_needs("fs:read-file,ioctl-dev:/", 5);
	check_needs("scope", 6);
	check_needs("scope:signal", 6);
	check_needs("fs:resolve-unix,ioctl-dev:/", 9);
	check_needs("net:bind-udp:53", 10);
	check_needs("net:bind-tcp,connect-send-udp:53", 10);
	check_needs("abi:8", 8);
}

TEST(sentence_names_what_is_missing)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct landlock_rule rule = parsed("fs:read-file,ioctl-dev,resolve-unix:/");

	CHECK_INT(landlock_rule_check(&rule, 4, &err), -EOPNOTSUPP);
	CHECK_STR(err.text, "fs:ioctl-dev,resolve-unix needs Landlock ABI 9 (Linux 7.1), and this "
			    "kernel has 4");
	landlock_rule_clear(&rule);
	rule = parsed("abi:11");
	CHECK_INT(landlock_rule_check(&rule, 10, &err), -EOPNOTSUPP);
	CHECK_STR(err.text, "Landlock ABI 11 is asked for (Linux newer than this program), and "
			    "this kernel has 10");
}

static void check_gaps(unsigned int classes, uint64_t scopes, unsigned int abi, const char *list)
{
	const struct libns_landlock_gap *gap;
	char text[256] = "";

	for (size_t i = 0; (gap = landlock_gap_at(classes, scopes, abi, i)); i++) {
		CHECK(gap->abi > abi);
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? ", " : "",
			 gap->what);
	}
	CHECK_STR(text, list);
}

TEST(what_stays_open)
{
	check_gaps(~0u, 3, 0, "files, TCP, signals, abstract sockets, UDP");
	check_gaps(~0u, 3, 1,
		   "truncation of files, TCP, ioctl on devices, signals, abstract sockets, "
		   "sockets by path, UDP");
	check_gaps(~0u, 3, 7, "sockets by path, UDP");
	check_gaps(~0u, 3, 9, "UDP");
	check_gaps(~0u, 3, 10, "");
	check_gaps(LIBNS_LANDLOCK_NET, 0, 7, "UDP");
	check_gaps(LIBNS_LANDLOCK_FS, 0, 0, "files");
	check_gaps(LIBNS_LANDLOCK_SCOPE, LIBNS_LANDLOCK_SIGNAL, 5, "signals");
}

TEST(rights_have_names)
{
	char text[256];

	CHECK_STR(landlock_rights_format(LIBNS_LANDLOCK_FS, 0, text, sizeof(text)), "");
	CHECK_STR(landlock_rights_format(LIBNS_LANDLOCK_NET, 3, text, sizeof(text)),
		  "bind-tcp,connect-tcp");
	/* All of them, and none is cut off. */
	landlock_rights_format(LIBNS_LANDLOCK_FS, ~UINT64_C(0), text, sizeof(text));
	CHECK_CONTAINS(text, ",resolve-unix");
	CHECK_INT(landlock_rights(LIBNS_LANDLOCK_FS, 1), (1 << 13) - 1);
	CHECK_INT(landlock_rights(LIBNS_LANDLOCK_FS, 7), (1 << 16) - 1);
	CHECK_INT(landlock_rights(LIBNS_LANDLOCK_NET, 3), 0);
	CHECK_INT(landlock_rights(LIBNS_LANDLOCK_NET, 4), 3);
	CHECK_INT(landlock_rights(LIBNS_LANDLOCK_SCOPE, 5), 0);
	CHECK_INT(landlock_file_rights(~UINT64_C(0)),
		  LIBNS_LANDLOCK_EXECUTE | LIBNS_LANDLOCK_WRITE_FILE | LIBNS_LANDLOCK_READ_FILE |
			  LIBNS_LANDLOCK_TRUNCATE | LIBNS_LANDLOCK_IOCTL_DEV |
			  LIBNS_LANDLOCK_RESOLVE_UNIX);
}

TAP_MAIN
