/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libns/account.h>

#include "tap.h"

static struct libns_account account = LIBNS_ACCOUNT_INIT;
static struct libns_error err;

static int user(const char *key)
{
	memset(&account, 'x', sizeof(account));
	return libns_account_find(LIBNS_ACCOUNT_USER, key, &account, &err);
}

static int group(const char *key)
{
	return libns_account_find(LIBNS_ACCOUNT_GROUP, key, &account, &err);
}

static void put(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);

	CHECK_INT(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* /etc of our own, and PATH with nothing in it but what the case puts there. */
static void stage(const char *passwd, const char *groups)
{
	if (geteuid() != 0)
		SKIP("needs root");
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/etc", "tmpfs", 0, NULL) < 0)
		SKIP("no mount namespace");
	if (passwd)
		put("/etc/passwd", passwd, 0644);
	if (groups)
		put("/etc/group", groups, 0644);
	setenv("PATH", "/etc", 1);
}

TEST(files)
{
	stage("one:x:1:2:a gecos:/home/one:/bin/one\n\n#:\nbad:x\nneg:x:-5::::\nbig:x:4294967295::::\n"
	      "two:x:4294967294:1::/:\nlast:x:7:7::/:/bin/last",
	      "gone:x:11:a,b\ngtwo::12:\n");
	CHECK_INT(user("one"), 0);
	CHECK_INT(account.id, 1);
	CHECK_STR(account.name, "one");
	CHECK_INT(account.group, 2);
	CHECK_STR(account.shell, "/bin/one");
	CHECK_STR(account.home, "/home/one");
	CHECK_INT(user("4294967294"), 0);
	CHECK_STR(account.name, "two");
	CHECK_STR(account.shell, "");
	CHECK_INT(user("last"), 0);
	CHECK_STR(account.shell, "/bin/last");
	CHECK_STR(account.home, "/");
	CHECK_INT(group("gone"), 0);
	CHECK_INT(account.id, 11);
	CHECK_STR(account.shell, "");
	CHECK_STR(account.home, "");
	CHECK_INT(group("12"), 0);
	CHECK_STR(account.name, "gtwo");
}

TEST(nobody)
{
	static const char *const keys[] = { "",      "on",         "one:x",
					    "neg",   "bad",        "big",
					    "2",     "4294967295", "18446744073709551617",
					    "o\nne", "--help" };

	stage("one:x:1:2::/:/bin/one\nbad:x\nneg:x:-5::::\nbig:x:4294967295::::\n", NULL);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		CHECK_INT(user(keys[i]), -ENOENT);
	CHECK_STR(libns_error_text(&err), "there is no user '--help'");
	CHECK_INT(group("one"), -ENOENT);
	CHECK_INT(user(NULL), -EINVAL);
	CHECK_INT(libns_account_find((enum libns_account_kind)2, "one", &account, &err), -EINVAL);
}

/* A list that nobody can read may hold the account. */
TEST(unreadable)
{
	stage(NULL, NULL);
	CHECK_INT(user("one"), -ENOENT);
	CHECK_INT(mkdir("/etc/passwd", 0755), 0);
	CHECK_INT(user("one"), -EISDIR);
	CHECK_STR(libns_error_text(&err),
		  "cannot look for user 'one' in /etc/passwd: Is a directory");
	CHECK_INT(group("one"), -ENOENT);
}

TEST(elsewhere)
{
	stage("one:x:1:2::/:/bin/one\n", NULL);
	put("/etc/getent",
	    "#!/bin/sh\ncase \"$*\" in\n'passwd far') echo 'far:*:70000:1:::/bin/far' ;;\n"
	    "'group 9') echo 'nine:*:9:a,b' ;;\n*) exit 2 ;; esac\n",
	    0755);
	CHECK_INT(user("far"), 0);
	CHECK_INT(account.id, 70000);
	CHECK_STR(account.shell, "/bin/far");
	CHECK_INT(user("one"), 0);
	CHECK_INT(user("nearby"), -ENOENT);
	CHECK_INT(group("9"), 0);
	CHECK_STR(account.name, "nine");
}

/* A root directory of a test's own, with what is in /etc of it. */
static int make_root(const char *passwd, const char *groups)
{
	static char dir[] = "/tmp/libns-account-XXXXXX";
	char path[64];
	int fd;

	CHECK(mkdtemp(dir));
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	snprintf(path, sizeof(path), "%s/etc", dir);
	CHECK_INT(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/etc/passwd", dir);
	put(path, passwd, 0644);
	snprintf(path, sizeof(path), "%s/etc/group", dir);
	put(path, groups, 0644);
	return fd;
}

static void remove_root(int fd)
{
	char link[32], path[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	unlinkat(fd, "etc/passwd", 0);
	unlinkat(fd, "etc/group", 0);
	unlinkat(fd, "etc", AT_REMOVEDIR);
	CHECK(n > 0);
	path[n] = '\0';
	rmdir(path);
	close(fd);
}

TEST(in_a_root)
{
	int root =
		make_root("web:x:33:44::/:/bin/web\n", "logs:x:4:web\nlogs2:x:4:a,web\nx:x:5:we\n");
	uint32_t *groups = NULL;
	size_t n = 0;

	CHECK_INT(libns_account_find_in(root, LIBNS_ACCOUNT_USER, "web", 0, &account, &err), 0);
	CHECK_INT(account.id, 33);
	CHECK_INT(account.group, 44);
	CHECK_INT(libns_account_list_groups(root, &account, 0, &groups, &n, &err), 0);
	CHECK_INT(n, 2);
	CHECK_INT(groups[0], 4);
	CHECK_INT(groups[1], 44);
	free(groups);
	CHECK_INT(libns_account_find_in(root, LIBNS_ACCOUNT_USER, "nobody", 0, &account, &err),
		  -ENOENT);
	CHECK_STR(libns_error_text(&err), "there is no user 'nobody' in '/etc/passwd'");
	CHECK_INT(libns_account_find_in(root, LIBNS_ACCOUNT_USER, NULL, 0, &account, &err),
		  -EINVAL);
	CHECK_INT(libns_account_find_in(LIBNS_ACCOUNT_OWN, LIBNS_ACCOUNT_USER, "0", 0, &account,
					&err),
		  0);
	CHECK_STR(account.name, "root");
	unlinkat(root, "etc/passwd", 0);
	CHECK_INT(mkfifoat(root, "etc/passwd", 0644), 0);
	CHECK_INT(libns_account_find_in(root, LIBNS_ACCOUNT_USER, "web", 0, &account, &err),
		  -EMEDIUMTYPE);
	CHECK_STR(libns_error_text(&err), "'/etc/passwd' is not a regular file");
	unlinkat(root, "etc/group", 0);
	CHECK_INT(symlinkat("/etc/group", root, "etc/group"), 0);
	strcpy(account.name, "web");
	CHECK_INT(libns_account_list_groups(root, &account, 0, &groups, &n, &err), -ELOOP);
	remove_root(root);
}

TEST(own_groups)
{
	uint32_t *groups = NULL;
	size_t n = 0;

	stage("one:x:1:2::/:/bin/one\n", "a:x:5:one\nb:x:6:two\n");
	put("/etc/getent",
	    "#!/bin/sh\n[ \"$*\" = 'initgroups one' ] && echo 'one                   70000 5'\n",
	    0755);
	CHECK_INT(user("one"), 0);
	CHECK_INT(libns_account_list_groups(LIBNS_ACCOUNT_OWN, &account, 0, &groups, &n, &err), 0);
	CHECK_INT(n, 3);
	CHECK_INT(groups[0], 2);
	CHECK_INT(groups[1], 5);
	CHECK_INT(groups[2], 70000);
	free(groups);
	/* What does not fit would be a part taken for the whole. */
	put("/etc/getent",
	    "#!/bin/sh\nprintf one; i=0; while [ $i -lt 1000 ]; do i=$((i+1)); printf ' 10000'; done\n",
	    0755);
	CHECK_INT(libns_account_list_groups(LIBNS_ACCOUNT_OWN, &account, 0, &groups, &n, &err),
		  -E2BIG);
}

TAP_MAIN
