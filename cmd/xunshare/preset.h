/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CMD_XUNSHARE_PRESET_H
#define CMD_XUNSHARE_PRESET_H

#include "xunshare/xunshare.h"

/*
 * What stands for many options. A preset is noted by preset_note(), wherever it stands, and
 * what it stands for is taken by preset_take() before all other options.
 */

/* Return: whether the option is a preset or --without. */
bool preset_is(int id);

/* Return: 0, or CLI_BAD with the reason printed. */
int preset_note(struct request *q, int id, char *text);

/* Takes an option as if it had been given. Return: as above. */
typedef int (*preset_take_fn)(struct request *q, int id, char *text);

int preset_take(struct request *q, preset_take_fn take);

/* Whether --without names a part, which may be NULL. */
bool preset_leaves_out(const struct request *q, const char *part);

/* Takes an option with a copy of its argument, which may be NULL. Return: as above. */
int preset_take_copy(struct request *q, int id, const char *arg, preset_take_fn take);

/* Parts of --sandbox that depend on the user and the machine. Return: as above. */
int sandbox_hide(struct request *q, preset_take_fn take);
int sandbox_keep_cwd(struct request *q, preset_take_fn take);
int sandbox_keep_names(struct request *q, preset_take_fn take);
int sandbox_hide_sockets(struct request *q, preset_take_fn take);

/* Whether a path is @dir, or below it; and whether the new root has a directory of its own there. */
bool sandbox_is_below(const char *path, const char *dir);
bool sandbox_is_own(const char *path);
/* Takes an option with a path, whatever characters are in it. Return: 0 or CLI_BAD. */
int sandbox_take_path(struct request *q, int id, const char *path, preset_take_fn take);
/* Whether a home directory of the user is @dir or below it. Return: 1, 0, or CLI_BAD. */
int sandbox_has_home(struct request *q, const char *dir);

void preset_free(struct request *q);

#endif
