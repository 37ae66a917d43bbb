/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Loading libraries, and the latch that ends it; see the header. */

#include "base/dl.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>

#include "base/base.h"
#include "base/err.h"

/* A program that is linked as a whole may have none of them. */
#pragma weak dlopen
#pragma weak dlsym
#pragma weak dlerror

/*
 * This is the only variable of the library. It is one for the whole process, because a thread that
 * is made after a join is in the joined namespaces as well, and the kernel does not tell afterwards
 * whether they are foreign.
 */
static atomic_bool dl_forbidden;

/* The list that the linker makes of what DL_REGISTER() has put in it. None where nobody has. */
extern const struct dl_library *const __start_libns_libraries[] __attribute__((weak));
extern const struct dl_library *const __stop_libns_libraries[] __attribute__((weak));

const struct dl_library *dl_at(size_t i)
{
	size_t n = (size_t)(__stop_libns_libraries - __start_libns_libraries);

	return i < n ? __start_libns_libraries[i] : NULL;
}

void dl_forbid(void)
{
	atomic_store(&dl_forbidden, true);
}

/*
 * A program that is linked as a whole can load only what was built with the very same C
 * library: where such programs are built (static_tools), these functions are not even named.
 */
static bool can_load(void)
{
#if HAVE_STATIC_TOOLS
	return false;
#else
	return dlopen && dlsym && dlerror;
#endif
}

static int find_functions(const struct dl_library *library, void *handle, void *ret,
			  struct libns_error *err)
{
	char *place = ret;

	for (size_t i = 0; i < library->n_functions; i++) {
		void *function = dlsym(handle, library->functions[i]);

		if (!function)
			return error_say(err, LIBNS_STEP_QUERY, ELIBBAD,
					 "%s needs a newer %s (package %s): it has no %s()",
					 library->use, library->soname, library->package,
					 library->functions[i]);
		memcpy(place + i * sizeof(function), &function, sizeof(function));
	}
	return 0;
}

int dl_load(const struct dl_library *library, void *ret, size_t size, struct libns_error *err)
{
	void *handle;
	const char *why;

	assert(size == library->n_functions * sizeof(void *));
	if (atomic_load(&dl_forbidden))
		return error_say(err, LIBNS_STEP_QUERY, ELIBACC,
				 "%s needs %s, and nothing is loaded any more in a process that "
				 "has joined other namespaces",
				 library->use, library->soname);
	if (!can_load())
		return error_say(err, LIBNS_STEP_QUERY, ELIBACC,
				 "%s needs %s, and this program, which is linked as a whole, can "
				 "load no library",
				 library->use, library->soname);
	/* It is never unloaded, because it may have started threads or left pointers to itself. */
	handle = dlopen(library->soname, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (handle)
		return find_functions(library, handle, ret, err);
	why = dlerror();
	return error_say(err, LIBNS_STEP_QUERY, ELIBACC,
			 "%s needs %s (package %s), which cannot be loaded: %s", library->use,
			 library->soname, library->package, why ? why : "no reason is given");
}
