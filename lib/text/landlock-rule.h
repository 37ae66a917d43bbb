/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_LANDLOCK_RULE_H
#define LIBNS_LANDLOCK_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libns/landlock.h>

/*
 * The rules of Landlock as words, and which version (ABI) of it has which rights. Pure: nothing is
 * opened here, and no kernel is asked.
 */

#define LANDLOCK_N_CLASSES 3  /* of LIBNS_LANDLOCK_FS and the following */
#define LANDLOCK_NEWEST    10 /* ABI that this library knows */

struct landlock_rule {
	unsigned int class; /* LIBNS_LANDLOCK_FS, ...; 0: nothing but @abi */
	bool grants;        /* false: what is named is restricted, and that is all */
	uint64_t named;     /* rights by their names: they are had, or it is an error */
	uint64_t implied;   /* rights by a word for several: as far as the object has them */
	unsigned int abi;   /* at least that is wanted; 0: no matter */
	uint16_t port;
	char *path; /* NULL: there is none, or @fd is it */
	int fd;     /* -1 */
};

/**
 * landlock_rule_parse() - a rule from words, as libns_landlock_add() says
 * @text: the words
 * @ret: receives the rule, to be given to landlock_rule_clear()
 *
 * Return: 0, -EINVAL with a sentence, -ENOMEM.
 */
int landlock_rule_parse(const char *text, struct landlock_rule *ret, struct libns_error *err);

void landlock_rule_clear(struct landlock_rule *rule);

/*
 * Whether the kernel can do what the rule says. Return: 0, -EOPNOTSUPP with a sentence that names
 * both versions.
 */
int landlock_rule_check(const struct landlock_rule *rule, unsigned int abi,
			struct libns_error *err);

/* All rights of a class that this version has; scopes, for LIBNS_LANDLOCK_SCOPE. */
uint64_t landlock_rights(unsigned int class, unsigned int abi);

/* Those rights among @rights that files have as well as directories. */
uint64_t landlock_file_rights(uint64_t rights);

/* "read-file,read-dir". Return: @buf. Async-signal-safe. */
char *landlock_rights_format(unsigned int class, uint64_t rights, char *buf, size_t size);

/* "fs", "net", "scope". */
const char *landlock_class_name(unsigned int class);

/* What Landlock of version @abi leaves open that the newest does not: the @i-th of these that has
 * to do with @classes; NULL beyond the last one. */
const struct libns_landlock_gap *landlock_gap_at(unsigned int classes, uint64_t scopes,
						 unsigned int abi, size_t i);

#endif
