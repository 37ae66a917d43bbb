/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "wire/up.h"

int wire_up_step(struct wire_up *up, const struct wire_step *step, struct libns_error *err)
{
	return wire_step_unless_over(step, up->label, up->flags, up->o.watch, err);
}
