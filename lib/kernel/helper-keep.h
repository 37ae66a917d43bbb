/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBNS_HELPER_KEEP_H
#define LIBNS_HELPER_KEEP_H

#include "kernel/helper.h"

/* Starts the program, and reports its end. @handlers: those of the caller for signals are still set. */
_Noreturn void helper_keep(struct helper *helper, char *const *argv, bool handlers);

#endif
