/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * --plan: what would be done, from the very objects that it would be done with.
 * Whether the kernel would allow it is found out by children that try each type
 * and end.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libns/container.h>

#include "common/file.h"
#include "common/text.h"
#include "xnsenter/xnsenter.h"

/* Sets of types, by their word for people and their key for programs. */
enum { ENTER, SAME, MISSING, BORN, REFUSED, N_SETS };

static const struct {
	const char *label, *key, *more;
} sets[N_SETS] = {
	[ENTER] = { "enter", "enter", "" },
	[SAME] = { "same", "same", ", left alone" },
	[MISSING] = { "missing", "missing", ", unknown to this kernel" },
	[BORN] = { "children", "for-children", " of what the target's children are born in" },
	[REFUSED] = { "refused", "refused", ": " },
};

struct facts {
	uint64_t types[N_SETS];
	int code;      /* why types are refused */
	char comm[65]; /* a thread of the kernel may have that much */
};

/* Reads the short name. Reading the command line could wait for the target's memory lock. */
static int read_comm(const struct job *job, char *comm, size_t size)
{
	char *text;

	*comm = '\0';
	if (!job->proc)
		return 0;
	text = file_read_at(libns_proc_get_dir_fd(job->proc), "comm", NULL);
	if (!text)
		return cli_error(job->cli, "cannot read the name of process %d: %m",
				 (int)libns_proc_get_pid(job->proc));
	snprintf(comm, size, "%.*s", (int)strcspn(text, "\n"), text);
	free(text);
	return 0;
}

static int gather(const struct job *job, struct facts *f)
{
	struct libns_error err = LIBNS_ERROR_INIT;

	*f = (struct facts){
		.types = { [ENTER] = libns_entry_get_types(job->entry),
			   [SAME] = libns_entry_get_same(job->entry),
			   [MISSING] = libns_entry_get_unreadable(job->entry) },
	};
	f->types[BORN] = libns_entry_get_for_children(job->entry) & f->types[ENTER];
	if (read_comm(job, f->comm, sizeof(f->comm)))
		return CLI_FAILURE;
	if (libns_entry_query_refused(job->entry, &f->types[REFUSED], &f->code, &err) < 0)
		return cli_fail(job->cli, &err);
	return 0;
}

static const char *run_words(const struct job *job)
{
	if (!job->in_child)
		return "in place: this process becomes the program";
	return job->use_pty ? "as a supervised child on a terminal of its own"
			    : "as a supervised child";
}

static const char *env_words(const struct job *job)
{
	if (job->opts->clean_env)
		return "cleaned: TERM, language, and what the passwd file inside says";
	if (job->opts->env && env_is_for_host(job))
		return "the caller's, with the target's terminal, language and time zone";
	if (job->opts->env)
		return "the target's";
	return job_crosses_mnt(job) && !job->opts->compat ? "kept but for LD_* and its like"
							  : "kept";
}

/* How the file of this program is kept out of reach of processes inside. */
static const char *binary_words(const struct job *job)
{
	if (job_may_use_stub(job))
		return "out of reach: a stub in sealed memory makes the child";
	return job_needs_seal(job) ? "out of reach: it goes on as a sealed copy" : "as it is";
}

static void print_sets(const struct facts *f)
{
	char words[48];

	for (int i = 0; i < N_SETS; i++)
		if (f->types[i])
			printf("%-10s%s%s%s\n", sets[i].label,
			       libns_types_format(f->types[i], words, sizeof(words)), sets[i].more,
			       i == REFUSED ? strerror(f->code) : "");
}

static void print_groups(const struct job *job)
{
	size_t n = libns_confine_count_groups(job->confine);

	if (!libns_confine_sets_groups(job->confine)) {
		printf("%s\n",
		       job->clear_groups && !job_has_groups(job) ? "no groups" : "groups kept");
		return;
	}
	printf("%s", n ? "groups" : "no groups");
	for (size_t i = 0; i < n; i++)
		printf(" %u", libns_confine_group_at(job->confine, i));
	printf("\n");
}

static void print_ids(const struct job *job)
{
	printf("%-10s", "ids");
	if (!job->set_uid && !job->set_gid && !like_taken(job)) {
		printf("kept\n");
		return;
	}
	if (job->set_uid)
		printf("uid %u ", job->uid);
	if (job->set_gid)
		printf("gid %u ", job->gid);
	print_groups(job);
	if (*job->accounts)
		printf("%-10sof accounts %s\n", "", job->accounts);
}

static void print_like(const struct job *job)
{
	const struct libns_seccomp *filters = libns_confine_get_filters(job->confine);
	unsigned int part = 0;
	const char *name;

	if (job->opts->like) {
		printf("%-10s", "like");
		while ((name = like_next(like_taken(job), &part)))
			printf("%s ", name);
		printf("of the target\n");
	}
	if (filters)
		printf("%-10s%zu of the target\n", "filters", libns_seccomp_count(filters));
	if (job->opts->join_cgroup)
		printf("%-10s%zu to join\n", "cgroups", libns_confine_count_cgroups(job->confine));
}

/* What a word "container:NAME" has led to, or NULL. */
static const struct libns_container *job_container(const struct job *job)
{
	return job->target ? libns_target_get_container(job->target) : NULL;
}

/* Prints the name together with who has given it: it is only as true as its writer. */
static void print_container(const struct job *job)
{
	const struct libns_container *c = job_container(job);
	char *name = c ? text_clean(c->word, true) : NULL;
	char *origin = c ? text_clean(c->origin, true) : NULL;

	if (c && c->owner == LIBNS_OWNER_UNKNOWN)
		printf("%-10s%s, named by nobody knows whom: %s\n", "container", name ? name : "",
		       origin ? origin : "");
	else if (c)
		printf("%-10s%s, named by uid %u: %s\n", "container", name ? name : "", c->owner,
		       origin ? origin : "");
	free(name);
	free(origin);
}

struct steps {
	bool json;
	size_t n;
};

static int print_step(void *data, const char *actor, const char *call, const char *why)
{
	struct steps *steps = data;

	(void)why;
	if (steps->json) {
		printf("%s", steps->n ? ", " : "");
		text_json(stdout, call);
	} else {
		printf("%-10s%-8s%s\n", steps->n ? "" : "steps", actor, call);
	}
	steps->n++;
	return 0;
}

/* Prints the steps, which the code that takes them names itself. */
static int print_steps(struct job *job, bool json)
{
	struct libns_error err = LIBNS_ERROR_INIT;
	struct libns_plan plan = LIBNS_PLAN_INIT;
	struct steps steps = { json, 0 };
	struct libns_program programs[3];

	job_fill_plan(job, &plan, programs);
	return libns_plan_explain(&plan, job->in_child ? LIBNS_HOW_SPAWN : LIBNS_HOW_UNSHARE,
				  print_step, &steps, &err) < 0
		       ? cli_fail(job->cli, &err)
		       : 0;
}

static int print_text(struct job *job, const struct facts *f)
{
	int code;

	if (job->proc) {
		char *comm = text_clean(f->comm, false);

		printf("%-10sprocess %d (%s)\n", "target", (int)libns_proc_get_pid(job->proc),
		       comm ? comm : "");
		free(comm);
	}
	print_container(job);
	print_sets(f);
	code = print_steps(job, false);
	if (code)
		return code;
	print_ids(job);
	print_like(job);
	printf("%-10s%s\n", "run", run_words(job));
	printf("%-10s%s\n", "env", env_words(job));
	printf("%-10s%s\n", "binary", binary_words(job));
	return 0;
}

static void json_types(const char *key, uint64_t types)
{
	const char *comma = "";

	printf(",\n  \"%s\": [", key);
	for (size_t i = 0; libns_type_at(i); i++) {
		if (!(types & libns_type_at(i)))
			continue;
		printf("%s\"%s\"", comma, libns_type_name(libns_type_at(i)));
		comma = ", ";
	}
	printf("]");
}

static void json_id(const char *key, bool set, uint32_t id)
{
	if (set)
		printf(",\n  \"%s\": %u", key, id);
	else
		printf(",\n  \"%s\": null", key);
}

static void json_bool(const char *key, bool value)
{
	printf(",\n  \"%s\": %s", key, value ? "true" : "false");
}

static void json_like(const struct job *job)
{
	const struct libns_seccomp *filters = libns_confine_get_filters(job->confine);
	const char *name, *comma = "";
	unsigned int part = 0;

	printf(",\n  \"groups\": ");
	if (libns_confine_sets_groups(job->confine)) {
		printf("[");
		for (size_t k = 0; k < libns_confine_count_groups(job->confine); k++)
			printf("%s%u", k ? ", " : "", libns_confine_group_at(job->confine, k));
		printf("]");
	} else {
		printf("null");
	}
	printf(",\n  \"like\": [");
	while ((name = like_next(like_taken(job), &part))) {
		printf("%s\"%s\"", comma, name);
		comma = ", ";
	}
	printf("],\n  \"filters\": %zu", filters ? libns_seccomp_count(filters) : 0);
	printf(",\n  \"cgroups-to-join\": %zu", libns_confine_count_cgroups(job->confine));
}

static int print_json(struct job *job, const struct facts *f)
{
	const struct libns_container *c = job_container(job);
	int code;

	if (job->proc)
		printf("{\n  \"pid\": %d", (int)libns_proc_get_pid(job->proc));
	else
		printf("{\n  \"pid\": null");
	printf(",\n  \"comm\": ");
	text_json(stdout, f->comm);
	if (c) {
		printf(",\n  \"container\": ");
		text_json(stdout, c->word);
		printf(",\n  \"named-in\": ");
		text_json(stdout, c->origin);
		json_id("named-by", c->owner != LIBNS_OWNER_UNKNOWN, c->owner);
	}
	for (int i = 0; i < N_SETS; i++)
		json_types(sets[i].key, f->types[i]);
	printf(",\n  \"steps\": [");
	code = print_steps(job, true);
	printf("]");
	json_id("uid", job->set_uid, job->uid);
	json_id("gid", job->set_gid, job->gid);
	json_bool("clear-groups", job->clear_groups && !job_has_groups(job));
	if (*job->accounts) {
		printf(",\n  \"accounts\": ");
		text_json(stdout, job->accounts);
	}
	json_like(job);
	json_bool("child", job->in_child);
	json_bool("pty", job->use_pty);
	json_bool("sealed", job_needs_seal(job));
	json_bool("stub", job_may_use_stub(job));
	printf("\n}\n");
	return code;
}

int job_plan(struct job *job)
{
	struct facts f;
	int code = gather(job, &f);

	if (code)
		return code;
	if (!f.types[REFUSED])
		code = job_complete(job);
	else if (!*job->opts->argv)
		cli_shell(&job->shell, getuid());
	if (code)
		return code;
	code = job->opts->plan_json ? print_json(job, &f) : print_text(job, &f);
	return code ? code : f.types[REFUSED] ? CLI_FAILURE : 0;
}
