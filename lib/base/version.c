/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The version of the library that is loaded, not of the headers built against. */

#include <libns/libns.h>

#include "base/base.h"

LIBNS_PUBLIC const char *libns_version(void)
{
	return LIBNS_VERSION;
}
