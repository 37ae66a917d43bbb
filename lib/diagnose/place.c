/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Where the caller is: the questions that come before all others. Each answer
 * is yes, no, or that it could not be looked at; whoever asks must not take
 * the last for one of the others.
 */

#include <linux/seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/vfs.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "diagnose/diagnose.h"
#include "kernel/attempt.h"
#include "text/procfile.h"

static void find_procfs(struct diagnose_place *place)
{
	struct statfs fs;

	if (statfs("/proc", &fs) < 0) {
		place->procfs = errno == ENOENT ? FACT_NO : FACT_UNKNOWN;
		return;
	}
	place->is_procfs = fs.f_type == SYS_PROC_MAGIC;
	/* /proc/self leads nowhere in the procfs of a pid namespace that the reader is not in. */
	place->procfs =
		place->is_procfs && access("/proc/self/status", F_OK) == 0 ? FACT_YES : FACT_NO;
}

static int attempt_ask_for_filter(uint64_t arg)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER ? -EEXIST : 0;
}

static void find_filter(struct diagnose_place *place)
{
	uint64_t mode = diagnose_status("Seccomp", UINT64_MAX);
	int r;

	if (mode != UINT64_MAX) {
		place->filter = mode == SECCOMP_MODE_FILTER ? FACT_YES : FACT_NO;
		return;
	}
	r = attempt_try(attempt_ask_for_filter, 0);
	if (r == -EEXIST || r == ATTEMPT_KILLED)
		place->filter = FACT_YES;
	else if (r == 0)
		place->filter = FACT_NO;
}

static bool ends_in(const char *s, size_t n, const char *end)
{
	size_t n_end = strlen(end);

	return n > n_end && !memcmp(s + n - n_end, end, n_end);
}

/* Reads the innermost unit of a path. The processes of a scope were not started by systemd. */
static void read_unit(struct diagnose_place *place, const char *path, const char *end)
{
	while (path < end) {
		const char *slash = memchr(path, '/', (size_t)(end - path));
		size_t n = (size_t)((slash ? slash : end) - path);

		if (ends_in(path, n, ".scope")) {
			place->unit = FACT_NO;
		} else if (ends_in(path, n, ".service") && n < sizeof(place->unit_name)) {
			place->unit = FACT_YES;
			memcpy(place->unit_name, path, n);
			place->unit_name[n] = '\0';
		}
		path += n + 1;
	}
	if (place->unit != FACT_YES)
		place->unit_name[0] = '\0';
}

static void find_unit(struct diagnose_place *place)
{
	_cleanup_free_ char *text = NULL;
	const char *s;
	struct procfile_word line;
	bool at_root = true;

	if (sys_read_alloc_at(AT_FDCWD, "/proc/self/cgroup", &text, NULL) < 0)
		return;
	place->unit = FACT_NO;
	s = text;
	while (place->unit != FACT_YES && (line = procfile_next_line(&s)).s) {
		const char *end = line.s + line.n;
		const char *name = memchr(line.s, ':', line.n);
		const char *path = name ? memchr(name + 1, ':', (size_t)(end - name - 1)) : NULL;

		/* The hierarchy of systemd is called "name=systemd", or is the one without a name. */
		if (!path || (path != name + 1 &&
			      (path - name != 13 || memcmp(name + 1, "name=systemd", 12) != 0)))
			continue;
		at_root = at_root && path + 2 >= end;
		read_unit(place, path + 1, end);
	}
	/* In a cgroup namespace the path is cut off. Each unit has a variable of systemd's, too. */
	if (place->unit == FACT_NO && at_root && getenv("INVOCATION_ID"))
		place->unit = FACT_YES;
}

static void find_container(struct diagnose_place *place)
{
	static const struct {
		const char *path, *manager;
	} marks[] = {
		{ "/run/.containerenv", "podman" },
		{ "/.dockerenv", "docker" },
		{ "/.flatpak-info", "flatpak" },
		{ "/var/run/secrets/kubernetes.io", "kubernetes" },
	};
	char word[sizeof(place->manager)] = "";
	const char *manager = getenv("container");

	/* A systemd that runs inside writes there which manager it has found. */
	place->container = FACT_NO;
	if (!manager) {
		ssize_t n = sys_read_at(AT_FDCWD, "/run/systemd/container", word, sizeof(word));

		if (n > 0)
			manager = word;
		else if (n != 0 && n != -ENOENT && n != -ENOTDIR)
			place->container = FACT_UNKNOWN;
	}
	for (size_t i = 0; !manager && i < ARRAY_SIZE(marks); i++) {
		if (access(marks[i].path, F_OK) == 0)
			manager = marks[i].manager;
		else if (errno != ENOENT && errno != ENOTDIR)
			place->container = FACT_UNKNOWN;
	}
	if (!manager || !*manager)
		return;
	place->container = FACT_YES;
	error_format(place->manager, sizeof(place->manager), "%s", manager);
	place->manager[strcspn(place->manager, "\n")] = '\0';
}

/* "docker-default (enforce)" of AppArmor, "system_u:system_r:container_t:s0" of SELinux. */
static void find_label(struct diagnose_place *place)
{
	static const char *const paths[] = { "/proc/self/attr/apparmor/current",
					     "/proc/self/attr/current" };
	ssize_t n = -ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(paths) && n <= 0; i++)
		n = sys_read_at(AT_FDCWD, paths[i], place->label, sizeof(place->label));
	/* EINVAL says that no security module labels processes. */
	if (n <= 0) {
		place->label[0] = '\0';
		place->labelled = n == 0 || n == -EINVAL ? FACT_NO : FACT_UNKNOWN;
		return;
	}
	place->label[strcspn(place->label, "\n")] = '\0';
	place->labelled = strstr(place->label, "unconfined") || strstr(place->label, "(complain)")
				  ? FACT_NO
				  : FACT_YES;
}

/* This is in memory that a child shares. */
struct glance {
	void (*find)(struct diagnose_place *place);
	struct diagnose_place place;
};

static int attempt_glance(uint64_t arg)
{
	struct glance *glance = (struct glance *)(uintptr_t)arg;

	glance->find(&glance->place);
	return 0;
}

/* What a filter kills for is not known. */
static void find_in_child(struct diagnose_place *place, void (*find)(struct diagnose_place *place))
{
	struct glance *glance = mmap(NULL, sizeof(*glance), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (glance == MAP_FAILED)
		return;
	*glance = (struct glance){ find, *place };
	if (attempt_try(attempt_glance, (uintptr_t)glance) == 0)
		*place = glance->place;
	munmap(glance, sizeof(*glance));
}

void diagnose_look_around(struct diagnose_place *place)
{
	static void (*const finders[])(struct diagnose_place * place) = {
		find_procfs, find_filter, find_unit, find_container, find_label,
	};

	*place = (struct diagnose_place){ .procfs = FACT_UNKNOWN, .fatal = diagnose_fatal() };
	if (place->fatal)
		place->filter = FACT_YES;
	for (size_t i = 0; i < ARRAY_SIZE(finders); i++)
		if (place->fatal)
			find_in_child(place, finders[i]);
		else
			finders[i](place);
}

static bool is_about(const struct diagnose_question *question, const char *word)
{
	return strstr(question->text, word) != NULL;
}

static void look_procfs(const struct diagnose_question *question, struct libns_finding *finding)
{
	const struct diagnose_place *place = question->place;
	bool maps = question->step == LIBNS_STEP_IDMAP || is_about(question, "_map");

	if (place->procfs != FACT_NO)
		return;
	if (place->is_procfs)
		diagnose_say(finding, LIBNS_VERDICT_NO,
			     "the procfs on /proc is that of another pid namespace and does not "
			     "show this process");
	else
		diagnose_say(finding, LIBNS_VERDICT_NO,
			     "there is no procfs on /proc, through which %s",
			     maps ? "id maps are written" : "processes and namespaces are reached");
	diagnose_advise(finding, "as root: mount -t proc proc /proc%s",
			maps ? "; or map no ids (-U without -r and --map-...)" : "");
}

const struct diagnose_probe diagnose_procfs = { "procfs", look_procfs };
