/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_SCAN_MODEL_H
#define LIBNS_SCAN_MODEL_H

/*
 * What a snapshot consists of, without any input or output: namespaces, which
 * are found by inode number, processes, which are found by position, and who
 * holds what. The sources (see source.h) fill it, and model_finish() puts it in
 * order.
 */

#include <libns/holder.h>
#include <libns/scan.h>

/* Types are kept as their position in libns_type_at(), which is small and can index arrays. */
int model_type_index(uint64_t type); /* -1 if it is not one known bit */

/* Reads "net:[4026531840]", the text of a link. Return: the type's index, or -1. */
int model_parse_link(const char *text, uint64_t *ret_ino);

struct libns_task {
	pid_t pid;
	pid_t ppid;
	uid_t uid;
	uint32_t threads;
	uint32_t loaded; /* LIBNS_DETAIL_* */
	bool blocked;
	bool is_first;    /* it is the first process of its pid namespace */
	const char *comm; /* owned by the model's strings */
	const char *command;
	struct libns_node *ns[LIBNS_N_TYPES];
};

struct libns_node {
	struct libns_id id;
	int type;         /* index */
	bool asked;       /* its type was asked for */
	bool related;     /* owner and parent have been asked for */
	bool looked_into; /* it is a mount namespace whose mounts have been listed */
	bool has_uid;
	uid_t uid; /* creator of a user namespace */
	size_t n_tasks;
	struct libns_task *leader;
	struct libns_task *first; /* the first process of a pid namespace that is in it */
	pid_t first_pid;          /* of a pid namespace: its process 1; 0: not known */
	struct libns_node *owner, *parent;
	size_t first_hold, last_hold; /* index + 1 into holds; 0: none */
	const char **mounts; /* those that the caller can see; valid once the model is finished */
	size_t n_mounts;
};

/* Like struct libns_holder, without what can be derived. */
struct model_hold {
	enum libns_holder_kind kind;
	pid_t pid, tid;
	int fd;
	struct libns_node *where; /* mount namespace of a mount; NULL: the caller's */
	const char *path;
	size_t next; /* index + 1 of the next one of the same namespace */
};

struct model {
	struct libns_node **nodes; /* in order once finished */
	size_t n_nodes, n_nodes_max, n_asked;
	struct libns_node **table; /* open addressing by inode */
	size_t n_table;            /* a power of two, or 0 */
	struct libns_task *tasks;
	size_t n_tasks;
	struct model_hold *holds;
	size_t n_holds, n_holds_max;
	const char **mounts; /* of all nodes; those of one node follow each other */
	struct model_strings *strings;
	struct libns_node *own_mnt; /* the caller's mount namespace, if known */
	uint64_t types;             /* those that were asked for */
	uint64_t dev;
	size_t unseen[LIBNS_N_UNSEEN];
	bool hidden; /* there are processes that were not even listed */
};

void model_clear(struct model *model);

/* Return: NULL if it is not there. */
struct libns_node *model_find(const struct model *model, uint64_t ino);

/* Finds a namespace, or adds it. Return: NULL without memory. */
struct libns_node *model_add(struct model *model, int type, uint64_t ino);

/* Takes over a malloc'ed array, ascending by pid, with ns[] filled in; sets members and leaders. */
void model_take_tasks(struct model *model, struct libns_task *tasks, size_t n);
struct libns_task *model_find_task(const struct model *model, pid_t pid);

/* Return: a copy of @size bytes with a terminator, or NULL without memory. */
const char *model_string(struct model *model, const char *bytes, size_t size);

/* Adds a copy of @hold. Return: 0 or -ENOMEM. */
int model_hold(struct model *model, struct libns_node *node, const struct model_hold *hold);

/* Finds the member that each namespace began with, if first_pid of a pid namespace tells. */
void model_find_firsts(struct model *model);

/* Puts namespaces and mounts in order. Call it once, after the last source. Return: 0 or
 * -ENOMEM. */
int model_finish(struct model *model);

static inline const struct model_hold *model_first_hold(const struct model *model,
							const struct libns_node *node)
{
	return node->first_hold ? &model->holds[node->first_hold - 1] : NULL;
}

static inline const struct model_hold *model_next_hold(const struct model *model,
						       const struct model_hold *hold)
{
	return hold->next ? &model->holds[hold->next - 1] : NULL;
}

#endif
