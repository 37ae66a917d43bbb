/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Capabilities by name. libcap-ng knows their names and numbers. The sets are plain masks, which
 * kernel/caps.c sets by system call: libcap-ng may not be called between clone(2) and execve(2),
 * because it keeps state for each thread, with the thread's number, and reads /proc.
 */

#include <string.h>
#include <strings.h>
#include <sys/prctl.h>

#include <libns/caps.h>

#include "base/base.h"
#include "base/dl.h"
#include "base/err.h"
#include "text/procfile.h"

#define N_CAPS 64

#if HAVE_LIBCAP_NG

#include <cap-ng.h>

DL_NOTE("caps", "Names of capabilities", "recommended", "libcap-ng.so.0");

#define CAP_NG_FUNCTIONS(X)                                                                        \
	X(capng_name_to_capability)                                                                \
	X(capng_capability_to_name)

struct cap_ng {
	CAP_NG_FUNCTIONS(DL_MEMBER)
};

static const char *const names[] = { CAP_NG_FUNCTIONS(DL_NAME) };
static const struct dl_library library =
	DL_LIBRARY("libcap-ng.so.0", "libcap-ng0", "a capability by name", names);
DL_REGISTER(library);

static int find_by_name(const char *name, struct libns_error *err)
{
	struct cap_ng lib;
	int r = dl_load(&library, &lib, sizeof(lib), err);

	if (r < 0)
		return r;
	r = lib.capng_name_to_capability(name);
	if (r < 0 || r >= N_CAPS)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL, "there is no capability '%s'",
				 name);
	return r;
}

static const char *name_of(unsigned int cap)
{
	struct cap_ng lib;

	return dl_load(&library, &lib, sizeof(lib), NULL) < 0 ? NULL
							      : lib.capng_capability_to_name(cap);
}

#else

static int find_by_name(const char *name, struct libns_error *err)
{
	return error_say(err, LIBNS_STEP_QUERY, EOPNOTSUPP,
			 "this build of libns has no libcap-ng: give the number of '%s'", name);
}

static const char *name_of(unsigned int cap)
{
	return NULL;
}

#endif

/* A number is good if the kernel has it, also if libcap-ng has no name for it. */
static int find_by_number(const char *word, uint32_t cap, struct libns_error *err)
{
	int code = EINVAL;

	if (cap < N_CAPS)
		code = prctl(PR_CAPBSET_READ, cap, 0, 0, 0) < 0 ? errno : 0;
	if (code == EINVAL)
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "there is no capability '%s' in this kernel", word);
	return code ? error_set(err, LIBNS_STEP_CAPS, code,
				"cannot ask the kernel for capability '%s'", word)
		    : (int)cap;
}

/* Return: the number of a capability, or a negative errno. */
static int find(const char *text, size_t n, struct libns_error *err)
{
	char word[64];
	uint32_t number;
	size_t skip;

	if (n >= sizeof(word))
		return error_say(err, LIBNS_STEP_ARGUMENT, EINVAL,
				 "the name of a capability is not that long");
	memcpy(word, text, n);
	word[n] = '\0';
	skip = strncasecmp(word, "cap_", 4) ? 0 : 4;
	if (procfile_u32(word + skip, n - skip, &number) == 0)
		return find_by_number(word, number, err);
	return find_by_name(word + skip, err);
}

LIBNS_PUBLIC int libns_caps_parse(const char *list, uint64_t *ret_set, struct libns_error *err)
{
	uint64_t set = 0;

	if (!strcmp(list, "all") || !strcmp(list, "none")) {
		*ret_set = *list == 'a' ? UINT64_MAX : 0;
		return 0;
	}
	for (;;) {
		size_t n = strcspn(list, ",");
		int cap = find(list, n, err);

		if (cap < 0)
			return cap;
		set |= UINT64_C(1) << cap;
		if (!list[n])
			break;
		list += n + 1;
	}
	*ret_set = set;
	return 0;
}

LIBNS_PUBLIC char *libns_caps_format(uint64_t set, char *buf, size_t size)
{
	size_t used = 0;

	if (!set || set == UINT64_MAX)
		return error_format(buf, size, "%s", set ? "all" : "none");
	for (unsigned int cap = 0; cap < N_CAPS; cap++) {
		const char *name = set >> cap & 1 ? name_of(cap) : NULL;

		if (!(set >> cap & 1))
			continue;
		if (name)
			error_format(buf + used, size - used, "%s%s", used ? "," : "", name);
		else
			error_format(buf + used, size - used, "%s%u", used ? "," : "", cap);
		used += strlen(buf + used);
	}
	return buf;
}
