/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Rules of Landlock, among the steps of setup.c.
 *
 * They are enforced after everything that they would refuse: mounts, which a program under rules
 * for files cannot change, and the files that the steps before open. They come after no_new_privs,
 * which they need, and before system call filters, which may refuse the calls. The steps that follow
 * use descriptors that are open already. A first process of a pid namespace is under the same rules
 * as its program, so that a scope does not separate the two.
 *
 * Paths are looked up here, with the root, the working directory and the ids of the program: so they
 * mean what they mean to it. Where the root is not the caller's, somebody else has made the links on
 * the way, and none is followed that leads through a descriptor of this process.
 */

#include <limits.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/base.h"
#include "base/err.h"
#include "base/resolve.h"
#include "base/sys.h"
#include "confine/confine.h"
#include "confine/landlock.h"
#include "spawn/setup.h"

/* Opens a path in the root directory of this process, relative to its working directory. */
static int open_elsewhere(const char *path)
{
	_cleanup_close_ int root = sys_open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
	char whole[2 * PATH_MAX] = "";

	if (root < 0)
		return root;
	if (*path == '/')
		return resolve_in_root(root, path, O_PATH, true);
	if (syscall(SYS_getcwd, whole, PATH_MAX) < 0)
		return -errno;
	/* "(unreachable)" means that the working directory is not below the root. */
	if (*whole != '/')
		return -ENOENT;
	if (strlen(whole) + 1 + strlen(path) >= sizeof(whole))
		return -ENAMETOOLONG;
	strcat(whole, "/");
	strcat(whole, path);
	return resolve_in_root(root, whole, O_PATH, true);
}

static int open_path(const struct setup *s, const char *path, struct libns_error *err)
{
	int fd = setup_is_elsewhere(s) ? open_elsewhere(path) : sys_open_at(AT_FDCWD, path, O_PATH);

	return fd < 0 ? error_set(err, LIBNS_STEP_LANDLOCK, -fd,
				  "cannot open '%s' for a Landlock rule", path)
		      : fd;
}

static bool explain_grant(const struct setup *s, const struct landlock_rule *rule, uint64_t rights)
{
	static const char why[] = "granted by Landlock";
	char names[256];

	landlock_rights_format(rule->class, rights, names, sizeof(names));
	if (rule->class == LIBNS_LANDLOCK_NET)
		return step_explain(s->explain, why, "landlock_add_rule(port %u, %s)", rule->port,
				    names);
	if (rule->path)
		return step_explain(s->explain, why, "landlock_add_rule(\"%s\", %s)", rule->path,
				    names);
	return step_explain(s->explain, why, "landlock_add_rule(%d, %s)", rule->fd, names);
}

static int grant(const struct setup *s, int ruleset_fd, const struct landlock_rule *rule,
		 struct libns_error *err)
{
	unsigned int abi = s->plan->ask.confine->landlock_abi;
	uint64_t rights = (rule->named | rule->implied) & landlock_rights(rule->class, abi);
	_cleanup_close_ int opened = -1;

	if (!rule->grants || !rights || explain_grant(s, rule, rights))
		return 0;
	if (rule->path) {
		opened = open_path(s, rule->path, err);
		if (opened < 0)
			return opened;
	}
	return landlock_grant(ruleset_fd, rule, rule->path ? opened : rule->fd, abi, err);
}

static bool explain_begin(const struct setup *s, uint64_t fs, uint64_t net, uint64_t scopes)
{
	char names[64];

	landlock_rights_format(LIBNS_LANDLOCK_SCOPE, scopes, names, sizeof(names));
	return step_explain(s->explain, "what is not granted below is refused",
			    "landlock_create_ruleset(%s%s%s%s%s%s)", fs ? "fs" : "",
			    fs && (net || scopes) ? ", " : "", net ? "net" : "",
			    net && scopes ? ", " : "", scopes ? "scope:" : "", names);
}

int setup_landlock(const struct setup *s, struct libns_error *err)
{
	const struct libns_confine *confine = s->plan->ask.confine;
	const struct libns_landlock *rules = confine->landlock;
	_cleanup_close_ int ruleset_fd = -1;
	uint64_t fs, net, scopes;
	int r = 0;

	if (!rules)
		return 0;
	fs = landlock_restricted(rules, LIBNS_LANDLOCK_FS, confine->landlock_abi);
	net = landlock_restricted(rules, LIBNS_LANDLOCK_NET, confine->landlock_abi);
	scopes = landlock_restricted(rules, LIBNS_LANDLOCK_SCOPE, confine->landlock_abi);
	/* The kernel takes no rules that restrict nothing. */
	if (!fs && !net && !scopes)
		return 0;
	if (!explain_begin(s, fs, net, scopes)) {
		ruleset_fd = landlock_begin(rules, confine->landlock_abi, err);
		if (ruleset_fd < 0)
			return ruleset_fd;
	}
	for (size_t i = 0; i < rules->n && r == 0; i++)
		r = grant(s, ruleset_fd, &rules->rules[i], err);
	if (r < 0 ||
	    step_explain(s->explain, "the rules hold from here on", "landlock_restrict_self()"))
		return r;
	return landlock_enforce(ruleset_fd, err);
}
