/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_LEADS_H
#define LIBNS_WIRE_LEADS_H

#include <libns/error.h>

#include "base/words.h"
#include "text/wire-text.h"
#include "wire/wire.h"

/* Ports that are published: what is kept of them, and how they are written in the table. */

struct leads {
	struct wire_lead *list;
	size_t n;
};

void leads_done(struct leads *leads);

/* Return: 0 or -ENOMEM. */
int leads_append(struct leads *leads, const struct wire_lead *lead);

/* What is published for a name; nothing, if there is no file of it. */
int leads_read(const char *name, struct leads *ret_leads, struct libns_error *err);
/* Without any the file is removed. */
int leads_write(const char *name, const struct leads *leads, struct libns_error *err);

/* Calls @one for each name, until it returns something else than 0. */
int leads_each(int (*one)(const char *name, const struct leads *leads, void *data,
			  struct libns_error *err),
	       void *data, struct libns_error *err);

/* Whether ports lead to a name that is there. @without: a name that does not count, or NULL. Return:
 * 1, 0, or a negative errno. */
int leads_are_used(int run_fd, const struct wire_without *without, struct libns_error *err);

/* Whether a packet could be meant by both. */
bool lead_overlaps(const struct wire_lead *a, const struct wire_lead *b);
/* Whether it is the same port of the same address, wherever it leads. */
bool lead_is_same_port(const struct wire_lead *a, const struct wire_lead *b);
/* Whether it leads to the same place as well. */
bool lead_equal(const struct wire_lead *a, const struct wire_lead *b);

/* "add element inet xnetns pub4 { tcp . 80 : 10.171.0.2 . 80 }", "delete element ... { tcp . 80 }",
 * each a line. */
void lead_words_of_add(struct words *to, const struct wire_lead *lead);
void lead_words_of_delete(struct words *to, const struct wire_lead *lead);

/* Whether the table has it. Return: enum nft_found, or a negative errno. */
int lead_find(const struct wire_lead *lead, struct libns_error *err);

/* "port 8080 (tcp) of 192.0.2.1", and with " to 10.171.0.2 port 80". Return: @buf. */
#define LEAD_WORDS 256
const char *lead_words(const struct wire_lead *lead, char buf[LEAD_WORDS]);
const char *lead_words_to(const struct wire_lead *lead, char buf[LEAD_WORDS]);

#endif
