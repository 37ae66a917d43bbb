/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_PUBLISH_H
#define CMD_PUBLISH_H

#include "xnetns/xnetns.h"

extern const struct cli_option xnetns_publish_options[], xnetns_unpublish_options[];

int xnetns_publish(void *context, int argc, char **argv);
int xnetns_unpublish(void *context, int argc, char **argv);

#endif
