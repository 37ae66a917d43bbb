/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Making the program as confined as @confine of the plan says.
 *
 * The order follows from the rights that each part needs:
 *
 *   by the caller    the oom score, which only the caller can set, and which is inherited
 *   before the join  limits that are raised; groups, where setgroups(2) is denied inside
 *   inside, with     the guard of the terminal, the label for execve, the bounding set, the nice
 *   all rights       value, the umask, and groups
 *   afterwards       ids (setup.c), then capabilities and no_new_privs
 *
 * A filter needs either no_new_privs or CAP_SYS_ADMIN. The later it is loaded, the fewer of these
 * steps it can refuse. So it comes last if there is no_new_privs; else before the capabilities go,
 * which they do together with the ids unless the program is root. Rules of Landlock come between
 * no_new_privs and the filters, see setup-landlock.c. Filters that were added, and not read, are
 * loaded by setup_filters(), when nothing is left but to execute the program.
 */

#include <linux/capability.h>
#include <sys/prctl.h>

#include <libns/caps.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "confine/confine.h"
#include "kernel/seccomp.h"
#include "spawn/setup.h"

enum filter_time { BEFORE_IDS, BEFORE_CAPS, AT_THE_END };

static bool has_part(const struct setup *s, unsigned int part)
{
	const struct libns_confine *confine = s->plan->ask.confine;

	return confine && (confine->parts & part);
}

static int take(const struct setup *s, unsigned int part, const char *why, const char *call,
		int (*how)(struct libns_confine *, struct libns_error *), struct libns_error *err)
{
	if (!has_part(s, part) || step_explain(s->explain, why, "%s", call))
		return 0;
	/* Only one of the two kinds of label is among the parts. */
	return confine_take(s->plan->ask.confine, part & s->plan->ask.confine->parts, how, err);
}

static int take_groups(const struct setup *s, enum groups_how when, struct libns_error *err)
{
	if (!has_part(s, LIBNS_CONFINE_GROUPS) || s->plan->ask.confine->groups_how != when)
		return 0;
	return take(s, LIBNS_CONFINE_GROUPS, "supplementary groups", "setgroups(groups)",
		    confine_set_groups, err);
}

static int take_filters(const struct setup *s, enum filter_time when, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan->ask;
	enum filter_time due = BEFORE_CAPS;

	if (!has_part(s, LIBNS_CONFINE_FILTERS))
		return 0;
	if (ask->confine->no_new_privs)
		due = AT_THE_END;
	else if ((ask->flags & LIBNS_PLAN_UID) && ask->uid != 0)
		due = BEFORE_IDS;
	if (due != when)
		return 0;
	return take(s, LIBNS_CONFINE_FILTERS, "system call filters",
		    "seccomp(SECCOMP_SET_MODE_FILTER)", confine_set_filters, err);
}

int setup_inherited(const struct setup *s, struct libns_error *err)
{
	if (s->plan->ask.confine && !step_is_named(s->explain))
		s->plan->ask.confine->said->failed = 0;
	return take(s, LIBNS_CONFINE_OOM, "inherited, and given back afterwards",
		    "write(\"/proc/self/oom_score_adj\")", confine_set_oom, err);
}

void setup_restore(const struct setup *s)
{
	if (has_part(s, LIBNS_CONFINE_OOM))
		confine_restore_oom(s->plan->ask.confine);
}

int setup_before_join(const struct setup *s, struct libns_error *err)
{
	int r = take(s, LIBNS_CONFINE_LIMITS, "raise limits as far as the caller may", "prlimit()",
		     confine_cut_limits, err);

	return r < 0 ? r : take_groups(s, GROUPS_BEFORE, err);
}

static int limit_bounding(const struct setup *s, struct libns_error *err)
{
	const struct libns_confine *confine = s->plan->ask.confine;

	if (confine->keep_caps == UINT64_MAX ||
	    step_explain(s->explain, "limit the capabilities", "prctl(PR_CAPBSET_DROP)"))
		return 0;
	return libns_caps_limit_bounding(confine->keep_caps, err);
}

/* With CAP_SYS_ADMIN a program could type into any terminal, not only into that of its session. */
static bool guards_terminal(const struct libns_plan *ask)
{
	if (ask->confine && ask->confine->guards_terminal)
		return true;
	return (ask->flags & LIBNS_PLAN_NEW_SESSION) && !(ask->types & LIBNS_TYPE_USER) &&
	       !ask->entry && sys_has_cap(CAP_SYS_ADMIN);
}

static int guard_terminal(const struct setup *s, struct libns_error *err)
{
	if (!guards_terminal(&s->plan->ask) ||
	    step_explain(s->explain, "keep the program from typing into the terminal",
			 "prctl(PR_SET_SECCOMP, TIOCSTI)"))
		return 0;
	return confine_guard_terminal(err);
}

/* Does what needs the rights that are given up next. */
static int prepare_caps(const struct setup *s, struct libns_error *err)
{
	struct libns_confine *confine = s->plan->ask.confine;
	int r = 0;

	if (confine->no_userns && !(s->plan->ask.flags & LIBNS_PLAN_FINAL_USER) &&
	    !step_explain(s->explain, "no further user namespaces",
			  "write(\"/proc/sys/user/max_user_namespaces\", \"0\")"))
		r = confine_forbid_userns(confine, err);
	/* This check changes nothing, so it is not a step. */
	if (r == 0 && confine->gives_caps && !step_is_named(s->explain))
		r = confine_check_caps(confine, err);
	return r;
}

int setup_confine_again(const struct setup *s, struct libns_error *err)
{
	const struct libns_confine *confine = s->plan->ask.confine;
	int r = 0;

	if (!confine)
		return 0;
	if (confine->no_userns &&
	    !step_explain(s->explain, "no further user namespaces",
			  "write(\"/proc/sys/user/max_user_namespaces\", \"0\")"))
		r = confine_forbid_userns(confine, err);
	return r < 0 ? r : limit_bounding(s, err);
}

int setup_confine(const struct setup *s, struct libns_error *err)
{
	int r = guard_terminal(s, err);

	if (r < 0 || !s->plan->ask.confine)
		return r;
	r = take(s, LIBNS_CONFINE_LABEL | LIBNS_CONFINE_SELINUX, "label of the program",
		 "write(\"/proc/thread-self/attr/exec\")", confine_set_label, err);
	if (r == 0)
		r = prepare_caps(s, err);
	if (r == 0)
		r = limit_bounding(s, err);
	if (r == 0)
		r = take(s, LIBNS_CONFINE_NICE, "nice value", "setpriority()", confine_set_nice,
			 err);
	if (r == 0)
		r = take(s, LIBNS_CONFINE_UMASK, "umask", "umask()", confine_set_umask, err);
	if (r == 0)
		r = take_groups(s, GROUPS_INSIDE, err);
	return r < 0 ? r : take_filters(s, BEFORE_IDS, err);
}

int setup_keep_rights(const struct setup *s, struct libns_error *err)
{
	const struct libns_plan *ask = &s->plan->ask;

	if (!(ask->flags & LIBNS_PLAN_UID) || !ask->uid || !ask->confine ||
	    !(ask->confine->give.set | ask->confine->give.ambient) ||
	    step_explain(s->explain, "keep capabilities of the program",
			 "prctl(PR_SET_KEEPCAPS, 1)"))
		return 0;
	return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0
		       ? error_set(err, LIBNS_STEP_CAPS, errno,
				   "cannot keep the capabilities for another user")
		       : 0;
}

/* This is never left out, or the program would have more rights than it is meant to have. */
static int limit_caps(const struct setup *s, struct libns_error *err)
{
	struct libns_confine *confine = s->plan->ask.confine;
	int r = 0;

	if ((confine->parts & LIBNS_CONFINE_CAPS) &&
	    !step_explain(s->explain, "inheritable and ambient capabilities",
			  "capset, prctl(PR_CAP_AMBIENT)"))
		r = confine_set_caps(confine, err);
	if (r == 0 && confine->gives_caps &&
	    !step_explain(s->explain, "capabilities of the program",
			  "capset(%s), prctl(PR_CAP_AMBIENT)", confine->give_names))
		r = confine_give_caps(confine, err);
	if (r == 0 && confine->keep_caps != UINT64_MAX &&
	    !step_explain(s->explain, "limit the capabilities", "capset()"))
		r = libns_caps_limit(confine->keep_caps, err);
	return r;
}

static int take_keyring(const struct setup *s, struct libns_error *err)
{
	if (!s->plan->ask.confine->own_keyring ||
	    step_explain(s->explain, "a session keyring of its own",
			 "keyctl(KEYCTL_JOIN_SESSION_KEYRING)"))
		return 0;
	return confine_leave_keyring(err);
}

int setup_confined(const struct setup *s, struct libns_error *err)
{
	struct libns_confine *confine = s->plan->ask.confine;
	int r;

	if (!confine)
		return 0;
	r = take_keyring(s, err);
	if (r == 0)
		r = take_filters(s, BEFORE_CAPS, err);
	if (r == 0)
		r = limit_caps(s, err);
	if (r == 0 && confine->no_new_privs &&
	    !step_explain(s->explain, "no rights through execve", "prctl(PR_SET_NO_NEW_PRIVS, 1)"))
		r = confine_set_no_new_privs(confine, err);
	if (r == 0)
		r = setup_landlock(s, err);
	return r < 0 ? r : take_filters(s, AT_THE_END, err);
}

int setup_filters(const struct setup *s, struct libns_error *err)
{
	const struct libns_confine *confine = s->plan->ask.confine;
	int r = 0;

	for (size_t i = 0; confine && confine->added && i < confine->added->n && r == 0; i++) {
		const struct seccomp_filter *filter = &confine->added->filters[i];

		if (!step_explain(s->explain, "system call filter",
				  "seccomp(SECCOMP_SET_MODE_FILTER, \"%s\", %u instructions)",
				  filter->name, filter->n))
			r = seccomp_set_load(filter, err);
	}
	return r;
}
