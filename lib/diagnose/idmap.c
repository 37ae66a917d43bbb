/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Probes of what id maps need: the helper programs with their privilege, the
 * subordinate ids, and what the caller itself has to map.
 */

#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include <libns/account.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "diagnose/diagnose.h"
#include "kernel/attempt.h"
#include "kernel/helper.h"
#include "kernel/idmap-write.h"
#include "kernel/subid.h"
#include "text/procfile.h"

static const char packages[] = "install it (Debian: uidmap, Fedora: shadow-utils, Alpine: "
			       "shadow-uidmap, Arch: shadow)";

/* Whether executing the file grants @cap: by its set-user-id bit or by file capabilities. */
static bool is_privileged(const char *path, const struct stat *st, int cap)
{
	struct vfs_ns_cap_data data = { 0 };
	const unsigned char *permitted = (const unsigned char *)&data.data[0].permitted;

	/* In a user namespace without maps all owners look alike, and so do the user namespaces that
	 * file capabilities are for. */
	if ((st->st_mode & S_ISUID) && (st->st_uid == 0 || diagnose_is_unmapped()))
		return true;
	if (getxattr(path, "security.capability", &data, sizeof(data)) < 0)
		return errno == EOVERFLOW;
	/* The bytes are in little-endian order on every machine. */
	return permitted[cap / 8] & (1U << (cap % 8));
}

static bool is_about_groups(const struct diagnose_question *question)
{
	/* "gid" alone would not do, since newuidmap's own words may have it. */
	static const char *const words[] = { "gid_map", "gidmap", "subgid", "group" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(question->text, words[i]))
			return true;
	return false;
}

/* Whether maps are written directly: then nothing of this is in the way. */
static bool needs_no_helper(const struct diagnose_question *question, int cap)
{
	/* Where a failure is asked about, the helper was needed. */
	return !question->text[0] && !diagnose_is_unmapped() && sys_has_cap(cap);
}

/* A program may have to be asked for accounts and ranges, see helper.h. */
static bool say_killed(const struct diagnose_question *question, struct libns_finding *finding)
{
	if (attempt_try(diagnose_attempt_clone3, 0) != ATTEMPT_KILLED)
		return false;
	diagnose_say(finding, LIBNS_VERDICT_NO,
		     "killed by a filter: clone3, with which programs such as newuidmap and "
		     "getsubids are started");
	diagnose_advise_filter(question->place, NULL, "clone3", finding);
	return true;
}

/* Where the administrator has said so, newuidmap takes any group its user is in. */
static bool any_group_will_do(void)
{
	static const char key[] = "GRANT_AUX_GROUP_SUBIDS";
	_cleanup_free_ char *text = NULL;
	struct procfile_word line, word;
	const char *s;
	int r;

	r = sys_read_alloc_at(AT_FDCWD, "/etc/login.defs", &text, NULL);
	/* Where the file cannot be read, nothing is said against the group. */
	if (r < 0)
		return r != -ENOENT;
	for (s = text; (line = procfile_next_line(&s)).s;) {
		const char *words = line.s;

		word = procfile_next_word(&words);
		if (word.n != sizeof(key) - 1 || memcmp(word.s, key, word.n) != 0)
			continue;
		word = procfile_next_word(&words);
		return word.n == 3 && !memcmp(word.s, "yes", 3);
	}
	return false;
}

/* newuidmap wants the login group of its caller to be his current one. */
static bool say_group(const char *path, unsigned int no, struct libns_finding *finding)
{
	uid_t uid = diagnose_uid();
	gid_t gid = diagnose_gid();
	struct libns_account account = LIBNS_ACCOUNT_INIT;
	char key[16];

	error_format(key, sizeof(key), "%u", uid);
	if (libns_account_find(LIBNS_ACCOUNT_USER, key, &account, NULL) < 0 ||
	    account.group == UINT32_MAX || account.group == gid || any_group_will_do())
		return false;
	diagnose_say(finding, no,
		     "the group was changed to %u (sg, newgrp), and %s serves user %s only in the "
		     "login group, %u",
		     gid, path, account.name, account.group);
	diagnose_advise(finding,
			"return to group %u (leave sg or newgrp), or map only the own id "
			"(--map-current-user, -r)",
			account.group);
	return true;
}

static void look_newidmap(const struct diagnose_question *question, const char *name, int cap,
			  struct libns_finding *finding)
{
	char path[PATH_MAX];
	struct statvfs fs;
	struct stat st;
	int r = helper_find(name, path, sizeof(path));
	unsigned int no = needs_no_helper(question, cap) ? LIBNS_VERDICT_OK : LIBNS_VERDICT_NO;

	if (say_killed(question, finding))
		return;
	if (r < 0 || stat(path, &st) < 0) {
		diagnose_say(finding, no, "%s is not in PATH", name);
		diagnose_advise(finding, "%s", packages);
	} else if (!is_privileged(path, &st, cap)) {
		diagnose_say(finding, no, "%s is neither setuid root nor has file capabilities",
			     path);
		diagnose_advise(finding, "as root: chmod u+s %s", path);
	} else if (statvfs(path, &fs) == 0 && (fs.f_flag & ST_NOSUID)) {
		diagnose_say(finding, no,
			     "%s lies on a file system mounted nosuid, which takes "
			     "its privilege away",
			     path);
		diagnose_advise(finding, "remount it suid, or put %s elsewhere", name);
	} else if (diagnose_status("NoNewPrivs", 0)) {
		diagnose_say(finding, no, "no_new_privs is set, so %s gains no privilege", path);
		diagnose_advise(finding, "map only the own id, or start from a process without "
					 "no_new_privs");
	} else if (!say_group(path, no, finding)) {
		diagnose_say(finding, LIBNS_VERDICT_OK, "%s has its privilege", path);
	}
}

static void look_newuidmap(const struct diagnose_question *question, struct libns_finding *finding)
{
	if (!is_about_groups(question))
		look_newidmap(question, "newuidmap", CAP_SETUID, finding);
}

static void look_newgidmap(const struct diagnose_question *question, struct libns_finding *finding)
{
	if (!question->text[0] || is_about_groups(question))
		look_newidmap(question, "newgidmap", CAP_SETGID, finding);
}

/* The first id above all ranges handed out already, and above ordinary accounts; 0 if
 * nobody can tell. */
static uint32_t first_free(const char *path)
{
	_cleanup_free_ char *text = NULL;
	const char *s;
	struct procfile_word line;
	uint64_t next = 100000;
	int r = sys_read_alloc_at(AT_FDCWD, path, &text, NULL);

	if (r < 0)
		return r == -ENOENT ? (uint32_t)next : 0;
	s = text;
	while ((line = procfile_next_line(&s)).s) {
		const char *first = memchr(line.s, ':', line.n), *end = line.s + line.n;
		const char *count =
			first ? memchr(first + 1, ':', (size_t)(end - first - 1)) : NULL;
		uint32_t a, n;

		if (!count || procfile_u32(first + 1, (size_t)(count - first - 1), &a) < 0 ||
		    procfile_u32(count + 1, (size_t)(end - count - 1), &n) < 0)
			continue;
		if (a + (uint64_t)n > next)
			next = a + (uint64_t)n;
	}
	return next + 65536 < UINT32_MAX ? (uint32_t)next : 100000;
}

static void advise_subid(enum libns_idmap_kind kind, const char *user, bool has_account,
			 struct libns_finding *finding)
{
	bool users = kind == LIBNS_IDMAP_UID;
	const char *path = users ? "/etc/subuid" : "/etc/subgid";
	uint32_t first = first_free(path);

	if (subid_is_elsewhere(NULL) > 0)
		diagnose_advise(finding, "have a range added where nsswitch.conf says");
	else if (!first)
		diagnose_advise(finding, "as root: look why %s cannot be read", path);
	else if (has_account)
		diagnose_advise(finding, "as root: usermod --add-sub%s %u-%u %s",
				users ? "uids" : "gids", first, first + 65535, user);
	else
		diagnose_advise(finding, "as root: echo %s:%u:65536 >>%s", user, first, path);
}

static void look_subid(const struct diagnose_question *question, enum libns_idmap_kind kind,
		       struct libns_finding *finding)
{
	const char *word = kind == LIBNS_IDMAP_UID ? "user" : "group";
	/* With these words newuidmap refuses a range that is not the user's. */
	bool refused = strstr(question->text, "not allowed") != NULL, has_account;
	int cap = kind == LIBNS_IDMAP_UID ? CAP_SETUID : CAP_SETGID;
	struct libns_error err = LIBNS_ERROR_INIT;
	struct idmap_subid subid;
	uid_t uid = diagnose_uid();
	char name[256];

	if (say_killed(question, finding))
		return;
	has_account = subid_user_name(uid, name, sizeof(name), NULL) == 0;
	if (subid_find(kind, uid, &subid, &err) == 0) {
		diagnose_say(finding, refused ? LIBNS_VERDICT_LIMITED : LIBNS_VERDICT_OK,
			     "user %s may map the own %s id and %u others from %u on", name, word,
			     subid.count, subid.first);
	} else if (needs_no_helper(question, cap)) {
		diagnose_say(finding, LIBNS_VERDICT_OK,
			     "user %s has no range of %s ids, but may map any without", name, word);
	} else {
		diagnose_say(finding, LIBNS_VERDICT_LIMITED, "%s", err.text);
		advise_subid(kind, name, has_account, finding);
	}
}

/* newuidmap looks itself up, even where the number would do. */
static void look_account(const struct diagnose_question *question, struct libns_finding *finding)
{
	uid_t uid = diagnose_uid();
	struct libns_error err = LIBNS_ERROR_INIT;
	char name[256];
	int r;

	if (say_killed(question, finding))
		return;
	r = subid_user_name(uid, name, sizeof(name), &err);
	if (r < 0 && r != -ENOENT)
		diagnose_say(finding, LIBNS_VERDICT_LIMITED, "%s", err.text);
	if (r != -ENOENT)
		return;
	diagnose_say(finding, LIBNS_VERDICT_NO,
		     "user %u has no account, and newuidmap and newgidmap ask for one", uid);
	diagnose_advise(finding, "as root: useradd --uid %u NAME, or map only the own id", uid);
}

static void look_subuid(const struct diagnose_question *question, struct libns_finding *finding)
{
	if (!is_about_groups(question))
		look_subid(question, LIBNS_IDMAP_UID, finding);
}

static void look_subgid(const struct diagnose_question *question, struct libns_finding *finding)
{
	if (!question->text[0] || is_about_groups(question))
		look_subid(question, LIBNS_IDMAP_GID, finding);
}

/* In a user namespace there are only the ids of its own map to pass on. */
static void look_own_map(const struct diagnose_question *question, struct libns_finding *finding)
{
	enum libns_idmap_kind kind = is_about_groups(question) ? LIBNS_IDMAP_GID : LIBNS_IDMAP_UID;
	struct libns_idmap *map;
	char list[128] = "";

	if (libns_idmap_new(&map, NULL) < 0)
		return;
	idmap_read_at(IDMAP_SELF, kind, map, NULL);
	for (size_t i = 0; i < libns_idmap_count(map) && i < 4; i++) {
		const struct libns_idrange *range = libns_idmap_at(map, i);
		size_t used = strlen(list);

		error_format(list + used, sizeof(list) - used, "%s%u", used ? ", " : "",
			     range->inner);
		used = strlen(list);
		if (range->count > 1)
			error_format(list + used, sizeof(list) - used, "-%u",
				     range->inner + (range->count - 1));
	}
	/* A namespace that has not been set up yet has an empty map. */
	if (libns_idmap_count(map) && libns_idmap_at(map, 0)->count != UINT32_MAX) {
		diagnose_say(finding, LIBNS_VERDICT_LIMITED,
			     "this user namespace has no %s ids but %s%s",
			     kind == LIBNS_IDMAP_UID ? "user" : "group", list,
			     libns_idmap_count(map) > 4 ? ", ..." : "");
		diagnose_advise(finding, "use these, or map more");
	}
	libns_idmap_free(map);
}

static void look_gid_map(const struct diagnose_question *question, struct libns_finding *finding)
{
	if (!is_about_groups(question) || (!diagnose_is_unmapped() && sys_has_cap(CAP_SETGID)))
		return;
	diagnose_say(
		finding, LIBNS_VERDICT_LIMITED,
		"without CAP_SETGID a process maps only its own group, and only once setgroups "
		"is denied");
	diagnose_advise(finding, "deny setgroups, or map ranges, which newgidmap does");
}

static void look_setfcap(const struct diagnose_question *question, struct libns_finding *finding)
{
	if (geteuid() != 0 || sys_has_cap(CAP_SETFCAP))
		return;
	diagnose_say(finding, LIBNS_VERDICT_LIMITED,
		     "user 0 is mapped only by who holds CAP_SETFCAP (since Linux 5.12)");
	diagnose_advise(finding, "keep CAP_SETFCAP, or leave user 0 out of the map");
}

const struct diagnose_probe diagnose_newuidmap = { "newuidmap", look_newuidmap };
const struct diagnose_probe diagnose_newgidmap = { "newgidmap", look_newgidmap };
const struct diagnose_probe diagnose_account = { "account", look_account };
const struct diagnose_probe diagnose_subuid = { "subuid", look_subuid };
const struct diagnose_probe diagnose_subgid = { "subgid", look_subgid };
const struct diagnose_probe diagnose_own_map = { "own-map", look_own_map };
const struct diagnose_probe diagnose_gid_map = { "gid-map", look_gid_map };
const struct diagnose_probe diagnose_setfcap = { "setfcap", look_setfcap };
