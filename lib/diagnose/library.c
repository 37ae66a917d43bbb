/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which of the libraries that are loaded when they are used are there. For reports of defects. */

#include <libns/check.h>

#include "base/base.h"
#include "base/dl.h"
#include "base/err.h"
#include "base/sized.h"

LIBNS_PUBLIC int libns_library_query(size_t i, struct libns_library *ret_library,
				     struct libns_error *err)
{
	const struct dl_library *library = dl_at(i);
	struct libns_library answer = { 0 };
	_cleanup_free_ void *functions = NULL;
	int r = base_check_sized(ret_library, sizeof(answer), "the library", err);

	if (r < 0)
		return r;
	if (!library)
		return error_say(err, LIBNS_STEP_ARGUMENT, ENOENT, "there is no library %zu", i);
	functions = calloc(library->n_functions, sizeof(void (*)(void)));
	if (!functions)
		return error_set(err, LIBNS_STEP_QUERY, ENOMEM, "cannot look at %s",
				 library->soname);
	answer.size = ret_library->size;
	answer.soname = library->soname;
	answer.package = library->package;
	answer.use = library->use;
	answer.found = dl_load(library, functions, library->n_functions * sizeof(void (*)(void)),
			       NULL) == 0;
	base_fill_sized(ret_library, &answer, sizeof(answer));
	return 0;
}
