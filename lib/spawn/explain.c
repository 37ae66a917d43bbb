/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A plan as the list of its steps. setup.c itself names what is done inside the
 * namespaces. This names what spawn.c and unshare.c do around that, in the same
 * order.
 */

#include <string.h>

#include <libns/enter.h>
#include <libns/type.h>

#include "base/base.h"
#include "base/err.h"
#include "confine/confine.h"
#include "kernel/clone.h"
#include "spawn/compile.h"
#include "spawn/keeper.h"
#include "spawn/plan.h"
#include "spawn/screen.h"
#include "spawn/setup.h"
#include "spawn/spawn.h"

/* "CLONE_NEWUSER|CLONE_NEWNS" */
static const char *flag_names(uint64_t types, char *buf, size_t size)
{
	static const struct {
		uint64_t type;
		const char *name;
	} names[] = {
		{ LIBNS_TYPE_USER, "NEWUSER" },     { LIBNS_TYPE_MNT, "NEWNS" },
		{ LIBNS_TYPE_PID, "NEWPID" },       { LIBNS_TYPE_NET, "NEWNET" },
		{ LIBNS_TYPE_IPC, "NEWIPC" },       { LIBNS_TYPE_UTS, "NEWUTS" },
		{ LIBNS_TYPE_CGROUP, "NEWCGROUP" }, { LIBNS_TYPE_TIME, "NEWTIME" },
	};
	size_t n = 0;

	*buf = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(types & names[i].type))
			continue;
		error_format(buf + n, size - n, "%sCLONE_%s", n ? "|" : "", names[i].name);
		n = strlen(buf);
	}
	return buf;
}

static void explain_persist(const struct plan *plan, struct explain *explain, const char *pid)
{
	explain->actor = "keeper";
	for (size_t i = 0; i < plan->ask.n_persist; i++)
		step_explain(explain, "keep the namespace; undone if a later step fails",
			     "mount(\"/proc/%s/ns/%s\", \"%s\", MS_BIND)", pid,
			     libns_type_name(plan->ask.persist[i].type), plan->ask.persist[i].path);
}

static void explain_entry(const struct plan *plan, struct explain *explain)
{
	const struct libns_entry_step *step;

	for (size_t i = 0; plan->ask.entry && (step = libns_entry_step_at(plan->ask.entry, i)); i++)
		step_explain(explain, "join", "%s", step->call);
}

void explain_kept(const struct plan *plan, struct explain *explain)
{
	if (!explain)
		return;
	explain->actor = "keeper";
	keeper_explain_maps(plan, explain);
	explain_persist(plan, explain, "PID");
}

static void explain_unshare(const struct plan *plan, struct explain *explain)
{
	const struct setup setup = { .plan = plan, .explain = explain, .in_place = true };
	size_t next = 0;
	char flags[160];

	explain->actor = "caller";
	if (plan->outside_maps || plan->ask.n_persist)
		step_explain(explain, "a keeper that stays in the old namespaces", "clone3()");
	setup_inherited(&setup, NULL);
	setup_before_join(&setup, NULL);
	explain_entry(plan, explain);
	setup_owner(&setup, NULL);
	if (plan->ask.types)
		step_explain(explain, "create the namespaces", "unshare(%s)",
			     flag_names(plan->ask.types, flags, sizeof(flags)));
	explain_kept(plan, explain);
	explain->actor = "caller";
	setup_own_maps(&setup, NULL);
	setup_clocks(&setup, NULL);
	setup_rest(&setup, &next, NULL);
	setup_late_limits(&setup, NULL);
	setup_filters(&setup, NULL);
}

static bool is_by_stub(const struct plan *plan)
{
	return (plan->ask.flags & LIBNS_PLAN_OUT_OF_REACH) && !compile_refuses(plan);
}

/* Return: the types left for the clone that makes the child. */
static uint64_t explain_helper(const struct plan *plan, struct explain *explain)
{
	const struct setup setup = {
		.plan = plan,
		.explain = explain,
		.outside = spawn_is_confined(plan),
	};
	uint64_t early = spawn_early_types(plan);
	size_t next = 0;
	char flags[160];

	if (is_by_stub(plan))
		step_explain(explain, "a stub that makes the child, out of reach of who is inside",
			     "vfork(), execveat(sealed memory)");
	else
		step_explain(explain, "a helper that makes the child", "clone3()");
	explain->actor = "helper";
	setup_before_join(&setup, NULL);
	explain_entry(plan, explain);
	setup_owner(&setup, NULL);
	if (early)
		step_explain(explain, "create the namespaces that must exist before", "unshare(%s)",
			     flag_names(early, flags, sizeof(flags)));
	if (early & LIBNS_TYPE_USER) {
		explain->actor = "caller";
		keeper_explain_maps(plan, explain);
		explain->actor = "helper";
		setup_own_maps(&setup, NULL);
	}
	setup_clocks(&setup, NULL);
	if (spawn_is_confined(plan))
		setup_rest(&setup, &next, NULL);
	return spawn_late_types(plan);
}

static void explain_program(const struct setup *setup, struct explain *explain)
{
	const struct libns_plan *ask = &setup->plan->ask;

	if (ask->flags & LIBNS_PLAN_HOLD)
		step_explain(explain, "wait until the caller lets go", "recv(socket)");
	if (ask->flags & LIBNS_PLAN_PID1) {
		step_explain(explain, "stay as process 1 and run the program as a child",
			     "clone3()");
		setup_late_limits(setup, NULL);
	}
	setup_filters(setup, NULL);
	if (ask->argv && screen_is_needed(setup->plan))
		step_explain(explain, "the program, which cannot reach this one",
			     "execveat(sealed memory), execve(\"%s\")",
			     ask->path ? ask->path : ask->argv[0]);
	else if (ask->argv)
		step_explain(explain, "the program", "execve(\"%s\")",
			     ask->path ? ask->path : ask->argv[0]);
	else
		step_explain(explain, "the program", "a function of the caller");
}

void explain_served(const struct plan *plan, bool is_mapped, struct explain *explain)
{
	if (!explain)
		return;
	explain->actor = "caller";
	if ((plan->ask.types & LIBNS_TYPE_USER) && !is_mapped)
		keeper_explain_maps(plan, explain);
	explain_persist(plan, explain, "CHILD");
	for (size_t i = 0; i < plan->ask.n_cgroup_fds; i++)
		step_explain(explain, "move the child into the control group",
			     "write(%d, \"CHILD\")", plan->ask.cgroup_fds[i]);
}

static void explain_spawn(const struct plan *plan, struct explain *explain)
{
	const struct setup setup = { .plan = plan, .explain = explain, .line = -1 };
	uint64_t late = plan->ask.types & ~plan_later_types(plan);
	size_t next = 0;
	bool helper = spawn_needs_helper(plan), shares;
	const char *into;
	char flags[160];

	explain->actor = "caller";
	setup_inherited(&setup, NULL);
	if (plan->ask.n_persist)
		step_explain(explain, "a keeper that unbinds if the caller dies", "clone3()");
	if (helper)
		late = explain_helper(plan, explain);
	shares = !helper && spawn_may_share(plan);
	into = plan->ask.flags & LIBNS_PLAN_CGROUP ? "CLONE_INTO_CGROUP" : "";
	step_explain(explain, "the child, in new namespaces from its first instruction",
		     "%s%s%s%s)", shares ? CLONE_SHARING_CALL "(CLONE_VM|CLONE_VFORK" : "clone3(",
		     into, (shares || *into) && late ? "|" : "",
		     flag_names(late, flags, sizeof(flags)));
	explain_served(plan, !(late & LIBNS_TYPE_USER), explain);
	explain->actor = "child";
	if (!helper) {
		setup_before_join(&setup, NULL);
		explain_entry(plan, explain);
	}
	if (late & LIBNS_TYPE_USER)
		setup_own_maps(&setup, NULL);
	if (!spawn_is_confined(plan))
		setup_rest(&setup, &next, NULL);
	setup_child(&setup, NULL);
	explain_program(&setup, explain);
}

/* For @trace of a plan: the steps are named once more, up to the last one that was begun. */
struct telling {
	const struct libns_plan *ask;
	unsigned int begun, told;
	int result;
};

static int count_step(void *data, const char *actor, const char *call, const char *why)
{
	(void)actor, (void)call, (void)why;
	++*(unsigned int *)data;
	return 0;
}

static int tell_step(void *data, const char *actor, const char *call, const char *why)
{
	struct telling *t = data;
	bool is_last = t->told + 1 == t->begun;

	if (t->told == t->begun)
		return 1;
	t->told++;
	t->ask->trace(t->ask->trace_data, actor, call, why, is_last ? t->result : 0);
	return 0;
}

static void explain_all(const struct plan *plan, unsigned int how, struct explain *explain)
{
	if (how == LIBNS_HOW_SPAWN)
		explain_spawn(plan, explain);
	else
		explain_unshare(plan, explain);
}

void explain_taken(const struct plan *plan, unsigned int how, const struct explain *counted, int r)
{
	unsigned int n = 0;
	struct telling telling = { &plan->ask, step_count(counted), 0, r < 0 ? r : 0 };
	struct explain all = { .step = count_step, .data = &n, .actor = "caller" };
	struct explain taken = { .step = tell_step, .data = &telling, .actor = "caller" };

	if (!telling.begun)
		return;
	/* A stranger who traces the child can write any number there. */
	explain_all(plan, how, &all);
	if (telling.begun > n)
		telling.begun = n;
	explain_all(plan, how, &taken);
}

LIBNS_PUBLIC int libns_plan_explain(const struct libns_plan *ask, unsigned int how,
				    int (*step)(void *data, const char *actor, const char *call,
						const char *why),
				    void *data, struct libns_error *err)
{
	struct explain explain = { .step = step, .data = data, .actor = "caller" };
	struct plan plan;
	int r;

	if (how > LIBNS_HOW_SPAWN)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "no way to carry out a plan");
	r = spawn_load(&plan, ask, how, err);
	if (r < 0)
		return r;
	/* The stub has none of the caller's memory, so nothing has to be wiped. */
	if (is_by_stub(&plan))
		plan.ask.n_forget = 0;
	if (plan.ask.confine)
		confine_name_caps(plan.ask.confine);
	explain_all(&plan, how, &explain);
	return explain.ended;
}
