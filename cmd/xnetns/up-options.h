/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_UP_OPTIONS_H
#define CMD_UP_OPTIONS_H

#include "xnetns/watch.h"

/* The options of commands that wire a new namespace. */

enum {
	UP_NET = CLI_LONG_BASE,
	UP_IP4,
	UP_IP6,
	UP_MTU,
	UP_DNS,
	UP_DRY_RUN,
	UP_OPTIONS_NEXT /* the first that is free for a command's own */
};

/* clang-format off */
#define UP_OPTIONS                                                                                 \
	{ UP_NET, "net", CLI_ARG, "KIND", "what it is connected with (nat)",                       \
	  "nat isolated none pasta bridge= peer= host-dev= wg=" },                                 \
	{ UP_IP4, "ip4", CLI_ARG, "CIDR", "IPv4 address inside, auto or off", "auto off" },        \
	{ UP_IP6, "ip6", CLI_ARG, "CIDR", "IPv6 address inside, auto or off", "auto off" },        \
	{ UP_MTU, "mtu", CLI_ARG, "BYTES", "largest packet, or auto: as the way out", "auto" },    \
	{ UP_DNS, "dns", CLI_ARG, "LIST", "name servers: host, none or addresses", "host none" },  \
	{ 'p', "publish", CLI_ARG, "PORT", "[ADDRESS:]PORT:PORT[/udp] that leads inside", NULL },  \
	{ UP_DRY_RUN, "dry-run", CLI_NO_ARG, NULL, "only print the commands for it", NULL },       \
	{ 'q', "quiet", CLI_NO_ARG, NULL, "do not tell what is done", NULL },                      \
	{ 'j', "json", CLI_NO_ARG, NULL, "tell it as JSON", NULL }
/* clang-format on */

/* All zero, but for @wire: LIBNS_WIRE_OPTIONS_INIT. */
struct up_options {
	struct libns_wire_options wire;
	struct watch watch;
	struct libns_wire_port *ports;
	struct libns_ip *servers;
};

void up_options_done(struct up_options *up);

/* Heeds an option. Return: 0; an exit code if it is wrong, which is printed; -1 if it is none of
 * these. */
int up_options_take(struct xnetns *x, struct up_options *up, int id, const char *word);

#endif
