/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_WIRE_CHECK_IMPL_H
#define LIBNS_WIRE_CHECK_IMPL_H

#include "wire/findings.h"

/* What the parts of libns_wire_check() share. */

/* What one network namespace says of itself. */
struct check_net {
	struct libns_rtnl *rtnl;
	struct libns_links *links;
	struct libns_addresses *addresses;
	struct libns_routes *routes;
};

/* The way of IPv4, or of IPv6. Pointers are NULL where there is no such thing, or nobody knows. */
struct check_family {
	uint8_t family;                   /* AF_INET, AF_INET6 */
	const char *word;                 /* "IPv4" */
	const struct libns_address *from; /* an address inside, of use beyond the link */
	bool has_way;                     /* @way is one */
	struct libns_route way;           /* inside, to the world or to whoever is named */
	const struct libns_link *link;    /* inside: by which it leaves */
	const struct libns_link *end;     /* of this host: the other end of @link */
	const struct libns_link
		*entry;               /* of this host: where packets come in: @end or its bridge */
	bool is_router;               /* this host is the gateway */
	bool has_uplink;              /* @uplink is one */
	struct libns_route uplink;    /* of this host */
	const struct libns_link *out; /* of this host: by which @uplink leaves */
};

#define CHECK_FAMILIES 2

struct check {
	const struct libns_wire_check_options *options;
	const char *name;
	int ns_fd;
	int32_t nsid; /* as this host numbers the namespace */
	int64_t begin, until;
	struct libns_wire_findings *out;
	struct check_net inside, host;
	struct check_family families[CHECK_FAMILIES];
};

/* Reads a namespace, or reads it again. Return: 0 or -errno with the sentence. */
int check_net_read(struct check_net *net, struct libns_error *err);
void check_net_done(struct check_net *net);

const struct libns_link *check_link_at(const struct check_net *net, uint32_t index);
/* The other end, in this host, of a link inside; or NULL. */
const struct libns_link *check_end_of(const struct check *check, const struct libns_link *link);

/* "ip -n NAME ". Return: @words. */
struct words *check_ip(const struct check *check, struct words *words);

/* The last finding is mended by these words. */
void check_mend(struct check *check, const struct words *words);

/* Whether this host takes packets of the family in by a link and sends them on. */
bool check_forwards(const struct check_family *family, const char *link);

/* Each adds its findings. Those that return something: 0, or -errno with the sentence. */
void check_links(struct check *check);
int check_addresses(struct check *check, struct libns_error *err);
int check_find_ways(struct check *check, struct libns_error *err);
void check_routes(struct check *check);
int check_router(struct check *check, struct libns_error *err);
int check_rules(struct check *check, struct libns_error *err);
int check_answers(struct check *check, struct libns_error *err);

#endif
