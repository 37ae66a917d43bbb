/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_RULESET_MATCH_H
#define LIBNS_RULESET_MATCH_H

#include "text/json-scan.h"
#include "text/ruleset.h"

enum ruleset_truth { RULESET_FALSE, RULESET_TRUE, RULESET_UNKNOWN };

/* Whether a packet gets past one expression of a rule: past a verdict it does. */
enum ruleset_truth ruleset_match(struct json_value expression, const struct ruleset_packet *packet);

/* Whether it is a target of iptables that nftables has no word for: "REJECT". */
bool ruleset_is_target(struct json_value expression, const char *name);

#endif
