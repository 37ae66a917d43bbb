/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_XNETNS_FINDINGS_H
#define CMD_XNETNS_FINDINGS_H

#include "xnetns/xnetns.h"

/* Prints what was found, one line each, or as JSON. Return: how many are wrong. */
size_t findings_print(struct xnetns *x, const struct libns_wire_findings *findings);

#endif
