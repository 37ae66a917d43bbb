/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_IMAGE_H
#define LIBNS_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "spawn/stub.h"

/*
 * Memory of the stub while it is put together: the operations, and what they point at. If something
 * cannot be added, that is noted in @code, and the image fails later. So nobody has to check each
 * addition.
 */

#define IMAGE_MAX_OPS 192

struct image_part {
	uint64_t base; /* its address in the stub */
	char *bytes;
	size_t n_bytes, room;
	struct stub_op ops[IMAGE_MAX_OPS];
	size_t n_ops;
	int code; /* a negative errno, or 0 */
};

void image_begin(struct image_part *part, uint64_t base, size_t n_header);
void image_end(struct image_part *part);

/* These add something to the memory. Return: its address in the stub. @data may be NULL, which stands
 * for zeroes. */
uint64_t image_add(struct image_part *part, const void *data, size_t n);
uint64_t image_text(struct image_part *part, const char *text);
/* A list of words, ended by NULL, with one free place before it. */
uint64_t image_words(struct image_part *part, char *const *words);

void image_op(struct image_part *part, const struct stub_op *op);

#define IMAGE_CALL(part, number, ...)                                                              \
	image_op(part, &(struct stub_op){ STUB_CALL, number, 0, { __VA_ARGS__ } })
#define IMAGE_OP(part, kind, number, result, ...)                                                  \
	image_op(part, &(struct stub_op){ kind, number, result, { __VA_ARGS__ } })

/* Whether this machine has a stub. */
bool image_is_known(void);

/*
 * These make the files in memory: one that the helper shares with the caller, and the stub, which is
 * a sealed program. Both are close-on-exec. Return: a descriptor, or a negative errno.
 */
int image_open_work(struct image_part *helper);
int image_open_stub(struct image_part *child, const struct stub_data *data);

#endif
