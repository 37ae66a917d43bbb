/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_STEP_H
#define LIBNS_WIRE_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include <libns/link.h>
#include <libns/wire.h>

/*
 * One change, in the words of the kernel and in those of a person. What is done and what
 * LIBNS_WIRE_DRY_RUN tells is the same list of steps.
 */

enum wire_step_kind {
	WIRE_LINK_ADD,     /* link */
	WIRE_LINK_CHANGE,  /* link, of the link called @on */
	WIRE_LINK_DELETE,  /* the link called @on */
	WIRE_ADDRESS,      /* address, on the link called @on */
	WIRE_ROUTE,        /* route, by the link called @on */
	WIRE_ROUTE_DELETE, /* the same */
	WIRE_SYSCTL,       /* text: "net/ipv4/conf/xn-web/forwarding", of the host; value: "1" */
	WIRE_CALL,         /* what none of the above can say: @call; @text is its command, or NULL;
			       @what is needed */
};

/* A network namespace that steps work in, and what it is called in commands. */
struct wire_place {
	const char *name;        /* as behind "ip -n"; NULL: the host's */
	int ns_fd;               /* or LIBNS_LINK_HERE */
	struct libns_rtnl *rtnl; /* opened by the first step that is done */
};

/* All zero: the host's namespace, and no change of it yet. */
struct wire_step {
	enum wire_step_kind kind;
	struct wire_place *place;
	struct wire_place *peer; /* where the other end of a new pair is born; NULL: beside it */
	char on[16];             /* name of a link there */
	uint32_t index;          /* and its number, so that no other one is meant; 0: any */
	struct libns_link_options link;
	struct libns_address address;    /* @index is filled in */
	struct libns_route route;        /* @index is filled in */
	const char *text, *value, *what; /* borrowed; @what NULL: made of the rest */
	bool is;                         /* it is so already: nothing is done */
	bool done;                       /* with others, a moment ago: that is told */
	bool may_exist; /* -EEXIST, of deletions -ENODEV and -ESRCH, are LIBNS_WIRE_ALREADY */
	/* Return: 0; 1 if it was so already; or -errno with the sentence. */
	int (*call)(void *data, struct libns_error *err);
	void *data;
};

/* The connection to the place, opened at the first call. Return: 0 or -errno. */
int wire_place_open(struct wire_place *place, struct libns_error *err);
void wire_place_done(struct wire_place *place);

/* Does a step, or says what it would do, and tells the watcher. Return: 0 or -errno. */
int wire_step_run(const struct wire_step *step, uint64_t flags,
		  const struct libns_wire_watch *watch, struct libns_error *err);

/* As wire_step_run(), unless a signal waits that is held back (base/hold.h). Return: also -EINTR;
 * whoever calls undoes what has been made for @name. */
int wire_step_unless_over(const struct wire_step *step, const char *name, uint64_t flags,
			  const struct libns_wire_watch *watch, struct libns_error *err);

/*
 * Parts of what is to go. Each is tried, whatever became of the others. The sentence of the first
 * that failed goes to @err; the watcher is told of each further one (LIBNS_WIRE_FAILED).
 */
struct wire_parts {
	const struct libns_wire_watch *watch;
	struct libns_error *err; /* or NULL */
	int r;                   /* 0, or the errno of the first that failed */
};

/* Notes how a part has ended: @r, and @why if that is negative. */
void wire_part_ended(struct wire_parts *parts, int r, const struct libns_error *why);

/* Tells the watcher what is worth knowing beside the steps. */
void wire_note(const struct libns_wire_watch *watch, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
