/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Rules of Landlock. The caller puts them together and compares them with what the kernel has; the
 * process that becomes the program enforces them. spawn/setup-landlock.c decides when.
 */

#include "confine/landlock.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "confine/confine.h"
#include "kernel/attempt.h"
#include "kernel/landlock.h"

static int ask(unsigned int what, struct libns_error *err)
{
	static const struct attempt_call calls[] = {
		{ SYS_landlock_create_ruleset, "landlock_create_ruleset", UINT64_MAX, UINT64_MAX },
		{ SYS_landlock_add_rule, "landlock_add_rule", UINT64_MAX, UINT64_MAX },
		{ SYS_landlock_restrict_self, "landlock_restrict_self", UINT64_MAX, UINT64_MAX },
	};
	int r = attempt_survive(calls, ARRAY_SIZE(calls), LIBNS_STEP_LANDLOCK, err);

	if (r < 0)
		return r;
	r = landlock_ask(what);
	if (r == -ENOSYS)
		return error_say(err, LIBNS_STEP_LANDLOCK, ENOSYS,
				 "this kernel has no Landlock (Linux 5.13), or a filter hides it");
	if (r == -EOPNOTSUPP)
		return error_say(err, LIBNS_STEP_LANDLOCK, EOPNOTSUPP,
				 "Landlock was switched off when this kernel was booted");
	return r < 0 ? error_set(err, LIBNS_STEP_LANDLOCK, -r, "cannot ask for Landlock") : r;
}

LIBNS_PUBLIC int libns_landlock_abi(struct libns_error *err)
{
	return ask(LANDLOCK_ASK_ABI, err);
}

LIBNS_PUBLIC int libns_landlock_errata(unsigned int *ret_errata, struct libns_error *err)
{
	int r = ask(LANDLOCK_ASK_ERRATA, NULL);

	if (r < 0)
		return error_say(err, LIBNS_STEP_LANDLOCK, EOPNOTSUPP,
				 "this kernel does not tell errata of Landlock");
	*ret_errata = (unsigned int)r;
	return 0;
}

LIBNS_PUBLIC int libns_landlock_new(struct libns_landlock **ret, struct libns_error *err)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0
		    : error_set(err, LIBNS_STEP_ARGUMENT, ENOMEM, "cannot take a Landlock rule");
}

LIBNS_PUBLIC struct libns_landlock *libns_landlock_free(struct libns_landlock *rules)
{
	if (!rules)
		return NULL;
	for (size_t i = 0; i < rules->n; i++)
		landlock_rule_clear(&rules->rules[i]);
	free(rules->rules);
	free(rules);
	return NULL;
}

/* Takes over the memory and the descriptor of @rule, also on failure. */
static int add(struct libns_landlock *rules, struct landlock_rule *rule, struct libns_error *err)
{
	struct landlock_rule *longer =
		reallocarray(rules->rules, rules->n + 1, sizeof(*rules->rules));

	if (!longer) {
		landlock_rule_clear(rule);
		return error_set(err, LIBNS_STEP_ARGUMENT, ENOMEM, "cannot take a Landlock rule");
	}
	rules->rules = longer;
	rules->rules[rules->n++] = *rule;
	rules->classes |= rule->class;
	if (rule->class == LIBNS_LANDLOCK_SCOPE)
		rules->scopes |= rule->named | rule->implied;
	return 0;
}

LIBNS_PUBLIC int libns_landlock_add(struct libns_landlock *rules, const char *text,
				    struct libns_error *err)
{
	struct landlock_rule rule;
	int r = landlock_rule_parse(text ? text : "", &rule, err);

	return r < 0 ? r : add(rules, &rule, err);
}

/* For the functions that take bits instead of words: adds a rule unless one of its bits is unknown. */
static int add_typed(struct libns_landlock *rules, struct landlock_rule *rule,
		     struct libns_error *err)
{
	uint64_t unknown = rule->named & ~landlock_rights(rule->class, LANDLOCK_NEWEST);

	if (unknown) {
		landlock_rule_clear(rule);
		return error_unknown(err, "right of Landlock", unknown);
	}
	return add(rules, rule, err);
}

static int check_granted(uint64_t rights, struct libns_error *err)
{
	return rights ? 0
		      : error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				  "a Landlock rule grants no right at all");
}

LIBNS_PUBLIC int libns_landlock_allow_path(struct libns_landlock *rules, const char *path,
					   uint64_t rights, struct libns_error *err)
{
	struct landlock_rule rule = {
		.class = LIBNS_LANDLOCK_FS, .grants = true, .named = rights, .fd = -1
	};
	int r = check_granted(rights, err);

	if (r < 0)
		return r;
	if (!path || !*path)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "the path of a Landlock rule is empty");
	rule.path = strdup(path);
	if (!rule.path)
		return error_set(err, LIBNS_STEP_ARGUMENT, ENOMEM, "cannot take a Landlock rule");
	return add_typed(rules, &rule, err);
}

LIBNS_PUBLIC int libns_landlock_allow_fd(struct libns_landlock *rules, int fd, uint64_t rights,
					 struct libns_error *err)
{
	struct landlock_rule rule = {
		.class = LIBNS_LANDLOCK_FS, .grants = true, .named = rights, .fd = fd
	};
	int r = check_granted(rights, err);

	if (r < 0)
		return r;
	if (fd < 0)
		return error_set(err, LIBNS_STEP_ARGUMENT, EBADF, "cannot take a Landlock rule");
	return add_typed(rules, &rule, err);
}

LIBNS_PUBLIC int libns_landlock_allow_port(struct libns_landlock *rules, uint16_t port,
					   uint64_t rights, struct libns_error *err)
{
	struct landlock_rule rule = {
		.class = LIBNS_LANDLOCK_NET, .grants = true, .named = rights, .port = port, .fd = -1
	};
	int r = check_granted(rights, err);

	return r < 0 ? r : add_typed(rules, &rule, err);
}

LIBNS_PUBLIC int libns_landlock_restrict(struct libns_landlock *rules, unsigned int classes,
					 uint64_t scopes, struct libns_error *err)
{
	const unsigned int known = LIBNS_LANDLOCK_FS | LIBNS_LANDLOCK_NET;
	struct landlock_rule rule = { .fd = -1 };
	int r = 0;

	if (classes & ~known)
		return error_unknown(err, "class of Landlock", classes & ~known);
	for (unsigned int class = 1; class <= known && r == 0; class <<= 1) {
		rule.class = classes & class;
		if (rule.class)
			r = add(rules, &rule, err);
	}
	if (r < 0 || !scopes)
		return r;
	rule.class = LIBNS_LANDLOCK_SCOPE;
	rule.named = scopes;
	return add_typed(rules, &rule, err);
}

LIBNS_PUBLIC const struct libns_landlock_gap *
libns_landlock_gap_at(const struct libns_landlock *rules, unsigned int abi, size_t i)
{
	return landlock_gap_at(rules ? rules->classes : ~0u, rules ? rules->scopes : UINT64_MAX,
			       abi, i);
}

LIBNS_PUBLIC size_t libns_landlock_count_gaps(const struct libns_landlock *rules, unsigned int abi)
{
	size_t n = 0;

	while (libns_landlock_gap_at(rules, abi, n))
		n++;
	return n;
}

LIBNS_PUBLIC int libns_confine_set_landlock(struct libns_confine *confine,
					    const struct libns_landlock *rules, bool best_effort,
					    struct libns_error *err)
{
	int abi = libns_landlock_abi(best_effort ? NULL : err), r = abi;

	for (size_t i = 0; i < rules->n && r >= 0 && !best_effort; i++)
		r = landlock_rule_check(&rules->rules[i], (unsigned int)abi, err);
	if (r < 0 && !best_effort)
		return r;
	if (!rules->classes)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "the Landlock rules restrict nothing");
	confine->no_new_privs = true;
	confine->landlock = rules;
	confine->landlock_abi = abi < 0 ? 0 : (unsigned int)abi;
	return (int)confine->landlock_abi;
}

uint64_t landlock_restricted(const struct libns_landlock *rules, unsigned int class,
			     unsigned int abi)
{
	uint64_t all = rules->classes & class ? landlock_rights(class, abi) : 0;

	return class == LIBNS_LANDLOCK_SCOPE ? all & rules->scopes : all;
}

int landlock_begin(const struct libns_landlock *rules, unsigned int abi, struct libns_error *err)
{
	int fd = landlock_create(landlock_restricted(rules, LIBNS_LANDLOCK_FS, abi),
				 landlock_restricted(rules, LIBNS_LANDLOCK_NET, abi),
				 landlock_restricted(rules, LIBNS_LANDLOCK_SCOPE, abi));

	return fd < 0 ? error_set(err, LIBNS_STEP_LANDLOCK, -fd, "cannot begin with Landlock rules")
		      : fd;
}

/* Reduces rights on what is no directory to those that files have. Rights that the rule names are
 * refused then, if only directories have them. */
static int fit_file(const struct landlock_rule *rule, int fd, uint64_t *rights,
		    struct libns_error *err)
{
	uint64_t foreign;
	char names[256];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_set(err, LIBNS_STEP_LANDLOCK, errno, "cannot look at '%s'",
				 rule->path ? rule->path : "a descriptor");
	if (S_ISDIR(st.st_mode))
		return 0;
	foreign = *rights & rule->named & ~landlock_file_rights(rule->named);
	if (foreign)
		return error_say(err, LIBNS_STEP_LANDLOCK, EINVAL,
				 "cannot grant %s on '%s': that is no directory",
				 landlock_rights_format(rule->class, foreign, names, sizeof(names)),
				 rule->path ? rule->path : "a descriptor");
	*rights = landlock_file_rights(*rights);
	return 0;
}

int landlock_grant(int ruleset_fd, const struct landlock_rule *rule, int fd, unsigned int abi,
		   struct libns_error *err)
{
	uint64_t rights = (rule->named | rule->implied) & landlock_rights(rule->class, abi);
	int r;

	if (rule->class == LIBNS_LANDLOCK_NET) {
		r = rights ? landlock_add_port(ruleset_fd, rule->port, rights) : 0;
		return r < 0 ? error_set(err, LIBNS_STEP_LANDLOCK, -r,
					 "cannot grant rights on port %u", rule->port)
			     : 0;
	}
	r = fit_file(rule, fd, &rights, err);
	if (r < 0)
		return r;
	r = rights ? landlock_add_beneath(ruleset_fd, fd, rights) : 0;
	return r < 0 ? error_set(err, LIBNS_STEP_LANDLOCK, -r, "cannot grant rights on '%s'",
				 rule->path ? rule->path : "a descriptor")
		     : 0;
}

int landlock_enforce(int ruleset_fd, struct libns_error *err)
{
	int r = landlock_restrict_self(ruleset_fd);

	return r < 0 ? error_set(err, LIBNS_STEP_LANDLOCK, -r, "cannot enforce the Landlock rules")
		     : 0;
}
