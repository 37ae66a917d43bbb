/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Keeping this program out of reach of the one in a new root.
 *
 * While the kernel executes a program, /proc/self/exe still is what was executed before. A script in
 * the new root that begins with "#!/proc/self/exe" would run the file of the caller, which is the
 * host's, and that file could be written to afterwards through /proc/PID/exe (CVE-2019-5736). The
 * interpreter of an ELF file may have such a name as well, and it may be a link: so it is of no use to
 * look at the program first.
 *
 * So the child first executes the stub (stub.h), without a helper. That is a file in memory that
 * nobody can change, and it holds only the arguments and environment of the program. This takes four
 * system calls of the caller and four of the child. The line stays open until the stub executes the
 * program, or says through it why it cannot. The sentence for that is made outside.
 */

#include "spawn/screen.h"

#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libns/seal.h>

#include "base/base.h"
#include "base/err.h"
#include "base/sys.h"
#include "confine/confine.h"
#include "kernel/exec.h"
#include "mount/plan.h"
#include "spawn/compile.h"

/* @value of a message that comes from the stub. */
#define FROM_SCREEN 1

/* The place of a missing interpreter in the text of the error, after the name of the program. */
#define NEEDS_AT (sizeof(((struct libns_error *)0)->text) - STUB_NEEDS)

static const char *name_of(const struct libns_plan *ask)
{
	return ask->path ? ask->path : ask->argv[0];
}

bool screen_is_needed(const struct plan *plan)
{
	const struct libns_plan *ask = &plan->ask;

	/* Without a name nothing is executed. */
	return image_is_known() && ask->argv && !ask->main && *name_of(ask) && ask->mounts &&
	       mount_plan_has_root(ask->mounts);
}

static void add_message(const struct libns_plan *ask, struct image_part *child,
			struct stub_data *data)
{
	struct channel_message message;
	const size_t at = offsetof(struct channel_message, err);

	memset(&message, 0, sizeof(message));
	message.kind = CHANNEL_ERROR;
	message.value = FROM_SCREEN;
	message.err.step = LIBNS_STEP_EXEC;
	message.err.code = EIO;
	error_format(message.err.text, NEEDS_AT, "%s", name_of(ask));
	data->message = image_add(child, &message, sizeof(message));
	data->n_message = sizeof(message);
	data->code = data->message + at + offsetof(struct libns_error, code);
	data->needs = data->message + at + offsetof(struct libns_error, text) + NEEDS_AT;
}

static int make(const struct libns_plan *ask, int line)
{
	struct stub_data data = { .work_fd = -1, .line = line };
	struct image_part child;
	int r;

	image_begin(&child, STUB_DATA, sizeof(data));
	prctl(PR_GET_NAME, data.name);
	/* The line ends when the program is executed. */
	IMAGE_CALL(&child, SYS_fcntl, (uint64_t)line, F_SETFD, FD_CLOEXEC);
	compile_programs(ask, &child, &data);
	add_message(ask, &child, &data);
	data.ops = image_add(&child, child.ops, child.n_ops * sizeof(*child.ops));
	data.n_ops = child.n_ops;
	r = image_open_stub(&child, &data);
	image_end(&child);
	return r;
}

int screen_open(struct plan *plan, int line, struct libns_error *err)
{
	int r;

	if (!screen_is_needed(plan))
		return 0;
	r = make(&plan->ask, line);
	if (r < 0 && !libns_seal_is_needless())
		return error_set(
			err, LIBNS_STEP_OPEN, -r,
			"cannot keep this program out of reach of the one in the new root");
	plan->screen_fd = r < 0 ? -1 : r;
	return 0;
}

static int pass(const struct plan *plan, int line, struct libns_error *err)
{
	static char *const empty[] = { NULL };
	const struct libns_confine *confine = plan->ask.confine;
	char name[] = "libns";
	/* By this single argument the stub tells that it is to execute the program. */
	char *const argv[] = { name, NULL };

	if (fcntl(line, F_SETFD, 0) == 0)
		syscall(SYS_execveat, plan->screen_fd, "", argv, empty, AT_EMPTY_PATH);
	return error_set(err, LIBNS_STEP_OPEN, errno,
			 "cannot keep this program out of reach of the one in the new root%s",
			 confine && confine->added
				 ? ", for which filters must let fcntl and execveat through"
				 : "");
}

int screen_run(const struct setup *setup, const char **room, struct libns_error *err)
{
	const struct libns_plan *ask = &setup->plan->ask;
	int r;

	if (setup->plan->screen_fd >= 0)
		return pass(setup->plan, setup->line, err);
	r = exec_program(ask->path, ask->argv, ask->envp, room, err);
	for (size_t i = 0; i < ask->n_others && r == -ENOENT; i++)
		r = libns_exec(ask->others[i].path, ask->others[i].argv, ask->envp, err);
	return r;
}

int screen_hear(const struct channel_message *message, struct libns_error *err)
{
	const struct libns_error *told = &message->err;
	/* A stranger may have written this without the bytes that end the strings. */
	char needs[STUB_NEEDS];

	if (message->value != FROM_SCREEN) {
		if (err)
			*err = *told;
		return -told->code;
	}
	memcpy(needs, told->text + NEEDS_AT, sizeof(needs));
	needs[sizeof(needs) - 1] = '\0';
	if (told->code == ENOENT && *needs)
		return error_say(err, LIBNS_STEP_EXEC, ENOENT,
				 "cannot execute '%s': it needs '%s', which is not there",
				 told->text, needs);
	return error_set(err, LIBNS_STEP_EXEC, told->code, "cannot execute '%s'", told->text);
}
