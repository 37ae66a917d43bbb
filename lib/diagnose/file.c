/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Probes of the file a failure is about. EACCES says that something on the way
 * to it refused; which directory it was takes a walk.
 */

#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <libns/error.h>

#include "base/base.h"
#include "base/sys.h"
#include "diagnose/diagnose.h"

#define MAX_PATH 256

/* Finds the path that a sentence names in single ticks. Return: whether there is one with a slash
 * in it. */
static bool find_path(const char *text, char *buf, size_t size)
{
	const char *begin = strchr(text, '\''), *end = strrchr(text, '\'');
	size_t n = begin && end > begin ? (size_t)(end - begin - 1) : 0;

	if (n == 0 || n >= size || !memchr(begin + 1, '/', n))
		return false;
	memcpy(buf, begin + 1, n);
	buf[n] = '\0';
	return true;
}

static bool may_use(const char *path)
{
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 || errno != EACCES;
}

static void say_owner(struct libns_finding *finding, const char *path, const char *what)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return;
	diagnose_say(finding, LIBNS_VERDICT_NO,
		     "'%s' may not be %s by user %u: it belongs to user %u, group %u, with mode "
		     "%u%u%u%u",
		     path, what, geteuid(), st.st_uid, st.st_gid, st.st_mode >> 9 & 7,
		     st.st_mode >> 6 & 7, st.st_mode >> 3 & 7, st.st_mode & 7);
}

/* Whether some directory above the file cannot be searched. */
static bool say_directory(struct libns_finding *finding, char *path)
{
	bool stopped = false;

	for (char *slash = path; !stopped && (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		stopped = !may_use(path);
		if (stopped)
			say_owner(finding, path, "searched");
		*slash = '/';
	}
	return stopped;
}

static void look_directory(const struct diagnose_question *question, struct libns_finding *finding)
{
	char path[MAX_PATH];

	if (!find_path(question->text, path, sizeof(path)) || say_directory(finding, path))
		return;
	if (!may_use(path))
		say_owner(finding, path, "searched");
}

static void look_program(const struct diagnose_question *question, struct libns_finding *finding)
{
	char path[MAX_PATH];
	struct statvfs fs;
	struct stat st;

	if (!find_path(question->text, path, sizeof(path)) || say_directory(finding, path) ||
	    stat(path, &st) < 0)
		return;
	if (S_ISDIR(st.st_mode)) {
		diagnose_say(finding, LIBNS_VERDICT_NO, "'%s' is a directory", path);
	} else if (statvfs(path, &fs) == 0 && (fs.f_flag & ST_NOEXEC)) {
		diagnose_say(finding, LIBNS_VERDICT_NO, "'%s' lies on a file system mounted noexec",
			     path);
		diagnose_advise(finding, "copy it elsewhere, or remount with exec");
	} else if (!may_use(path)) {
		say_owner(finding, path, "executed");
		diagnose_advise(finding, "chmod a+x, if it is a program");
	}
}

/* A file that a namespace is to be kept on, or that is said to hold one. */
static void look_missing(const struct diagnose_question *question, struct libns_finding *finding)
{
	bool keeps = question->step == LIBNS_STEP_PERSIST;
	char path[MAX_PATH];

	if (!find_path(question->text, path, sizeof(path)))
		return;
	/* The first directory on the way that is missing says more than the file. */
	for (char *slash = path; (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		if (faccessat(AT_FDCWD, path, F_OK, AT_EACCESS) < 0 && errno == ENOENT) {
			diagnose_say(finding, LIBNS_VERDICT_NO, "there is no directory '%s'", path);
			return;
		}
		*slash = '/';
	}
	if (faccessat(AT_FDCWD, path, F_OK, AT_EACCESS) == 0 || errno != ENOENT)
		return;
	diagnose_say(finding, LIBNS_VERDICT_NO, "there is no file '%s'", path);
	if (keeps)
		diagnose_advise(finding, "the namespace is kept on a file that is there already: "
					 "touch it first, or leave the =FILE out");
	else
		diagnose_advise(finding,
				"'xlsns -o +NSFS' shows which files namespaces are on, and "
				"'xnetns list' the names of network namespaces");
}

const struct diagnose_probe diagnose_missing = { "file", look_missing };
const struct diagnose_probe diagnose_directory = { "directory", look_directory };
const struct diagnose_probe diagnose_program = { "program", look_program };
