/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_XNETNS_CONNECT_H
#define CMD_XNETNS_CONNECT_H

#include <libns/connect.h>

#include "xnetns/watch.h"

/* What connect and bridge have in common. */

enum { CONNECT_IP4 = CLI_LONG_BASE, CONNECT_IP6, CONNECT_MTU, CONNECT_DRY_RUN };

#define CONNECT_COMMON_OPTIONS                                                                     \
	{ CONNECT_DRY_RUN, "dry-run", CLI_NO_ARG, NULL, "only print the commands for it", NULL },  \
		{ 'q', "quiet", CLI_NO_ARG, NULL, "do not tell what is done", NULL },              \
		{ 'j', "json", CLI_NO_ARG, NULL, "tell it as JSON", NULL }, CLI_OPTIONS_END

/* Return: 0 or an exit code. */
int connect_take_option(struct xnetns *x, struct watch *watch, struct libns_connect_options *o,
			int id);

#endif
